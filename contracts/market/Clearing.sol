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
/// Nothing here overflows, which is why the arithmetic is unchecked: an auction has fewer than 2^32 orders of less than
/// 2^32 Wh, and a product is of such a sum and a claimed sum below 2^64.
library Clearing {
    /// @param bidRest Wh left for bids at the price, out of the `bidsAtPrice` Wh that they ask for, by the claim.
    /// @param limitBelow Highest limit of any order below the price; `limitAbove` lowest above it.
    struct Tally {
        int256 price;
        bool claimsTrade;
        uint256 bidRest;
        uint256 bidsAtPrice;
        uint256 offerRest;
        uint256 offersAtPrice;
        uint256 bidsAtOrAbove;
        uint256 bidsAbove;
        uint256 offersAtOrBelow;
        uint256 offersBelow;
        int256 limitBelow;
        int256 limitAbove;
        int256 highestBid;
        int256 lowestOffer;
    }

    function begin(ICallAuction.ClearingClaim memory claim) internal pure returns (Tally memory tally) {
        uint256 volume = volumeOf(claim);
        tally.price = Price.unwrap(claim.price);
        tally.claimsTrade = volume != 0;
        // Saturating: a false claim must not stop the pass before it can be refuted with the sums found.
        tally.bidRest = Math.saturatingSub(volume, claim.bidsAbove);
        tally.bidsAtPrice = Math.saturatingSub(claim.bidsAtOrAbove, claim.bidsAbove);
        tally.offerRest = Math.saturatingSub(volume, claim.offersBelow);
        tally.offersAtPrice = Math.saturatingSub(claim.offersAtOrBelow, claim.offersBelow);
        tally.limitBelow = type(int256).min;
        tally.limitAbove = type(int256).max;
        tally.highestBid = type(int256).min;
        tally.lowestOffer = type(int256).max;
    }

    /// @return fill Wh bought; right if the claim turns out to be.
    function addBid(Tally memory tally, uint256 quantity, int256 limit) internal pure returns (uint256 fill) {
        unchecked {
            if (limit > tally.highestBid) tally.highestBid = limit;
            if (limit < tally.price) {
                if (limit > tally.limitBelow) tally.limitBelow = limit;
                return 0;
            }
            if (limit > tally.price) {
                if (limit < tally.limitAbove) tally.limitAbove = limit;
                tally.bidsAbove += quantity;
                tally.bidsAtOrAbove += quantity;
                return tally.claimsTrade ? quantity : 0;
            }
            fill = _shareOf(
                tally.bidsAtOrAbove - tally.bidsAbove,
                quantity,
                tally.bidRest,
                tally.bidsAtPrice
            );
            tally.bidsAtOrAbove += quantity;
        }
    }

    /// @return fill Wh sold; right if the claim turns out to be.
    function addOffer(
        Tally memory tally,
        uint256 quantity,
        int256 limit
    ) internal pure returns (uint256 fill) {
        unchecked {
            if (limit < tally.lowestOffer) tally.lowestOffer = limit;
            if (limit > tally.price) {
                if (limit < tally.limitAbove) tally.limitAbove = limit;
                return 0;
            }
            if (limit < tally.price) {
                if (limit > tally.limitBelow) tally.limitBelow = limit;
                tally.offersBelow += quantity;
                tally.offersAtOrBelow += quantity;
                return tally.claimsTrade ? quantity : 0;
            }
            fill = _shareOf(
                tally.offersAtOrBelow - tally.offersBelow,
                quantity,
                tally.offerRest,
                tally.offersAtPrice
            );
            tally.offersAtOrBelow += quantity;
        }
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
        if (tally.highestBid < tally.lowestOffer) return found;
        // The casts lose nothing: the price came from an int24, and sums stay below 2^64.
        found.price = Price.wrap(int24(tally.price));
        found.bidsAtOrAbove = uint64(tally.bidsAtOrAbove);
        found.bidsAbove = uint64(tally.bidsAbove);
        found.offersAtOrBelow = uint64(tally.offersAtOrBelow);
        found.offersBelow = uint64(tally.offersBelow);
    }

    /// @dev The clearing price, given that the tally's price lies in the interval of prices that clear.
    function _priceOf(Tally memory tally) private pure returns (int256) {
        if (tally.highestBid < tally.lowestOffer) return 0;
        int256 lowest = tally.bidsAtOrAbove > tally.offersBelow ? tally.price : tally.limitBelow;
        int256 highest = tally.offersAtOrBelow > tally.bidsAbove ? tally.price : tally.limitAbove;
        // Both divisions round towards zero, as does the rule.
        return ((lowest + highest) / 2 / PRICE_TICK) * PRICE_TICK;
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
