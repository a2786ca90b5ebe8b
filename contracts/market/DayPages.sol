// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {AreaId, MemberId, PERIODS_PER_DAY, TradingDay} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";

/// @dev The pages of each day, and what open days have locked by them.
abstract contract DayPages is ITradingDays {
    /// @param isSealed The same for all pages of a day.
    struct Page {
        address code;
        uint40 publishedAt;
        bool isSealed;
    }

    /// @dev What a sealed page has besides.
    struct Seal {
        address lockCode;
        bytes32 linksRoot;
    }

    /// @param traders Numbers that a sealed day has given so far.
    /// @param seals As many as pages on a sealed day; none on an open one.
    struct Day {
        uint32 membersSeen;
        uint32 entryCount;
        bool isReleased;
        uint24 traders;
        Page[] pages;
        Seal[] seals;
    }

    IMemberRegistry internal immutable _memberRegistry;

    mapping(AreaId area => mapping(TradingDay day => Day)) internal _days;
    mapping(AreaId area => TradingDay[]) internal _openDays;

    constructor(IMemberRegistry memberRegistry) {
        _memberRegistry = memberRegistry;
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
    ) external view returns (address[] memory pages, bool isSealed) {
        Day storage keys = _days[area][day];
        return (_pagesBefore(keys.pages, gateClosure), _isSealed(keys));
    }

    /// @inheritdoc ITradingDays
    function lockPagesOf(
        AreaId area,
        TradingDay day
    ) external view returns (address[] memory pages, uint256 entryLength) {
        return _lockPagesOf(area, day);
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
        bytes memory entries = KeyPages.load(_pagesBefore(_days[area][day].pages, type(uint256).max));
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
    function isPublished(AreaId area, TradingDay day) external view returns (bool) {
        Day storage keys = _days[area][day];
        return keys.pages.length != 0 && keys.membersSeen == _memberRegistry.memberCountOf(area);
    }

    /// @inheritdoc ITradingDays
    function openDaysOf(AreaId area) external view returns (TradingDay[] memory) {
        return _openDays[area];
    }

    /// @inheritdoc ITradingDays
    function allowanceOf(AreaId area, TradingDay day, MemberId memberId) external view returns (uint256) {
        return _allowanceOf(area, day, memberId);
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

    /// @param memberIds Ascending, as the locks of every day.
    function _locksOf(
        AreaId area,
        MemberId[] memory memberIds,
        TradingDay except
    ) internal view returns (uint256[] memory locks) {
        locks = new uint256[](memberIds.length);
        TradingDay[] memory open = _openDays[area];
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint256 i = 0; i < open.length; ++i) {
            if (!_isSame(open[i], except)) {
                (address[] memory pages, uint256 entryLength) = _lockPagesOf(area, open[i]);
                _addLocks(locks, memberIds, KeyPages.load(pages), entryLength);
            }
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    function _lockPagesOf(
        AreaId area,
        TradingDay day
    ) internal view returns (address[] memory pages, uint256 entryLength) {
        Day storage keys = _days[area][day];
        if (!_isSealed(keys)) {
            return (_pagesBefore(keys.pages, type(uint256).max), KeyPages.ENTRY_LENGTH);
        }
        Seal[] storage seals = keys.seals;
        pages = new address[](seals.length);
        for (uint256 i = 0; i < pages.length; ++i) {
            pages[i] = seals[i].lockCode;
        }
        entryLength = KeyPages.LOCK_LENGTH;
    }

    /// @return Whether the day has keys, and these are sealed.
    function _isSealed(Day storage keys) internal view returns (bool) {
        return keys.pages.length != 0 && keys.pages[0].isSealed;
    }

    function _isSame(TradingDay left, TradingDay right) internal pure returns (bool) {
        return TradingDay.unwrap(left) == TradingDay.unwrap(right);
    }

    function _allowanceOf(AreaId area, TradingDay day, MemberId memberId) private view returns (uint256) {
        (address[] memory pages, uint256 entryLength) = _lockPagesOf(area, day);
        for (uint256 i = 0; i < pages.length; ++i) {
            uint256 allowance = KeyPages.allowanceOn(pages[i], memberId, entryLength);
            if (allowance != 0) return allowance;
        }
        return 0;
    }

    function _pagesBefore(Page[] storage pages, uint256 time) private view returns (address[] memory codes) {
        uint256 count = pages.length;
        while (count != 0 && pages[count - 1].publishedAt >= time) --count;
        codes = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = pages[i].code;
        }
    }

    /// @param entryLength Bytes of an entry of `entries`.
    function _addLocks(
        uint256[] memory locks,
        MemberId[] memory memberIds,
        bytes memory entries,
        uint256 entryLength
    ) private pure {
        uint256 count = entries.length / entryLength;
        uint256 position = 0;
        for (uint256 i = 0; i < memberIds.length; ++i) {
            uint256 memberId = MemberId.unwrap(memberIds[i]);
            while (position < count && KeyPages.numberAt(entries, position, entryLength) < memberId) {
                ++position;
            }
            if (position == count) return;
            if (KeyPages.numberAt(entries, position, entryLength) == memberId) {
                locks[i] += KeyPages.allowanceAt(entries, position, entryLength) * PERIODS_PER_DAY;
            }
        }
    }
}
