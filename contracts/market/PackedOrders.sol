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

    function orderAt(bytes calldata orders, uint256 position) internal pure returns (PackedOrder memory order) {
        uint256 start = position * LENGTH;
        uint256 head = uint256(bytes32(orders[start:start + 32]));
        // The casts cut fields out of the first word; the shifts put each at its lower end.
        order.memberId = MemberId.wrap(uint24(head >> 232));
        order.side = uint8(head >> 224);
        order.quantity = uint32(head >> 192);
        order.limitPrice = int24(uint24(head >> 168));
        order.salt = uint64(head >> 104);
        order.r = bytes32(orders[start + 19:start + 51]);
        order.vs = bytes32(orders[start + 51:start + 83]);
    }

    /// @dev The EIP-712 struct hash that the member signed.
    function hashOf(PackedOrder memory order, AreaId area, DeliveryPeriod period) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(ORDER_TYPE_HASH, area, period, order.side, order.quantity, order.limitPrice, order.salt)
        );
    }
}
