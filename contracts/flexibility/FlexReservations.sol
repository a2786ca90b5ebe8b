// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    AreaId,
    CongestionPointId,
    DeliveryPeriod,
    PERIOD_SECONDS,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId
} from "../types/Types.sol";
import {ICongestionPoints} from "./ICongestionPoints.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {ReservedWindows} from "./ReservedWindows.sol";

contract FlexReservations is IFlexReservations {
    using ReservedWindows for uint96[];
    using SafeCast for uint256;

    uint256 private constant LONGEST_LEAD = 366 days;
    uint256 private constant MOST_AGREED = 16;
    uint256 private constant RELEASE_LENGTH = 8;
    uint256 private constant MOST_RELEASES = 96;
    /// @dev Released power fills 32 bits, so that eight periods share a storage slot.
    uint256 private constant PERIODS_PER_SLOT = 8;
    /// @dev Beside the power, which has 31 bits.
    uint32 private constant RELEASED = 1 << 31;

    IFlexProducts private immutable _flexProducts;
    ICongestionPoints private immutable _congestionPoints;
    IFlexPortfolios private immutable _flexPortfolios;

    uint256 private _reservationCount;
    mapping(ReservationId reservationId => Reservation) private _reservations;
    mapping(ReservationId reservationId => State) private _states;
    mapping(ReservationId reservationId => uint96[]) private _windows;
    /// @dev Those that are not over, and those that nobody has cleared away since.
    mapping(PortfolioId portfolioId => ReservationId[]) private _agreed;
    mapping(ReservationId reservationId => mapping(uint256 group => uint32[PERIODS_PER_SLOT]))
        private _released;

    constructor(
        IFlexProducts flexProducts,
        ICongestionPoints congestionPoints,
        IFlexPortfolios flexPortfolios
    ) {
        _flexProducts = flexProducts;
        _congestionPoints = congestionPoints;
        _flexPortfolios = flexPortfolios;
    }

    /// @inheritdoc IFlexReservations
    function propose(
        Reservation calldata reservation,
        bytes calldata windows
    ) external returns (ReservationId reservationId) {
        _requireTerms(reservation);
        uint256 minimum = PowerW.unwrap(_flexProducts.productOf(reservation.productId).minimumSize);

        reservationId = ReservationId.wrap((++_reservationCount).toUint32());
        _reservations[reservationId] = reservation;
        _states[reservationId] = State.Proposed;
        _windows[reservationId].take(windows, minimum);
        if (_windows[reservationId].startsAt() <= block.timestamp) revert FlexReservationsInvalid("windows");

        emit ReservationProposed(
            reservationId,
            reservation.portfolioId,
            reservation.productId,
            reservation.pointId,
            reservation.availabilityPrice,
            reservation.utilisationPrice,
            reservation.releaseLead,
            windows
        );
    }

    /// @inheritdoc IFlexReservations
    function agree(ReservationId reservationId) external {
        Reservation memory reservation = _requireState(reservationId, State.Proposed);
        _flexPortfolios.requireAggregator(reservation.portfolioId, msg.sender);
        _requireOnSale(reservation.productId);
        uint96[] storage windows = _windows[reservationId];
        uint256 start = windows.startsAt();
        if (start <= block.timestamp) {
            revert FlexReservationsTooLate(windows.firstPeriod(), start, block.timestamp);
        }
        ReservationId[] storage agreed = _agreed[reservation.portfolioId];
        _clearAway(agreed);
        if (agreed.length == MOST_AGREED)
            revert FlexReservationsTooMany(reservation.portfolioId, MOST_AGREED);
        _requireFit(reservation, windows, agreed);

        _states[reservationId] = State.Agreed;
        agreed.push(reservationId);

        emit ReservationAgreed(reservationId);
    }

    /// @inheritdoc IFlexReservations
    function withdraw(ReservationId reservationId) external {
        Reservation memory reservation = _requireState(reservationId, State.Proposed);
        (address buyer, ) = _flexProducts.buyerOf(reservation.productId);
        if (msg.sender != buyer) _flexPortfolios.requireAggregator(reservation.portfolioId, msg.sender);

        _states[reservationId] = State.Withdrawn;

        emit ReservationWithdrawn(reservationId, msg.sender);
    }

    /// @inheritdoc IFlexReservations
    function release(ReservationId reservationId, bytes32 reference_, bytes calldata releases) external {
        Reservation memory reservation = _requireState(reservationId, State.Agreed);
        _flexProducts.requireBuyer(reservation.productId, msg.sender);
        uint256 length = releases.length;
        if (length == 0 || length % RELEASE_LENGTH != 0 || length > MOST_RELEASES * RELEASE_LENGTH) {
            revert FlexReservationsInvalid("releases");
        }
        uint256 last = 0;
        for (uint256 start = 0; start < length; start += RELEASE_LENGTH) {
            uint256 period = uint32(bytes4(releases[start:start + 4]));
            uint32 power = uint32(bytes4(releases[start + 4:start + RELEASE_LENGTH]));
            if (period <= last) revert FlexReservationsInvalid("releases");
            last = period;
            _release(reservationId, reservation.releaseLead, DeliveryPeriod.wrap(uint32(period)), power);
        }

        emit ReservationReleased(reservationId, reference_, releases);
    }

    /// @inheritdoc IFlexReservations
    function reservationOf(
        ReservationId reservationId
    ) external view returns (Reservation memory reservation, State state) {
        state = _states[reservationId];
        if (state == State.None) revert FlexReservationsUnknown(reservationId);
        reservation = _reservations[reservationId];
    }

    /// @inheritdoc IFlexReservations
    function lastPeriodOf(ReservationId reservationId) external view returns (DeliveryPeriod) {
        if (_states[reservationId] == State.None) revert FlexReservationsUnknown(reservationId);
        return _windows[reservationId].lastPeriod();
    }

    /// @inheritdoc IFlexReservations
    function reservationCount() external view returns (uint256) {
        return _reservationCount;
    }

    /// @inheritdoc IFlexReservations
    function reservedAt(ReservationId reservationId, DeliveryPeriod period) public view returns (PowerW) {
        if (_states[reservationId] != State.Agreed) return PowerW.wrap(0);
        uint256 number = DeliveryPeriod.unwrap(period);
        uint32 released = _released[reservationId][number / PERIODS_PER_SLOT][number % PERIODS_PER_SLOT];
        if (released != 0) return PowerW.wrap(released & ~RELEASED);
        return PowerW.wrap(_windows[reservationId].powerAt(number).toUint32());
    }

    /// @dev Those whose last window is over.
    function _clearAway(ReservationId[] storage agreed) private {
        uint256 position = 0;
        while (position < agreed.length) {
            if (_windows[agreed[position]].endsAt() > block.timestamp) {
                ++position;
            } else {
                agreed[position] = agreed[agreed.length - 1];
                agreed.pop();
            }
        }
    }

    /// @dev What stays is never more than what was reserved, so that it has 31 bits as well.
    function _release(
        ReservationId reservationId,
        uint256 releaseLead,
        DeliveryPeriod period,
        uint32 power
    ) private {
        uint256 number = DeliveryPeriod.unwrap(period);
        PowerW reserved = reservedAt(reservationId, period);
        if (_windows[reservationId].powerAt(number) == 0 || power > PowerW.unwrap(reserved)) {
            revert FlexReservationsRaised(period, reserved, PowerW.wrap(power));
        }
        uint256 start = number * PERIOD_SECONDS;
        uint256 latest = start > releaseLead ? start - releaseLead : 0;
        if (block.timestamp > latest) revert FlexReservationsTooLate(period, latest, block.timestamp);

        _released[reservationId][number / PERIODS_PER_SLOT][number % PERIODS_PER_SLOT] = RELEASED | power;
    }

    function _requireTerms(Reservation calldata reservation) private view {
        ProductId productId = reservation.productId;
        _flexProducts.requireBuyer(productId, msg.sender);
        _requireOnSale(productId);
        IFlexProducts.Product memory product = _flexProducts.productOf(productId);
        uint256 area = AreaId.unwrap(_flexProducts.areaOf(productId));
        if (AreaId.unwrap(_congestionPoints.areaOf(reservation.pointId)) != area) {
            revert FlexReservationsInvalid("pointId");
        }
        if (AreaId.unwrap(_flexPortfolios.areaOf(reservation.portfolioId)) != area) {
            revert FlexReservationsInvalid("portfolioId");
        }
        if (reservation.availabilityPrice > product.availabilityPrice) {
            revert FlexReservationsInvalid("availabilityPrice");
        }
        if (reservation.utilisationPrice > product.utilisationPrice) {
            revert FlexReservationsInvalid("utilisationPrice");
        }
        if (reservation.releaseLead > LONGEST_LEAD) revert FlexReservationsInvalid("releaseLead");
    }

    /// @dev With all that the portfolio has agreed to reserve besides, no kW is reserved twice: those of one product
    /// and point stay within what is prequalified for them, and those of one direction within what the portfolio is
    /// able to. What was released of others counts as reserved still.
    function _requireFit(
        Reservation memory reservation,
        uint96[] storage windows,
        ReservationId[] storage agreed
    ) private view {
        (uint256 prequalified, uint256 capability) = _abilityOf(reservation);
        for (uint256 i = 0; i < windows.length; ++i) {
            (uint256 first, uint256 last, uint256 power) = windows.windowAt(i);
            (uint256 ofProduct, uint256 ofDirection) = (power, power);
            for (uint256 j = 0; j < agreed.length; ++j) {
                uint256 other = _windows[agreed[j]].mostWithin(first, last);
                if (other == 0) continue;
                Reservation storage beside = _reservations[agreed[j]];
                if (_isOfOneProduct(reservation, beside)) ofProduct += other;
                if (_directionOf(beside.productId) == _directionOf(reservation.productId))
                    ofDirection += other;
            }
            if (ofProduct > prequalified || ofDirection > capability) {
                revert FlexReservationsNotPrequalified(
                    reservation.portfolioId,
                    reservation.productId,
                    reservation.pointId
                );
            }
        }
    }

    function _abilityOf(
        Reservation memory reservation
    ) private view returns (uint256 prequalified, uint256 capability) {
        IFlexPortfolios.Prequalification memory prequalification = _flexPortfolios.prequalificationOf(
            reservation.portfolioId,
            reservation.productId,
            reservation.pointId
        );
        if (prequalification.until > block.timestamp) prequalified = PowerW.unwrap(prequalification.power);
        IFlexProducts.Direction direction = _directionOf(reservation.productId);
        capability = PowerW.unwrap(_flexPortfolios.capabilityOf(reservation.portfolioId, direction));
    }

    function _directionOf(ProductId productId) private view returns (IFlexProducts.Direction) {
        return _flexProducts.productOf(productId).direction;
    }

    function _isOfOneProduct(
        Reservation memory reservation,
        Reservation storage beside
    ) private view returns (bool) {
        return
            ProductId.unwrap(beside.productId) == ProductId.unwrap(reservation.productId) &&
            CongestionPointId.unwrap(beside.pointId) == CongestionPointId.unwrap(reservation.pointId);
    }

    function _requireOnSale(ProductId productId) private view {
        if (_flexProducts.isRetired(productId)) revert IFlexProducts.FlexProductsRetired(productId);
    }

    function _requireState(
        ReservationId reservationId,
        State state
    ) private view returns (Reservation memory) {
        State found = _states[reservationId];
        if (found == State.None) revert FlexReservationsUnknown(reservationId);
        if (found != state) revert FlexReservationsWrongState(reservationId, found);
        return _reservations[reservationId];
    }
}
