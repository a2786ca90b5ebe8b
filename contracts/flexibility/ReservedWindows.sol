// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DeliveryPeriod, PERIOD_SECONDS} from "../types/Types.sol";
import {IFlexReservations} from "./IFlexReservations.sol";

/// @dev The windows of a reservation, as they come packed (see IFlexReservations), two in a storage slot.
library ReservedWindows {
    uint256 private constant LENGTH = 12;
    uint256 private constant MOST = 64;
    uint256 private constant MOST_POWER = 2 ** 31 - 1;

    /// @dev Ascending, apart from one another, each for as much as the product asks for at least.
    function take(uint96[] storage windows, bytes calldata packed, uint256 minimum) internal {
        if (packed.length == 0 || packed.length % LENGTH != 0 || packed.length > MOST * LENGTH) {
            revert IFlexReservations.FlexReservationsInvalid("windows");
        }
        uint256 next = 0;
        for (uint256 start = 0; start < packed.length; start += LENGTH) {
            uint96 window = uint96(bytes12(packed[start:start + LENGTH]));
            (uint256 first, uint256 last, uint256 power) = _partsOf(window);
            if (first < next || last < first) revert IFlexReservations.FlexReservationsInvalid("windows");
            if (power < minimum || power > MOST_POWER) {
                revert IFlexReservations.FlexReservationsInvalid("power");
            }
            next = last + 1;
            windows.push(window);
        }
    }

    /// @return Zero where nothing is reserved in the period.
    function powerAt(uint96[] storage windows, uint256 period) internal view returns (uint256) {
        (uint256 low, uint256 high) = (0, windows.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            (uint256 first, uint256 last, uint256 power) = _partsOf(windows[middle]);
            if (period < first) high = middle;
            else if (period > last) low = middle + 1;
            else return power;
        }
        return 0;
    }

    /// @return most The most that is reserved in any period from `from` to `to`, inclusive.
    function mostWithin(
        uint96[] storage windows,
        uint256 from,
        uint256 to
    ) internal view returns (uint256 most) {
        for (uint256 i = 0; i < windows.length; ++i) {
            (uint256 first, uint256 last, uint256 power) = _partsOf(windows[i]);
            if (first <= to && from <= last) most = Math.max(most, power);
        }
    }

    function windowAt(
        uint96[] storage windows,
        uint256 position
    ) internal view returns (uint256 first, uint256 last, uint256 power) {
        return _partsOf(windows[position]);
    }

    function firstPeriod(uint96[] storage windows) internal view returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(windows[0] >> 64));
    }

    function lastPeriod(uint96[] storage windows) internal view returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(uint32(windows[windows.length - 1] >> 32));
    }

    /// @return Unix time.
    function startsAt(uint96[] storage windows) internal view returns (uint256) {
        return DeliveryPeriod.unwrap(firstPeriod(windows)) * PERIOD_SECONDS;
    }

    /// @return Unix time.
    function endsAt(uint96[] storage windows) internal view returns (uint256) {
        (, uint256 last, ) = _partsOf(windows[windows.length - 1]);
        return (last + 1) * PERIOD_SECONDS;
    }

    function _partsOf(uint96 window) private pure returns (uint256 first, uint256 last, uint256 power) {
        // The casts cut the three parts apart; nothing of them is lost.
        (first, last, power) = (window >> 64, uint32(window >> 32), uint32(window));
    }
}
