// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {
    HIGHEST_PRICE,
    LOWEST_PRICE,
    PERIOD_SECONDS,
    PERIODS_PER_DAY,
    Price,
    TradingDay
} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";

/// @dev The entries that members have on a day, by what the registry says of them.
library KeyEntries {
    /// @return entries Those of the traders that fit on one page.
    /// @return seen How many traders they are of, with those who get none.
    function entriesFor(
        IAreaRegistry.Calendar memory calendar,
        TradingDay day,
        IMemberRegistry.Trader[] memory traders,
        uint256[] memory allowances
    ) internal pure returns (bytes memory entries, uint256 seen) {
        // With room for what `put` writes behind the last one.
        entries = new bytes(KeyPages.ENTRIES_PER_PAGE * KeyPages.ENTRY_LENGTH + 32);
        uint256 count = 0;
        for (; seen < traders.length; ++seen) {
            IMemberRegistry.Trader memory trader = traders[seen];
            if (trader.tradingKey == address(0)) continue;
            uint256 ownPeriods = _validPeriodsOf(calendar, day, trader.tradesUntil);
            if (ownPeriods == 0) continue;
            uint256 validPeriods = _delegatedPeriodsOf(calendar, day, trader, ownPeriods);
            if (count + (validPeriods == 0 ? 1 : 2) > KeyPages.ENTRIES_PER_PAGE) break;
            Memory.Pointer free = Memory.getFreeMemoryPointer();
            ITradingDays.Entry memory entry = _ownEntry(trader, allowances[seen], ownPeriods);
            KeyPages.put(entries, count++, entry);
            if (validPeriods != 0) {
                KeyPages.put(entries, count++, _delegatedEntry(entry, trader, validPeriods));
            }
            // Memory taken for one member is given back before the next: its price grows with the square of its size.
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        // Assembly: Solidity cannot shorten an array. What was taken for it is more than what it keeps.
        assembly ("memory-safe") {
            mstore(entries, mul(count, 38))
        }
    }

    function _ownEntry(
        IMemberRegistry.Trader memory trader,
        uint256 allowance,
        uint256 validPeriods
    ) private pure returns (ITradingDays.Entry memory) {
        return
            ITradingDays.Entry({
                memberId: trader.memberId,
                key: trader.tradingKey,
                sides: trader.sides,
                // A day's periods are less than 2^8, an allowance was capped to its 40 bits.
                validPeriods: uint8(validPeriods),
                quantityLimit: trader.quantityLimit,
                lowestPrice: Price.wrap(LOWEST_PRICE),
                highestPrice: Price.wrap(HIGHEST_PRICE),
                allowance: uint40(allowance)
            });
    }

    /// @return In so many periods of the day, from its first on, the member's delegated key trades.
    function _delegatedPeriodsOf(
        IAreaRegistry.Calendar memory calendar,
        TradingDay day,
        IMemberRegistry.Trader memory trader,
        uint256 ownPeriods
    ) private pure returns (uint256) {
        IMemberRegistry.Delegation memory delegation = trader.delegation;
        if (delegation.key == address(0) || delegation.sides & trader.sides == 0) return 0;
        return Math.min(_validPeriodsOf(calendar, day, uint256(delegation.expiry) + 1), ownPeriods);
    }

    /// @return In so many periods of the day, from its first on, a gate closes before `time`.
    function _validPeriodsOf(
        IAreaRegistry.Calendar memory calendar,
        TradingDay day,
        uint256 time
    ) private pure returns (uint256) {
        // Counted from the epoch, then from the day's first.
        uint256 periods = Math.ceilDiv(time + calendar.gateClosureLead, PERIOD_SECONDS);
        return
            Math.min(Math.saturatingSub(periods, TradingDay.unwrap(day) * PERIODS_PER_DAY), PERIODS_PER_DAY);
    }

    /// @dev Makes the entry of the member's own key that of its delegated one.
    function _delegatedEntry(
        ITradingDays.Entry memory entry,
        IMemberRegistry.Trader memory trader,
        uint256 validPeriods
    ) private pure returns (ITradingDays.Entry memory) {
        IMemberRegistry.Delegation memory delegation = trader.delegation;
        entry.key = delegation.key;
        entry.sides &= delegation.sides;
        entry.validPeriods = uint8(validPeriods);
        entry.quantityLimit = delegation.quantityLimit;
        entry.lowestPrice = delegation.lowestPrice;
        entry.highestPrice = delegation.highestPrice;
        return entry;
    }
}
