// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {DeliveryPeriod, FlexOrderId, ReservationId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexSettled} from "./FlexSettled.sol";

// Given an availability contract of two days, that was proposed, agreed and released in part
//   nothing of it is paid before a proof of it is
//   a test that succeeds pays what is reserved up to it, and what was released is not reserved
//   a test that fails pays no more than it showed, also of what was reserved since the test before it
//   a period is paid once, and what follows the last test when every deadline has passed, as that one showed
contract FlexAvailabilityTest is FlexSettled {
    /// @dev A window on each day: 16:00 to 17:00.
    uint32 private constant NEXT = FIRST + 96;
    /// @dev Of 1 kWh at the contract's 0.25 euro.
    int64 private constant TEST_PRICE = 250_000;
    /// @dev Micro-euro for a kW in a period.
    uint256 private constant AVAILABILITY_PRICE = 40_000;
    int64 private constant ALL = 240_000;

    ReservationId private _reserve;

    function setUp() public override {
        super.setUp();
        bytes memory windows = bytes.concat(_window(FIRST, FIRST + 3, 6_000), _window(NEXT, NEXT + 3, 6_000));
        _reserve = flexReservations.propose(_reservation(), windows);
        vm.prank(_aggregator);
        flexReservations.agree(_reserve);
        bytes memory releases = abi.encodePacked(FIRST + 1, uint32(0), FIRST + 2, uint32(2_000));
        flexReservations.release(_reserve, "less", releases);
    }

    function test_availability_isPaidByTests() public {
        _refuse(DAY_END - 1 days, FIRST, 6_000, 0);
        vm.warp(LONG_BEFORE);
        _test(DAY_END, FIRST, 1_000);
        uint256 before = accounts.balanceOf(_aggregatorId);
        _refuse(DAY_END + 1 days, FIRST, 6_001, 6_000);
        _refuse(DAY_END + 1 days, FIRST + 1, 1, 0);
        _refuse(DAY_END + 1 days, FIRST + 3, 1, 0);
        _commitAndPay(DAY_END + 1 days, _dayAfter(DAY), _available(FIRST, 6_000), _dsoPays(ALL));
        vm.assertEq(accounts.balanceOf(_aggregatorId), before + uint64(ALL), "6 kW for a quarter-hour");
        _refuse(DAY_END + 2 days, FIRST, 1, 0);
    }

    function test_availability_isTakenBackByATestThatFails() public {
        _test(DAY_END, FIRST, 1_000);
        vm.assertEq(_proven(FIRST + 2), 1_000, "as the last test showed");
        // Half of what was ordered, which is fined beyond the deadband as any order is.
        _test(DAY_END + 1 days, NEXT + 1, 500);
        vm.assertEq(_proven(FIRST), 1_000, "what was shown itself");
        vm.assertEq(_proven(FIRST + 2), 500, "taken back to the test before");
        vm.assertEq(_proven(NEXT + 3), 500, "and from now on");

        _refuse(DAY_END + 2 days, FIRST + 2, 1_001, 1_000);
        _refuse(DAY_END + 2 days, FIRST + 3, 3_001, 3_000);
        _refuse(DAY_END + 2 days, NEXT + 1, 3_001, 3_000);
        IFlexSettlement.Facts memory facts;
        facts.availability = bytes.concat(
            _packed(FIRST, 6_000),
            _packed(FIRST + 2, 1_000),
            _packed(FIRST + 3, 3_000),
            _packed(NEXT, 3_000),
            _packed(NEXT + 1, 3_000)
        );
        int64 due = int64(uint64((6_000 + 1_000 + 3 * 3_000) * AVAILABILITY_PRICE)) / 1_000;
        _commitAndPay(DAY_END + 2 days, _dayAfter(_dayAfter(DAY)), facts, _dsoPays(due));
    }

    function test_availability_afterTheLastTestIsDueWhenAllIsOver() public {
        _test(DAY_END, FIRST, 1_000);
        _test(DAY_END + 1 days, NEXT + 1, 500);
        uint256 over = DAY_END + 1 days + 2 days + WINDOW;
        _refuse(over - 1, NEXT + 2, 3_000, 0);
        _refuse(over, NEXT + 2, 3_001, 3_000);
        vm.warp(over);
        TradingDay last = _dayAfter(_dayAfter(DAY));
        this.commitRun(last, _available(NEXT + 2, 3_000), _dsoPays(ALL / 2));
        vm.assertEq(flexSettlement.runOf(AREA, last).total, uint64(ALL / 2), "as the last test showed");
    }

    /// @dev Tests 4 kW for a quarter-hour, which moves so many Wh, and pays the day that ends then.
    function _test(uint256 dayEnd, uint32 period, uint64 moved) private {
        FlexOrderId orderId = flexOrders.testReserve(_reserve, _power(period, -4_000), "test");
        vm.assertTrue(flexOrders.orderOf(orderId).isTest, "a test");
        vm.assertEq(flexOrders.orderOf(orderId).price, uint64(TEST_PRICE), "at the contract's price");
        int64 net = TEST_PRICE;
        // 500 Wh are missing: 50 of them are the deadband, 150 cost 0.30 euro a kWh and 300 cost 0.60.
        if (moved == 500) net = TEST_PRICE / 2 - 150 * 300 - 300 * 600;
        TradingDay day = TradingDay.wrap(uint32(dayEnd / 1 days) - 1);
        _commitAndPay(dayEnd, day, _factsOf(orderId, period, -4_000, moved), _dsoPays(net));
    }

    /// @dev On the day after the last one that is over, of which nothing was called.
    function _refuse(uint256 time, uint32 period, uint32 available, uint32 most) private {
        vm.warp(time);
        TradingDay day = TradingDay.wrap(uint32(time / 1 days) - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementWrongAvailability.selector,
                _reserve,
                DeliveryPeriod.wrap(period),
                most
            )
        );
        this.commitRun(day, _available(period, available), _dsoPays(0));
    }

    function _available(
        uint32 period,
        uint32 power
    ) private view returns (IFlexSettlement.Facts memory facts) {
        facts.availability = _packed(period, power);
    }

    function _packed(uint32 period, uint32 power) private view returns (bytes memory) {
        return abi.encodePacked(_reserve, period, power);
    }

    function _proven(uint32 period) private view returns (uint256) {
        return flexSettlement.provenPermilleOf(_reserve, DeliveryPeriod.wrap(period));
    }
}
