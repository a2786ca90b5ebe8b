// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {SealedWeek} from "./SealedWeek.sol";

// allowances of sealed days
//   given any funds, they are what an open day's would be, rounded down to a power of two; of nothing they are nothing
//   given funds beyond all classes, it is the greatest power of two that an allowance holds
// locks of sealed days
//   given any sequence of traders, what a member's day locks is 96 times the allowance of its own trader's entries,
//     asked for one or for many; released, it is nothing
//   given an open day beside a sealed one, both are locked, and what is locked cannot be withdrawn
contract SealedLocksTest is SealedWeek {
    using SealedDraw for SealedDraw.Book;

    function testFuzz_allowances_arePowersOfTwo(uint256 funds, uint256 creditLine) public {
        MemberId member = _household(0);
        _emptyAccount(member);
        funds = funds % (1 << (funds % 70));
        creditLine = (creditLine >> 8) % (1 << (creditLine % 40));
        if (funds != 0) _fund(member, funds);
        accounts.setCreditLine(member, creditLine);
        _publishSealed(0, funds);
        uint256 expected = _toPowerOfTwo(_allowanceFor(funds + creditLine, 0));
        vm.assertEq(_allowanceOf(0, member), expected, "class");
        vm.assertEq(tradingDays.lockedOf(member), 96 * expected, "locked");
        vm.assertTrue(2 * expected * 4 * 96 > funds || expected == 1 << 39 || expected == 0, "tight");
    }

    function test_allowances_haveAGreatestClass() public {
        _fund(_household(0), 1 << 71);
        _publishSealed(0, 1);
        vm.assertEq(_allowanceOf(0, _household(0)), 1 << 39, "below 2^40");
    }

    function testFuzz_locks_areWhatTradersMayLose(uint256 seed) public {
        _publishSealed(0, seed);
        _publishSealed(1, seed >> 1);
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            MemberId member = _household(i);
            uint256 promised = _promisedTo(0, member) + _promisedTo(1, member);
            vm.assertEq(tradingDays.lockedOf(member), promised, "locked");
            vm.assertEq(_locksBut(TradingDay.wrap(0))[i], promised, "among many");
            vm.assertEq(_locksBut(DAY)[i], _promisedTo(1, member), "but for a day");
        }
        _release(0);
        vm.assertEq(tradingDays.lockedOf(_first), _promisedTo(1, _first), "released");
    }

    function test_locks_addUpOverOpenAndSealedDays() public {
        vm.warp(_startOf(0) + 1 hours);
        tradingDays.publishKeys(AREA, DAY, 600);
        uint256 onOpenDay = 96 * _allowanceFor(DEPOSIT, 0);
        vm.assertEq(tradingDays.lockedOf(_first), onOpenDay, "an open day's");
        _publishSealed(1, 1);
        uint256 locked = onOpenDay + 96 * _toPowerOfTwo(_allowanceFor(DEPOSIT, onOpenDay));
        vm.assertEq(tradingDays.lockedOf(_first), locked, "and a sealed one's");
        vm.assertEq(accounts.freeOf(_first), DEPOSIT - locked, "free");
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _first, locked, locked - 1)
        );
        vm.prank(_accountOf(_first));
        accounts.withdraw(_first, DEPOSIT - locked + 1);
        vm.prank(_accountOf(_first));
        accounts.withdraw(_first, DEPOSIT - locked);
    }

    /// @return In micro-euro, what the member's trader may lose on the day, by the page.
    function _promisedTo(uint256 number, MemberId member) private view returns (uint256) {
        MemberId trader = _books[number].traderOf(member);
        ITradingDays.Entry[] memory entries = _entries(number);
        uint256 index = 0;
        while (!_same(entries[index].memberId, trader)) ++index;
        return 96 * uint256(entries[index].allowance);
    }

    function _locksBut(TradingDay except) private view returns (uint256[] memory) {
        MemberId[] memory memberIds = new MemberId[](HOUSEHOLDS);
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            memberIds[i] = _household(i);
        }
        return tradingDays.locksOf(AREA, memberIds, except);
    }
}
