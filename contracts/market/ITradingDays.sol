// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AreaId,
    DeliveryPeriod,
    EnergyWh,
    MemberId,
    Price,
    TraderNumber,
    TradingDay
} from "../types/Types.sol";

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
///
/// Days are open, as above, until a market operator seals the area's keys, once and for ever. From then on they are
/// sealed: members trade under numbers and keys of that day alone. In the entries of a sealed day the first field is
/// the trader number, from 1 without a gap through all pages, in a sequence that the operator draws; its keys are
/// those that operator and member derive for the day; and allowances are rounded down to a power of two. What else the
/// entries say, the contract compares with registry and accounts: the attributes (the last 15 bytes of an entry) of
/// the page's members, own and delegated entry as one word x of 30 bytes, and those of its traders, y, are the same
/// multiset. They are if and only if prod(r - x) = prod(r - y) as polynomials in r modulo the prime 2^255 - 19. That
/// is tried at one r that follows, by hashing, from all that is compared: polynomials that differ have at most 600
/// roots in common there, so that whoever wants to pass with others has to try some 2^245 pages.
///
/// A sealed page has a second page of contract code, its lock page: byte 0x00, then 8 bytes for each of its members,
/// ascending: memberId 3, allowance 5. Which trader is which member stands in no page. The operator commits to it with
/// the root of a binary Merkle tree of links (see `Link`): one leaf for each member in the sequence of the lock page,
/// keccak256(abi.encode(link)), padded with zeros to a power of two; a node is keccak256(left, right); no leaves have
/// the root zero. Whoever knows a link can reveal it, for that day and member alone. That the entries of a link's
/// trader are those of its member, and its keys derived from the member's, is between operator and member: nobody else
/// sees it before.
interface ITradingDays {
    /// @param memberId On sealed days the trader number.
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

    /// @notice Which member a trader of a sealed day is.
    /// @param key The trader's own key on the page; `delegatedKey` its delegated one, zero without.
    /// @param registeredKey The member's trading key of the member registry of which `key` was derived;
    /// `registeredDelegate` the one to which it delegates, likewise.
    /// @param salt Random: without it nobody finds the link by trying.
    struct Link {
        AreaId area;
        TradingDay day;
        TraderNumber trader;
        MemberId memberId;
        address key;
        address registeredKey;
        address delegatedKey;
        address registeredDelegate;
        bytes32 salt;
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
    /// @notice From now on the days of the area are sealed, but for those that have keys already.
    event KeysSealed(AreaId indexed area);
    /// @notice The page of this number is sealed. Comes with its `KeysPublished`.
    /// @param lockCode Contract whose code is the lock page.
    event PageSealed(
        AreaId indexed area,
        TradingDay indexed day,
        uint32 page,
        address lockCode,
        bytes32 linksRoot
    );
    /// @notice Everybody may know now which member the trader of this day is.
    event TraderRevealed(
        AreaId indexed area,
        TradingDay indexed day,
        TraderNumber indexed trader,
        MemberId memberId
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
    /// @notice The area's keys are sealed already.
    error TradingDaysAlreadySealed(AreaId area);
    /// @notice The day's keys are sealed: only a market operator publishes the rest of them.
    error TradingDaysSealed(AreaId area, TradingDay day);
    /// @notice The area's keys are not sealed, or those of this day are published openly.
    error TradingDaysNotSealed(AreaId area, TradingDay day);
    /// @notice The market operator has time for the day's first sealed page until `deadline`; then anyone publishes
    /// the day's keys openly.
    error TradingDaysOperatorInTime(TradingDay day, uint256 deadline, uint256 time);
    /// @notice The entries are not as many, or do not say the same, as those of the page's members, as registry and
    /// accounts have them now.
    error TradingDaysWrongEntries(AreaId area, TradingDay day);
    /// @notice The entry at this position of the page has a number that is out of its turn: `expected` is next.
    error TradingDaysWrongTrader(uint256 position, TraderNumber trader, TraderNumber expected);
    error TradingDaysNoKey(uint256 position);
    /// @notice The page is not sealed, or the link is not the one of its member to which the page is committed.
    error TradingDaysWrongLink(uint256 page, MemberId memberId);
    /// @notice The link's keys are not those of the trader on that page.
    error TradingDaysWrongKeys(TraderNumber trader, address key, address delegatedKey);
    /// @notice The trader is revealed as another member: of two links of one trader the first counts.
    error TradingDaysTraderTaken(TraderNumber trader, MemberId memberId);

    /// @notice Writes the day's next page, from a day before the day begins until it ends; goes on where the page
    /// before stopped, so that it is called until the day is complete, and again when members have joined. Anyone may
    /// call it: what a page says is decided by registry and accounts alone. Where the area's keys are sealed, only for
    /// a day that has no keys yet an hour after it began and was sealed: an operator that withholds keys stops nobody.
    /// @param maxMembers Members to consider at most; no fewer than 100 are, so that nobody can make pages too many to
    /// read. A page has at most 600 entries.
    /// @custom:access anyone: registry and accounts alone decide what a page says
    function publishKeys(AreaId area, TradingDay day, uint256 maxMembers) external;
    /// @notice From now on, and for ever, the area's days are sealed, but for those that have keys already. By a market
    /// operator of the area, who is then its registrar.
    /// @custom:access credential MarketOperator of the area
    function sealKeys(AreaId area) external;
    /// @notice Writes the next page of a sealed day: as `publishKeys`, for the same members. By a market operator of
    /// the area.
    /// @param entries The page, 38 bytes each, as `nextEntriesOf` has it but for trader numbers, keys and sequence.
    /// @param linksRoot Root of the links of the page's members.
    /// @custom:access credential MarketOperator of the area
    function publishSealedKeys(
        AreaId area,
        TradingDay day,
        uint256 maxMembers,
        bytes calldata entries,
        bytes32 linksRoot
    ) external;
    /// @notice Reveals which member a trader of a sealed day is: member and registrar alone know enough for it. A
    /// revocation of the keys from which the trader's are derived counts from then on, as of its own time. Revealing
    /// it again changes nothing.
    /// @param page Number of the page that has the member.
    /// @param siblings From the leaf upwards; the leaf's index is the member's place on the lock page.
    /// @custom:access anyone: nothing is revealed but the link to which the page is committed
    function revealTrader(uint256 page, Link calldata link, bytes32[] calldata siblings) external;
    /// @notice The day's initial run is paid: whatever it locked is free, and no keys are published for it any more.
    /// Does not revert for a day without keys. Restricted to the settlement contract.
    /// @custom:access role SETTLEMENT
    function releaseDay(AreaId area, TradingDay day) external;

    /// @notice Unix time at which the area's keys were sealed; zero where they are not.
    function sealedSince(AreaId area) external view returns (uint256);
    /// @notice Whether the day's keys are sealed, or are to be where there are none yet.
    function isSealedDay(AreaId area, TradingDay day) external view returns (bool);
    /// @notice The entries that `publishKeys` would write, were the day open, on a page of the day that is sealed: for
    /// the operator to give them trader numbers, the day's keys and another sequence.
    function nextEntriesOf(
        AreaId area,
        TradingDay day,
        uint256 maxMembers
    ) external view returns (bytes memory entries);
    function linksRootOf(AreaId area, TradingDay day, uint256 page) external view returns (bytes32);
    /// @notice The member's trader number of the day; zero for none.
    /// @return trader On an open day the member's id, whether or not it has keys.
    /// @return isKnown False where the day is sealed and the member has keys, but was not revealed.
    function traderOf(
        AreaId area,
        TradingDay day,
        MemberId memberId
    ) external view returns (TraderNumber trader, bool isKnown);
    /// @notice Which member the trader is: on an open day the one of that id, on a sealed one zero until revealed.
    function memberOf(AreaId area, TradingDay day, TraderNumber trader) external view returns (MemberId);
    /// @notice Which keys a trader of a sealed day trades with in the period, zero for none: its own, and its
    /// delegated one. Without those that are known to be revoked, and without any where the day is open.
    function keysOf(
        AreaId area,
        DeliveryPeriod period,
        TraderNumber trader
    ) external view returns (bool isSealed, address key, address delegatedKey);
    /// @notice Unix time from which the day's key has signed nothing for the trader, as it stood at `time`: see
    /// IMemberRegistry. On a sealed day it is that of the key from which it was derived, and zero until the trader is
    /// revealed.
    function keyRevokedAt(
        AreaId area,
        TradingDay day,
        TraderNumber trader,
        address key,
        uint256 time
    ) external view returns (uint32);
    /// @notice How many traders of a sealed day are revealed.
    function revealedCountOf(AreaId area, TradingDay day) external view returns (uint256);
    /// @notice Bit `trader % 256` of word `trader / 256` is set when the trader of a sealed day is revealed.
    function revealedBits(AreaId area, TradingDay day, uint256 word) external view returns (uint256);
    /// @notice The pages that say what the day locks: lock pages of a sealed day, the pages themselves of an open one.
    /// @return pages Ascending by member through all of them.
    /// @return entryLength Bytes of an entry, whose first 3 are the member and whose last 5 the allowance.
    function lockPagesOf(
        AreaId area,
        TradingDay day
    ) external view returns (address[] memory pages, uint256 entryLength);
    function pagesOf(AreaId area, TradingDay day) external view returns (address[] memory);
    /// @notice The pages that count in a session whose gate closes at `gateClosure`: those published before.
    /// @return pages In the sequence of their publication.
    /// @return isSealed Whether they are sealed.
    function pagesBefore(
        AreaId area,
        TradingDay day,
        uint256 gateClosure
    ) external view returns (address[] memory pages, bool isSealed);
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
