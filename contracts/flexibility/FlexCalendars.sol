// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, DeliveryPeriod, PERIOD_SECONDS, PERIODS_PER_DAY} from "../types/Types.sol";
import {IFlexCalendars} from "./IFlexCalendars.sol";

contract FlexCalendars is IFlexCalendars, RoleChecked {
    using SafeCast for int256;
    using SafeCast for uint256;

    int8 private constant MOST_AHEAD = 56;
    int8 private constant MOST_BEHIND = -48;
    uint256 private constant DAYS_PER_WEEK = 7;
    /// @dev 1970-01-01 was a Thursday: of days counted from then, these are weekends.
    uint256 private constant SATURDAY = 2;
    uint256 private constant SUNDAY = 3;

    struct Offset {
        uint32 from;
        int8 quarters;
    }

    mapping(AreaId area => Offset[]) private _offsets;
    mapping(AreaId area => mapping(uint256 localDay => bool)) private _holidays;

    constructor(ICredentialRegistry credentialRegistry) RoleChecked(credentialRegistry) {}

    /// @inheritdoc IFlexCalendars
    function setUtcOffset(AreaId area, DeliveryPeriod from, int8 quarters) external onlyRole(Role.DSO, area) {
        if (quarters > MOST_AHEAD || quarters < MOST_BEHIND) revert FlexCalendarsInvalidOffset(quarters);
        Offset[] storage offsets = _offsets[area];
        uint256 start = uint256(DeliveryPeriod.unwrap(from));
        if (offsets.length != 0) {
            bool isToCome = start * PERIOD_SECONDS > block.timestamp;
            if (!isToCome || start <= offsets[offsets.length - 1].from) revert FlexCalendarsTooLate(from);
        }

        offsets.push(Offset(DeliveryPeriod.unwrap(from), quarters));

        emit UtcOffsetSet(area, from, quarters);
    }

    /// @inheritdoc IFlexCalendars
    function setHolidays(AreaId area, uint32[] calldata localDays) external onlyRole(Role.DSO, area) {
        uint256 today = block.timestamp / PERIOD_SECONDS / PERIODS_PER_DAY;
        for (uint256 i = 0; i < localDays.length; ++i) {
            if (localDays[i] <= today) revert FlexCalendarsDayOver(localDays[i]);
            _holidays[area][localDays[i]] = true;
        }

        emit HolidaysSet(area, localDays);
    }

    /// @inheritdoc IFlexCalendars
    function localOf(
        AreaId area,
        DeliveryPeriod period
    ) external view returns (uint256 localDay, uint256 quarter) {
        int256 count = int256(uint256(DeliveryPeriod.unwrap(period)));
        uint256 local = (count + _offsetAt(area, count)).toUint256();
        return (local / PERIODS_PER_DAY, local % PERIODS_PER_DAY);
    }

    /// @inheritdoc IFlexCalendars
    function periodAt(AreaId area, uint256 localDay, uint256 quarter) external view returns (DeliveryPeriod) {
        int256 local = (localDay * PERIODS_PER_DAY + quarter).toInt256();
        int256 day = int256(PERIODS_PER_DAY);
        int256 before = _offsetAt(area, local - day);
        int256 found = before;
        if (_offsetAt(area, local - before) != before) {
            int256 after_ = _offsetAt(area, local + day);
            if (_offsetAt(area, local - after_) == after_) found = after_;
        }
        return DeliveryPeriod.wrap((local - found).toUint256().toUint32());
    }

    /// @inheritdoc IFlexCalendars
    function isDayOff(AreaId area, uint256 localDay) external view returns (bool) {
        uint256 weekday = localDay % DAYS_PER_WEEK;
        return weekday == SATURDAY || weekday == SUNDAY || _holidays[area][localDay];
    }

    /// @dev The latest offset at a count of periods, or the first where that is earlier than all.
    function _offsetAt(AreaId area, int256 count) private view returns (int256 quarters) {
        Offset[] storage offsets = _offsets[area];
        for (uint256 i = offsets.length; i > 0; --i) {
            Offset memory offset = offsets[i - 1];
            quarters = offset.quarters;
            if (int256(uint256(offset.from)) <= count) break;
        }
    }
}
