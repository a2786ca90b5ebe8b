// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CongestionPointId,
    FlexOfferId,
    FlexRequestId,
    PortfolioId,
    ProductId,
    ReservationId
} from "../types/Types.sol";

/// @notice A buyer's needs, and the offers that answer them: sealed until the request expires, then opened.
///
/// Requested periods, packed, 13 bytes each, ascending, at most 96: period 4, disposition 1 (1 requested, 0
/// available), minPower 4, maxPower 4 (both signed). Offered periods, packed, 8 bytes each, ascending, at most 96:
/// period 4, power 4 (signed). Power is in W, and positive for more consumption.
interface IFlexRequests {
    /// @param reservationId The contract under which it is made; zero where it is for everybody.
    /// @param supersedes An earlier request of the same need, of which nothing was ordered; zero for none.
    /// @param expiresAt Unix time until which offers are taken; `revealUntil` until which they are opened.
    /// @param priceCap The most that is paid for a kWh of effect at the congestion point, in micro-euro.
    struct Request {
        CongestionPointId pointId;
        ProductId productId;
        ReservationId reservationId;
        FlexRequestId supersedes;
        uint40 expiresAt;
        uint40 revealUntil;
        uint32 priceCap;
        bytes periods;
    }

    /// @param price For all of it, in micro-euro; a multiple of 100, at most 100,000 euro.
    /// @param minActivationFactor The smallest part that may be ordered, in hundredths, from 1 to 100.
    struct Option {
        uint64 price;
        uint8 minActivationFactor;
        bytes periods;
    }

    /// @param expiresAt Unix time until which it may be ordered.
    /// @param options 1 to 10, of which at most one is ordered.
    /// @param salt Random, so that nobody guesses the offer from its commitment.
    struct Offer {
        uint40 expiresAt;
        Option[] options;
        bytes32 salt;
    }

    enum RequestState {
        None,
        Open,
        Superseded,
        Cancelled
    }

    enum OfferState {
        None,
        Sealed,
        Opened,
        Revoked,
        Ordered
    }

    event FlexRequested(
        FlexRequestId indexed requestId,
        CongestionPointId indexed pointId,
        ProductId indexed productId,
        ReservationId reservationId,
        FlexRequestId supersedes,
        uint40 expiresAt,
        uint40 revealUntil,
        uint32 priceCap,
        bytes periods
    );
    /// @notice The buyer cancelled it before anything was ordered: its offers bind nobody.
    event RequestCancelled(FlexRequestId indexed requestId);
    event OfferSealed(
        FlexOfferId indexed offerId,
        FlexRequestId indexed requestId,
        PortfolioId indexed portfolioId,
        bytes32 commitment
    );
    event OfferOpened(FlexOfferId indexed offerId, FlexRequestId indexed requestId, Offer offer);
    event OfferRevoked(FlexOfferId indexed offerId, FlexRequestId indexed requestId);
    /// @notice What decides between equal offers; nobody knew it before offers closed.
    event SeedDrawn(FlexRequestId indexed requestId, bytes32 seed);

    error FlexRequestsUnknown(FlexRequestId requestId);
    error FlexRequestsNotOpen(FlexRequestId requestId, RequestState state);
    /// @notice `rule` names the rule that the request breaks (bounds-crossed, without-direction, wrong-direction,
    /// room-invalid, without-requested-period, periods, expiry, price-cap, point, reservation, supersedes), `position`
    /// the period.
    error FlexRequestsInvalid(string rule, uint256 position);
    error FlexRequestsExpired(FlexRequestId requestId, uint256 expiresAt, uint256 time);
    error FlexRequestsStillSealed(FlexRequestId requestId, uint256 expiresAt, uint256 time);
    error FlexRequestsTooLateToOpen(FlexRequestId requestId, uint256 revealUntil, uint256 time);
    error FlexRequestsSomethingOrdered(FlexRequestId requestId);
    error FlexOffersUnknown(FlexOfferId offerId);
    error FlexOffersWrongState(FlexOfferId offerId, OfferState state);
    /// @notice A portfolio has at most 16 offers of a request that are not revoked.
    error FlexOffersTooMany(FlexRequestId requestId, PortfolioId portfolioId);
    error FlexOffersWrongCommitment(bytes32 committed, bytes32 opened);
    error FlexOffersDuplicate(bytes32 commitment);
    error FlexOffersNotPrequalified(
        PortfolioId portfolioId,
        ProductId productId,
        uint256 prequalified,
        uint256 offered
    );
    /// @notice `rule` names the rule that the offer breaks (outside-request, wrong-direction, misses-request,
    /// below-minimum, too-long, too-short-recovery, periods, factor, price, expiry, options, portfolio), at that option
    /// and period.
    error FlexOffersInvalid(string rule, uint256 option, uint256 position);
    error FlexRequestsWrongPeriods(FlexRequestId requestId);

    /// @custom:access the product's buyer
    function requestFlexibility(Request calldata request) external returns (FlexRequestId requestId);
    /// @custom:access the product's buyer
    function cancelRequest(FlexRequestId requestId) external;

    /// @notice Before the request expires.
    /// @param commitment The hash of request, portfolio and offer: see `commitmentOf`.
    /// @custom:access the portfolio's aggregator
    function sealOffer(
        FlexRequestId requestId,
        PortfolioId portfolioId,
        bytes32 commitment
    ) external returns (FlexOfferId offerId);
    /// @notice From when the request expires until `revealUntil`, by whoever knows it: an offer that is not opened is
    /// none.
    /// @param requestedPeriods Those of the request.
    /// @custom:access anyone: nothing opens but what was sealed
    function openOffer(FlexOfferId offerId, Offer calldata offer, bytes calldata requestedPeriods) external;
    /// @notice An offer is ordered once. Restricted to the contract that takes orders and revocations.
    /// @custom:access role FLEX_ORDERS
    function noteOrdered(FlexOfferId offerId) external;
    /// @custom:access role FLEX_ORDERS
    function noteRevoked(FlexOfferId offerId) external;

    function commitmentOf(
        FlexRequestId requestId,
        PortfolioId portfolioId,
        Offer calldata offer
    ) external pure returns (bytes32);
    /// @notice The periods of `request` are empty: the ledger keeps their hash alone.
    function requestOf(
        FlexRequestId requestId
    ) external view returns (RequestState state, Request memory request, bytes32 periodsHash, bytes32 seed);
    /// @notice Bit i of `withinCap` is set where option i of an opened offer costs no more than the request's cap for
    /// its kWh of effect at the congestion point in requested periods.
    function offerOf(
        FlexOfferId offerId
    )
        external
        view
        returns (
            OfferState state,
            FlexRequestId requestId,
            PortfolioId portfolioId,
            bytes32 commitment,
            uint16 withinCap
        );
    function requestCount() external view returns (uint256);
    function offerCount() external view returns (uint256);
}
