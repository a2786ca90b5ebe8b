// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {ChunkChain} from "../market/ChunkChain.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {AreaId, DeliveryPeriod, MemberId, Money, Price, TradingDay} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";
import {IChallenges} from "./IChallenges.sol";
import {ISettlement} from "./ISettlement.sol";
import {PackedPayments} from "./PackedPayments.sol";
import {SettlementLines} from "./SettlementLines.sol";
import {StatementLeaves} from "./StatementLeaves.sol";
import {TradedPeriods} from "./TradedPeriods.sol";

contract Challenges is IChallenges {
    using ChunkChain for bytes[];
    using MerkleSumTree for bytes;
    using PackedPayments for bytes;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SettlementLines for bytes[];
    using SettlementLines for SettlementLines.Lines;
    using StatementLeaves for PeriodProof;
    using StatementLeaves for StatementProof;
    using TradedPeriods for IAreaRegistry.Calendar;

    /// @dev 10 EUR each.
    uint256 private constant STAKE = 10_000_000;
    uint256 private constant REWARD = 10_000_000;

    /// @dev Stands for the statement itself among the positions of its periods.
    uint256 private constant WHOLE_STATEMENT = type(uint256).max;
    uint8 private constant NO_READING = 2;

    /// @dev Who challenges what, and what came of it.
    /// @param first First traded period of the day, `count` of them.
    /// @param end Until when the run can be challenged.
    /// @param isRight Whether what was challenged is what it should be.
    /// @param delta What the member should pay more than it was stated to, in micro-euro.
    struct Claim {
        MemberId challenger;
        AreaId area;
        uint256 position;
        uint256 first;
        uint256 count;
        uint256 window;
        uint256 end;
        bool hasReading;
        bool isRight;
        int256 delta;
    }

    /// @param moved As in StatementCorrected.
    struct Correction {
        bool isMade;
        bool hadReading;
        int240 moved;
    }

    IAreaRegistry private immutable _areaRegistry;
    IMemberRegistry private immutable _memberRegistry;
    ICallAuction private immutable _callAuction;
    IMeterReadings private immutable _meterReadings;
    IAccounts private immutable _accounts;
    ISettlement private immutable _settlement;

    mapping(bytes32 statement => mapping(uint256 position => Correction)) private _corrections;
    mapping(bytes32 statement => int256) private _corrected;

    constructor(
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ICallAuction callAuction,
        IMeterReadings meterReadings,
        IAccounts accounts,
        ISettlement settlement
    ) {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _callAuction = callAuction;
        _meterReadings = meterReadings;
        _accounts = accounts;
        _settlement = settlement;
    }

    /// @inheritdoc IChallenges
    function challengePeriod(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        PeriodProof calldata period,
        ReadingProof calldata reading,
        bytes[] calldata fills
    ) external {
        (Claim memory claim, ISettlement.Run memory run) = _claimOf(challenger, area, statement);
        claim.position = period.position;
        _requirePeriod(claim, statement.leaf, period);

        if (claim.position < claim.count) {
            _judgePeriod(claim, statement.leaf, run.committedAt, period, reading, fills);
        } else {
            // The day has no such period, and so nobody anything to pay for it.
            claim.delta = int256(uint256(period.b)) - int256(uint256(period.a));
        }
        _decide(claim, statement.leaf);
    }

    /// @inheritdoc IChallenges
    function challengeStatement(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        bytes calldata nodes,
        bytes[] calldata payments
    ) external {
        (Claim memory claim, ISettlement.Run memory run) = _claimOf(challenger, area, statement);
        claim.position = WHOLE_STATEMENT;
        Statement calldata leaf = statement.leaf;
        (uint256 charges, uint256 credits) = _sumsOf(leaf, nodes);
        int256 previous = _chargedBefore(area, leaf, payments);
        _requirePayments(leaf.run, run.paymentsHash, payments);
        if (payments.length != uint256(leaf.run) + 1) {
            revert ChallengesWrongPayments(leaf.run, run.paymentsHash, bytes32(0));
        }
        int256 paid = payments[leaf.run].amountOf(leaf.memberId);

        int256 payment = charges.toInt256() - credits.toInt256() - previous;
        claim.delta = payment - paid;
        claim.isRight =
            claim.delta == 0 &&
            leaf.periodCount == claim.count &&
            leaf.charges == charges &&
            leaf.credits == credits &&
            Money.unwrap(leaf.previous) == previous &&
            statement.a == uint256(SignedMath.max(payment, 0)) &&
            statement.b == uint256(SignedMath.max(-payment, 0));
        _decide(claim, leaf);
    }

    /// @inheritdoc IChallenges
    function correctionOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) external view returns (int256) {
        return _corrected[_keyOf(area, day, run, memberId)];
    }

    /// @dev Punishes the challenger where what it challenged is right; otherwise corrects it and rewards the
    /// challenger.
    function _decide(Claim memory claim, Statement calldata leaf) private {
        DeliveryPeriod period = DeliveryPeriod.wrap(
            claim.position == WHOLE_STATEMENT ? 0 : (claim.first + claim.position).toUint32()
        );
        bytes32 key = _keyOf(claim.area, leaf.day, leaf.run, leaf.memberId);
        Correction memory before = _corrections[key][claim.position];
        // A statement may deny a reading that there is: who does not show it must not keep others from showing it.
        if (before.isMade && (before.hadReading || !claim.hasReading)) {
            revert ChallengesAlreadyCorrected(claim.area, leaf.day, leaf.run, leaf.memberId, claim.position);
        }
        if (claim.isRight) {
            emit ChallengeRejected(claim.area, leaf.day, leaf.run, leaf.memberId, period, claim.challenger);

            _accounts.forfeit(claim.area, claim.challenger, STAKE);
            return;
        }
        int256 delta = claim.delta - before.moved;
        uint256 answerable = claim.end - claim.window / 2;
        if (delta > 0 && block.timestamp >= answerable) {
            revert ChallengesTooLateToCharge(answerable, block.timestamp);
        }

        // The accounts call nobody back, and what moves depends on what they hold.
        int256 moved = delta == 0 ? int256(0) : _accounts.correct(claim.area, leaf.memberId, delta);
        _corrections[key][claim.position] = Correction(
            true,
            claim.hasReading,
            (before.moved + moved).toInt240()
        );
        _corrected[key] += moved;

        emit StatementCorrected(claim.area, leaf.day, leaf.run, leaf.memberId, period, moved);

        _accounts.reward(claim.area, claim.challenger, REWARD);
    }

    function _claimOf(
        MemberId challenger,
        AreaId area,
        StatementProof calldata proof
    ) private view returns (Claim memory claim, ISettlement.Run memory run) {
        if (!_memberRegistry.actsFor(area, challenger, msg.sender)) {
            revert ChallengesNotTheMember(challenger, msg.sender);
        }
        Statement calldata leaf = proof.leaf;
        run = _settlement.runOf(area, leaf.day, leaf.run);
        if (run.committedAt == 0) revert ChallengesNotCommitted(area, leaf.day, leaf.run);
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        claim.window = calendar.challengeWindow;
        claim.end = run.committedAt + claim.window;
        if (block.timestamp >= claim.end) revert ChallengesWindowOver(claim.end, block.timestamp);
        if (_memberRegistry.kindOf(leaf.memberId) != IMemberRegistry.Kind.Household) {
            revert ChallengesNotAHousehold(leaf.memberId);
        }
        if (!proof.isStatementOf(run)) revert ChallengesWrongStatement(leaf.memberId, proof.position);
        claim.challenger = challenger;
        claim.area = area;
        (claim.first, claim.count) = calendar.tradedPeriodsOf(leaf.day);
    }

    /// @dev A period that the statement has no leaf for is challenged as one for which nothing is stated.
    function _requirePeriod(
        Claim memory claim,
        Statement calldata statement,
        PeriodProof calldata period
    ) private pure {
        bool isThere =
            claim.position < statement.periodCount
                ? period.isPeriodOf(statement)
                : claim.position < claim.count && keccak256(abi.encode(period)) == _emptyAt(claim.position);
        if (!isThere) revert ChallengesWrongPeriod(period.leaf.period, claim.position);
    }

    /// @dev Recomputes the period from what is on the ledger and compares every figure.
    function _judgePeriod(
        Claim memory claim,
        Statement calldata statement,
        uint256 committedAt,
        PeriodProof calldata stated,
        ReadingProof calldata reading,
        bytes[] calldata fills
    ) private view {
        DeliveryPeriod period = DeliveryPeriod.wrap((claim.first + claim.position).toUint32());
        uint8 version = _versionOf(claim.area, period, committedAt, stated.leaf.readingVersion);
        claim.hasReading = _requireReading(claim.area, period, version, statement, stated.leaf, reading);
        ICallAuction.Session memory session = _callAuction.sessionOf(claim.area, period);
        bytes32 fillsHash = fills.hashOf();
        if (fillsHash != session.fillsHash) revert ChallengesWrongFills(session.fillsHash, fillsHash);

        SettlementLines.Traded memory traded = fills.tradedOf(statement.memberId);
        SettlementLines.Metered memory metered;
        if (claim.hasReading) metered = _meteredOf(reading.reading);
        SettlementLines.Lines memory lines = SettlementLines.linesOf(
            Price.unwrap(session.price),
            _areaRegistry.tariffOf(claim.area, period),
            traded,
            metered
        );
        (uint256 charges, uint256 credits) = lines.sumsOf();
        claim.delta =
            charges.toInt256() -
            credits.toInt256() -
            (int256(uint256(stated.a)) - int256(uint256(stated.b)));
        claim.isRight =
            DeliveryPeriod.unwrap(stated.leaf.period) == DeliveryPeriod.unwrap(period) &&
            stated.leaf.readingVersion == version &&
            stated.leaf.quality == (claim.hasReading ? reading.reading.quality : NO_READING) &&
            _isEnergy(stated.leaf, traded, metered) &&
            _areLines(stated.leaf, lines) &&
            stated.a == charges &&
            stated.b == credits &&
            claim.position < statement.periodCount;
    }

    /// @dev The version that counts. In the second in which run and readings were both committed, either came first.
    function _versionOf(
        AreaId area,
        DeliveryPeriod period,
        uint256 committedAt,
        uint8 stated
    ) private view returns (uint8 version) {
        version = _meterReadings.versionAt(area, period, committedAt);
        if (stated >= version) return version;
        try _meterReadings.versionAt(area, period, committedAt - 1) returns (uint8 before) {
            return stated >= before ? stated : version;
        } catch {
            return stated;
        }
    }

    /// @return hasReading Whether the member has one in this version.
    function _requireReading(
        AreaId area,
        DeliveryPeriod period,
        uint8 version,
        Statement calldata statement,
        PeriodStatement calldata stated,
        ReadingProof calldata proof
    ) private view returns (bool hasReading) {
        IMeterReadings.Reading calldata reading = proof.reading;
        bool isProven;
        if (MemberId.unwrap(reading.memberId) == 0) {
            isProven =
                stated.quality == NO_READING ||
                _meterReadings.commitmentAt(area, period, version).count == 0;
        } else {
            hasReading = true;
            isProven =
                MemberId.unwrap(reading.memberId) == MemberId.unwrap(statement.memberId) &&
                DeliveryPeriod.unwrap(reading.period) == DeliveryPeriod.unwrap(period) &&
                proof.version == version &&
                _meterReadings.isCommittedReading(area, version, reading, proof.position, proof.siblings);
        }
        if (!isProven) revert ChallengesWrongReading(period, version);
    }

    /// @dev What the earlier runs' payments charged the member, with what challenges corrected.
    function _chargedBefore(
        AreaId area,
        Statement calldata leaf,
        bytes[] calldata payments
    ) private view returns (int256 charged) {
        for (uint8 run = 0; run < leaf.run; ++run) {
            bytes32 paymentsHash = _settlement.runOf(area, leaf.day, run).paymentsHash;
            // No run, no payments.
            if (paymentsHash == 0) paymentsHash = keccak256("");
            _requirePayments(run, paymentsHash, payments);
            charged += payments[run].amountOf(leaf.memberId);
            charged += _corrected[_keyOf(area, leaf.day, run, leaf.memberId)];
        }
    }

    /// @dev The sums of the statement's periods as they were committed.
    function _sumsOf(
        Statement calldata leaf,
        bytes calldata nodes
    ) private pure returns (uint256 charges, uint256 credits) {
        if (leaf.periodCount == 0) return (0, 0);
        // An only leaf's sums are the statement's: no hash has others.
        if (nodes.length == 0 || leaf.periodCount == 1) return (leaf.charges, leaf.credits);
        (bool isWhole, bytes32 hash, uint256 a, uint256 b) = nodes.recompute(leaf.periodCount);
        if (!isWhole || hash != leaf.periodsRoot) revert ChallengesWrongNodes(leaf.periodsRoot, hash);
        return (a, b);
    }

    function _requirePayments(uint8 run, bytes32 committed, bytes[] calldata payments) private pure {
        bytes32 submitted = run < payments.length ? keccak256(payments[run]) : bytes32(0);
        if (submitted != committed) revert ChallengesWrongPayments(run, committed, submitted);
    }

    function _emptyAt(uint256 position) private pure returns (bytes32) {
        PeriodProof memory empty;
        empty.position = position;
        return keccak256(abi.encode(empty));
    }

    function _meteredOf(
        IMeterReadings.Reading calldata reading
    ) private pure returns (SettlementLines.Metered memory) {
        return
            SettlementLines.Metered(
                true,
                reading.importEnd - reading.importStart,
                reading.exportEnd - reading.exportStart
            );
    }

    function _isEnergy(
        PeriodStatement calldata stated,
        SettlementLines.Traded memory traded,
        SettlementLines.Metered memory metered
    ) private pure returns (bool) {
        return
            stated.bought == traded.bought &&
            stated.sold == traded.sold &&
            stated.imported == metered.imported &&
            stated.exported == metered.exported;
    }

    function _areLines(
        PeriodStatement calldata stated,
        SettlementLines.Lines memory lines
    ) private pure returns (bool) {
        return
            Money.unwrap(stated.energy) == lines.energy &&
            Money.unwrap(stated.imbalance) == lines.imbalance &&
            Money.unwrap(stated.gridTariff) == lines.gridTariff &&
            Money.unwrap(stated.levies) == lines.levies &&
            Money.unwrap(stated.platformFee) == lines.platformFee;
    }

    function _keyOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(area, day, run, memberId));
    }
}
