// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev Power, energy and price of what is offered and ordered: the same figures as in services/domain/flexibility.
library FlexAmounts {
    uint256 internal constant WHOLE_FACTOR = 100;
    /// @dev Prices have four decimals of a euro.
    uint256 internal constant PRICE_STEP = 100;
    uint256 internal constant HIGHEST_PRICE = 100_000_000_000;
    /// @dev W of a period that make a kWh, times millionths of effect.
    uint256 private constant CAP_SCALE = 4_000 * 1_000_000;
    uint256 private constant PERIODS_PER_HOUR = 4;
    uint256 private constant WH_PER_KWH = 1_000;

    /// @dev The magnitude is rounded up to the W: never more than offered, nor less than the least part of it.
    function powerAt(uint256 factor, int256 power) internal pure returns (int256) {
        uint256 magnitude = (SignedMath.abs(power) * factor + WHOLE_FACTOR - 1) / WHOLE_FACTOR;
        return power < 0 ? -int256(magnitude) : int256(magnitude);
    }

    /// @dev Rounded down to the step.
    function priceAt(uint256 factor, uint256 price) internal pure returns (uint256) {
        return atOrBelow((price * factor) / WHOLE_FACTOR);
    }

    function atOrBelow(uint256 price) internal pure returns (uint256) {
        return price - (price % PRICE_STEP);
    }

    /// @return In Wh, rounded down.
    function energyOver(uint256 power) internal pure returns (uint256) {
        return power / PERIODS_PER_HOUR;
    }

    /// @return Micro-euro for the energy at the price for a kWh, rounded down to the step.
    function priceOf(uint256 energy, uint256 pricePerKwh) internal pure returns (uint256) {
        return atOrBelow((energy * pricePerKwh) / WH_PER_KWH);
    }

    /// @param power The sum over all requested periods, in the product's direction.
    /// @param effect At the congestion point, in millionths.
    /// @param cap The most that a kWh of effect may cost.
    function isWithinCap(
        uint256 price,
        uint256 power,
        uint256 effect,
        uint256 cap
    ) internal pure returns (bool) {
        return power != 0 && effect != 0 && price * CAP_SCALE <= cap * power * effect;
    }

    /// @return How far the power deviates in the direction; zero where it deviates in the other one.
    function powerIn(IFlexProducts.Direction direction, int256 power) internal pure returns (uint256) {
        int256 along = direction == IFlexProducts.Direction.ConsumeLess ? -power : power;
        return along > 0 ? uint256(along) : 0;
    }
}
