// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyWh, LOWEST_PRICE, MemberId, Price, PRICE_TICK} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";

/// @dev Writes and reads pages of trading keys and of locks (see ITradingDays) as contract code: one copy brings a
/// thousand members' keys, limits and allowances into memory for some ten gas each, where storage would ask 4,200.
/// Entries of both kinds begin with a number of 3 bytes, by which they ascend, and end with an allowance of 5.
library KeyPages {
    uint256 internal constant ENTRY_LENGTH = 38;
    uint256 internal constant ENTRIES_PER_PAGE = 600;
    uint256 internal constant LOCK_LENGTH = 8;

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

    /// @return Entries of `length` bytes on the page.
    function countOf(address page, uint256 length) internal view returns (uint256) {
        return (page.code.length - 1) / length;
    }

    /// @dev All zero where there is no such entry.
    /// @param index Counts through all pages from 0.
    function entryAt(
        address[] memory pages,
        uint256 index
    ) internal view returns (ITradingDays.Entry memory) {
        for (uint256 i = 0; i < pages.length; ++i) {
            uint256 count = countOf(pages[i], ENTRY_LENGTH);
            if (index < count) return decode(_read(pages[i], index), 0);
            index -= count;
        }
        return decode(new bytes(ENTRY_LENGTH), 0);
    }

    /// @return own The trader's first entry on the page; all zero where it has none there.
    /// @return delegated Its second one; all zero without.
    function entriesOn(
        address page,
        uint256 trader
    ) internal view returns (ITradingDays.Entry memory own, ITradingDays.Entry memory delegated) {
        (uint256 position, bool isThere) = find(page, trader, ENTRY_LENGTH);
        if (!isThere) return (own, delegated);
        own = decode(_read(page, position), 0);
        if (_numberOn(page, position + 1, ENTRY_LENGTH) == trader) {
            delegated = decode(_read(page, position + 1), 0);
        }
    }

    /// @dev By halving, since the entries of a page ascend by number.
    /// @param length Bytes of an entry, as for those below.
    /// @return position Of the page's first entry whose number is not below this one.
    /// @return isThere Whether its number is this one.
    function find(
        address page,
        uint256 number,
        uint256 length
    ) internal view returns (uint256 position, bool isThere) {
        uint256 count = countOf(page, length);
        uint256 high = count;
        while (position < high) {
            uint256 middle = (position + high) / 2;
            if (_numberOn(page, middle, length) < number) position = middle + 1;
            else high = middle;
        }
        isThere = position < count && _numberOn(page, position, length) == number;
    }

    /// @return allowance Of any entry of the member on the page; zero where it has none there.
    function allowanceOn(
        address page,
        MemberId memberId,
        uint256 length
    ) internal view returns (uint256 allowance) {
        (uint256 position, bool isThere) = find(page, MemberId.unwrap(memberId), length);
        if (!isThere) return 0;
        // Assembly: one copy of five bytes into memory that is free for it.
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(page, 27, sub(mul(add(position, 1), length), 4), 5)
            allowance := mload(0)
        }
    }

    /// @param position Below `entries.length / length`, as for the two below.
    function numberAt(
        bytes memory entries,
        uint256 position,
        uint256 length
    ) internal pure returns (uint256 found) {
        // Assembly: bytes of memory can be read one by one only, at 100 gas each.
        assembly ("memory-safe") {
            found := shr(232, mload(add(add(entries, 32), mul(position, length))))
        }
    }

    function allowanceAt(
        bytes memory entries,
        uint256 position,
        uint256 length
    ) internal pure returns (uint256 allowance) {
        // The last five of an entry's bytes, which end where the entry behind it begins. The word that ends there
        // begins with bytes before the entry, or of the array's length.
        assembly ("memory-safe") {
            allowance := and(mload(add(entries, mul(add(position, 1), length))), 0xffffffffff)
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
        entry.allowance = uint40(allowanceAt(entries, position, ENTRY_LENGTH));
    }

    /// @param price A price of the market: on a tick and within its range.
    /// @return Its number, from the lowest price up.
    function tickOf(Price price) internal pure returns (uint16) {
        return uint16(uint24(Price.unwrap(price) - LOWEST_PRICE) / uint24(PRICE_TICK));
    }

    function priceOf(uint16 tick) internal pure returns (Price) {
        return Price.wrap(LOWEST_PRICE + int24(uint24(tick)) * PRICE_TICK);
    }

    /// @return found Number of the entry at this position of the page; zero, which is nobody's, behind the last one.
    function _numberOn(address page, uint256 position, uint256 length) private view returns (uint256 found) {
        // Assembly: one copy of three bytes into memory that is free for it. Behind its end code reads as zeros.
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(page, 29, add(1, mul(position, length)), 3)
            found := mload(0)
        }
    }

    function _read(address page, uint256 position) private view returns (bytes memory entry) {
        entry = new bytes(ENTRY_LENGTH);
        assembly ("memory-safe") {
            extcodecopy(page, add(entry, 32), add(1, mul(position, ENTRY_LENGTH)), ENTRY_LENGTH)
        }
    }
}
