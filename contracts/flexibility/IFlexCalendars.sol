// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod} from "../types/Types.sol";

/// @notice The local days of an area, by which baselines find similar days: how far the clock on the wall is ahead of
/// UTC, and which days are holidays, as in services/domain/flexibility/baseline/local-calendar.ts. Only what is to
/// come is ever set, so that no baseline that was found changes.
/// @dev Local days are counted from 1970-01-01; quarter-hours of a day from 0 at midnight.
interface IFlexCalendars {
    event UtcOffsetSet(AreaId indexed area, DeliveryPeriod indexed from, int8 quarters);
    event HolidaysSet(AreaId indexed area, uint32[] localDays);

    /// @notice Offsets ascend, and are of periods to come; the first one of an area may be of the past.
    error FlexCalendarsTooLate(DeliveryPeriod from);
    /// @notice Clocks are 14 hours ahead of UTC at most, or 12 behind.
    error FlexCalendarsInvalidOffset(int8 quarters);
    error FlexCalendarsDayOver(uint32 localDay);

    /// @notice From a period on the clock on the wall is so many quarter-hours ahead of UTC. Before an area's first
    /// offset that one holds, and without any UTC does.
    /// @custom:access credential DSO of the area
    function setUtcOffset(AreaId area, DeliveryPeriod from, int8 quarters) external;
    /// @notice Public holidays, which are days off as weekends are; of days after the present UTC day.
    /// @custom:access credential DSO of the area
    function setHolidays(AreaId area, uint32[] calldata localDays) external;

    function localOf(
        AreaId area,
        DeliveryPeriod period
    ) external view returns (uint256 localDay, uint256 quarter);
    /// @notice The period that starts then by the clock on the wall: of a quarter-hour that exists twice the first
    /// one, and of one that the clock skips the one that comes later by as much.
    function periodAt(AreaId area, uint256 localDay, uint256 quarter) external view returns (DeliveryPeriod);
    function isDayOff(AreaId area, uint256 localDay) external view returns (bool);
}
