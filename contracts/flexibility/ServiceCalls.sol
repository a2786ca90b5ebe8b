// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {
    AreaId,
    CongestionPointId,
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    PERIODS_PER_DAY,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId,
    TradingDay
} from "../types/Types.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {CALL_WORDS, PackedCalls} from "./PackedCalls.sol";

/// @dev Which orders call a portfolio in a period, and what of each is served: the rules of
/// services/domain/flexibility/conflict/service-calls.ts. Whatever is served goes in one direction.
abstract contract ServiceCalls is IFlexOrders {
    using PackedCalls for PackedCalls.ServiceCall[];
    using PackedCalls for uint256[CALL_WORDS];

    /// @param prequalified For the order's product at its point, in W.
    /// @param capability The most that the portfolio is prequalified for in the direction.
    struct Caller {
        FlexOrderId orderId;
        Order order;
        AreaId area;
        uint256 rank;
        IFlexProducts.Direction direction;
        uint256 prequalified;
        uint256 capability;
    }

    IFlexReservations internal immutable _flexReservations;

    mapping(FlexOrderId orderId => Order) internal _orders;
    mapping(PortfolioId portfolioId => mapping(uint256 period => uint256[CALL_WORDS])) private _calls;
    mapping(AreaId area => mapping(TradingDay day => uint256)) private _callCounts;

    constructor(IFlexReservations flexReservations) {
        _flexReservations = flexReservations;
    }

    /// @inheritdoc IFlexOrders
    function callsOf(
        PortfolioId portfolioId,
        DeliveryPeriod period
    ) external view returns (Call[] memory calls) {
        PackedCalls.ServiceCall[] memory all = _calls[portfolioId][DeliveryPeriod.unwrap(period)].load();
        calls = new Call[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            // All of them have 32 bits where they are kept.
            calls[i].orderId = FlexOrderId.wrap(uint32(all[i].orderId));
            (calls[i].ordered, calls[i].served) = _powersOf(all[i]);
        }
    }

    /// @inheritdoc IFlexOrders
    function callOf(
        FlexOrderId orderId,
        DeliveryPeriod period
    ) external view returns (PowerW ordered, PowerW served) {
        PortfolioId portfolioId = _orders[orderId].portfolioId;
        PackedCalls.ServiceCall[] memory all = _calls[portfolioId][DeliveryPeriod.unwrap(period)].load();
        uint256 place = all.find(FlexOrderId.unwrap(orderId));
        if (place < all.length) (ordered, served) = _powersOf(all[place]);
    }

    /// @inheritdoc IFlexOrders
    function callCountOf(AreaId area, TradingDay day) external view returns (uint256) {
        return _callCounts[area][day];
    }

    /// @dev Calls the portfolio in the period, and displaces those that come after.
    function _call(Caller memory caller, uint256 period, uint256 power) internal {
        uint256[CALL_WORDS] storage words = _calls[caller.order.portfolioId][period];
        PackedCalls.ServiceCall[] memory others = words.load();
        DeliveryPeriod deliveryPeriod = _periodOf(period);
        if (others.length == PackedCalls.MOST_CALLS) others = _dropLast(caller, others, period);
        _requireOwn(caller, others, deliveryPeriod, power);
        (uint256 place, uint256 served) = _placeOf(caller, others, deliveryPeriod);
        if (served + power > caller.capability) {
            uint256 left = Math.saturatingSub(caller.capability, served);
            revert FlexOrdersOvercalled(deliveryPeriod, left, power);
        }

        // What is called already stays so where the portfolio has become fit for less in the meantime.
        uint256 limit = Math.max(caller.capability, others.servedOf());
        _displace(caller.direction, others, place, Math.saturatingSub(limit, served + power), deliveryPeriod);
        words.insert(
            others,
            place,
            PackedCalls.ServiceCall(
                FlexOrderId.unwrap(caller.orderId),
                power,
                power,
                caller.rank,
                caller.direction
            )
        );
        ++_callCounts[caller.area][_dayOf(period)];
    }

    /// @dev Takes the order's calls back, as if it had never been, and lets the others have what it leaves.
    /// @param capabilities By direction, as `capability` of a caller.
    function _takeBack(FlexOrderId orderId, AreaId area, uint256[2] memory capabilities) internal {
        Order memory order = _orders[orderId];
        uint256 last = DeliveryPeriod.unwrap(order.lastPeriod);
        for (uint256 period = DeliveryPeriod.unwrap(order.firstPeriod); period <= last; ++period) {
            uint256[CALL_WORDS] storage words = _calls[order.portfolioId][period];
            PackedCalls.ServiceCall[] memory calls = words.load();
            uint256 place = calls.find(FlexOrderId.unwrap(orderId));
            if (place == calls.length) continue;
            uint256 served = calls.servedOf();
            calls = words.remove(calls, place);
            --_callCounts[area][_dayOf(period)];
            if (calls.length == 0) continue;
            uint256 first = _firstServedOf(calls);
            uint256 limit = Math.max(capabilities[uint256(calls[first].direction)], served);
            _restore(calls, calls[first].direction, limit - calls.servedOf(), _periodOf(period));
            words.store(calls);
        }
    }

    /// @dev Makes room for a call that comes before the last one, which calls nothing any more.
    function _dropLast(
        Caller memory caller,
        PackedCalls.ServiceCall[] memory calls,
        uint256 period
    ) private returns (PackedCalls.ServiceCall[] memory) {
        PackedCalls.ServiceCall memory last = calls[calls.length - 1];
        if (last.rank <= caller.rank) {
            revert FlexOrdersTooManyCalls(caller.order.portfolioId, _periodOf(period));
        }
        last.served = 0;
        --_callCounts[caller.area][_dayOf(period)];

        _emitServed(last, _periodOf(period));
        return _calls[caller.order.portfolioId][period].remove(calls, calls.length - 1);
    }

    /// @param left What is left for those from `place` on.
    function _displace(
        IFlexProducts.Direction direction,
        PackedCalls.ServiceCall[] memory calls,
        uint256 place,
        uint256 left,
        DeliveryPeriod period
    ) private {
        for (uint256 i = place; i < calls.length; ++i) {
            uint256 served = calls[i].direction == direction ? Math.min(calls[i].served, left) : 0;
            left -= served;
            if (served == calls[i].served) continue;
            calls[i].served = served;
            _emitServed(calls[i], period);
        }
    }

    /// @param free Shared out in the sequence of precedence.
    function _restore(
        PackedCalls.ServiceCall[] memory calls,
        IFlexProducts.Direction direction,
        uint256 free,
        DeliveryPeriod period
    ) private {
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 lacking = calls[i].direction == direction ? calls[i].ordered - calls[i].served : 0;
            uint256 more = Math.min(lacking, free);
            if (more == 0) continue;
            calls[i].served += more;
            free -= more;
            _emitServed(calls[i], period);
        }
    }

    function _emitServed(PackedCalls.ServiceCall memory call, DeliveryPeriod period) private {
        (, PowerW served) = _powersOf(call);
        emit CallDisplaced(FlexOrderId.wrap(uint32(call.orderId)), period, served);
    }

    /// @dev All orders of one product at one point together stay within what is prequalified for them, and all of one
    /// reserve that are direct within what is reserved.
    function _requireOwn(
        Caller memory caller,
        PackedCalls.ServiceCall[] memory others,
        DeliveryPeriod period,
        uint256 power
    ) private view {
        Order memory own = caller.order;
        (uint256 ofProduct, uint256 ofReserve) = (power, power);
        for (uint256 i = 0; i < others.length; ++i) {
            Order storage other = _orders[FlexOrderId.wrap(uint32(others[i].orderId))];
            if (ReservationId.unwrap(other.reservationId) == ReservationId.unwrap(own.reservationId)) {
                ofReserve += others[i].served;
            }
            if (
                ProductId.unwrap(other.productId) == ProductId.unwrap(own.productId) &&
                CongestionPointId.unwrap(other.pointId) == CongestionPointId.unwrap(own.pointId)
            ) ofProduct += others[i].served;
        }
        if (ofProduct > caller.prequalified) {
            revert FlexOrdersOverPrequalified(period, ofProduct, caller.prequalified);
        }
        bool isDirect = FlexOfferId.unwrap(own.offerId) == 0;
        if (!isDirect) return;
        PowerW reserved = _flexReservations.reservedAt(own.reservationId, period);
        if (ofReserve > PowerW.unwrap(reserved)) {
            revert FlexOrdersNotReserved(
                period,
                reserved,
                PowerW.wrap(uint32(Math.min(ofReserve, type(uint32).max)))
            );
        }
    }

    /// @return place Behind those that come first: of one rank they were there before.
    /// @return served What those are served with.
    function _placeOf(
        Caller memory caller,
        PackedCalls.ServiceCall[] memory others,
        DeliveryPeriod period
    ) private pure returns (uint256 place, uint256 served) {
        for (; place < others.length && others[place].rank <= caller.rank; ++place) {
            PackedCalls.ServiceCall memory other = others[place];
            if (other.served != 0 && other.direction != caller.direction) {
                revert FlexOrdersOpposed(period, FlexOrderId.wrap(uint32(other.orderId)));
            }
            served += other.served;
        }
    }

    /// @return place The first that is served anything, or else the first.
    function _firstServedOf(PackedCalls.ServiceCall[] memory calls) private pure returns (uint256 place) {
        for (; place < calls.length; ++place) {
            if (calls[place].served != 0) return place;
        }
        return 0;
    }

    function _powersOf(
        PackedCalls.ServiceCall memory call
    ) private pure returns (PowerW ordered, PowerW served) {
        return (PowerW.wrap(uint32(call.ordered)), PowerW.wrap(uint32(call.served)));
    }

    function _periodOf(uint256 period) private pure returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(period));
    }

    function _dayOf(uint256 period) private pure returns (TradingDay) {
        return TradingDay.wrap(uint32(period / PERIODS_PER_DAY));
    }
}
