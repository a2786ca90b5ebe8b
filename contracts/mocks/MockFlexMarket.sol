// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../flexibility/IFlexProducts.sol";
import {IFlexReservations} from "../flexibility/IFlexReservations.sol";
import {
    AreaId,
    DeliveryPeriod,
    FlexOrderId,
    MemberId,
    PERIODS_PER_DAY,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId,
    TradingDay
} from "../types/Types.sol";

/// @dev Stands in for products, portfolios, reservations and orders of one area, which are as the test says.
contract MockFlexMarket {
    struct Power {
        PowerW ordered;
        PowerW served;
    }

    error MockFlexMarketNotTheAggregator(address caller);

    AreaId private _area;
    mapping(ProductId productId => IFlexProducts.Product) private _products;
    mapping(ProductId productId => bool) private _areTso;
    mapping(PortfolioId portfolioId => MemberId) private _aggregators;
    mapping(PortfolioId portfolioId => uint16) private _fees;
    mapping(PortfolioId portfolioId => IFlexPortfolios.Split) private _splits;
    mapping(ProductId productId => mapping(MemberId memberId => PortfolioId)) private _memberships;
    mapping(FlexOrderId orderId => IFlexOrders.Order) private _orders;
    mapping(FlexOrderId orderId => mapping(DeliveryPeriod period => Power)) private _powers;
    mapping(PortfolioId portfolioId => mapping(DeliveryPeriod period => IFlexOrders.Call[])) private _calls;
    mapping(TradingDay day => uint256) private _counts;
    mapping(ReservationId reservationId => IFlexReservations.Reservation) private _reservations;
    mapping(ReservationId reservationId => PowerW) private _reserved;
    mapping(ReservationId reservationId => DeliveryPeriod) private _lastPeriods;

    constructor(AreaId area) {
        _area = area;
    }

    function setProduct(ProductId productId, IFlexProducts.Product calldata product, bool isTso) external {
        _products[productId] = product;
        _areTso[productId] = isTso;
    }

    function setPortfolio(
        PortfolioId portfolioId,
        MemberId aggregator,
        uint16 feePermille,
        IFlexPortfolios.Split split
    ) external {
        _aggregators[portfolioId] = aggregator;
        _fees[portfolioId] = feePermille;
        _splits[portfolioId] = split;
    }

    function setMember(ProductId productId, MemberId memberId, PortfolioId portfolioId) external {
        _memberships[productId][memberId] = portfolioId;
    }

    function setOrder(FlexOrderId orderId, IFlexOrders.Order calldata order) external {
        _orders[orderId] = order;
    }

    function setState(FlexOrderId orderId, IFlexOrders.State state) external {
        _orders[orderId].state = state;
    }

    function call(FlexOrderId orderId, DeliveryPeriod period, PowerW ordered, PowerW served) external {
        _powers[orderId][period] = Power(ordered, served);
        _calls[_orders[orderId].portfolioId][period].push(IFlexOrders.Call(orderId, ordered, served));
        ++_counts[TradingDay.wrap(uint32(DeliveryPeriod.unwrap(period) / PERIODS_PER_DAY))];
    }

    function setReservation(
        ReservationId reservationId,
        IFlexReservations.Reservation calldata reservation,
        PowerW reserved,
        DeliveryPeriod lastPeriod
    ) external {
        _reservations[reservationId] = reservation;
        _reserved[reservationId] = reserved;
        _lastPeriods[reservationId] = lastPeriod;
    }

    function releasePledge(FlexOrderId orderId) external {
        _orders[orderId].pledge = 0;
    }

    /// @dev Of products and of portfolios: the signature is the same.
    function areaOf(ProductId) external view returns (AreaId) {
        return _area;
    }

    function productOf(ProductId productId) external view returns (IFlexProducts.Product memory) {
        return _products[productId];
    }

    function buyerOf(ProductId productId) external view returns (address buyer, bool isTso) {
        return (address(this), _areTso[productId]);
    }

    function aggregatorOf(PortfolioId portfolioId) external view returns (MemberId) {
        return _aggregators[portfolioId];
    }

    function termsOf(PortfolioId portfolioId) external view returns (uint16, IFlexPortfolios.Split) {
        return (_fees[portfolioId], _splits[portfolioId]);
    }

    function portfolioAt(
        ProductId productId,
        MemberId memberId,
        uint256
    ) external view returns (PortfolioId) {
        return _memberships[productId][memberId];
    }

    function orderOf(FlexOrderId orderId) external view returns (IFlexOrders.Order memory) {
        return _orders[orderId];
    }

    function callOf(FlexOrderId orderId, DeliveryPeriod period) external view returns (PowerW, PowerW) {
        Power memory power = _powers[orderId][period];
        return (power.ordered, power.served);
    }

    function callsOf(
        PortfolioId portfolioId,
        DeliveryPeriod period
    ) external view returns (IFlexOrders.Call[] memory) {
        return _calls[portfolioId][period];
    }

    function callCountOf(AreaId, TradingDay day) external view returns (uint256) {
        return _counts[day];
    }

    function reservationOf(
        ReservationId reservationId
    )
        external
        view
        returns (IFlexReservations.Reservation memory reservation, IFlexReservations.State state)
    {
        reservation = _reservations[reservationId];
        bool isKnown = PortfolioId.unwrap(reservation.portfolioId) != 0;
        state = isKnown ? IFlexReservations.State.Agreed : IFlexReservations.State.None;
    }

    function reservedAt(ReservationId reservationId, DeliveryPeriod) external view returns (PowerW) {
        return _reserved[reservationId];
    }

    function lastPeriodOf(ReservationId reservationId) external view returns (DeliveryPeriod) {
        return _lastPeriods[reservationId];
    }

    /// @dev Whoever the test calls from is the aggregator of all: addresses above 0xffff are.
    function requireAggregator(PortfolioId, address caller) external pure {
        if (uint160(caller) <= 0xffff) revert MockFlexMarketNotTheAggregator(caller);
    }
}
