// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, MemberId, TraderNumber, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {SealedWeek} from "./SealedWeek.sol";

// sealKeys
//   given an operator of the area, its days are sealed from then on, and those of other areas are not; twice it reverts
//   given a day that had keys, it goes on as it began
// publishSealedKeys
//   given any sequence of traders, the page is stored as it was given, its lock page says what members have locked, and
//     all is announced; a second page goes on counting
//   given any attribute of any entry changed, the delegations of two members swapped, or another number of entries, it
//     reverts
//   given a number out of its turn, a third entry of one trader, or no key, it reverts
//   given an area or a day that is not sealed, a stranger, a day too early, over, released or complete, it reverts
//   given nobody who trades, the page is empty
// publishKeys, where keys are sealed
//   given a day without keys, it reverts for an hour after the day began and the keys were sealed; then anyone may, and
//     the day stays open
//   given a sealed page, it reverts for good
contract SealedKeysTest is SealedWeek {
    using SealedDraw for SealedDraw.Book;

    function test_sealKeys_isForOneAreaAndForEver() public {
        vm.assertEq(tradingDays.sealedSince(AREA), block.timestamp, "since");
        vm.assertEq(tradingDays.sealedSince(OTHER_AREA), 0, "another area");
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysAlreadySealed.selector, AREA));
        tradingDays.sealKeys(AREA);
        vm.assertTrue(tradingDays.isSealedDay(AREA, DAY), "a day to come");
        vm.assertFalse(tradingDays.isSealedDay(OTHER_AREA, DAY), "another area's day");
        vm.expectEmit();
        emit ITradingDays.KeysSealed(OTHER_AREA);
        tradingDays.sealKeys(OTHER_AREA);
        vm.assertTrue(tradingDays.isSealedDay(OTHER_AREA, DAY), "its turn");
    }

    function test_sealKeys_leavesADayAsItBegan() public {
        MemberId member = _registerAs(OTHER_AREA, IMemberRegistry.Kind.Household, vm.addr(4_711));
        vm.warp(_startOf(0) - 1 days);
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        tradingDays.sealKeys(OTHER_AREA);
        vm.assertFalse(tradingDays.isSealedDay(OTHER_AREA, DAY), "open");
        vm.assertTrue(tradingDays.isSealedDay(OTHER_AREA, _dayAt(1)), "sealed");
        _registerAs(OTHER_AREA, IMemberRegistry.Kind.Household, vm.addr(4_712));
        vm.expectRevert(_notSealed(OTHER_AREA, DAY));
        tradingDays.publishSealedKeys(OTHER_AREA, DAY, 600, "", 0);
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        vm.assertEq(tradingDays.entryCountOf(OTHER_AREA, DAY), 2, "both");
        (TraderNumber trader, bool isKnown) = tradingDays.traderOf(OTHER_AREA, DAY, member);
        vm.assertEq(TraderNumber.unwrap(trader), MemberId.unwrap(member), "under its own number");
        vm.assertTrue(isKnown, "known");
    }

    function testFuzz_publishSealedKeys_takesAnySequence(uint256 seed) public {
        SealedDraw.Page memory page = _drawn(0, seed);
        uint256 entries = page.entries.length / SealedDraw.LENGTH;
        tradingDays.publishSealedKeys(AREA, DAY, 600, page.entries, page.root);
        vm.assertEq(entries, HOUSEHOLDS + 2, "entries");
        vm.assertEq(
            tradingDays.pagesOf(AREA, DAY)[0].code,
            bytes.concat(hex"00", page.entries),
            "as it was given"
        );
        vm.assertEq(tradingDays.linksRootOf(AREA, DAY, 0), page.root, "root");
        vm.assertEq(tradingDays.linksRootOf(AREA, DAY, 1), bytes32(0), "no further root");
        (address[] memory lockPages, uint256 length) = tradingDays.lockPagesOf(AREA, DAY);
        vm.assertEq(length, 8, "bytes of a lock");
        vm.assertEq(lockPages.length, 1, "one");
        vm.assertEq(lockPages[0].code, bytes.concat(hex"00", _locks()), "locks");
        (, bool isSealed) = tradingDays.pagesBefore(AREA, DAY, GATE_CLOSURE);
        vm.assertTrue(isSealed, "sealed");
        vm.assertTrue(tradingDays.isPublished(AREA, DAY), "all members");
    }

    function test_publishSealedKeys_announcesBothPages() public {
        SealedDraw.Page memory page = _drawn(0, 1);
        uint64 nonce = vm.getNonce(address(tradingDays));
        address code = vm.computeCreateAddress(address(tradingDays), nonce);
        address lockCode = vm.computeCreateAddress(address(tradingDays), nonce + 1);
        vm.expectEmit();
        emit ITradingDays.KeysPublished(AREA, DAY, 0, code, uint32(HOUSEHOLDS + 2), uint32(4 + HOUSEHOLDS));
        vm.expectEmit();
        emit ITradingDays.PageSealed(AREA, DAY, 0, lockCode, page.root);
        tradingDays.publishSealedKeys(AREA, DAY, 600, page.entries, page.root);
    }

    function test_publishSealedKeys_goesOnCounting() public {
        _publishSealed(0, 1);
        MemberId late = _registerHousehold();
        bytes memory anew = _withNumber(_drawn(0, 2).entries, 0, 1);
        vm.expectRevert(_wrongTrader(0, 1, HOUSEHOLDS + 1));
        _submit(0, anew);
        _publishSealed(0, 2);
        vm.assertEq(MemberId.unwrap(_books[0].traderOf(late)), HOUSEHOLDS + 1, "the next number");
        ITradingDays.Entry[] memory entries = _entries(0);
        vm.assertEq(entries.length, HOUSEHOLDS + 3, "entries of both pages");
        vm.assertEq(MemberId.unwrap(entries[entries.length - 1].memberId), HOUSEHOLDS + 1, "its entry");
        (address[] memory lockPages, ) = tradingDays.lockPagesOf(AREA, DAY);
        vm.assertEq(lockPages.length, 2, "lock pages");
        vm.assertEq(_allowanceOf(0, late), entries[entries.length - 1].allowance, "allowance");
    }

    function testFuzz_publishSealedKeys_refusesAnyOtherAttribute(
        uint256 seed,
        uint256 place,
        uint8 change
    ) public {
        SealedDraw.Page memory page = _drawn(0, seed);
        bytes memory entries = page.entries;
        uint256 entry = place % (entries.length / SealedDraw.LENGTH);
        uint256 position = entry * SealedDraw.LENGTH + 23 + ((place >> 128) % 15);
        uint8 before = uint8(entries[position]);
        entries[position] = bytes1(change);
        if (change != before) vm.expectRevert(_wrongEntries(0));
        _submit(0, entries);
    }

    /// @dev The attributes are those of the members, but not together.
    function test_publishSealedKeys_refusesDelegationsOfOtherMembers() public {
        bytes memory entries = _inMembersSequence();
        // The second member's delegated entry and the fourth's say the same; that of the third, which has more, would
        // not: give the delegation to it.
        bytes memory moved = bytes.concat(
            _part(entries, 0, 2),
            _part(entries, 3, 1),
            _withNumber(_part(entries, 2, 1), 0, 3),
            _part(entries, 4, 3)
        );
        vm.expectRevert(_wrongEntries(0));
        _submit(0, moved);
        _submit(0, entries);
    }

    function test_publishSealedKeys_refusesAnotherNumberOfEntries() public {
        bytes memory entries = _drawn(0, 3).entries;
        uint256 count = entries.length / SealedDraw.LENGTH;
        bytes[4] memory others = [
            _part(entries, 0, count - 1),
            bytes.concat(entries, _withNumber(_part(entries, 0, 1), 0, HOUSEHOLDS + 1)),
            bytes.concat(entries, hex"00"),
            bytes("")
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(_wrongEntries(0));
            _submit(0, others[i]);
        }
        _submit(0, entries);
    }

    /// @dev Said twice for one trader, and not at all for another.
    function test_publishSealedKeys_refusesAMemberTwiceForAnother() public {
        bytes memory entries = _inMembersSequence();
        bytes memory twice = bytes.concat(
            _part(entries, 0, 3),
            _withNumber(_part(entries, 0, 1), 0, 3),
            _part(entries, 4, 3)
        );
        vm.expectRevert(_wrongEntries(0));
        _submit(0, twice);
    }

    function test_publishSealedKeys_refusesNumbersOutOfTheirTurn() public {
        bytes memory entries = _inMembersSequence();
        vm.expectRevert(_wrongTrader(0, 0, 1));
        _submit(0, _withNumber(entries, 0, 0));
        vm.expectRevert(_wrongTrader(0, 2, 1));
        _submit(0, _withNumber(entries, 0, 2));
        // A gap, and a number that comes again later.
        vm.expectRevert(_wrongTrader(6, 6, 5));
        _submit(0, _withNumber(entries, 6, 6));
        vm.expectRevert(_wrongTrader(3, 1, 3));
        _submit(0, _withNumber(entries, 3, 1));
        // Its two entries are its own and its delegated one, in this sequence.
        bytes memory swapped = bytes.concat(
            _part(entries, 0, 1),
            _part(entries, 2, 1),
            _part(entries, 1, 1),
            _part(entries, 3, 4)
        );
        vm.expectRevert(_wrongEntries(0));
        _submit(0, swapped);
        _submit(0, entries);
    }

    function test_publishSealedKeys_refusesAnEntryWithoutAKey() public {
        bytes memory entries = _inMembersSequence();
        for (uint256 i = 0; i < HOUSEHOLDS + 2; ++i) {
            bytes memory without = bytes.concat(entries);
            for (uint256 j = 3; j < 23; ++j) {
                without[i * SealedDraw.LENGTH + j] = 0;
            }
            vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysNoKey.selector, i));
            _submit(0, without);
        }
    }

    /// @dev What registry and accounts say now is what counts, not what they said when the page was made.
    function test_publishSealedKeys_refusesWhatIsNoLongerTrue() public {
        bytes memory entries = _drawn(0, 4).entries;
        members.deactivateMember(_household(0));
        vm.expectRevert(_wrongEntries(0));
        _submit(0, entries);
    }

    function test_publishSealedKeys_isForSealedAreas() public {
        _registerAs(OTHER_AREA, IMemberRegistry.Kind.Household, vm.addr(4_711));
        vm.warp(_startOf(0) - 1 days);
        vm.expectRevert(_notSealed(OTHER_AREA, DAY));
        tradingDays.publishSealedKeys(OTHER_AREA, DAY, 600, "", 0);
        vm.expectRevert(_notSealed(OTHER_AREA, DAY));
        tradingDays.nextEntriesOf(OTHER_AREA, DAY, 600);
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        vm.assertEq(tradingDays.entryCountOf(OTHER_AREA, DAY), 1, "openly");
    }

    function test_publishSealedKeys_isForItsOperator() public {
        bytes memory entries = _drawn(0, 5).entries;
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, AREA));
        vm.prank(STRANGER);
        tradingDays.publishSealedKeys(AREA, DAY, 600, entries, "root");
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, OTHER_AREA));
        vm.prank(STRANGER);
        tradingDays.sealKeys(OTHER_AREA);
    }

    function test_publishSealedKeys_keepsTheTimesOfADay() public {
        bytes memory entries = _drawn(0, 6).entries;
        vm.warp(_startOf(1) - 1 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingDays.TradingDaysTooEarly.selector,
                _dayAt(1),
                _startOf(0),
                _startOf(0) - 1
            )
        );
        _submit(1, entries);
        _submit(0, entries);
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysComplete.selector, AREA, DAY));
        _submit(0, "");
        _registerHousehold();
        _release(0);
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysReleased.selector, AREA, DAY));
        _submit(0, "");
        vm.warp(_startOf(2));
        vm.expectRevert(
            abi.encodeWithSelector(ITradingDays.TradingDaysOver.selector, _dayAt(1), _startOf(2), _startOf(2))
        );
        _submit(1, entries);
    }

    function test_publishSealedKeys_writesAnEmptyPageWhereNobodyTrades() public {
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            members.deactivateMember(_household(i));
        }
        _publishSealed(0, 1);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 0, "no entry");
        (address[] memory lockPages, ) = tradingDays.lockPagesOf(AREA, DAY);
        vm.assertEq(lockPages[0].code, hex"00", "no lock");
        vm.assertTrue(tradingDays.isPublished(AREA, DAY), "published");
    }

    function test_publishKeys_waitsAnHourForTheOperator() public {
        vm.warp(_startOf(0) + 1 hours - 1);
        vm.expectRevert(_inTime(DAY, _startOf(0) + 1 hours));
        tradingDays.publishKeys(AREA, DAY, 600);
        vm.warp(_startOf(0) + 1 hours);
        vm.prank(STRANGER);
        tradingDays.publishKeys(AREA, DAY, 600);
        vm.assertFalse(tradingDays.isSealedDay(AREA, DAY), "open");
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), HOUSEHOLDS + 2, "all");
        vm.assertEq(
            MemberId.unwrap(_entries(0)[0].memberId),
            MemberId.unwrap(_first),
            "under their own numbers"
        );
        // A day that is open stays so.
        _registerHousehold();
        vm.expectRevert(_notSealed(AREA, DAY));
        _submit(0, "");
        tradingDays.publishKeys(AREA, DAY, 600);
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), HOUSEHOLDS + 3, "who joined, too");
        vm.assertTrue(tradingDays.isSealedDay(AREA, _dayAt(1)), "the next day is sealed again");
    }

    function test_publishKeys_waitsAnHourFromTheSealing() public {
        _registerAs(OTHER_AREA, IMemberRegistry.Kind.Household, vm.addr(4_711));
        uint256 sealedAt = _startOf(0) + 5 hours;
        vm.warp(sealedAt);
        tradingDays.sealKeys(OTHER_AREA);
        vm.warp(sealedAt + 1 hours - 1);
        vm.expectRevert(_inTime(DAY, sealedAt + 1 hours));
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        vm.warp(sealedAt + 1 hours);
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        vm.assertFalse(tradingDays.isSealedDay(OTHER_AREA, DAY), "open");
    }

    function test_publishKeys_neverMixesWithSealedPages() public {
        _publishSealed(0, 1);
        _registerHousehold();
        vm.warp(_startOf(0) + 2 hours);
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysSealed.selector, AREA, DAY));
        tradingDays.publishKeys(AREA, DAY, 600);
        _publishSealed(0, 2);
        vm.assertTrue(tradingDays.isPublished(AREA, DAY), "sealed to the last");
    }

    /// @dev Traders in the sequence of their members: the second and the fourth have two entries.
    function _inMembersSequence() private returns (bytes memory entries) {
        vm.warp(_startOf(0) - 1 days);
        entries = tradingDays.nextEntriesOf(AREA, DAY, 600);
        uint24[7] memory numbers = [uint24(1), 2, 2, 3, 4, 4, 5];
        for (uint256 i = 0; i < numbers.length; ++i) {
            entries = _withNumber(entries, i, numbers[i]);
        }
    }

    function _withNumber(
        bytes memory entries,
        uint256 position,
        uint256 number
    ) private pure returns (bytes memory changed) {
        changed = bytes.concat(entries);
        for (uint256 i = 0; i < 3; ++i) {
            changed[position * SealedDraw.LENGTH + i] = bytes1(uint8(number >> (8 * (2 - i))));
        }
    }

    /// @dev 3 bytes of the member, 5 of a quarter of its funds in 96 parts, rounded down to a power of two.
    function _locks() private view returns (bytes memory locks) {
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            uint256 funds = i == 2 ? 3 * DEPOSIT : DEPOSIT;
            locks = bytes.concat(
                locks,
                abi.encodePacked(_household(i), uint40(_toPowerOfTwo(_allowanceFor(funds, 0))))
            );
        }
    }

    function _notSealed(AreaId area, TradingDay day) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITradingDays.TradingDaysNotSealed.selector, area, day);
    }

    function _inTime(TradingDay day, uint256 deadline) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ITradingDays.TradingDaysOperatorInTime.selector,
                day,
                deadline,
                block.timestamp
            );
    }

    function _wrongTrader(
        uint256 position,
        uint256 trader,
        uint256 expected
    ) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(ITradingDays.TradingDaysWrongTrader.selector, position, trader, expected);
    }
}
