// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexCalendars} from "../../../contracts/flexibility/IFlexCalendars.sol";
import {DeliveryPeriod} from "../../../contracts/types/Types.sol";
import {Credentialed} from "../Credentialed.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";

// Given no offset, local days are those of UTC
// Given the clocks of Central Europe in October 2026
//   the day has 100 quarter-hours, and a quarter-hour that exists twice is the first one
// Given those of March 2027, the day has 92, and one that the clock skips comes an hour later
// Given offsets that do not ascend, or of the past, or beyond what clocks show, it reverts
// Given a weekend or a holiday, it is a day off; holidays are of days to come
contract FlexCalendarsTest is Credentialed {
    // 2026-10-25 01:00 UTC, and 2027-03-28 01:00 UTC.
    uint32 private constant WINTER = 20_751 * 96 + 4;
    uint32 private constant SUMMER = 20_905 * 96 + 4;
    uint256 private constant NOW = 20_600 * 86_400;
    IFlexCalendars private _calendars;

    function setUp() public {
        vm.warp(NOW);
        _deployIdentity();
        _calendars = IFlexCalendars(deploy("FlexCalendars", abi.encode(credentials)));
    }

    function testFuzz_withoutOffsets_isUtc(uint32 period) public view {
        (uint256 day, uint256 quarter) = _calendars.localOf(AREA, DeliveryPeriod.wrap(period));
        vm.assertEq(day, period / 96, "day");
        vm.assertEq(quarter, period % 96, "quarter");
    }

    function test_aDayOfWinterTime_hasAHundredQuarterHours() public {
        _setClocks();
        uint256 first = _periodAt(20_751, 0);
        vm.assertEq(first, 20_751 * 96 - 8, "midnight by summer time");
        vm.assertEq(_periodAt(20_752, 0) - first, 100, "quarter-hours");
        // 02:30 exists twice.
        vm.assertEq(_periodAt(20_751, 10), first + 10, "the first of two");
        vm.assertEq(_periodAt(20_751, 12), first + 16, "03:00 comes once");
        _requireLocal(uint32(first + 10), 20_751, 10);
        _requireLocal(uint32(first + 14), 20_751, 10);
    }

    function test_aDayOfSummerTime_hasNinetyTwo() public {
        _setClocks();
        uint256 first = _periodAt(20_905, 0);
        vm.assertEq(first, 20_905 * 96 - 4, "midnight by winter time");
        vm.assertEq(_periodAt(20_906, 0) - first, 92, "quarter-hours");
        // 02:30 does not exist: it is 03:30.
        vm.assertEq(_periodAt(20_905, 10), _periodAt(20_905, 14), "an hour later");
    }

    function testFuzz_periodAt_isTheFirstPeriodOfThatTime(uint32 offset) public {
        _setClocks();
        uint32 period = WINTER - 400 + (offset % (SUMMER - WINTER + 800));
        (uint256 day, uint256 quarter) = _calendars.localOf(AREA, DeliveryPeriod.wrap(period));
        uint256 found = _periodAt(day, quarter);
        vm.assertTrue(found == period || found + 4 == period, "that one, or the one an hour before");
    }

    function test_setUtcOffset_revertsForWhatCannotBe() public {
        _setClocks();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexCalendars.FlexCalendarsTooLate.selector, DeliveryPeriod.wrap(SUMMER))
        );
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(SUMMER), 8);
        vm.warp((uint256(SUMMER) + 8) * 900);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexCalendars.FlexCalendarsTooLate.selector,
                DeliveryPeriod.wrap(SUMMER + 8)
            )
        );
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(SUMMER + 8), 4);
        vm.expectRevert(abi.encodeWithSelector(IFlexCalendars.FlexCalendarsInvalidOffset.selector, int8(57)));
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(SUMMER + 9), 57);
    }

    function test_isDayOff_onWeekendsAndHolidays() public {
        // 2026-10-24 is a Saturday.
        vm.assertFalse(_calendars.isDayOff(AREA, 20_749), "Friday");
        vm.assertTrue(_calendars.isDayOff(AREA, 20_750), "Saturday");
        vm.assertTrue(_calendars.isDayOff(AREA, 20_751), "Sunday");
        vm.assertFalse(_calendars.isDayOff(AREA, 20_752), "Monday");
        uint32[] memory holidays = new uint32[](1);
        holidays[0] = 20_752;
        _calendars.setHolidays(AREA, holidays);
        vm.assertTrue(_calendars.isDayOff(AREA, 20_752), "holiday");
        vm.assertFalse(_calendars.isDayOff(OTHER_AREA, 20_752), "of its area alone");
        holidays[0] = 20_600;
        vm.expectRevert(abi.encodeWithSelector(IFlexCalendars.FlexCalendarsDayOver.selector, uint32(20_600)));
        _calendars.setHolidays(AREA, holidays);
    }

    function _setClocks() private {
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(20_541 * 96 + 4), 8);
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(WINTER), 4);
        _calendars.setUtcOffset(AREA, DeliveryPeriod.wrap(SUMMER), 8);
    }

    function _periodAt(uint256 day, uint256 quarter) private view returns (uint256) {
        return DeliveryPeriod.unwrap(_calendars.periodAt(AREA, day, quarter));
    }

    function _requireLocal(uint32 period, uint256 day, uint256 quarter) private view {
        (uint256 foundDay, uint256 foundQuarter) = _calendars.localOf(AREA, DeliveryPeriod.wrap(period));
        vm.assertEq(foundDay, day, "day");
        vm.assertEq(foundQuarter, quarter, "quarter");
    }
}
