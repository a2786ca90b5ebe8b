// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICongestionPoints} from "../../../contracts/flexibility/ICongestionPoints.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    PortfolioId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexSettled} from "./FlexSettled.sol";

// Given an aggregator that is bankrupt while its contract runs
//   the DSO carries what it cannot pay, nothing is called of its contract until its debt is paid, nor is an offer of it
//   ordered
// Given a DSO that cancels
//   a request: its offers bind nobody; an order: it is paid whole; a contract: what is released in time
// Given a congestion point whose connections change
//   what is ordered stays; the DSO takes back what does not hold any more, and the next order reverts
// Given another's portfolio, nobody seals, revokes or agrees for it
contract FlexFaultsTest is FlexSettled {
    uint32 private constant NEXT = FIRST + 96;
    /// @dev Of 1 kWh of the reserve.
    int64 private constant PRICE = 250_000;
    int64 private constant COMPENSATION = 150_000_000;
    bytes32 private constant HOME = keccak256("home");

    function test_bankruptAggregator_isCarriedByTheDso() public {
        _bankrupt();
        uint256 debt = uint64(COMPENSATION - PRICE) - AGGREGATOR_DEPOSIT;
        vm.assertEq(accounts.debtOf(_aggregatorId), debt, "its debt");
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "nothing is held for what is settled");
        vm.assertEq(accounts.balanceOf(SUPPLIER_ID), uint64(COMPENSATION), "the supplier has all of it");
        vm.assertEq(accounts.balanceOf(DSO_ID), DSO_DEPOSIT - uint64(PRICE) - debt, "the DSO carries it");
    }

    function test_bankruptAggregator_isCalledNoMore() public {
        ReservationId reserve = _bankrupt();
        bytes memory broke = abi.encodeWithSelector(
            IFlexOrders.FlexOrdersPledgeTooSmall.selector,
            _aggregatorId,
            0,
            150 * 300 + 800 * 600
        );
        vm.expectRevert(broke);
        flexOrders.orderReserve(reserve, _power(NEXT, -4_000), 0);
        vm.expectRevert(broke);
        flexOrders.testReserve(reserve, _power(NEXT, -4_000), 0);

        // Whoever gives it money pays its debt first, and the contract runs on.
        _fund(_aggregatorId, accounts.debtOf(_aggregatorId) + 1_000_000);
        vm.assertEq(accounts.balanceOf(DSO_ID), DSO_DEPOSIT - uint64(PRICE), "the DSO has it back");
        FlexOrderId orderId = flexOrders.orderReserve(reserve, _power(NEXT, -4_000), 0);
        vm.assertEq(_served(orderId, NEXT), 4_000, "called");
    }

    function test_cancelledRequest_bindsNobody() public {
        IFlexRequests.Offer memory offer = _offer();
        IFlexRequests.Request memory request = _request();
        FlexRequestId requestId = flexRequests.requestFlexibility(request);
        FlexOfferId offerId = _seal(requestId, offer);
        flexRequests.cancelRequest(requestId);
        vm.warp(EXPIRES);
        bytes memory notOpen = abi.encodeWithSelector(
            IFlexRequests.FlexRequestsNotOpen.selector,
            requestId,
            IFlexRequests.RequestState.Cancelled
        );
        vm.expectRevert(notOpen);
        flexRequests.openOffer(offerId, offer, request.periods);
        vm.expectRevert(notOpen);
        _order(offerId, offer);
    }

    function test_releasedContract_isOrderedNoMore() public {
        ReservationId reserve = _agreed();
        bytes memory nothing = abi.encodePacked(FIRST, uint32(0), FIRST + 1, uint32(0));
        flexReservations.release(reserve, "no need", nothing);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersNotReserved.selector, FIRST, 0, MINIMUM)
        );
        flexOrders.orderReserve(reserve, _power(FIRST, -int32(MINIMUM)), 0);
    }

    function test_connectionsThatChange_leaveWhatIsOrdered() public {
        _connect(HOME, EFFECT);
        ReservationId reserve = _agreed();
        FlexOrderId orderId = flexOrders.orderReserve(reserve, _power(FIRST, -4_000), 0);
        bytes32 before = keccak256(abi.encode(flexOrders.orderOf(orderId)));
        bytes32[] memory homes = new bytes32[](1);
        homes[0] = HOME;
        congestionPoints.disconnect(_point, homes);
        vm.assertEq(congestionPoints.effectOf(_point, HOME), 0, "behind it no more");
        vm.assertEq(keccak256(abi.encode(flexOrders.orderOf(orderId))), before, "the order stays");
        vm.assertEq(_served(orderId, FIRST), 4_000, "and what it calls");
        vm.expectRevert(
            abi.encodeWithSelector(ICongestionPoints.CongestionPointsNotConnected.selector, _point, HOME)
        );
        congestionPoints.disconnect(_point, homes);

        // What the portfolio was prequalified for holds until the DSO takes it back.
        FlexOrderId other = flexOrders.orderReserve(reserve, _power(FIRST + 1, -4_000), 0);
        vm.assertEq(_served(other, FIRST + 1), 4_000, "still prequalified");
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, "a home has moved away");
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersOverPrequalified.selector, FIRST + 2, 4_000, 0)
        );
        flexOrders.orderReserve(reserve, _power(FIRST + 2, -4_000), 0);
        vm.assertEq(_served(orderId, FIRST), 4_000, "what is ordered stays");
    }

    function test_anothersPortfolio_isNobodysBusiness() public {
        uint256 key = AGGREGATOR_KEY + 1;
        address other = vm.addr(key);
        PortfolioId own = _open(_registerAggregator(key), other);
        vm.assertTrue(PortfolioId.unwrap(own) != PortfolioId.unwrap(_portfolio), "has one of its own");
        FlexRequestId requestId = flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(requestId, _offer());
        ReservationId proposed = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        bytes memory refused = abi.encodeWithSelector(
            IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
            _portfolio,
            other
        );
        vm.expectRevert(refused);
        vm.prank(other);
        flexRequests.sealOffer(requestId, _portfolio, "another's");
        vm.expectRevert(refused);
        vm.prank(other);
        flexOrders.revokeOffer(offerId);
        vm.expectRevert(refused);
        vm.prank(other);
        flexReservations.agree(proposed);
    }

    /// @dev It delivers what is ordered of its contract on the first day, and owes a compensation that it has not.
    function _bankrupt() private returns (ReservationId reserve) {
        bytes memory windows = bytes.concat(_window(FIRST, FIRST, 6_000), _window(NEXT, NEXT + 1, 6_000));
        reserve = _agreedOn(_reservation(), windows);
        FlexOrderId orderId = flexOrders.orderReserve(reserve, _power(FIRST, -4_000), 0);
        bytes memory payments = abi.encodePacked(SUPPLIER_ID, -COMPENSATION, DSO_ID, PRICE);
        payments = bytes.concat(payments, abi.encodePacked(_aggregatorId, COMPENSATION - PRICE));
        _commitAndPay(DAY_END, DAY, _factsOf(orderId, FIRST, -4_000, 1_000), payments);
    }

    function _connect(bytes32 home, uint32 effect) private {
        ICongestionPoints.Connection[] memory connections = new ICongestionPoints.Connection[](1);
        connections[0] = ICongestionPoints.Connection(home, effect);
        congestionPoints.connect(_point, connections);
    }
}
