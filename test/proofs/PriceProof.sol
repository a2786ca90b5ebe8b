// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingInvariant} from "./ClearingInvariant.sol";

contract PriceProof is ClearingInvariant {
    /// @dev Where something crosses, the prices that clear are an interval of which the accepted one is the midpoint.
    function requireTrue_acceptsTheMidpointOfAllPricesThatClear() external {
        require(tally.price == _claim.price && tally.claimsTrade == (volumeOf(_claim) != 0));
        _requireInvariant();
        refused = false;
        requireTrue(_claim);
        require(!refused && _bookCrosses());
        (int256 lowest, int256 highest) = _interval();

        assert(_isPrice(lowest) && _isPrice(highest) && _isPrice(_claim.price));
        assert(lowest <= _claim.price && _claim.price <= highest);
        assert(_probeClears() == (lowest <= _probe && _probe <= highest));
    }

    /// @dev Whatever agrees with two intervals on their ends is one interval: there is one midpoint, hence one price.
    function interval_isOne(int256[2] memory one, int256[2] memory other) external pure {
        require(one[0] <= one[1] && other[0] <= other[1]);
        require(_isIn(one[0], other) && _isIn(one[1], other) && _isIn(other[0], one) && _isIn(other[1], one));
        assert(one[0] == other[0] && one[1] == other[1]);
    }
}
