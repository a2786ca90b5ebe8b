// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev Reads a product's baseline methods as they are packed (see IFlexProducts).
library BaselineMethods {
    uint256 private constant LENGTH = 15;

    struct Method {
        IFlexProducts.Method name;
        uint256 a;
        uint256 b;
        uint256 c;
        uint256 adjustment;
        uint256 capPercent;
        uint256 window;
        uint256 gap;
    }

    function methodCountOf(bytes memory methods) internal pure returns (uint256) {
        return methods.length / LENGTH;
    }

    /// @dev The position is below their count.
    function methodAt(bytes memory methods, uint256 position) internal pure returns (Method memory method) {
        uint256 packed = 0;
        for (uint256 i = position * LENGTH; i < (position + 1) * LENGTH; ++i) {
            packed = (packed << 8) | uint8(methods[i]);
        }
        method.name = IFlexProducts.Method(packed >> 112);
        // The casts cut fields out of the word.
        method.a = uint24(packed >> 88);
        method.b = uint24(packed >> 64);
        method.c = uint24(packed >> 40);
        method.adjustment = uint8(packed >> 32);
        method.capPercent = uint16(packed >> 16);
        method.window = uint8(packed >> 8);
        method.gap = uint8(packed);
    }
}
