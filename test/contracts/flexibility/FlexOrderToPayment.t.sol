// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {DeliveryPeriod, FlexOrderId, ReservationId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexSettled} from "./FlexSettled.sol";

// Given orders of a contracted reserve, as they are taken by the contracts that trade
//   what was pledged is held until the day is settled, and free once it is paid
//   what was shown is a proof of the reserve, and what is available of it is paid by that
//   a call that is left out, and an order that was cancelled, are known
contract FlexOrderToPaymentTest is FlexSettled {
    ReservationId private _reserve;
    FlexOrderId private _direct;

    function setUp() public override {
        super.setUp();
        _reserve = _agreed();
        _direct = flexOrders.orderReserve(_reserve, _power(FIRST, -4_000), 0);
    }

    function test_anOrder_isPaidAndItsPledgeFreed() public {
        uint256 pledged = accounts.pledgedOf(_aggregatorId);
        vm.assertTrue(pledged != 0, "pledged");
        uint64 price = flexOrders.orderOf(_direct).price;
        vm.warp(DAY_END);
        // 750 of 1,000 Wh: three quarters of the price, and 250 Wh missing beyond a deadband of 50 and, dearer, 200.
        int64 net = int64(price * 3) / 4 - 150 * 300 - 50 * 600;
        _commit(750, net);
        vm.assertEq(accounts.pledgedOf(_aggregatorId), pledged, "held until it is paid");
        vm.warp(DAY_END + 3_600);
        flexSettlement.payRun(AREA, DAY, _facts(750), _dsoPays(net));
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "free");
        vm.assertEq(accounts.balanceOf(DSO_ID), DSO_DEPOSIT - uint64(net), "the DSO paid");
        vm.assertEq(
            accounts.balanceOf(_aggregatorId),
            AGGREGATOR_DEPOSIT + uint64(net),
            "the aggregator is paid"
        );
        vm.assertEq(flexSettlement.provenPermilleOf(_reserve, DeliveryPeriod.wrap(FIRST)), 750, "shown");
    }

    function test_availability_isPaidByWhatWasShown() public {
        vm.warp(DAY_END);
        uint64 price = flexOrders.orderOf(_direct).price;
        int64 net = int64(price * 3) / 4 - 150 * 300 - 50 * 600;
        _commit(750, net);
        vm.warp(DAY_END + 3_600);
        flexSettlement.payRun(AREA, DAY, _facts(750), _dsoPays(net));
        // Three quarters of the 6 kW that were reserved.
        IFlexSettlement.Facts memory facts;
        TradingDay next = _dayAfter(DAY);
        facts.availability = abi.encodePacked(_reserve, FIRST, uint32(4_501));
        uint64 each = uint64(_availabilityPrice());
        uint64 due = (each * 4_500) / 1_000;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementWrongAvailability.selector,
                _reserve,
                DeliveryPeriod.wrap(FIRST),
                4_500
            )
        );
        this.commitRun(next, facts, _dsoPays(int64(due)));
        facts.availability = abi.encodePacked(_reserve, FIRST, uint32(4_500));
        this.commitRun(next, facts, _dsoPays(int64(due)));
        vm.assertEq(flexSettlement.runOf(AREA, next).total, due, "committed");
    }

    function test_aCallThatIsLeftOut_isKnown() public {
        flexOrders.orderReserve(_reserve, _power(FIRST + 1, -1_000), 0);
        vm.warp(DAY_END);
        vm.expectRevert(abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongCount.selector, 2, 1));
        this.commit(750, 0);
    }

    function test_aCancelledOrder_isPaidWhole() public {
        flexOrders.cancelOrder(_direct);
        vm.assertEq(
            uint256(flexOrders.orderOf(_direct).state),
            uint256(IFlexOrders.State.Cancelled),
            "cancelled"
        );
        vm.warp(DAY_END);
        _commit(0, int64(flexOrders.orderOf(_direct).price));
        vm.assertEq(
            flexSettlement.runOf(AREA, DAY).total,
            flexOrders.orderOf(_direct).price,
            "the whole price"
        );
    }

    function test_anUnpaidDay_frees() public {
        FlexOrderId[] memory orders = new FlexOrderId[](1);
        orders[0] = _direct;
        vm.warp(DAY_END + 2 days + 3_600);
        flexSettlement.releaseUnpaidDay(AREA, DAY, orders);
        vm.assertEq(accounts.pledgedOf(_aggregatorId), 0, "free");
    }

    function commit(uint64 moved, int64 net) external {
        _commit(moved, net);
    }

    function _commit(uint64 moved, int64 net) private {
        this.commitRun(DAY, _facts(moved), _dsoPays(net));
    }

    function _facts(uint64 moved) private view returns (IFlexSettlement.Facts memory) {
        return _factsOf(_direct, FIRST, -4_000, moved);
    }

    function _availabilityPrice() private view returns (uint32) {
        (IFlexReservations.Reservation memory reservation, ) = flexReservations.reservationOf(_reserve);
        return reservation.availabilityPrice;
    }
}
