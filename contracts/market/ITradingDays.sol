// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, EnergyWh, MemberId, Price, TradingDay} from "../types/Types.sol";

/// @notice The keys that may trade on a day, each with its limits and with what it may put at risk in one session.
/// @dev They are kept as pages of contract code: byte 0x00, then entries of 38 bytes, big-endian: memberId 3, key 20,
/// sides 1 (bit 0 bids, bit 1 offers), validPeriods 1, quantityLimit 4, lowestPrice 2 and highestPrice 2 (numbers of
/// ticks above the lowest price of the market), allowance 5. Entries ascend by member, a member's own key before its
/// delegated one; the index of an entry counts from 0 through all pages of the day.
///
/// Allowance, in micro-euro: floor(min(floor(funds / 4), funds - locked) / 96), where funds is the member's balance
/// and credit line (zero where it is in debt) and locked is what its other open days have locked: their allowances
/// times 96. A day is open from its first page until its initial settlement run is paid, and at most four are: so
/// what a member may lose in all open sessions never exceeds its funds, and no order has to be counted against them
/// one by one.
interface ITradingDays {
    /// @param sides Bit 0 for bids, bit 1 for offers.
    /// @param validPeriods The key trades in so many delivery periods of the day, from its first on.
    /// @param quantityLimit The most that one order may ask for or offer, in Wh.
    /// @param allowance Micro-euro that the member may put at risk in one session, by all its keys together.
    struct Entry {
        MemberId memberId;
        address key;
        uint8 sides;
        uint8 validPeriods;
        EnergyWh quantityLimit;
        Price lowestPrice;
        Price highestPrice;
        uint40 allowance;
    }

    /// @param page Number of the page, from 0.
    /// @param code Contract whose code is the page; it counts in sessions whose gate closes after this event.
    /// @param entryCount Entries on this page.
    /// @param membersSeen Members of the area that this and earlier pages have considered.
    event KeysPublished(
        AreaId indexed area,
        TradingDay indexed day,
        uint32 page,
        address code,
        uint32 entryCount,
        uint32 membersSeen
    );
    /// @notice What the day had locked of its members' funds is free again.
    event DayReleased(AreaId indexed area, TradingDay indexed day);

    /// @notice Keys are published from `opening` on, a day before the day begins.
    error TradingDaysTooEarly(TradingDay day, uint256 opening, uint256 time);
    error TradingDaysOver(TradingDay day, uint256 end, uint256 time);
    /// @notice No delivery period of the day is traded in the area.
    error TradingDaysNotTraded(AreaId area, TradingDay day);
    /// @notice Every member of the area has been considered already.
    error TradingDaysComplete(AreaId area, TradingDay day);
    /// @notice So many days of the area wait for their settlement that no further one may open.
    error TradingDaysTooMany(AreaId area, uint256 limit);
    /// @notice The day's initial run is paid already.
    error TradingDaysReleased(AreaId area, TradingDay day);

    /// @notice Writes the day's next page, from a day before the day begins until it ends; goes on where the page
    /// before stopped, so that it is called until the day is complete, and again when members have joined. Anyone may
    /// call it: what a page says is decided by registry and accounts alone.
    /// @param maxMembers Members to consider at most; no fewer than 100 are, so that nobody can make pages too many to
    /// read. A page has at most 600 entries.
    /// @custom:access anyone: registry and accounts alone decide what a page says
    function publishKeys(AreaId area, TradingDay day, uint256 maxMembers) external;
    /// @notice The day's initial run is paid: whatever it locked is free, and no keys are published for it any more.
    /// Does not revert for a day without keys. Restricted to the settlement contract.
    /// @custom:access role SETTLEMENT
    function releaseDay(AreaId area, TradingDay day) external;

    function pagesOf(AreaId area, TradingDay day) external view returns (address[] memory);
    /// @notice The pages that count in a session whose gate closes at `gateClosure`: those published before.
    function pagesBefore(
        AreaId area,
        TradingDay day,
        uint256 gateClosure
    ) external view returns (address[] memory);
    /// @notice Unix time at which the day's first page was published; zero for none.
    function publishedSince(AreaId area, TradingDay day) external view returns (uint256);
    /// @notice At most `count` entries, from the one with index `from`.
    function entriesOf(
        AreaId area,
        TradingDay day,
        uint256 from,
        uint256 count
    ) external view returns (Entry[] memory);
    function entryCountOf(AreaId area, TradingDay day) external view returns (uint256);
    /// @notice What the member may put at risk in each session of the day, in micro-euro; zero where it has no key.
    function allowanceOf(AreaId area, TradingDay day, MemberId memberId) external view returns (uint256);
    /// @notice Whether every member of the area, as of now, has been considered.
    function isPublished(AreaId area, TradingDay day) external view returns (bool);
    /// @notice Ascending by the time at which each was opened.
    function openDaysOf(AreaId area) external view returns (TradingDay[] memory);
    /// @notice What open days have locked of the member's funds, in micro-euro.
    function lockedOf(MemberId memberId) external view returns (uint256);
    /// @notice The same for many members of one area at once, without what the day `except` has locked.
    /// @param memberIds Ascending; somebody of another area has nothing locked here.
    function locksOf(
        AreaId area,
        MemberId[] calldata memberIds,
        TradingDay except
    ) external view returns (uint256[] memory);
}
