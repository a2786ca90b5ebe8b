// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICongestionPoints} from "../../../contracts/flexibility/ICongestionPoints.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {FLEX_ORDERS, FLEX_SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {
    CongestionPointId,
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    FlexRequestId,
    MemberId,
    PortfolioId,
    PowerW,
    ProductId,
    ReservationId
} from "../../../contracts/types/Types.sol";
import {deploy} from "../Deployment.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

/// @dev A neighbourhood where flexibility is traded: a congestion point, a product of the DSO (the test itself) and an
/// aggregator with a portfolio that is prequalified for 10 kW at an effect of a half.
abstract contract FlexWorld is Neighbourhood {
    uint256 internal constant AGGREGATOR_KEY = 7_001;
    address internal constant TSO = address(0x750);
    uint32 internal constant FIRST = 1_900_000;
    uint32 internal constant LEAD = 600;
    uint32 internal constant MINIMUM = 100;
    uint32 internal constant PREQUALIFIED = 10_000;
    uint32 internal constant EFFECT = 500_000;
    uint32 internal constant CAP = 400_000;
    uint40 internal constant EXPIRES = uint40(START - 7_200);
    uint40 internal constant REVEAL_UNTIL = EXPIRES + 1_800;
    uint256 internal constant AGGREGATOR_DEPOSIT = 100_000_000;

    IFlexProducts public flexProducts;
    ICongestionPoints public congestionPoints;
    IFlexPortfolios public flexPortfolios;
    IFlexReservations public flexReservations;
    IFlexRequests public flexRequests;
    IFlexOrders public flexOrders;

    address internal _aggregator;
    MemberId internal _aggregatorId;
    ProductId internal _product;
    CongestionPointId internal _point;
    PortfolioId internal _portfolio;

    function setUp() public virtual override {
        super.setUp();
        _deployFlexibility();
        _issue(TSO, Role.TSO, AREA);
        _aggregator = vm.addr(AGGREGATOR_KEY);
        _aggregatorId = _registerAggregator(AGGREGATOR_KEY);
        _point = congestionPoints.registerPoint(AREA, "ea1.2026-01.example.dso:feeder-n", _capacity());
        _product = flexProducts.defineProduct(AREA, "less", _less());
        _portfolio = _open(_aggregatorId, _aggregator);
        _prequalify(_portfolio, _product, PREQUALIFIED);
    }

    function _deployFlexibility() private {
        flexProducts = IFlexProducts(deploy("FlexProducts", abi.encode(credentials)));
        congestionPoints = ICongestionPoints(deploy("CongestionPoints", abi.encode(credentials)));
        flexPortfolios = IFlexPortfolios(
            deploy("FlexPortfolios", abi.encode(credentials, members, flexProducts, congestionPoints))
        );
        flexReservations = IFlexReservations(
            deploy("FlexReservations", abi.encode(flexProducts, congestionPoints, flexPortfolios))
        );
        flexRequests = IFlexRequests(
            deploy(
                "FlexRequests",
                abi.encode(manager, flexProducts, congestionPoints, flexPortfolios, flexReservations)
            )
        );
        flexOrders = IFlexOrders(
            deploy(
                "FlexOrders",
                abi.encode(manager, accounts, flexProducts, flexPortfolios, flexReservations, flexRequests)
            )
        );
        _grant(FLEX_ORDERS, address(accounts), IAccounts.pledge.selector);
        _grant(FLEX_ORDERS, address(flexRequests), IFlexRequests.noteOrdered.selector);
        _grant(FLEX_ORDERS, address(flexRequests), IFlexRequests.noteRevoked.selector);
        manager.revokeRole(FLEX_ORDERS, address(this));
        manager.grantRole(FLEX_ORDERS, address(flexOrders), 0);
        _grant(FLEX_SETTLEMENT, address(flexOrders), IFlexOrders.releasePledge.selector);
    }

    function _registerAggregator(uint256 key) internal returns (MemberId memberId) {
        _issue(vm.addr(key), Role.Aggregator, AREA);
        memberId = _register(AREA, IMemberRegistry.Kind.Aggregator, key);
        _fund(memberId, AGGREGATOR_DEPOSIT);
    }

    function _open(MemberId aggregatorId, address aggregator) internal returns (PortfolioId) {
        vm.prank(aggregator);
        return
            flexPortfolios.openPortfolio(AREA, aggregatorId, "pool", 100, IFlexPortfolios.Split.ByDelivery);
    }

    function _prequalify(PortfolioId portfolio, ProductId product, uint32 power) internal {
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(portfolio, product, _point, PowerW.wrap(power), 0);
        flexPortfolios.prequalify(
            portfolio,
            product,
            _point,
            PowerW.wrap(power),
            EFFECT,
            uint40(block.timestamp + 30 days)
        );
    }

    /// @dev To consume less, with a lead of ten minutes, for at most an hour and then a rest of a quarter of one.
    function _less() internal pure returns (IFlexProducts.Product memory) {
        return
            IFlexProducts.Product({
                purpose: IFlexProducts.Purpose.TransferCapacity,
                level: IFlexProducts.Level.Cell,
                direction: IFlexProducts.Direction.ConsumeLess,
                activationLead: LEAD,
                longestActivation: 3_600,
                recovery: 900,
                minimumSize: PowerW.wrap(MINIMUM),
                availabilityPrice: 50_000,
                utilisationPrice: 300_000,
                resolution: 900,
                penalty: bytes.concat(_band(50, 300_000), _band(200, 600_000)),
                baseline: _tenOfTen()
            });
    }

    /// @dev For the whole system, as a TSO buys it, without a lead.
    function _system(
        IFlexProducts.Direction direction
    ) internal pure returns (IFlexProducts.Product memory product) {
        product = _less();
        product.level = IFlexProducts.Level.System;
        product.direction = direction;
        product.activationLead = 0;
    }

    function _capacity() internal pure returns (ICongestionPoints.Capacity memory) {
        return ICongestionPoints.Capacity(PowerW.wrap(100_000), PowerW.wrap(80_000));
    }

    function _band(uint16 abovePermille, uint32 price) internal pure returns (bytes memory) {
        return abi.encodePacked(abovePermille, price);
    }

    function _tenOfTen() internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                uint8(2),
                uint24(45),
                uint24(0),
                uint24(0),
                uint8(1),
                uint16(20),
                uint8(4),
                uint8(2)
            );
    }

    /// @dev A period of an offer or an order.
    function _power(uint32 period, int32 power) internal pure returns (bytes memory) {
        return abi.encodePacked(period, power);
    }

    /// @dev A period in which power is requested.
    function _asked(uint32 period, int32 minPower, int32 maxPower) internal pure returns (bytes memory) {
        return abi.encodePacked(period, uint8(1), minPower, maxPower);
    }

    /// @dev A period in which there is room.
    function _room(uint32 period, int32 minPower, int32 maxPower) internal pure returns (bytes memory) {
        return abi.encodePacked(period, uint8(0), minPower, maxPower);
    }

    /// @dev 5 kW less in two periods, and room for 2 kW more in the one after them.
    function _asks() internal pure returns (bytes memory) {
        return
            bytes.concat(_asked(FIRST, -5_000, 0), _asked(FIRST + 1, -5_000, 0), _room(FIRST + 2, 0, 2_000));
    }

    function _request() internal view returns (IFlexRequests.Request memory) {
        return
            IFlexRequests.Request({
                pointId: _point,
                productId: _product,
                reservationId: ReservationId.wrap(0),
                supersedes: FlexRequestId.wrap(0),
                expiresAt: EXPIRES,
                revealUntil: REVEAL_UNTIL,
                priceCap: CAP,
                periods: _asks()
            });
    }

    function _option(uint64 price, bytes memory periods) internal pure returns (IFlexRequests.Option memory) {
        return IFlexRequests.Option(price, 10, periods);
    }

    /// @dev Of one option: 4 kW less in both periods and 1 kW more after them, for 0.40 euro; 2 kWh, with an effect of 1 kWh.
    function _offer() internal pure returns (IFlexRequests.Offer memory offer) {
        offer = _offerOf(
            _option(
                400_000,
                bytes.concat(_power(FIRST, -4_000), _power(FIRST + 1, -4_000), _power(FIRST + 2, 1_000))
            )
        );
    }

    function _offerOf(
        IFlexRequests.Option memory option
    ) internal pure returns (IFlexRequests.Offer memory offer) {
        offer.expiresAt = uint40(START);
        offer.options = new IFlexRequests.Option[](1);
        offer.options[0] = option;
        offer.salt = keccak256("salt");
    }

    function _seal(FlexRequestId requestId, IFlexRequests.Offer memory offer) internal returns (FlexOfferId) {
        bytes32 commitment = flexRequests.commitmentOf(requestId, _portfolio, offer);
        vm.prank(_aggregator);
        return flexRequests.sealOffer(requestId, _portfolio, commitment);
    }

    /// @dev A request, and an offer that is opened; the request has expired then.
    function _opened(IFlexRequests.Offer memory offer) internal returns (FlexOfferId offerId) {
        IFlexRequests.Request memory request = _request();
        FlexRequestId requestId = flexRequests.requestFlexibility(request);
        offerId = _seal(requestId, offer);
        vm.warp(EXPIRES);
        flexRequests.openOffer(offerId, offer, request.periods);
    }

    function _order(FlexOfferId offerId, IFlexRequests.Offer memory offer) internal returns (FlexOrderId) {
        return flexOrders.orderOffer(offerId, offer, 0, 100, "reference");
    }

    function _callOf(FlexOrderId orderId, uint32 period) internal view returns (uint256, uint256) {
        (PowerW ordered, PowerW served) = flexOrders.callOf(orderId, DeliveryPeriod.wrap(period));
        return (PowerW.unwrap(ordered), PowerW.unwrap(served));
    }

    function _served(FlexOrderId orderId, uint32 period) internal view returns (uint256 served) {
        (, served) = _callOf(orderId, period);
    }

    function _window(uint32 first, uint32 last, uint32 power) internal pure returns (bytes memory) {
        return abi.encodePacked(first, last, power);
    }

    function _reservation() internal view returns (IFlexReservations.Reservation memory) {
        return
            IFlexReservations.Reservation({
                pointId: _point,
                productId: _product,
                portfolioId: _portfolio,
                availabilityPrice: 40_000,
                utilisationPrice: 250_000,
                releaseLead: 3_600
            });
    }

    /// @dev 6 kW in the first four periods, agreed.
    function _agreed() internal returns (ReservationId reservationId) {
        return _agreedOn(_reservation(), _window(FIRST, FIRST + 3, 6_000));
    }

    function _agreedOn(
        IFlexReservations.Reservation memory reservation,
        bytes memory windows
    ) internal returns (ReservationId reservationId) {
        reservationId = flexReservations.propose(reservation, windows);
        vm.prank(_aggregator);
        flexReservations.agree(reservationId);
    }

    function _sameOrder(FlexOrderId left, FlexOrderId right) internal pure returns (bool) {
        return FlexOrderId.unwrap(left) == FlexOrderId.unwrap(right);
    }
}
