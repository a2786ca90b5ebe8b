// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Price, PRICE_TICK} from "../types/Types.sol";
import {ICallAuction} from "./ICallAuction.sol";

/// @dev The clearing rule, checked against a claimed price in one pass over the orders in any sequence.
///
/// A price clears when it leaves nothing strictly better than itself unfilled: bids above it are covered by offers at
/// or below it, offers below it by bids at or above it. Such prices form an interval that ends on limits; the clearing
/// price is its midpoint, rounded to the tick towards zero. Orders strictly better than the price are filled whole;
/// at the price, each side shares what is left of the volume pro rata, by cumulative rounding in the sequence of the
/// orders.
///
/// Nothing here overflows, which is why the arithmetic is unchecked: an auction has fewer than 2^32 orders of less
/// than 2^32 Wh, and a product is of such a sum and a claimed sum below 2^64.
library Clearing {
    /// @param bidRest Wh left for bids at the price, out of the `bidsAtPrice` Wh that they ask for, by the claim.
    /// @param bidsAbove Wh of the bids added above the price; `bidsAt` at it.
    /// @param isTight Whether, by the claim, more prices may clear than this one: then limits beside it decide.
    /// @param limitBelow Highest limit of any order below the price; `limitAbove` lowest above it.
    /// @param highestBid Highest limit of the bids watched; `lowestOffer` lowest of the offers.
    struct Tally {
        int256 price;
        bool claimsTrade;
        bool isTight;
        uint256 bidRest;
        uint256 bidsAtPrice;
        uint256 bidsAbove;
        uint256 bidsAt;
        uint256 offerRest;
        uint256 offersAtPrice;
        uint256 offersBelow;
        uint256 offersAt;
        int256 limitBelow;
        int256 limitAbove;
        int256 highestBid;
        int256 lowestOffer;
    }

    function begin(ICallAuction.ClearingClaim memory claim) internal pure returns (Tally memory tally) {
        uint256 volume = volumeOf(claim);
        tally.price = Price.unwrap(claim.price);
        tally.claimsTrade = volume != 0;
        tally.isTight = claim.bidsAtOrAbove <= claim.offersBelow || claim.offersAtOrBelow <= claim.bidsAbove;
        // Saturating: a false claim must not stop the pass before it can be refuted with the sums found.
        tally.bidRest = Math.saturatingSub(volume, claim.bidsAbove);
        tally.bidsAtPrice = Math.saturatingSub(claim.bidsAtOrAbove, claim.bidsAbove);
        tally.offerRest = Math.saturatingSub(volume, claim.offersBelow);
        tally.offersAtPrice = Math.saturatingSub(claim.offersAtOrBelow, claim.offersBelow);
        // Beyond every price, and narrow enough to be kept between chunks of orders in 32 bits each.
        tally.limitBelow = type(int32).min;
        tally.limitAbove = type(int32).max;
        tally.highestBid = type(int32).min;
        tally.lowestOffer = type(int32).max;
    }

    /// @dev An order for nothing changes nothing.
    /// @return fill Wh bought; right if the claim turns out to be, and claims a trade.
    function addBid(Tally memory tally, uint256 quantity, int256 limit) internal pure returns (uint256 fill) {
        unchecked {
            if (limit > tally.price) {
                if (limit < tally.limitAbove && quantity != 0) tally.limitAbove = limit;
                tally.bidsAbove += quantity;
                return quantity;
            }
            if (limit < tally.price) {
                if (limit > tally.limitBelow && quantity != 0) tally.limitBelow = limit;
                return 0;
            }
            uint256 before = tally.bidsAt;
            tally.bidsAt = before + quantity;
            return _shareOf(before, quantity, tally.bidRest, tally.bidsAtPrice);
        }
    }

    /// @dev An order for nothing changes nothing.
    /// @return fill Wh sold; right if the claim turns out to be, and claims a trade.
    function addOffer(
        Tally memory tally,
        uint256 quantity,
        int256 limit
    ) internal pure returns (uint256 fill) {
        unchecked {
            if (limit < tally.price) {
                if (limit > tally.limitBelow && quantity != 0) tally.limitBelow = limit;
                tally.offersBelow += quantity;
                return quantity;
            }
            if (limit > tally.price) {
                if (limit < tally.limitAbove && quantity != 0) tally.limitAbove = limit;
                return 0;
            }
            uint256 before = tally.offersAt;
            tally.offersAt = before + quantity;
            return _shareOf(before, quantity, tally.offerRest, tally.offersAtPrice);
        }
    }

    /// @dev Where a claim says that nothing crosses, every order is watched as well as added; elsewhere the sums tell.
    function watch(Tally memory tally, bool isBid, uint256 quantity, int256 limit) internal pure {
        if (quantity == 0) return;
        if (isBid && limit > tally.highestBid) tally.highestBid = limit;
        if (!isBid && limit < tally.lowestOffer) tally.lowestOffer = limit;
    }

    /// @dev Reverts unless the claim is what the rule gives for the orders that were added.
    function requireTrue(Tally memory tally, ICallAuction.ClearingClaim memory claim) internal pure {
        ICallAuction.ClearingClaim memory found = _foundBy(tally);
        if (
            claim.bidsAtOrAbove != found.bidsAtOrAbove ||
            claim.bidsAbove != found.bidsAbove ||
            claim.offersAtOrBelow != found.offersAtOrBelow ||
            claim.offersBelow != found.offersBelow ||
            claim.bidsAbove > claim.offersAtOrBelow ||
            claim.offersBelow > claim.bidsAtOrAbove
        ) revert ICallAuction.CallAuctionNotClearing(claim, found);

        int256 expected = _priceOf(tally);
        if (tally.price != expected) {
            // An expected price lies between limits of orders, which are prices.
            revert ICallAuction.CallAuctionWrongPrice(claim.price, Price.wrap(int24(expected)));
        }
    }

    function volumeOf(ICallAuction.ClearingClaim memory claim) internal pure returns (uint64) {
        return claim.bidsAtOrAbove < claim.offersAtOrBelow ? claim.bidsAtOrAbove : claim.offersAtOrBelow;
    }

    /// @dev What the claim should have been at its price; all zero where nothing crosses.
    function _foundBy(Tally memory tally) private pure returns (ICallAuction.ClearingClaim memory found) {
        if (!_crosses(tally)) return found;
        // The casts lose nothing: the price came from an int24, and sums stay below 2^64.
        found.price = Price.wrap(int24(tally.price));
        found.bidsAtOrAbove = uint64(tally.bidsAbove + tally.bidsAt);
        found.bidsAbove = uint64(tally.bidsAbove);
        found.offersAtOrBelow = uint64(tally.offersBelow + tally.offersAt);
        found.offersBelow = uint64(tally.offersBelow);
    }

    /// @dev The clearing price, given that the tally's price lies in the interval of prices that clear.
    function _priceOf(Tally memory tally) private pure returns (int256) {
        if (!_crosses(tally)) return 0;
        int256 lowest = tally.bidsAbove + tally.bidsAt > tally.offersBelow ? tally.price : tally.limitBelow;
        int256 highest =
            tally.offersBelow + tally.offersAt > tally.bidsAbove ? tally.price : tally.limitAbove;
        // Both divisions round towards zero, as does the rule.
        return ((lowest + highest) / 2 / PRICE_TICK) * PRICE_TICK;
    }

    /// @dev Whether some bid reaches some offer. One at or above a price and one at or below it do; and a claim of a
    /// trade with sums on one side only is refused for its sums.
    function _crosses(Tally memory tally) private pure returns (bool) {
        return tally.claimsTrade || tally.highestBid >= tally.lowestOffer;
    }

    /// @dev Cumulative rounding: the shares of all orders at the price add up to `rest` exactly.
    function _shareOf(
        uint256 before,
        uint256 quantity,
        uint256 rest,
        uint256 atPrice
    ) private pure returns (uint256) {
        if (atPrice == 0) return 0;
        unchecked {
            return ((before + quantity) * rest) / atPrice - (before * rest) / atPrice;
        }
    }
}
