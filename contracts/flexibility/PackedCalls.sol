// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev Storage slots of the calls of a portfolio in a period.
uint256 constant CALL_WORDS = 4;

/// @dev The calls of a portfolio in a period, in the sequence of their precedence, two in a storage slot of 128 bits
/// each: direction 8, rank 8, served 32, ordered 32, order 32, from the upper end of its half. An order is never zero.
library PackedCalls {
    uint256 internal constant MOST_CALLS = 8;
    uint256 private constant CALL_BITS = 128;
    uint256 private constant SERVED_SHIFT = 64;
    uint256 private constant ORDERED_SHIFT = 32;
    uint256 private constant RANK_SHIFT = 96;
    uint256 private constant DIRECTION_SHIFT = 104;

    /// @param rank Who comes first: the level, and of one level a DSO before a TSO.
    struct ServiceCall {
        uint256 orderId;
        uint256 ordered;
        uint256 served;
        uint256 rank;
        IFlexProducts.Direction direction;
    }

    function insert(
        uint256[CALL_WORDS] storage words,
        ServiceCall[] memory calls,
        uint256 place,
        ServiceCall memory call
    ) internal {
        ServiceCall[] memory all = new ServiceCall[](calls.length + 1);
        for (uint256 i = 0; i < all.length; ++i) {
            if (i == place) all[i] = call;
            else all[i] = calls[i < place ? i : i - 1];
        }
        _store(words, all);
    }

    /// @return rest Those that are left.
    function remove(
        uint256[CALL_WORDS] storage words,
        ServiceCall[] memory calls,
        uint256 place
    ) internal returns (ServiceCall[] memory rest) {
        rest = new ServiceCall[](calls.length - 1);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = calls[i < place ? i : i + 1];
        }
        // The last word may hold nothing any more.
        words[rest.length / 2] = 0;
        _store(words, rest);
    }

    function store(uint256[CALL_WORDS] storage words, ServiceCall[] memory calls) internal {
        _store(words, calls);
    }

    function load(uint256[CALL_WORDS] storage words) internal view returns (ServiceCall[] memory calls) {
        uint256[CALL_WORDS] memory copy;
        uint256 count = 0;
        for (; count < MOST_CALLS; ++count) {
            if (count % 2 == 0) copy[count / 2] = words[count / 2];
            if (_partOf(copy[count / 2], count) == 0) break;
        }
        calls = new ServiceCall[](count);
        for (uint256 i = 0; i < count; ++i) {
            calls[i] = _unpack(_partOf(copy[i / 2], i));
        }
    }

    /// @return place `calls.length` where the order is not among them.
    function find(ServiceCall[] memory calls, uint256 orderId) internal pure returns (uint256 place) {
        while (place < calls.length && calls[place].orderId != orderId) ++place;
    }

    function servedOf(ServiceCall[] memory calls) internal pure returns (uint256 served) {
        for (uint256 i = 0; i < calls.length; ++i) {
            served += calls[i].served;
        }
    }

    function _store(uint256[CALL_WORDS] storage words, ServiceCall[] memory calls) private {
        for (uint256 i = 0; i < calls.length; i += 2) {
            uint256 word = _pack(calls[i]);
            if (i + 1 < calls.length) word |= _pack(calls[i + 1]) << CALL_BITS;
            words[i / 2] = word;
        }
    }

    function _partOf(uint256 word, uint256 position) private pure returns (uint256) {
        return position % 2 == 0 ? uint128(word) : word >> CALL_BITS;
    }

    /// @dev All parts fit: orders and powers have 32 bits.
    function _pack(ServiceCall memory call) private pure returns (uint256) {
        return
            (uint256(call.direction) << DIRECTION_SHIFT) |
            (call.rank << RANK_SHIFT) |
            (call.served << SERVED_SHIFT) |
            (call.ordered << ORDERED_SHIFT) |
            call.orderId;
    }

    function _unpack(uint256 part) private pure returns (ServiceCall memory call) {
        // The casts cut the parts apart; nothing of them is lost.
        call.orderId = uint32(part);
        call.ordered = uint32(part >> ORDERED_SHIFT);
        call.served = uint32(part >> SERVED_SHIFT);
        call.rank = uint8(part >> RANK_SHIFT);
        call.direction = IFlexProducts.Direction(uint8(part >> DIRECTION_SHIFT));
    }
}
