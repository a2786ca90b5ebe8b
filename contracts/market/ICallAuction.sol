// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, EnergyWh, MemberId, Price} from "../types/Types.sol";

/// @notice One call auction per area and delivery period, cleared at one price that this contract verifies.
/// @dev Order, as EIP-712 data in the domain ("Commonwatt", "1", chain, this contract):
/// `Order(uint32 area,uint24 memberId,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,uint64 salt)`.
/// Packed order, 83 bytes, big-endian: memberId 3, side 1, quantity 4, limitPrice 3, salt 8, r 32, yParityAndS 32
/// (EIP-2098). Packed orders ascend strictly by (memberId, side): at most one bid and one offer per member.
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

    struct Session {
        SessionState state;
        uint32 gateClosedAt;
        uint32 orderCount;
        bool hasTrade;
        Price price;
        uint64 volume;
        bytes32 ordersHash;
    }

    /// @notice The session's orders became binding: these and no others.
    event GateClosed(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        uint32 orderCount,
        bytes32 ordersHash
    );
    /// @param price Micro-euro per kWh; zero and without meaning where `volume` is zero.
    /// @param fills Per order, in the order submitted: memberId 3, side 1, filled Wh 4 bytes, big-endian.
    event SessionCleared(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        Price price,
        uint64 volume,
        uint32 orderCount,
        bytes fills
    );

    /// @notice The gate closes at `gateClosure`; it is `time` now.
    error CallAuctionGateOpen(DeliveryPeriod period, uint256 gateClosure, uint256 time);
    error CallAuctionGateAlreadyClosed(AreaId area, DeliveryPeriod period);
    error CallAuctionGateNotClosed(AreaId area, DeliveryPeriod period);
    error CallAuctionAlreadyCleared(AreaId area, DeliveryPeriod period);
    error CallAuctionWrongOrders(bytes32 committed, bytes32 submitted);
    error CallAuctionWrongLength(uint256 length);
    error CallAuctionTooManyOrders(uint256 count, uint256 limit);
    /// @dev `position` counts orders of the batch from 0.
    error CallAuctionNotAscending(uint256 position);
    error CallAuctionInvalidSide(uint256 position);
    error CallAuctionZeroQuantity(uint256 position);
    error CallAuctionOverLimit(uint256 position, EnergyWh quantity, EnergyWh limit);
    error CallAuctionInvalidPrice(uint256 position, Price price);
    error CallAuctionNotAMember(uint256 position, MemberId memberId);
    error CallAuctionInvalidSignature(uint256 position, MemberId memberId);
    /// @notice The price is not the one that the rule gives for these orders.
    error CallAuctionWrongPrice(Price claimed, Price expected);
    /// @notice The claimed price does not clear the market, or a claimed sum is wrong.
    error CallAuctionNotClearing(ClearingClaim claimed, ClearingClaim found);

    /// @notice Commits the session's packed orders (`keccak256` of their bytes). Restricted to the market operator.
    function closeGate(AreaId area, DeliveryPeriod period, uint32 orderCount, bytes32 ordersHash) external;

    /// @notice Verifies every order and the price, and derives every fill. Anyone may call it.
    function clear(
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes calldata orders
    ) external;

    function sessionOf(AreaId area, DeliveryPeriod period) external view returns (Session memory);
    function isCleared(AreaId area, DeliveryPeriod period) external view returns (bool);
}
