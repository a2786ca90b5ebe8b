// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {
    CongestionPointId,
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    MemberId,
    PortfolioId,
    ProductId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

/// @dev Who knows where everything is.
interface FlexTradingWorld {
    function world() external view returns (FlexTradingHandler.World memory);
}

/// @dev What a DSO, a TSO and an aggregator with one portfolio do in four periods, chosen by the fuzzer. It keeps its own
/// book of which offers were ordered, by whom and for how much, and says so where a rule was broken.
contract FlexTradingHandler {
    /// @param dso Who buys by `product`, and `tso` by the reserves: one in its direction and one in the other.
    struct World {
        IFlexRequests flexRequests;
        IFlexOrders flexOrders;
        IAccounts accounts;
        address dso;
        address tso;
        address aggregator;
        MemberId aggregatorId;
        PortfolioId portfolio;
        ProductId product;
        CongestionPointId point;
        ReservationId reserve;
        ReservationId opposite;
    }

    /// @param orderedIn Number of the block in which it was ordered; zero for never.
    struct Kept {
        FlexOfferId offerId;
        IFlexRequests.Offer offer;
        uint256 power;
        bool isRevoked;
        uint256 orderedIn;
    }

    uint32 public constant FIRST = 1_900_000;
    uint32 public constant PERIODS = 4;
    uint256 private constant PREQUALIFIED = 10_000;
    uint256 private constant EFFECT = 500_000;
    uint256 private constant CAP = 400_000;
    int32 private constant MOST = 12_000;

    bool public isByTheRules = true;
    uint256 public ordered;
    uint256 public annulled;

    World private _world;
    Kept[] private _offers;
    uint256 private _block;
    uint256 private _time;

    constructor(FlexTradingWorld source) {
        _world = source.world();
        (_block, _time) = (block.number, block.timestamp);
    }

    /// @dev Requests power, and has an offer of some of it opened. Some offers are above the cap, some above what is prequalified.
    function offer(uint256 seed) external {
        vm.warp(_time);
        bytes memory periods;
        bytes memory asks;
        uint256 power = 0;
        for (uint32 i = 0; i < PERIODS; ++i) {
            int32 own = -100 - int32(uint32(uint256(keccak256(abi.encode(seed, i)))) % uint32(MOST));
            asks = bytes.concat(asks, abi.encodePacked(FIRST + i, uint8(1), -MOST - 100, int32(0)));
            if ((seed >> i) & 1 == 0) continue;
            periods = bytes.concat(periods, abi.encodePacked(FIRST + i, own));
            power += uint32(-own);
        }
        if (periods.length == 0) return;
        Kept storage kept = _offers.push();
        kept.power = power;
        kept.offer.expiresAt = uint40(uint256(FIRST) * 900);
        kept.offer.salt = bytes32(seed);
        uint64 price = uint64((((power * EFFECT * CAP) / 4e9) * (50 + ((seed >> 8) % 60))) / 100);
        kept.offer.options.push(IFlexRequests.Option(price - (price % 100), 1, periods));
        kept.offerId = _open(kept.offer, asks);
    }

    function order(uint256 seed, uint8 factor) external {
        if (_offers.length == 0) return;
        Kept storage kept = _offers[seed % _offers.length];
        factor = 1 + (factor % 100);
        vm.prank(_world.dso);
        try _world.flexOrders.orderOffer(kept.offerId, kept.offer, 0, factor, 0) returns (
            FlexOrderId orderId
        ) {
            if (kept.isRevoked || kept.orderedIn != 0) isByTheRules = false;
            kept.orderedIn = _block;
            ++ordered;
            uint256 price = _world.flexOrders.orderOf(orderId).price;
            // The power of the part is at least the factor's share of the whole.
            if (price * 4e9 * 100 > CAP * EFFECT * (kept.power * factor + 100 * PERIODS))
                isByTheRules = false;
        } catch {}
    }

    function callReserve(uint256 seed, uint32 power) external {
        bool isOpposite = seed & 1 == 1;
        int32 own = int32(uint32(100 + (power % PREQUALIFIED)));
        bytes memory periods = abi.encodePacked(
            FIRST + uint32((seed >> 1) % PERIODS),
            isOpposite ? own : -own
        );
        vm.prank(_world.tso);
        try _world.flexOrders.orderReserve(isOpposite ? _world.opposite : _world.reserve, periods, 0) {
            ++ordered;
        } catch {}
    }

    function revoke(uint256 seed, bool isLater) external {
        if (_offers.length == 0) return;
        if (isLater) vm.roll(++_block);
        Kept storage kept = _offers[seed % _offers.length];
        bool isBound = kept.orderedIn != 0 && kept.orderedIn != _block;
        vm.prank(_world.aggregator);
        try _world.flexOrders.revokeOffer(kept.offerId) {
            // An order of another block binds, and nothing is revoked twice.
            if (isBound || kept.isRevoked) isByTheRules = false;
            if (kept.orderedIn != 0) ++annulled;
            kept.isRevoked = true;
        } catch {
            if (!isBound && !kept.isRevoked) isByTheRules = false;
        }
    }

    function cancel(uint256 seed) external {
        uint256 count = _world.flexOrders.orderCount();
        if (count == 0) return;
        FlexOrderId orderId = FlexOrderId.wrap(uint32(1 + (seed % count)));
        // Of an annulled order, or another's, nothing is cancelled; of an offer's it is never revoked then.
        if (FlexOfferId.unwrap(_world.flexOrders.orderOf(orderId).offerId) != 0) return;
        vm.prank(_world.tso);
        try _world.flexOrders.cancelOrder(orderId) {} catch {}
    }

    function release(uint256 seed) external {
        uint256 count = _world.flexOrders.orderCount();
        if (count == 0) return;
        vm.prank(_world.dso);
        _world.flexOrders.releasePledge(FlexOrderId.wrap(uint32(1 + (seed % count))));
    }

    function withdraw(uint256 seed) external {
        uint256 free = _world.accounts.freeOf(_world.aggregatorId);
        vm.prank(_world.aggregator);
        try _world.accounts.withdraw(_world.aggregatorId, free + 1) {
            isByTheRules = false;
        } catch {}
        uint256 amount = seed % (free / 8 + 1);
        if (amount == 0) return;
        vm.prank(_world.aggregator);
        _world.accounts.withdraw(_world.aggregatorId, amount);
    }

    function passBlock() external {
        vm.roll(++_block);
    }

    /// @return offerId Of an offer that is sealed still where it breaks a rule.
    function _open(
        IFlexRequests.Offer memory offer_,
        bytes memory asks
    ) private returns (FlexOfferId offerId) {
        IFlexRequests.Request memory request = IFlexRequests.Request({
            pointId: _world.point,
            productId: _world.product,
            reservationId: ReservationId.wrap(0),
            supersedes: FlexRequestId.wrap(0),
            expiresAt: uint40(_time + 1),
            revealUntil: uint40(_time + 2),
            priceCap: uint32(CAP),
            periods: asks
        });
        vm.prank(_world.dso);
        FlexRequestId requestId = _world.flexRequests.requestFlexibility(request);
        bytes32 commitment = _world.flexRequests.commitmentOf(requestId, _world.portfolio, offer_);
        vm.prank(_world.aggregator);
        offerId = _world.flexRequests.sealOffer(requestId, _world.portfolio, commitment);
        vm.warp(++_time);
        try _world.flexRequests.openOffer(offerId, offer_, asks) {} catch {}
    }
}
