// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../market/ITradingDays.sol";
import {AreaId, MemberId, PERIODS_PER_DAY, TradingDay} from "../types/Types.sol";

/// @dev What the open days of an area have locked of one member after another, ascending: their lock pages (see
/// ITradingDays) are copied into memory once and walked along with whatever else ascends by member.
library OpenLocks {
    uint256 private constant LONGEST_ENTRY = 38;

    /// @dev Per day two words: where in memory its next entry lies, and the length of its entries. Behind its last
    /// one lies one that locks nothing, of the greatest member there can be.
    struct Walk {
        uint256[] entries;
    }

    /// @param except A day that locks nothing here.
    function begin(
        ITradingDays tradingDays,
        AreaId area,
        TradingDay except
    ) internal view returns (Walk memory walk) {
        TradingDay[] memory openDays = tradingDays.openDaysOf(area);
        uint256[] memory entries = new uint256[](2 * openDays.length);
        uint256 count = 0;
        for (uint256 i = 0; i < openDays.length; ++i) {
            if (TradingDay.unwrap(openDays[i]) == TradingDay.unwrap(except)) continue;
            (address[] memory pages, uint256 length) = tradingDays.lockPagesOf(area, openDays[i]);
            entries[count++] = _load(pages);
            entries[count++] = length;
        }
        // Assembly: Solidity cannot shorten an array.
        assembly ("memory-safe") {
            mstore(entries, count)
        }
        walk.entries = entries;
    }

    /// @param memberId Not below that of the call before.
    /// @return locked Micro-euro.
    function lockedOf(Walk memory walk, MemberId memberId) internal pure returns (uint256 locked) {
        uint256[] memory entries = walk.entries;
        // Assembly: 250 gas a member and day, where reading bytes of memory in Solidity takes 900. An entry begins
        // with the member, 3 bytes; its last 5 bytes, where the word ends that begins 32 bytes before the entry
        // behind it, are the allowance, the same in each entry of a member.
        assembly ("memory-safe") {
            let day := add(entries, 32)
            for {
                let last := add(day, shl(5, mload(entries)))
            } lt(day, last) {
                day := add(day, 64)
            } {
                let entry := mload(day)
                let length := mload(add(day, 32))
                let found := shr(232, mload(entry))
                for {} lt(found, memberId) {} {
                    entry := add(entry, length)
                    found := shr(232, mload(entry))
                }
                mstore(day, entry)
                if eq(found, memberId) {
                    locked := add(locked, and(mload(sub(add(entry, length), 32)), 0xffffffffff))
                }
            }
        }
        // Four days at most, and allowances of 40 bits.
        unchecked {
            locked *= PERIODS_PER_DAY;
        }
    }

    /// @return first Where in memory the first of the pages' entries lies.
    function _load(address[] memory pages) private view returns (uint256 first) {
        uint256 total = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            total += pages[i].code.length - 1;
        }
        bytes memory entries = new bytes(total + LONGEST_ENTRY);
        uint256 start;
        assembly ("memory-safe") {
            first := add(entries, 32)
            start := first
        }
        for (uint256 i = 0; i < pages.length; ++i) {
            address page = pages[i];
            // Assembly: `page.code` would copy every page once more, and its first byte, which is no entry's, with it.
            assembly ("memory-safe") {
                let size := sub(extcodesize(page), 1)
                extcodecopy(page, start, 1, size)
                start := add(start, size)
            }
        }
        // The member of the entry behind the last one; its allowance is zero already.
        assembly ("memory-safe") {
            mstore(start, shl(232, 0xffffff))
        }
    }
}
