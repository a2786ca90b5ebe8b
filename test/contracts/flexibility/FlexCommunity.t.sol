// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICongestionPoints} from "../../../contracts/flexibility/ICongestionPoints.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {
    CongestionPointId,
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    MemberId,
    PowerW,
    ProductId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// Given a community whose connection is a congestion point of its own, with a demand limit for some periods and a product of
// the level of a microgrid
//   the limit holds in its periods alone, and the community's homes alone lie behind it
//   its homes are asked to keep to the limit, and what they offer is ordered and called as any order is
//   what the community needs itself comes before what the feeder around it does
//   a home answers for the community and for the feeder at the same time
contract FlexCommunityTest is FlexWorld {
    bytes32 private constant HOME = keccak256("home of the community");
    bytes32 private constant NEXT_DOOR = keccak256("home next to it");
    uint32 private constant CONNECTION_W = 40_000;
    uint32 private constant LIMIT_W = 25_000;

    CongestionPointId private _feeder;
    ProductId private _feederProduct;

    function setUp() public override {
        super.setUp();
        (_feeder, _feederProduct) = (_point, _product);
        _point = congestionPoints.registerPoint(
            AREA,
            "ea1.2026-01.example.dso:community-1",
            _powers(CONNECTION_W)
        );
        ICongestionPoints.Connection[] memory homes = new ICongestionPoints.Connection[](1);
        homes[0] = ICongestionPoints.Connection(HOME, 1_000_000);
        congestionPoints.connect(_point, homes);
        congestionPoints.setLimit(
            _point,
            ICongestionPoints.Limit(
                DeliveryPeriod.wrap(FIRST),
                DeliveryPeriod.wrap(FIRST + 1),
                _powers(LIMIT_W)
            )
        );
        IFlexProducts.Product memory product = _less();
        product.level = IFlexProducts.Level.Microgrid;
        _product = flexProducts.defineProduct(AREA, "within the community", product);
        _prequalify(_portfolio, _product, PREQUALIFIED);
    }

    function test_limit_isOfTheCommunityInItsPeriods() public view {
        vm.assertEq(_capacityAt(FIRST - 1), CONNECTION_W, "before");
        vm.assertEq(_capacityAt(FIRST), LIMIT_W, "the demand limit");
        vm.assertEq(_capacityAt(FIRST + 1), LIMIT_W, "the demand limit still");
        vm.assertEq(_capacityAt(FIRST + 2), CONNECTION_W, "after");
        vm.assertEq(congestionPoints.effectOf(_point, HOME), 1_000_000, "a home of the community");
        vm.assertEq(congestionPoints.effectOf(_point, NEXT_DOOR), 0, "another home");
    }

    function test_homes_keepToTheLimit() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOrderId orderId = _order(_opened(offer), offer);
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertEq(
            CongestionPointId.unwrap(order.pointId),
            CongestionPointId.unwrap(_point),
            "of the community"
        );
        vm.assertEq(order.price, 400_000, "price");
        vm.assertEq(_served(orderId, FIRST), 4_000, "called");
        vm.assertEq(accounts.pledgedOf(_aggregatorId), order.pledge, "pledged");
    }

    function test_community_comesBeforeTheFeeder() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId ofCommunity = _opened(offer);
        FlexOrderId feeder = _orderOfFeeder(-8_000);
        vm.assertEq(_served(feeder, FIRST), 8_000, "all of it while the community needs nothing");
        vm.expectEmit();
        emit IFlexOrders.CallDisplaced(feeder, DeliveryPeriod.wrap(FIRST), PowerW.wrap(6_000));
        FlexOrderId community = _order(ofCommunity, offer);
        vm.assertEq(_served(community, FIRST), 4_000, "the community's whole");
        vm.assertEq(_served(feeder, FIRST), 6_000, "the feeder has what is left");
        IFlexOrders.Call[] memory calls = flexOrders.callsOf(_portfolio, DeliveryPeriod.wrap(FIRST));
        vm.assertTrue(_sameOrder(calls[0].orderId, community), "the narrower level is first");
    }

    function test_home_answersForBoth() public {
        MemberId home = _registerHousehold();
        address account = vm.addr(1_000 + MemberId.unwrap(home));
        uint40 until = uint40(block.timestamp + 1 days);
        vm.prank(account);
        flexPortfolios.join(_portfolio, _product, home, until, HOME);
        vm.prank(account);
        flexPortfolios.join(_portfolio, _feederProduct, home, until, HOME);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosInOtherPortfolio.selector,
                home,
                _product,
                _portfolio,
                until
            )
        );
        vm.prank(account);
        flexPortfolios.join(_portfolio, _product, home, until, HOME);
    }

    /// @dev By an offer of its own for the feeder, whose request expires when the other does.
    function _orderOfFeeder(int32 power) private returns (FlexOrderId orderId) {
        vm.warp(LONG_BEFORE);
        (CongestionPointId point, ProductId product) = (_point, _product);
        (_point, _product) = (_feeder, _feederProduct);
        IFlexRequests.Request memory request = _request();
        request.periods = _asked(FIRST, power, 0);
        IFlexRequests.Offer memory offer = _offerOf(_option(400_000, _power(FIRST, power)));
        FlexRequestId requestId = flexRequests.requestFlexibility(request);
        FlexOfferId offerId = _seal(requestId, offer);
        vm.warp(EXPIRES);
        flexRequests.openOffer(offerId, offer, request.periods);
        orderId = _order(offerId, offer);
        (_point, _product) = (point, product);
    }

    function _capacityAt(uint32 period) private view returns (uint256) {
        return PowerW.unwrap(congestionPoints.capacityAt(_point, DeliveryPeriod.wrap(period)).consumption);
    }

    function _powers(uint32 power) private pure returns (ICongestionPoints.Capacity memory) {
        return ICongestionPoints.Capacity(PowerW.wrap(power), PowerW.wrap(power));
    }
}
