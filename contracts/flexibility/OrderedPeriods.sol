// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActivationTimes} from "./ActivationTimes.sol";
import {FlexAmounts} from "./FlexAmounts.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {PackedPeriods} from "./PackedPeriods.sol";

/// @dev The packed periods of orders.
library OrderedPeriods {
    using ActivationTimes for ActivationTimes.Run;
    using PackedPeriods for bytes;

    /// @param periods Of an option, which are valid.
    /// @return packed What is ordered of them at the factor, in hundredths.
    function scaled(bytes calldata periods, uint256 factor) internal pure returns (bytes memory packed) {
        uint256 count = periods.length / PackedPeriods.OFFERED_LENGTH;
        packed = PackedPeriods.roomFor(count);
        for (uint256 position = 0; position < count; ++position) {
            (uint256 period, int256 power) = periods.offeredAt(position);
            packed.put(position, period, FlexAmounts.powerAt(factor, power));
        }
    }

    /// @param periods Ordered directly, each in the product's direction.
    /// @return energy In Wh, that of every period rounded down.
    function energyOf(
        bytes calldata periods,
        IFlexProducts.Product memory product
    ) internal pure returns (uint256 energy) {
        uint256 count = periods.countOf(PackedPeriods.OFFERED_LENGTH);
        if (count == 0) revert IFlexOrders.FlexOrdersInvalidPeriods(0);
        ActivationTimes.Run memory run;
        (uint256 first, uint256 last) = (0, 0);
        for (uint256 position = 0; position < count; ++position) {
            (uint256 period, int256 power) = periods.offeredAt(position);
            uint256 along = FlexAmounts.powerIn(product.direction, power);
            if (
                along == 0 ||
                !PackedPeriods.follows(period, first, last) ||
                run.extend(period, product) != ActivationTimes.Objection.None
            ) revert IFlexOrders.FlexOrdersInvalidPeriods(position);
            if (position == 0) first = period;
            last = period;
            energy += FlexAmounts.energyOver(along);
        }
    }
}
