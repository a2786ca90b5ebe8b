// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AreaId, MemberId, TradingDay} from "../types/Types.sol";
import {FlexLeaves} from "./FlexLeaves.sol";
import {FlexLines} from "./FlexLines.sol";
import {FlexVerdicts} from "./FlexVerdicts.sol";
import {IFlexBaselines} from "./IFlexBaselines.sol";
import {IFlexChallenges} from "./IFlexChallenges.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev Challenges of the leaves of an order's assets in a period.
abstract contract AssetChallenges is FlexVerdicts {
    using FlexLeaves for Asset;
    using FlexLeaves for AssetProof;

    uint8 private constant NO_READING = 2;

    IFlexBaselines private immutable _baselines;

    constructor(IFlexBaselines flexBaselines) {
        _baselines = flexBaselines;
    }

    /// @inheritdoc IFlexChallenges
    function challengeAsset(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        AssetProof calldata last
    ) external {
        (Claim memory claim, , Called memory called) = _caseOf(challenger, area, day, call, asset);
        _requireLast(called, last);

        _decide(
            claim,
            _isShared(called, asset) && _isFined(called, asset.leaf, last.leaf) && _isPlaced(called, asset)
        );
    }

    /// @inheritdoc IFlexChallenges
    function challengeReading(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        bytes calldata evidence
    ) external {
        (Claim memory claim, IFlexBaselines.Case memory own, ) = _caseOf(challenger, area, day, call, asset);
        Asset calldata leaf = asset.leaf;

        _decide(claim, _baselines.isReading(own, leaf.readingVersion, leaf.quality, leaf.realised, evidence));
    }

    /// @inheritdoc IFlexChallenges
    function challengeNeighbours(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata left,
        AssetProof calldata right,
        MemberId leftOut
    ) external {
        bool hasLeft = MemberId.unwrap(left.leaf.memberId) != 0;
        bool hasRight = MemberId.unwrap(right.leaf.memberId) != 0;
        MemberId owner = hasRight ? right.leaf.memberId : left.leaf.memberId;
        if (MemberId.unwrap(leftOut) != 0) owner = leftOut;
        (Claim memory claim, IFlexSettlement.Run memory run) = _claimOf(challenger, area, day, owner);
        Called memory called = _calledOf(claim, run, call);
        _requireNeighbours(hasLeft, left.position, hasRight, right.position, called.delivery.assetCount);
        if (hasLeft) _requireAsset(called.delivery, left);
        if (hasRight) _requireAsset(called.delivery, right);

        bool isRight = !hasLeft || !hasRight || _follows(called, left.leaf, right.leaf);
        bool isLeftOut =
            MemberId.unwrap(leftOut) != 0 &&
                called.order.state != IFlexOrders.State.Cancelled &&
                _isBetween(left.leaf.memberId, leftOut, right.leaf.memberId) &&
                _isIn(leftOut, called.order.productId, called.order.portfolioId, claim.period);
        _decide(claim, isRight && !isLeftOut);
    }

    /// @inheritdoc IFlexChallenges
    function challengeBaseline(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset,
        bytes calldata source,
        bytes calldata evidence
    ) external {
        (Claim memory claim, IFlexBaselines.Case memory own, ) = _caseOf(challenger, area, day, call, asset);
        bytes32 sourceHash = source.length == 0 ? bytes32(0) : keccak256(source);
        if (sourceHash != asset.leaf.source) {
            revert FlexChallengesWrongAsset(asset.leaf.memberId, asset.position);
        }

        _decide(claim, _baselines.isBaseline(own, asset.leaf.baseline, call.periods, source, evidence));
    }

    /// @return claim Of the asset's leaf, which is what was committed.
    function _caseOf(
        MemberId challenger,
        AreaId area,
        TradingDay day,
        CallProof calldata call,
        AssetProof calldata asset
    ) internal view returns (Claim memory claim, IFlexBaselines.Case memory own, Called memory called) {
        IFlexSettlement.Run memory run;
        (claim, run) = _claimOf(challenger, area, day, asset.leaf.memberId);
        called = _calledOf(claim, run, call);
        _requireAsset(called.delivery, asset);
        own = IFlexBaselines.Case(
            area,
            claim.memberId,
            claim.period,
            called.order.portfolioId,
            called.order.productId,
            called.order.orderedAt,
            run.readingsAt
        );
    }

    function _requireLast(Called memory called, AssetProof calldata last) internal pure {
        _requireAsset(called.delivery, last);
        if (last.position + 1 != called.delivery.assetCount) {
            revert FlexChallengesWrongAsset(last.leaf.memberId, last.position);
        }
    }

    /// @dev The members of a portfolio by Shapley's value share revenue in ways that an audit checks.
    function _isByDelivery(Called memory called) internal view returns (bool) {
        (, IFlexPortfolios.Split split) = _portfolios.termsOf(called.order.portfolioId);
        return split == IFlexPortfolios.Split.ByDelivery;
    }

    function _feeOf(Called memory called) internal view returns (uint256) {
        (uint16 feePermille, ) = _portfolios.termsOf(called.order.portfolioId);
        return FlexLines.feeOf(called.settled.payment, feePermille);
    }

    /// @return What is missing in all of what the order's assets were asked.
    function _missingOf(Called memory called, Asset calldata last) internal pure returns (uint256) {
        return last.missingBefore + last.missingOf(called.product.direction);
    }

    /// @dev Whether its sums are its own, and its parts of what was delivered and paid follow.
    function _isShared(Called memory called, AssetProof calldata asset) private view returns (bool) {
        Asset calldata leaf = asset.leaf;
        (uint256 along, uint256 against) = leaf.movementOf(called.product.direction);
        uint256 whole = called.settled.delivered;
        uint256 moved = called.delivery.moved;
        uint256 delivered = FlexLines.cumulativeShareOf(whole, leaf.before, along, moved);
        uint256 deliveredBefore = FlexLines.cumulativeShareOf(whole, 0, leaf.before, moved);
        uint256 pool = called.settled.payment - _feeOf(called);
        uint256 revenue = FlexLines.cumulativeShareOf(pool, deliveredBefore, delivered, whole);
        return
            asset.a == along &&
            asset.b == against &&
            leaf.delivered == delivered &&
            (leaf.revenue == revenue || !_isByDelivery(called));
    }

    function _isFined(
        Called memory called,
        Asset calldata leaf,
        Asset calldata last
    ) private view returns (bool) {
        uint256 penalty = FlexLines.cumulativeShareOf(
            called.settled.penalty,
            leaf.missingBefore,
            leaf.missingOf(called.product.direction),
            _missingOf(called, last)
        );
        return leaf.penalty == penalty || !_isByDelivery(called);
    }

    /// @dev Whether the tree adds up to what is before the leaf, and its member belongs there.
    function _isPlaced(Called memory called, AssetProof calldata asset) private view returns (bool) {
        Asset calldata leaf = asset.leaf;
        (uint256 before, bool addsUp) = asset.sumsOn(called.delivery);
        return
            addsUp &&
            leaf.before == before &&
            (asset.position != 0 || leaf.missingBefore == 0) &&
            leaf.quality <= NO_READING &&
            (leaf.quality != NO_READING || leaf.realised == 0) &&
            (leaf.source != 0 || leaf.baseline == 0) &&
            _isIn(leaf.memberId, called.order.productId, called.order.portfolioId, called.delivery.period);
    }

    function _follows(
        Called memory called,
        Asset calldata left,
        Asset calldata right
    ) private pure returns (bool) {
        uint256 missing = uint256(left.missingBefore) + left.missingOf(called.product.direction);
        return
            MemberId.unwrap(left.memberId) < MemberId.unwrap(right.memberId) &&
            right.missingBefore == Math.min(missing, type(uint64).max);
    }
}
