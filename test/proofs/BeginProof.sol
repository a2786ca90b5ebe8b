// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingInvariant} from "./ClearingInvariant.sol";

/// @dev The tally starts with the invariant, and divides the volume of a claim.
contract BeginProof is ClearingInvariant {
    function begin_holds(int256 probe) external {
        require(_isInt24(_claim.price) && _isPrice(probe));
        begin(_claim);
        _count = 0;
        _probe = probe;
        _atProbe = Sums(0, 0, 0, 0);
        _highestBid = type(int256).min;
        _lowestOffer = type(int256).max;

        assert(_areSumsRight());
        assert(_areLimitsRight());
        assert(_isBestRight());
        assert(_isProbeAboveRight());
        assert(_isProbeBelowRight());
    }

    /// @dev A claim that clears gives each side a rest that its orders at the price can take, and that makes the volume.
    function begin_dividesTheVolume() external {
        require(_clears());
        begin(_claim);
        uint256 volume = volumeOf(_claim);

        assert(volume <= _claim.bidsAtOrAbove && volume <= _claim.offersAtOrBelow);
        assert(volume == _claim.bidsAtOrAbove || volume == _claim.offersAtOrBelow);
        assert(tally.claimsTrade == (volume != 0));
        assert(_claim.bidsAbove + tally.bidRest == volume && tally.bidRest <= tally.bidsAtPrice);
        assert(_claim.offersBelow + tally.offerRest == volume && tally.offerRest <= tally.offersAtPrice);
        assert(_claim.bidsAbove + tally.bidsAtPrice == _claim.bidsAtOrAbove);
        assert(_claim.offersBelow + tally.offersAtPrice == _claim.offersAtOrBelow);
    }
}
