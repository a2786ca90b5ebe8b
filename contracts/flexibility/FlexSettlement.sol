// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {ISettlement} from "../settlement/ISettlement.sol";
import {PackedPayments} from "../settlement/PackedPayments.sol";
import {TradedPeriods} from "../settlement/TradedPeriods.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, DeliveryPeriod, FlexOrderId, MemberId, Money, TradingDay} from "../types/Types.sol";
import {FlexAvailability} from "./FlexAvailability.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

contract FlexSettlement is FlexAvailability {
    using FlexCalls for FlexCalls.Delivery;
    using FlexCalls for bytes;
    using PackedPayments for bytes;
    using SafeCast for uint256;
    using TradedPeriods for TradingDay;

    uint8 private constant INITIAL = 0;
    /// @dev Seconds for which what was drawn on the readings may be committed.
    uint256 private constant READINGS_AGE = 1 hours;

    /// @dev The order at which a walk along the deliveries is.
    /// @param position Of the order among those of the facts, counted from 1.
    /// @param before Order and period of the delivery before, as one number.
    struct Walk {
        uint256 position;
        uint256 before;
        FlexOrderId orderId;
        IFlexOrders.Order order;
        IFlexProducts.Product product;
        bool hasProduct;
        bool isTso;
    }

    IMemberRegistry private immutable _memberRegistry;
    ISettlement private immutable _settlement;
    IAccounts private immutable _accounts;
    IFlexOrders private immutable _orders;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ISettlement settlement,
        IAccounts accounts,
        IFlexProducts flexProducts,
        IFlexReservations flexReservations,
        IFlexOrders flexOrders
    ) FlexAvailability(accessManager, credentialRegistry, areaRegistry, flexProducts, flexReservations) {
        _memberRegistry = memberRegistry;
        _settlement = settlement;
        _accounts = accounts;
        _orders = flexOrders;
    }

    /// @inheritdoc IFlexSettlement
    function commitRun(
        AreaId area,
        TradingDay day,
        Commitment calldata commitment,
        uint32 readingsAt,
        Facts calldata facts,
        bytes calldata payments
    ) external onlyRole(Role.MarketOperator, area) {
        _accounts.requireBond(area);
        _requireTurn(area, day, facts, readingsAt);
        Due memory due;
        _settleDeliveries(area, day, facts, due);
        _settleAvailability(area, day, facts.availability, due);
        _requirePayments(area, commitment.total, payments, due);

        _runs[area][day] = Run(
            commitment.root,
            commitment.count,
            commitment.total,
            block.timestamp.toUint32(),
            readingsAt,
            false,
            keccak256(facts.deliveries),
            keccak256(facts.availability),
            keccak256(payments)
        );

        emit FlexStatementsCommitted(
            area,
            day,
            commitment.root,
            commitment.count,
            commitment.total,
            readingsAt,
            facts.deliveries,
            facts.availability,
            payments
        );
    }

    /// @inheritdoc IFlexSettlement
    function voidRun(AreaId area, TradingDay day) external restricted {
        Run storage run = _runs[area][day];
        if (run.committedAt == 0) revert FlexSettlementNotCommitted(area, day);
        if (run.isPaid) revert FlexSettlementAlreadyPaid(area, day);

        delete _runs[area][day];

        emit FlexRunVoided(area, day);
    }

    /// @inheritdoc IFlexSettlement
    function payRun(AreaId area, TradingDay day, Facts calldata facts, bytes calldata payments) external {
        Run memory run = _runs[area][day];
        if (run.committedAt == 0) revert FlexSettlementNotCommitted(area, day);
        if (run.isPaid) revert FlexSettlementAlreadyPaid(area, day);
        uint256 from = uint256(run.committedAt) + _areaRegistry.calendarOf(area).challengeWindow;
        if (block.timestamp < from) revert FlexSettlementTooEarly(day, from, block.timestamp);
        _requireHash(run.paymentsHash, keccak256(payments));
        _requireHash(run.deliveriesHash, keccak256(facts.deliveries));
        _requireHash(run.availabilityHash, keccak256(facts.availability));

        _runs[area][day].isPaid = true;
        _noteAvailability(facts.availability);

        emit FlexRunPaid(area, day, payments.countOf().toUint32(), payments);

        _accounts.applyPayments(area, day, payments);
        _close(area, day, facts);
    }

    /// @inheritdoc IFlexSettlement
    function releaseUnpaidDay(AreaId area, TradingDay day, FlexOrderId[] calldata orders) external {
        if (_runs[area][day].isPaid) revert FlexSettlementAlreadyPaid(area, day);
        uint256 from = _deadlineOf(area, TradingDay.unwrap(day));
        if (block.timestamp < from) revert FlexSettlementTooEarly(day, from, block.timestamp);

        for (uint256 i = 0; i < orders.length; ++i) {
            IFlexOrders.Order memory order = _orders.orderOf(orders[i]);
            if (!_isOfArea(order.productId, area) || !_isFree(area, day, order)) {
                revert FlexSettlementWrongOrder(orders[i]);
            }
            _orders.releasePledge(orders[i]);
        }

        emit PledgesReleased(area, day);
    }

    function _requireTurn(
        AreaId area,
        TradingDay day,
        Facts calldata facts,
        uint256 readingsAt
    ) private view {
        if (_runs[area][day].committedAt != 0) revert FlexSettlementAlreadyCommitted(area, day);
        if (!_settlement.isPaid(area, day, INITIAL)) revert FlexSettlementEnergyNotPaid(area, day);
        uint256 oldest = block.timestamp - READINGS_AGE;
        if (readingsAt < oldest || readingsAt > block.timestamp) {
            revert FlexSettlementReadingsTooOld(readingsAt, oldest, block.timestamp);
        }
        if (facts.deliveries.length % FlexCalls.LENGTH != 0) {
            revert FlexSettlementWrongLength(facts.deliveries.length);
        }
        uint256 called = _orders.callCountOf(area, day);
        uint256 given = facts.deliveries.deliveryCountOf();
        if (called != given) revert FlexSettlementWrongCount(called, given);
        if (called == 0 && facts.availability.length == 0) revert FlexSettlementNothingCalled(area, day);
    }

    /// @dev As many as are called, each once and of something called: so these are all.
    function _settleDeliveries(AreaId area, TradingDay day, Facts calldata facts, Due memory due) private {
        Walk memory walk;
        uint256 count = facts.deliveries.deliveryCountOf();
        for (uint256 position = 0; position < count; ++position) {
            FlexCalls.Delivery memory delivery = facts.deliveries.deliveryAt(position);
            _step(walk, area, facts, delivery);
            _takeProduct(walk);
            uint256 number =
                (uint256(FlexOrderId.unwrap(delivery.orderId)) << 32) |
                    DeliveryPeriod.unwrap(delivery.period);
            bool isCancelled = walk.order.state == IFlexOrders.State.Cancelled;
            bool isValid =
                number > walk.before &&
                    FlexCalls.dayOf(DeliveryPeriod.unwrap(delivery.period)) == TradingDay.unwrap(day) &&
                    (isCancelled || walk.order.state == IFlexOrders.State.Binding) &&
                    ((!isCancelled && delivery.assetCount != 0) || _isNothing(delivery));
            walk.before = number;
            Settled memory settled = _settledOf(walk, facts, delivery);
            if (!isValid || settled.price == type(uint64).max) revert FlexSettlementWrongDelivery(position);

            _add(due, walk.isTso, int256(uint256(settled.payment)) - int256(uint256(settled.penalty)));

            _emitSettled(delivery, settled);
        }
        if (walk.position != facts.orders.length) revert FlexSettlementWrongLength(facts.orders.length);
    }

    function _emitSettled(FlexCalls.Delivery memory delivery, Settled memory settled) private {
        emit DeliverySettled(
            delivery.orderId,
            delivery.period,
            settled.served,
            settled.delivered,
            settled.deficiency,
            settled.price,
            settled.payment,
            settled.penalty
        );
    }

    /// @dev Frees what was pledged for each order, and notes what each reservation showed that was called, all that was
    /// called of it on the day together.
    function _close(AreaId area, TradingDay day, Facts calldata facts) private {
        Walk memory walk;
        uint256 count = facts.deliveries.deliveryCountOf();
        Shown[] memory shown = new Shown[](facts.orders.length);
        uint256 found = 0;
        uint256 closed = 0;
        for (uint256 position = 0; position < count; ++position) {
            FlexCalls.Delivery memory delivery = facts.deliveries.deliveryAt(position);
            _step(walk, AreaId.wrap(0), facts, delivery);
            if (closed != walk.position) {
                closed = walk.position;
                if (_isFree(area, day, walk.order)) _orders.releasePledge(walk.orderId);
            }
            bool isProof = walk.order.state == IFlexOrders.State.Binding && _isReserve(walk.order);
            if (!isProof) continue;
            _takeProduct(walk);
            found = _show(shown, found, walk.order, delivery.period, _settledOf(walk, facts, delivery));
        }
        _noteShown(shown, found);

        emit PledgesReleased(area, day);
    }

    /// @dev Goes on to the delivery's order, where that is another than the one before.
    /// @param area Whose the order has to be; zero where that is known.
    function _step(
        Walk memory walk,
        AreaId area,
        Facts calldata facts,
        FlexCalls.Delivery memory delivery
    ) private view {
        bool isSame = FlexOrderId.unwrap(delivery.orderId) == FlexOrderId.unwrap(walk.orderId);
        if (isSame && walk.position != 0) return;
        if (walk.position == facts.orders.length) revert FlexSettlementWrongLength(facts.orders.length);
        walk.orderId = delivery.orderId;
        walk.order = _orderOf(delivery.orderId, area, facts.orders[walk.position++]);
        walk.hasProduct = false;
    }

    function _takeProduct(Walk memory walk) private view {
        if (walk.hasProduct) return;
        walk.hasProduct = true;
        walk.product = _products.productOf(walk.order.productId);
        (, walk.isTso) = _products.buyerOf(walk.order.productId);
    }

    function _orderOf(
        FlexOrderId orderId,
        AreaId area,
        bytes calldata periods
    ) private view returns (IFlexOrders.Order memory order) {
        order = _orders.orderOf(orderId);
        bool isKnown = order.state != IFlexOrders.State.None && order.periodsHash == keccak256(periods);
        if (!isKnown || (AreaId.unwrap(area) != 0 && !_isOfArea(order.productId, area))) {
            revert FlexSettlementWrongOrder(orderId);
        }
    }

    /// @return settled With the greatest price there is where the order calls nothing in the period.
    function _settledOf(
        Walk memory walk,
        Facts calldata facts,
        FlexCalls.Delivery memory delivery
    ) private view returns (Settled memory settled) {
        IFlexOrders.Call memory power;
        (power.ordered, power.served) = _orders.callOf(delivery.orderId, delivery.period);
        if (_isZero(power.ordered)) {
            settled.price = type(uint64).max;
            return settled;
        }
        return delivery.settle(walk.order, walk.product, power, facts.orders[walk.position - 1]);
    }

    /// @dev Whether every day of the order is paid or beyond its deadlines, `day` being one of them.
    function _isFree(
        AreaId area,
        TradingDay day,
        IFlexOrders.Order memory order
    ) private view returns (bool) {
        uint256 first = FlexCalls.dayOf(DeliveryPeriod.unwrap(order.firstPeriod));
        uint256 last = FlexCalls.dayOf(DeliveryPeriod.unwrap(order.lastPeriod));
        uint256 own = TradingDay.unwrap(day);
        if (own < first || own > last) return false;
        for (uint256 other = first; other <= last; ++other) {
            if (other == own || _runs[area][TradingDay.wrap(other.toUint32())].isPaid) continue;
            if (block.timestamp < _deadlineOf(area, other)) return false;
        }
        return true;
    }

    /// @dev Each of another member, ascending, none zero; they sum to zero, and buyers pay what is due.
    function _requirePayments(
        AreaId area,
        uint64 total,
        bytes calldata payments,
        Due memory due
    ) private view {
        if (payments.length % PackedPayments.LENGTH != 0) revert FlexSettlementWrongLength(payments.length);
        (MemberId dso, MemberId tso) = (_memberRegistry.dsoOf(area), _memberRegistry.tsoOf(area));
        Due memory paid;
        uint256 last = 0;
        int256 sum = 0;
        uint256 moved = 0;
        uint256 count = payments.countOf();
        // Unchecked: no calldata holds payments enough to carry 64 bits over 255.
        unchecked {
            for (uint256 position = 0; position < count; ++position) {
                (MemberId memberId, Money payment) = payments.paymentAt(position);
                (uint256 id, int256 amount) = (MemberId.unwrap(memberId), Money.unwrap(payment));
                if (id <= last || amount == 0) revert FlexSettlementInvalidPayments(position);
                last = id;
                sum += amount;
                if (amount > 0) moved += uint256(amount);
                if (id == MemberId.unwrap(dso)) paid.dso = amount;
                if (id == MemberId.unwrap(tso)) paid.tso = amount;
            }
        }
        if (sum != 0) revert FlexSettlementNotZeroSum(sum);
        if (moved != total) revert FlexSettlementWrongTotal(total, moved);
        if (paid.dso != due.dso) revert FlexSettlementWrongBuyerPayment(due.dso, paid.dso);
        if (paid.tso != due.tso) revert FlexSettlementWrongBuyerPayment(due.tso, paid.tso);
    }

    function _requireHash(bytes32 committed, bytes32 submitted) private pure {
        if (submitted != committed) revert FlexSettlementWrongPayments(committed, submitted);
    }

    function _isNothing(FlexCalls.Delivery memory delivery) private pure returns (bool) {
        return
            delivery.moved == 0 &&
            delivery.opposed == 0 &&
            delivery.assetCount == 0 &&
            delivery.assetsRoot == 0;
    }
}
