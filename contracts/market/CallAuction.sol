// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ITradingPause} from "../governance/ITradingPause.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, DeliveryPeriod, LOWEST_PRICE, MemberId, PERIODS_PER_DAY} from "../types/Types.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {Clearing} from "./Clearing.sol";
import {ClearingProgress} from "./ClearingProgress.sol";
import {Exposure} from "./Exposure.sol";
import {ForcedOrders} from "./ForcedOrders.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";
import {OrderAdmission} from "./OrderAdmission.sol";
import {OrderPass} from "./OrderPass.sol";
import {PackedOrders} from "./PackedOrders.sol";
import {RevokedKeys} from "./RevokedKeys.sol";

contract CallAuction is ForcedOrders {
    using ChunkChain for bytes32;
    using Clearing for Clearing.Tally;
    using ClearingProgress for ClearingProgress.Progress;
    using OrderPass for OrderAdmission.Pass;
    using SafeCast for uint256;

    /// @dev A bid and an offer of every household of a full area, twice over.
    uint256 private constant ORDER_LIMIT = 4_000;
    /// @dev A transaction holds the smallest chunk whatever its orders are, the largest where few orders were opened
    /// and few keys revoked.
    uint256 private constant SMALLEST_CHUNK = 500;
    uint256 private constant LARGEST_CHUNK = 1_000;
    /// @dev What the operator pays for a session in which it was replaced, in micro-euro.
    uint256 private constant REPLACEMENT_FINE = 100_000_000;

    IAccounts private immutable _accounts;

    mapping(bytes32 key => ClearingProgress.Progress) private _progress;

    constructor(
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays,
        ITradingPause tradingPause,
        IAccounts accounts
    ) ForcedOrders(credentialRegistry, areaRegistry, memberRegistry, tradingDays, tradingPause) {
        _accounts = accounts;
    }

    /// @inheritdoc ICallAuction
    function closeGate(
        AreaId area,
        DeliveryPeriod period,
        uint32 orderCount,
        bytes32 ordersHash
    ) external onlyRole(Role.MarketOperator, area) {
        uint256 gateClosure = _areaRegistry.gateClosureOf(area, period);
        if (block.timestamp < gateClosure) revert CallAuctionGateOpen(period, gateClosure, block.timestamp);
        if (_sessions[area][period].state != SessionState.Open) {
            revert CallAuctionGateAlreadyClosed(area, period);
        }
        _accounts.requireBond(area);
        if (orderCount > ORDER_LIMIT) revert CallAuctionTooManyOrders(orderCount, ORDER_LIMIT);
        if ((orderCount == 0) != (ordersHash == 0)) {
            revert CallAuctionInvalidCommitment(orderCount, ordersHash);
        }
        bool isPaused = _tradingPause.isPausedAt(area, gateClosure);
        if (isPaused && orderCount != 0) revert CallAuctionPaused(area, period);

        Session storage session = _sessions[area][period];
        session.state = SessionState.GateClosed;
        session.gateClosedAt = block.timestamp.toUint32();
        session.orderCount = orderCount;
        session.ordersHash = ordersHash;
        session.isPaused = isPaused;

        emit GateClosed(area, period, orderCount, ordersHash, msg.sender);
        if (isPaused) emit SessionPaused(area, period);
    }

    /// @inheritdoc ICallAuction
    function replaceOperator(MemberId memberId, AreaId area, DeliveryPeriod period) external {
        if (!_memberRegistry.actsFor(area, memberId, msg.sender)) {
            revert CallAuctionNotTheMember(memberId, msg.sender);
        }
        Session storage session = _sessions[area][period];
        if (session.state == SessionState.Cleared) revert CallAuctionAlreadyCleared(area, period);
        bool isOpen = session.state == SessionState.Open;
        if (!isOpen && session.orderCount == 0) revert CallAuctionNothingWithheld(area, period);
        // While the gate is open, the time at which it was closed is zero.
        uint256 gateClosure = _areaRegistry.gateClosureOf(area, period);
        uint256 deadline =
            Math.max(gateClosure, session.gateClosedAt) + _areaRegistry.calendarOf(area).operatorDeadline;
        if (block.timestamp < deadline) revert CallAuctionOperatorInTime(period, deadline, block.timestamp);
        // What was closed with orders was not paused.
        bool isPaused = isOpen && _tradingPause.isPausedAt(area, gateClosure);

        session.state = SessionState.GateClosed;
        // Who did not open its order while it could gets no second chance, now that others are known.
        if (isOpen) session.gateClosedAt = block.timestamp.toUint32();
        session.isReplaced = !isPaused;
        session.isPaused = isPaused;
        session.orderCount = 0;
        session.ordersHash = 0;

        emit GateClosed(area, period, 0, 0, msg.sender);
        if (isPaused) emit SessionPaused(area, period);

        if (!isPaused) _accounts.fine(area, REPLACEMENT_FINE);
    }

    /// @inheritdoc ICallAuction
    function clear(
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes calldata orders,
        bytes calldata forcedTerms
    ) external {
        OrderAdmission.Pass memory pass = OrderAdmission.allocate();
        Session storage session = _requireClearable(area, period);
        bytes32 claimHash = keccak256(abi.encode(claim));
        ClearingProgress.Progress storage progress = _progressOf(
            session,
            area,
            period,
            msg.sender,
            claimHash
        );
        uint256 count = orders.length / PackedOrders.LENGTH;
        // All at once have no progress to ask for.
        uint256 chunk = count == session.orderCount ? 0 : progress.chunks;
        uint256 left = session.orderCount - (chunk == 0 ? 0 : progress.orders);
        _requireLengths(left, orders, forcedTerms);
        bytes32 ordersHash = _appended(chunk == 0 ? bytes32(0) : progress.ordersHash, orders);

        _prepare(pass, area, period, claim);
        if (chunk != 0) progress.restore(pass);
        bytes memory fills = pass.run(
            orders,
            forcedTerms,
            _opened[area][period],
            session.forcedOrders != 0,
            count == left
        );
        bytes32 fillsHash = (chunk == 0 ? bytes32(0) : progress.fillsHash).append(keccak256(fills));
        emit OrdersCleared(area, period, msg.sender, claimHash, uint32(chunk), fills);

        if (count < left) return progress.save(pass, count, ordersHash, fillsHash);
        _requireWhole(session, pass, ordersHash);
        pass.tally.requireTrue(claim);
        _finish(session, area, period, claim, fillsHash);
    }

    /// @inheritdoc ICallAuction
    function abandonClearing(AreaId area, DeliveryPeriod period, bytes32 claimHash) external {
        delete _progress[_keyOf(_sessions[area][period], area, period, msg.sender, claimHash)];
    }

    /// @inheritdoc ICallAuction
    function chunksClearedBy(
        AreaId area,
        DeliveryPeriod period,
        address by,
        bytes32 claimHash
    ) external view returns (uint256) {
        return _progressOf(_sessions[area][period], area, period, by, claimHash).chunks;
    }

    function _finish(
        Session storage session,
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim,
        bytes32 fillsHash
    ) private {
        uint64 volume = Clearing.volumeOf(claim);
        session.state = SessionState.Cleared;
        session.hasTrade = volume != 0;
        session.price = claim.price;
        session.volume = volume;
        session.fillsHash = fillsHash;

        emit SessionCleared(area, period, claim.price, volume, session.orderCount, fillsHash);
    }

    function _requireClearable(
        AreaId area,
        DeliveryPeriod period
    ) private view returns (Session storage session) {
        session = _sessions[area][period];
        if (session.state == SessionState.Open) revert CallAuctionGateNotClosed(area, period);
        if (session.state == SessionState.Cleared) revert CallAuctionAlreadyCleared(area, period);
        uint256 openingEnd = _openingEndOf(session);
        if (block.timestamp <= openingEnd) revert CallAuctionOpening(period, openingEnd, block.timestamp);
    }

    function _requireWhole(
        Session storage session,
        OrderAdmission.Pass memory pass,
        bytes32 ordersHash
    ) private view {
        if (ordersHash != session.ordersHash) revert CallAuctionWrongOrders(session.ordersHash, ordersHash);
        if (pass.forcedCount != session.forcedOrders) {
            revert CallAuctionForcedOrdersMissing(pass.forcedCount, session.forcedOrders);
        }
    }

    function _prepare(
        OrderAdmission.Pass memory pass,
        AreaId area,
        DeliveryPeriod period,
        ClearingClaim calldata claim
    ) private view {
        pass.typeHash = PackedOrders.ORDER_TYPE_HASH;
        pass.area = area;
        pass.period = period;
        pass.prefix = 0x1901;
        pass.separator = _domainSeparatorV4();
        pass.gateClosure = _areaRegistry.gateClosureOf(area, period);
        pass.bounds = OrderAdmission.boundsOf(DeliveryPeriod.unwrap(period) % PERIODS_PER_DAY);
        Exposure.Rates memory rates = Exposure.ratesOf(_areaRegistry, area, period);
        pass.bidBase = LOWEST_PRICE - rates.bidBase;
        pass.offerBase = rates.offerBase - LOWEST_PRICE;
        pass.forcedRank = OrderPass.NO_RANK;
        pass.tally = Clearing.begin(claim);
        address[] memory pages;
        (pages, pass.revocations) = _keysOf(area, period, pass.gateClosure);
        (pass.entries, pass.entryCount) = KeyPages.loadAll(pages);
        if (!_mayBeRevoked(pass.revocations)) pass.knownSafe = type(uint256).max;
        pass.lastSafe = pass.knownSafe;
    }

    /// @return Whether keys of the day may have been revoked.
    function _mayBeRevoked(RevokedKeys.Source memory source) private view returns (bool) {
        uint256 lastRevocation = _memberRegistry.lastRevocationOf(source.area);
        if (lastRevocation == 0) return false;
        // Nobody knows whose key it was, unless its trader is revealed.
        if (source.isSealed) return _tradingDays.revealedCountOf(source.area, source.day) != 0;
        // No page has a key that was revoked before it was published.
        return lastRevocation >= _tradingDays.publishedSince(source.area, source.day);
    }

    function _progressOf(
        Session storage session,
        AreaId area,
        DeliveryPeriod period,
        address by,
        bytes32 claimHash
    ) private view returns (ClearingProgress.Progress storage) {
        return _progress[_keyOf(session, area, period, by, claimHash)];
    }

    /// @dev Progress is bound to what was committed. Replacing the operator makes it void: the hash of no orders is
    /// another, and of a session without orders there is no progress, since its only chunk clears it.
    function _keyOf(
        Session storage session,
        AreaId area,
        DeliveryPeriod period,
        address by,
        bytes32 claimHash
    ) private view returns (bytes32) {
        return keccak256(abi.encode(area, period, by, claimHash, session.ordersHash));
    }

    /// @param left Orders of the session that are not verified yet.
    function _requireLengths(uint256 left, bytes calldata orders, bytes calldata forcedTerms) private pure {
        uint256 count = orders.length / PackedOrders.LENGTH;
        if (
            orders.length % PackedOrders.LENGTH != 0 ||
            count > Math.min(left, LARGEST_CHUNK) ||
            (count < left && count < SMALLEST_CHUNK)
        ) revert CallAuctionWrongLength(orders.length);
        if (forcedTerms.length % PackedOrders.TERMS_LENGTH != 0) {
            revert CallAuctionWrongLength(forcedTerms.length);
        }
    }

    /// @return The chain of hashes with a chunk more; no orders are no chunk.
    function _appended(bytes32 head, bytes calldata orders) private pure returns (bytes32) {
        if (orders.length == 0) return head;
        // What is hashed lies in memory for a moment only, and its price grows with the square of its size.
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        bytes32 chunkHash = keccak256(orders);
        Memory.unsafeSetFreeMemoryPointer(free);
        return head.append(chunkHash);
    }
}
