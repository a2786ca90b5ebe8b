// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {
    DeliveryPeriod,
    MemberId,
    PERIOD_SECONDS,
    PERIODS_PER_DAY,
    PortfolioId,
    PowerW,
    TradingDay
} from "../types/Types.sol";
import {BaselineMethods} from "./BaselineMethods.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {IFlexBaselines} from "./IFlexBaselines.sol";
import {IFlexCalendars} from "./IFlexCalendars.sol";
import {IFlexNominations} from "./IFlexNominations.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {ReadingVersions} from "./ReadingVersions.sol";
import {SimilarDays} from "./SimilarDays.sol";

contract FlexBaselines is IFlexBaselines {
    using BaselineMethods for bytes;
    using FlexCalls for bytes;
    using MerkleSumTree for MerkleSumTree.Root;
    using ReadingVersions for IMeterReadings;
    using SimilarDays for SimilarDays.Means;

    uint8 private constant METERED = 0;
    uint8 private constant NO_READING = 2;
    uint256 private constant ADJUSTED = 2;

    /// @dev The periods that a baseline is compared with.
    /// @param quarters Of the order's periods on the activated day, by the clock on the wall; `own` is the position
    /// among them of the period.
    struct Comparison {
        uint256 day;
        uint256[] quarters;
        uint256 own;
        uint256[] window;
    }

    IMeterReadings private immutable _meterReadings;
    IFlexProducts private immutable _products;
    IFlexPortfolios private immutable _portfolios;
    IFlexOrders private immutable _orders;
    IFlexNominations private immutable _nominations;
    IFlexCalendars private immutable _calendars;

    constructor(
        IMeterReadings meterReadings,
        IFlexProducts flexProducts,
        IFlexPortfolios flexPortfolios,
        IFlexOrders flexOrders,
        IFlexNominations flexNominations,
        IFlexCalendars flexCalendars
    ) {
        _meterReadings = meterReadings;
        _products = flexProducts;
        _portfolios = flexPortfolios;
        _orders = flexOrders;
        _nominations = flexNominations;
        _calendars = flexCalendars;
    }

    /// @inheritdoc IFlexBaselines
    function isReading(
        Case calldata own,
        uint8 version,
        uint8 quality,
        int64 realised,
        bytes calldata evidence
    ) external view returns (bool) {
        ReadingProof memory proof = abi.decode(evidence, (ReadingProof));
        uint256 period = DeliveryPeriod.unwrap(own.period);
        uint8 counting = _meterReadings.countingAt(own.area, own.period, own.readingsAt, version);
        if (MemberId.unwrap(proof.reading.memberId) == 0) {
            bool isEmpty = _meterReadings.commitmentAt(own.area, own.period, counting).count == 0;
            if (quality != NO_READING && !isEmpty) revert FlexBaselinesWrongReading(own.period, 0);
            return version == counting && quality == NO_READING && realised == 0;
        }
        if (proof.version != counting) revert FlexBaselinesWrongReading(own.period, 0);
        _requireReading(own, proof, period, 0);
        return
            version == counting &&
            quality == proof.reading.quality &&
            realised == ReadingVersions.flowOf(proof.reading);
    }

    /// @inheritdoc IFlexBaselines
    function isBaseline(
        Case calldata own,
        int64 baseline,
        bytes calldata periods,
        bytes calldata source,
        bytes calldata evidence
    ) external view returns (bool) {
        IFlexProducts.Product memory product = _products.productOf(own.productId);
        uint8 position = evidence.length == 0 ? 0 : uint8(evidence[0]);
        bool isUsed = source.length != 0 && uint8(source[0]) == position;
        bool isPassedOver = source.length == 0 || position < uint8(source[0]);
        if (source.length != 0 && uint8(source[0]) >= product.baseline.methodCountOf()) return false;
        if (position >= product.baseline.methodCountOf() || !(isUsed || isPassedOver)) {
            revert FlexBaselinesUnprovable(position);
        }
        BaselineMethods.Method memory method = product.baseline.methodAt(position);
        if (method.name == IFlexProducts.Method.Nomination) {
            (bool counts, int256 nominated) = _nominatedOf(own, evidence[1:]);
            return counts ? isUsed && baseline == nominated : !isUsed;
        }
        if (!isUsed || method.name == IFlexProducts.Method.ControlGroup) {
            revert FlexBaselinesUnprovable(position);
        }
        if (method.name == IFlexProducts.Method.MeterBeforeMeterAfter) {
            return _isLevel(own, baseline, method, product.direction, periods, evidence[1:]);
        }
        return _isMean(own, baseline, method, product.direction, periods, source, evidence[1:]);
    }

    /// @inheritdoc IFlexBaselines
    function isNominated(
        IFlexNominations.Nomination calldata nomination,
        bytes calldata leaf,
        NominationProof calldata proof
    ) external pure returns (bool) {
        return
            MerkleSumTree
                .Root(nomination.root, nomination.count, nomination.importTotal, nomination.exportTotal)
                .wasCommitted(MerkleSumTree.leafOf(leaf, proof.a, proof.b), proof.position, proof.siblings);
    }

    /// @dev A nomination counts that was committed before the order; without one nothing has to be shown.
    function _nominatedOf(
        Case calldata own,
        bytes calldata evidence
    ) private view returns (bool counts, int256 baseline) {
        TradingDay day = TradingDay.wrap(DeliveryPeriod.unwrap(own.period) / uint32(PERIODS_PER_DAY));
        IFlexNominations.Nomination memory nomination = _nominations.nominationOf(
            own.portfolioId,
            own.productId,
            day
        );
        if (nomination.committedAt == 0 || nomination.committedAt >= own.notifiedAt) return (false, 0);
        NominationProof memory proof = abi.decode(evidence, (NominationProof));
        bytes memory leaf = abi.encodePacked(own.memberId, own.period, proof.baseline, proof.salt);
        bool isCommitted = this.isNominated(nomination, leaf, proof);
        if (!isCommitted) revert FlexBaselinesWrongNomination(own.memberId, own.period);
        return (true, proof.baseline);
    }

    /// @dev One level for all periods of the order: the mean of the periods before its notification and after its
    /// end.
    function _isLevel(
        Case calldata own,
        int256 baseline,
        BaselineMethods.Method memory method,
        IFlexProducts.Direction direction,
        bytes calldata periods,
        bytes calldata evidence
    ) private view returns (bool) {
        ReadingProof[] memory proofs = abi.decode(evidence, (ReadingProof[]));
        uint256 count = method.a + method.b;
        if (proofs.length != count) revert FlexBaselinesWrongReading(own.period, proofs.length);
        uint256 notified = own.notifiedAt / PERIOD_SECONDS;
        uint256 last = _lastOf(periods, direction);
        int256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 period = i < method.a ? notified - method.a + i : last + 1 + i - method.a;
            if (_isCalled(own.portfolioId, period)) return false;
            (bool isMetered, int256 flow) = _flowOf(own, proofs[i], period, i);
            if (!isMetered) return false;
            sum += flow;
        }
        return baseline == SimilarDays.roundHalfEven(sum, int256(count));
    }

    function _isMean(
        Case calldata own,
        int256 baseline,
        BaselineMethods.Method memory method,
        IFlexProducts.Direction direction,
        bytes calldata periods,
        bytes calldata source,
        bytes calldata evidence
    ) private view returns (bool) {
        (bool isSource, uint256[] memory daysUsed, uint256 status) = SimilarDays.read(source);
        if (!isSource || (method.adjustment == 0) != (status == 0)) return false;
        Comparison memory comparison = _comparisonOf(own, direction, periods);
        if (!_areEligible(own, method, comparison.day, daysUsed)) return false;
        if (status == ADJUSTED && !_takeWindow(own, method, comparison)) return false;
        (CalledProof memory called, ReadingProof[] memory proofs) = abi.decode(
            evidence,
            (CalledProof, ReadingProof[])
        );
        if (_isOnUsedDay(own, called, daysUsed)) return false;
        (bool areMetered, SimilarDays.Means memory means) = _meansOf(
            own,
            direction == IFlexProducts.Direction.ConsumeMore,
            comparison,
            daysUsed,
            proofs
        );
        if (!areMetered) return false;
        (bool exists, int256 use) = status == ADJUSTED
            ? means.adjusted(method.adjustment, method.capPercent)
            : (true, means.unadjusted());
        return exists && baseline == (direction == IFlexProducts.Direction.ConsumeMore ? -use : use);
    }

    /// @dev As many as the method takes, ascending, of the activated day's type, within those that it looks back.
    function _areEligible(
        Case calldata own,
        BaselineMethods.Method memory method,
        uint256 day,
        uint256[] memory daysUsed
    ) private view returns (bool) {
        bool isOff = _calendars.isDayOff(own.area, day);
        if (daysUsed.length != SimilarDays.countOf(method.name, isOff)) return false;
        for (uint256 i = 0; i < daysUsed.length; ++i) {
            if (i != 0 && daysUsed[i] <= daysUsed[i - 1]) return false;
            if (daysUsed[i] >= day || daysUsed[i] + method.a < day) return false;
            if (_calendars.isDayOff(own.area, daysUsed[i]) != isOff) return false;
        }
        return true;
    }

    function _comparisonOf(
        Case calldata own,
        IFlexProducts.Direction direction,
        bytes calldata periods
    ) private view returns (Comparison memory comparison) {
        (comparison.day, ) = _calendars.localOf(own.area, own.period);
        uint256[] memory quarters = new uint256[](periods.periodCountOf());
        uint256 count = 0;
        for (uint256 i = 0; i < quarters.length; ++i) {
            (uint256 period, uint256 along) = periods.periodAt(i, direction);
            if (along == 0) continue;
            (uint256 day, uint256 quarter) = _calendars.localOf(own.area, _periodOf(period));
            if (day != comparison.day) continue;
            if (period == DeliveryPeriod.unwrap(own.period)) comparison.own = count;
            quarters[count++] = quarter;
        }
        // Assembly: Solidity cannot shorten an array.
        assembly ("memory-safe") {
            mstore(quarters, count)
        }
        comparison.quarters = quarters;
    }

    /// @return Whether the window lies on the activated day and was not called itself.
    function _takeWindow(
        Case calldata own,
        BaselineMethods.Method memory method,
        Comparison memory comparison
    ) private view returns (bool) {
        uint256 end = own.notifiedAt / PERIOD_SECONDS - method.gap;
        comparison.window = new uint256[](method.window);
        for (uint256 i = 0; i < method.window; ++i) {
            comparison.window[i] = end - method.window + i;
            (uint256 day, ) = _calendars.localOf(own.area, _periodOf(comparison.window[i]));
            if (day != comparison.day || _isCalled(own.portfolioId, comparison.window[i])) return false;
        }
        return true;
    }

    function _meansOf(
        Case calldata own,
        bool isConsumeMore,
        Comparison memory comparison,
        uint256[] memory daysUsed,
        ReadingProof[] memory proofs
    ) private view returns (bool areMetered, SimilarDays.Means memory means) {
        (uint256 compared, uint256 window) = (comparison.quarters.length, comparison.window.length);
        uint256 needed = daysUsed.length * (compared + window) + window;
        if (proofs.length != needed) revert FlexBaselinesWrongReading(own.period, proofs.length);
        means.begin(daysUsed.length, compared, window);
        uint256 next = 0;
        for (uint256 i = 0; i <= daysUsed.length; ++i) {
            bool isOwnDay = i == daysUsed.length;
            for (uint256 j = isOwnDay ? compared : 0; j < compared + window; ++j) {
                uint256 period =
                    isOwnDay ? comparison.window[j - compared] : _comparedAt(own, comparison, daysUsed[i], j);
                (bool isMetered, int256 flow) = _flowOf(own, proofs[next], period, next);
                if (!isMetered) return (false, means);
                ++next;
                int256 use = isConsumeMore ? -flow : flow;
                if (isOwnDay) means.windowUse += use;
                else if (j < compared) means.take(j, comparison.own, use);
                else means.expected += use;
            }
        }
        areMetered = true;
    }

    /// @return The period of a used day that is compared: of the order's quarter-hours, and then of the window's.
    function _comparedAt(
        Case calldata own,
        Comparison memory comparison,
        uint256 day,
        uint256 position
    ) private view returns (uint256) {
        uint256 quarter;
        if (position < comparison.quarters.length) {
            quarter = comparison.quarters[position];
        } else {
            uint256 period = comparison.window[position - comparison.quarters.length];
            (, quarter) = _calendars.localOf(own.area, _periodOf(period));
        }
        return DeliveryPeriod.unwrap(_calendars.periodAt(own.area, day, quarter));
    }

    /// @return Whether the member's portfolio was called on a day that feeds the baseline.
    function _isOnUsedDay(
        Case calldata own,
        CalledProof memory called,
        uint256[] memory daysUsed
    ) private view returns (bool) {
        uint256 period = DeliveryPeriod.unwrap(called.period);
        if (period == 0) return false;
        PortfolioId portfolioId = _portfolios.portfolioAt(
            called.productId,
            own.memberId,
            period * PERIOD_SECONDS
        );
        (uint256 day, ) = _calendars.localOf(own.area, called.period);
        bool isUsed = false;
        for (uint256 i = 0; i < daysUsed.length; ++i) {
            if (daysUsed[i] == day) isUsed = true;
        }
        if (!isUsed || PortfolioId.unwrap(portfolioId) == 0 || !_isCalled(portfolioId, period)) {
            revert FlexBaselinesWrongCall(called.period);
        }
        return true;
    }

    function _isCalled(PortfolioId portfolioId, uint256 period) private view returns (bool) {
        IFlexOrders.Call[] memory calls = _orders.callsOf(portfolioId, _periodOf(period));
        for (uint256 i = 0; i < calls.length; ++i) {
            if (PowerW.unwrap(calls[i].served) != 0) return true;
        }
        return false;
    }

    function _flowOf(
        Case calldata own,
        ReadingProof memory proof,
        uint256 period,
        uint256 position
    ) private view returns (bool isMetered, int256 flow) {
        uint8 version = _meterReadings.countingAt(own.area, _periodOf(period), own.readingsAt, proof.version);
        if (proof.version != version) revert FlexBaselinesWrongReading(_periodOf(period), position);
        _requireReading(own, proof, period, position);
        return (proof.reading.quality == METERED, ReadingVersions.flowOf(proof.reading));
    }

    function _requireReading(
        Case calldata own,
        ReadingProof memory proof,
        uint256 period,
        uint256 position
    ) private view {
        bool isProven =
            MemberId.unwrap(proof.reading.memberId) == MemberId.unwrap(own.memberId) &&
                DeliveryPeriod.unwrap(proof.reading.period) == period &&
                _meterReadings.isCommittedReading(
                    own.area,
                    proof.version,
                    proof.reading,
                    proof.a,
                    proof.b,
                    proof.position,
                    proof.siblings
                );
        if (!isProven) revert FlexBaselinesWrongReading(_periodOf(period), position);
    }

    /// @return last The last period that the order calls something in.
    function _lastOf(
        bytes calldata periods,
        IFlexProducts.Direction direction
    ) private pure returns (uint256 last) {
        for (uint256 i = 0; i < periods.periodCountOf(); ++i) {
            (uint256 period, uint256 along) = periods.periodAt(i, direction);
            if (along != 0) last = period;
        }
    }

    /// @dev The cast loses nothing: periods are next to those of 32 bits that are on the ledger.
    function _periodOf(uint256 period) private pure returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(period));
    }
}
