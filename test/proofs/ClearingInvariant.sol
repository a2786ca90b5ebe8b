// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HIGHEST_PRICE, LOWEST_PRICE, PRICE_TICK} from "../../contracts/types/Types.sol";
import {ClearingUnderProof} from "./ClearingUnderProof.sol";

/// @dev What the SMT checker proves of the clearing library, for books of any length and for every claim.
///
/// The state below is arbitrary at the start of each external function, so that each is one step of an induction over the
/// orders: `begin` establishes the invariant, every order added keeps it, and at the end it decides what is accepted. No
/// loop is unrolled and no input is sampled.
///
/// `ClearingUnderProof` is the library itself with tally and claim in storage; see clearing-proof.ts for the translation.
/// There, a share is arbitrary (`share`), since sums and price do not depend on it. What shares are is proved of the
/// library's own function in ShareProof.sol. Every proof is a file of its own, since the checker works ten times as long
/// on all of them at once.
abstract contract ClearingInvariant is ClearingUnderProof {
    /// @dev Sums at a price, in Wh, by their definition.
    struct Sums {
        uint256 bidsAtOrAbove;
        uint256 bidsAbove;
        uint256 offersAtOrBelow;
        uint256 offersBelow;
    }

    uint256 internal constant QUANTITY_LIMIT = 2 ** 32;
    uint256 private constant ORDER_LIMIT = 2 ** 31;

    Claim internal _claim;
    uint256 internal _count;
    /// @dev Any price, and what the orders add up to at it.
    int256 internal _probe;
    Sums internal _atProbe;
    /// @dev The best limits of the orders with a quantity; beyond every price where there is none.
    int256 internal _highestBid;
    int256 internal _lowestOffer;

    function _requireInvariant() internal view {
        require(_count < ORDER_LIMIT && _isPrice(_probe) && _isInt24(tally.price));
        require(_areSumsRight() && _areLimitsRight() && _isBestRight());
        require(_isProbeAboveRight() && _isProbeBelowRight());
    }

    /// @dev Sums are ordered and small, and at the price itself they are those by definition.
    function _areSumsRight() internal view returns (bool) {
        Sums memory sums = _atPrice();
        return
            _areOrdered(sums) &&
            _areOrdered(_atProbe) &&
            (_probe != tally.price ||
                (sums.bidsAtOrAbove == _atProbe.bidsAtOrAbove &&
                    sums.bidsAbove == _atProbe.bidsAbove &&
                    sums.offersAtOrBelow == _atProbe.offersAtOrBelow &&
                    sums.offersBelow == _atProbe.offersBelow));
    }

    function _areOrdered(Sums memory sums) internal view returns (bool) {
        return
            sums.bidsAbove <= sums.bidsAtOrAbove &&
            sums.offersBelow <= sums.offersAtOrBelow &&
            sums.bidsAtOrAbove <= _count * QUANTITY_LIMIT &&
            sums.offersAtOrBelow <= _count * QUANTITY_LIMIT;
    }

    /// @dev The limits beside the price lie on their sides of it, and are there where something was added there.
    function _areLimitsRight() internal view returns (bool) {
        int256 below = tally.limitBelow;
        int256 above = tally.limitAbove;
        return
            below < tally.price &&
            above > tally.price &&
            (below < LOWEST_PRICE ? tally.offersBelow == 0 : _isPrice(below)) &&
            (above > HIGHEST_PRICE ? tally.bidsAbove == 0 : _isPrice(above));
    }

    /// @dev The best limits of the two sides fit the sums and the limits beside the price.
    function _isBestRight() internal view returns (bool) {
        Sums memory sums = _atPrice();
        int256 bid = _highestBid;
        int256 offer = _lowestOffer;
        return
            (tally.claimsTrade || _isWatchedRight()) &&
            (bid < LOWEST_PRICE || _isPrice(bid)) &&
            (offer > HIGHEST_PRICE || _isPrice(offer)) &&
            (bid > tally.price) == (sums.bidsAbove > 0) &&
            (bid >= tally.price) == (sums.bidsAtOrAbove > 0) &&
            (offer < tally.price) == (sums.offersBelow > 0) &&
            (offer <= tally.price) == (sums.offersAtOrBelow > 0) &&
            (bid <= tally.price || tally.limitAbove <= bid) &&
            (bid >= tally.price || bid < LOWEST_PRICE || tally.limitBelow >= bid) &&
            (offer <= tally.price || offer > HIGHEST_PRICE || tally.limitAbove <= offer) &&
            (offer >= tally.price || tally.limitBelow >= offer);
    }

    function _isWatchedRight() internal view returns (bool) {
        return
            (tally.highestBid == _highestBid ||
                (tally.highestBid < LOWEST_PRICE && _highestBid < LOWEST_PRICE)) &&
            (tally.lowestOffer == _lowestOffer ||
                (tally.lowestOffer > HIGHEST_PRICE && _lowestOffer > HIGHEST_PRICE));
    }

    /// @dev Up to the next limit above the price nothing changes; from there on more is offered, or less is bid.
    function _isProbeAboveRight() internal view returns (bool) {
        if (_probe <= tally.price) return true;
        Sums memory sums = _atPrice();
        if (_atProbe.bidsAtOrAbove > sums.bidsAbove || _atProbe.offersBelow < sums.offersAtOrBelow)
            return false;
        bool isSame =
            _atProbe.bidsAtOrAbove == sums.bidsAbove && _atProbe.offersBelow == sums.offersAtOrBelow;
        return isSame == (_probe <= tally.limitAbove);
    }

    /// @dev The same below the price, where less is offered or more is bid.
    function _isProbeBelowRight() internal view returns (bool) {
        if (_probe >= tally.price) return true;
        Sums memory sums = _atPrice();
        if (_atProbe.offersAtOrBelow > sums.offersBelow || _atProbe.bidsAbove < sums.bidsAtOrAbove)
            return false;
        bool isSame =
            _atProbe.offersAtOrBelow == sums.offersBelow && _atProbe.bidsAbove == sums.bidsAtOrAbove;
        return isSame == (_probe >= tally.limitBelow);
    }

    /// @dev The rule in words of the sums: where nothing crosses, all is zero; else the sums are right, the price
    /// clears, and it is the midpoint of those that do, rounded towards zero.
    function _isRule() internal view returns (bool) {
        if (!_bookCrosses()) return _claim.price == 0 && _areClaimed(Sums(0, 0, 0, 0));
        (int256 lowest, int256 highest) = _interval();
        return
            _areClaimed(_atPrice()) &&
            _clears() &&
            _claim.price == ((lowest + highest) / 2 / PRICE_TICK) * PRICE_TICK;
    }

    function _bookCrosses() internal view returns (bool) {
        return _highestBid >= _lowestOffer;
    }

    /// @dev The lowest and the highest price that clear, if the price at hand does.
    function _interval() internal view returns (int256 lowest, int256 highest) {
        Sums memory sums = _atPrice();
        lowest = sums.bidsAtOrAbove == sums.offersBelow ? tally.limitBelow : tally.price;
        highest = sums.offersAtOrBelow == sums.bidsAbove ? tally.limitAbove : tally.price;
    }

    function _probeClears() internal view returns (bool) {
        return
            _atProbe.bidsAbove <= _atProbe.offersAtOrBelow && _atProbe.offersBelow <= _atProbe.bidsAtOrAbove;
    }

    function _atPrice() internal view returns (Sums memory) {
        return
            Sums({
                bidsAtOrAbove: tally.bidsAbove + tally.bidsAt,
                bidsAbove: tally.bidsAbove,
                offersAtOrBelow: tally.offersBelow + tally.offersAt,
                offersBelow: tally.offersBelow
            });
    }

    function _areClaimed(Sums memory sums) internal view returns (bool) {
        return
            _claim.bidsAtOrAbove == sums.bidsAtOrAbove &&
            _claim.bidsAbove == sums.bidsAbove &&
            _claim.offersAtOrBelow == sums.offersAtOrBelow &&
            _claim.offersBelow == sums.offersBelow;
    }

    function _clears() internal view returns (bool) {
        return
            _claim.bidsAbove <= _claim.bidsAtOrAbove &&
            _claim.offersBelow <= _claim.offersAtOrBelow &&
            _claim.bidsAbove <= _claim.offersAtOrBelow &&
            _claim.offersBelow <= _claim.bidsAtOrAbove;
    }

    function _isIn(int256 price, int256[2] memory interval) internal pure returns (bool) {
        return interval[0] <= price && price <= interval[1];
    }

    /// @dev Any price that a claim can name, whether or not an order could.
    function _isInt24(int256 price) internal pure returns (bool) {
        return price >= type(int24).min && price <= type(int24).max;
    }

    function _isPrice(int256 price) internal pure returns (bool) {
        return price >= LOWEST_PRICE && price <= HIGHEST_PRICE && price % PRICE_TICK == 0;
    }
}
