// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyWh, LOWEST_PRICE, Price, PRICE_TICK} from "../types/Types.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";

/// @dev A delegation in one storage slot, so that a day's trading keys cost one read less a member: key 160 bits,
/// sides 2, quantity limit 30, numbers of the lowest and the highest price's ticks 16 each, expiry 32. Zero is none.
library PackedDelegation {
    /// @dev The registry has checked that every field fits: a limit is at most 10^9 Wh, a tick's number at most
    /// 45,000.
    function pack(IMemberRegistry.Delegation calldata delegation) internal pure returns (uint256) {
        return
            (uint256(uint160(delegation.key)) << 96) |
            (uint256(delegation.sides) << 94) |
            (uint256(EnergyWh.unwrap(delegation.quantityLimit)) << 64) |
            (_tickOf(delegation.lowestPrice) << 48) |
            (_tickOf(delegation.highestPrice) << 32) |
            delegation.expiry;
    }

    function unpack(uint256 packed) internal pure returns (IMemberRegistry.Delegation memory delegation) {
        if (packed == 0) return delegation;
        // The casts cut out what `pack` put in.
        delegation.key = address(uint160(packed >> 96));
        delegation.sides = uint8((packed >> 94) & 3);
        delegation.quantityLimit = EnergyWh.wrap(uint32((packed >> 64) & 0x3fffffff));
        delegation.lowestPrice = _priceOf(uint16(packed >> 48));
        delegation.highestPrice = _priceOf(uint16(packed >> 32));
        delegation.expiry = uint32(packed);
    }

    function _tickOf(Price price) private pure returns (uint256) {
        return uint24(Price.unwrap(price) - LOWEST_PRICE) / uint24(PRICE_TICK);
    }

    function _priceOf(uint16 tick) private pure returns (Price) {
        return Price.wrap(LOWEST_PRICE + int24(uint24(tick)) * PRICE_TICK);
    }
}
