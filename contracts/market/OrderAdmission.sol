// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";
import {Clearing} from "./Clearing.sol";
import {OrderTerms, PackedOrders} from "./PackedOrders.sol";
import {RevokedKeys} from "./RevokedKeys.sol";

/// @dev Which of the operator's orders are not void (see ICallAuction), tested one after another at what a signature
/// costs and little more. Orders that are void are passed over without a word.
library OrderAdmission {
    using RevokedKeys for RevokedKeys.Source;

    /// @dev What a pass works with, at a place in memory that is known when this is compiled: an access by address
    /// costs 6 gas less than one by pointer, 200 an order. Up to `s` it is what is hashed and recovered, word by word
    /// as EIP-712 and the precompiled contract want it.
    /// @param prefix 0x1901 at its end; separator and struct hash follow it.
    /// @param nextRank One more than the rank of the last order of the operator that was not void.
    /// @param risk What that order put at risk, in thousandths of a micro-euro; less than zero where nothing.
    /// @param entries Where the first of the day's `entryCount` keys lies in memory.
    /// @param bounds What every order of the session is compared with an entry by (see `boundsOf`).
    /// @param bidBase What a bid at the lowest price has at risk, in micro-euro per kWh; more by 100 for each tick
    /// above.
    /// @param offerBase What an offer at the lowest price has at risk; less by 100 for each tick above.
    /// @param lastSafe Nobody from the last order's member up to this one was ever revoked. On sealed days members
    /// are traders here and everywhere.
    /// @param knownSafe The same for whoever may come next: above every member where nobody was revoked, else zero.
    /// @param fillsEnd Where the next fill is written.
    /// @param price And from there to `offersAtPrice`: what the tally has, the price counted from the lowest.
    /// @param mergedRank Rank of the last order, of the operator's or opened, that was looked at.
    /// @param mergedExposure What that order's member has put at risk with orders that count.
    /// @param forced Terms of the next opened order and `forcedRank` its rank; NO_RANK where there is none.
    /// @param bits The word of bits that was asked for last, and `bitsWord` one more than its number.
    /// @param forcedPosition Its position in the call; `forcedCount` counts those of all chunks.
    struct Pass {
        bytes32 typeHash;
        uint256 product;
        AreaId area;
        uint256 memberId;
        DeliveryPeriod period;
        uint256 side;
        uint256 quantity;
        int256 limitPrice;
        uint256 expiry;
        uint256 salt;
        bytes32 terms;
        uint256 prefix;
        bytes32 separator;
        bytes32 structHash;
        bytes32 digest;
        uint256 v;
        bytes32 r;
        bytes32 s;
        uint256 nextRank;
        int256 risk;
        uint256 entries;
        uint256 entryCount;
        uint256 gateClosure;
        uint256 bounds;
        int256 bidBase;
        int256 offerBase;
        uint256 lastSafe;
        uint256 fillsEnd;
        int256 price;
        uint256 bidsAbove;
        uint256 bidsAt;
        uint256 bidRest;
        uint256 bidsAtPrice;
        uint256 offersBelow;
        uint256 offersAt;
        uint256 offerRest;
        uint256 offersAtPrice;
        Clearing.Tally tally;
        uint256 key;
        uint256 knownSafe;
        RevokedKeys.Source revocations;
        uint256 mergedRank;
        uint256 mergedExposure;
        OrderTerms forced;
        uint256 forcedRank;
        uint256 forcedPosition;
        uint256 forcedCount;
        uint256 bits;
        uint256 bitsWord;
    }

    /// @dev To be called before memory fills up.
    function allocate() internal pure returns (Pass memory pass) {
        // Assembly: see the struct. The place is free, since the first 4 kB are not used up, and taken by moving the
        // pointer to free memory behind it.
        assembly ("memory-safe") {
            if gt(mload(0x40), 0x1000) {
                invalid()
            }
            pass := 0x1000
            mstore(0x40, 0x1620)
            calldatacopy(pass, calldatasize(), 0x620)
        }
    }

    function boundsOf(uint256 periodOfDay) internal pure returns (uint256) {
        return ((periodOfDay + 1) << 104) | (1 << 56);
    }

    /// @dev Tests the operator's orders that lie in calldata from `order` up to `end`.
    function admit(Pass memory pass, uint256 order, uint256 end) internal view {
        while (true) {
            order = _sprint(order, end);
            if (order == end) return;
            // An order that is not void if its member's key is not revoked, of which nothing is known yet.
            uint256 memberId = pass.memberId;
            uint256 bits = _bitsOf(pass, memberId >> 8) >> (memberId & 0xff);
            if (bits & 1 == 0) {
                pass.lastSafe = memberId + _zerosBehind(bits, memberId);
                continue;
            }
            if (!_isRevoked(pass, memberId, pass.key)) {
                pass.lastSafe = memberId;
                _sprint(order, order + PackedOrders.LENGTH);
            }
            // The member may have another key, which was revoked.
            pass.lastSafe = 0;
            order += PackedOrders.LENGTH;
        }
    }

    /// @return A word with a bit for every member of whom keys may have been revoked.
    function _bitsOf(Pass memory pass, uint256 word) private view returns (uint256) {
        if (pass.bitsWord == word + 1) return pass.bits;
        pass.bitsWord = word + 1;
        pass.bits = pass.revocations.bitsOf(word);
        return pass.bits;
    }

    /// @return How many members behind this one, up to the last of the word, have no bit before the first who has one.
    function _zerosBehind(uint256 bits, uint256 memberId) private pure returns (uint256) {
        if (bits == 0) return 0xff - (memberId & 0xff);
        // The lowest bit alone: in two's complement it is what a number and its negative share.
        unchecked {
            return Math.log2(bits & (0 - bits)) - 1;
        }
    }

    /// @dev Tests orders until one comes that is not void if its member was never revoked, of which nothing is known.
    /// Adds and fills those that are not void, as Clearing and `_fill` do.
    /// @return Where that one lies, with its member and key in the pass; or the end.
    // solhint-disable-next-line function-max-lines
    function _sprint(uint256 order, uint256 end) private view returns (uint256) {
        // Assembly, and in one piece: what Solidity would make of this costs 2,000 gas more an order. Rules are added
        // up instead of branched upon, bits are compared many at a time, and nothing is copied that lies where it is
        // needed.
        assembly ("memory-safe") {
            // An entry that does not exist is read from here, and has no side.
            mstore(0x00, 0)
            mstore(0x20, 0)
            for {} lt(order, end) {} {
                let terms := calldataload(order)
                let quantity := and(shr(208, terms), 0x7fffffff)
                let limit := and(shr(192, terms), 0xffff)
                let index := shr(240, terms)
                let head := mul(lt(index, mload(0x12a0)), add(mload(0x1280), mul(index, 38)))
                let tail := mload(add(head, 6))
                head := mload(head)

                // One subtraction compares tick with highest tick, lowest tick with tick + 1, quantity with limit + 1
                // and period + 1 with valid periods, each in its own bits of the entry; exclusive or shows where it
                // borrowed. It must at bit 72 (the lowest tick is less than tick + 1, for which the limit was raised
                // by one) and nowhere else.
                let left := add(tail, 0x1000000000000000000)
                let right := add(mul(limit, 0x100010000000000), add(shl(72, quantity), mload(0x12e0)))
                let isVoid := xor(
                    and(xor(xor(left, right), sub(left, right)), 0x10100000001000100000000000000),
                    0x1000000000000000000
                )

                // What is at risk, in thousandths, where the limit is counted from the lowest price; less than
                // nothing where a bid is paid for, or an offer dear.
                limit := mul(limit, 100)
                let risk := mul(quantity, add(mload(0x1300), limit))
                let rank := shl(1, shr(232, head))
                let side := and(shr(239, terms), 1)
                if side {
                    risk := mul(quantity, sub(mload(0x1320), limit))
                    rank := or(rank, 1)
                    // Only its member's bid comes directly before an offer.
                    if eq(rank, mload(0x1240)) {
                        let others := mload(0x1260)
                        risk := add(risk, mul(1000, div(add(mul(others, sgt(others, 0)), 999), 1000)))
                    }
                }
                isVoid := or(isVoid, sgt(risk, mul(and(tail, 0xffffffffff), 1000)))
                isVoid := or(isVoid, iszero(and(tail, shl(side, 0x10000000000000000000000000000))))
                isVoid := or(isVoid, lt(rank, mload(0x1240)))
                {
                    let expiry := add(mload(0x12c0), and(shr(160, terms), 0xffffffff))
                    mstore(0x1100, expiry)
                    isVoid := or(isVoid, shr(32, expiry))
                }
                mstore(0x1060, shr(1, rank))
                if or(isVoid, gt(shr(1, rank), mload(0x1340))) {
                    if isVoid {
                        order := add(order, 84)
                        continue
                    }
                    mstore(0x14c0, shr(72, head))
                    break
                }

                mstore(0x10a0, side)
                mstore(0x10c0, quantity)
                mstore(0x10e0, sub(limit, 500000))
                mstore(0x1120, and(shr(96, terms), 0xffffffffffffffff))
                mstore(0x11a0, keccak256(0x1000, 0x160))
                mstore(0x11c0, keccak256(0x117e, 0x42))
                {
                    calldatacopy(0x1200, add(order, 20), 0x40)
                    let s := mload(0x1220)
                    mstore(0x11e0, add(27, shr(255, s)))
                    s := and(s, 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff)
                    mstore(0x1220, s)
                    // The signer is written over the digest, which is left where there is none and is nobody's
                    // address.
                    pop(staticcall(gas(), 1, 0x11c0, 0x80, 0x11c0, 0x20))
                    // Signatures with an s in the upper half of the group's order are others written differently.
                    let isBad := or(
                        shl(96, xor(mload(0x11c0), shr(72, head))),
                        gt(s, 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0)
                    )
                    if or(isBad, iszero(quantity)) {
                        order := add(order, 84)
                        if isBad {
                            // Somebody in front of this order's member may come next, of whom nothing is known.
                            mstore(0x1340, mload(0x14e0))
                            continue
                        }
                        mstore(0x1240, add(rank, 1))
                        mstore(0x1260, 0)
                        continue
                    }
                }
                mstore(0x1240, add(rank, 1))
                mstore(0x1260, risk)
                order := add(order, 84)

                let price := mload(0x1380)
                if side {
                    if slt(limit, price) {
                        mstore(0x1420, add(mload(0x1420), quantity))
                        let free := mload(0x1360)
                        mstore(free, shl(200, or(shl(31, rank), quantity)))
                        mstore(0x1360, add(free, 7))
                        continue
                    }
                    if sgt(limit, price) {
                        continue
                    }
                }
                if sgt(limit, price) {
                    mstore(0x13a0, add(mload(0x13a0), quantity))
                    mstore(mload(0x1360), shl(200, or(shl(31, rank), quantity)))
                    mstore(0x1360, add(mload(0x1360), 7))
                    continue
                }
                if slt(limit, price) {
                    continue
                }
                // At the price: a share, by cumulative rounding.
                let sums := add(0x13a0, shl(7, side))
                let before := mload(add(sums, 0x20))
                let behind := add(before, quantity)
                mstore(add(sums, 0x20), behind)
                let rest := mload(add(sums, 0x40))
                sums := mload(add(sums, 0x60))
                let fill := sub(div(mul(behind, rest), sums), div(mul(before, rest), sums))
                if fill {
                    mstore(mload(0x1360), shl(200, or(shl(31, rank), and(fill, 0x7fffffff))))
                    mstore(0x1360, add(mload(0x1360), 7))
                }
            }
        }
        return order;
    }

    /// @return Whether the member's key signed nothing any more when the gate closed.
    function _isRevoked(Pass memory pass, uint256 memberId, uint256 key) private view returns (bool) {
        // A member's id has 24 bits, an address 160.
        MemberId id = MemberId.wrap(uint24(memberId));
        return pass.revocations.revokedAt(id, address(uint160(key)), pass.gateClosure) != 0;
    }
}
