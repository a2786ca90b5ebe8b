// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {AreaId, MemberId, TraderNumber, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

/// @dev What a registrar does for a sealed day, from what the interface says alone: it draws trader numbers, derives
/// the day's keys, publishes pages, keeps the links and reveals them. A day's key is the registered one hashed with the
/// day, so that tests can sign with it; that of a contract is the contract.
library SealedDraw {
    uint256 internal constant LENGTH = 38;
    uint256 private constant HEAD = 23;
    uint256 private constant MOST_MEMBERS = 600;

    struct Page {
        bytes entries;
        ITradingDays.Link[] links;
        bytes32 root;
    }

    struct Book {
        ITradingDays tradingDays;
        AreaId area;
        TradingDay day;
        uint256 traders;
        ITradingDays.Link[][] pages;
    }

    function open(Book storage book, ITradingDays tradingDays, AreaId area, TradingDay day) internal {
        book.tradingDays = tradingDays;
        book.area = area;
        book.day = day;
    }

    /// @dev Publishes the day's next page in a sequence that follows from the seed.
    function publish(Book storage book, uint256 seed) internal {
        Page memory page = draw(book, seed);
        book.tradingDays.publishSealedKeys(book.area, book.day, MOST_MEMBERS, page.entries, page.root);
        keep(book, page);
    }

    /// @dev To be called when the page is published.
    function keep(Book storage book, Page memory page) internal {
        book.pages.push();
        ITradingDays.Link[] storage links = book.pages[book.pages.length - 1];
        for (uint256 i = 0; i < page.links.length; ++i) {
            links.push(page.links[i]);
        }
        book.traders += page.links.length;
    }

    function draw(Book storage book, uint256 seed) internal view returns (Page memory page) {
        bytes memory entries = book.tradingDays.nextEntriesOf(book.area, book.day, MOST_MEMBERS);
        page.links = _linksOf(book, entries, seed);
        uint256[] memory places = _placesOf(entries, page.links.length);
        for (uint256 rank = 0; rank < page.links.length; ++rank) {
            uint256 member = _memberAtRank(book, page.links, rank);
            ITradingDays.Link memory link = page.links[member];
            uint256 place = places[member];
            page.entries = bytes.concat(page.entries, _renamed(entries, place, link.trader, link.key));
            if (link.delegatedKey != address(0)) {
                bytes memory delegated = _renamed(entries, place + 1, link.trader, link.delegatedKey);
                page.entries = bytes.concat(page.entries, delegated);
            }
        }
        page.root = rootOf(page.links);
    }

    function reveal(Book storage book, MemberId memberId) internal {
        (uint256 page, uint256 place) = find(book, memberId);
        ITradingDays.Link[] memory links = book.pages[page];
        book.tradingDays.revealTrader(page, links[place], siblingsOf(links, place));
    }

    /// @return page Of the member; `place` its place on the lock page.
    function find(Book storage book, MemberId memberId) internal view returns (uint256 page, uint256 place) {
        for (page = 0; page < book.pages.length; ++page) {
            for (place = 0; place < book.pages[page].length; ++place) {
                if (MemberId.unwrap(book.pages[page][place].memberId) == MemberId.unwrap(memberId)) {
                    return (page, place);
                }
            }
        }
        revert("no such member");
    }

    function linkOf(
        Book storage book,
        MemberId memberId
    ) internal view returns (ITradingDays.Link memory link) {
        (uint256 page, uint256 place) = find(book, memberId);
        return book.pages[page][place];
    }

    /// @return The trader number, as orders have it.
    function traderOf(Book storage book, MemberId memberId) internal view returns (MemberId) {
        return MemberId.wrap(TraderNumber.unwrap(linkOf(book, memberId).trader));
    }

    /// @return The member of a trader number.
    function memberOf(Book storage book, MemberId trader) internal view returns (MemberId) {
        for (uint256 page = 0; page < book.pages.length; ++page) {
            for (uint256 place = 0; place < book.pages[page].length; ++place) {
                ITradingDays.Link storage link = book.pages[page][place];
                if (TraderNumber.unwrap(link.trader) == MemberId.unwrap(trader)) return link.memberId;
            }
        }
        revert("no such trader");
    }

    function rootOf(ITradingDays.Link[] memory links) internal pure returns (bytes32) {
        bytes32[] memory level = _leavesOf(links);
        if (level.length == 0) return 0;
        while (level.length > 1) level = _parentsOf(level);
        return level[0];
    }

    function siblingsOf(
        ITradingDays.Link[] memory links,
        uint256 place
    ) internal pure returns (bytes32[] memory siblings) {
        bytes32[] memory level = _leavesOf(links);
        uint256 height = 0;
        siblings = new bytes32[](16);
        for (; level.length > 1; level = _parentsOf(level)) {
            siblings[height] = level[(place >> height) ^ 1];
            ++height;
        }
        assembly ("memory-safe") {
            mstore(siblings, height)
        }
    }

    /// @return Private key of the day's key that is derived from a registered one.
    function privateKeyOf(address registered, TradingDay day) internal pure returns (uint256) {
        return 1 + (uint256(keccak256(abi.encode(registered, day))) >> 1);
    }

    function dayKeyOf(address registered, TradingDay day) internal view returns (address) {
        return registered.code.length == 0 ? vm.addr(privateKeyOf(registered, day)) : registered;
    }

    /// @return links Ascending by member, as the entries.
    function _linksOf(
        Book storage book,
        bytes memory entries,
        uint256 seed
    ) private view returns (ITradingDays.Link[] memory links) {
        uint256 total = entries.length / LENGTH;
        links = new ITradingDays.Link[](total);
        uint256 count = 0;
        for (uint256 i = 0; i < total; ++i) {
            uint24 member = _memberAt(entries, i);
            address registered = _keyAt(entries, i);
            address key = dayKeyOf(registered, book.day);
            if (count != 0 && MemberId.unwrap(links[count - 1].memberId) == member) {
                links[count - 1].delegatedKey = key;
                links[count - 1].registeredDelegate = registered;
                continue;
            }
            ITradingDays.Link memory link = links[count++];
            (link.area, link.day, link.memberId) = (book.area, book.day, MemberId.wrap(member));
            (link.key, link.registeredKey) = (key, registered);
            link.salt = keccak256(abi.encode("salt", seed, member));
        }
        assembly ("memory-safe") {
            mstore(links, count)
        }
        _number(links, book.traders, seed);
    }

    function _number(ITradingDays.Link[] memory links, uint256 traders, uint256 seed) private pure {
        for (uint256 i = 0; i < links.length; ++i) {
            links[i].trader = TraderNumber.wrap(uint24(traders + 1 + i));
        }
        for (uint256 i = links.length; i > 1; --i) {
            uint256 other = uint256(keccak256(abi.encode(seed, i))) % i;
            (links[i - 1].trader, links[other].trader) = (links[other].trader, links[i - 1].trader);
        }
    }

    function _memberAtRank(
        Book storage book,
        ITradingDays.Link[] memory links,
        uint256 rank
    ) private view returns (uint256 member) {
        while (TraderNumber.unwrap(links[member].trader) != book.traders + 1 + rank) ++member;
    }

    /// @return places Index of each member's own entry.
    function _placesOf(bytes memory entries, uint256 count) private pure returns (uint256[] memory places) {
        places = new uint256[](count);
        uint256 member = 0;
        for (uint256 i = 0; i < entries.length / LENGTH; ++i) {
            if (i == 0 || _memberAt(entries, i) != _memberAt(entries, i - 1)) places[member++] = i;
        }
    }

    /// @return The entry at a position under another number and key.
    function _renamed(
        bytes memory entries,
        uint256 position,
        TraderNumber trader,
        address key
    ) private pure returns (bytes memory) {
        bytes memory attributes = new bytes(LENGTH - HEAD);
        assembly ("memory-safe") {
            mcopy(add(attributes, 32), add(add(entries, add(32, HEAD)), mul(position, LENGTH)), 15)
        }
        return bytes.concat(abi.encodePacked(trader, key), attributes);
    }

    function _memberAt(bytes memory entries, uint256 position) private pure returns (uint24 member) {
        assembly ("memory-safe") {
            member := shr(232, mload(add(add(entries, 32), mul(position, LENGTH))))
        }
    }

    function _keyAt(bytes memory entries, uint256 position) private pure returns (address key) {
        assembly ("memory-safe") {
            key := shr(96, mload(add(add(entries, 35), mul(position, LENGTH))))
        }
    }

    function _leavesOf(ITradingDays.Link[] memory links) private pure returns (bytes32[] memory leaves) {
        if (links.length == 0) return leaves;
        uint256 width = 1;
        while (width < links.length) width *= 2;
        leaves = new bytes32[](width);
        for (uint256 i = 0; i < links.length; ++i) {
            leaves[i] = keccak256(abi.encode(links[i]));
        }
    }

    function _parentsOf(bytes32[] memory level) private pure returns (bytes32[] memory parents) {
        parents = new bytes32[](level.length / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            parents[i] = keccak256(abi.encodePacked(level[2 * i], level[2 * i + 1]));
        }
    }
}
