// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, FlexOrderId, MemberId, Money, TradingDay} from "../types/Types.sol";

/// @notice Whoever holds a leaf of a day's flex settlement proves here that what was committed breaks a rule: the run
/// is then void, to be committed anew, and the challenger gets 10 EUR out of the operator's bond. A challenge of what
/// is right costs its sender 10 EUR, which go to the bond. Within the area's challenge window, by an active member of
/// the area of whatever kind, and by one that is active no more where its own leaf is challenged.
/// @dev Four kinds of trees (see MerkleSumTree), all but readings by the market operator.
///
/// Assets of an order in a period: one leaf for each member that was in the order's portfolio for its product when
/// the period began, ascending by member. Leaf, big-endian: memberId 3, baseline 8, realised 8 (both signed Wh,
/// positive towards the member), quality 1 (0 metered, 1 estimated, 2 no reading), readingVersion 1, asked 8 (Wh
/// dispatched to it), attributed 8, before 8, missingBefore 8, delivered 8, revenue 8, penalty 8, source 32, salt 32.
/// Its response is baseline less realised, in the order's direction; zero without reading or source, and an estimated
/// one never above zero. Its sums are the Wh moved along, max(0, response - attributed), and the Wh moved against,
/// max(0, -response). - attributed: Wh that the member has delivered in the period under orders that come before (see
/// `outcomesOf` in services/domain/flexibility/conflict: the narrower level, a DSO before a TSO, the earlier order),
/// so that nothing is sold twice; 2^64 - 1 where one of these was in the other direction: its response is then zero.
/// - before: Wh moved along by the leaves before it; missingBefore: Wh missing of what these were asked, where each
/// misses max(0, asked - (along - against)). - delivered, revenue and penalty are its parts by cumulative rounding:
/// of the order's delivered Wh by Wh along, of its payment less the portfolio's fee by Wh delivered, of its penalty
/// by Wh missing. What nobody has is the aggregator's. - source: keccak256 of how the baseline was found (see
/// IFlexBaselines); zero where there is none, and it is zero then.
///
/// Statements of a day: one leaf for each member that is in an asset tree of the day, each aggregator that is paid or
/// pays, and the supplier, ascending by member; none for buyers. Leaf: memberId 3, day 4, entriesRoot 32, charges 8,
/// credits 8, salt 32. Its payment is charges - credits; its sums are the payment where positive, and its amount
/// where negative.
///
/// Entries of a statement: one leaf for each of the day's 96 periods. Leaf: delivered 8, revenue 8, penalty 8,
/// correction 8 (signed), salt 32. Its sums are what is charged, penalty + max(0, correction), and what is credited,
/// revenue + max(0, -correction); those of the root are the statement's charges and credits. - Of a household: the
/// sums of its leaves of the period, and the correction of its imbalance for what it delivered. - Of an aggregator:
/// the Wh that its orders delivered; what it keeps of their payments, what it pays of their penalties and as
/// compensation to the supplier; no correction. Availability of its reservations that the run pays is not in an
/// entry, but is added to the statement's credits. - Of the supplier: compensations as revenue, and the corrections
/// of all members as its own with the opposite sign.
///
/// What the ledger cannot prove, and only an audit (or the grid operator, by its own readings) finds: `asked`; a
/// reading that a leaf invents where there is none; that a baseline was found by a method's fallback although the
/// method could be used, that of the eligible days others should have been taken, and baselines by control group;
/// shares by Shapley; availability below what was proved; the corrections in the supplier's entries (as payments sum
/// to zero, what the supplier pays is what all others' provable payments leave).
/// Whoever is not given its leaves, or the last leaf of an order's assets, has nothing to show either.
interface IFlexChallenges {
    struct Asset {
        MemberId memberId;
        int64 baseline;
        int64 realised;
        uint8 quality;
        uint8 readingVersion;
        uint64 asked;
        uint64 attributed;
        uint64 before;
        uint64 missingBefore;
        uint64 delivered;
        uint64 revenue;
        uint64 penalty;
        bytes32 source;
        bytes32 salt;
    }

    /// @param a First sum of the leaf as committed, whether or not it is the leaf's own; `b` the second.
    /// @param siblings As in IChallenges.
    struct AssetProof {
        Asset leaf;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    struct Statement {
        MemberId memberId;
        TradingDay day;
        bytes32 entriesRoot;
        uint64 charges;
        uint64 credits;
        bytes32 salt;
    }

    struct StatementProof {
        Statement leaf;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    struct Entry {
        uint64 delivered;
        uint64 revenue;
        uint64 penalty;
        Money correction;
        bytes32 salt;
    }

    /// @param position From 0 for the first period of the day.
    struct EntryProof {
        Entry leaf;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    /// @notice One order in one period.
    /// @param deliveries As they were committed; `position` of the order and period among them.
    /// @param periods Packed periods of the order.
    struct CallProof {
        bytes deliveries;
        uint256 position;
        bytes periods;
    }

    /// @notice What was challenged was wrong.
    /// @param memberId Whose leaf it was; `orderId` and `period` are zero where it was none of an order or period.
    event FlexChallengeUpheld(
        AreaId indexed area,
        TradingDay indexed day,
        MemberId indexed memberId,
        FlexOrderId orderId,
        DeliveryPeriod period,
        MemberId challenger
    );
    /// @notice What was challenged was right: the challenger's stake went to the operator's bond.
    event FlexChallengeRejected(
        AreaId indexed area,
        TradingDay indexed day,
        MemberId indexed memberId,
        FlexOrderId orderId,
        DeliveryPeriod period,
        MemberId challenger
    );

    error FlexChallengesNotTheMember(MemberId challenger, address caller);
    error FlexChallengesNotCommitted(AreaId area, TradingDay day);
    error FlexChallengesWindowOver(uint256 end, uint256 time);
    error FlexChallengesWrongDeliveries(bytes32 committed, bytes32 submitted);
    error FlexChallengesWrongCall(uint256 position);
    error FlexChallengesWrongOrder(FlexOrderId orderId);
    /// @notice The leaf is not the one at its position of what was committed.
    error FlexChallengesWrongAsset(MemberId memberId, uint256 position);
    error FlexChallengesWrongStatement(MemberId memberId, uint256 position);
    error FlexChallengesWrongEntry(MemberId memberId, uint256 position);
    /// @notice Of each call of the period for which the member is in the portfolio its leaf is shown, and of no
    /// other.
    error FlexChallengesWrongAssetCount(uint256 needed, uint256 given);
    error FlexChallengesNotNeighbours(uint256 left, uint256 right, uint256 count);
    error FlexChallengesNotAHousehold(MemberId memberId);
    error FlexChallengesNotAnAggregator(MemberId memberId);
    error FlexChallengesTraderUnknown(AreaId area, TradingDay day, MemberId memberId);
    error FlexChallengesWrongFills(bytes32 committed, bytes32 submitted);
    error FlexChallengesWrongPayments(bytes32 committed, bytes32 submitted);
    error FlexChallengesWrongAvailability(bytes32 committed, bytes32 submitted);
    error FlexChallengesWrongNodes(bytes32 committed, bytes32 submitted);

    /// @notice Recomputes a leaf of an order's assets from the figures in it and what the order comes to, that its
    /// member was in the portfolio, and that the tree adds up.
    /// @param last The last leaf of the tree, which tells how much is missing in all.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeAsset(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        AssetProof calldata last
    ) external;
    /// @notice Compares a leaf with the member's committed reading, in the version that counts.
    /// @param evidence A ReadingProof of IFlexBaselines, encoded by the ABI. With memberId 0 there is none, which
    /// holds where the leaf says so or the version has no leaves.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeReading(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        bytes calldata evidence
    ) external;
    /// @notice Compares two leaves that are next to each other: members ascend, and what is missing is carried on.
    /// Also shows that somebody who was in the portfolio was left out between them.
    /// @param left Has memberId 0 where `right` is the first; `right` has where `left` is the last, or both have in a
    /// tree without leaves.
    /// @param leftOut Who should be between them; zero for nobody.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeNeighbours(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata left,
        AssetProof calldata right,
        MemberId leftOut
    ) external;
    /// @notice Recomputes the baseline of a leaf from committed nominations or readings (see IFlexBaselines).
    /// @param source What the leaf's source is the hash of; empty where it is zero.
    /// @param evidence For the method that is named by it.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeBaseline(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        bytes calldata source,
        bytes calldata evidence
    ) external;
    /// @notice Recomputes a household's entry of a period: from its leaves of the period and, where it delivered, its
    /// fills and the tariff. Also shows that energy was attributed twice.
    /// @param assets Its leaves of the period, in the sequence of the deliveries.
    /// @param fills The session's, in chunks as they were cleared; none where it delivered nothing.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeEntry(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        EntryProof calldata entry,
        bytes calldata deliveries,
        AssetProof[] calldata assets,
        bytes[] calldata fills
    ) external;
    /// @notice Recomputes an aggregator's entry of a period from what its orders come to.
    /// @param orders Packed periods of its orders that call anything in the period, in the sequence of the
    /// deliveries.
    /// @param lasts The last leaf of each of these, where it is fined and has leaves, in the same sequence.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeAggregator(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        EntryProof calldata entry,
        bytes calldata deliveries,
        bytes[] calldata orders,
        AssetProof[] calldata lasts
    ) external;
    /// @notice Compares a statement with its entries' committed sums, the availability paid, and its payment.
    /// @param nodes The entries' tree, as in IChallenges.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeStatement(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        bytes calldata nodes,
        bytes calldata availability,
        bytes calldata payments
    ) external;
    /// @notice Shows that statements do not ascend, or that somebody who has a payment, or is in an order's assets,
    /// has none: `left` and `right` are next to each other, as in `challengeNeighbours`.
    /// @param asset A leaf of whoever was left out; with memberId 0 its payment shows it.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeStatements(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        StatementProof calldata left,
        StatementProof calldata right,
        MemberId leftOut,
        CallProof calldata call,
        AssetProof calldata asset,
        bytes calldata payments
    ) external;
}
