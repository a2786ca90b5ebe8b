// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    PowerW,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// orderOffer
//   given not the buyer, an offer that is sealed, revoked, ordered, expired or of a request that is not open, other content,
//     no such option, a factor out of its range, an option above the cap, too little time, a part below the minimum or more
//     than is prequalified, it reverts
//   given a factor, power is rounded up and the price down; the aggregator pledges what it owes if it delivers nothing
//   given an aggregator in debt, or with less free than it must pledge, it reverts
// revokeOffer
//   given not the aggregator, or an order of another block, it reverts; in the block of the order the revocation wins
// cancelOrder
//   given not the buyer, or a first period that has begun, it reverts; the pledge is free, and the calls stay
// releasePledge frees what is pledged still
contract FlexOrdersTest is FlexWorld {
    FlexRequestId private constant REQUEST = FlexRequestId.wrap(1);
    /// @dev Of a period at 4 kW, 1,000 Wh: 150 Wh above 5 % at 0.3 and 800 Wh above 20 % at 0.6 euro a kWh.
    uint256 private constant PENALTY = 45_000 + 480_000;

    function test_orderOffer_bindsBoth() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        vm.expectEmit();
        emit IFlexOrders.FlexOrdered(
            FlexOrderId.wrap(1),
            _portfolio,
            _product,
            _point,
            offerId,
            ReservationId.wrap(0),
            false,
            0,
            100,
            400_000,
            uint64(2 * PENALTY),
            "reference",
            offer.options[0].periods
        );
        FlexOrderId orderId = _order(offerId, offer);
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertTrue(order.state == IFlexOrders.State.Binding, "binding");
        vm.assertEq(order.periodsHash, keccak256(offer.options[0].periods), "periods");
        vm.assertEq(DeliveryPeriod.unwrap(order.firstPeriod), FIRST, "first");
        vm.assertEq(DeliveryPeriod.unwrap(order.lastPeriod), FIRST + 1, "last, without the rebound");
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 2 * PENALTY, "pledged");
        vm.assertEq(accounts.freeOf(_aggregatorId), AGGREGATOR_DEPOSIT - 2 * PENALTY, "free");
        vm.assertEq(_served(orderId, FIRST), 4_000, "called");
        vm.assertEq(_served(orderId, FIRST + 2), 0, "a permission is no call");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 2, "calls of the day");
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersOfferOrdered.selector, offerId));
        _order(offerId, offer);
    }

    function test_orderOffer_scalesByTheFactor() public {
        IFlexRequests.Offer memory offer = _offerOf(_option(199_900, _power(FIRST, -4_001)));
        FlexOfferId offerId = _opened(offer);
        FlexOrderId orderId = flexOrders.orderOffer(offerId, offer, 0, 33, 0);
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertEq(order.price, 65_900, "65,967 rounded down");
        vm.assertEq(order.periodsHash, keccak256(_power(FIRST, -1_321)), "1,320.33 W rounded up");
        vm.assertEq(order.factor, 33, "factor");
    }

    function test_orderOffer_isForTheBuyer() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, _aggregator)
        );
        vm.prank(_aggregator);
        flexOrders.orderOffer(offerId, offer, 0, 100, 0);
    }

    function test_orderOffer_revertsForOffersThatDoNotStand() public {
        IFlexRequests.Offer memory offer = _offer();
        flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(REQUEST, offer);
        vm.warp(EXPIRES);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexOffersWrongState.selector,
                offerId,
                IFlexRequests.OfferState.Sealed
            )
        );
        _order(offerId, offer);
        flexRequests.openOffer(offerId, offer, _asks());
        vm.warp(START);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersOfferExpired.selector, offerId, START, START)
        );
        _order(offerId, offer);
        vm.warp(EXPIRES);
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersOfferRevoked.selector, offerId));
        _order(offerId, offer);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexOffersUnknown.selector, FlexOfferId.wrap(9))
        );
        _order(FlexOfferId.wrap(9), offer);
    }

    function test_orderOffer_revertsOnceTheRequestIsCancelled() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        flexRequests.cancelRequest(REQUEST);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexRequestsNotOpen.selector,
                REQUEST,
                IFlexRequests.RequestState.Cancelled
            )
        );
        _order(offerId, offer);
    }

    function test_orderOffer_revertsForOtherContent() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        offer.options[0].price = 100;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexOffersWrongCommitment.selector,
                flexRequests.commitmentOf(REQUEST, _portfolio, _offer()),
                flexRequests.commitmentOf(REQUEST, _portfolio, offer)
            )
        );
        _order(offerId, offer);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersUnknownOption.selector, offerId, 1));
        flexOrders.orderOffer(offerId, _offer(), 1, 100, 0);
    }

    function test_orderOffer_revertsForFactorsOutOfRange() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        uint8[3] memory factors = [9, 101, 0];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IFlexOrders.FlexOrdersInvalidFactor.selector, factors[i], 10)
            );
            flexOrders.orderOffer(offerId, offer, 0, factors[i], 0);
        }
        flexOrders.orderOffer(offerId, offer, 0, 10, 0);
    }

    function test_orderOffer_revertsAboveTheCap() public {
        IFlexRequests.Offer memory offer = _offer();
        offer.options[0].price = 400_100;
        FlexOfferId offerId = _opened(offer);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersAboveCap.selector, offerId, 0));
        flexOrders.orderOffer(offerId, offer, 0, 10, 0);
    }

    function test_orderOffer_takesAnotherOptionWithinTheCap() public {
        IFlexRequests.Offer memory offer = _offer();
        offer.options = new IFlexRequests.Option[](2);
        offer.options[0] = _option(400_100, bytes.concat(_power(FIRST, -4_000), _power(FIRST + 1, -4_000)));
        offer.options[1] = _option(400_000, bytes.concat(_power(FIRST, -4_000), _power(FIRST + 1, -4_000)));
        FlexOfferId offerId = _opened(offer);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersAboveCap.selector, offerId, 0));
        flexOrders.orderOffer(offerId, offer, 0, 100, 0);
        FlexOrderId orderId = flexOrders.orderOffer(offerId, offer, 1, 100, 0);
        vm.assertEq(flexOrders.orderOf(orderId).price, 400_000, "the other one");
    }

    function test_orderOffer_revertsTooLate() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        vm.warp(START - LEAD + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersTooLate.selector, START - LEAD, START - LEAD + 1)
        );
        _order(offerId, offer);
        vm.warp(START - LEAD);
        _order(offerId, offer);
    }

    function test_orderOffer_revertsBelowTheMinimum() public {
        IFlexRequests.Offer memory offer = _offerOf(_option(0, _power(FIRST, -500)));
        FlexOfferId offerId = _opened(offer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersBelowMinimum.selector,
                DeliveryPeriod.wrap(FIRST),
                PowerW.wrap(95),
                PowerW.wrap(MINIMUM)
            )
        );
        flexOrders.orderOffer(offerId, offer, 0, 19, 0);
        flexOrders.orderOffer(offerId, offer, 0, 20, 0);
    }

    function test_orderOffer_revertsForMoreThanIsPrequalifiedInAll() public {
        IFlexRequests.Offer memory offer = _offerOf(_option(0, _power(FIRST, -6_000)));
        _order(_opened(offer), offer);
        vm.warp(LONG_BEFORE);
        FlexOfferId second = _opened(offer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersOverPrequalified.selector,
                DeliveryPeriod.wrap(FIRST),
                12_000,
                PREQUALIFIED
            )
        );
        _order(second, offer);
        flexOrders.orderOffer(second, offer, 0, 66, 0);
    }

    function test_orderOffer_revertsOncePrequalificationIsTakenBack() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, "no more");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersOverPrequalified.selector,
                DeliveryPeriod.wrap(FIRST),
                4_000,
                0
            )
        );
        _order(offerId, offer);
    }

    function test_orderOffer_revertsForTooLittleToPledge() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        vm.prank(_aggregator);
        accounts.withdraw(_aggregatorId, AGGREGATOR_DEPOSIT - 2 * PENALTY + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersPledgeTooSmall.selector,
                _aggregatorId,
                2 * PENALTY - 1,
                2 * PENALTY
            )
        );
        _order(offerId, offer);
        _fund(_aggregatorId, 1);
        _order(offerId, offer);
        vm.assertEq(accounts.freeOf(_aggregatorId), 0, "all of it is pledged");
    }

    function test_revokeOffer_winsWhereItCrossesTheOrder() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        FlexOrderId orderId = _order(offerId, offer);
        vm.expectEmit();
        emit IFlexOrders.OrderAnnulled(orderId);
        vm.expectEmit();
        emit IFlexOrders.PledgeReleased(orderId, uint64(2 * PENALTY));
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertTrue(order.state == IFlexOrders.State.Annulled, "annulled");
        vm.assertEq(order.pledge, 0, "free");
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "nothing is pledged");
        vm.assertEq(_served(orderId, FIRST), 0, "nothing is called");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 0, "calls of the day");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexOffersWrongState.selector,
                offerId,
                IFlexRequests.OfferState.Revoked
            )
        );
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
    }

    function test_revokeOffer_revertsOnceTheOrderIsABlockOld() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        _order(offerId, offer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                _portfolio,
                address(this)
            )
        );
        flexOrders.revokeOffer(offerId);
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersOfferOrdered.selector, offerId));
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
    }

    function test_cancelOrder_freesThePledgeAndKeepsTheCalls() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOrderId orderId = _order(_opened(offer), offer);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, TSO)
        );
        vm.prank(TSO);
        flexOrders.cancelOrder(orderId);
        vm.warp(START - 1);
        vm.expectEmit();
        emit IFlexOrders.OrderCancelled(orderId);
        flexOrders.cancelOrder(orderId);
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "nobody is fined");
        vm.assertEq(_served(orderId, FIRST), 4_000, "what was sold is not sold again");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 2, "and is settled");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersWrongState.selector,
                orderId,
                IFlexOrders.State.Cancelled
            )
        );
        flexOrders.cancelOrder(orderId);
    }

    function test_cancelOrder_revertsOnceItHasBegun() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOrderId orderId = _order(_opened(offer), offer);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersStarted.selector, orderId));
        flexOrders.cancelOrder(orderId);
    }

    function test_releasePledge_freesItOnce() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOrderId orderId = _order(_opened(offer), offer);
        flexOrders.releasePledge(orderId);
        flexOrders.releasePledge(orderId);
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "free");
        FlexOrderId none = FlexOrderId.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersUnknown.selector, none));
        flexOrders.releasePledge(none);
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersUnknown.selector, none));
        flexOrders.orderOf(none);
    }

    function testFuzz_orderOffer_keepsEveryPeriod(uint8 factor, int32[3] memory powers) public {
        factor = 10 + (factor % 91);
        bytes memory asks;
        bytes memory offered;
        bytes memory expected;
        for (uint32 i = 0; i < 3; ++i) {
            int32 power = -1_000 - int32(uint32(powers[i]) % 9_001);
            asks = bytes.concat(asks, _asked(FIRST + 40 * i, -20_000, 0));
            offered = bytes.concat(offered, _power(FIRST + 40 * i, power));
            int32 part = -((-power * int32(uint32(factor)) + 99) / 100);
            expected = bytes.concat(expected, _power(FIRST + 40 * i, part));
        }
        IFlexRequests.Request memory request = _request();
        request.periods = asks;
        IFlexRequests.Offer memory offer = _offerOf(_option(0, offered));
        FlexOfferId offerId = _seal(flexRequests.requestFlexibility(request), offer);
        vm.warp(EXPIRES);
        flexRequests.openOffer(offerId, offer, asks);
        FlexOrderId orderId = flexOrders.orderOffer(offerId, offer, 0, factor, 0);
        vm.assertEq(flexOrders.orderOf(orderId).periodsHash, keccak256(expected), "as it is packed");
        uint256 calls = flexOrders.callCountOf(AREA, DAY);
        // The 65th, the 105th and the 145th period of the day and the next one.
        vm.assertEq(calls, 1, "calls of the day");
    }
}
