// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyWh, LOWEST_PRICE, MemberId, Price, PRICE_TICK} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";

/// @dev Writes and reads pages of trading keys (see ITradingDays) as contract code: one copy brings a thousand
/// members' keys, limits and allowances into memory for some ten gas each, where storage would ask 4,200.
library KeyPages {
    uint256 internal constant ENTRY_LENGTH = 38;
    uint256 internal constant ENTRIES_PER_PAGE = 600;

    /// @dev Copies what follows these ten bytes into the new contract's code; the first byte of that is STOP.
    bytes8 private constant COPY_CODE = 0x80600a3d393df300;

    error KeyPagesNotStored();

    /// @param entries At most 600 entries.
    /// @return code The contract whose code they are.
    function store(bytes memory entries) internal returns (address code) {
        // 600 entries of 38 bytes and the first byte are less than 2^16.
        bytes memory creationCode = abi.encodePacked(
            bytes1(0x61),
            uint16(entries.length + 1),
            COPY_CODE,
            entries
        );
        // Assembly: Solidity creates only contracts that it has compiled.
        assembly ("memory-safe") {
            code := create(0, add(creationCode, 32), mload(creationCode))
        }
        if (code == address(0)) revert KeyPagesNotStored();
    }

    /// @dev Writes an entry into its place, for which there is room, and for a word behind it.
    function put(bytes memory entries, uint256 position, ITradingDays.Entry memory entry) internal pure {
        uint256 highest = tickOf(entry.highestPrice);
        uint256 head =
            (uint256(MemberId.unwrap(entry.memberId)) << 232) |
                (uint256(uint160(entry.key)) << 72) |
                (uint256(entry.sides) << 64) |
                (uint256(entry.validPeriods) << 56) |
                (uint256(EnergyWh.unwrap(entry.quantityLimit)) << 24) |
                (uint256(tickOf(entry.lowestPrice)) << 8) |
                (highest >> 8);
        uint256 rest = ((highest & 0xff) << 40) | entry.allowance;
        // Assembly: one write instead of 38 assignments of a byte. What it leaves behind the entry is written over.
        assembly ("memory-safe") {
            let start := add(add(entries, 32), mul(position, ENTRY_LENGTH))
            mstore(start, head)
            mstore(add(start, 32), shl(208, rest))
        }
    }

    /// @return entries All pages' entries, one behind the other.
    function load(address[] memory pages) internal view returns (bytes memory entries) {
        uint256 total = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            total += pages[i].code.length - 1;
        }
        // Assembly: `page.code` would copy every page once more, and its first byte with it. Memory is taken as an
        // array takes it, in whole words, but not cleared first.
        assembly ("memory-safe") {
            entries := mload(0x40)
            mstore(entries, total)
            mstore(0x40, add(entries, and(add(total, 63), not(31))))
        }
        uint256 start = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            address page = pages[i];
            assembly ("memory-safe") {
                let size := sub(extcodesize(page), 1)
                extcodecopy(page, add(add(entries, 32), start), 1, size)
                start := add(start, size)
            }
        }
    }

    /// @return start Where the first entry lies in memory.
    /// @return count Entries of all pages.
    function loadAll(address[] memory pages) internal view returns (uint256 start, uint256 count) {
        bytes memory entries = load(pages);
        count = entries.length / ENTRY_LENGTH;
        assembly ("memory-safe") {
            start := add(entries, 32)
        }
    }

    /// @return count Entries of the page.
    function countOf(address page) internal view returns (uint256 count) {
        return (page.code.length - 1) / ENTRY_LENGTH;
    }

    /// @dev All zero where there is no such entry.
    /// @param index Counts through all pages from 0.
    function entryAt(
        address[] memory pages,
        uint256 index
    ) internal view returns (ITradingDays.Entry memory) {
        for (uint256 i = 0; i < pages.length; ++i) {
            uint256 count = countOf(pages[i]);
            if (index < count) return decode(_read(pages[i], index), 0);
            index -= count;
        }
        return decode(new bytes(ENTRY_LENGTH), 0);
    }

    /// @dev By halving, since the entries of a page ascend by member.
    /// @return allowance Of any entry of the member on the page; zero where it has none there.
    function allowanceOn(address page, MemberId memberId) internal view returns (uint256 allowance) {
        uint256 low = 0;
        uint256 high = countOf(page);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            bytes memory entry = _read(page, middle);
            uint256 found = memberAt(entry, 0);
            if (found == MemberId.unwrap(memberId)) return allowanceAt(entry, 0);
            if (found < MemberId.unwrap(memberId)) low = middle + 1;
            else high = middle;
        }
    }

    /// @param position Below `entries.length / ENTRY_LENGTH`, as for the two below.
    function memberAt(bytes memory entries, uint256 position) internal pure returns (uint256 memberId) {
        // Assembly: bytes of memory can be read one by one only, at 100 gas each.
        assembly ("memory-safe") {
            memberId := shr(232, mload(add(add(entries, 32), mul(position, ENTRY_LENGTH))))
        }
    }

    function allowanceAt(bytes memory entries, uint256 position) internal pure returns (uint256 allowance) {
        // The last five of an entry's 38 bytes, which end where the word begins that is 6 bytes behind its start.
        assembly ("memory-safe") {
            allowance := and(mload(add(add(entries, 38), mul(position, ENTRY_LENGTH))), 0xffffffffff)
        }
    }

    function decode(
        bytes memory entries,
        uint256 position
    ) internal pure returns (ITradingDays.Entry memory entry) {
        uint256 head;
        assembly ("memory-safe") {
            head := mload(add(add(entries, 32), mul(position, ENTRY_LENGTH)))
        }
        uint256 highest;
        assembly ("memory-safe") {
            highest := and(shr(40, mload(add(add(entries, 38), mul(position, ENTRY_LENGTH)))), 0xffff)
        }
        // The casts cut the fields out; each shift puts its field at the lower end.
        entry.memberId = MemberId.wrap(uint24(head >> 232));
        entry.key = address(uint160(head >> 72));
        entry.sides = uint8(head >> 64);
        entry.validPeriods = uint8(head >> 56);
        entry.quantityLimit = EnergyWh.wrap(uint32(head >> 24));
        entry.lowestPrice = priceOf(uint16(head >> 8));
        entry.highestPrice = priceOf(uint16(highest));
        entry.allowance = uint40(allowanceAt(entries, position));
    }

    /// @param price A price of the market: on a tick and within its range.
    /// @return Its number, from the lowest price up.
    function tickOf(Price price) internal pure returns (uint16) {
        return uint16(uint24(Price.unwrap(price) - LOWEST_PRICE) / uint24(PRICE_TICK));
    }

    function priceOf(uint16 tick) internal pure returns (Price) {
        return Price.wrap(LOWEST_PRICE + int24(uint24(tick)) * PRICE_TICK);
    }

    function _read(address page, uint256 position) private view returns (bytes memory entry) {
        entry = new bytes(ENTRY_LENGTH);
        assembly ("memory-safe") {
            extcodecopy(page, add(entry, 32), add(1, mul(position, ENTRY_LENGTH)), ENTRY_LENGTH)
        }
    }
}
