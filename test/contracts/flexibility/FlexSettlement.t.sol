// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {
    DeliveryPeriod,
    FlexOrderId,
    MemberId,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId,
    TradingDay
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexRun} from "./FlexRun.sol";

// commitRun
//   given the day as it was, what buyers pay follows from what was delivered, period by period
//   given a caller who is no market operator of the area, or a bond that is not whole, it reverts
//   given a run that is committed, a day whose energy is not paid, or readings that are too old, it reverts
//   given a call left out, one twice, one of another day or order, or other periods than were ordered, it reverts
//   given another payment of the DSO or the TSO, payments that do not sum to zero, do not ascend, are zero, or move
//     another total, it reverts
//   given a cancelled order, its whole price is paid, and whoever moved anything for it is refused
//   given a displaced call, what is served is settled
// payRun
//   given the window is over, all are paid, pledges are free, and nothing can be paid again
//   given the window is not over, a run that is not committed, or other facts, it reverts
//   given an aggregator that cannot pay, the DSO carries it and is repaid later
// voidRun: only by whom the challenges are decided; then the run is committed anew
// releaseUnpaidDay: once every deadline has passed, and the day is not paid
// availability
//   given a proof later than the period, up to what it showed is paid, once
//   given none, it is not due before every deadline after the last window
contract FlexSettlementTest is FlexRun {
    address private constant STRANGER_ = address(0xbeef);

    function test_commitRun_settlesEachPeriod() public {
        _takeAssets();
        _drawEntries();
        _drawStatements();
        // Of 1,000 Wh ordered 1,100 were moved: delivered whole, for two thirds of the price.
        vm.expectEmit();
        emit IFlexSettlement.DeliverySettled(DSO_ORDER, FIRST_PERIOD, 1_000, 1_000, 0, 200_000, 200_000, 0);
        // Of 500 Wh 400: four fifths are paid, and beyond the deadband of 50 Wh the other 50 fined.
        vm.expectEmit();
        emit IFlexSettlement.DeliverySettled(
            DSO_ORDER,
            SECOND_PERIOD,
            500,
            400,
            100,
            100_000,
            80_000,
            25_000
        );
        // Of 250 Wh the 200 that Alice moved beyond what she had delivered to the DSO.
        vm.expectEmit();
        emit IFlexSettlement.DeliverySettled(TSO_ORDER, FIRST_PERIOD, 250, 200, 50, 40_000, 32_000, 12_500);
        _commit();
        vm.assertEq(_dsoPays, 255_000, "the DSO pays what was delivered less the fine");
        vm.assertEq(_tsoPays, 19_500, "and so does the TSO");
    }

    function test_commitRun_revertsForOthersThanTheOperator() public {
        _prepare();
        vm.expectRevert(_roleMissing(STRANGER_, Role.MarketOperator, AREA));
        vm.prank(STRANGER_);
        _commit();
    }

    function test_commitRun_revertsTwice() public {
        _commitTruth();
        _expectRefusal(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementAlreadyCommitted.selector, AREA, DAY)
        );
    }

    function test_commitRun_revertsBeforeTheEnergyIsPaid() public {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementEnergyNotPaid.selector, AREA, NEXT_DAY)
        );
        IFlexSettlement.Facts memory facts;
        this.commitFor(NEXT_DAY, uint32(block.timestamp), facts, "", 0);
    }

    function test_commitRun_revertsForOldReadings() public {
        _prepare();
        uint256 time = block.timestamp;
        bytes memory payments = _packed();
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementReadingsTooOld.selector,
                time - 3_601,
                time - 3_600,
                time
            )
        );
        this.commitFor(DAY, uint32(time - 3_601), _facts(), payments, _totalOf(payments));
    }

    function test_commitRun_revertsWithACallLeftOut() public {
        _prepare();
        IFlexSettlement.Facts memory facts = _facts();
        facts.deliveries = bytes.concat(_deliveryOf(0), _deliveryOf(2));
        _expectRefusalOf(
            facts,
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongCount.selector, 3, 2)
        );
    }

    function test_commitRun_revertsWithACallTwice() public {
        _prepare();
        IFlexSettlement.Facts memory facts = _facts();
        facts.deliveries = bytes.concat(_deliveryOf(0), _deliveryOf(0), _deliveryOf(2));
        _expectRefusalOf(
            facts,
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongDelivery.selector, 1)
        );
    }

    function test_commitRun_revertsForAPeriodThatIsNotCalled() public {
        _prepare();
        IFlexSettlement.Facts memory facts = _facts();
        facts.deliveries = bytes.concat(
            _deliveryOf(0),
            abi.encodePacked(uint32(1), FIRST + 2, uint64(0), uint64(0), uint32(0), bytes32(0)),
            _deliveryOf(2)
        );
        _expectRefusalOf(
            facts,
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongDelivery.selector, 1)
        );
    }

    function test_commitRun_revertsForEnergyWithoutLeaves() public {
        _prepare();
        IFlexSettlement.Facts memory facts = _facts();
        facts.deliveries = bytes.concat(
            _deliveryOf(0),
            abi.encodePacked(uint32(1), FIRST + 1, uint64(400), uint64(0), uint32(0), bytes32(0)),
            _deliveryOf(2)
        );
        _expectRefusalOf(
            facts,
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongDelivery.selector, 1)
        );
    }

    function test_commitRun_revertsForOtherPeriodsThanOrdered() public {
        _prepare();
        IFlexSettlement.Facts memory facts = _facts();
        facts.orders[0] = abi.encodePacked(FIRST, int32(-9_000));
        _expectRefusalOf(
            facts,
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongOrder.selector, DSO_ORDER)
        );
    }

    function test_commitRun_revertsForWrongPayments() public {
        _prepare();
        bytes memory right = _packed();
        _dsoPays -= 1;
        _payments[0] += 1;
        _expectRefusal(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongBuyerPayment.selector, 255_000, 254_999)
        );
        (_dsoPays, _tsoPays) = (_dsoPays + 1, _tsoPays + 1);
        _payments[0] -= 2;
        _expectRefusal(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongBuyerPayment.selector, 19_500, 19_501)
        );
        _payments[0] += 1;
        _expectRefusal(abi.encodeWithSelector(IFlexSettlement.FlexSettlementNotZeroSum.selector, int256(1)));
        _refusePayments(
            bytes.concat(_payment(MemberId.wrap(9), 5), right),
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementInvalidPayments.selector, 1)
        );
        _refusePayments(
            bytes.concat(right, hex"00"),
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongLength.selector, right.length + 1)
        );
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongTotal.selector, 7, _totalOf(right))
        );
        this.commitFor(DAY, uint32(block.timestamp), _facts(), right, 7);
    }

    function test_commitRun_paysACancelledOrderWhole() public {
        market.setState(TSO_ORDER, IFlexOrders.State.Cancelled);
        _takeAssets();
        _expectRefusalOf(
            _facts(),
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongDelivery.selector, 2)
        );
        IFlexSettlement.Facts memory facts = _facts();
        facts.deliveries = bytes.concat(
            _deliveryOf(0),
            _deliveryOf(1),
            abi.encodePacked(uint32(2), FIRST, uint64(0), uint64(0), uint32(0), bytes32(0))
        );
        bytes memory payments = bytes.concat(
            _payment(DSO_ID, 255_000),
            _payment(TSO_ID, 40_000),
            _payment(AGGREGATOR_ID, -295_000)
        );
        this.commitFor(DAY, uint32(block.timestamp), facts, payments, 295_000);
        vm.assertEq(flexSettlement.runOf(AREA, DAY).total, 295_000, "committed");
    }

    function test_payRun_paysOnce() public {
        uint256 sum = _balances();
        _commitTruth();
        vm.warp(block.timestamp + WINDOW);
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
        vm.assertEq(accounts.balanceOf(DSO_ID), DEPOSIT - 255_000, "the DSO paid");
        vm.assertEq(accounts.balanceOf(TSO_ID), DEPOSIT - 19_500, "the TSO paid");
        vm.assertEq(int256(accounts.balanceOf(ALICE_ID)), int256(DEPOSIT) - _payments[2], "Alice");
        vm.assertEq(_balances(), sum, "nothing appears or vanishes");
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementAlreadyPaid.selector, AREA, DAY)
        );
        this.pay();
    }

    function test_payRun_revertsTooEarlyAndForOtherFacts() public {
        IFlexSettlement.Facts memory nothing;
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementNotCommitted.selector, AREA, DAY)
        );
        flexSettlement.payRun(AREA, DAY, nothing, "");
        _commitTruth();
        uint256 end = block.timestamp + WINDOW;
        vm.warp(end - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementTooEarly.selector, DAY, end, end - 1)
        );
        this.pay();
        vm.warp(end);
        bytes32 committed = keccak256(_deliveries());
        _moved[0].a += 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementWrongPayments.selector,
                committed,
                keccak256(_deliveries())
            )
        );
        this.pay();
    }

    function test_payRun_letsTheDsoCarryWhatAnAggregatorCannotPay() public {
        accounts.withdraw(AGGREGATOR_ID, DEPOSIT);
        _commitTruth();
        int64 owed = _payments[1];
        vm.assertTrue(owed > 0, "compensation and fees make it pay");
        vm.warp(block.timestamp + WINDOW);
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
        vm.assertEq(accounts.debtOf(AGGREGATOR_ID), uint64(owed), "its debt");
        uint256 left = DEPOSIT - 255_000 - uint64(owed);
        vm.assertEq(accounts.balanceOf(DSO_ID), left, "carried by the DSO");
        vm.assertEq(accounts.fundOf(AREA), 0, "and not by the guarantee fund");
        _fund(AGGREGATOR_ID, uint64(owed) + 5);
        _requireAccount(AGGREGATOR_ID, 5, 0);
        vm.assertEq(accounts.balanceOf(DSO_ID), left + uint64(owed), "repaid");
    }

    function test_payRun_revertsWhereATsoCannotPay() public {
        accounts.withdraw(TSO_ID, DEPOSIT);
        _commitTruth();
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, TSO_ID, 0, 19_500)
        );
        this.pay();
    }

    function test_releaseUnpaidDay_waitsForEveryDeadline() public {
        FlexOrderId[] memory orders = new FlexOrderId[](2);
        (orders[0], orders[1]) = (DSO_ORDER, TSO_ORDER);
        uint256 from = DAY_END + FINAL_DELAY + WINDOW;
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexSettlement.FlexSettlementTooEarly.selector, DAY, from, from - 1)
        );
        flexSettlement.releaseUnpaidDay(AREA, DAY, orders);
        vm.warp(from);
        vm.expectEmit();
        emit IFlexSettlement.PledgesReleased(AREA, DAY);
        flexSettlement.releaseUnpaidDay(AREA, DAY, orders);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementTooEarly.selector,
                NEXT_DAY,
                from + 1 days,
                from
            )
        );
        flexSettlement.releaseUnpaidDay(AREA, NEXT_DAY, orders);
    }

    function test_releaseUnpaidDay_revertsForOrdersOfOtherDays() public {
        FlexOrderId[] memory orders = new FlexOrderId[](1);
        orders[0] = DSO_ORDER;
        vm.warp(DAY_END + FINAL_DELAY + WINDOW + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IFlexSettlement.FlexSettlementWrongOrder.selector, DSO_ORDER));
        flexSettlement.releaseUnpaidDay(AREA, NEXT_DAY, orders);
    }

    function test_availability_waitsForAProofAndIsPaidOnce() public {
        _setReservation(DeliveryPeriod.wrap(FIRST + 200));
        ReservationId reservation = ReservationId.wrap(1);
        _availability = abi.encodePacked(reservation, FIRST, uint32(2_000));
        _prepare();
        _expectRefusal(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementWrongAvailability.selector,
                reservation,
                FIRST_PERIOD,
                0
            )
        );
        vm.assertEq(flexSettlement.provenPermilleOf(reservation, FIRST_PERIOD), 1_000, "prequalified");

        // When the day is over and done with, the DSO's order having been one of the reserve.
        _availability = "";
        IFlexOrders.Order memory order = market.orderOf(DSO_ORDER);
        order.reservationId = reservation;
        market.setOrder(DSO_ORDER, order);
        _commit();
        vm.warp(block.timestamp + WINDOW);
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
        // 1,400 of 1,500 Wh is within a deadband of a tenth.
        vm.assertEq(flexSettlement.provenPermilleOf(reservation, FIRST_PERIOD), 1_000, "proved");
        _payAvailability(reservation, 2_001, 2_000);
        _payAvailability(reservation, 2_000, type(uint256).max);
    }

    function test_availability_isDueWhenEveryDeadlineHasPassed() public {
        _setReservation(SECOND_PERIOD);
        _availability = abi.encodePacked(uint32(1), FIRST, uint32(1_500));
        _prepare();
        vm.warp(DAY_END + FINAL_DELAY + WINDOW);
        _dsoPays += 15;
        _payments[1] -= 15;
        _commit();
        vm.assertEq(flexSettlement.runOf(AREA, DAY).availabilityHash, keccak256(_availability), "committed");
    }

    function commitAs() external {
        _commit();
    }

    function commitFor(
        TradingDay day,
        uint32 readingsAt,
        IFlexSettlement.Facts memory facts,
        bytes memory payments,
        uint64 total
    ) external {
        flexSettlement.commitRun(
            AREA,
            day,
            IFlexSettlement.Commitment("root", 1, total),
            readingsAt,
            facts,
            payments
        );
    }

    function pay() external {
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
    }

    function _prepare() private {
        _takeAssets();
        _drawEntries();
        _drawStatements();
    }

    function _expectRefusal(bytes memory reason) private {
        vm.expectRevert(reason);
        this.commitAs();
    }

    function _expectRefusalOf(IFlexSettlement.Facts memory facts, bytes memory reason) private {
        bytes memory payments = _packed();
        vm.expectRevert(reason);
        this.commitFor(DAY, uint32(block.timestamp), facts, payments, _totalOf(payments));
    }

    function _refusePayments(bytes memory payments, bytes memory reason) private {
        IFlexSettlement.Facts memory facts = _facts();
        vm.expectRevert(reason);
        this.commitFor(DAY, uint32(block.timestamp), facts, payments, 0);
    }

    function _setReservation(DeliveryPeriod last) private {
        IFlexReservations.Reservation memory reservation;
        reservation.portfolioId = PortfolioId.wrap(1);
        reservation.productId = ProductId.wrap(1);
        reservation.availabilityPrice = 10;
        market.setReservation(ReservationId.wrap(1), reservation, PowerW.wrap(2_000), last);
    }

    /// @dev On the next day, of which nothing was called.
    function _payAvailability(ReservationId reservation, uint32 available, uint256 most) private {
        if (most != type(uint256).max) _finishDay(NEXT_DAY);
        if (most != type(uint256).max) _payRun(NEXT_DAY, 0, "");
        IFlexSettlement.Facts memory facts;
        facts.availability = abi.encodePacked(reservation, FIRST, available);
        bytes memory payments = bytes.concat(_payment(DSO_ID, 20), _payment(AGGREGATOR_ID, -20));
        if (most != type(uint256).max) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IFlexSettlement.FlexSettlementWrongAvailability.selector,
                    reservation,
                    FIRST_PERIOD,
                    most
                )
            );
            this.commitFor(NEXT_DAY, uint32(block.timestamp), facts, payments, 20);
            return;
        }
        this.commitFor(NEXT_DAY, uint32(block.timestamp), facts, payments, 20);
        vm.warp(block.timestamp + WINDOW);
        flexSettlement.payRun(AREA, NEXT_DAY, facts, payments);
        TradingDay third = TradingDay.wrap(TradingDay.unwrap(NEXT_DAY) + 1);
        _finishDay(third);
        _payRun(third, 0, "");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexSettlement.FlexSettlementWrongAvailability.selector,
                reservation,
                FIRST_PERIOD,
                0
            )
        );
        this.commitFor(third, uint32(block.timestamp), facts, payments, 20);
    }

    function _balances() private view returns (uint256 sum) {
        for (uint24 id = 1; id <= 8; ++id) sum += accounts.balanceOf(MemberId.wrap(id));
    }
}
