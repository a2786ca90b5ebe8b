// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {Price} from "../../../contracts/types/Types.sol";

/// @dev The clearing rule by its words, for books whose limits lie close together: every tick is tried.
library ReferenceRule {
    /// @param limit Micro-euro per kWh.
    struct BookOrder {
        bool isBid;
        uint32 quantity;
        int24 limit;
    }

    /// @dev What is wanted and offered at each tick from the lowest limit to the highest.
    struct Histogram {
        int256 lowest;
        uint256[] bids;
        uint256[] offers;
        uint256 totalBids;
        bool crosses;
    }

    /// @return claim All zero where nothing crosses.
    /// @return fills Wh, by the sequence of the book.
    function clear(
        BookOrder[] memory book
    ) internal pure returns (ICallAuction.ClearingClaim memory claim, uint256[] memory fills) {
        fills = new uint256[](book.length);
        Histogram memory histogram = _histogramOf(book);
        if (!histogram.crosses) return (claim, fills);
        int256 sum = _lowestAndHighest(histogram);
        int256 magnitude = ((sum < 0 ? -sum : sum) / 200) * 100;
        claim = sumsAt(book, int24(sum < 0 ? -magnitude : magnitude));
        uint256 volume =
            claim.bidsAtOrAbove < claim.offersAtOrBelow ? claim.bidsAtOrAbove : claim.offersAtOrBelow;
        _fill(book, claim, volume, fills);
    }

    function sumsAt(
        BookOrder[] memory book,
        int24 price
    ) internal pure returns (ICallAuction.ClearingClaim memory claim) {
        claim.price = Price.wrap(price);
        for (uint256 i = 0; i < book.length; ++i) {
            if (book[i].isBid && book[i].limit >= price) claim.bidsAtOrAbove += book[i].quantity;
            if (book[i].isBid && book[i].limit > price) claim.bidsAbove += book[i].quantity;
            if (!book[i].isBid && book[i].limit <= price) claim.offersAtOrBelow += book[i].quantity;
            if (!book[i].isBid && book[i].limit < price) claim.offersBelow += book[i].quantity;
        }
    }

    /// @return sum Of the lowest and the highest price that leave nothing strictly better unfilled.
    function _lowestAndHighest(Histogram memory histogram) private pure returns (int256 sum) {
        bool isFound = false;
        int256 highest = 0;
        uint256 bidsAtOrAbove = histogram.totalBids;
        uint256 offersBelow = 0;
        for (uint256 i = 0; i < histogram.bids.length; ++i) {
            uint256 bidsAbove = bidsAtOrAbove - histogram.bids[i];
            uint256 offersAtOrBelow = offersBelow + histogram.offers[i];
            if (bidsAbove <= offersAtOrBelow && offersBelow <= bidsAtOrAbove) {
                highest = histogram.lowest + int256(i) * 100;
                if (!isFound) sum = highest;
                isFound = true;
            }
            (bidsAtOrAbove, offersBelow) = (bidsAbove, offersAtOrBelow);
        }
        sum += highest;
    }

    function _fill(
        BookOrder[] memory book,
        ICallAuction.ClearingClaim memory claim,
        uint256 volume,
        uint256[] memory fills
    ) private pure {
        int24 price = Price.unwrap(claim.price);
        uint256 bids = 0;
        uint256 offers = 0;
        for (uint256 i = 0; i < book.length; ++i) {
            uint256 quantity = book[i].quantity;
            if (book[i].limit == price && book[i].isBid) {
                uint256 all = claim.bidsAtOrAbove - claim.bidsAbove;
                fills[i] = _shareOf(bids, quantity, volume - claim.bidsAbove, all);
                bids += quantity;
            } else if (book[i].limit == price) {
                uint256 all = claim.offersAtOrBelow - claim.offersBelow;
                fills[i] = _shareOf(offers, quantity, volume - claim.offersBelow, all);
                offers += quantity;
            } else if (book[i].isBid == (book[i].limit > price)) {
                fills[i] = quantity;
            }
        }
    }

    function _shareOf(
        uint256 before,
        uint256 quantity,
        uint256 rest,
        uint256 all
    ) private pure returns (uint256) {
        return all == 0 ? 0 : ((before + quantity) * rest) / all - (before * rest) / all;
    }

    function _histogramOf(BookOrder[] memory book) private pure returns (Histogram memory histogram) {
        int256 lowest = type(int256).max;
        int256 highest = type(int256).min;
        int256 highestBid = type(int256).min;
        int256 lowestOffer = type(int256).max;
        for (uint256 i = 0; i < book.length; ++i) {
            if (book[i].quantity == 0) continue;
            int256 limit = book[i].limit;
            if (limit < lowest) lowest = limit;
            if (limit > highest) highest = limit;
            if (book[i].isBid && limit > highestBid) highestBid = limit;
            if (!book[i].isBid && limit < lowestOffer) lowestOffer = limit;
        }
        if (highestBid < lowestOffer) return histogram;

        histogram.crosses = true;
        histogram.lowest = lowest;
        histogram.bids = new uint256[](uint256((highest - lowest) / 100) + 1);
        histogram.offers = new uint256[](histogram.bids.length);
        for (uint256 i = 0; i < book.length; ++i) {
            if (book[i].quantity == 0) continue;
            uint256 tick = uint256((book[i].limit - lowest) / 100);
            if (book[i].isBid) histogram.bids[tick] += book[i].quantity;
            else histogram.offers[tick] += book[i].quantity;
            if (book[i].isBid) histogram.totalBids += book[i].quantity;
        }
    }
}
