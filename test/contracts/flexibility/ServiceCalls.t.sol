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
    ProductId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// Given services that call one portfolio in a period
//   the narrower level comes first, then a DSO before a TSO, then who was first
//   a call that comes before others displaces them, and one that comes after and finds too little left reverts
//   calls in the other direction are displaced whole, and revert where one comes before them
//   at most 8 call it, and never for more than it is able to
//   where the first one is annulled, the others have what it leaves
// Given any sequence of calls, each is let in where enough is left, and served as its precedence says
contract ServiceCallsTest is FlexWorld {
    IFlexProducts.Direction private constant LESS = IFlexProducts.Direction.ConsumeLess;
    IFlexProducts.Direction private constant MORE = IFlexProducts.Direction.ConsumeMore;

    ReservationId private _local;
    ReservationId private _wide;
    ReservationId private _opposite;

    function setUp() public override {
        super.setUp();
        // While it is able to more, it reserves 10 kW for a DSO's cell as well as for a TSO's system.
        ProductId most = flexProducts.defineProduct(AREA, "most", _less());
        _prequalify(_portfolio, most, 2 * PREQUALIFIED);
        _local = _reserveOf(_product, address(this));
        _wide = _reserveOf(_systemProduct(LESS), TSO);
        _opposite = _reserveOf(_systemProduct(MORE), TSO);
        flexPortfolios.rejectPrequalification(_portfolio, most, _point, "no more");
    }

    function test_calls_ofTheNarrowerLevelComeFirst() public {
        FlexOrderId ofTso = _callSystem(8_000);
        vm.expectEmit();
        emit IFlexOrders.CallDisplaced(ofTso, DeliveryPeriod.wrap(FIRST), PowerW.wrap(2_000));
        FlexOrderId ofDso = _callLocal(8_000);
        IFlexOrders.Call[] memory calls = flexOrders.callsOf(_portfolio, DeliveryPeriod.wrap(FIRST));
        vm.assertEq(calls.length, 2, "calls");
        vm.assertTrue(_sameOrder(calls[0].orderId, ofDso), "the DSO's first");
        vm.assertTrue(_sameOrder(calls[1].orderId, ofTso), "then the TSO's");
        vm.assertEq(PowerW.unwrap(calls[1].ordered), 8_000, "ordered");
        vm.assertEq(PowerW.unwrap(calls[1].served), 2_000, "of which what is left is served");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 2, "calls of the day");
    }

    function test_calls_thatComeAfterFindWhatIsLeft() public {
        _callLocal(8_000);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexOrders.FlexOrdersOvercalled.selector,
                DeliveryPeriod.wrap(FIRST),
                2_000,
                2_001
            )
        );
        _callSystem(2_001);
        FlexOrderId ofTso = _callSystem(2_000);
        vm.assertEq(_served(ofTso, FIRST), 2_000, "what is left");
    }

    function test_calls_ofTheOtherDirectionAreDisplaced() public {
        FlexOrderId ofTso = _callOpposite(3_000);
        FlexOrderId ofDso = _callLocal(1_000);
        vm.assertEq(_served(ofTso, FIRST), 0, "displaced whole");
        vm.assertEq(_served(ofDso, FIRST), 1_000, "served");
        vm.expectRevert(
            abi.encodeWithSelector(IFlexOrders.FlexOrdersOpposed.selector, DeliveryPeriod.wrap(FIRST), ofDso)
        );
        _callOpposite(100);
    }

    function test_calls_haveWhatAnAnnulledOneLeaves() public {
        FlexOrderId ofTso = _callOpposite(3_000);
        _annulAnOrderOf(4_000);
        vm.assertEq(_served(ofTso, FIRST), 3_000, "as if it had never been");
        vm.assertEq(flexOrders.callsOf(_portfolio, DeliveryPeriod.wrap(FIRST)).length, 1, "calls");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 1, "calls of the day");
    }

    function test_calls_ofOnePortfolioAreAtMost8() public {
        FlexOrderId last;
        for (uint256 i = 0; i < 8; ++i) {
            last = _callSystem(100);
        }
        bytes memory tooMany = abi.encodeWithSelector(
            IFlexOrders.FlexOrdersTooManyCalls.selector,
            _portfolio,
            DeliveryPeriod.wrap(FIRST)
        );
        vm.expectRevert(tooMany);
        _callSystem(100);
        // One that comes first is not kept out: the last one calls nothing any more.
        vm.expectEmit();
        emit IFlexOrders.CallDisplaced(last, DeliveryPeriod.wrap(FIRST), PowerW.wrap(0));
        FlexOrderId ofDso = _callLocal(int32(PREQUALIFIED));
        (uint256 ordered, uint256 served) = _callOf(last, FIRST);
        vm.assertEq(ordered + served, 0, "nothing is called");
        vm.assertEq(_served(ofDso, FIRST), PREQUALIFIED, "served whole");
        vm.assertEq(flexOrders.callsOf(_portfolio, DeliveryPeriod.wrap(FIRST)).length, 8, "calls");
        vm.assertEq(flexOrders.callCountOf(AREA, DAY), 8, "calls of the day");
    }

    function test_calls_stayWhereThePortfolioIsFitForLess() public {
        FlexOrderId ofTso = _callSystem(6_000);
        flexPortfolios.rejectPrequalification(_portfolio, _productOf(_wide), _point, "less");
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(_portfolio, _product, _point, PowerW.wrap(5_000), 0);
        flexPortfolios.prequalify(_portfolio, _product, _point, PowerW.wrap(5_000), 1, _soon());
        FlexOrderId ofDso = _callLocal(2_000);
        vm.assertEq(_served(ofTso, FIRST), 4_000, "only what the DSO takes is lost");
        vm.assertEq(_served(ofDso, FIRST), 2_000, "served");
    }

    /// @dev The reference keeps its own book of what each call is served.
    function testFuzz_calls_areServedByPrecedence(uint256 seed) public {
        uint256[7] memory served;
        FlexOrderId[7] memory ids;
        uint256 count = 0;
        for (uint256 i = 0; i < 7; ++i) {
            uint256 power = 100 + (uint256(keccak256(abi.encode(seed, i))) % 4_000);
            bool isLocal = (seed >> i) & 1 == 1;
            bool isExpected = _sumOf(served, ids, !isLocal) + power <= PREQUALIFIED;
            (bool isIn, FlexOrderId orderId) = _try(isLocal ? _local : _wide, power);
            vm.assertTrue(isIn == isExpected, "let in where enough is left");
            if (!isIn) continue;
            (served[count], ids[count]) = (power, orderId);
            ++count;
            if (isLocal) _displace(served, ids);
        }
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(_served(ids[i], FIRST), served[i], "served");
        }
    }

    /// @return sum What the DSO's calls are served and, where they count as well, the TSO's.
    function _sumOf(
        uint256[7] memory served,
        FlexOrderId[7] memory ids,
        bool isOfAll
    ) private view returns (uint256 sum) {
        for (uint256 i = 0; i < 7 && served[i] + FlexOrderId.unwrap(ids[i]) != 0; ++i) {
            if (isOfAll || _isLocal(ids[i])) sum += served[i];
        }
    }

    function _displace(uint256[7] memory served, FlexOrderId[7] memory ids) private view {
        uint256 left = PREQUALIFIED - _sumOf(served, ids, false);
        for (uint256 i = 0; i < 7 && FlexOrderId.unwrap(ids[i]) != 0; ++i) {
            if (_isLocal(ids[i])) continue;
            if (served[i] > left) served[i] = left;
            left -= served[i];
        }
    }

    function _isLocal(FlexOrderId orderId) private view returns (bool) {
        return ProductId.unwrap(flexOrders.orderOf(orderId).productId) == ProductId.unwrap(_product);
    }

    function _try(ReservationId reserve, uint256 power) private returns (bool, FlexOrderId) {
        (address buyer, ) = flexProducts.buyerOf(_productOf(reserve));
        vm.prank(buyer);
        try flexOrders.orderReserve(reserve, _power(FIRST, -int32(int256(power))), 0) returns (
            FlexOrderId orderId
        ) {
            return (true, orderId);
        } catch {
            return (false, FlexOrderId.wrap(0));
        }
    }

    function _callLocal(int32 power) private returns (FlexOrderId) {
        return flexOrders.orderReserve(_local, _power(FIRST, -power), 0);
    }

    function _callSystem(int32 power) private returns (FlexOrderId) {
        vm.prank(TSO);
        return flexOrders.orderReserve(_wide, _power(FIRST, -power), 0);
    }

    function _callOpposite(int32 power) private returns (FlexOrderId) {
        vm.prank(TSO);
        return flexOrders.orderReserve(_opposite, _power(FIRST, power), 0);
    }

    function _annulAnOrderOf(int32 power) private {
        IFlexRequests.Offer memory offer = _offerOf(_option(0, _power(FIRST, -power)));
        FlexOfferId offerId = _opened(offer);
        _order(offerId, offer);
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
    }

    function _systemProduct(IFlexProducts.Direction direction) private returns (ProductId productId) {
        vm.prank(TSO);
        productId = flexProducts.defineProduct(AREA, "system", _system(direction));
        _prequalify(_portfolio, productId, PREQUALIFIED);
    }

    function _reserveOf(ProductId productId, address buyer) private returns (ReservationId reservationId) {
        IFlexReservations.Reservation memory reservation = _reservation();
        reservation.productId = productId;
        vm.prank(buyer);
        reservationId = flexReservations.propose(reservation, _window(FIRST, FIRST, PREQUALIFIED));
        vm.prank(_aggregator);
        flexReservations.agree(reservationId);
    }

    function _productOf(ReservationId reserve) private view returns (ProductId) {
        (IFlexReservations.Reservation memory reservation, ) = flexReservations.reservationOf(reserve);
        return reservation.productId;
    }

    function _soon() private view returns (uint40) {
        return uint40(block.timestamp + 1 days);
    }
}
