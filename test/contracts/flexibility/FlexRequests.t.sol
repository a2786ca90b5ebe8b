// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {
    CongestionPointId,
    FlexOfferId,
    FlexRequestId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// requestFlexibility
//   given not the product's buyer, a retired product, a point of another area, a contract that is not of product and point
//     or not agreed, it reverts
//   given periods that are none, twice, of more than a day, that cross bounds, ask both ways, neither way, the wrong way or
//     for no power at all, leave no room, a cap or times out of range, it reverts and says where
// superseding and cancelling
//   given another need, one that is not open any more, or of which something was ordered, they revert
contract FlexRequestsTest is FlexWorld {
    function test_requestFlexibility_keepsAllButThePeriods() public {
        IFlexRequests.Request memory request = _request();
        vm.expectEmit();
        emit IFlexRequests.FlexRequested(
            FlexRequestId.wrap(1),
            _point,
            _product,
            ReservationId.wrap(0),
            FlexRequestId.wrap(0),
            EXPIRES,
            REVEAL_UNTIL,
            CAP,
            request.periods
        );
        FlexRequestId id = flexRequests.requestFlexibility(request);
        (
            IFlexRequests.RequestState state,
            IFlexRequests.Request memory kept,
            bytes32 periodsHash,
            bytes32 seed
        ) = flexRequests.requestOf(id);
        vm.assertTrue(state == IFlexRequests.RequestState.Open, "open");
        vm.assertEq(periodsHash, keccak256(request.periods), "their hash");
        vm.assertEq(seed, 0, "no seed yet");
        request.periods = "";
        vm.assertEq(abi.encode(kept), abi.encode(request), "the rest");
        vm.assertEq(flexRequests.requestCount(), 1, "requests");
    }

    function test_requestFlexibility_isForTheBuyer() public {
        IFlexRequests.Request memory request = _request();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, TSO)
        );
        vm.prank(TSO);
        flexRequests.requestFlexibility(request);
        flexProducts.retireProduct(_product);
        vm.expectRevert(abi.encodeWithSelector(IFlexProducts.FlexProductsRetired.selector, _product));
        flexRequests.requestFlexibility(request);
    }

    function test_requestFlexibility_revertsForAPointOfAnotherArea() public {
        IFlexRequests.Request memory request = _request();
        request.pointId = congestionPoints.registerPoint(OTHER_AREA, "away", _capacity());
        _refuse(request, "point", 0);
    }

    function test_requestFlexibility_revertsForContractsThatAreNone() public {
        IFlexRequests.Request memory request = _request();
        request.reservationId = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        _refuse(request, "reservation", 0);
        request.reservationId = _agreed();
        CongestionPointId point = request.pointId;
        request.pointId = congestionPoints.registerPoint(AREA, "another", _capacity());
        _refuse(request, "reservation", 0);
        request.pointId = point;
        flexRequests.requestFlexibility(request);
        request.productId = flexProducts.defineProduct(AREA, "other", _less());
        _refuse(request, "reservation", 0);
    }

    function test_requestFlexibility_revertsForPeriodsThatAreNone() public {
        _refusePeriods("", "periods", 0);
        _refusePeriods("x", "periods", 0);
        _refusePeriods(bytes.concat(_asked(FIRST, -1, 0), _asked(FIRST, -1, 0)), "periods", 1);
        _refusePeriods(bytes.concat(_asked(FIRST + 1, -1, 0), _asked(FIRST, -1, 0)), "periods", 1);
        _refusePeriods(bytes.concat(_asked(FIRST, -1, 0), _room(FIRST + 100, 0, 1)), "periods", 1);
        _refusePeriods(abi.encodePacked(FIRST, uint8(2), int32(-1), int32(0)), "periods", 0);
        _refusePeriods(_asked(FIRST, type(int32).min, 0), "periods", 0);
        _refusePeriods(_room(FIRST, -5, 5), "without-requested-period", 0);
        bytes memory many;
        for (uint32 i = 0; i < 97; ++i) {
            many = bytes.concat(many, _asked(FIRST + i, -1, 0));
        }
        _refusePeriods(many, "periods", 0);
        _take(bytes.concat(_asked(FIRST, -1, 0), _room(FIRST + 99, 0, 1)));
    }

    function test_requestFlexibility_revertsForBoundsThatAreNone() public {
        _refusePeriods(_asked(FIRST, 1, 0), "bounds-crossed", 0);
        _refusePeriods(_asked(FIRST, -1, 1), "without-direction", 0);
        _refusePeriods(_asked(FIRST, 0, 0), "without-direction", 0);
        _refusePeriods(_asked(FIRST, 0, 1), "wrong-direction", 0);
        bytes memory first = _asked(FIRST, -5, -1);
        _refusePeriods(bytes.concat(first, _room(FIRST + 1, 1, 2)), "room-invalid", 1);
        _refusePeriods(bytes.concat(first, _room(FIRST + 1, -2, -1)), "room-invalid", 1);
        _take(bytes.concat(first, _room(FIRST + 1, 0, 0), _room(FIRST + 2, -2, 2)));
    }

    function test_requestFlexibility_ofConsumingMoreIsTheMirror() public {
        IFlexProducts.Product memory product = _less();
        product.direction = IFlexProducts.Direction.ConsumeMore;
        IFlexRequests.Request memory request = _request();
        request.productId = flexProducts.defineProduct(AREA, "more", product);
        request.periods = _asked(FIRST, -1, 0);
        _refuse(request, "wrong-direction", 0);
        request.periods = _asked(FIRST, 0, 1);
        flexRequests.requestFlexibility(request);
    }

    function test_requestFlexibility_revertsForCapAndTimesOutOfRange() public {
        IFlexRequests.Request memory request = _request();
        request.priceCap = 100_000_001;
        _refuse(request, "price-cap", 0);
        request = _request();
        request.expiresAt = uint40(block.timestamp);
        _refuse(request, "expiry", 0);
        request = _request();
        request.revealUntil = request.expiresAt;
        _refuse(request, "expiry", 0);
        // The lead of the first requested period, and not of one with room before it.
        request = _request();
        request.periods = bytes.concat(_room(FIRST - 20, 0, 1), _asked(FIRST, -1, 0));
        request.revealUntil = uint40(START - LEAD + 1);
        _refuse(request, "expiry", 0);
        request.revealUntil = uint40(START - LEAD);
        flexRequests.requestFlexibility(request);
    }

    function test_requestFlexibility_supersedesTheSameNeed() public {
        IFlexRequests.Request memory request = _request();
        FlexRequestId id = flexRequests.requestFlexibility(request);
        request.supersedes = id;
        CongestionPointId point = request.pointId;
        request.pointId = congestionPoints.registerPoint(AREA, "another", _capacity());
        _refuse(request, "supersedes", 0);
        request.pointId = point;
        flexRequests.requestFlexibility(request);
        (IFlexRequests.RequestState state, , , ) = flexRequests.requestOf(id);
        vm.assertTrue(state == IFlexRequests.RequestState.Superseded, "superseded");
        _expectNotOpen(id, IFlexRequests.RequestState.Superseded);
        flexRequests.requestFlexibility(request);
        request.supersedes = FlexRequestId.wrap(9);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexRequestsUnknown.selector, request.supersedes)
        );
        flexRequests.requestFlexibility(request);
    }

    function test_cancelRequest_bindsNobodyAnyMore() public {
        FlexRequestId id = flexRequests.requestFlexibility(_request());
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, TSO)
        );
        vm.prank(TSO);
        flexRequests.cancelRequest(id);
        vm.expectEmit();
        emit IFlexRequests.RequestCancelled(id);
        flexRequests.cancelRequest(id);
        _expectNotOpen(id, IFlexRequests.RequestState.Cancelled);
        flexRequests.cancelRequest(id);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexRequestsUnknown.selector, FlexRequestId.wrap(9))
        );
        flexRequests.cancelRequest(FlexRequestId.wrap(9));
    }

    function test_cancelRequest_revertsOnceSomethingIsOrdered() public {
        IFlexRequests.Offer memory offer = _offer();
        FlexOfferId offerId = _opened(offer);
        _order(offerId, offer);
        FlexRequestId id = FlexRequestId.wrap(1);
        bytes memory ordered = abi.encodeWithSelector(
            IFlexRequests.FlexRequestsSomethingOrdered.selector,
            id
        );
        vm.expectRevert(ordered);
        flexRequests.cancelRequest(id);
        IFlexRequests.Request memory next = _request();
        (next.supersedes, next.expiresAt) = (id, EXPIRES + 60);
        vm.expectRevert(ordered);
        flexRequests.requestFlexibility(next);
        // The order is annulled, and nothing is ordered any more.
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
        flexRequests.requestFlexibility(next);
    }

    function testFuzz_requestFlexibility_takesWhatAsksOneWay(
        int32[5] memory least,
        int32[5] memory most
    ) public {
        bytes memory periods;
        bool isRequest = true;
        for (uint32 i = 0; i < 5; ++i) {
            (least[i], most[i]) = (least[i] % 3, most[i] % 3);
            periods = bytes.concat(periods, _asked(FIRST + i, least[i], most[i]));
            if (least[i] >= 0 || most[i] > 0 || least[i] > most[i]) isRequest = false;
        }
        IFlexRequests.Request memory request = _request();
        request.periods = periods;
        try flexRequests.requestFlexibility(request) {
            vm.assertTrue(isRequest, "taken");
        } catch {
            vm.assertFalse(isRequest, "refused");
        }
    }

    function _take(bytes memory periods) private {
        IFlexRequests.Request memory request = _request();
        request.periods = periods;
        flexRequests.requestFlexibility(request);
    }

    function _refusePeriods(bytes memory periods, string memory rule, uint256 position) private {
        IFlexRequests.Request memory request = _request();
        request.periods = periods;
        _refuse(request, rule, position);
    }

    function _refuse(IFlexRequests.Request memory request, string memory rule, uint256 position) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexRequestsInvalid.selector, rule, position));
        flexRequests.requestFlexibility(request);
    }

    function _expectNotOpen(FlexRequestId id, IFlexRequests.RequestState state) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexRequestsNotOpen.selector, id, state));
    }
}
