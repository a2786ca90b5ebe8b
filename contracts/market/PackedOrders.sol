// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";

/// @dev The terms of a packed order as the upper 19 bytes of a word: memberId 3, side 1, quantity 4, limitPrice 3,
/// salt 8. What is below them belongs to the signature and is never read.
type OrderTerms is uint256;

using {memberOf, sideOf, quantityOf, limitPriceOf, saltOf} for OrderTerms global;

// The casts below cut a field out of the word; each shift puts its field at the lower end.

function memberOf(OrderTerms terms) pure returns (MemberId) {
    return MemberId.wrap(uint24(OrderTerms.unwrap(terms) >> 232));
}

/// @return Zero for a bid, one for an offer, and not yet refused where it is more.
function sideOf(OrderTerms terms) pure returns (uint8) {
    return uint8(OrderTerms.unwrap(terms) >> 224);
}

function quantityOf(OrderTerms terms) pure returns (uint32) {
    return uint32(OrderTerms.unwrap(terms) >> 192);
}

function limitPriceOf(OrderTerms terms) pure returns (int24) {
    return int24(uint24(OrderTerms.unwrap(terms) >> 168));
}

function saltOf(OrderTerms terms) pure returns (uint64) {
    return uint64(OrderTerms.unwrap(terms) >> 104);
}

/// @dev Reads packed orders (see ICallAuction) straight from calldata.
library PackedOrders {
    uint256 internal constant LENGTH = 83;

    bytes32 private constant ORDER_TYPE_HASH = keccak256(
        "Order(uint32 area,uint24 memberId,uint32 deliveryPeriod,uint8 side,"
        "uint32 quantity,int24 limitPrice,uint64 salt)"
    );

    /// @dev What a member signs, laid out in memory as EIP-712 encodes it: eight words.
    struct Message {
        bytes32 typeHash;
        AreaId area;
        MemberId memberId;
        DeliveryPeriod period;
        uint256 side;
        uint256 quantity;
        int256 limitPrice;
        uint256 salt;
    }

    /// @dev The position lies within the orders, as every one below `orders.length / LENGTH` does.
    /// @return terms What the order says.
    /// @return r The upper half of its EIP-2098 signature; `vs` the lower.
    function orderAt(
        bytes calldata orders,
        uint256 position
    ) internal pure returns (OrderTerms terms, bytes32 r, bytes32 vs) {
        // Assembly: slices of calldata, which check their bounds three times over, cost 600 gas more an order.
        assembly ("memory-safe") {
            let start := add(orders.offset, mul(position, LENGTH))
            terms := calldataload(start)
            r := calldataload(add(start, 19))
            vs := calldataload(add(start, 51))
        }
    }

    /// @dev A message for one order after another of a session.
    function messageOf(AreaId area, DeliveryPeriod period) internal pure returns (Message memory message) {
        message.typeHash = ORDER_TYPE_HASH;
        message.area = area;
        message.period = period;
    }

    /// @dev The EIP-712 struct hash of an order; writes its terms into the message.
    function structHashOf(
        Message memory message,
        OrderTerms terms
    ) internal pure returns (bytes32 structHash) {
        message.memberId = terms.memberOf();
        message.side = terms.sideOf();
        message.quantity = terms.quantityOf();
        message.limitPrice = terms.limitPriceOf();
        message.salt = terms.saltOf();
        // Assembly: `abi.encode` would copy the eight words first, for 200 gas more an order.
        assembly ("memory-safe") {
            structHash := keccak256(message, 0x100)
        }
    }
}
