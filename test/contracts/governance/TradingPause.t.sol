// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingPause} from "../../../contracts/governance/ITradingPause.sol";
import {CONSORTIUM} from "../../../contracts/types/Roles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// pause
//   given an area without a pause, it is paused from the next second on up to the end, and no other area is
//   given area 0, every area is
//   given an end that is not to come or more than 72 hours away, or a pause that has not ended, it reverts
//   given a pause that ended, it begins anew, and the time between stays traded
// extendPause
//   given a pause, its end is moved, by the consortium alone, to 30 days from now at most
//   given none, or an end no later than it was, it reverts
// endPause
//   given a pause, guardian or consortium end it with the next second, and what was paused stays so
//   given none, or a consortium that would have to wait, it reverts
// isPausedAt
//   given any sequence of acts, what it says of the time up to now never changes again
contract TradingPauseTest is Neighbourhood {
    bytes32 private constant WHY = keccak256("why");
    uint256 private constant NOW = LONG_BEFORE;

    /// @dev By the seconds since the beginning, as it was said when they came.
    bool[] private _wasPaused;

    function test_pause_beginsWithTheNextSecondAndEndsByItself() public {
        vm.expectEmit();
        emit ITradingPause.TradingPaused(AREA, uint40(NOW + 1), uint40(NOW + 100), WHY, address(this));
        pauses.pause(AREA, uint40(NOW + 100), WHY);
        vm.assertFalse(pauses.isPausedAt(AREA, NOW), "this second");
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 1), "the next");
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 99), "the last");
        vm.assertFalse(pauses.isPausedAt(AREA, NOW + 100), "the end");
        vm.assertFalse(pauses.isPausedAt(OTHER_AREA, NOW + 50), "another area");
        vm.assertEq(pauses.pausedUntil(AREA), NOW + 100, "until");
        vm.warp(NOW + 100);
        vm.assertEq(pauses.pausedUntil(AREA), 0, "no more");
    }

    function test_pause_isForEveryAreaWhereNoneIsNamed() public {
        pauses.pause(EVERY_AREA, uint40(NOW + 100), WHY);
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 1), "one");
        vm.assertTrue(pauses.isPausedAt(OTHER_AREA, NOW + 1), "another");
        vm.assertEq(pauses.pausedUntil(AREA), 0, "not by itself");
        // What ends for an area alone stays paused with all.
        pauses.pause(AREA, uint40(NOW + 50), WHY);
        pauses.endPause(AREA, WHY);
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 1), "still");
    }

    function test_pause_lasts72HoursAtMost() public {
        _expectInvalidEnd(NOW + 1 + 72 hours + 1, NOW + 1, NOW + 1 + 72 hours);
        pauses.pause(AREA, uint40(NOW + 1 + 72 hours + 1), WHY);
        _expectInvalidEnd(NOW + 1, NOW + 1, NOW + 1 + 72 hours);
        pauses.pause(AREA, uint40(NOW + 1), WHY);
        pauses.pause(AREA, uint40(NOW + 1 + 72 hours), WHY);
        bytes memory paused = abi.encodeWithSelector(
            ITradingPause.TradingPauseAlreadyPaused.selector,
            AREA,
            NOW + 1 + 72 hours
        );
        vm.expectRevert(paused);
        pauses.pause(AREA, uint40(NOW + 100), WHY);
        vm.warp(NOW + 72 hours - 1);
        vm.expectRevert(paused);
        pauses.pause(AREA, uint40(NOW + 73 hours), WHY);
        vm.warp(NOW + 72 hours + 10);
        pauses.pause(AREA, uint40(NOW + 73 hours), WHY);
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 72 hours), "the first");
        vm.assertFalse(pauses.isPausedAt(AREA, NOW + 72 hours + 10), "between");
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 72 hours + 11), "the second");
    }

    function test_extendPause_movesItsEnd() public {
        pauses.pause(AREA, uint40(NOW + 100), WHY);
        vm.warp(NOW + 98);
        vm.expectEmit();
        emit ITradingPause.PauseExtended(AREA, uint40(NOW + 99 + 30 days), WHY, address(this));
        pauses.extendPause(AREA, uint40(NOW + 99 + 30 days), WHY);
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 98 + 30 days), "the last");
        vm.assertFalse(pauses.isPausedAt(AREA, NOW + 99 + 30 days), "the end");
        _expectInvalidEnd(NOW + 99 + 30 days, NOW + 99 + 30 days, NOW + 99 + 30 days);
        pauses.extendPause(AREA, uint40(NOW + 99 + 30 days), WHY);
        vm.warp(NOW + 99);
        _expectInvalidEnd(NOW + 101 + 30 days, NOW + 99 + 30 days, NOW + 100 + 30 days);
        pauses.extendPause(AREA, uint40(NOW + 101 + 30 days), WHY);
    }

    function test_extendPause_revertsWhereNothingIsPaused() public {
        _expectNotPaused();
        pauses.extendPause(AREA, uint40(NOW + 200), WHY);
        pauses.pause(AREA, uint40(NOW + 100), WHY);
        // The next second would be traded.
        vm.warp(NOW + 99);
        _expectNotPaused();
        pauses.extendPause(AREA, uint40(NOW + 200), WHY);
    }

    function test_endPause_letsTradingGoOnWithTheNextSecond() public {
        pauses.pause(AREA, uint40(NOW + 100), WHY);
        vm.warp(NOW + 50);
        vm.expectEmit();
        emit ITradingPause.PauseEnded(AREA, uint40(NOW + 51), WHY, address(this));
        pauses.endPause(AREA, WHY);
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 50), "this second");
        vm.assertFalse(pauses.isPausedAt(AREA, NOW + 51), "the next");
        vm.assertTrue(pauses.isPausedAt(AREA, NOW + 1), "what was paused");
        _expectNotPaused();
        pauses.endPause(AREA, WHY);
    }

    function test_endPause_isForWhoHasNotToWait() public {
        pauses.pause(AREA, uint40(NOW + 3 days), WHY);
        manager.grantRole(CONSORTIUM, STRANGER, 1 days);
        vm.warp(NOW + 1 days);
        vm.expectRevert(abi.encodeWithSelector(ITradingPause.TradingPauseNotTheGuardian.selector, STRANGER));
        vm.prank(STRANGER);
        pauses.endPause(AREA, WHY);
        address council = address(0xc0c);
        manager.grantRole(CONSORTIUM, council, 0);
        vm.prank(council);
        pauses.endPause(AREA, WHY);
    }

    /// @dev Acts come at once, or some seconds apart; after each, the past is what it was.
    function testFuzz_isPausedAt_neverChangesUpToNow(uint8[24] memory acts) public {
        for (uint256 i = 0; i < acts.length; ++i) {
            _act(acts[i]);
            _comparePast();
        }
    }

    function _act(uint8 act) private {
        uint40 end = uint40(block.timestamp + 2 + (act >> 3));
        if (act % 8 < 3) try pauses.pause(AREA, end, WHY) {} catch {}
        else if (act % 8 < 5) try pauses.extendPause(AREA, end + 20, WHY) {} catch {}
        else if (act % 8 < 6) try pauses.endPause(AREA, WHY) {} catch {}
        else vm.warp(block.timestamp + 1 + (act >> 5));
    }

    function _comparePast() private {
        uint256 known = _wasPaused.length;
        for (uint256 second = 0; second <= block.timestamp - NOW; ++second) {
            bool isPaused = pauses.isPausedAt(AREA, NOW + second);
            if (second < known) vm.assertTrue(isPaused == _wasPaused[second], "the past changed");
            else _wasPaused.push(isPaused);
        }
    }

    function _expectNotPaused() private {
        vm.expectRevert(abi.encodeWithSelector(ITradingPause.TradingPauseNotPaused.selector, AREA));
    }

    function _expectInvalidEnd(uint256 end, uint256 earliest, uint256 latest) private {
        vm.expectRevert(
            abi.encodeWithSelector(ITradingPause.TradingPauseInvalidEnd.selector, end, earliest, latest)
        );
    }
}
