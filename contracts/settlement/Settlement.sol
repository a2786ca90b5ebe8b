// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {ITradingDays} from "../market/ITradingDays.sol";
import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, DeliveryPeriod, MemberId, Money, TradingDay} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";
import {ISettlement} from "./ISettlement.sol";
import {PackedPayments} from "./PackedPayments.sol";
import {TradedPeriods} from "./TradedPeriods.sol";

contract Settlement is ISettlement, AccessManaged, RoleChecked {
    using PackedPayments for bytes;
    using SafeCast for int256;
    using SafeCast for uint256;
    using TradedPeriods for IAreaRegistry.Calendar;
    using TradedPeriods for TradingDay;

    uint8 private constant INITIAL = 0;
    uint8 private constant CORRECTED = 1;
    uint8 private constant FINAL = 2;
    /// @dev Seconds for which what was drawn on the readings may be committed.
    uint256 private constant READINGS_AGE = 1 hours;

    IAreaRegistry private immutable _areaRegistry;
    ITradingDays private immutable _tradingDays;
    ICallAuction private immutable _callAuction;
    IMeterReadings private immutable _meterReadings;
    IAccounts private immutable _accounts;

    mapping(AreaId area => mapping(TradingDay day => mapping(uint8 run => Run))) private _runs;
    mapping(AreaId area => mapping(TradingDay day => mapping(uint8 run => uint256))) private _withheld;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        ITradingDays tradingDays,
        ICallAuction callAuction,
        IMeterReadings meterReadings,
        IAccounts accounts
    ) AccessManaged(accessManager) RoleChecked(credentialRegistry) {
        _areaRegistry = areaRegistry;
        _tradingDays = tradingDays;
        _callAuction = callAuction;
        _meterReadings = meterReadings;
        _accounts = accounts;
    }

    /// @inheritdoc ISettlement
    function commitStatements(
        AreaId area,
        TradingDay day,
        uint8 run,
        Commitment calldata commitment,
        uint32 readingsAt,
        bytes calldata payments
    ) external onlyRole(Role.MarketOperator, area) {
        _accounts.requireBond(area);
        _requireTurn(area, day, run);
        _requireFresh(readingsAt);
        uint256 total = _totalOf(payments);
        if (total != commitment.total) revert SettlementWrongTotal(commitment.total, total);

        _runs[area][day][run] = Run(
            commitment.root,
            commitment.count,
            commitment.total,
            block.timestamp.toUint32(),
            readingsAt,
            false,
            keccak256(payments)
        );

        emit StatementsCommitted(
            area,
            day,
            run,
            commitment.root,
            commitment.count,
            commitment.total,
            readingsAt,
            payments
        );
    }

    /// @inheritdoc ISettlement
    function payRun(AreaId area, TradingDay day, uint8 run, bytes calldata payments) external {
        Run memory committed = _runs[area][day][run];
        if (committed.committedAt == 0) revert SettlementNotCommitted(area, day, run);
        if (committed.isPaid) revert SettlementAlreadyPaid(area, day, run);
        uint256 from = uint256(committed.committedAt) + _areaRegistry.calendarOf(area).challengeWindow;
        if (block.timestamp < from) revert SettlementTooEarly(day, run, from, block.timestamp);
        uint256 withheld = _withheld[area][day][run];
        if (withheld != 0) revert SettlementWithheld(area, day, run, withheld);
        bytes32 paymentsHash = keccak256(payments);
        if (paymentsHash != committed.paymentsHash) {
            revert SettlementWrongPayments(committed.paymentsHash, paymentsHash);
        }

        _runs[area][day][run].isPaid = true;

        emit RunPaid(area, day, run, payments.countOf().toUint32(), payments);

        _accounts.applyPayments(area, day, payments);
        if (run == INITIAL) _tradingDays.releaseDay(area, day);
    }

    /// @inheritdoc ISettlement
    function withhold(AreaId area, TradingDay day, uint8 run, int256 change) external restricted {
        uint256 amount = (_withheld[area][day][run].toInt256() + change).toUint256();
        _withheld[area][day][run] = amount;

        emit RunWithheld(area, day, run, amount);
    }

    /// @inheritdoc ISettlement
    function releaseUnpaidDay(AreaId area, TradingDay day) external {
        if (_runs[area][day][INITIAL].isPaid) revert SettlementAlreadyPaid(area, day, INITIAL);
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        uint256 from = day.endOf() + calendar.finalDelay + calendar.challengeWindow;
        if (block.timestamp < from) revert SettlementTooEarly(day, INITIAL, from, block.timestamp);

        _tradingDays.releaseDay(area, day);
    }

    /// @inheritdoc ISettlement
    function runOf(AreaId area, TradingDay day, uint8 run) external view returns (Run memory) {
        return _runs[area][day][run];
    }

    /// @inheritdoc ISettlement
    function withheldOf(AreaId area, TradingDay day, uint8 run) external view returns (uint256) {
        return _withheld[area][day][run];
    }

    /// @inheritdoc ISettlement
    function isPaid(AreaId area, TradingDay day, uint8 run) external view returns (bool) {
        return _runs[area][day][run].isPaid;
    }

    /// @inheritdoc ISettlement
    function lastRunOf(AreaId area, TradingDay day) external view returns (bool isCommitted, uint8 run) {
        return _lastRunOf(area, day);
    }

    function _requireFresh(uint256 readingsAt) private view {
        uint256 oldest = block.timestamp - READINGS_AGE;
        if (readingsAt < oldest || readingsAt > block.timestamp) {
            revert SettlementReadingsTooOld(readingsAt, oldest, block.timestamp);
        }
    }

    function _requireTurn(AreaId area, TradingDay day, uint8 run) private view {
        if (run > FINAL) revert SettlementUnknownRun(run);
        if (_runs[area][day][run].committedAt != 0) revert SettlementAlreadyCommitted(area, day, run);
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        (bool isCommitted, uint8 last) = _lastRunOf(area, day);
        if (run == INITIAL) {
            _requireFacts(area, day, calendar);
            return;
        }
        if (!isCommitted || last > run) revert SettlementOutOfSequence(area, day, run);
        if (!_runs[area][day][last].isPaid) revert SettlementNotPaid(area, day, last);
        uint256 from = day.endOf() + (run == CORRECTED ? calendar.correctionDelay : calendar.finalDelay);
        if (block.timestamp < from) revert SettlementTooEarly(day, run, from, block.timestamp);
    }

    function _requireFacts(AreaId area, TradingDay day, IAreaRegistry.Calendar memory calendar) private view {
        (uint256 first, uint256 count) = calendar.tradedPeriodsOf(day);
        if (count == 0) revert SettlementNothingTraded(area, day);
        DeliveryPeriod firstPeriod = DeliveryPeriod.wrap(first.toUint32());
        if (!_callAuction.areCleared(area, firstPeriod, count)) revert SettlementNotCleared(area, day);
        if (!_meterReadings.areCommitted(area, firstPeriod, count)) revert SettlementNotMetered(area, day);
    }

    function _lastRunOf(AreaId area, TradingDay day) private view returns (bool isCommitted, uint8 run) {
        for (run = FINAL; run > INITIAL; --run) {
            if (_runs[area][day][run].committedAt != 0) return (true, run);
        }
        isCommitted = _runs[area][day][INITIAL].committedAt != 0;
    }

    /// @return total What is paid, which is what is received.
    function _totalOf(bytes calldata payments) private pure returns (uint256 total) {
        if (payments.length % PackedPayments.LENGTH != 0) revert SettlementWrongLength(payments.length);
        uint256 count = payments.countOf();
        uint256 last = 0;
        int256 sum = 0;
        // Unchecked: no calldata holds payments enough to carry 64 bits over 255.
        unchecked {
            for (uint256 position = 0; position < count; ++position) {
                (MemberId memberId, Money payment) = payments.paymentAt(position);
                int256 amount = Money.unwrap(payment);
                if (MemberId.unwrap(memberId) <= last) revert SettlementNotAscending(position);
                if (amount == 0) revert SettlementZeroPayment(position);
                last = MemberId.unwrap(memberId);
                sum += amount;
                if (amount > 0) total += uint256(amount);
            }
        }
        if (sum != 0) revert SettlementNotZeroSum(sum);
    }
}
