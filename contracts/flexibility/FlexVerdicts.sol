// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {
    AreaId,
    DeliveryPeriod,
    FlexOrderId,
    MemberId,
    PERIOD_SECONDS,
    PortfolioId,
    ProductId,
    TradingDay
} from "../types/Types.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {FlexLeaves} from "./FlexLeaves.sol";
import {IFlexChallenges} from "./IFlexChallenges.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev Who may challenge what and until when, and what comes of it.
abstract contract FlexVerdicts is IFlexChallenges {
    using FlexCalls for FlexCalls.Delivery;
    using FlexCalls for bytes;
    using FlexLeaves for AssetProof;
    using FlexLeaves for StatementProof;

    /// @dev 10 EUR each.
    uint256 private constant STAKE = 10_000_000;
    uint256 private constant REWARD = 10_000_000;

    /// @dev Who challenges whose leaf.
    struct Claim {
        MemberId challenger;
        AreaId area;
        TradingDay day;
        MemberId memberId;
        FlexOrderId orderId;
        DeliveryPeriod period;
    }

    /// @dev An order in a period, with what it comes to.
    struct Called {
        FlexCalls.Delivery delivery;
        IFlexOrders.Order order;
        IFlexProducts.Product product;
        IFlexSettlement.Settled settled;
    }

    IAreaRegistry internal immutable _areaRegistry;
    IMemberRegistry internal immutable _memberRegistry;
    IAccounts private immutable _accounts;
    IFlexProducts internal immutable _products;
    IFlexPortfolios internal immutable _portfolios;
    IFlexOrders internal immutable _orders;
    IFlexSettlement private immutable _flexSettlement;

    constructor(
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        IAccounts accounts,
        IFlexProducts flexProducts,
        IFlexPortfolios flexPortfolios,
        IFlexOrders flexOrders,
        IFlexSettlement flexSettlement
    ) {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _accounts = accounts;
        _products = flexProducts;
        _portfolios = flexPortfolios;
        _orders = flexOrders;
        _flexSettlement = flexSettlement;
    }

    /// @dev Voids the run and rewards the challenger, unless what it challenged is right: then it pays.
    function _decide(Claim memory claim, bool isRight) internal {
        if (isRight) {
            emit FlexChallengeRejected(
                claim.area,
                claim.day,
                claim.memberId,
                claim.orderId,
                claim.period,
                claim.challenger
            );

            _accounts.forfeit(claim.area, claim.challenger, STAKE);
            return;
        }

        emit FlexChallengeUpheld(
            claim.area,
            claim.day,
            claim.memberId,
            claim.orderId,
            claim.period,
            claim.challenger
        );

        _flexSettlement.voidRun(claim.area, claim.day);
        _accounts.reward(claim.area, claim.challenger, REWARD);
    }

    /// @param owner Whose leaf is challenged: the owner of its account does so even when it is active no more.
    function _claimOf(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        MemberId owner
    ) internal view returns (Claim memory claim, IFlexSettlement.Run memory run) {
        bool isOwn = MemberId.unwrap(challenger) == MemberId.unwrap(owner);
        if (
            !_memberRegistry.actsFor(area, challenger, msg.sender) &&
            !(isOwn && _memberRegistry.ownerOf(challenger) == msg.sender)
        ) revert FlexChallengesNotTheMember(challenger, msg.sender);
        run = _flexSettlement.runOf(area, day);
        if (run.committedAt == 0) revert FlexChallengesNotCommitted(area, day);
        uint256 end = uint256(run.committedAt) + _areaRegistry.calendarOf(area).challengeWindow;
        if (block.timestamp >= end) revert FlexChallengesWindowOver(end, block.timestamp);
        claim.challenger = challenger;
        claim.area = area;
        claim.day = day;
        claim.memberId = owner;
    }

    /// @dev Of a leaf of an order in a period, which the claim is about from now on.
    function _calledOf(
        Claim memory claim,
        IFlexSettlement.Run memory run,
        CallProof calldata call
    ) internal view returns (Called memory called) {
        _requireDeliveries(run, call.deliveries);
        if (call.position >= call.deliveries.deliveryCountOf()) revert FlexChallengesWrongCall(call.position);
        called = _calledAt(call.deliveries, call.position, call.periods);
        claim.orderId = called.delivery.orderId;
        claim.period = called.delivery.period;
    }

    function _calledAt(
        bytes calldata deliveries,
        uint256 position,
        bytes calldata periods
    ) internal view returns (Called memory called) {
        called.delivery = deliveries.deliveryAt(position);
        called.order = _orders.orderOf(called.delivery.orderId);
        if (called.order.periodsHash != keccak256(periods)) {
            revert FlexChallengesWrongOrder(called.delivery.orderId);
        }
        called.product = _products.productOf(called.order.productId);
        IFlexOrders.Call memory power;
        (power.ordered, power.served) = _orders.callOf(called.delivery.orderId, called.delivery.period);
        called.settled = called.delivery.settle(called.order, called.product, power, periods);
    }

    function _requireDeliveries(IFlexSettlement.Run memory run, bytes calldata deliveries) internal pure {
        bytes32 submitted = keccak256(deliveries);
        if (submitted != run.deliveriesHash) {
            revert FlexChallengesWrongDeliveries(run.deliveriesHash, submitted);
        }
    }

    function _requireAsset(FlexCalls.Delivery memory delivery, AssetProof calldata asset) internal pure {
        if (!asset.isAssetOf(delivery)) {
            revert FlexChallengesWrongAsset(asset.leaf.memberId, asset.position);
        }
    }

    function _requireStatement(
        IFlexSettlement.Run memory run,
        StatementProof calldata statement,
        TradingDay day
    ) internal pure {
        bool isOfDay = TradingDay.unwrap(statement.leaf.day) == TradingDay.unwrap(day);
        if (!isOfDay || !statement.isStatementOf(run)) {
            revert FlexChallengesWrongStatement(statement.leaf.memberId, statement.position);
        }
    }

    /// @dev The two are next to each other among `count` leaves, or the one is at the end where the other is missing.
    function _requireNeighbours(
        bool hasLeft,
        uint256 left,
        bool hasRight,
        uint256 right,
        uint256 count
    ) internal pure {
        uint256 next = hasLeft ? left + 1 : 0;
        bool areNext = hasRight ? right == next : next == count;
        if (!areNext) revert FlexChallengesNotNeighbours(left, right, count);
    }

    /// @dev Whether the member was in the order's portfolio when the period began.
    function _isIn(
        MemberId memberId,
        ProductId productId,
        PortfolioId portfolioId,
        DeliveryPeriod period
    ) internal view returns (bool) {
        uint256 start = uint256(DeliveryPeriod.unwrap(period)) * PERIOD_SECONDS;
        PortfolioId own = _portfolios.portfolioAt(productId, memberId, start);
        return PortfolioId.unwrap(own) == PortfolioId.unwrap(portfolioId);
    }

    /// @param left Zero where nobody is before, `right` where nobody is behind.
    function _isBetween(MemberId left, MemberId memberId, MemberId right) internal pure returns (bool) {
        uint256 end = MemberId.unwrap(right) == 0 ? type(uint256).max : MemberId.unwrap(right);
        return MemberId.unwrap(left) < MemberId.unwrap(memberId) && MemberId.unwrap(memberId) < end;
    }
}
