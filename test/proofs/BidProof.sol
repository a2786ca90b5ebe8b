// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingInvariant} from "./ClearingInvariant.sol";

/// @dev A bid keeps the invariant, and is filled as its limit says.
contract BidProof is ClearingInvariant {
    function addBid_holds(uint256 quantity, int256 limit) external {
        require(quantity < QUANTITY_LIMIT && _isPrice(limit));
        _requireInvariant();
        if (!tally.claimsTrade) watch(true, quantity, limit);
        uint256 fill = addBid(quantity, limit);
        _count += 1;
        if (quantity != 0 && limit > _highestBid) _highestBid = limit;
        if (limit >= _probe) _atProbe.bidsAtOrAbove += quantity;
        if (limit > _probe) _atProbe.bidsAbove += quantity;

        assert(_areSumsRight());
        assert(_areLimitsRight());
        assert(_isBestRight());
        assert(_isProbeAboveRight());
        assert(_isProbeBelowRight());
        if (limit > tally.price) assert(fill == quantity);
        if (limit < tally.price) assert(fill == 0);
        if (limit == tally.price) assert(fill == (tally.bidsAtPrice == 0 ? 0 : share));
    }
}
