// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {
    AreaId,
    DeliveryPeriod,
    EnergyWh,
    HIGHEST_PRICE,
    LOWEST_PRICE,
    MemberId,
    Price,
    PRICE_TICK
} from "../types/Types.sol";
import {Clearing} from "./Clearing.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {OrderTerms, PackedOrders} from "./PackedOrders.sol";

contract CallAuction is ICallAuction, AccessManaged, EIP712 {
    using Clearing for Clearing.Tally;
    using PackedOrders for bytes;
    using PackedOrders for PackedOrders.Message;
    using SafeCast for uint256;

    /// @dev A bid and an offer of every household of a full area.
    uint256 private constant ORDER_LIMIT = 2_000;
    uint256 private constant FILL_LENGTH = 8;

    /// @dev What stays the same, and what is carried along, in the pass over a session's orders.
    /// @param nextRank The lowest rank (member and side, as they lie in its terms) that the next order may have.
    struct Pass {
        PackedOrders.Message message;
        uint256 gateClosure;
        bytes32 domainSeparator;
        uint256 nextRank;
        MemberId memberId;
        address tradingKey;
        EnergyWh quantityLimit;
    }

    IAreaRegistry private immutable _areaRegistry;
    IMemberRegistry private immutable _memberRegistry;

    mapping(AreaId area => mapping(DeliveryPeriod period => Session)) private _sessions;

    constructor(
        address accessManager,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry
    ) AccessManaged(accessManager) EIP712("Commonwatt", "1") {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
    }

    /// @inheritdoc ICallAuction
    function closeGate(
        AreaId area,
        DeliveryPeriod period,
        uint32 orderCount,
        bytes32 ordersHash
    ) external restricted {
        uint256 gateClosure = _areaRegistry.gateClosureOf(area, period);
        if (block.timestamp < gateClosure) revert CallAuctionGateOpen(period, gateClosure, block.timestamp);
        if (orderCount > ORDER_LIMIT) revert CallAuctionTooManyOrders(orderCount, ORDER_LIMIT);
        Session storage session = _sessions[area][period];
        if (session.state != SessionState.Open) revert CallAuctionGateAlreadyClosed(area, period);

        session.state = SessionState.GateClosed;
        session.gateClosedAt = block.timestamp.toUint32();
        session.orderCount = orderCount;
        session.ordersHash = ordersHash;

        emit GateClosed(area, period, orderCount, ordersHash);
    }

    /// @inheritdoc ICallAuction
    function clear(
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes calldata orders
    ) external {
        Session storage session = _sessions[area][period];
        _requireCommitted(session, area, period, orders);
        bytes memory fills = _fillsOf(area, period, claim, orders);

        uint64 volume = Clearing.volumeOf(claim);
        session.state = SessionState.Cleared;
        session.hasTrade = volume != 0;
        session.price = claim.price;
        session.volume = volume;

        emit SessionCleared(area, period, claim.price, volume, session.orderCount, fills);
    }

    /// @inheritdoc ICallAuction
    function sessionOf(AreaId area, DeliveryPeriod period) external view returns (Session memory) {
        return _sessions[area][period];
    }

    /// @inheritdoc ICallAuction
    function isCleared(AreaId area, DeliveryPeriod period) external view returns (bool) {
        return _sessions[area][period].state == SessionState.Cleared;
    }

    function _requireCommitted(
        Session storage session,
        AreaId area,
        DeliveryPeriod period,
        bytes calldata orders
    ) private view {
        if (session.state == SessionState.Open) revert CallAuctionGateNotClosed(area, period);
        if (session.state == SessionState.Cleared) revert CallAuctionAlreadyCleared(area, period);
        bytes32 ordersHash = keccak256(orders);
        if (ordersHash != session.ordersHash) revert CallAuctionWrongOrders(session.ordersHash, ordersHash);
        if (orders.length != session.orderCount * PackedOrders.LENGTH)
            revert CallAuctionWrongLength(orders.length);
    }

    /// @dev The one pass: every order is verified, filled by the claim, and added to the sums that prove the claim.
    function _fillsOf(
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes calldata orders
    ) private view returns (bytes memory fills) {
        uint256 count = orders.length / PackedOrders.LENGTH;
        Pass memory pass = Pass(
            PackedOrders.messageOf(area, period),
            _areaRegistry.gateClosureOf(area, period),
            _domainSeparatorV4(),
            0,
            MemberId.wrap(0),
            address(0),
            EnergyWh.wrap(0)
        );
        Clearing.Tally memory tally = Clearing.begin(claim);
        fills = new bytes(count * FILL_LENGTH);

        // Memory taken for one order is given back before the next: its price grows with the square of its size.
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint256 position = 0; position < count; ++position) {
            (OrderTerms terms, bytes32 r, bytes32 vs) = orders.orderAt(position);
            _requireValid(pass, terms, position);
            _requireRight(pass, terms, position, r, vs);
            _writeFill(
                fills,
                position,
                terms,
                terms.sideOf() == uint8(Side.Bid)
                    ? tally.addBid(terms.quantityOf(), terms.limitPriceOf())
                    : tally.addOffer(terms.quantityOf(), terms.limitPriceOf())
            );
            Memory.unsafeSetFreeMemoryPointer(free);
        }

        tally.requireTrue(claim);
    }

    function _requireValid(Pass memory pass, OrderTerms terms, uint256 position) private pure {
        if (terms.sideOf() > uint8(Side.Offer)) revert CallAuctionInvalidSide(position);
        // Member and side lie side by side in the terms, so that their sequence is the sequence of these four bytes.
        uint256 rank = OrderTerms.unwrap(terms) >> 224;
        if (rank < pass.nextRank) revert CallAuctionNotAscending(position);
        pass.nextRank = rank + 1;
        if (terms.quantityOf() == 0) revert CallAuctionZeroQuantity(position);
        int24 limitPrice = terms.limitPriceOf();
        if (limitPrice < LOWEST_PRICE || limitPrice > HIGHEST_PRICE || limitPrice % PRICE_TICK != 0) {
            revert CallAuctionInvalidPrice(position, Price.wrap(limitPrice));
        }
    }

    function _requireRight(
        Pass memory pass,
        OrderTerms terms,
        uint256 position,
        bytes32 r,
        bytes32 vs
    ) private view {
        MemberId memberId = terms.memberOf();
        if (pass.tradingKey == address(0) || MemberId.unwrap(memberId) != MemberId.unwrap(pass.memberId)) {
            _takeRight(pass, memberId, position);
        }
        if (terms.quantityOf() > EnergyWh.unwrap(pass.quantityLimit)) {
            revert CallAuctionOverLimit(position, EnergyWh.wrap(terms.quantityOf()), pass.quantityLimit);
        }
        bytes32 structHash = pass.message.structHashOf(terms);
        (address signer, , ) = ECDSA.tryRecover(
            MessageHashUtils.toTypedDataHash(pass.domainSeparator, structHash),
            r,
            vs
        );
        if (signer != pass.tradingKey) revert CallAuctionInvalidSignature(position, memberId);
    }

    function _takeRight(Pass memory pass, MemberId memberId, uint256 position) private view {
        (address tradingKey, EnergyWh quantityLimit) = _memberRegistry.tradingKeyAt(
            pass.message.area,
            memberId,
            pass.gateClosure
        );
        if (tradingKey == address(0)) revert CallAuctionNotAMember(position, memberId);

        pass.memberId = memberId;
        pass.tradingKey = tradingKey;
        pass.quantityLimit = quantityLimit;
    }

    function _writeFill(bytes memory fills, uint256 position, OrderTerms terms, uint256 fill) private pure {
        // A fill never exceeds its order's quantity once the claim holds; if it does not, nothing of this remains.
        uint256 packed = ((OrderTerms.unwrap(terms) >> 224) << 32) | uint32(fill);
        // Assembly: byte by byte, Solidity would spend 2,600 gas more an order. The word written begins 24 bytes
        // before the fill, which are earlier fills or the length; they are read first and written back.
        assembly ("memory-safe") {
            let word := add(fills, add(8, mul(position, FILL_LENGTH)))
            mstore(word, or(and(mload(word), not(0xffffffffffffffff)), packed))
        }
    }
}
