// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyWh, LOWEST_PRICE, PRICE_TICK} from "../types/Types.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {KeyPages} from "./KeyPages.sol";

/// @dev The terms of a packed order as the upper 20 bytes of a word: entry index 2, quantity 4 with the top bit set
/// for an offer, tick number of the limit price 2, expiry less gate closure 4, salt 8. What is below them is never
/// read.
type OrderTerms is uint256;

using {entryOf, sideOf, quantityOf, tickOf, limitPriceOf, lifeOf, saltOf, isMarked} for OrderTerms global;

// Each shift puts its field at the lower end of the word.

function entryOf(OrderTerms terms) pure returns (uint256) {
    return OrderTerms.unwrap(terms) >> 240;
}

/// @return Zero for a bid, one for an offer.
function sideOf(OrderTerms terms) pure returns (uint256) {
    return (OrderTerms.unwrap(terms) >> 239) & 1;
}

function quantityOf(OrderTerms terms) pure returns (uint256) {
    return (OrderTerms.unwrap(terms) >> 208) & 0x7fffffff;
}

function tickOf(OrderTerms terms) pure returns (uint256) {
    return (OrderTerms.unwrap(terms) >> 192) & 0xffff;
}

/// @return Micro-euro per kWh.
function limitPriceOf(OrderTerms terms) pure returns (int256) {
    // A tick's number has 16 bits: nothing overflows.
    unchecked {
        return int256(tickOf(terms)) * PRICE_TICK + LOWEST_PRICE;
    }
}

/// @return Seconds for which the order stands after gate closure.
function lifeOf(OrderTerms terms) pure returns (uint256) {
    return (OrderTerms.unwrap(terms) >> 160) & 0xffffffff;
}

function saltOf(OrderTerms terms) pure returns (uint256) {
    return (OrderTerms.unwrap(terms) >> 96) & 0xffffffffffffffff;
}

/// @return Whether `marked` is these terms with a mark behind them.
function isMarked(OrderTerms terms, bytes21 marked) pure returns (bool) {
    return PackedOrders.marked(bytes20(bytes32(OrderTerms.unwrap(terms)))) == marked;
}

/// @dev Packed orders (see ICallAuction) and what is signed for them.
library PackedOrders {
    uint256 internal constant LENGTH = 84;
    uint256 internal constant TERMS_LENGTH = 20;
    /// @dev More Wh than this do not fit a packed order.
    uint256 internal constant LARGEST_QUANTITY = type(uint32).max >> 1;

    bytes32 internal constant ORDER_TYPE_HASH = keccak256(
        "Order(uint8 product,uint32 area,uint24 trader,uint32 deliveryPeriod,uint8 side,uint32 quantity,"
        "int24 limitPrice,uint32 expiry,uint64 salt,bytes32 terms)"
    );

    /// @dev The terms at a position of packed orders or, `length` apart, of terms alone. The position lies within
    /// them.
    function termsAt(
        bytes calldata packed,
        uint256 position,
        uint256 length
    ) internal pure returns (OrderTerms terms) {
        // Assembly: slices of calldata, which check their bounds three times over, cost 600 gas more an order.
        assembly ("memory-safe") {
            terms := calldataload(add(packed.offset, mul(position, length)))
        }
    }

    /// @dev Of an order whose price is one of the market and whose quantity and expiry fit.
    function termsOf(
        ICallAuction.Order calldata order,
        uint16 entryIndex,
        uint256 gateClosure
    ) internal pure returns (bytes20) {
        uint256 side = order.side == ICallAuction.Side.Offer ? 1 : 0;
        return
            bytes20(
                abi.encodePacked(
                    entryIndex,
                    uint32((side << 31) | EnergyWh.unwrap(order.quantity)),
                    KeyPages.tickOf(order.limitPrice),
                    uint32(order.expiry - gateClosure),
                    order.salt
                )
            );
    }

    /// @return The terms with a mark behind them: never zero, as the terms of an order for nothing can be.
    function marked(bytes20 terms) internal pure returns (bytes21) {
        return bytes21(terms) | bytes21(uint168(1));
    }

    /// @param terms First 20 bytes of a packed order.
    function saltIn(bytes20 terms) internal pure returns (uint256) {
        return OrderTerms.wrap(uint256(bytes32(terms))).saltOf();
    }

    /// @dev The EIP-712 struct hash of an order.
    function structHashOf(ICallAuction.Order calldata order) internal pure returns (bytes32) {
        return keccak256(abi.encode(ORDER_TYPE_HASH, order));
    }

    /// @return A member and side as one number, in whose sequence orders are cleared.
    function rankOf(uint256 trader, uint256 side) internal pure returns (uint256) {
        return (trader << 1) | side;
    }
}
