// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {Role} from "../types/MarketRoles.sol";
import {
    AreaId,
    DeliveryPeriod,
    MemberId,
    PERIOD_SECONDS,
    PERIODS_PER_DAY,
    TradingDay
} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyEntries} from "./KeyEntries.sol";
import {KeyPages} from "./KeyPages.sol";
import {SealedKeys} from "./SealedKeys.sol";
import {SealedPages} from "./SealedPages.sol";

contract TradingDays is SealedKeys, AccessManaged {
    using SafeCast for uint256;

    uint256 private constant DAY_SECONDS = PERIODS_PER_DAY * PERIOD_SECONDS;
    /// @dev Keys are published from so long before a day begins.
    uint256 private constant OPENING_LEAD = 1 days;
    /// @dev So long after a day begins, and the keys were sealed, a day without keys is published openly.
    uint256 private constant SEALING_DEADLINE = 1 hours;
    uint256 private constant OPEN_DAY_LIMIT = 4;
    uint256 private constant FEWEST_MEMBERS_PER_PAGE = 100;

    IAreaRegistry private immutable _areaRegistry;
    IAccounts private immutable _accounts;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        IAccounts accounts
    ) AccessManaged(accessManager) SealedKeys(memberRegistry, credentialRegistry) {
        _areaRegistry = areaRegistry;
        _accounts = accounts;
    }

    /// @inheritdoc ITradingDays
    function publishKeys(AreaId area, TradingDay day, uint256 maxMembers) external {
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        _requirePublishable(calendar, area, day);
        _requireOpenPage(area, day);
        (bytes memory entries, uint256 seen) = _nextEntries(calendar, area, day, maxMembers, false);

        _addPage(area, day, entries, seen, false);
    }

    /// @inheritdoc ITradingDays
    function publishSealedKeys(
        AreaId area,
        TradingDay day,
        uint256 maxMembers,
        bytes calldata entries,
        bytes32 linksRoot
    ) external onlyRole(Role.MarketOperator, area) {
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        _requirePublishable(calendar, area, day);
        _requireSealedDay(area, day);
        (bytes memory expected, uint256 seen) = _nextEntries(calendar, area, day, maxMembers, true);
        bytes memory submitted = entries;
        Day storage keys = _days[area][day];
        uint256 traders = SealedPages.countTraders(submitted, keys.traders);
        if (!SealedPages.isSame(expected, submitted)) revert TradingDaysWrongEntries(area, day);

        uint32 page = _addPage(area, day, submitted, seen, true);
        address lockCode = KeyPages.store(SealedPages.locksOf(expected));
        keys.traders = traders.toUint24();
        keys.seals.push(Seal(lockCode, linksRoot));

        emit PageSealed(area, day, page, lockCode, linksRoot);
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
    function nextEntriesOf(
        AreaId area,
        TradingDay day,
        uint256 maxMembers
    ) external view returns (bytes memory entries) {
        _requireSealedDay(area, day);
        (entries, ) = _nextEntries(_areaRegistry.calendarOf(area), area, day, maxMembers, true);
    }

    /// @return page The number of the page.
    function _addPage(
        AreaId area,
        TradingDay day,
        bytes memory entries,
        uint256 seen,
        bool isSealed
    ) private returns (uint32 page) {
        Day storage keys = _days[area][day];
        page = keys.pages.length.toUint32();
        if (page == 0) _open(area, day);
        uint256 count = entries.length / KeyPages.ENTRY_LENGTH;
        address code = KeyPages.store(entries);
        keys.membersSeen = (keys.membersSeen + seen).toUint32();
        keys.entryCount += count.toUint32();
        keys.pages.push(Page(code, block.timestamp.toUint40(), isSealed));

        emit KeysPublished(area, day, page, code, count.toUint32(), keys.membersSeen);
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

    /// @dev A day goes on as it began; one that has not is sealed where the area's are, for so long as the operator
    /// has time.
    function _requireOpenPage(AreaId area, TradingDay day) private view {
        if (!_isSealedDay(area, day)) return;
        if (_days[area][day].pages.length != 0) revert TradingDaysSealed(area, day);
        uint256 start = TradingDay.unwrap(day) * DAY_SECONDS;
        uint256 deadline = Math.max(start, _sealedAt[area]) + SEALING_DEADLINE;
        if (block.timestamp < deadline) revert TradingDaysOperatorInTime(day, deadline, block.timestamp);
    }

    function _requireSealedDay(AreaId area, TradingDay day) private view {
        if (!_isSealedDay(area, day)) revert TradingDaysNotSealed(area, day);
    }

    /// @return entries What an open page would say of the next members, as many as fit.
    /// @return seen How many members these are, with those who get no entry.
    function _nextEntries(
        IAreaRegistry.Calendar memory calendar,
        AreaId area,
        TradingDay day,
        uint256 maxMembers,
        bool isSealed
    ) private view returns (bytes memory entries, uint256 seen) {
        IMemberRegistry.Trader[] memory traders = _memberRegistry.tradersOf(
            area,
            _days[area][day].membersSeen,
            Math.min(Math.max(maxMembers, FEWEST_MEMBERS_PER_PAGE), KeyPages.ENTRIES_PER_PAGE)
        );
        if (traders.length == 0) revert TradingDaysComplete(area, day);
        uint256[] memory allowances = _allowancesFor(area, day, traders);
        if (isSealed) _roundDown(allowances);
        return KeyEntries.entriesFor(calendar, day, traders, allowances);
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

    /// @dev To powers of two, so that an allowance tells little of what its member has.
    function _roundDown(uint256[] memory allowances) private pure {
        for (uint256 i = 0; i < allowances.length; ++i) {
            if (allowances[i] != 0) allowances[i] = 1 << Math.log2(allowances[i]);
        }
    }
}
