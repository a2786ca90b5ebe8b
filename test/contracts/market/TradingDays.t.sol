// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {AreaId, MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {TradingWeek} from "./TradingWeek.sol";

// publishKeys (pages and entries: see TradingDays.pages.t.sol)
//   given a day that begins in more than 24 hours, or is over, or has no traded period, or was released, it reverts;
//     given the first and the last second in which it may be called, by anybody, it does not
//   given an area that is unknown, it reverts
//   given four open days of the area, it reverts for a fifth, until one is released; not for a further page of one
//     of the four, and not for another area's
//   given funds and locks, allowances follow the rule, up to 40 bits
//   given a member in debt, its allowance is zero; given one without funds too
// releaseDay
//   given anybody but the settlement contract, it reverts
//   given an open day, what it locked is free, and the others stay open in their sequence
//   given a day without keys, or one released already, nothing happens, but that no keys are published any more
// lockedOf, locksOf, allowanceOf
//   given keys of several days, locks are the sum over open days of 96 allowances, and counted once for both keys
//   given nobody's, another area's, or a member behind the last entry, nothing is locked
contract TradingDaysTest is TradingWeek {
    function test_publishKeys_isAnybodysFromADayBeforeUntilItsEnd() public {
        _registerHousehold();
        vm.warp(_startOf(1) - 1 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingDays.TradingDaysTooEarly.selector,
                _dayAt(1),
                _startOf(0),
                _startOf(0) - 1
            )
        );
        tradingDays.publishKeys(AREA, _dayAt(1), 600);
        vm.warp(_startOf(0));
        vm.prank(STRANGER);
        tradingDays.publishKeys(AREA, _dayAt(1), 600);

        vm.warp(_startOf(1) - 1);
        vm.prank(STRANGER);
        tradingDays.publishKeys(AREA, _dayAt(0), 600);
        vm.warp(_startOf(3));
        vm.expectRevert(
            abi.encodeWithSelector(ITradingDays.TradingDaysOver.selector, _dayAt(2), _startOf(3), _startOf(3))
        );
        tradingDays.publishKeys(AREA, _dayAt(2), 600);
    }

    function test_publishKeys_revertsForADayThatIsNotTraded() public {
        _registerHousehold();
        TradingDay before = TradingDay.wrap(19_790);
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysNotTraded.selector, AREA, before));
        tradingDays.publishKeys(AREA, before, 600);

        vm.warp(_startOf(TRADED_DAYS - 1));
        tradingDays.publishKeys(AREA, _dayAt(TRADED_DAYS - 1), 600);
        vm.expectRevert(
            abi.encodeWithSelector(ITradingDays.TradingDaysNotTraded.selector, AREA, _dayAt(TRADED_DAYS))
        );
        tradingDays.publishKeys(AREA, _dayAt(TRADED_DAYS), 600);
    }

    function test_publishKeys_revertsForAnUnknownArea() public {
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryUnknownArea.selector, 9));
        tradingDays.publishKeys(AreaId.wrap(9), DAY, 600);
    }

    function test_publishKeys_revertsForAnAreaWithoutMembers() public {
        vm.expectRevert(abi.encodeWithSelector(ITradingDays.TradingDaysComplete.selector, OTHER_AREA, DAY));
        tradingDays.publishKeys(OTHER_AREA, DAY, 600);
        vm.assertFalse(tradingDays.isPublished(OTHER_AREA, DAY), "not published");
        vm.assertEq(tradingDays.openDaysOf(OTHER_AREA).length, 0, "not open");
    }

    function test_publishKeys_opensNoFifthDay() public {
        MemberId first = _registerHousehold();
        for (uint256 i = 0; i < 4; ++i) {
            _publishDay(i);
        }
        vm.assertEq(tradingDays.lockedOf(first), DEPOSIT, "all is locked");
        vm.warp(_startOf(3));
        bytes memory tooMany = abi.encodeWithSelector(ITradingDays.TradingDaysTooMany.selector, AREA, 4);
        vm.expectRevert(tooMany);
        tradingDays.publishKeys(AREA, _dayAt(4), 600);

        // A member who joins late gets its keys for an open day all the same, and another area its days.
        MemberId late = _registerHousehold();
        tradingDays.publishKeys(AREA, _dayAt(3), 600);
        vm.assertEq(_allowanceOf(3, late), ALLOWANCE, "late");
        _register(OTHER_AREA, IMemberRegistry.Kind.Household, 5);
        tradingDays.publishKeys(OTHER_AREA, _dayAt(4), 600);

        _release(1);
        tradingDays.publishKeys(AREA, _dayAt(4), 600);
        vm.assertEq(_allowanceOf(4, first), ALLOWANCE, "what was released");
        _requireOpenDays([0, 2, 3, 4]);
        vm.warp(_startOf(4));
        vm.expectRevert(tooMany);
        tradingDays.publishKeys(AREA, _dayAt(5), 600);
    }

    function test_publishKeys_locksNoMoreThanThereIs() public {
        MemberId memberId = _registerHousehold();
        _publishDay(0);
        _publishDay(1);
        // Half of it is locked; the other half goes, and a quarter of the rest would be more than what is left.
        vm.prank(_accountOf(memberId));
        accounts.withdraw(memberId, DEPOSIT / 2 - 96_000);
        _publishDay(2);
        vm.assertEq(_allowanceOf(2, memberId), 1_000, "what is not locked");
        _publishDay(3);
        vm.assertEq(_allowanceOf(3, memberId), 0, "nothing is left");
        vm.assertEq(tradingDays.lockedOf(memberId), accounts.balanceOf(memberId), "all is locked");
    }

    function test_publishKeys_givesThatMuchAndNoMore() public {
        MemberId memberId = _registerHousehold();
        _emptyAccount(memberId);
        MemberId poor = _registerHousehold();
        _emptyAccount(poor);
        _fund(poor, 383);
        MemberId cent = _registerHousehold();
        _emptyAccount(cent);
        _fund(cent, 384);
        MemberId credited = _registerHousehold();
        _emptyAccount(credited);
        accounts.setCreditLine(credited, DEPOSIT);
        MemberId both = _registerHousehold();
        accounts.setCreditLine(both, DEPOSIT);
        MemberId rich = _registerHousehold();
        _fund(rich, 1 << 60);
        _publishDay(0);

        vm.assertEq(_allowanceOf(0, memberId), 0, "nothing");
        vm.assertEq(_allowanceOf(0, poor), 0, "less than a micro-euro a session");
        vm.assertEq(_allowanceOf(0, cent), 1, "a micro-euro a session");
        vm.assertEq(_allowanceOf(0, credited), ALLOWANCE, "credit line alone");
        vm.assertEq(_allowanceOf(0, both), 2 * ALLOWANCE, "both");
        vm.assertEq(_allowanceOf(0, rich), LARGEST_ALLOWANCE, "as much as an entry holds");
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 6, "everybody has a key");
        vm.assertEq(tradingDays.lockedOf(rich), LARGEST_ALLOWANCE * 96, "locked as promised");
    }

    function test_publishKeys_givesNothingToAMemberInDebt() public {
        MemberId debtor = _registerHousehold();
        accounts.setCreditLine(debtor, DEPOSIT);
        _fund(SUPPLIER_ID, DEPOSIT);
        _publishDay(0);
        vm.assertEq(_allowanceOf(0, debtor), 2 * ALLOWANCE, "before");
        _charge(0, debtor, int64(int256(DEPOSIT + 1)));
        vm.assertEq(accounts.debtOf(debtor), 1, "a micro-euro of debt");
        _publishDay(1);
        vm.assertEq(_allowanceOf(1, debtor), 0, "in debt");
        vm.assertEq(tradingDays.entryCountOf(AREA, _dayAt(1)), 1, "its key is there");

        _fund(debtor, 2);
        vm.assertEq(accounts.debtOf(debtor), 0, "repaid");
        _publishDay(2);
        vm.assertEq(_allowanceOf(2, debtor), _allowanceFor(DEPOSIT + 1, 2 * ALLOWANCE * 96), "repaid");
    }

    /// @dev Four days, with deposits, withdrawals and credit lines before each, as far as accounts allow.
    function testFuzz_publishKeys_givesAllowancesByTheRule(uint256 seed) public {
        MemberId memberId = _registerHousehold();
        uint256 locked = 0;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 2 == 0) _fund(memberId, 1 + ((random >> 8) % (1 << ((random >> 1) % 64))));
            uint256 free = accounts.freeOf(memberId);
            if (random % 3 != 0 && free != 0) {
                vm.prank(_accountOf(memberId));
                accounts.withdraw(memberId, 1 + ((random >> 72) % free));
            }
            if (random % 5 < 2) {
                try accounts.setCreditLine(memberId, (random >> 136) % (1 << 47)) {} catch {}
            }
            uint256 funds = accounts.balanceOf(memberId) + accounts.creditLineOf(memberId);
            _publishDay(i);
            vm.assertEq(_allowanceOf(i, memberId), _allowanceFor(funds, locked), "allowance");
            vm.assertEq(_entries(i)[0].allowance, _allowanceFor(funds, locked), "entry");
            locked += _allowanceFor(funds, locked) * 96;
            vm.assertEq(tradingDays.lockedOf(memberId), locked, "locked");
            vm.assertTrue(locked <= funds, "covered");
            if (random % 7 == 0) {
                _release(i);
                locked -= _allowanceOf(i, memberId) * 96;
            }
        }
    }

    function test_releaseDay_isTheSettlementContracts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        vm.prank(STRANGER);
        tradingDays.releaseDay(AREA, DAY);
    }

    function test_releaseDay_freesWhatTheDayLocked() public {
        MemberId memberId = _registerHousehold();
        for (uint256 i = 0; i < 4; ++i) {
            _publishDay(i);
        }
        vm.expectEmit();
        emit ITradingDays.DayReleased(AREA, _dayAt(2));
        _release(2);
        _release(2);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 3, "open");
        vm.assertEq(tradingDays.lockedOf(memberId), 3 * ALLOWANCE * 96, "locked");
        vm.assertEq(accounts.freeOf(memberId), ALLOWANCE * 96, "free");
        vm.assertEq(_allowanceOf(2, memberId), ALLOWANCE, "orders of the day keep their allowance");
        vm.assertTrue(tradingDays.isPublished(AREA, _dayAt(2)), "published");
        _release(0);
        _release(3);
        _release(1);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 0, "none open");
        vm.assertEq(tradingDays.lockedOf(memberId), 0, "nothing locked");
    }

    function test_publishKeys_revertsForADayThatWasReleased() public {
        _registerHousehold();
        _publishDay(0);
        _release(0);
        _release(1);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 0, "none open");
        _registerHousehold();
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(_startOf(i));
            vm.expectRevert(
                abi.encodeWithSelector(ITradingDays.TradingDaysReleased.selector, AREA, _dayAt(i))
            );
            tradingDays.publishKeys(AREA, _dayAt(i), 600);
        }
        vm.assertFalse(tradingDays.isPublished(AREA, DAY), "somebody joined");
    }

    function test_releaseDay_ofOneAreaLeavesTheOther() public {
        MemberId memberId = _registerHousehold();
        _publishDay(0);
        tradingDays.releaseDay(OTHER_AREA, DAY);
        vm.assertEq(tradingDays.lockedOf(memberId), ALLOWANCE * 96, "locked");
    }

    function test_locksOf_areThoseOfEveryOpenDayButOne() public {
        MemberId first = _registerHouseholds(3);
        MemberId second = MemberId.wrap(MemberId.unwrap(first) + 1);
        MemberId third = MemberId.wrap(MemberId.unwrap(first) + 2);
        _delegate(second, address(0xde1e), _startOf(9));
        _publishDay(0);
        _fund(second, DEPOSIT);
        _publishDay(1);
        _publishDay(2);
        members.deactivateMember(third);
        MemberId last = _registerHousehold();
        _publishDay(3);
        MemberId foreign = _register(OTHER_AREA, IMemberRegistry.Kind.Household, 5);

        MemberId[] memory asked = new MemberId[](7);
        (asked[0], asked[1], asked[2], asked[3]) = (SUPPLIER_ID, first, second, third);
        (asked[4], asked[5], asked[6]) = (last, foreign, MemberId.wrap(99));
        uint256 day = ALLOWANCE * 96;
        _requireLocks(asked, 99, [0, 4 * day, 7 * day, 3 * day, day, 0, 0]);
        _requireLocks(asked, 0, [0, 3 * day, 6 * day, 2 * day, day, 0, 0]);
        _requireLocks(asked, 3, [0, 3 * day, 5 * day, 3 * day, 0, 0, 0]);
        for (uint256 i = 0; i < asked.length; ++i) {
            uint256[] memory locks = tradingDays.locksOf(AREA, asked, _dayAt(99));
            vm.assertEq(tradingDays.lockedOf(asked[i]), locks[i], "the same for one alone");
        }
        vm.assertEq(_allowanceOf(0, last), 0, "not of a day before");
        vm.assertEq(_allowanceOf(0, MemberId.wrap(99)), 0, "nobody");
        vm.assertEq(_allowanceOf(7, first), 0, "not of a day without keys");
    }

    function _requireLocks(MemberId[] memory asked, uint256 except, uint256[7] memory expected) private view {
        uint256[] memory locks = tradingDays.locksOf(AREA, asked, _dayAt(except));
        vm.assertEq(locks.length, expected.length, "all of them");
        for (uint256 i = 0; i < expected.length; ++i) {
            vm.assertEq(locks[i], expected[i], "locks");
        }
    }

    function _requireOpenDays(uint8[4] memory numbers) private view {
        TradingDay[] memory open = tradingDays.openDaysOf(AREA);
        vm.assertEq(open.length, numbers.length, "open");
        for (uint256 i = 0; i < numbers.length; ++i) {
            vm.assertEq(TradingDay.unwrap(open[i]), TradingDay.unwrap(_dayAt(numbers[i])), "in sequence");
        }
    }
}
