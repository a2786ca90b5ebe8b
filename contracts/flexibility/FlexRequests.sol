// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    AreaId,
    CongestionPointId,
    FlexOfferId,
    FlexRequestId,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId
} from "../types/Types.sol";
import {ICongestionPoints} from "./ICongestionPoints.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexRequests} from "./IFlexRequests.sol";
import {IFlexReservations} from "./IFlexReservations.sol";
import {OfferRules} from "./OfferRules.sol";
import {RequestRules} from "./RequestRules.sol";

contract FlexRequests is IFlexRequests, AccessManaged {
    using OfferRules for Offer;
    using RequestRules for Request;
    using SafeCast for uint256;

    uint256 private constant MOST_OFFERS = 16;

    /// @dev A request without its periods, in one slot.
    struct KeptRequest {
        CongestionPointId pointId;
        ProductId productId;
        ReservationId reservationId;
        FlexRequestId supersedes;
        uint40 expiresAt;
        uint40 revealUntil;
        uint32 priceCap;
        RequestState state;
    }

    struct KeptOffer {
        FlexRequestId requestId;
        PortfolioId portfolioId;
        OfferState state;
        uint16 withinCap;
        bytes32 commitment;
    }

    IFlexProducts private immutable _flexProducts;
    ICongestionPoints private immutable _congestionPoints;
    IFlexPortfolios private immutable _flexPortfolios;
    IFlexReservations private immutable _flexReservations;

    uint256 private _requestCount;
    uint256 private _offerCount;
    mapping(FlexRequestId requestId => KeptRequest) private _requests;
    mapping(FlexRequestId requestId => bytes32) private _periodsHashes;
    mapping(FlexRequestId requestId => bytes32) private _seeds;
    mapping(FlexRequestId requestId => uint256) private _orderedOffers;
    mapping(FlexOfferId offerId => KeptOffer) private _offers;
    /// @dev Of those that are not revoked; zero where there is room for another one.
    mapping(FlexRequestId requestId => mapping(PortfolioId portfolioId => uint32[MOST_OFFERS]))
        private _offersOf;

    constructor(
        address accessManager,
        IFlexProducts flexProducts,
        ICongestionPoints congestionPoints,
        IFlexPortfolios flexPortfolios,
        IFlexReservations flexReservations
    ) AccessManaged(accessManager) {
        _flexProducts = flexProducts;
        _congestionPoints = congestionPoints;
        _flexPortfolios = flexPortfolios;
        _flexReservations = flexReservations;
    }

    /// @inheritdoc IFlexRequests
    function requestFlexibility(Request calldata request) external returns (FlexRequestId requestId) {
        ProductId productId = request.productId;
        _flexProducts.requireBuyer(productId, msg.sender);
        if (_flexProducts.isRetired(productId)) revert IFlexProducts.FlexProductsRetired(productId);
        if (
            AreaId.unwrap(_congestionPoints.areaOf(request.pointId)) !=
            AreaId.unwrap(_flexProducts.areaOf(productId))
        ) revert FlexRequestsInvalid("point", 0);
        if (ReservationId.unwrap(request.reservationId) != 0) _requireReservation(request);
        request.requireValid(_flexProducts.productOf(productId));
        if (FlexRequestId.unwrap(request.supersedes) != 0) _supersede(request);

        requestId = FlexRequestId.wrap((++_requestCount).toUint32());
        _requests[requestId] = KeptRequest({
            pointId: request.pointId,
            productId: productId,
            reservationId: request.reservationId,
            supersedes: request.supersedes,
            expiresAt: request.expiresAt,
            revealUntil: request.revealUntil,
            priceCap: request.priceCap,
            state: RequestState.Open
        });
        _periodsHashes[requestId] = keccak256(request.periods);

        _emitRequested(requestId, request);
    }

    /// @inheritdoc IFlexRequests
    function cancelRequest(FlexRequestId requestId) external {
        KeptRequest storage request = _requestOf(requestId);
        _flexProducts.requireBuyer(request.productId, msg.sender);
        _requireOpen(requestId, request);
        if (_orderedOffers[requestId] != 0) revert FlexRequestsSomethingOrdered(requestId);

        request.state = RequestState.Cancelled;

        emit RequestCancelled(requestId);
    }

    /// @inheritdoc IFlexRequests
    function sealOffer(
        FlexRequestId requestId,
        PortfolioId portfolioId,
        bytes32 commitment
    ) external returns (FlexOfferId offerId) {
        KeptRequest memory request = _requestOf(requestId);
        _flexPortfolios.requireAggregator(portfolioId, msg.sender);
        _requireOpen(requestId, request);
        if (block.timestamp >= request.expiresAt) {
            revert FlexRequestsExpired(requestId, request.expiresAt, block.timestamp);
        }
        _requirePortfolio(request, portfolioId);

        offerId = FlexOfferId.wrap((++_offerCount).toUint32());
        _takePlace(requestId, portfolioId, offerId, commitment);
        _offers[offerId] = KeptOffer(requestId, portfolioId, OfferState.Sealed, 0, commitment);

        emit OfferSealed(offerId, requestId, portfolioId, commitment);
    }

    /// @inheritdoc IFlexRequests
    function openOffer(FlexOfferId offerId, Offer calldata offer, bytes calldata requestedPeriods) external {
        KeptOffer memory kept = _offers[offerId];
        if (kept.state == OfferState.None) revert FlexOffersUnknown(offerId);
        if (kept.state != OfferState.Sealed) revert FlexOffersWrongState(offerId, kept.state);
        FlexRequestId requestId = kept.requestId;
        KeptRequest memory request = _requests[requestId];
        _requireOpening(requestId, request);
        if (keccak256(requestedPeriods) != _periodsHashes[requestId]) {
            revert FlexRequestsWrongPeriods(requestId);
        }
        bytes32 opened = commitmentOf(requestId, kept.portfolioId, offer);
        if (opened != kept.commitment) revert FlexOffersWrongCommitment(kept.commitment, opened);

        _offers[offerId].withinCap = _requireOffer(offer, requestedPeriods, request, kept.portfolioId);
        _offers[offerId].state = OfferState.Opened;
        if (_seeds[requestId] == 0) _drawSeed(requestId);

        emit OfferOpened(offerId, requestId, offer);
    }

    /// @inheritdoc IFlexRequests
    function noteOrdered(FlexOfferId offerId) external restricted {
        KeptOffer storage offer = _offers[offerId];
        if (offer.state != OfferState.Opened) revert FlexOffersWrongState(offerId, offer.state);

        offer.state = OfferState.Ordered;
        ++_orderedOffers[offer.requestId];
    }

    /// @inheritdoc IFlexRequests
    function noteRevoked(FlexOfferId offerId) external restricted {
        KeptOffer storage offer = _offers[offerId];
        OfferState state = offer.state;
        if (state == OfferState.None || state == OfferState.Revoked) {
            revert FlexOffersWrongState(offerId, state);
        }

        offer.state = OfferState.Revoked;
        if (state == OfferState.Ordered) --_orderedOffers[offer.requestId];
        _leavePlace(offer.requestId, offer.portfolioId, offerId);

        emit OfferRevoked(offerId, offer.requestId);
    }

    /// @inheritdoc IFlexRequests
    function requestOf(
        FlexRequestId requestId
    ) external view returns (RequestState state, Request memory request, bytes32 periodsHash, bytes32 seed) {
        KeptRequest memory kept = _requestOf(requestId);
        (state, periodsHash, seed) = (kept.state, _periodsHashes[requestId], _seeds[requestId]);
        request.pointId = kept.pointId;
        request.productId = kept.productId;
        request.reservationId = kept.reservationId;
        request.supersedes = kept.supersedes;
        request.expiresAt = kept.expiresAt;
        request.revealUntil = kept.revealUntil;
        request.priceCap = kept.priceCap;
    }

    /// @inheritdoc IFlexRequests
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
        )
    {
        KeptOffer memory offer = _offers[offerId];
        if (offer.state == OfferState.None) revert FlexOffersUnknown(offerId);
        return (offer.state, offer.requestId, offer.portfolioId, offer.commitment, offer.withinCap);
    }

    /// @inheritdoc IFlexRequests
    function requestCount() external view returns (uint256) {
        return _requestCount;
    }

    /// @inheritdoc IFlexRequests
    function offerCount() external view returns (uint256) {
        return _offerCount;
    }

    /// @inheritdoc IFlexRequests
    function commitmentOf(
        FlexRequestId requestId,
        PortfolioId portfolioId,
        Offer calldata offer
    ) public pure returns (bytes32) {
        return offer.commitmentOf(requestId, portfolioId);
    }

    /// @dev The one that takes another's place is of the same product and point, and so of the same buyer.
    function _supersede(Request calldata request) private {
        FlexRequestId supersedes = request.supersedes;
        KeptRequest storage former = _requestOf(supersedes);
        _requireOpen(supersedes, former);
        if (
            ProductId.unwrap(former.productId) != ProductId.unwrap(request.productId) ||
            CongestionPointId.unwrap(former.pointId) != CongestionPointId.unwrap(request.pointId)
        ) revert FlexRequestsInvalid("supersedes", 0);
        if (_orderedOffers[supersedes] != 0) revert FlexRequestsSomethingOrdered(supersedes);

        former.state = RequestState.Superseded;
    }

    /// @dev A portfolio's places in a request: none of its offers is there twice.
    function _takePlace(
        FlexRequestId requestId,
        PortfolioId portfolioId,
        FlexOfferId offerId,
        bytes32 commitment
    ) private {
        uint32[MOST_OFFERS] storage offers = _offersOf[requestId][portfolioId];
        uint256 place = MOST_OFFERS;
        for (uint256 i = 0; i < MOST_OFFERS; ++i) {
            uint32 other = offers[i];
            if (other == 0) {
                if (place == MOST_OFFERS) place = i;
            } else if (_offers[FlexOfferId.wrap(other)].commitment == commitment) {
                revert FlexOffersDuplicate(commitment);
            }
        }
        if (place == MOST_OFFERS) revert FlexOffersTooMany(requestId, portfolioId);

        offers[place] = FlexOfferId.unwrap(offerId);
    }

    function _leavePlace(FlexRequestId requestId, PortfolioId portfolioId, FlexOfferId offerId) private {
        uint32[MOST_OFFERS] storage offers = _offersOf[requestId][portfolioId];
        for (uint256 i = 0; i < MOST_OFFERS; ++i) {
            if (offers[i] == FlexOfferId.unwrap(offerId)) offers[i] = 0;
        }
    }

    /// @dev The block before is at least the last one in which offers were taken, so that nobody knew its hash then.
    function _drawSeed(FlexRequestId requestId) private {
        bytes32 seed = keccak256(abi.encode(requestId, blockhash(block.number - 1), block.prevrandao));
        _seeds[requestId] = seed;

        emit SeedDrawn(requestId, seed);
    }

    function _emitRequested(FlexRequestId requestId, Request calldata request) private {
        emit FlexRequested(
            requestId,
            request.pointId,
            request.productId,
            request.reservationId,
            request.supersedes,
            request.expiresAt,
            request.revealUntil,
            request.priceCap,
            request.periods
        );
    }

    function _requestOf(FlexRequestId requestId) private view returns (KeptRequest storage request) {
        request = _requests[requestId];
        if (request.state == RequestState.None) revert FlexRequestsUnknown(requestId);
    }

    function _requireReservation(Request calldata request) private view {
        (IFlexReservations.Reservation memory reservation, IFlexReservations.State state) = _flexReservations
            .reservationOf(request.reservationId);
        if (
            state != IFlexReservations.State.Agreed ||
            ProductId.unwrap(reservation.productId) != ProductId.unwrap(request.productId) ||
            CongestionPointId.unwrap(reservation.pointId) != CongestionPointId.unwrap(request.pointId)
        ) revert FlexRequestsInvalid("reservation", 0);
    }

    /// @dev A request under a contract is for the portfolio of that contract alone.
    function _requirePortfolio(KeptRequest memory request, PortfolioId portfolioId) private view {
        if (
            AreaId.unwrap(_flexPortfolios.areaOf(portfolioId)) !=
            AreaId.unwrap(_flexProducts.areaOf(request.productId))
        ) revert FlexOffersInvalid("portfolio", 0, 0);
        if (ReservationId.unwrap(request.reservationId) == 0) return;
        (IFlexReservations.Reservation memory reservation, ) = _flexReservations.reservationOf(
            request.reservationId
        );
        if (PortfolioId.unwrap(reservation.portfolioId) != PortfolioId.unwrap(portfolioId)) {
            revert FlexOffersInvalid("portfolio", 0, 0);
        }
    }

    function _requireOpening(FlexRequestId requestId, KeptRequest memory request) private view {
        _requireOpen(requestId, request);
        if (block.timestamp < request.expiresAt) {
            revert FlexRequestsStillSealed(requestId, request.expiresAt, block.timestamp);
        }
        if (block.timestamp >= request.revealUntil) {
            revert FlexRequestsTooLateToOpen(requestId, request.revealUntil, block.timestamp);
        }
    }

    /// @return withinCap As in `offerOf`.
    function _requireOffer(
        Offer calldata offer,
        bytes calldata requestedPeriods,
        KeptRequest memory request,
        PortfolioId portfolioId
    ) private view returns (uint16 withinCap) {
        IFlexPortfolios.Prequalification memory prequalification = _flexPortfolios.prequalificationOf(
            portfolioId,
            request.productId,
            request.pointId
        );
        uint256 most = prequalification.until > block.timestamp ? PowerW.unwrap(prequalification.power) : 0;
        uint256 offered;
        (withinCap, offered) = offer.requireValid(
            requestedPeriods,
            OfferRules.Context(
                _flexProducts.productOf(request.productId),
                request.priceCap,
                prequalification.effect
            )
        );
        if (offered > most) revert FlexOffersNotPrequalified(portfolioId, request.productId, most, offered);
    }

    function _requireOpen(FlexRequestId requestId, KeptRequest memory request) private pure {
        if (request.state != RequestState.Open) revert FlexRequestsNotOpen(requestId, request.state);
    }
}
