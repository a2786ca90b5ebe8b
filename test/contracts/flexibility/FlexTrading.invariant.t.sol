// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {
    DeliveryPeriod,
    FlexOrderId,
    PowerW,
    ProductId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexTradingHandler, FlexTradingWorld} from "./FlexTradingHandler.sol";
import {FlexWorld} from "./FlexWorld.sol";

// Given any sequence of offers, orders, direct orders of a TSO in both directions, revocations, cancellations, releases of
// pledges and withdrawals, of which some are refused
//   no order is dearer than the cap, of an offer that was revoked, or of one that was ordered before
//   where order and revocation are in one block, the revocation wins; later the order binds
//   the calls of a portfolio in a period go one way, and never beyond what it is prequalified for
//   what orders have pledged is what the account holds for them, and the balance covers it
//   the calls of the day are counted
contract FlexTradingInvariantTest is FlexWorld, FlexTradingWorld {
    FlexTradingHandler private _handler;
    ReservationId private _reserve;
    ReservationId private _opposite;

    function setUp() public override {
        super.setUp();
        _reserve = _reserveOf(IFlexProducts.Direction.ConsumeLess);
        _opposite = _reserveOf(IFlexProducts.Direction.ConsumeMore);
        _handler = new FlexTradingHandler(this);
    }

    function world() external view returns (FlexTradingHandler.World memory) {
        return
            FlexTradingHandler.World({
                flexRequests: flexRequests,
                flexOrders: flexOrders,
                accounts: accounts,
                dso: address(this),
                tso: TSO,
                aggregator: _aggregator,
                aggregatorId: _aggregatorId,
                portfolio: _portfolio,
                product: _product,
                point: _point,
                reserve: _reserve,
                opposite: _opposite
            });
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev All at once, after the same calls: one play of them decides about every rule.
    function invariant_everyRuleHolds() public view {
        vm.assertTrue(
            _handler.isByTheRules(),
            "offers are ordered once, within the cap, and revoked in time"
        );
        callsStayWithinWhatIsPrequalified();
        pledgesAreHeld();
    }

    function callsStayWithinWhatIsPrequalified() public view {
        uint256 count = 0;
        for (uint32 i = 0; i < _handler.PERIODS(); ++i) {
            IFlexOrders.Call[] memory calls = flexOrders.callsOf(_portfolio, DeliveryPeriod.wrap(FIRST + i));
            uint256[2] memory served;
            for (uint256 j = 0; j < calls.length; ++j) {
                IFlexOrders.Order memory order = flexOrders.orderOf(calls[j].orderId);
                IFlexProducts.Direction direction = flexProducts.productOf(order.productId).direction;
                served[uint256(direction)] += PowerW.unwrap(calls[j].served);
                vm.assertTrue(order.state != IFlexOrders.State.Annulled, "no annulled order calls anything");
                vm.assertTrue(PowerW.unwrap(calls[j].served) <= PowerW.unwrap(calls[j].ordered), "no more");
            }
            vm.assertTrue(served[0] == 0 || served[1] == 0, "one way");
            vm.assertTrue(served[0] + served[1] <= PREQUALIFIED, "within what is prequalified");
            count += calls.length;
        }
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), count, "the calls of the day are counted");
    }

    function pledgesAreHeld() public view {
        uint256 sum = 0;
        uint256 count = flexOrders.orderCount();
        for (uint32 id = 1; id <= count; ++id) {
            sum += flexOrders.orderOf(FlexOrderId.wrap(id)).pledge;
        }
        vm.assertEq(accounts.pledgedOf(_aggregatorId), sum, "what orders have pledged");
        vm.assertTrue(sum <= accounts.balanceOf(_aggregatorId), "is covered");
    }

    /// @dev Each way is gone at least once when one knows how: the fuzzer's calls are no empty ones.
    function test_handler_goesEachWay() public {
        _handler.callReserve(1, 900);
        vm.assertEq(_handler.ordered(), 1, "a TSO's call");
        // The first period at less than the cap, of which a part is ordered.
        _handler.offer(1);
        _handler.order(0, 9);
        vm.assertEq(_handler.ordered(), 2, "a DSO's order");
        invariant_everyRuleHolds();
        vm.assertEq(_served(FlexOrderId.wrap(1), FIRST), 0, "displaced");
        _handler.revoke(0, false);
        vm.assertEq(_handler.annulled(), 1, "annulled");
        vm.assertEq(_served(FlexOrderId.wrap(1), FIRST), 1_000, "and served again");
        _handler.cancel(0);
        _handler.withdraw(7);
        _handler.offer(3);
        _handler.order(1, 9);
        _handler.revoke(1, true);
        _handler.release(2);
        invariant_everyRuleHolds();
    }

    function _reserveOf(IFlexProducts.Direction direction) private returns (ReservationId reservationId) {
        vm.prank(TSO);
        ProductId productId = flexProducts.defineProduct(AREA, "system", _system(direction));
        _prequalify(_portfolio, productId, PREQUALIFIED);
        IFlexReservations.Reservation memory reservation = _reservation();
        reservation.productId = productId;
        vm.prank(TSO);
        reservationId = flexReservations.propose(reservation, _window(FIRST, FIRST + 3, PREQUALIFIED));
        vm.prank(_aggregator);
        flexReservations.agree(reservationId);
    }
}
