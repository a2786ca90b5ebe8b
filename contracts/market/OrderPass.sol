// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LOWEST_PRICE} from "../types/Types.sol";
import {Clearing} from "./Clearing.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {OrderAdmission} from "./OrderAdmission.sol";
import {OrderTerms, PackedOrders} from "./PackedOrders.sol";

/// @dev The pass over a chunk of a session's orders: which of them count (see ICallAuction), what they add to the sums
/// that prove the claim, and what each is filled with. Orders that are void are passed over without a word.
///
/// Nothing here overflows, which is why the arithmetic is unchecked: fields of orders and entries have 48 bits at
/// most.
library OrderPass {
    using Clearing for Clearing.Tally;
    using OrderAdmission for OrderAdmission.Pass;
    using PackedOrders for bytes;

    /// @dev Above every rank, which has 25 bits.
    uint256 internal constant NO_RANK = type(uint32).max;
    uint256 private constant FILL_LENGTH = 7;

    /// @param hasForced Whether orders were opened on the ledger for the session.
    /// @param opened Their terms by rank.
    /// @param isLast Whether no chunk comes behind this one.
    /// @return fills 7 bytes for each order that gets something.
    function run(
        OrderAdmission.Pass memory pass,
        bytes calldata orders,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened,
        bool hasForced,
        bool isLast
    ) internal view returns (bytes memory fills) {
        uint256 forcedCount = forcedTerms.length / PackedOrders.TERMS_LENGTH;
        fills = _begin(pass, orders.length / PackedOrders.LENGTH + forcedCount);
        if (hasForced || !pass.tally.claimsTrade || pass.tally.isTight) {
            _runMerging(pass, orders, forcedTerms, opened, isLast);
        } else {
            if (forcedCount != 0) revert ICallAuction.CallAuctionNotOpened(0);
            _runPlain(pass, orders);
        }
        _end(pass, fills);
    }

    /// @dev The pass over the operator's orders alone, where the claim is of a trade at the only price that clears.
    function _runPlain(OrderAdmission.Pass memory pass, bytes calldata orders) private view {
        Clearing.Tally memory tally = pass.tally;
        pass.price = tally.price - LOWEST_PRICE;
        (pass.bidsAbove, pass.bidsAt) = (tally.bidsAbove, tally.bidsAt);
        (pass.bidRest, pass.bidsAtPrice) = (tally.bidRest, tally.bidsAtPrice);
        (pass.offersBelow, pass.offersAt) = (tally.offersBelow, tally.offersAt);
        (pass.offerRest, pass.offersAtPrice) = (tally.offerRest, tally.offersAtPrice);
        uint256 start;
        assembly ("memory-safe") {
            start := orders.offset
        }
        pass.admit(start, start + orders.length);
        (tally.bidsAbove, tally.bidsAt) = (pass.bidsAbove, pass.bidsAt);
        (tally.offersBelow, tally.offersAt) = (pass.offersBelow, pass.offersAt);
    }

    /// @dev The pass over orders of the operator and those opened on the ledger, which it brings together by rank.
    function _runMerging(
        OrderAdmission.Pass memory pass,
        bytes calldata orders,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened,
        bool isLast
    ) private view {
        _takeForced(pass, forcedTerms, opened);
        uint256 start;
        assembly ("memory-safe") {
            start := orders.offset
        }
        uint256 count = orders.length / PackedOrders.LENGTH;
        for (uint256 position = 0; position < count; ++position) {
            (uint256 nextRank, uint256 fillsEnd) = (pass.nextRank, pass.fillsEnd);
            uint256 order = start + position * PackedOrders.LENGTH;
            pass.admit(order, order + PackedOrders.LENGTH);
            // What the order was filled with there says nothing: it is merged first.
            pass.fillsEnd = fillsEnd;
            if (pass.nextRank == nextRank) continue;
            OrderTerms terms = orders.termsAt(position, PackedOrders.LENGTH);
            _merge(pass, terms, pass.nextRank - 1, forcedTerms, opened);
        }
        if (isLast) _mergeBelow(pass, NO_RANK, forcedTerms, opened);
        if (pass.forcedRank != NO_RANK) revert ICallAuction.CallAuctionNotOfThisChunk(pass.forcedPosition);
    }

    function _merge(
        OrderAdmission.Pass memory pass,
        OrderTerms terms,
        uint256 rank,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened
    ) private view {
        _mergeBelow(pass, rank, forcedTerms, opened);
        if (pass.forcedRank == rank) {
            if (pass.forced.saltOf() >= terms.saltOf()) terms = pass.forced;
            _nextForced(pass, forcedTerms, opened);
        }
        _count(pass, terms, rank);
    }

    function _mergeBelow(
        OrderAdmission.Pass memory pass,
        uint256 rank,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened
    ) private view {
        while (pass.forcedRank < rank) {
            _count(pass, pass.forced, pass.forcedRank);
            _nextForced(pass, forcedTerms, opened);
        }
    }

    function _nextForced(
        OrderAdmission.Pass memory pass,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened
    ) private view {
        ++pass.forcedPosition;
        _takeForced(pass, forcedTerms, opened);
    }

    /// @dev Reads the opened order at the pass's position, if there is one.
    function _takeForced(
        OrderAdmission.Pass memory pass,
        bytes calldata forcedTerms,
        mapping(uint256 rank => bytes21 terms) storage opened
    ) private view {
        uint256 position = pass.forcedPosition;
        uint256 before = position == 0 ? pass.mergedRank : pass.forcedRank;
        pass.forcedRank = NO_RANK;
        if (position == forcedTerms.length / PackedOrders.TERMS_LENGTH) return;
        OrderTerms terms = forcedTerms.termsAt(position, PackedOrders.TERMS_LENGTH);
        (uint256 memberId, ) = _entryOf(pass, terms);
        uint256 rank = PackedOrders.rankOf(memberId, terms.sideOf());
        if (rank <= before) revert ICallAuction.CallAuctionNotAscending(position);
        if (!terms.isMarked(opened[rank])) revert ICallAuction.CallAuctionNotOpened(position);

        pass.forced = terms;
        pass.forcedRank = rank;
        ++pass.forcedCount;
    }

    /// @dev Fills an order, unless it and what its member has at risk already are more than the allowance.
    function _count(OrderAdmission.Pass memory pass, OrderTerms terms, uint256 rank) private pure {
        unchecked {
            (, uint256 allowance) = _entryOf(pass, terms);
            if (rank >> 1 != pass.mergedRank >> 1) pass.mergedExposure = 0;
            pass.mergedRank = rank;
            uint256 quantity = terms.quantityOf();
            int256 limit = int256(terms.tickOf()) * 100;
            int256 risk = rank & 1 == 0 ? pass.bidBase + limit : pass.offerBase - limit;
            uint256 exposure = pass.mergedExposure;
            if (risk > 0) exposure += (quantity * uint256(risk) + 999) / 1000;
            if (exposure > allowance) return;

            pass.mergedExposure = exposure;
            if (pass.tally.claimsTrade) _fill(pass, rank, quantity, limit + LOWEST_PRICE);
            else _watch(pass, rank, quantity, limit + LOWEST_PRICE);
        }
    }

    /// @return memberId Of the entry that the order names, zero where there is none; `allowance` its allowance.
    function _entryOf(
        OrderAdmission.Pass memory pass,
        OrderTerms terms
    ) private pure returns (uint256 memberId, uint256 allowance) {
        uint256 index = terms.entryOf();
        if (index >= pass.entryCount) return (0, 0);
        uint256 entries = pass.entries;
        // Assembly: Solidity does not read words of memory that are no variables.
        assembly ("memory-safe") {
            let start := add(entries, mul(index, 38))
            memberId := shr(232, mload(start))
            allowance := and(mload(add(start, 6)), 0xffffffffff)
        }
    }

    function _fill(
        OrderAdmission.Pass memory pass,
        uint256 rank,
        uint256 quantity,
        int256 limit
    ) private pure {
        uint256 fill =
            rank & 1 == 0 ? pass.tally.addBid(quantity, limit) : pass.tally.addOffer(quantity, limit);
        if (fill == 0) return;
        uint256 end = pass.fillsEnd;
        // Assembly: byte by byte, Solidity would spend 2,600 gas more an order. Member and side are the rank; what the
        // word writes behind the fill is written over by the next one, or is the room that was left there. A fill
        // never exceeds its order's quantity once the claim holds; if it does not, nothing of this remains.
        assembly ("memory-safe") {
            mstore(end, shl(200, or(shl(31, rank), and(fill, 0x7fffffff))))
        }
        unchecked {
            pass.fillsEnd = end + FILL_LENGTH;
        }
    }

    /// @dev Adds an order where the claim says that nothing crosses: nobody gets anything.
    function _watch(
        OrderAdmission.Pass memory pass,
        uint256 rank,
        uint256 quantity,
        int256 limit
    ) private pure {
        bool isBid = rank & 1 == 0;
        pass.tally.watch(isBid, quantity, limit);
        if (isBid) pass.tally.addBid(quantity, limit);
        else pass.tally.addOffer(quantity, limit);
    }

    /// @return fills With room for so many, and for a word behind them.
    function _begin(
        OrderAdmission.Pass memory pass,
        uint256 count
    ) private pure returns (bytes memory fills) {
        fills = new bytes(count * FILL_LENGTH + 32);
        uint256 start;
        assembly ("memory-safe") {
            start := add(fills, 32)
        }
        pass.fillsEnd = start;
    }

    /// @dev Shortens the fills to what was written.
    function _end(OrderAdmission.Pass memory pass, bytes memory fills) private pure {
        uint256 end = pass.fillsEnd;
        // Assembly: Solidity cannot shorten an array.
        assembly ("memory-safe") {
            mstore(fills, sub(end, add(fills, 32)))
        }
    }
}
