// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {AreaId, DeliveryPeriod} from "../types/Types.sol";

/// @dev Which version of a period's readings counts for a run, and what flowed by one.
library ReadingVersions {
    /// @dev Of the second at which the versions were looked at, either came first.
    /// @param stated Which version was taken.
    function countingAt(
        IMeterReadings meterReadings,
        AreaId area,
        DeliveryPeriod period,
        uint256 readingsAt,
        uint8 stated
    ) internal view returns (uint8 version) {
        version = _versionAt(meterReadings, area, period, readingsAt);
        if (stated >= version) return version;
        return stated >= _versionAt(meterReadings, area, period, readingsAt - 1) ? stated : version;
    }

    /// @return Wh imported less Wh exported. A register that ran backwards counted nothing.
    function flowOf(IMeterReadings.Reading memory reading) internal pure returns (int256) {
        return
            int256(Math.saturatingSub(reading.importEnd, reading.importStart)) -
            int256(Math.saturatingSub(reading.exportEnd, reading.exportStart));
    }

    /// @return The latest version at that time, or the first of all where it came later.
    function _versionAt(
        IMeterReadings meterReadings,
        AreaId area,
        DeliveryPeriod period,
        uint256 time
    ) private view returns (uint8) {
        try meterReadings.versionAt(area, period, time) returns (uint8 version) {
            return version;
        } catch {
            return 0;
        }
    }
}
