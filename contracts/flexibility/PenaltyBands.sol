// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What a deficiency costs by the packed bands of a product (see IFlexProducts).
library PenaltyBands {
    uint256 private constant LENGTH = 6;
    uint256 private constant WHOLE = 1_000;
    uint256 private constant WH_PER_KWH = 1_000;

    /// @notice Each band prices the part of the deficiency that lies in it. Bands start at a whole Wh, rounded up, and
    /// the sum is rounded down: both favour who pays. Energy is in Wh.
    function penaltyOf(
        bytes memory bands,
        uint256 ordered,
        uint256 deficiency
    ) internal pure returns (uint256) {
        uint256 exact = 0;
        for (uint256 start = 0; start < bands.length; start += LENGTH) {
            (uint256 above, uint256 price) = _bandAt(bands, start);
            uint256 from = _startOf(above, ordered);
            if (from >= deficiency) break;
            uint256 until = deficiency;
            if (start + LENGTH < bands.length) {
                (uint256 next, ) = _bandAt(bands, start + LENGTH);
                until = Math.min(until, _startOf(next, ordered));
            }
            exact += (until - from) * price;
        }
        return exact / WH_PER_KWH;
    }

    function _startOf(uint256 abovePermille, uint256 ordered) private pure returns (uint256) {
        return Math.ceilDiv(ordered * abovePermille, WHOLE);
    }

    function _bandAt(bytes memory bands, uint256 start) private pure returns (uint256 above, uint256 price) {
        // Assembly: one word holds a whole band. Bands are read within their length alone.
        assembly ("memory-safe") {
            let word := mload(add(add(bands, 32), start))
            above := shr(240, word)
            price := and(shr(208, word), 0xffffffff)
        }
    }
}
