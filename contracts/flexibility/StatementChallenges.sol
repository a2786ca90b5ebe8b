// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {PackedPayments} from "../settlement/PackedPayments.sol";
import {
    AreaId,
    DeliveryPeriod,
    FlexOrderId,
    MemberId,
    PERIODS_PER_DAY,
    ReservationId,
    TradingDay
} from "../types/Types.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {AssetChallenges} from "./AssetChallenges.sol";
import {FlexLines} from "./FlexLines.sol";
import {IFlexChallenges} from "./IFlexChallenges.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev Challenges of a day's statements as wholes.
abstract contract StatementChallenges is AssetChallenges {
    using MerkleSumTree for bytes;
    using PackedPayments for bytes;
    using SafeCast for uint256;

    uint256 private constant AVAILABILITY_LENGTH = 12;

    IFlexReservations private immutable _reservations;

    constructor(IFlexReservations flexReservations) {
        _reservations = flexReservations;
    }

    /// @inheritdoc IFlexChallenges
    function challengeStatement(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        bytes calldata nodes,
        bytes calldata availability,
        bytes calldata payments
    ) external {
        Statement calldata leaf = statement.leaf;
        (Claim memory claim, IFlexSettlement.Run memory run) = _claimOf(
            challenger,
            area,
            leaf.day,
            leaf.memberId
        );
        _requireStatement(run, statement, leaf.day);
        _requirePayments(run, payments);
        (bool isWhole, bytes32 hash, uint256 charges, uint256 credits) = nodes.recompute(PERIODS_PER_DAY);
        if (!isWhole || hash != leaf.entriesRoot) revert FlexChallengesWrongNodes(leaf.entriesRoot, hash);
        if (_memberRegistry.kindOf(leaf.memberId) == IMemberRegistry.Kind.Aggregator) {
            credits += _availabilityOf(run, leaf.memberId, availability);
        }

        int256 payment = charges.toInt256() - credits.toInt256();
        bool areSums =
            run.count == 1 || int256(uint256(statement.a)) - int256(uint256(statement.b)) == payment;
        bool isOneSided = run.count == 1 || statement.a == 0 || statement.b == 0;
        _decide(
            claim,
            areSums &&
                isOneSided &&
                leaf.charges == charges &&
                leaf.credits == credits &&
                payments.amountOf(leaf.memberId) == payment
        );
    }

    /// @inheritdoc IFlexChallenges
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
    ) external {
        (bool hasLeft, bool hasRight) = (_isSomebody(left.leaf.memberId), _isSomebody(right.leaf.memberId));
        MemberId owner = hasRight ? right.leaf.memberId : left.leaf.memberId;
        if (_isSomebody(leftOut)) owner = leftOut;
        (Claim memory claim, IFlexSettlement.Run memory run) = _claimOf(challenger, area, day, owner);
        _requireNeighbours(hasLeft, left.position, hasRight, right.position, run.count);
        if (hasLeft) _requireStatement(run, left, day);
        if (hasRight) _requireStatement(run, right, day);

        bool isRight =
            !hasLeft ||
                !hasRight ||
                MemberId.unwrap(left.leaf.memberId) < MemberId.unwrap(right.leaf.memberId);
        if (_isSomebody(leftOut) && _isBetween(left.leaf.memberId, leftOut, right.leaf.memberId)) {
            bool belongs =
                _isSomebody(asset.leaf.memberId)
                    ? _isAsset(claim, run, call, asset)
                    : _isPaid(run, area, leftOut, payments);
            isRight = isRight && !belongs;
        }
        // What is said of an asset shows who was left out, and is not what is challenged.
        (claim.orderId, claim.period) = (FlexOrderId.wrap(0), DeliveryPeriod.wrap(0));
        _decide(claim, isRight);
    }

    /// @return sum What the run pays the aggregator for availability.
    function _availabilityOf(
        IFlexSettlement.Run memory run,
        MemberId aggregator,
        bytes calldata availability
    ) private view returns (uint256 sum) {
        bytes32 submitted = keccak256(availability);
        if (submitted != run.availabilityHash) {
            revert FlexChallengesWrongAvailability(run.availabilityHash, submitted);
        }
        for (uint256 start = 0; start < availability.length; start += AVAILABILITY_LENGTH) {
            bytes calldata packed = availability[start:start + AVAILABILITY_LENGTH];
            (IFlexReservations.Reservation memory reservation, ) = _reservations.reservationOf(
                ReservationId.wrap(uint32(bytes4(packed[:4])))
            );
            MemberId owner = _portfolios.aggregatorOf(reservation.portfolioId);
            if (MemberId.unwrap(owner) != MemberId.unwrap(aggregator)) continue;
            sum += FlexLines.availabilityPaymentOf(reservation.availabilityPrice, uint32(bytes4(packed[8:])));
        }
    }

    function _isAsset(
        Claim memory claim,
        IFlexSettlement.Run memory run,
        CallProof calldata call,
        AssetProof calldata asset
    ) private view returns (bool) {
        Called memory called = _calledOf(claim, run, call);
        _requireAsset(called.delivery, asset);
        return MemberId.unwrap(asset.leaf.memberId) == MemberId.unwrap(claim.memberId);
    }

    /// @dev Buyers are paid and pay without a statement.
    function _isPaid(
        IFlexSettlement.Run memory run,
        AreaId area,
        MemberId memberId,
        bytes calldata payments
    ) private view returns (bool) {
        _requirePayments(run, payments);
        uint256 id = MemberId.unwrap(memberId);
        bool isBuyer =
            id == MemberId.unwrap(_memberRegistry.dsoOf(area)) ||
                id == MemberId.unwrap(_memberRegistry.tsoOf(area));
        return !isBuyer && payments.amountOf(memberId) != 0;
    }

    function _requirePayments(IFlexSettlement.Run memory run, bytes calldata payments) private pure {
        bytes32 submitted = keccak256(payments);
        if (submitted != run.paymentsHash) revert FlexChallengesWrongPayments(run.paymentsHash, submitted);
    }

    function _isSomebody(MemberId memberId) private pure returns (bool) {
        return MemberId.unwrap(memberId) != 0;
    }
}
