// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {TraderNumber} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";

/// @dev What makes a page of a sealed day as good as the open one of the same members (see ITradingDays): the same
/// attributes under other numbers and keys, in a sequence that tells nothing.
library SealedPages {
    /// @dev 2^255 - 19: words of 240 bits are different numbers modulo it.
    uint256 private constant PRIME = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 private constant ATTRIBUTES_BITS = 120;

    /// @dev Reverts unless the entries' numbers go on from `traders` without a gap, a number once or twice, each with
    /// a key.
    /// @param traders How many the pages before have.
    /// @return How many they are with this page.
    function countTraders(bytes memory entries, uint256 traders) internal pure returns (uint256) {
        uint256 count = entries.length / KeyPages.ENTRY_LENGTH;
        bool mayBeDelegated = false;
        for (uint256 i = 0; i < count; ++i) {
            uint256 number = KeyPages.numberAt(entries, i, KeyPages.ENTRY_LENGTH);
            if (mayBeDelegated && number == traders) {
                mayBeDelegated = false;
            } else {
                if (number != ++traders) {
                    revert ITradingDays.TradingDaysWrongTrader(i, _numbered(number), _numbered(traders));
                }
                mayBeDelegated = true;
            }
            if (_hasNoKey(entries, i)) revert ITradingDays.TradingDaysNoKey(i);
        }
        return traders;
    }

    /// @dev Two multisets of words are the same if and only if the polynomials whose roots they are do. Those of
    /// another one differ, and agree at 600 points at most out of 2^255, of which one is chosen by hashing all that is
    /// compared: to pass, somebody has to try 2^245 pages.
    /// @param expected Entries of members, ascending: what an open page would say.
    /// @param entries Entries of traders, ascending.
    /// @return Whether both say the same, sequence, numbers and keys aside.
    function isSame(bytes memory expected, bytes memory entries) internal pure returns (bool) {
        if (expected.length != entries.length) return false;
        uint256 point = uint256(Hashes.efficientKeccak256(keccak256(expected), keccak256(entries)));
        return _productAt(expected, point) == _productAt(entries, point);
    }

    /// @return locks The lock page of the members, from the entries that an open page would have.
    function locksOf(bytes memory expected) internal pure returns (bytes memory locks) {
        uint256 count = expected.length / KeyPages.ENTRY_LENGTH;
        // With room for what the last write leaves behind its entry.
        locks = new bytes(count * KeyPages.LOCK_LENGTH + 32);
        uint256 last = 0;
        uint256 members = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 member = KeyPages.numberAt(expected, i, KeyPages.ENTRY_LENGTH);
            if (member == last) continue;
            last = member;
            uint256 lock = (member << 40) | KeyPages.allowanceAt(expected, i, KeyPages.ENTRY_LENGTH);
            // Assembly: one write instead of eight assignments of a byte.
            assembly ("memory-safe") {
                mstore(add(add(locks, 32), mul(members, 8)), shl(192, lock))
            }
            ++members;
        }
        // Assembly: Solidity cannot shorten an array.
        assembly ("memory-safe") {
            mstore(locks, mul(members, 8))
        }
    }

    /// @dev Whether a tree of `count` leaves with this root has the leaf at `index`. The number of siblings follows
    /// from `count`: no index is two leaves.
    function isLeaf(
        bytes32 root,
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata siblings
    ) internal pure returns (bool) {
        if (siblings.length != Math.log2(count, Math.Rounding.Ceil)) return false;
        for (uint256 height = 0; height < siblings.length; ++height) {
            bool isRight = (index >> height) & 1 == 1;
            leaf =
                isRight
                    ? Hashes.efficientKeccak256(siblings[height], leaf)
                    : Hashes.efficientKeccak256(leaf, siblings[height]);
        }
        return leaf == root;
    }

    /// @return product Of point - x modulo the prime, over the words x of all members or traders.
    function _productAt(bytes memory entries, uint256 point) private pure returns (uint256 product) {
        uint256 count = entries.length / KeyPages.ENTRY_LENGTH;
        product = 1;
        for (uint256 i = 0; i < count; ++i) {
            uint256 number = KeyPages.numberAt(entries, i, KeyPages.ENTRY_LENGTH);
            uint256 word = _attributesAt(entries, i) << ATTRIBUTES_BITS;
            if (i + 1 < count && KeyPages.numberAt(entries, i + 1, KeyPages.ENTRY_LENGTH) == number) {
                word |= _attributesAt(entries, ++i);
            }
            product = mulmod(product, addmod(point, PRIME - word, PRIME), PRIME);
        }
    }

    function _attributesAt(bytes memory entries, uint256 position) private pure returns (uint256 attributes) {
        // Assembly: the last 15 of an entry's 38 bytes in one read.
        assembly ("memory-safe") {
            let end := add(entries, mul(add(position, 1), 38))
            attributes := and(mload(end), sub(shl(120, 1), 1))
        }
    }

    function _hasNoKey(bytes memory entries, uint256 position) private pure returns (bool isMissing) {
        // Assembly: the 20 bytes behind the number in one read.
        assembly ("memory-safe") {
            isMissing := iszero(shr(96, mload(add(add(entries, 35), mul(position, 38)))))
        }
    }

    function _numbered(uint256 number) private pure returns (TraderNumber) {
        // A number has 3 bytes of an entry, and no page counts further.
        return TraderNumber.wrap(uint24(number));
    }
}
