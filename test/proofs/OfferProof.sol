// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingInvariant} from "./ClearingInvariant.sol";

/// @dev An offer keeps the invariant, and is filled as its limit says.
contract OfferProof is ClearingInvariant {
    function addOffer_holds(uint256 quantity, int256 limit) external {
        require(quantity < QUANTITY_LIMIT && _isPrice(limit));
        _requireInvariant();
        if (!tally.claimsTrade) watch(false, quantity, limit);
        uint256 fill = addOffer(quantity, limit);
        _count += 1;
        if (quantity != 0 && limit < _lowestOffer) _lowestOffer = limit;
        if (limit <= _probe) _atProbe.offersAtOrBelow += quantity;
        if (limit < _probe) _atProbe.offersBelow += quantity;

        assert(_areSumsRight());
        assert(_areLimitsRight());
        assert(_isBestRight());
        assert(_isProbeAboveRight());
        assert(_isProbeBelowRight());
        if (limit < tally.price) assert(fill == quantity);
        if (limit > tally.price) assert(fill == 0);
        if (limit == tally.price) assert(fill == (tally.offersAtPrice == 0 ? 0 : share));
    }
}
