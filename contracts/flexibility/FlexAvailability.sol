// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {TradedPeriods} from "../settlement/TradedPeriods.sol";
import {AreaId, DeliveryPeriod, PowerW, ProductId, ReservationId, TradingDay} from "../types/Types.sol";
import {AvailabilityProofs} from "./AvailabilityProofs.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {FlexLines} from "./FlexLines.sol";
import {IFlexOrders} from "./IFlexOrders.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev The availability of reservations: what was shown of each, and what of it is paid.
abstract contract FlexAvailability is IFlexSettlement, AccessManaged, RoleChecked {
    using AvailabilityProofs for AvailabilityProofs.Proof[];
    using SafeCast for uint256;
    using TradedPeriods for TradingDay;

    uint256 private constant AVAILABILITY_LENGTH = 12;

    /// @dev What the buyers pay for a day, in micro-euro; negative where more is fined than paid.
    struct Due {
        int256 dso;
        int256 tso;
    }

    /// @dev What was called of a reservation on a day, and delivered, in Wh.
    struct Shown {
        IFlexOrders.Order order;
        uint32 firstPeriod;
        uint32 lastPeriod;
        uint256 served;
        uint256 delivered;
    }

    /// @dev A packed availability and the reservation at which a walk along them is.
    struct Stand {
        ReservationId reservationId;
        uint256 period;
        uint256 available;
        IFlexReservations.Reservation reservation;
        bool isTso;
        bool isOver;
        AvailabilityProofs.Proof[] proofs;
    }

    IAreaRegistry internal immutable _areaRegistry;
    IFlexProducts internal immutable _products;
    IFlexReservations private immutable _reservations;

    mapping(AreaId area => mapping(TradingDay day => Run)) internal _runs;
    mapping(ReservationId reservationId => AvailabilityProofs.Proof[]) private _proofs;
    /// @dev Bit `period % 256` of word `period / 256` is set when the period's availability was paid.
    mapping(ReservationId reservationId => mapping(uint256 word => uint256)) private _paidPeriods;
    /// @dev The day whose run was the last to pay availability. One at a time does, so that none is paid twice.
    mapping(AreaId area => TradingDay) private _availabilityDay;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IFlexProducts flexProducts,
        IFlexReservations flexReservations
    ) AccessManaged(accessManager) RoleChecked(credentialRegistry) {
        _areaRegistry = areaRegistry;
        _products = flexProducts;
        _reservations = flexReservations;
    }

    /// @inheritdoc IFlexSettlement
    function runOf(AreaId area, TradingDay day) external view returns (Run memory) {
        return _runs[area][day];
    }

    /// @inheritdoc IFlexSettlement
    function provenPermilleOf(
        ReservationId reservationId,
        DeliveryPeriod period
    ) external view returns (uint256 permille) {
        AvailabilityProofs.Proof[] memory proofs = _proofs[reservationId];
        (permille, ) = proofs.provenAt(DeliveryPeriod.unwrap(period));
    }

    /// @dev Adds to what is due what each reservation earns, ascending by reservation and period.
    function _settleAvailability(
        AreaId area,
        TradingDay day,
        bytes calldata availability,
        Due memory due
    ) internal {
        if (availability.length == 0) return;
        if (availability.length % AVAILABILITY_LENGTH != 0) {
            revert FlexSettlementWrongLength(availability.length);
        }
        Run storage other = _runs[area][_availabilityDay[area]];
        if (other.committedAt != 0 && !other.isPaid) {
            revert FlexSettlementAvailabilityPending(area, _availabilityDay[area]);
        }
        _availabilityDay[area] = day;
        Stand memory stand;
        for (uint256 start = 0; start < availability.length; start += AVAILABILITY_LENGTH) {
            _stepTo(stand, area, availability[start:start + AVAILABILITY_LENGTH]);
            uint256 most = _mostOf(stand);
            if (stand.available > most) _refuse(stand, most);
            uint256 payment = FlexLines.availabilityPaymentOf(
                stand.reservation.availabilityPrice,
                stand.available
            );
            _add(due, stand.isTso, int256(payment));

            // The casts lose nothing: both were cut out of four bytes, and their product is below 2^64.
            emit AvailabilitySettled(
                stand.reservationId,
                DeliveryPeriod.wrap(uint32(stand.period)),
                uint32(stand.available),
                uint64(payment)
            );
        }
    }

    function _noteAvailability(bytes calldata availability) internal {
        for (uint256 start = 0; start < availability.length; start += AVAILABILITY_LENGTH) {
            (ReservationId reservationId, uint256 period, ) = _unpack(availability[start:]);
            _paidPeriods[reservationId][period >> 8] |= 1 << (period & 255);
        }
    }

    /// @return Now many reservations are found, this one among them.
    function _show(
        Shown[] memory shown,
        uint256 found,
        IFlexOrders.Order memory order,
        DeliveryPeriod period,
        Settled memory settled
    ) internal pure returns (uint256) {
        if (settled.served == 0) return found;
        uint256 i = 0;
        uint256 id = ReservationId.unwrap(order.reservationId);
        while (i < found && ReservationId.unwrap(shown[i].order.reservationId) != id) ++i;
        Shown memory own = shown[i];
        uint32 number = DeliveryPeriod.unwrap(period);
        if (i == found || number < own.firstPeriod) own.firstPeriod = number;
        if (number > own.lastPeriod) own.lastPeriod = number;
        own.order = order;
        own.served += settled.served;
        own.delivered += settled.delivered;
        return i == found ? found + 1 : found;
    }

    function _noteShown(Shown[] memory shown, uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) {
            Shown memory own = shown[i];
            uint256 deadband = FlexLines.deadbandPermilleOf(_products.productOf(own.order.productId).penalty);
            uint256 permille = FlexLines.provenPermilleOf(own.served, own.delivered, deadband);
            _proofs[own.order.reservationId].push(
                AvailabilityProofs.Proof(own.firstPeriod, own.lastPeriod, permille.toUint16())
            );
        }
    }

    /// @return Unix time at which everything that may settle the day is over.
    function _deadlineOf(AreaId area, uint256 day) internal view returns (uint256) {
        IAreaRegistry.Calendar memory calendar = _areaRegistry.calendarOf(area);
        return TradingDay.wrap(day.toUint32()).endOf() + calendar.finalDelay + calendar.challengeWindow;
    }

    function _isOfArea(ProductId productId, AreaId area) internal view returns (bool) {
        return AreaId.unwrap(_products.areaOf(productId)) == AreaId.unwrap(area);
    }

    function _add(Due memory due, bool isTso, int256 amount) internal pure {
        if (isTso) due.tso += amount;
        else due.dso += amount;
    }

    function _isReserve(IFlexOrders.Order memory order) internal pure returns (bool) {
        return ReservationId.unwrap(order.reservationId) != 0;
    }

    function _isZero(PowerW power) internal pure returns (bool) {
        return PowerW.unwrap(power) == 0;
    }

    function _stepTo(Stand memory stand, AreaId area, bytes calldata packed) private view {
        (ReservationId former, uint256 before) = (stand.reservationId, stand.period);
        (stand.reservationId, stand.period, stand.available) = _unpack(packed);
        (uint256 id, uint256 formerId) = (
            ReservationId.unwrap(stand.reservationId),
            ReservationId.unwrap(former)
        );
        if (id < formerId || (id == formerId && stand.period <= before)) _refuse(stand, 0);
        if (id == formerId) return;
        IFlexReservations.State state;
        (stand.reservation, state) = _reservations.reservationOf(stand.reservationId);
        bool isAgreed = state == IFlexReservations.State.Agreed;
        if (!isAgreed || !_isOfArea(stand.reservation.productId, area)) _refuse(stand, 0);
        (, stand.isTso) = _products.buyerOf(stand.reservation.productId);
        uint256 lastDay = FlexCalls.dayOf(
            DeliveryPeriod.unwrap(_reservations.lastPeriodOf(stand.reservationId))
        );
        stand.isOver = block.timestamp >= _deadlineOf(area, lastDay);
        stand.proofs = _proofs[stand.reservationId];
    }

    /// @return What may be paid at most in the period, in W: nothing of one that is not due or was paid.
    function _mostOf(Stand memory stand) private view returns (uint256) {
        uint256 word = _paidPeriods[stand.reservationId][stand.period >> 8];
        (uint256 permille, bool isFollowed) = stand.proofs.provenAt(stand.period);
        bool isDue = isFollowed || stand.isOver;
        if (!isDue || (word >> (stand.period & 255)) & 1 != 0) _refuse(stand, 0);
        PowerW reserved = _reservations.reservedAt(
            stand.reservationId,
            DeliveryPeriod.wrap(stand.period.toUint32())
        );
        return (uint256(PowerW.unwrap(reserved)) * permille) / 1_000;
    }

    function _refuse(Stand memory stand, uint256 most) private pure {
        revert FlexSettlementWrongAvailability(
            stand.reservationId,
            DeliveryPeriod.wrap(stand.period.toUint32()),
            most
        );
    }

    function _unpack(
        bytes calldata packed
    ) private pure returns (ReservationId reservationId, uint256 period, uint256 available) {
        reservationId = ReservationId.wrap(uint32(bytes4(packed[:4])));
        period = uint32(bytes4(packed[4:8]));
        available = uint32(bytes4(packed[8:12]));
    }
}
