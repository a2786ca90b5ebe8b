// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ITradingPause} from "../governance/ITradingPause.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {
    AreaId,
    DeliveryPeriod,
    MemberId,
    PERIODS_PER_DAY,
    TraderNumber,
    TradingDay
} from "../types/Types.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";
import {OrderRules} from "./OrderRules.sol";
import {PackedOrders} from "./PackedOrders.sol";
import {RevokedKeys} from "./RevokedKeys.sol";

/// @dev The part of the call auction in which members put orders on the ledger themselves.
abstract contract ForcedOrders is ICallAuction, RoleChecked, EIP712 {
    using PackedOrders for Order;
    using RevokedKeys for RevokedKeys.Source;

    /// @dev So long after the gate was closed, committed orders can be opened.
    uint256 private constant OPENING_SECONDS = 60;
    uint8 private constant LANES = 2;

    /// @dev Who speaks for a member, highest first: what a member commits itself writes no slot for it.
    enum Authority {
        Member,
        Delegate,
        Operator
    }

    /// @dev A commitment on the ledger, and who made it.
    struct Lane {
        bytes32 commitment;
        Authority authority;
    }

    IAreaRegistry internal immutable _areaRegistry;
    IMemberRegistry internal immutable _memberRegistry;
    ITradingDays internal immutable _tradingDays;
    ITradingPause internal immutable _tradingPause;

    mapping(AreaId area => mapping(DeliveryPeriod period => Session)) internal _sessions;
    /// @dev A member has two lanes, numbered trader * 2 and the next.
    mapping(AreaId area => mapping(DeliveryPeriod period => mapping(uint256 lane => Lane))) private _lanes;
    /// @dev Opened terms, each with a mark behind it: an order's terms may be all zero, and it was opened nonetheless.
    mapping(AreaId area => mapping(DeliveryPeriod period => mapping(uint256 rank => bytes21 terms)))
        internal _opened;

    constructor(
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays,
        ITradingPause tradingPause
    ) RoleChecked(credentialRegistry) EIP712("Commonwatt", "1") {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _tradingDays = tradingDays;
        _tradingPause = tradingPause;
    }

    /// @inheritdoc ICallAuction
    function commitOrder(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint8 lane,
        bytes32 commitment
    ) external {
        if (lane >= LANES) revert CallAuctionInvalidLane(lane);
        uint256 gateClosure = _areaRegistry.gateClosureOf(area, period);
        if (block.timestamp >= gateClosure) revert CallAuctionTooLate(period, gateClosure, block.timestamp);
        Authority authority = _authorityOf(area, period, trader, gateClosure);
        Lane storage place = _lanes[area][period][PackedOrders.rankOf(MemberId.unwrap(trader), lane)];
        bytes32 before = place.commitment;
        // What was committed before can still be withdrawn.
        if (commitment != 0) _requireTrading(area, period, trader, gateClosure);
        if (before != 0 && authority > place.authority) revert CallAuctionLaneTaken(trader, lane);

        place.commitment = commitment;
        if (place.authority != authority) place.authority = authority;
        Session storage session = _sessions[area][period];
        if (before == 0 && commitment != 0) ++session.forcedCommitted;
        if (before != 0 && commitment == 0) --session.forcedCommitted;

        emit OrderCommitted(area, period, trader, lane, commitment);
    }

    /// @inheritdoc ICallAuction
    function openOrder(
        Order calldata order,
        uint16 entryIndex,
        uint8 lane,
        bytes calldata signature
    ) external {
        (AreaId area, DeliveryPeriod period) = (order.area, order.deliveryPeriod);
        Session storage session = _sessions[area][period];
        _requireOpening(session, area, period);
        uint256 trader = MemberId.unwrap(order.trader);
        Lane storage place = _lanes[area][period][PackedOrders.rankOf(trader, lane)];
        bytes32 commitment = keccak256(abi.encodePacked(digestOf(order), keccak256(signature)));
        if (lane >= LANES || place.commitment != commitment) {
            revert CallAuctionNotCommitted(order.trader, lane);
        }
        requireValidOrder(order, entryIndex, signature);

        delete place.commitment;
        ++session.forcedOpened;
        bytes20 terms = order.termsOf(entryIndex, _areaRegistry.gateClosureOf(area, period));
        uint256 rank = PackedOrders.rankOf(trader, uint8(order.side));
        bytes21 other = _opened[area][period][rank];
        if (other == 0) ++session.forcedOrders;
        if (other == 0 || order.salt > PackedOrders.saltIn(bytes20(other))) {
            _opened[area][period][rank] = PackedOrders.marked(terms);
        }

        emit OrderOpened(area, period, order.trader, order.side, terms);
    }

    /// @inheritdoc ICallAuction
    function sessionOf(AreaId area, DeliveryPeriod period) external view returns (Session memory) {
        return _sessions[area][period];
    }

    /// @inheritdoc ICallAuction
    function isCleared(AreaId area, DeliveryPeriod period) external view returns (bool) {
        return _sessions[area][period].state == SessionState.Cleared;
    }

    /// @inheritdoc ICallAuction
    function areCleared(AreaId area, DeliveryPeriod firstPeriod, uint256 count) external view returns (bool) {
        uint32 first = DeliveryPeriod.unwrap(firstPeriod);
        for (uint32 i = 0; i < count; ++i) {
            if (_sessions[area][DeliveryPeriod.wrap(first + i)].state != SessionState.Cleared) return false;
        }
        return true;
    }

    /// @inheritdoc ICallAuction
    function openingEndOf(AreaId area, DeliveryPeriod period) external view returns (uint256) {
        return _openingEndOf(_sessions[area][period]);
    }

    /// @inheritdoc ICallAuction
    function commitmentOf(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint8 lane
    ) external view returns (bytes32) {
        if (lane >= LANES) revert CallAuctionInvalidLane(lane);
        return _lanes[area][period][PackedOrders.rankOf(MemberId.unwrap(trader), lane)].commitment;
    }

    /// @inheritdoc ICallAuction
    function openedOrderOf(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        Side side
    ) external view returns (bytes20) {
        return bytes20(_opened[area][period][PackedOrders.rankOf(MemberId.unwrap(trader), uint8(side))]);
    }

    /// @inheritdoc ICallAuction
    function requireValidOrder(
        Order calldata order,
        uint16 entryIndex,
        bytes calldata signature
    ) public view returns (bytes32 digest) {
        uint256 gateClosure = _areaRegistry.gateClosureOf(order.area, order.deliveryPeriod);
        (address[] memory pages, RevokedKeys.Source memory revocations) = _keysOf(
            order.area,
            order.deliveryPeriod,
            gateClosure
        );
        ITradingDays.Entry memory entry = KeyPages.entryAt(pages, entryIndex);
        OrderRules.requireWithinEntry(order, entry, entryIndex);
        uint256 revokedAt = revocations.revokedAt(order.trader, entry.key, gateClosure);
        OrderRules.requireStanding(order, entry.key, gateClosure, revokedAt);
        OrderRules.requireCovered(_areaRegistry, order, entry.allowance);
        digest = digestOf(order);
        OrderRules.requireSigned(order.trader, entry.key, digest, signature);
    }

    /// @inheritdoc ICallAuction
    function digestOf(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(order.structHashOf());
    }

    /// @return Time up to which orders can be opened; zero where none is left that could be.
    function _openingEndOf(Session storage session) internal view returns (uint256) {
        if (session.state != SessionState.GateClosed || session.isPaused) return 0;
        return session.forcedOpened == session.forcedCommitted ? 0 : session.gateClosedAt + OPENING_SECONDS;
    }

    /// @return pages The pages of keys that count in the session.
    /// @return revocations Where their revocations are asked for.
    function _keysOf(
        AreaId area,
        DeliveryPeriod period,
        uint256 gateClosure
    ) internal view returns (address[] memory pages, RevokedKeys.Source memory revocations) {
        revocations.memberRegistry = _memberRegistry;
        revocations.tradingDays = _tradingDays;
        revocations.area = area;
        // A 96th of 32 bits.
        revocations.day = TradingDay.wrap(uint32(DeliveryPeriod.unwrap(period) / PERIODS_PER_DAY));
        (pages, revocations.isSealed) = _tradingDays.pagesBefore(area, revocations.day, gateClosure);
    }

    function _requireOpening(Session storage session, AreaId area, DeliveryPeriod period) private view {
        if (session.state == SessionState.Open) revert CallAuctionGateNotClosed(area, period);
        if (session.state == SessionState.Cleared) revert CallAuctionAlreadyCleared(area, period);
        if (session.isPaused) revert CallAuctionPaused(area, period);
        uint256 end = session.gateClosedAt + OPENING_SECONDS;
        if (block.timestamp > end) revert CallAuctionOpeningOver(period, end, block.timestamp);
    }

    /// @dev An order that cannot be opened would only hold up the session. On sealed days whoever lost its right to
    /// trade is known by the keys of its trader, which then commit nothing.
    function _requireTrading(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint256 gateClosure
    ) private view {
        if (_tradingPause.isPausedAt(area, gateClosure)) revert CallAuctionPaused(area, period);
        // A 96th of 32 bits.
        TradingDay day = TradingDay.wrap(uint32(DeliveryPeriod.unwrap(period) / PERIODS_PER_DAY));
        TraderNumber number = TraderNumber.wrap(MemberId.unwrap(trader));
        uint32 revokedAt = _tradingDays.keyRevokedAt(area, day, number, address(0), block.timestamp);
        if (revokedAt != 0) revert CallAuctionKeyRevoked(trader, msg.sender, revokedAt);
    }

    /// @return By which the caller commits; reverts where it acts for nobody.
    function _authorityOf(
        AreaId area,
        DeliveryPeriod period,
        MemberId trader,
        uint256 gateClosure
    ) private view returns (Authority) {
        (bool isSealed, address key, address delegatedKey) = _tradingDays.keysOf(
            area,
            period,
            TraderNumber.wrap(MemberId.unwrap(trader))
        );
        if (isSealed) return _authorityBy(area, trader, key, delegatedKey);
        if (_memberRegistry.actsFor(area, trader, msg.sender)) return Authority.Member;
        IMemberRegistry.TradingRight memory right = _memberRegistry.tradingRightOf(trader);
        if (AreaId.unwrap(right.area) == AreaId.unwrap(area) && right.activeUntil == 0) {
            IMemberRegistry.Delegation memory delegation = _memberRegistry.delegationOf(trader);
            if (delegation.key == msg.sender && delegation.expiry >= gateClosure) return Authority.Delegate;
            if (_isOperator(area)) return Authority.Operator;
        }
        revert CallAuctionNotTheMember(trader, msg.sender);
    }

    /// @dev On a sealed day, where the registry is asked nothing: who the member is stays unknown.
    function _authorityBy(
        AreaId area,
        MemberId trader,
        address key,
        address delegatedKey
    ) private view returns (Authority) {
        // Nobody calls from address zero, which the key of a trader without one is.
        if (key == msg.sender) return Authority.Member;
        if (delegatedKey == msg.sender) return Authority.Delegate;
        if (key == address(0) || !_isOperator(area)) revert CallAuctionNotTheMember(trader, msg.sender);
        return Authority.Operator;
    }

    function _isOperator(AreaId area) private view returns (bool) {
        return _credentialRegistry.heldBy(msg.sender, Role.MarketOperator, area) != 0;
    }
}
