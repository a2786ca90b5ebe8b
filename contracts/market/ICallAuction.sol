// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, EnergyWh, MemberId, Price} from "../types/Types.sol";

/// @notice One call auction per market area and delivery period: sealed until gate closure, then cleared at one price
/// that this contract verifies.
/// @dev An order is EIP-712 data in the domain ("Commonwatt", "1", chain, this contract), of the type `Order(uint8
/// product,uint32 area,uint24 trader,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,uint32
/// expiry,uint64 salt,bytes32 terms)`. Of two orders of one member, side and period the one with the greater salt
/// counts; one for no quantity wants nothing, and so cancels.
///
/// Packed order, 84 bytes, big-endian: index of the signing key's entry in ITradingDays 2, quantity 4 with the top bit
/// set for an offer, limit price as number of its tick 2, expiry less gate closure 4, salt 8, r 32, yParityAndS 32
/// (EIP-2098). Its first 20 bytes are its terms. An order's rank is trader * 2, plus 1 for an offer.
///
/// A trader is a member under the number that it has on the day: on sealed days (see ITradingDays) one that is drawn,
/// on open days its own. Only who replaces the operator does so as a member.
///
/// Which orders count in a session:
/// 1. Of the operator's orders, in their sequence, those that are not void. Void is an order whose entry does not
/// exist or was published at or after gate closure; whose rank is not above that of the last one that is not void;
/// that is outside its entry's sides, periods, quantity or prices; whose expiry is beyond 2^32; whose key was revoked
/// at or before gate closure; whose signature is not the key's, or malleable; or that puts more at risk, together with
/// the member's other order of these, than the entry's allowance. Where the operator was replaced, it has none.
/// 2. The orders that were opened on the ledger (at most one of a member and side: the one with the greatest salt).
/// Where both kinds hold one of the same rank, the greater salt counts, at a tie the opened one.
/// 3. Of those that are left, in the sequence of their ranks, an offer does not count that puts more at risk, together
/// with its member's bid, than the allowance.
///
/// A session whose gate closes in a pause (ITradingPause) has no orders at all.
///
/// What an order puts at risk, in micro-euro, rounded up, at the period's rates: a bid quantity * max(0, limit -
/// min(0, feedIn) + platformFee) / 1000, an offer quantity * max(0, -limit, retail - limit) / 1000.
interface ICallAuction {
    enum Side {
        Bid,
        Offer
    }
    enum SessionState {
        Open,
        GateClosed,
        Cleared
    }

    /// @param product Zero, the call auction; `terms` zero. Both leave room for products to come.
    /// @param quantity Wh, below 2^31.
    /// @param expiry Unix time until which the order stands; not before gate closure.
    struct Order {
        uint8 product;
        AreaId area;
        MemberId trader;
        DeliveryPeriod deliveryPeriod;
        Side side;
        EnergyWh quantity;
        Price limitPrice;
        uint32 expiry;
        uint64 salt;
        bytes32 terms;
    }

    /// @notice The sums that prove a price. All zero, with a zero price, claims that nothing crosses.
    /// @param bidsAtOrAbove Wh bid at or above the price; `bidsAbove` strictly above.
    /// @param offersAtOrBelow Wh offered at or below the price; `offersBelow` strictly below.
    struct ClearingClaim {
        Price price;
        uint64 bidsAtOrAbove;
        uint64 bidsAbove;
        uint64 offersAtOrBelow;
        uint64 offersBelow;
    }

    /// @param gateClosedAt Unix time from which on committed orders can be opened; zero while the gate is open.
    /// @param orderCount Orders that the gate was closed with.
    /// @param isReplaced Whether a member replaced the operator: none but opened orders count, and it was fined.
    /// @param isPaused Whether trading was paused at gate closure: no orders count, and none is opened.
    /// @param forcedCommitted Commitments on the ledger, of which `forcedOpened` were opened.
    /// @param forcedOrders Opened orders that stand: of two of one member and side, one.
    /// @param ordersHash Chain over the chunks of the orders that the gate was closed with; zero for none.
    /// @param fillsHash Chain over the fills of every chunk (one at least), once cleared.
    struct Session {
        SessionState state;
        uint32 gateClosedAt;
        uint32 orderCount;
        bool hasTrade;
        bool isReplaced;
        bool isPaused;
        Price price;
        uint64 volume;
        uint16 forcedCommitted;
        uint16 forcedOpened;
        uint16 forcedOrders;
        bytes32 ordersHash;
        bytes32 fillsHash;
    }

    /// @notice The session's orders became binding: these and those opened on the ledger, and no others. It comes
    /// again, for no orders, where the operator is replaced after it closed the gate.
    event GateClosed(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        uint32 orderCount,
        bytes32 ordersHash,
        address closedBy
    );
    /// @notice Trading was paused when the session's gate was to close: it has no orders, whatever was committed.
    event SessionPaused(AreaId indexed area, DeliveryPeriod indexed period);
    /// @notice A lane of the member now holds this commitment, or none where it is zero.
    event OrderCommitted(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        MemberId indexed trader,
        uint8 lane,
        bytes32 commitment
    );
    /// @param terms First 20 bytes of the packed order.
    event OrderOpened(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        MemberId indexed trader,
        Side side,
        bytes20 terms
    );
    /// @notice A chunk was verified against a claim. It means something only where a `SessionCleared` follows that a
    /// later chunk of its sender's, or this one, brought about with the same claim; of a number that appears twice the
    /// latest one counts, and none above that of the last chunk does.
    /// @param chunk Number of the chunk, from 0.
    /// @param fills For each order that got something, ascending by rank: trader 3, Wh 4 with the top bit set for an
    /// offer, big-endian.
    event OrdersCleared(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        address indexed by,
        bytes32 claimHash,
        uint32 chunk,
        bytes fills
    );
    /// @param price Micro-euro per kWh; zero and without meaning where `volume` is zero.
    /// @param orderCount Orders that the gate was closed with.
    event SessionCleared(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        Price price,
        uint64 volume,
        uint32 orderCount,
        bytes32 fillsHash
    );

    /// @notice The gate closes at `gateClosure`; it is `time` now.
    error CallAuctionGateOpen(DeliveryPeriod period, uint256 gateClosure, uint256 time);
    error CallAuctionGateAlreadyClosed(AreaId area, DeliveryPeriod period);
    error CallAuctionGateNotClosed(AreaId area, DeliveryPeriod period);
    error CallAuctionAlreadyCleared(AreaId area, DeliveryPeriod period);
    error CallAuctionTooManyOrders(uint256 count, uint256 limit);
    /// @notice The hash of no orders is zero, and no other is.
    error CallAuctionInvalidCommitment(uint32 orderCount, bytes32 ordersHash);
    /// @notice Trading is paused at the session's gate closure: no order is committed or opened for it.
    error CallAuctionPaused(AreaId area, DeliveryPeriod period);
    /// @notice The operator has time until `deadline`.
    error CallAuctionOperatorInTime(DeliveryPeriod period, uint256 deadline, uint256 time);
    /// @notice The gate is closed, with no orders, so that there is nothing for which the operator would be needed:
    /// anyone can clear the session.
    error CallAuctionNothingWithheld(AreaId area, DeliveryPeriod period);
    /// @notice The caller does not act for the member (a delegate does until its delegation expires), or the member is
    /// not active in the area.
    error CallAuctionNotTheMember(MemberId memberId, address caller);
    error CallAuctionWrongOrders(bytes32 committed, bytes32 submitted);
    /// @notice So many bytes are no chunk of 500 to 1,000 orders, or of all that are left, or no terms.
    error CallAuctionWrongLength(uint256 length);
    /// @dev `position` counts the opened orders of the call from 0.
    error CallAuctionNotOpened(uint256 position);
    error CallAuctionNotAscending(uint256 position);
    /// @notice The opened order belongs behind the last order of this chunk that is not void.
    error CallAuctionNotOfThisChunk(uint256 position);
    /// @notice Some of the opened orders were left out.
    error CallAuctionForcedOrdersMissing(uint256 given, uint256 needed);
    /// @notice Commitments can be opened until `end`, and not all are.
    error CallAuctionOpening(DeliveryPeriod period, uint256 end, uint256 time);
    error CallAuctionOpeningOver(DeliveryPeriod period, uint256 end, uint256 time);
    /// @notice Orders are committed before gate closure.
    error CallAuctionTooLate(DeliveryPeriod period, uint256 gateClosure, uint256 time);
    error CallAuctionInvalidLane(uint8 lane);
    /// @notice The operator cannot replace what the member or its delegate committed, nor a delegate what the member
    /// did.
    error CallAuctionLaneTaken(MemberId trader, uint8 lane);
    error CallAuctionNotCommitted(MemberId trader, uint8 lane);
    error CallAuctionUnknownProduct(uint8 product, bytes32 terms);
    error CallAuctionUnknownEntry(uint256 entryIndex, MemberId trader);
    error CallAuctionInvalidPrice(Price price);
    error CallAuctionOverLimit(MemberId trader, EnergyWh quantity, EnergyWh limit);
    error CallAuctionOutsideDelegation(MemberId trader, address key);
    error CallAuctionExpired(uint32 expiry, uint256 gateClosure);
    error CallAuctionKeyRevoked(MemberId trader, address key, uint32 revokedAt);
    error CallAuctionInvalidSignature(MemberId trader);
    error CallAuctionOverAllowance(MemberId trader, uint256 exposure, uint256 allowance);
    /// @notice The price is not the one that the rule gives for these orders.
    error CallAuctionWrongPrice(Price claimed, Price expected);
    /// @notice The claimed price does not clear the market, or a claimed sum is wrong.
    error CallAuctionNotClearing(ClearingClaim claimed, ClearingClaim found);

    /// @notice Commits the session's packed orders, at most 4,000, at or after gate closure. Restricted to the market
    /// operator, whose bond must be whole. Of a session that is paused only no orders.
    /// @param ordersHash Chain over the orders in chunks as they are to be cleared: h(0) = 0 and h(k) = keccak256(h(k
    /// - 1), keccak256(chunk k)). Every chunk holds 500 to 1,000 orders, the last one 1 to 1,000. One of 500 fits a
    /// transaction (unless nearly all members opened orders on a sealed day and most of the chunk's traders are
    /// revealed), one of 1,000 unless many orders were opened or many members had keys revoked.
    /// @custom:access credential MarketOperator of the area
    function closeGate(AreaId area, DeliveryPeriod period, uint32 orderCount, bytes32 ordersHash) external;

    /// @notice Frees the session of the operator, where it has not closed the gate by its deadline, or the session it
    /// closed was not cleared by a deadline as long from then: what is on the ledger is the whole session, so that
    /// anyone can clear it. By any active member of the area. Committed orders can be opened for 60 seconds where the
    /// gate was open; where it was closed they could be. The operator is fined 100 EUR, into the guarantee fund, for
    /// all its receipts together. Where the session is paused, its gate is closed, and nobody is fined.
    /// @param memberId Who acts, by its account or trading key.
    /// @custom:access a member of the area, by its account or trading key
    function replaceOperator(MemberId memberId, AreaId area, DeliveryPeriod period) external;

    /// @notice Verifies a chunk of the orders, as they were committed, and derives its fills; the last one verifies
    /// the price and clears the session. Anyone may call it, once for each chunk in sequence (once for a session
    /// without orders); what it found so far is kept for its caller and claim, so that nobody disturbs another.
    /// @param orders The chunk's packed orders.
    /// @param forcedTerms Terms of the opened orders, ascending by rank, up to the last order of the chunk that is not
    /// void; in the last chunk all that are left.
    /// @custom:access anyone: no other result is accepted than the one that follows from the orders
    function clear(
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes calldata orders,
        bytes calldata forcedTerms
    ) external;

    /// @notice Forgets what the caller's chunks of a claim found, so that it can begin anew.
    /// @custom:access anyone: it forgets the caller's own progress only
    function abandonClearing(AreaId area, DeliveryPeriod period, bytes32 claimHash) external;

    /// @notice Puts a sealed order on the ledger before gate closure. Once opened, it cannot be left out. By the
    /// member's account or trading key, by its delegated key where that has not expired by gate closure, or by the
    /// market operator on its behalf. Who comes later in this list cannot replace or withdraw what one before it
    /// committed. On sealed days by the trader's own key of the day, by its delegated one, or by the market operator.
    /// @param lane 0 or 1: a member may commit two orders a session, whose sides nobody knows yet. Committing again
    /// replaces the lane's commitment; zero withdraws it.
    /// @param commitment keccak256(digest of the order, keccak256(signature)).
    /// @custom:access the member, its delegate or the market operator, in this sequence
    function commitOrder(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint8 lane,
        bytes32 commitment
    ) external;

    /// @notice Opens a committed order, within 60 seconds after the gate was closed. Anyone who knows it may. Each
    /// rule that would make an order of the operator void has an error of its own here.
    /// @param entryIndex The signing key's entry among the day's trading keys.
    /// @param signature 64 bytes (EIP-2098) or 65, or what the key's contract accepts (EIP-1271).
    /// @custom:access anyone: nothing is opened but what was committed, as it was signed
    function openOrder(
        Order calldata order,
        uint16 entryIndex,
        uint8 lane,
        bytes calldata signature
    ) external;

    /// @notice Reverts as `openOrder` unless the order, taken alone, keeps every rule and is signed by the entry's
    /// key.
    /// @return digest What was signed.
    function requireValidOrder(
        Order calldata order,
        uint16 entryIndex,
        bytes calldata signature
    ) external view returns (bytes32 digest);

    /// @notice What a wallet signs for the order.
    function digestOf(Order calldata order) external view returns (bytes32);
    function sessionOf(AreaId area, DeliveryPeriod period) external view returns (Session memory);
    function isCleared(AreaId area, DeliveryPeriod period) external view returns (bool);
    /// @notice Whether each of `count` consecutive periods is cleared.
    function areCleared(AreaId area, DeliveryPeriod firstPeriod, uint256 count) external view returns (bool);
    /// @notice Time up to which committed orders can be opened; zero where all are, or while the gate is open.
    function openingEndOf(AreaId area, DeliveryPeriod period) external view returns (uint256);
    function commitmentOf(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint8 lane
    ) external view returns (bytes32);
    /// @notice The opened order of a member and side that stands: its terms, zero for none.
    function openedOrderOf(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        Side side
    ) external view returns (bytes20 terms);
    /// @notice How many chunks `by` has had verified against the claim, while the session is not cleared.
    function chunksClearedBy(
        AreaId area,
        DeliveryPeriod period,
        address by,
        bytes32 claimHash
    ) external view returns (uint256);
}
