// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    MemberId,
    PERIOD_SECONDS,
    PortfolioId,
    PowerW,
    ReservationId
} from "../types/Types.sol";
import {FlexAmounts} from "./FlexAmounts.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexRequests} from "./IFlexRequests.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {OfferRules} from "./OfferRules.sol";
import {OrderedPeriods} from "./OrderedPeriods.sol";
import {PackedPeriods} from "./PackedPeriods.sol";
import {PenaltyBands} from "./PenaltyBands.sol";
import {ServiceCalls} from "./ServiceCalls.sol";

contract FlexOrders is ServiceCalls, AccessManaged {
    using OfferRules for IFlexRequests.Offer;
    using OrderedPeriods for bytes;
    using PackedPeriods for bytes;
    using PenaltyBands for bytes;
    using SafeCast for uint256;

    /// @param packed The periods of the order.
    struct Draft {
        Order order;
        IFlexProducts.Product product;
        uint8 option;
        bytes32 reference_;
        bytes packed;
    }

    IAccounts private immutable _accounts;
    IFlexProducts private immutable _flexProducts;
    IFlexPortfolios private immutable _flexPortfolios;
    IFlexRequests private immutable _flexRequests;

    uint256 private _orderCount;

    constructor(
        address accessManager,
        IAccounts accounts,
        IFlexProducts flexProducts,
        IFlexPortfolios flexPortfolios,
        IFlexReservations flexReservations,
        IFlexRequests flexRequests
    ) ServiceCalls(flexReservations) AccessManaged(accessManager) {
        _accounts = accounts;
        _flexProducts = flexProducts;
        _flexPortfolios = flexPortfolios;
        _flexRequests = flexRequests;
    }

    /// @inheritdoc IFlexOrders
    function orderOffer(
        FlexOfferId offerId,
        IFlexRequests.Offer calldata offer,
        uint8 option,
        uint8 factor,
        bytes32 reference_
    ) external returns (FlexOrderId orderId) {
        Draft memory draft;
        (draft.option, draft.reference_) = (option, reference_);
        (draft.order.offerId, draft.order.factor) = (offerId, factor);
        _takeOption(draft, offer);
        orderId = _order(draft);

        _flexRequests.noteOrdered(offerId);
    }

    /// @inheritdoc IFlexOrders
    function orderReserve(
        ReservationId reservationId,
        bytes calldata periods,
        bytes32 reference_
    ) external returns (FlexOrderId orderId) {
        Draft memory draft;
        draft.reference_ = reference_;
        _takeReserve(draft, reservationId, periods);
        orderId = _order(draft);
    }

    /// @inheritdoc IFlexOrders
    function testReserve(
        ReservationId reservationId,
        bytes calldata periods,
        bytes32 reference_
    ) external returns (FlexOrderId orderId) {
        Draft memory draft;
        draft.reference_ = reference_;
        draft.order.isTest = true;
        _takeReserve(draft, reservationId, periods);
        orderId = _order(draft);
    }

    /// @inheritdoc IFlexOrders
    function revokeOffer(FlexOfferId offerId) external {
        (IFlexRequests.OfferState state, , PortfolioId portfolioId, , ) = _flexRequests.offerOf(offerId);
        _flexPortfolios.requireAggregator(portfolioId, msg.sender);
        if (state == IFlexRequests.OfferState.Ordered) _annul(offerId);

        _flexRequests.noteRevoked(offerId);
    }

    /// @inheritdoc IFlexOrders
    function cancelOrder(FlexOrderId orderId) external {
        Order memory order = _orderOf(orderId);
        _flexProducts.requireBuyer(order.productId, msg.sender);
        if (order.state != State.Binding) revert FlexOrdersWrongState(orderId, order.state);
        if (block.timestamp >= DeliveryPeriod.unwrap(order.firstPeriod) * PERIOD_SECONDS) {
            revert FlexOrdersStarted(orderId);
        }

        _orders[orderId].state = State.Cancelled;

        emit OrderCancelled(orderId);

        _release(orderId);
    }

    /// @inheritdoc IFlexOrders
    function releasePledge(FlexOrderId orderId) external restricted {
        _orderOf(orderId);
        _release(orderId);
    }

    /// @inheritdoc IFlexOrders
    function orderOf(FlexOrderId orderId) external view returns (Order memory) {
        return _orderOf(orderId);
    }

    /// @inheritdoc IFlexOrders
    function orderCount() external view returns (uint256) {
        return _orderCount;
    }

    /// @dev What is in the draft becomes an order.
    function _order(Draft memory draft) private returns (FlexOrderId orderId) {
        Order memory order = draft.order;
        orderId = FlexOrderId.wrap((++_orderCount).toUint32());
        order.state = State.Binding;
        order.orderedAt = block.timestamp.toUint40();
        order.blockNumber = block.number.toUint64();
        order.periodsHash = keccak256(draft.packed);
        _callAll(draft, _callerOf(orderId, draft));
        _orders[orderId] = order;

        _emitOrdered(orderId, draft);

        if (order.pledge != 0) {
            _accounts.pledge(_flexPortfolios.aggregatorOf(order.portfolioId), int256(uint256(order.pledge)));
        }
    }

    /// @dev Also finds the first and the last period, and what is to be pledged.
    function _callAll(Draft memory draft, Caller memory caller) private {
        Order memory order = draft.order;
        uint256 pledge = 0;
        uint256 count = draft.packed.length / PackedPeriods.OFFERED_LENGTH;
        for (uint256 position = 0; position < count; ++position) {
            (uint256 period, int256 power) = draft.packed.placedAt(position);
            uint256 along = FlexAmounts.powerIn(caller.direction, power);
            if (along == 0) continue;
            // The period has 32 bits where it is packed.
            DeliveryPeriod deliveryPeriod = DeliveryPeriod.wrap(uint32(period));
            if (DeliveryPeriod.unwrap(order.firstPeriod) == 0) {
                _requireLead(period, draft.product.activationLead);
                order.firstPeriod = deliveryPeriod;
            }
            order.lastPeriod = deliveryPeriod;
            PowerW minimum = draft.product.minimumSize;
            if (along < PowerW.unwrap(minimum)) {
                revert FlexOrdersBelowMinimum(deliveryPeriod, PowerW.wrap(uint32(along)), minimum);
            }
            uint256 energy = FlexAmounts.energyOver(along);
            pledge += draft.product.penalty.penaltyOf(energy, energy);
            _call(caller, period, along);
        }
        order.pledge = pledge.toUint64();
        _requirePledge(_flexPortfolios.aggregatorOf(order.portfolioId), pledge);
    }

    /// @dev Only in the block in which it was ordered, so that it is among the last orders.
    function _annul(FlexOfferId offerId) private {
        uint256 number = _orderCount;
        while (
            FlexOfferId.unwrap(_orders[FlexOrderId.wrap(uint32(number))].offerId) !=
            FlexOfferId.unwrap(offerId)
        ) {
            if (_orders[FlexOrderId.wrap(uint32(number))].blockNumber != block.number) {
                revert FlexOrdersOfferOrdered(offerId);
            }
            --number;
        }
        FlexOrderId orderId = FlexOrderId.wrap(uint32(number));
        Order memory order = _orders[orderId];
        if (order.blockNumber != block.number) revert FlexOrdersOfferOrdered(offerId);
        if (order.state != State.Binding) revert FlexOrdersWrongState(orderId, order.state);

        _orders[orderId].state = State.Annulled;
        uint256[2] memory capabilities = [
            _capabilityOf(order.portfolioId, IFlexProducts.Direction.ConsumeLess),
            _capabilityOf(order.portfolioId, IFlexProducts.Direction.ConsumeMore)
        ];
        _takeBack(orderId, _flexPortfolios.areaOf(order.portfolioId), capabilities);

        emit OrderAnnulled(orderId);

        _release(orderId);
    }

    function _release(FlexOrderId orderId) private {
        uint64 pledge = _orders[orderId].pledge;
        if (pledge == 0) return;

        _orders[orderId].pledge = 0;

        emit PledgeReleased(orderId, pledge);

        MemberId aggregator = _flexPortfolios.aggregatorOf(_orders[orderId].portfolioId);
        _accounts.pledge(aggregator, -int256(uint256(pledge)));
    }

    function _emitOrdered(FlexOrderId orderId, Draft memory draft) private {
        Order memory order = draft.order;
        emit FlexOrdered(
            orderId,
            order.portfolioId,
            order.productId,
            order.pointId,
            order.offerId,
            order.reservationId,
            order.isTest,
            draft.option,
            order.factor,
            order.price,
            order.pledge,
            draft.reference_,
            draft.packed
        );
    }

    /// @dev Fills the draft with what is ordered of an offer.
    function _takeOption(Draft memory draft, IFlexRequests.Offer calldata offer) private view {
        Order memory order = draft.order;
        FlexOfferId offerId = order.offerId;
        uint256 option = draft.option;
        (
            IFlexRequests.OfferState state,
            FlexRequestId requestId,
            PortfolioId portfolioId,
            bytes32 commitment,
            uint16 withinCap
        ) = _flexRequests.offerOf(offerId);
        _takeRequest(draft, requestId, portfolioId);
        _requireOrderable(offerId, state);
        bytes32 given = offer.commitmentOf(requestId, portfolioId);
        if (given != commitment) revert IFlexRequests.FlexOffersWrongCommitment(commitment, given);
        if (block.timestamp >= offer.expiresAt) {
            revert FlexOrdersOfferExpired(offerId, offer.expiresAt, block.timestamp);
        }
        if (option >= offer.options.length) revert FlexOrdersUnknownOption(offerId, option);
        IFlexRequests.Option calldata taken = offer.options[option];
        if (order.factor < taken.minActivationFactor || order.factor > FlexAmounts.WHOLE_FACTOR) {
            revert FlexOrdersInvalidFactor(order.factor, taken.minActivationFactor);
        }
        if ((withinCap >> option) & 1 == 0) revert FlexOrdersAboveCap(offerId, option);
        order.price = FlexAmounts.priceAt(order.factor, taken.price).toUint64();
        draft.packed = taken.periods.scaled(order.factor);
    }

    function _takeRequest(Draft memory draft, FlexRequestId requestId, PortfolioId portfolioId) private view {
        Order memory order = draft.order;
        (IFlexRequests.RequestState state, IFlexRequests.Request memory request, , ) = _flexRequests
            .requestOf(requestId);
        _flexProducts.requireBuyer(request.productId, msg.sender);
        if (state != IFlexRequests.RequestState.Open) {
            revert IFlexRequests.FlexRequestsNotOpen(requestId, state);
        }
        draft.product = _flexProducts.productOf(request.productId);
        order.portfolioId = portfolioId;
        order.productId = request.productId;
        order.pointId = request.pointId;
        order.reservationId = request.reservationId;
    }

    /// @dev Fills the draft with what is ordered of a reserve.
    function _takeReserve(
        Draft memory draft,
        ReservationId reservationId,
        bytes calldata periods
    ) private view {
        (IFlexReservations.Reservation memory reservation, IFlexReservations.State state) = _flexReservations
            .reservationOf(reservationId);
        _flexProducts.requireBuyer(reservation.productId, msg.sender);
        if (state != IFlexReservations.State.Agreed) {
            revert IFlexReservations.FlexReservationsWrongState(reservationId, state);
        }
        draft.product = _flexProducts.productOf(reservation.productId);
        uint256 energy = periods.energyOf(draft.product);
        Order memory order = draft.order;
        order.factor = uint8(FlexAmounts.WHOLE_FACTOR);
        order.portfolioId = reservation.portfolioId;
        order.productId = reservation.productId;
        order.pointId = reservation.pointId;
        order.reservationId = reservationId;
        order.price = FlexAmounts.priceOf(energy, reservation.utilisationPrice).toUint64();
        draft.packed = periods;
    }

    function _callerOf(FlexOrderId orderId, Draft memory draft) private view returns (Caller memory caller) {
        Order memory order = draft.order;
        (, bool isTso) = _flexProducts.buyerOf(order.productId);
        IFlexPortfolios.Prequalification memory prequalification = _flexPortfolios.prequalificationOf(
            order.portfolioId,
            order.productId,
            order.pointId
        );
        caller.orderId = orderId;
        caller.order = order;
        caller.area = _flexPortfolios.areaOf(order.portfolioId);
        caller.rank = uint256(draft.product.level) * 2 + (isTso ? 1 : 0);
        caller.direction = draft.product.direction;
        if (prequalification.until > block.timestamp) {
            caller.prequalified = PowerW.unwrap(prequalification.power);
        }
        caller.capability = _capabilityOf(order.portfolioId, caller.direction);
    }

    function _capabilityOf(
        PortfolioId portfolioId,
        IFlexProducts.Direction direction
    ) private view returns (uint256) {
        return PowerW.unwrap(_flexPortfolios.capabilityOf(portfolioId, direction));
    }

    function _requirePledge(MemberId aggregator, uint256 pledge) private view {
        uint256 free = _accounts.freeOf(aggregator);
        if (free < pledge || _accounts.debtOf(aggregator) != 0) {
            revert FlexOrdersPledgeTooSmall(aggregator, free, pledge);
        }
    }

    function _requireLead(uint256 period, uint256 lead) private view {
        uint256 start = period * PERIOD_SECONDS;
        uint256 latest = start > lead ? start - lead : 0;
        if (block.timestamp > latest) revert FlexOrdersTooLate(latest, block.timestamp);
    }

    function _orderOf(FlexOrderId orderId) private view returns (Order memory order) {
        order = _orders[orderId];
        if (order.state == State.None) revert FlexOrdersUnknown(orderId);
    }

    function _requireOrderable(FlexOfferId offerId, IFlexRequests.OfferState state) private pure {
        if (state == IFlexRequests.OfferState.Opened) return;
        if (state == IFlexRequests.OfferState.Revoked) revert FlexOrdersOfferRevoked(offerId);
        if (state == IFlexRequests.OfferState.Ordered) revert FlexOrdersOfferOrdered(offerId);
        revert IFlexRequests.FlexOffersWrongState(offerId, state);
    }
}
