// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {DeliveryPeriod, PowerW, ProductId, ReservationId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// propose
//   given not the product's buyer, a retired product, a point or portfolio of another area, prices above the product's,
//     windows that are none, overlap or are too small, or a first one that has begun, it reverts
// agree
//   given not the aggregator, more than is prequalified, or the first window begun, it reverts
//   given what the portfolio has agreed to reserve besides, no kW is reserved twice; at most 16 at a time
// withdraw
//   given another one than buyer and aggregator, or what is agreed, it reverts
// release
//   given not the buyer, more than is reserved, a period of none, or too late, it reverts; less holds at once
// reservedAt is the window's power, or what a release left of it; nothing where it is not agreed
contract FlexReservationsTest is FlexWorld {
    function test_agree_reservesWhatWasProposed() public {
        IFlexReservations.Reservation memory reservation = _reservation();
        bytes memory windows = bytes.concat(
            _window(FIRST, FIRST + 3, 6_000),
            _window(FIRST + 8, FIRST + 8, 100)
        );
        vm.expectEmit();
        emit IFlexReservations.ReservationProposed(
            ReservationId.wrap(1),
            _portfolio,
            _product,
            _point,
            40_000,
            250_000,
            3_600,
            windows
        );
        ReservationId id = flexReservations.propose(reservation, windows);
        _expectReserved(id, FIRST, 0);
        vm.expectEmit();
        emit IFlexReservations.ReservationAgreed(id);
        vm.prank(_aggregator);
        flexReservations.agree(id);
        _expectReserved(id, FIRST - 1, 0);
        _expectReserved(id, FIRST, 6_000);
        _expectReserved(id, FIRST + 3, 6_000);
        _expectReserved(id, FIRST + 4, 0);
        _expectReserved(id, FIRST + 8, 100);
        (IFlexReservations.Reservation memory kept, IFlexReservations.State state) = flexReservations
            .reservationOf(id);
        vm.assertEq(abi.encode(kept), abi.encode(reservation), "terms");
        vm.assertTrue(state == IFlexReservations.State.Agreed, "state");
        vm.assertEq(flexReservations.reservationCount(), 1, "reservations");
    }

    function test_propose_revertsForTermsThatAreNone() public {
        IFlexReservations.Reservation memory reservation = _reservation();
        reservation.availabilityPrice = 50_001;
        _refuse(reservation, "availabilityPrice");
        reservation = _reservation();
        reservation.utilisationPrice = 300_001;
        _refuse(reservation, "utilisationPrice");
        reservation = _reservation();
        reservation.releaseLead = 366 days + 1;
        _refuse(reservation, "releaseLead");
        reservation = _reservation();
        reservation.pointId = congestionPoints.registerPoint(OTHER_AREA, "away", _capacity());
        _refuse(reservation, "pointId");
        reservation = _reservation();
        reservation.productId = flexProducts.defineProduct(OTHER_AREA, "elsewhere", _less());
        reservation.pointId = congestionPoints.registerPoint(OTHER_AREA, "far", _capacity());
        _refuse(reservation, "portfolioId");
        reservation = _reservation();
        ReservationId proposed = flexReservations.propose(reservation, _window(FIRST, FIRST, MINIMUM));
        flexProducts.retireProduct(_product);
        bytes memory retired = abi.encodeWithSelector(IFlexProducts.FlexProductsRetired.selector, _product);
        vm.expectRevert(retired);
        flexReservations.propose(reservation, _window(FIRST, FIRST, MINIMUM));
        vm.expectRevert(retired);
        vm.prank(_aggregator);
        flexReservations.agree(proposed);
    }

    function test_propose_revertsForWindowsThatAreNone() public {
        _refuseWindows("", "windows");
        _refuseWindows("x", "windows");
        _refuseWindows(_window(FIRST + 1, FIRST, MINIMUM), "windows");
        _refuseWindows(
            bytes.concat(_window(FIRST, FIRST + 1, MINIMUM), _window(FIRST + 1, FIRST + 2, MINIMUM)),
            "windows"
        );
        _refuseWindows(_window(FIRST, FIRST, MINIMUM - 1), "power");
        _refuseWindows(_window(FIRST, FIRST, 2 ** 31), "power");
        _refuseWindows(_window(uint32(block.timestamp / 900), FIRST, MINIMUM), "windows");
        bytes memory windows;
        for (uint32 i = 0; i < 65; ++i) {
            windows = bytes.concat(windows, _window(FIRST + i, FIRST + i, MINIMUM));
        }
        _refuseWindows(windows, "windows");
    }

    function testFuzz_reservedAt_findsEveryWindow(uint8[12] memory gaps, uint8[12] memory lengths) public {
        bytes memory windows;
        uint32[12] memory firsts;
        uint32 next = FIRST;
        for (uint32 i = 0; i < 12; ++i) {
            firsts[i] = next + gaps[i];
            uint32 last = firsts[i] + lengths[i];
            windows = bytes.concat(windows, _window(firsts[i], last, MINIMUM + i));
            next = last + 1;
        }
        ReservationId id = _agreedOn(_reservation(), windows);
        for (uint32 i = 0; i < 12; ++i) {
            _expectReserved(id, firsts[i], MINIMUM + i);
            _expectReserved(id, firsts[i] + lengths[i], MINIMUM + i);
            if (gaps[i] != 0) _expectReserved(id, firsts[i] - 1, 0);
        }
        _expectReserved(id, next, 0);
    }

    function test_agree_revertsForOthersAndTooLate() public {
        ReservationId id = flexReservations.propose(_reservation(), _window(FIRST, FIRST, 6_000));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                _portfolio,
                address(this)
            )
        );
        flexReservations.agree(id);
        vm.warp(START);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexReservations.FlexReservationsTooLate.selector,
                DeliveryPeriod.wrap(FIRST),
                START,
                START
            )
        );
        vm.prank(_aggregator);
        flexReservations.agree(id);
    }

    function test_agree_reservesNoKwTwice() public {
        _agreed();
        _refuseAgreement(_reservation(), _window(FIRST + 3, FIRST + 5, PREQUALIFIED - 6_000 + 1));
        _agreedOn(_reservation(), _window(FIRST + 3, FIRST + 5, PREQUALIFIED - 6_000));
        _refuseAgreement(_reservation(), _window(FIRST + 3, FIRST + 3, MINIMUM));
        _agreedOn(_reservation(), _window(FIRST + 6, FIRST + 6, PREQUALIFIED));
        _refuseAgreement(_reservation(), _window(FIRST + 7, FIRST + 7, PREQUALIFIED + 1));
    }

    function test_agree_countsOtherProductsOfTheDirection() public {
        _agreed();
        ProductId other = flexProducts.defineProduct(AREA, "other", _less());
        _prequalify(_portfolio, other, 8_000);
        IFlexReservations.Reservation memory reservation = _reservation();
        reservation.productId = other;
        // The portfolio is able to 10 kW in all, of which 6 are reserved.
        _refuseAgreement(reservation, _window(FIRST, FIRST, 4_001));
        _agreedOn(reservation, _window(FIRST, FIRST, 4_000));
        ProductId more = flexProducts.defineProduct(
            AREA,
            "more",
            _system(IFlexProducts.Direction.ConsumeMore)
        );
        _prequalify(_portfolio, more, 8_000);
        reservation.productId = more;
        _agreedOn(reservation, _window(FIRST, FIRST, 8_000));
    }

    function test_agree_revertsOncePrequalificationIsOver() public {
        ReservationId id = flexReservations.propose(
            _reservation(),
            _window(FIRST + 5_000, FIRST + 5_000, 200)
        );
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(_notPrequalified(_product));
        vm.prank(_aggregator);
        flexReservations.agree(id);
    }

    function test_agree_isForAtMost16AtATime() public {
        for (uint32 i = 0; i < 16; ++i) {
            _agreedOn(_reservation(), _window(FIRST + i, FIRST + i, MINIMUM));
        }
        ReservationId id = flexReservations.propose(_reservation(), _window(FIRST + 99, FIRST + 99, MINIMUM));
        vm.expectRevert(
            abi.encodeWithSelector(IFlexReservations.FlexReservationsTooMany.selector, _portfolio, 16)
        );
        vm.prank(_aggregator);
        flexReservations.agree(id);
        vm.warp(START + 900);
        vm.prank(_aggregator);
        flexReservations.agree(id);
        _expectReserved(id, FIRST + 99, MINIMUM);
    }

    function test_withdraw_isForBothBeforeItIsAgreed() public {
        ReservationId id = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                _portfolio,
                STRANGER
            )
        );
        vm.prank(STRANGER);
        flexReservations.withdraw(id);
        vm.expectEmit();
        emit IFlexReservations.ReservationWithdrawn(id, address(this));
        flexReservations.withdraw(id);
        _expectWrongState(id, IFlexReservations.State.Withdrawn);
        vm.prank(_aggregator);
        flexReservations.agree(id);
        id = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        vm.prank(_aggregator);
        flexReservations.withdraw(id);
        id = _agreed();
        _expectWrongState(id, IFlexReservations.State.Agreed);
        flexReservations.withdraw(id);
        id = ReservationId.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(IFlexReservations.FlexReservationsUnknown.selector, id));
        flexReservations.withdraw(id);
    }

    function test_release_leavesLess() public {
        ReservationId id = _agreed();
        bytes memory releases = bytes.concat(_released(FIRST + 1, 1_000), _released(FIRST + 2, 0));
        vm.expectEmit();
        emit IFlexReservations.ReservationReleased(id, "reference", releases);
        flexReservations.release(id, "reference", releases);
        _expectReserved(id, FIRST, 6_000);
        _expectReserved(id, FIRST + 1, 1_000);
        _expectReserved(id, FIRST + 2, 0);
        _expectReserved(id, FIRST + 3, 6_000);
        flexReservations.release(id, 0, _released(FIRST + 1, 1_000));
        _refuseRelease(id, FIRST + 1, 1_001, 1_000);
        _refuseRelease(id, FIRST + 2, 1, 0);
        _refuseRelease(id, FIRST, 6_001, 6_000);
        _refuseRelease(id, FIRST + 4, 0, 0);
    }

    function test_release_revertsTooLate() public {
        ReservationId id = _agreed();
        vm.warp(START - 3_600);
        flexReservations.release(id, 0, _released(FIRST, 5_000));
        vm.warp(START - 3_599);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexReservations.FlexReservationsTooLate.selector,
                DeliveryPeriod.wrap(FIRST),
                START - 3_600,
                START - 3_599
            )
        );
        flexReservations.release(id, 0, _released(FIRST, 4_000));
    }

    function test_release_isForTheBuyerOfWhatIsAgreed() public {
        ReservationId id = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        _expectWrongState(id, IFlexReservations.State.Proposed);
        flexReservations.release(id, 0, _released(FIRST, 0));
        id = _agreed();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, _aggregator)
        );
        vm.prank(_aggregator);
        flexReservations.release(id, 0, _released(FIRST, 0));
    }

    function test_release_revertsForPeriodsThatAreNone() public {
        ReservationId id = _agreed();
        bytes[4] memory none = [
            bytes(""),
            bytes("x"),
            bytes.concat(_released(FIRST, 0), _released(FIRST, 0)),
            new bytes(97 * 8)
        ];
        for (uint256 i = 0; i < 4; ++i) {
            _expectInvalid("releases");
            flexReservations.release(id, 0, none[i]);
        }
    }

    function _refuse(IFlexReservations.Reservation memory reservation, string memory parameter) private {
        _expectInvalid(parameter);
        flexReservations.propose(reservation, _window(FIRST, FIRST, MINIMUM));
    }

    function _refuseWindows(bytes memory windows, string memory parameter) private {
        IFlexReservations.Reservation memory reservation = _reservation();
        _expectInvalid(parameter);
        flexReservations.propose(reservation, windows);
    }

    function _refuseAgreement(
        IFlexReservations.Reservation memory reservation,
        bytes memory windows
    ) private {
        ReservationId id = flexReservations.propose(reservation, windows);
        vm.expectRevert(_notPrequalified(reservation.productId));
        vm.prank(_aggregator);
        flexReservations.agree(id);
    }

    function _refuseRelease(ReservationId id, uint32 period, uint32 power, uint32 reserved) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexReservations.FlexReservationsRaised.selector,
                DeliveryPeriod.wrap(period),
                PowerW.wrap(reserved),
                PowerW.wrap(power)
            )
        );
        flexReservations.release(id, 0, _released(period, power));
    }

    function _expectInvalid(string memory parameter) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexReservations.FlexReservationsInvalid.selector, parameter)
        );
    }

    function _expectWrongState(ReservationId id, IFlexReservations.State state) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexReservations.FlexReservationsWrongState.selector, id, state)
        );
    }

    function _expectReserved(ReservationId id, uint32 period, uint256 power) private view {
        PowerW found = flexReservations.reservedAt(id, DeliveryPeriod.wrap(period));
        vm.assertEq(PowerW.unwrap(found), power, "reserved");
    }

    function _notPrequalified(ProductId product) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFlexReservations.FlexReservationsNotPrequalified.selector,
                _portfolio,
                product,
                _point
            );
    }

    function _released(uint32 period, uint32 power) private pure returns (bytes memory) {
        return abi.encodePacked(period, power);
    }
}
