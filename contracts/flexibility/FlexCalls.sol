// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeliveryPeriod, FlexOrderId, PERIODS_PER_DAY, PowerW} from "../types/Types.sol";
import {FlexLines} from "./FlexLines.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev Orders period by period: what is packed of them, and what they come to.
library FlexCalls {
    uint256 internal constant LENGTH = 60;
    uint256 private constant PERIOD_LENGTH = 8;
    /// @dev A W over a delivery period is a quarter of a Wh.
    uint256 private constant PERIODS_PER_HOUR = 4;

    /// @dev As packed in IFlexSettlement.
    struct Delivery {
        FlexOrderId orderId;
        DeliveryPeriod period;
        uint64 moved;
        uint64 opposed;
        uint32 assetCount;
        bytes32 assetsRoot;
    }

    function deliveryCountOf(bytes calldata deliveries) internal pure returns (uint256) {
        return deliveries.length / LENGTH;
    }

    /// @dev The position lies within the deliveries.
    function deliveryAt(
        bytes calldata deliveries,
        uint256 position
    ) internal pure returns (Delivery memory delivery) {
        bytes calldata packed = deliveries[position * LENGTH:(position + 1) * LENGTH];
        delivery.orderId = FlexOrderId.wrap(uint32(bytes4(packed[:4])));
        delivery.period = DeliveryPeriod.wrap(uint32(bytes4(packed[4:8])));
        delivery.moved = uint64(bytes8(packed[8:16]));
        delivery.opposed = uint64(bytes8(packed[16:24]));
        delivery.assetCount = uint32(bytes4(packed[24:28]));
        delivery.assetsRoot = bytes32(packed[28:60]);
    }

    /// @dev What a cancelled order costs is owed whole; what others cost follows from what was moved.
    /// @param power What the order calls in the period, and what other services left of it.
    /// @param periods Packed, as they were ordered.
    function settle(
        Delivery memory delivery,
        IFlexOrders.Order memory order,
        IFlexProducts.Product memory product,
        IFlexOrders.Call memory power,
        bytes calldata periods
    ) internal pure returns (IFlexSettlement.Settled memory settled) {
        uint256 served = uint256(PowerW.unwrap(power.served)) / PERIODS_PER_HOUR;
        (uint256 price, uint256 ordered) = priceAt(order.price, product.direction, periods, delivery.period);
        if (order.state != IFlexOrders.State.Cancelled) {
            int256 response = int256(uint256(delivery.moved)) - int256(uint256(delivery.opposed));
            return FlexLines.settledOf(price, ordered, served, response, product.penalty);
        }
        // The casts lose nothing: a part of the price is less than it, and an energy is less than a power.
        settled.served = uint64(served);
        settled.price = uint64(price);
        settled.payment = uint64(price);
    }

    /// @return price The period's part of the order's price, by cumulative rounding over all of its periods.
    /// @return ordered Wh ordered in the period along the direction.
    function priceAt(
        uint256 whole,
        IFlexProducts.Direction direction,
        bytes calldata periods,
        DeliveryPeriod period
    ) internal pure returns (uint256 price, uint256 ordered) {
        uint256 before = 0;
        uint256 total = 0;
        for (uint256 i = 0; i < periodCountOf(periods); ++i) {
            (uint256 number, uint256 along) = periodAt(periods, i, direction);
            uint256 energy = along / PERIODS_PER_HOUR;
            if (number < DeliveryPeriod.unwrap(period)) before += energy;
            if (number == DeliveryPeriod.unwrap(period)) ordered = energy;
            total += energy;
        }
        price = FlexLines.cumulativeShareOf(whole, before, ordered, total);
    }

    function periodCountOf(bytes calldata periods) internal pure returns (uint256) {
        return periods.length / PERIOD_LENGTH;
    }

    /// @return period Its number.
    /// @return along W ordered in the direction; zero where power in the other one is only permitted.
    function periodAt(
        bytes calldata periods,
        uint256 position,
        IFlexProducts.Direction direction
    ) internal pure returns (uint256 period, uint256 along) {
        uint256 start = position * PERIOD_LENGTH;
        period = uint32(bytes4(periods[start:start + 4]));
        int256 power = int32(uint32(bytes4(periods[start + 4:start + PERIOD_LENGTH])));
        if (direction == IFlexProducts.Direction.ConsumeLess) power = -power;
        if (power > 0) along = uint256(power);
    }

    function dayOf(uint256 period) internal pure returns (uint256) {
        return period / PERIODS_PER_DAY;
    }
}
