// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpenLocks} from "../../../contracts/settlement/OpenLocks.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {SealedDraw} from "../market/SealedDraw.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// Given open days of several pages each, of which the last is sealed, members without keys, and some who joined on a
// day's last page
//   each member's lock is what ITradingDays.locksOf says, whichever members are asked for, and asked twice
//   the day that is excepted locks nothing
// Given no open day, or members beyond all pages, nothing is locked
contract OpenLocksTest is SettlementWorld {
    using OpenLocks for OpenLocks.Walk;
    using SealedDraw for SealedDraw.Book;

    uint24 private constant FIRST_HOUSEHOLD = 5;
    uint24 private constant HOUSEHOLDS = 8;
    uint24 private constant LATE_HOUSEHOLDS = 3;
    uint24 private constant LAST = FIRST_HOUSEHOLD + HOUSEHOLDS + 2 * LATE_HOUSEHOLDS - 1;
    TradingDay private constant SEALED_DAY = TradingDay.wrap(20_002);

    SealedDraw.Book private _book;

    function setUp() public override {
        super.setUp();
        _join(HOUSEHOLDS);
        _openDay(DAY);
        // Some of the first day's second page are on the next day's first.
        _join(LATE_HOUSEHOLDS);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        tradingDays.sealKeys(AREA);
        _book.open(tradingDays, AREA, SEALED_DAY);
        vm.warp(uint256(TradingDay.unwrap(SEALED_DAY)) * 1 days - 1 days);
        _book.publish(1);
        _join(LATE_HOUSEHOLDS);
        _book.publish(2);
    }

    function testFuzz_lockedOf_isWhatTradingDaysSay(uint256 asked, uint256 exceptSeed) public view {
        TradingDay except = TradingDay.wrap(TradingDay.unwrap(DAY) + uint32(exceptSeed % 4));
        MemberId[] memory memberIds = _membersOf(asked);
        uint256[] memory expected = tradingDays.locksOf(AREA, memberIds, except);
        OpenLocks.Walk memory walk = OpenLocks.begin(tradingDays, AREA, except);
        for (uint256 i = 0; i < memberIds.length; ++i) {
            vm.assertEq(walk.lockedOf(memberIds[i]), expected[i], "locked");
            vm.assertEq(walk.lockedOf(memberIds[i]), expected[i], "locked, asked again");
        }
    }

    function test_lockedOf_knowsEveryHousehold() public view {
        OpenLocks.Walk memory walk = OpenLocks.begin(tradingDays, AREA, TradingDay.wrap(0));
        for (uint24 id = FIRST_HOUSEHOLD; id <= LAST; ++id) {
            uint256 locked = walk.lockedOf(MemberId.wrap(id));
            vm.assertTrue(locked > 0, "something is locked");
            vm.assertEq(locked, tradingDays.lockedOf(MemberId.wrap(id)), "locked");
        }
        vm.assertEq(walk.lockedOf(MemberId.wrap(LAST + 1)), 0, "nobody's");
        vm.assertEq(walk.lockedOf(MemberId.wrap(type(uint24).max)), 0, "the greatest member's");
    }

    function test_lockedOf_isNothingWhereNoDayIsOpen() public view {
        OpenLocks.Walk memory walk = OpenLocks.begin(tradingDays, OTHER_AREA, DAY);
        vm.assertEq(walk.lockedOf(MemberId.wrap(FIRST_HOUSEHOLD)), 0, "locked");
    }

    function _join(uint24 count) private {
        for (uint24 i = 0; i < count; ++i) {
            MemberId memberId = _registerHousehold();
            _fund(memberId, 10_000 + uint256(MemberId.unwrap(memberId)) * 1_000);
        }
    }

    /// @dev Ascending; bit by bit, who is asked for.
    function _membersOf(uint256 asked) private pure returns (MemberId[] memory memberIds) {
        uint256 count = 0;
        memberIds = new MemberId[](LAST + 2);
        for (uint24 id = 1; id <= LAST + 2; ++id) {
            if ((asked >> id) & 1 == 1) memberIds[count++] = MemberId.wrap(id);
        }
        assembly ("memory-safe") {
            mstore(memberIds, count)
        }
    }
}
