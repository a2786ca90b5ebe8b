// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {TradingWeek} from "./TradingWeek.sol";

// publishKeys, pagesOf, entriesOf
//   given members, every household that trades gets an entry with its own key and limits, and a second one for its
//     delegated key; nobody else does; the page is code that begins with STOP
//   given whatever number of members a caller asks for, no fewer than 100 and no more than 600 are considered
//   given more members than a page holds, pages follow one another, indices count through, and nobody is left out or
//     comes twice; both entries of a member are on one page
//   given nobody to consider any more, it reverts; given members that joined, it goes on, and leaves the entries as
//     they are
//   given an area where nobody trades, the page is empty
//   given members deactivated before, they have no entry; deactivated after, they keep it, and what it locks
//   given any part of the entries, it is that part, and nothing beyond the last
//   given a delegation, it is valid in the periods whose gate closes no later than it expires
// pagesBefore
//   given a time, they are the pages published before it
interface Cooling {
    function cool(address target) external;
}

contract TradingDaysPagesTest is TradingWeek {
    function test_publishKeys_writesAnEntryForEveryKey() public {
        MemberId first = _registerHousehold();
        MemberId second = _registerHousehold();
        accounts.setCreditLine(second, DEPOSIT);
        address key = address(0xde1e);
        _delegate(second, key, DAY_START + 10 * 900);
        vm.expectEmit();
        emit ITradingDays.KeysPublished(AREA, DAY, 0, _nextPage(), 3, 6);
        _publishDay(0);

        bytes memory expected = bytes.concat(
            abi.encodePacked(uint8(0), first, _accountOf(first), uint8(3), uint8(96), uint32(10_000)),
            abi.encodePacked(uint16(0), uint16(45_000), uint40(ALLOWANCE)),
            abi.encodePacked(second, _accountOf(second), uint8(3), uint8(96), uint32(10_000)),
            abi.encodePacked(uint16(0), uint16(45_000), uint40(2 * ALLOWANCE)),
            // The gate of period 10 closes 300 s before it begins, that of period 11 after the key has expired.
            abi.encodePacked(second, key, uint8(2), uint8(11), uint32(9_000)),
            abi.encodePacked(uint16(4_000), uint16(8_000), uint40(2 * ALLOWANCE))
        );
        address[] memory pages = tradingDays.pagesOf(AREA, DAY);
        vm.assertEq(pages.length, 1, "one page");
        vm.assertEq(pages[0].code, expected, "code");
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 3, "entries");
        (bool isDone, bytes memory answer) = pages[0].call(hex"12345678");
        vm.assertTrue(isDone && answer.length == 0, "does nothing when called");
    }

    function test_entriesOf_isAnyPartOfThem() public {
        MemberId first = _registerHouseholds(3);
        MemberId second = MemberId.wrap(MemberId.unwrap(first) + 1);
        _delegate(second, address(0xde1e), _startOf(5));
        _publishDay(0);
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(entries.length, 4, "all");
        ITradingDays.Entry memory own = entries[1];
        vm.assertEq(MemberId.unwrap(own.memberId), MemberId.unwrap(second), "member");
        vm.assertEq(own.key, _accountOf(second), "key");
        vm.assertEq(own.sides, 3, "sides");
        vm.assertEq(own.validPeriods, 96, "periods");
        vm.assertEq(EnergyWh.unwrap(own.quantityLimit), 10_000, "limit");
        vm.assertEq(Price.unwrap(own.lowestPrice), int256(-500_000), "lowest");
        vm.assertEq(Price.unwrap(own.highestPrice), int256(4_000_000), "highest");
        vm.assertEq(own.allowance, ALLOWANCE, "allowance");
        ITradingDays.Entry memory delegated = entries[2];
        vm.assertEq(delegated.key, address(0xde1e), "delegated key");
        vm.assertEq(delegated.sides, 2, "its sides");
        vm.assertEq(EnergyWh.unwrap(delegated.quantityLimit), 9_000, "its limit");
        vm.assertEq(Price.unwrap(delegated.lowestPrice), int256(-100_000), "its lowest");
        vm.assertEq(Price.unwrap(delegated.highestPrice), int256(300_000), "its highest");
        vm.assertEq(delegated.allowance, ALLOWANCE, "the same allowance");

        ITradingDays.Entry[] memory part = tradingDays.entriesOf(AREA, DAY, 2, 1);
        vm.assertEq(part.length, 1, "one");
        vm.assertEq(abi.encode(part[0]), abi.encode(delegated), "that one");
        vm.assertEq(tradingDays.entriesOf(AREA, DAY, 3, type(uint256).max).length, 1, "the last");
        vm.assertEq(tradingDays.entriesOf(AREA, DAY, 4, 1).length, 0, "beyond it");
        vm.assertEq(tradingDays.entriesOf(AREA, DAY, type(uint256).max, 9).length, 0, "far beyond it");
        vm.assertEq(tradingDays.entriesOf(AREA, _dayAt(1), 0, 9).length, 0, "of a day without keys");
    }

    function test_publishKeys_considersNoFewerThanAHundredMembers() public {
        _registerHouseholds(100);
        tradingDays.publishKeys(AREA, DAY, 0);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 96, "a hundred, of whom four do not trade");
        vm.assertFalse(tradingDays.isPublished(AREA, DAY), "not complete");
        tradingDays.publishKeys(AREA, DAY, 1);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 100, "the rest");
        vm.assertTrue(tradingDays.isPublished(AREA, DAY), "complete");
        _requireEverybodyOnce(0);
        bytes memory complete = abi.encodeWithSelector(ITradingDays.TradingDaysComplete.selector, AREA, DAY);
        vm.expectRevert(complete);
        tradingDays.publishKeys(AREA, DAY, 600);
    }

    function test_publishKeys_goesOnFromPageToPage() public {
        _registerHouseholds(630);
        tradingDays.publishKeys(AREA, DAY, type(uint256).max);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 596, "six hundred members");
        vm.expectEmit();
        emit ITradingDays.KeysPublished(AREA, DAY, 1, _nextPage(), 34, 634);
        tradingDays.publishKeys(AREA, DAY, type(uint256).max);
        vm.assertTrue(tradingDays.isPublished(AREA, DAY), "complete");
        vm.assertEq(tradingDays.pagesOf(AREA, DAY).length, 2, "pages");
        _requireEverybodyOnce(0);
        // A part that begins on one page and ends on the next.
        ITradingDays.Entry[] memory part = tradingDays.entriesOf(AREA, DAY, 595, 2);
        vm.assertEq(MemberId.unwrap(part[0].memberId), 600, "the last of the first page");
        vm.assertEq(MemberId.unwrap(part[1].memberId), 601, "the first of the second");
        vm.assertEq(_allowanceOf(0, MemberId.wrap(601)), ALLOWANCE, "allowance on the second page");
    }

    function test_publishKeys_keepsBothKeysOfAMemberOnOnePage() public {
        MemberId first = _registerHouseholds(305);
        for (uint24 i = 1; i < 305; ++i) {
            MemberId memberId = MemberId.wrap(MemberId.unwrap(first) + i);
            _delegate(memberId, address(uint160(0xde1e0000) + i), _startOf(5));
        }
        tradingDays.publishKeys(AREA, DAY, 600);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 599, "one, and two each of 299");
        _publishDay(0);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 609, "all");
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(MemberId.unwrap(entries[598].memberId), 304, "the last of the first page");
        vm.assertEq(MemberId.unwrap(entries[599].memberId), 305, "its own key");
        vm.assertEq(MemberId.unwrap(entries[600].memberId), 305, "its delegated key");
        for (uint256 i = 0; i < 609; ++i) {
            uint256 expected = i == 0 ? 5 : 6 + (i - 1) / 2;
            vm.assertEq(MemberId.unwrap(entries[i].memberId), expected, "ascending, each with both keys");
            vm.assertEq(entries[i].sides, i % 2 == 0 && i != 0 ? 2 : 3, "its own before the delegated one");
        }
        vm.assertEq(tradingDays.lockedOf(MemberId.wrap(305)), ALLOWANCE * 96, "locked once for both");
    }

    function test_publishKeys_goesOnWhenMembersJoin() public {
        MemberId first = _registerHousehold();
        _publishDay(0);
        _fund(first, DEPOSIT);
        _delegate(first, address(0xde1e), _startOf(5));
        MemberId late = _registerHousehold();
        vm.assertFalse(tradingDays.isPublished(AREA, DAY), "somebody joined");
        vm.assertEq(_allowanceOf(0, late), 0, "not yet");
        tradingDays.publishKeys(AREA, DAY, 600);
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(entries.length, 2, "one each");
        vm.assertEq(entries[0].allowance, ALLOWANCE, "as it was");
        vm.assertEq(MemberId.unwrap(entries[1].memberId), MemberId.unwrap(late), "the new one");
        vm.assertEq(_allowanceOf(0, late), ALLOWANCE, "its allowance");
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 1, "open once");
    }

    function test_publishKeys_writesAnEmptyPageWhereNobodyTrades() public {
        _publishDay(0);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 0, "no entries");
        vm.assertEq(tradingDays.pagesOf(AREA, DAY)[0].code, hex"00", "code");
        vm.assertEq(_entries(0).length, 0, "none");
        vm.assertEq(_allowanceOf(0, SUPPLIER_ID), 0, "no allowance");
    }

    function test_publishKeys_leavesOutWhoeverWasDeactivated() public {
        MemberId first = _registerHouseholds(3);
        MemberId second = MemberId.wrap(MemberId.unwrap(first) + 1);
        members.deactivateMember(first);
        _publishDay(0);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 2, "the others");
        vm.assertEq(_allowanceOf(0, first), 0, "nothing");
        members.deactivateMember(second);
        vm.assertEq(_entries(0).length, 2, "entries stay");
        vm.assertEq(tradingDays.lockedOf(second), ALLOWANCE * 96, "what they lock too");
        _publishDay(1);
        vm.assertEq(tradingDays.entryCountOf(AREA, _dayAt(1)), 1, "the next day");
        vm.assertEq(tradingDays.lockedOf(second), ALLOWANCE * 96, "nothing more");
        // Its funds pay for what it traded, and then are its own.
        _release(0);
        _emptyAccount(second);
    }

    /// @dev The key before is not on any day that is published after it was replaced.
    function test_publishKeys_writesTheDelegationThatLivesThen() public {
        MemberId memberId = _registerHousehold();
        _delegate(memberId, address(0xde1e), _startOf(5));
        _publishDay(0);
        _delegate(memberId, address(0xde1f), _startOf(5));
        _publishDay(1);
        vm.prank(_accountOf(memberId));
        members.revokeDelegation(memberId);
        _publishDay(2);
        vm.assertEq(_entries(0)[1].key, address(0xde1e), "the first");
        vm.assertEq(_entries(1)[1].key, address(0xde1f), "the second");
        vm.assertEq(_entries(2).length, 1, "none");
    }

    function testFuzz_validPeriods_areThoseWhoseGateClosesInTime(uint256 seed) public {
        // From the last gate closure before the day on, to a while after its end.
        uint256 expiry = LONG_BEFORE + 1 + (seed % (_startOf(1) + 2 hours - LONG_BEFORE));
        MemberId memberId = _registerHousehold();
        _delegate(memberId, address(0xde1e), expiry);
        _publishDay(0);
        uint256 expected = 0;
        while (expected < 96 && DAY_START + expected * 900 - 300 <= expiry) ++expected;
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(entries.length, expected == 0 ? 1 : 2, "entries");
        if (expected != 0) vm.assertEq(entries[1].validPeriods, expected, "valid periods");
    }

    function test_validPeriods_endAtTheGateThatClosesAsTheKeyExpires() public {
        MemberId first = _registerHouseholds(4);
        uint24 id = MemberId.unwrap(first);
        _delegate(first, address(0xde10), DAY_START - 301);
        _delegate(MemberId.wrap(id + 1), address(0xde11), DAY_START - 300);
        _delegate(MemberId.wrap(id + 2), address(0xde12), DAY_START + 95 * 900 - 301);
        _delegate(MemberId.wrap(id + 3), address(0xde13), DAY_START + 95 * 900 - 300);
        _publishDay(0);
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(entries.length, 7, "the first has expired");
        vm.assertEq(entries[2].validPeriods, 1, "the first period");
        vm.assertEq(entries[4].validPeriods, 95, "all but the last");
        vm.assertEq(entries[6].validPeriods, 96, "all");
    }

    function test_pagesBefore_areThosePublishedBefore() public {
        _registerHousehold();
        _publishDay(0);
        _registerHousehold();
        vm.warp(GATE_CLOSURE);
        _publishDay(0);
        vm.assertEq(_pagesBefore(LONG_BEFORE).length, 0, "at its time");
        vm.assertEq(_pagesBefore(LONG_BEFORE + 1).length, 1, "after it");
        vm.assertEq(_pagesBefore(GATE_CLOSURE).length, 1, "at gate closure");
        address[] memory pages = _pagesBefore(GATE_CLOSURE + 1);
        vm.assertEq(pages.length, 2, "after gate closure");
        vm.assertEq(abi.encode(pages), abi.encode(tradingDays.pagesOf(AREA, DAY)), "all of them");
    }

    /// @dev A full page of a full area where everybody has two keys, three days open, nothing read before: less than a
    /// transaction may use (EIP-7825). Asked for 600 members, of whom half fit, it would be more.
    function test_publishKeys_staysBelowTheGasOfATransaction() public {
        MemberId first = _registerHouseholds(996);
        for (uint24 i = 0; i < 996; ++i) {
            _delegate(
                MemberId.wrap(MemberId.unwrap(first) + i),
                address(uint160(0xde1e0000) + i),
                _startOf(9)
            );
        }
        for (uint256 i = 0; i < 3; ++i) {
            _publishDay(i);
        }
        vm.warp(_startOf(2));
        address[4] memory read = [address(tradingDays), address(members), address(accounts), address(areas)];
        for (uint256 i = 0; i < read.length; ++i) {
            Cooling(address(vm)).cool(read[i]);
        }
        tradingDays.publishKeys(AREA, _dayAt(3), 300);
        uint256 used =
            vm.snapshotGasLastCall("publishKeys, 300 members with 2 keys, 3 days open, execution") + 21_000;
        vm.assertTrue(used < 1 << 24, "gas");
    }

    /// @dev Everybody of the area who trades has one entry, in sequence.
    function _requireEverybodyOnce(uint256 number) private view {
        ITradingDays.Entry[] memory entries = _entries(number);
        MemberId[] memory all = members.membersOf(AREA, 0, type(uint256).max);
        vm.assertEq(entries.length, all.length - 4, "all but the counterparties");
        for (uint256 i = 0; i < entries.length; ++i) {
            vm.assertEq(MemberId.unwrap(entries[i].memberId), MemberId.unwrap(all[i + 4]), "in sequence");
        }
    }

    function _nextPage() private view returns (address) {
        return vm.computeCreateAddress(address(tradingDays), vm.getNonce(address(tradingDays)));
    }

    function _pagesBefore(uint256 time) private view returns (address[] memory pages) {
        (pages, ) = tradingDays.pagesBefore(AREA, DAY, time);
    }
}
