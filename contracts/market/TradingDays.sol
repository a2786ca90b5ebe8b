// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {
    AreaId,
    DeliveryPeriod,
    HIGHEST_PRICE,
    LOWEST_PRICE,
    MemberId,
    PERIOD_SECONDS,
    PERIODS_PER_DAY,
    Price,
    TradingDay
} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";

contract TradingDays is ITradingDays, AccessManaged {
    using SafeCast for uint256;

    uint256 private constant DAY_SECONDS = PERIODS_PER_DAY * PERIOD_SECONDS;
    /// @dev Keys are published from so long before a day begins.
    uint256 private constant OPENING_LEAD = 1 days;
    uint256 private constant OPEN_DAY_LIMIT = 4;
    uint256 private constant FEWEST_MEMBERS_PER_PAGE = 100;

    struct Page {
        address code;
        uint40 publishedAt;
    }

    struct Day {
        uint32 membersSeen;
        uint32 entryCount;
        bool isReleased;
        Page[] pages;
    }

    IAreaRegistry private immutable _areaRegistry;
    IMemberRegistry private immutable _memberRegistry;
    IAccounts private immutable _accounts;

    mapping(AreaId area => mapping(TradingDay day => Day)) private _days;
    mapping(AreaId area => TradingDay[]) private _openDays;

    constructor(
        address accessManager,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        IAccounts accounts
    ) AccessManaged(accessManager) {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _accounts = accounts;
    }

    /// @inheritdoc ITradingDays
    function publishKeys(AreaId area, TradingDay day, uint256 maxMembers) external {
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        _requirePublishable(calendar, area, day);
        Day storage keys = _days[area][day];
        IMemberRegistry.Trader[] memory traders = _memberRegistry.tradersOf(
            area,
            keys.membersSeen,
            Math.min(Math.max(maxMembers, FEWEST_MEMBERS_PER_PAGE), KeyPages.ENTRIES_PER_PAGE)
        );
        if (traders.length == 0) revert TradingDaysComplete(area, day);

        uint256 number = keys.pages.length;
        if (number == 0) _open(area, day);
        (bytes memory entries, uint256 seen) = _entriesFor(calendar, area, day, traders);
        uint256 count = entries.length / KeyPages.ENTRY_LENGTH;
        uint256 membersSeen = keys.membersSeen + seen;
        address code = KeyPages.store(entries);
        keys.membersSeen = membersSeen.toUint32();
        keys.entryCount += count.toUint32();
        keys.pages.push(Page(code, block.timestamp.toUint40()));

        emit KeysPublished(area, day, number.toUint32(), code, count.toUint32(), membersSeen.toUint32());
    }

    /// @inheritdoc ITradingDays
    function releaseDay(AreaId area, TradingDay day) external restricted {
        _days[area][day].isReleased = true;
        TradingDay[] storage open = _openDays[area];
        uint256 kept = 0;
        for (uint256 i = 0; i < open.length; ++i) {
            TradingDay other = open[i];
            if (_isSame(other, day)) continue;
            open[kept++] = other;
        }
        if (kept == open.length) return;
        open.pop();

        emit DayReleased(area, day);
    }

    /// @inheritdoc ITradingDays
    function pagesOf(AreaId area, TradingDay day) external view returns (address[] memory) {
        return _pagesBefore(_days[area][day].pages, type(uint256).max);
    }

    /// @inheritdoc ITradingDays
    function pagesBefore(
        AreaId area,
        TradingDay day,
        uint256 gateClosure
    ) external view returns (address[] memory) {
        return _pagesBefore(_days[area][day].pages, gateClosure);
    }

    /// @inheritdoc ITradingDays
    function publishedSince(AreaId area, TradingDay day) external view returns (uint256) {
        Page[] storage pages = _days[area][day].pages;
        return pages.length == 0 ? 0 : pages[0].publishedAt;
    }

    /// @inheritdoc ITradingDays
    function entriesOf(
        AreaId area,
        TradingDay day,
        uint256 from,
        uint256 count
    ) external view returns (Entry[] memory part) {
        bytes memory entries = _load(area, day);
        uint256 total = entries.length / KeyPages.ENTRY_LENGTH;
        part = new Entry[](Math.min(count, Math.saturatingSub(total, from)));
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = KeyPages.decode(entries, from + i);
        }
    }

    /// @inheritdoc ITradingDays
    function entryCountOf(AreaId area, TradingDay day) external view returns (uint256) {
        return _days[area][day].entryCount;
    }

    /// @inheritdoc ITradingDays
    function allowanceOf(AreaId area, TradingDay day, MemberId memberId) external view returns (uint256) {
        return _allowanceOf(area, day, memberId);
    }

    /// @inheritdoc ITradingDays
    function isPublished(AreaId area, TradingDay day) external view returns (bool) {
        Day storage keys = _days[area][day];
        return keys.pages.length != 0 && keys.membersSeen == _memberRegistry.memberCountOf(area);
    }

    /// @inheritdoc ITradingDays
    function openDaysOf(AreaId area) external view returns (TradingDay[] memory) {
        return _openDays[area];
    }

    /// @inheritdoc ITradingDays
    function lockedOf(MemberId memberId) external view returns (uint256 locked) {
        AreaId area = _memberRegistry.areaOf(memberId);
        TradingDay[] storage open = _openDays[area];
        for (uint256 i = 0; i < open.length; ++i) {
            locked += _allowanceOf(area, open[i], memberId) * PERIODS_PER_DAY;
        }
    }

    /// @inheritdoc ITradingDays
    function locksOf(
        AreaId area,
        MemberId[] calldata memberIds,
        TradingDay except
    ) external view returns (uint256[] memory) {
        return _locksOf(area, memberIds, except);
    }

    function _open(AreaId area, TradingDay day) private {
        TradingDay[] storage open = _openDays[area];
        if (open.length >= OPEN_DAY_LIMIT) revert TradingDaysTooMany(area, OPEN_DAY_LIMIT);

        open.push(day);
    }

    function _requirePublishable(
        IAreaRegistry.Calendar memory calendar,
        AreaId area,
        TradingDay day
    ) private view {
        uint256 start = TradingDay.unwrap(day) * DAY_SECONDS;
        if (block.timestamp + OPENING_LEAD < start) {
            revert TradingDaysTooEarly(day, start - OPENING_LEAD, block.timestamp);
        }
        if (block.timestamp >= start + DAY_SECONDS) {
            revert TradingDaysOver(day, start + DAY_SECONDS, block.timestamp);
        }
        if (_days[area][day].isReleased) revert TradingDaysReleased(area, day);
        uint256 firstPeriod = start / PERIOD_SECONDS;
        if (
            DeliveryPeriod.unwrap(calendar.firstPeriod) >= firstPeriod + PERIODS_PER_DAY ||
            DeliveryPeriod.unwrap(calendar.lastPeriod) < firstPeriod
        ) revert TradingDaysNotTraded(area, day);
    }

    /// @return entries Those of the traders that fit on one page.
    /// @return seen How many traders they are of, with those who get none.
    function _entriesFor(
        IAreaRegistry.Calendar memory calendar,
        AreaId area,
        TradingDay day,
        IMemberRegistry.Trader[] memory traders
    ) private view returns (bytes memory entries, uint256 seen) {
        uint256[] memory allowances = _allowancesFor(area, day, traders);
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
            Entry memory entry = _ownEntry(trader, allowances[seen], ownPeriods);
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

    function _allowancesFor(
        AreaId area,
        TradingDay day,
        IMemberRegistry.Trader[] memory traders
    ) private view returns (uint256[] memory allowances) {
        MemberId[] memory memberIds = new MemberId[](traders.length);
        for (uint256 i = 0; i < traders.length; ++i) {
            memberIds[i] = traders[i].memberId;
        }
        uint256[] memory funds = _accounts.fundsOf(memberIds);
        uint256[] memory locks = _locksOf(area, memberIds, day);
        allowances = new uint256[](traders.length);
        for (uint256 i = 0; i < traders.length; ++i) {
            uint256 share = Math.min(funds[i] / OPEN_DAY_LIMIT, Math.saturatingSub(funds[i], locks[i]));
            // More than a million euro a session is as good as without limit.
            allowances[i] = Math.min(share / PERIODS_PER_DAY, type(uint40).max);
        }
    }

    /// @param memberIds Ascending, as the entries of every day.
    function _locksOf(
        AreaId area,
        MemberId[] memory memberIds,
        TradingDay except
    ) private view returns (uint256[] memory locks) {
        locks = new uint256[](memberIds.length);
        TradingDay[] memory open = _openDays[area];
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint256 i = 0; i < open.length; ++i) {
            if (!_isSame(open[i], except)) _addLocks(locks, memberIds, _load(area, open[i]));
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    function _addLocks(
        uint256[] memory locks,
        MemberId[] memory memberIds,
        bytes memory entries
    ) private pure {
        uint256 count = entries.length / KeyPages.ENTRY_LENGTH;
        uint256 position = 0;
        for (uint256 i = 0; i < memberIds.length; ++i) {
            uint256 memberId = MemberId.unwrap(memberIds[i]);
            while (position < count && KeyPages.memberAt(entries, position) < memberId) ++position;
            if (position == count) return;
            if (KeyPages.memberAt(entries, position) == memberId) {
                locks[i] += KeyPages.allowanceAt(entries, position) * PERIODS_PER_DAY;
            }
        }
    }

    function _allowanceOf(AreaId area, TradingDay day, MemberId memberId) private view returns (uint256) {
        Page[] storage pages = _days[area][day].pages;
        for (uint256 i = 0; i < pages.length; ++i) {
            uint256 allowance = KeyPages.allowanceOn(pages[i].code, memberId);
            if (allowance != 0) return allowance;
        }
        return 0;
    }

    function _load(AreaId area, TradingDay day) private view returns (bytes memory) {
        return KeyPages.load(_pagesBefore(_days[area][day].pages, type(uint256).max));
    }

    function _pagesBefore(Page[] storage pages, uint256 time) private view returns (address[] memory codes) {
        uint256 count = pages.length;
        while (count != 0 && pages[count - 1].publishedAt >= time) --count;
        codes = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = pages[i].code;
        }
    }

    function _ownEntry(
        IMemberRegistry.Trader memory trader,
        uint256 allowance,
        uint256 validPeriods
    ) private pure returns (Entry memory) {
        return
            Entry({
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
        Entry memory entry,
        IMemberRegistry.Trader memory trader,
        uint256 validPeriods
    ) private pure returns (Entry memory) {
        IMemberRegistry.Delegation memory delegation = trader.delegation;
        entry.key = delegation.key;
        entry.sides &= delegation.sides;
        entry.validPeriods = uint8(validPeriods);
        entry.quantityLimit = delegation.quantityLimit;
        entry.lowestPrice = delegation.lowestPrice;
        entry.highestPrice = delegation.highestPrice;
        return entry;
    }

    function _isSame(TradingDay left, TradingDay right) private pure returns (bool) {
        return TradingDay.unwrap(left) == TradingDay.unwrap(right);
    }
}
