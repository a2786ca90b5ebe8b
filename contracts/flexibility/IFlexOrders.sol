// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AreaId,
    CongestionPointId,
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    MemberId,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId,
    TradingDay
} from "../types/Types.sol";
import {IFlexRequests} from "./IFlexRequests.sol";

/// @notice Flex orders: what a buyer accepts of offers, or calls of a contracted reserve. An order binds both and is
/// the activation of its periods.
///
/// What is ordered, packed as what is offered: period 4, power 4 (signed). Scaled by the activation factor, in
/// hundredths, power is rounded up to the W and the price down to 100 micro-euro. Power in the product's direction is
/// owed; power in the other direction is rebound that the buyer was told of: a permission.
///
/// One portfolio may be called by several services in a period, in one direction, and never for more than the most
/// that it is prequalified for in that direction. Where they conflict, the narrower level comes first, then a DSO
/// before a TSO, then who was first: a call that comes before others displaces them, and one that comes after finds
/// what is left. What is displaced is neither paid nor fined.
///
/// For each order its aggregator pledges what it would owe if it delivered nothing.
interface IFlexOrders {
    enum State {
        None,
        Binding,
        Annulled,
        Cancelled
    }

    /// @param price Of all that is ordered, in micro-euro.
    /// @param factor In hundredths.
    /// @param isTest Whether it only tests that a reserve is available.
    /// @param blockNumber In which it was ordered.
    /// @param firstPeriod The first that it calls anything in; `lastPeriod` the last.
    /// @param pledge Micro-euro that the aggregator has pledged for it.
    /// @param periodsHash Of the packed periods.
    struct Order {
        State state;
        bool isTest;
        uint8 factor;
        PortfolioId portfolioId;
        ProductId productId;
        CongestionPointId pointId;
        FlexOfferId offerId;
        ReservationId reservationId;
        uint40 orderedAt;
        uint64 blockNumber;
        uint64 price;
        uint64 pledge;
        DeliveryPeriod firstPeriod;
        DeliveryPeriod lastPeriod;
        bytes32 periodsHash;
    }

    /// @param ordered W in the product's direction; `served` what other services left of it.
    struct Call {
        FlexOrderId orderId;
        PowerW ordered;
        PowerW served;
    }

    event FlexOrdered(
        FlexOrderId indexed orderId,
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        CongestionPointId pointId,
        FlexOfferId offerId,
        ReservationId reservationId,
        bool isTest,
        uint8 option,
        uint8 factor,
        uint64 price,
        uint64 pledge,
        bytes32 reference_,
        bytes periods
    );
    /// @notice Of what was ordered in the period `served` W are called from now on: less, since another service comes
    /// first, or more again, since that order was annulled.
    event CallDisplaced(FlexOrderId indexed orderId, DeliveryPeriod indexed period, PowerW served);
    /// @notice Order and revocation crossed: the order binds nobody.
    event OrderAnnulled(FlexOrderId indexed orderId);
    /// @notice The buyer wants no delivery any more: it pays the whole price, and nobody is fined.
    event OrderCancelled(FlexOrderId indexed orderId);
    event PledgeReleased(FlexOrderId indexed orderId, uint64 pledge);

    error FlexOrdersUnknown(FlexOrderId orderId);
    error FlexOrdersWrongState(FlexOrderId orderId, State state);
    error FlexOrdersOfferRevoked(FlexOfferId offerId);
    error FlexOrdersOfferExpired(FlexOfferId offerId, uint256 expiresAt, uint256 time);
    error FlexOrdersOfferOrdered(FlexOfferId offerId);
    error FlexOrdersUnknownOption(FlexOfferId offerId, uint256 option);
    /// @notice Below the least that the option accepts, or more than the whole of it.
    error FlexOrdersInvalidFactor(uint256 factor, uint256 least);
    error FlexOrdersTooLate(uint256 latest, uint256 time);
    error FlexOrdersBelowMinimum(DeliveryPeriod period, PowerW power, PowerW minimum);
    /// @notice It would cost more than the request's cap for the kWh of effect at the congestion point.
    error FlexOrdersAboveCap(FlexOfferId offerId, uint256 option);
    error FlexOrdersOverPrequalified(DeliveryPeriod period, uint256 ordered, uint256 prequalified);
    error FlexOrdersOpposed(DeliveryPeriod period, FlexOrderId orderId);
    error FlexOrdersOvercalled(DeliveryPeriod period, uint256 left, uint256 power);
    error FlexOrdersNotReserved(DeliveryPeriod period, PowerW reserved, PowerW power);
    error FlexOrdersInvalidPeriods(uint256 position);
    /// @notice At most 8 call a portfolio in a period. One that comes before the last of them takes its place.
    error FlexOrdersTooManyCalls(PortfolioId portfolioId, DeliveryPeriod period);
    /// @notice The aggregator has less free than it must pledge, or is in debt.
    error FlexOrdersPledgeTooSmall(MemberId aggregator, uint256 free, uint256 pledge);
    error FlexOrdersStarted(FlexOrderId orderId);

    /// @notice Orders one option of an opened offer, whole or in part.
    /// @param offer As it was opened.
    /// @param reference_ The buyer's own number of the order.
    /// @custom:access the product's buyer
    function orderOffer(
        FlexOfferId offerId,
        IFlexRequests.Offer calldata offer,
        uint8 option,
        uint8 factor,
        bytes32 reference_
    ) external returns (FlexOrderId orderId);
    /// @notice Activates a contracted reserve directly, at the contract's utilisation price.
    /// @custom:access the product's buyer
    function orderReserve(
        ReservationId reservationId,
        bytes calldata periods,
        bytes32 reference_
    ) external returns (FlexOrderId orderId);
    /// @notice The same, to see whether the reserve is available; paid alike.
    /// @custom:access the product's buyer
    function testReserve(
        ReservationId reservationId,
        bytes calldata periods,
        bytes32 reference_
    ) external returns (FlexOrderId orderId);

    /// @notice Takes back an offer that was not ordered, or in this very block only: where order and revocation cross,
    /// the revocation wins.
    /// @custom:access the portfolio's aggregator
    function revokeOffer(FlexOfferId offerId) external;
    /// @notice Before its first period begins; the price is owed whole.
    /// @custom:access the product's buyer
    function cancelOrder(FlexOrderId orderId) external;
    /// @notice Frees the pledge of an order that is settled, or never will be since all deadlines have passed.
    /// @custom:access role FLEX_SETTLEMENT
    function releasePledge(FlexOrderId orderId) external;

    function orderOf(FlexOrderId orderId) external view returns (Order memory);
    /// @notice In the sequence of their precedence, at most 8.
    function callsOf(PortfolioId portfolioId, DeliveryPeriod period) external view returns (Call[] memory);
    /// @notice Both zero where the order calls nothing in the period.
    function callOf(
        FlexOrderId orderId,
        DeliveryPeriod period
    ) external view returns (PowerW ordered, PowerW served);
    /// @notice Pairs of binding or cancelled orders and periods of the day in which they call anything.
    function callCountOf(AreaId area, TradingDay day) external view returns (uint256);
    function orderCount() external view returns (uint256);
}
