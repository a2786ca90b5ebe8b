// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    PowerW,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// orderReserve, testReserve
//   given not the buyer, a contract that is not agreed, periods that are none, too long or in the wrong direction, more than is
//     reserved in all, too little time or less than the minimum, they revert
//   given power within what is reserved, it is bought at the contract's price, rounded down
contract FlexReserveOrdersTest is FlexWorld {
    ReservationId private _reserve;

    function setUp() public override {
        super.setUp();
        _reserve = _agreed();
    }

    function test_orderReserve_buysAtTheContractsPrice() public {
        // 1,501 W and 6,000 W make 375 and 1,500 Wh, at 0.25 euro a kWh: 468,750 micro-euro.
        bytes memory periods = bytes.concat(_power(FIRST, -1_501), _power(FIRST + 2, -6_000));
        FlexOrderId orderId = flexOrders.orderReserve(_reserve, periods, "reference");
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertEq(order.price, 468_700, "price");
        vm.assertEq(order.periodsHash, keccak256(periods), "periods");
        vm.assertTrue(ReservationId.unwrap(order.reservationId) == 1, "contract");
        vm.assertEq(FlexOfferId.unwrap(order.offerId), 0, "without an offer");
        vm.assertFalse(order.isTest, "no test");
        vm.assertEq(order.factor, 100, "whole");
        vm.assertEq(_served(orderId, FIRST), 1_501, "called");
        vm.assertEq(_served(orderId, FIRST + 1), 0, "not in between");
        vm.assertEq(accounts.pledgedOf(_aggregatorId), order.pledge, "pledged");
        vm.assertTrue(order.pledge != 0, "something");
    }

    function test_testReserve_saysSo() public {
        FlexOrderId orderId = flexOrders.testReserve(_reserve, _power(FIRST, -6_000), 0);
        vm.assertTrue(flexOrders.orderOf(orderId).isTest, "a test");
        vm.assertEq(flexOrders.orderOf(orderId).price, 375_000, "paid alike");
    }

    function test_orderReserve_isForTheBuyerOfWhatIsAgreed() public {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, TSO)
        );
        vm.prank(TSO);
        flexOrders.orderReserve(_reserve, _power(FIRST, -1_000), 0);
        ReservationId proposed = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexReservations.FlexReservationsWrongState.selector,
                proposed,
                IFlexReservations.State.Proposed
            )
        );
        flexOrders.orderReserve(proposed, _power(FIRST, -100), 0);
    }

    function test_orderReserve_revertsForPeriodsThatAreNone() public {
        _refuse("", 0);
        _refuse("x", 0);
        _refuse(new bytes(97 * 8), 0);
        _refuse(_power(FIRST, 0), 0);
        _refuse(_power(FIRST, 1_000), 0);
        _refuse(bytes.concat(_power(FIRST, -1_000), _power(FIRST, -1_000)), 1);
        _refuse(bytes.concat(_power(FIRST, -1_000), _power(FIRST + 100, -1_000)), 1);
        bytes memory long;
        for (uint32 i = 0; i < 5; ++i) {
            long = bytes.concat(long, _power(FIRST + i, -1_000));
        }
        _refuse(long, 4);
    }

    function test_orderReserve_revertsForMoreThanIsReservedInAll() public {
        _refuseReserved(FIRST + 4, -100, 0, 100);
        _refuseReserved(FIRST, -6_001, 6_000, 6_001);
        flexOrders.orderReserve(_reserve, _power(FIRST, -4_000), 0);
        _refuseReserved(FIRST, -2_001, 6_000, 6_001);
        flexOrders.testReserve(_reserve, _power(FIRST, -2_000), 0);
        flexReservations.release(_reserve, 0, abi.encodePacked(FIRST + 1, uint32(500)));
        _refuseReserved(FIRST + 1, -501, 500, 501);
        flexOrders.orderReserve(_reserve, _power(FIRST + 1, -500), 0);
    }

    function test_orderReserve_countsWhatWasOfferedUnderTheContract() public {
        IFlexRequests.Request memory request = _request();
        request.reservationId = _reserve;
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _seal(flexRequests.requestFlexibility(request), offer);
        vm.warp(EXPIRES);
        flexRequests.openOffer(offerId, offer, request.periods);
        FlexOrderId orderId = _order(offerId, offer);
        IFlexOrders.Order memory order = flexOrders.orderOf(orderId);
        vm.assertTrue(ReservationId.unwrap(order.reservationId) == 1, "under the contract");
        _refuseReserved(FIRST, -2_001, 6_000, 6_001);
        flexOrders.orderReserve(_reserve, _power(FIRST, -2_000), 0);
    }

    function test_orderReserve_revertsTooLateAndBelowTheMinimum() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersBelowMinimum.selector,
                DeliveryPeriod.wrap(FIRST),
                PowerW.wrap(99),
                PowerW.wrap(MINIMUM)
            )
        );
        flexOrders.orderReserve(_reserve, _power(FIRST, -99), 0);
        vm.warp(START - LEAD + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersTooLate.selector, START - LEAD, START - LEAD + 1)
        );
        flexOrders.orderReserve(_reserve, _power(FIRST, -100), 0);
    }

    function _refuse(bytes memory periods, uint256 position) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexOrders.FlexOrdersInvalidPeriods.selector, position));
        flexOrders.orderReserve(_reserve, periods, 0);
    }

    function _refuseReserved(uint32 period, int32 power, uint32 reserved, uint32 inAll) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersNotReserved.selector,
                DeliveryPeriod.wrap(period),
                PowerW.wrap(reserved),
                PowerW.wrap(inAll)
            )
        );
        flexOrders.orderReserve(_reserve, _power(period, power), 0);
    }
}
