// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {ChunkChain} from "../market/ChunkChain.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {ITradingDays} from "../market/ITradingDays.sol";
import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {AreaId, DeliveryPeriod, MemberId, Money, Price, TraderNumber} from "../types/Types.sol";
import {Corrections} from "./Corrections.sol";
import {IAccounts} from "./IAccounts.sol";
import {IChallenges} from "./IChallenges.sol";
import {ISettlement} from "./ISettlement.sol";
import {PackedPayments} from "./PackedPayments.sol";
import {SettlementLines} from "./SettlementLines.sol";
import {StatementLeaves} from "./StatementLeaves.sol";
import {TradedPeriods} from "./TradedPeriods.sol";

contract Challenges is Corrections {
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

    uint8 private constant NO_READING = 2;

    IAreaRegistry private immutable _areaRegistry;
    IMemberRegistry private immutable _memberRegistry;
    ITradingDays private immutable _tradingDays;
    ICallAuction private immutable _callAuction;
    IMeterReadings private immutable _meterReadings;

    constructor(
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays,
        ICallAuction callAuction,
        IMeterReadings meterReadings,
        IAccounts accounts,
        ISettlement settlement
    ) Corrections(accounts, settlement) {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _tradingDays = tradingDays;
        _callAuction = callAuction;
        _meterReadings = meterReadings;
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
            _judgePeriod(claim, statement.leaf, run.readingsAt, period, reading, fills);
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

    function _claimOf(
        MemberId challenger,
        AreaId area,
        StatementProof calldata proof
    ) private view returns (Claim memory claim, ISettlement.Run memory run) {
        Statement calldata leaf = proof.leaf;
        _requireChallenger(challenger, area, leaf.memberId);
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
        claim.statementPosition = proof.position;
        (claim.first, claim.count) = calendar.tradedPeriodsOf(leaf.day);
    }

    /// @dev The owner of a member's account challenges the member's own statement even when it is active no more.
    function _requireChallenger(MemberId challenger, AreaId area, MemberId owner) private view {
        if (_memberRegistry.actsFor(area, challenger, msg.sender)) return;
        bool isOwner = MemberId.unwrap(challenger) == MemberId.unwrap(owner);
        if (!isOwner || _memberRegistry.ownerOf(challenger) != msg.sender) {
            revert ChallengesNotTheMember(challenger, msg.sender);
        }
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
        uint256 readingsAt,
        PeriodProof calldata stated,
        ReadingProof calldata reading,
        bytes[] calldata fills
    ) private view {
        DeliveryPeriod period = DeliveryPeriod.wrap((claim.first + claim.position).toUint32());
        uint8 version = _versionOf(claim.area, period, readingsAt, stated.leaf.readingVersion);
        claim.hasReading = _requireReading(claim.area, period, version, statement, stated.leaf, reading);
        ICallAuction.Session memory session = _callAuction.sessionOf(claim.area, period);
        bytes32 fillsHash = fills.hashOf();
        if (fillsHash != session.fillsHash) revert ChallengesWrongFills(session.fillsHash, fillsHash);

        SettlementLines.Traded memory traded = fills.tradedOf(_traderOf(claim.area, statement));
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

    /// @return Under which the member's fills of the day stand; zero, which nobody has, where it had no keys.
    function _traderOf(AreaId area, Statement calldata statement) private view returns (TraderNumber) {
        (TraderNumber trader, bool isKnown) = _tradingDays.traderOf(area, statement.day, statement.memberId);
        if (!isKnown) revert ChallengesTraderUnknown(area, statement.day, statement.memberId);
        return trader;
    }

    /// @dev The version that counts. Of the second at which the versions were looked at, either came first.
    function _versionOf(
        AreaId area,
        DeliveryPeriod period,
        uint256 readingsAt,
        uint8 stated
    ) private view returns (uint8 version) {
        version = _versionAt(area, period, readingsAt);
        if (stated >= version) return version;
        return stated >= _versionAt(area, period, readingsAt - 1) ? stated : version;
    }

    /// @return The latest version at that time, or the first of all where it came later.
    function _versionAt(AreaId area, DeliveryPeriod period, uint256 time) private view returns (uint8) {
        try _meterReadings.versionAt(area, period, time) returns (uint8 version) {
            return version;
        } catch {
            return 0;
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
                _meterReadings.isCommittedReading(
                    area,
                    version,
                    reading,
                    proof.a,
                    proof.b,
                    proof.position,
                    proof.siblings
                );
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
            charged += _correctionOf(area, leaf.day, run, leaf.memberId);
        }
    }

    /// @dev The sums of the statement's periods as they were committed.
    function _sumsOf(
        Statement calldata leaf,
        bytes calldata nodes
    ) private pure returns (uint256 charges, uint256 credits) {
        if (leaf.periodCount == 0) return (0, 0);
        // An only leaf's sums are the statement's: no hash has others.
        if (leaf.periodCount == 1) return (leaf.charges, leaf.credits);
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

    /// @dev A register that ran backwards counted nothing.
    function _meteredOf(
        IMeterReadings.Reading calldata reading
    ) private pure returns (SettlementLines.Metered memory) {
        return
            SettlementLines.Metered(
                Math.saturatingSub(reading.importEnd, reading.importStart),
                Math.saturatingSub(reading.exportEnd, reading.exportStart)
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
}
