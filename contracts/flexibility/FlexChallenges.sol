// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {ChunkChain} from "../market/ChunkChain.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {ITradingDays} from "../market/ITradingDays.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {SettlementLines} from "../settlement/SettlementLines.sol";
import {
    AreaId,
    DeliveryPeriod,
    FlexOrderId,
    MemberId,
    Money,
    PERIODS_PER_DAY,
    TradingDay,
    TraderNumber
} from "../types/Types.sol";
import {AssetChallenges} from "./AssetChallenges.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {FlexLeaves} from "./FlexLeaves.sol";
import {FlexLines} from "./FlexLines.sol";
import {FlexVerdicts} from "./FlexVerdicts.sol";
import {IFlexBaselines} from "./IFlexBaselines.sol";
import {IFlexChallenges} from "./IFlexChallenges.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";
import {StatementChallenges} from "./StatementChallenges.sol";

contract FlexChallenges is StatementChallenges {
    using ChunkChain for bytes[];
    using FlexCalls for bytes;
    using FlexLeaves for Entry;
    using FlexLeaves for EntryProof;
    using SettlementLines for bytes[];

    uint64 private constant OPPOSED = type(uint64).max;

    /// @dev A member's leaf of an order in the period, by what decides which comes first.
    struct Attribution {
        uint256 rank;
        bool isConsumeMore;
        uint64 delivered;
        uint64 attributed;
    }

    /// @dev What a member's leaves of a period come to.
    /// @param delivered Signed: negative where it consumed more.
    struct Sums {
        uint256 count;
        int256 delivered;
        uint256 revenue;
        uint256 penalty;
        int256 realised;
        Attribution[] attributions;
    }

    ITradingDays private immutable _tradingDays;
    ICallAuction private immutable _callAuction;

    constructor(
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays,
        ICallAuction callAuction,
        IAccounts accounts,
        IFlexProducts flexProducts,
        IFlexPortfolios flexPortfolios,
        IFlexReservations flexReservations,
        IFlexOrders flexOrders,
        IFlexSettlement flexSettlement,
        IFlexBaselines flexBaselines
    )
        FlexVerdicts(
            areaRegistry,
            memberRegistry,
            accounts,
            flexProducts,
            flexPortfolios,
            flexOrders,
            flexSettlement
        )
        AssetChallenges(flexBaselines)
        StatementChallenges(flexReservations)
    {
        _tradingDays = tradingDays;
        _callAuction = callAuction;
    }

    /// @inheritdoc IFlexChallenges
    function challengeEntry(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        EntryProof calldata entry,
        bytes calldata deliveries,
        AssetProof[] calldata assets,
        bytes[] calldata fills
    ) external {
        Claim memory claim = _entryClaimOf(challenger, area, statement, entry, deliveries);
        IMemberRegistry.Kind kind = _memberRegistry.kindOf(claim.memberId);
        if (kind == IMemberRegistry.Kind.Aggregator || kind == IMemberRegistry.Kind.Supplier) {
            revert FlexChallengesNotAHousehold(claim.memberId);
        }
        Sums memory sums = _sumsOf(claim, deliveries, assets);

        Entry memory expected = _entryOf(
            sums.delivered < 0 ? uint256(-sums.delivered) : uint256(sums.delivered),
            sums.revenue,
            sums.penalty
        );
        if (sums.delivered != 0) {
            expected.correction = Money.wrap(int64(_correctionOf(claim, sums, fills)));
        }
        _decide(claim, _isEntry(expected, entry) && _areAttributed(sums));
    }

    /// @inheritdoc IFlexChallenges
    function challengeAggregator(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        EntryProof calldata entry,
        bytes calldata deliveries,
        bytes[] calldata orders,
        AssetProof[] calldata lasts
    ) external {
        Claim memory claim = _entryClaimOf(challenger, area, statement, entry, deliveries);
        if (_memberRegistry.kindOf(claim.memberId) != IMemberRegistry.Kind.Aggregator) {
            revert FlexChallengesNotAnAggregator(claim.memberId);
        }

        _decide(claim, _isEntry(_aggregatedOf(claim, deliveries, orders, lasts), entry));
    }

    function _entryClaimOf(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        EntryProof calldata entry,
        bytes calldata deliveries
    ) private view returns (Claim memory claim) {
        Statement calldata leaf = statement.leaf;
        IFlexSettlement.Run memory run;
        (claim, run) = _claimOf(challenger, area, leaf.day, leaf.memberId);
        _requireDeliveries(run, deliveries);
        _requireStatement(run, statement, leaf.day);
        if (!entry.isEntryOf(leaf)) revert FlexChallengesWrongEntry(leaf.memberId, entry.position);
        uint256 period = TradingDay.unwrap(leaf.day) * PERIODS_PER_DAY + entry.position;
        claim.period = DeliveryPeriod.wrap(uint32(period));
    }

    /// @dev Of all orders of the period for which the member was in the portfolio.
    function _sumsOf(
        Claim memory claim,
        bytes calldata deliveries,
        AssetProof[] calldata assets
    ) private view returns (Sums memory sums) {
        sums.attributions = new Attribution[](assets.length);
        uint256 count = deliveries.deliveryCountOf();
        for (uint256 position = 0; position < count; ++position) {
            FlexCalls.Delivery memory delivery = deliveries.deliveryAt(position);
            if (!_isOf(claim, delivery.period)) continue;
            IFlexOrders.Order memory order = _orders.orderOf(delivery.orderId);
            bool isAsset =
                order.state != IFlexOrders.State.Cancelled &&
                    _isIn(claim.memberId, order.productId, order.portfolioId, delivery.period);
            if (!isAsset) continue;
            if (sums.count < assets.length) _add(claim, sums, delivery, order, assets[sums.count]);
            ++sums.count;
        }
        if (sums.count != assets.length) revert FlexChallengesWrongAssetCount(sums.count, assets.length);
    }

    function _add(
        Claim memory claim,
        Sums memory sums,
        FlexCalls.Delivery memory delivery,
        IFlexOrders.Order memory order,
        AssetProof calldata asset
    ) private view {
        _requireAsset(delivery, asset);
        Asset calldata leaf = asset.leaf;
        if (MemberId.unwrap(leaf.memberId) != MemberId.unwrap(claim.memberId)) {
            revert FlexChallengesWrongAsset(leaf.memberId, asset.position);
        }
        IFlexProducts.Product memory product = _products.productOf(order.productId);
        (, bool isTso) = _products.buyerOf(order.productId);
        bool isMore = product.direction == IFlexProducts.Direction.ConsumeMore;
        int256 delivered = int256(uint256(leaf.delivered));
        sums.delivered += isMore ? -delivered : delivered;
        sums.revenue += leaf.revenue;
        sums.penalty += leaf.penalty;
        if (delivered != 0) sums.realised = leaf.realised;
        uint256 rank =
            (uint256(product.level) << 40) |
                (uint256(isTso ? 1 : 0) << 32) |
                FlexOrderId.unwrap(delivery.orderId);
        sums.attributions[sums.count] = Attribution(rank, isMore, leaf.delivered, leaf.attributed);
    }

    /// @dev Whether each leaf leaves what orders that come before have to these.
    function _areAttributed(Sums memory sums) private pure returns (bool) {
        Attribution[] memory all = sums.attributions;
        for (uint256 i = 0; i < all.length; ++i) {
            uint256 attributed = 0;
            bool isOpposed = false;
            for (uint256 j = 0; j < all.length; ++j) {
                if (all[j].rank >= all[i].rank || all[j].delivered == 0) continue;
                if (all[j].isConsumeMore != all[i].isConsumeMore) isOpposed = true;
                attributed += all[j].delivered;
            }
            if (all[i].attributed != (isOpposed ? OPPOSED : attributed)) return false;
        }
        return true;
    }

    /// @dev A correction is no more than what its energy costs, and fits in 64 bits where that does.
    function _correctionOf(
        Claim memory claim,
        Sums memory sums,
        bytes[] calldata fills
    ) private view returns (int256) {
        (TraderNumber trader, bool isKnown) = _tradingDays.traderOf(claim.area, claim.day, claim.memberId);
        if (!isKnown) revert FlexChallengesTraderUnknown(claim.area, claim.day, claim.memberId);
        bytes32 committed = _callAuction.sessionOf(claim.area, claim.period).fillsHash;
        bytes32 submitted = fills.hashOf();
        if (submitted != committed) revert FlexChallengesWrongFills(committed, submitted);
        SettlementLines.Traded memory traded = fills.tradedOf(trader);
        return
            FlexLines.correctionOf(
                sums.delivered,
                sums.realised,
                int256(traded.bought) - int256(traded.sold),
                _ratesOf(claim)
            );
    }

    /// @dev What the aggregator keeps of its orders, pays of their penalties, and owes the supplier.
    function _aggregatedOf(
        Claim memory claim,
        bytes calldata deliveries,
        bytes[] calldata orders,
        AssetProof[] calldata lasts
    ) private view returns (Entry memory) {
        Sums memory sums;
        uint256 fined = 0;
        uint256 delivered = 0;
        for (uint256 position = 0; position < deliveries.deliveryCountOf(); ++position) {
            FlexCalls.Delivery memory delivery = deliveries.deliveryAt(position);
            if (!_isOf(claim, delivery.period)) continue;
            MemberId owner = _portfolios.aggregatorOf(_orders.orderOf(delivery.orderId).portfolioId);
            if (MemberId.unwrap(owner) != MemberId.unwrap(claim.memberId)) continue;
            if (sums.count == orders.length) revert FlexChallengesWrongOrder(delivery.orderId);
            Called memory called = _calledAt(deliveries, position, orders[sums.count++]);
            delivered += called.settled.delivered;
            sums.revenue += called.settled.delivered == 0 ? called.settled.payment : _feeOf(called);
            if (called.settled.penalty == 0) continue;
            bool isShared = false;
            if (called.delivery.assetCount != 0) {
                if (fined == lasts.length) revert FlexChallengesWrongAssetCount(fined + 1, lasts.length);
                _requireLast(called, lasts[fined]);
                isShared = _missingOf(called, lasts[fined++].leaf) != 0;
            }
            if (!isShared) sums.penalty += called.settled.penalty;
        }
        int256 compensation = FlexLines.compensationOf(delivered, _ratesOf(claim));
        return _entryOf(delivered, sums.revenue, sums.penalty + uint256(compensation));
    }

    function _ratesOf(Claim memory claim) private view returns (FlexLines.Rates memory) {
        IAreaRegistry.Tariff memory tariff = _areaRegistry.tariffOf(claim.area, claim.period);
        return FlexLines.Rates(tariff.retail, tariff.feedIn);
    }

    function _isEntry(Entry memory expected, EntryProof calldata entry) private pure returns (bool) {
        Entry calldata leaf = entry.leaf;
        (uint256 charged, uint256 credited) = expected.sumsOf();
        return
            leaf.delivered == expected.delivered &&
            leaf.revenue == expected.revenue &&
            leaf.penalty == expected.penalty &&
            Money.unwrap(leaf.correction) == Money.unwrap(expected.correction) &&
            entry.a == charged &&
            entry.b == credited;
    }

    /// @dev Sums that do not fit are no leaf's: the greatest that do stand for them, and no honest leaf has these.
    function _entryOf(
        uint256 delivered,
        uint256 revenue,
        uint256 penalty
    ) private pure returns (Entry memory) {
        return Entry(_fitting(delivered), _fitting(revenue), _fitting(penalty), Money.wrap(0), bytes32(0));
    }

    function _fitting(uint256 amount) private pure returns (uint64) {
        return amount < type(uint64).max ? uint64(amount) : type(uint64).max;
    }

    function _isOf(Claim memory claim, DeliveryPeriod period) private pure returns (bool) {
        return DeliveryPeriod.unwrap(period) == DeliveryPeriod.unwrap(claim.period);
    }
}
