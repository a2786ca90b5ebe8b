// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {DeliveryPeriod, PERIOD_SECONDS, PERIODS_PER_DAY, TradingDay} from "../types/Types.sol";

/// @dev The delivery periods of a day that an area trades: all of them, but for the area's first and last day.
library TradedPeriods {
    /// @return first The first of them; without meaning where there is none.
    /// @return count How many follow one another from there on.
    function tradedPeriodsOf(
        IAreaRegistry.Calendar memory calendar,
        TradingDay day
    ) internal pure returns (uint256 first, uint256 count) {
        first = TradingDay.unwrap(day) * PERIODS_PER_DAY;
        uint256 end = first + PERIODS_PER_DAY;
        uint256 opening = DeliveryPeriod.unwrap(calendar.firstPeriod);
        uint256 closing = uint256(DeliveryPeriod.unwrap(calendar.lastPeriod)) + 1;
        if (opening > first) first = opening;
        if (closing < end) end = closing;
        count = end > first ? end - first : 0;
    }

    /// @return Unix time at which the day is over.
    function endOf(TradingDay day) internal pure returns (uint256) {
        return (uint256(TradingDay.unwrap(day)) + 1) * PERIODS_PER_DAY * PERIOD_SECONDS;
    }
}
