// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";

/// @dev Reads packed orders (see ICallAuction) straight from calldata.
library PackedOrders {
    uint256 internal constant LENGTH = 83;

    bytes32 private constant ORDER_TYPE_HASH = keccak256(
        "Order(uint32 area,uint32 deliveryPeriod,uint8 side,uint32 quantity,int24 limitPrice,uint64 salt)"
    );

    /// @param side Zero for a bid, one for an offer; not checked here.
    struct PackedOrder {
        MemberId memberId;
        uint8 side;
        uint32 quantity;
        int24 limitPrice;
        uint64 salt;
        bytes32 r;
        bytes32 vs;
    }

    /// @dev The position lies within the orders, as for every one below `orders.length / LENGTH`.
    function orderAt(bytes calldata orders, uint256 position) internal pure returns (PackedOrder memory) {
        uint256 head;
        bytes32 r;
        bytes32 vs;
        // Assembly: slices of calldata, checked three times for the same bounds, cost 600 gas more an order.
        assembly ("memory-safe") {
            let start := add(orders.offset, mul(position, LENGTH))
            head := calldataload(start)
            r := calldataload(add(start, 19))
            vs := calldataload(add(start, 51))
        }
        // The casts cut fields out of the first word; the shifts put each at its lower end.
        return PackedOrder({
            memberId: MemberId.wrap(uint24(head >> 232)),
            side: uint8(head >> 224),
            quantity: uint32(head >> 192),
            limitPrice: int24(uint24(head >> 168)),
            salt: uint64(head >> 104),
            r: r,
            vs: vs
        });
    }

    /// @dev The EIP-712 struct hash that the member signed.
    function hashOf(PackedOrder memory order, AreaId area, DeliveryPeriod period) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(ORDER_TYPE_HASH, area, period, order.side, order.quantity, order.limitPrice, order.salt)
        );
    }
}
