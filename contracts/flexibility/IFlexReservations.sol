// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CongestionPointId,
    DeliveryPeriod,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId
} from "../types/Types.sol";

/// @notice Long-term availability contracts: power that a portfolio keeps ready, and that may be ordered directly.
///
/// Windows, packed, 12 bytes each, ascending and apart, at most 64: firstPeriod 4, lastPeriod 4 (inclusive), power 4.
/// Releases, packed, 8 bytes each, ascending, at most 96: period 4, power 4 that stays reserved.
interface IFlexReservations {
    enum State {
        None,
        Proposed,
        Agreed,
        Withdrawn
    }

    /// @param availabilityPrice Micro-euro per kW and period, at most the product's.
    /// @param utilisationPrice Micro-euro per kWh that is ordered directly, at most the product's.
    /// @param releaseLead Seconds before a period until which it may be released.
    struct Reservation {
        CongestionPointId pointId;
        ProductId productId;
        PortfolioId portfolioId;
        uint32 availabilityPrice;
        uint32 utilisationPrice;
        uint32 releaseLead;
    }

    event ReservationProposed(
        ReservationId indexed reservationId,
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        CongestionPointId pointId,
        uint32 availabilityPrice,
        uint32 utilisationPrice,
        uint32 releaseLead,
        bytes windows
    );
    event ReservationAgreed(ReservationId indexed reservationId);
    event ReservationWithdrawn(ReservationId indexed reservationId, address by);
    event ReservationReleased(ReservationId indexed reservationId, bytes32 reference_, bytes releases);

    error FlexReservationsUnknown(ReservationId reservationId);
    error FlexReservationsWrongState(ReservationId reservationId, State state);
    error FlexReservationsInvalid(string parameter);
    error FlexReservationsNotPrequalified(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId
    );
    /// @notice A portfolio has at most 16 that are agreed and not over.
    error FlexReservationsTooMany(PortfolioId portfolioId, uint256 most);
    /// @notice Nothing is reserved in the period, or less than what would stay.
    error FlexReservationsRaised(DeliveryPeriod period, PowerW reserved, PowerW power);
    error FlexReservationsTooLate(DeliveryPeriod period, uint256 latest, uint256 time);

    /// @custom:access the product's buyer
    function propose(
        Reservation calldata reservation,
        bytes calldata windows
    ) external returns (ReservationId);
    /// @notice Before the first window begins, by the portfolio's aggregator. What is reserved is prequalified, with
    /// all that the portfolio has agreed to reserve besides.
    /// @custom:access the portfolio's aggregator
    function agree(ReservationId reservationId) external;
    /// @notice Before it is agreed.
    /// @custom:access the product's buyer, or the portfolio's aggregator
    function withdraw(ReservationId reservationId) external;
    /// @notice UFTP's FlexReservationUpdate: what is said to stay reserved; only ever less, and in time.
    /// @custom:access the product's buyer
    function release(ReservationId reservationId, bytes32 reference_, bytes calldata releases) external;

    function reservationOf(
        ReservationId reservationId
    ) external view returns (Reservation memory reservation, State state);
    /// @notice What is reserved after the releases; zero where it is not agreed.
    function reservedAt(ReservationId reservationId, DeliveryPeriod period) external view returns (PowerW);
    /// @notice The last period of the last window.
    function lastPeriodOf(ReservationId reservationId) external view returns (DeliveryPeriod);
    function reservationCount() external view returns (uint256);
}
