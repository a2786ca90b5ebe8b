// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FlexLines} from "../../../contracts/flexibility/FlexLines.sol";
import {IFlexBaselines} from "../../../contracts/flexibility/IFlexBaselines.sol";
import {IFlexCalendars} from "../../../contracts/flexibility/IFlexCalendars.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexNominations} from "../../../contracts/flexibility/IFlexNominations.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {MockFlexMarket} from "../../../contracts/mocks/MockFlexMarket.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import "../../../contracts/types/Roles.sol" as Roles;
import {
    CongestionPointId,
    DeliveryPeriod,
    FlexOfferId,
    FlexOrderId,
    MemberId,
    PortfolioId,
    PowerW,
    Price,
    ProductId,
    ReservationId,
    TradingDay
} from "../../../contracts/types/Types.sol";
import {deploy} from "../Deployment.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {SettlementWorld} from "../settlement/SettlementWorld.sol";
import {vm} from "../Vm.sol";

/// @dev A day on which a DSO called portfolio 1 in two periods (order 1), and a TSO portfolio 2 in the first of them
/// (order 2). Alice and Bob are in the one, Alice also in the other. All is metered and the energy of the day is paid.
abstract contract FlexDay is SettlementWorld {
    using SumTrees for SumTrees.Tree;
    using SumTrees for SumTrees.Node[];

    MemberId internal constant TSO_ID = MemberId.wrap(5);
    MemberId internal constant AGGREGATOR_ID = MemberId.wrap(6);
    MemberId internal constant ALICE_ID = MemberId.wrap(7);
    MemberId internal constant BOB_ID = MemberId.wrap(8);
    FlexOrderId internal constant DSO_ORDER = FlexOrderId.wrap(1);
    FlexOrderId internal constant TSO_ORDER = FlexOrderId.wrap(2);
    DeliveryPeriod internal constant SECOND_PERIOD = DeliveryPeriod.wrap(FIRST + 1);
    uint64 internal constant DSO_PRICE = 300_000;
    uint64 internal constant TSO_PRICE = 40_000;
    uint256 internal constant DEPOSIT = 1_000_000_000;
    uint256 internal constant REWARD = 10_000_000;
    uint16 internal constant FEE = 100;
    int24 internal constant RETAIL = 300_000;
    int24 internal constant FEED_IN = 80_000;
    uint32 internal constant BOUGHT = 500;

    MockFlexMarket public market;
    IFlexNominations public nominations;
    IFlexCalendars public calendars;
    IFlexBaselines public baselines;
    IFlexSettlement public flexSettlement;
    IFlexChallenges public flexChallenges;

    function setUp() public virtual override {
        super.setUp();
        _deployFlexibility();
        _registerAs(AREA, IMemberRegistry.Kind.TSO, address(0));
        _registerAs(AREA, IMemberRegistry.Kind.Aggregator, address(0));
        _registerHousehold();
        _registerHousehold();
        for (uint24 id = 1; id <= 8; ++id) _fund(MemberId.wrap(id), DEPOSIT);
        _depositBond();
        areas.setDefaultEnergyRates(AREA, RETAIL, FEED_IN);
        areas.setGridTariff(AREA, 60_000, 20_000);
        _setMarket();
        _beforeTheDay();
        vm.warp(DAY_END);
        for (uint32 i = 0; i < 3; ++i) {
            DeliveryPeriod period = DeliveryPeriod.wrap(FIRST + i);
            auction.setCleared(AREA, period, Price.wrap(0), i == 0 ? BOUGHT : 0, _fillsOf(i));
            _commitReadings(period);
        }
        _payRun(DAY, 0, "");
    }

    function _beforeTheDay() internal virtual {}

    function _deployFlexibility() private {
        market = MockFlexMarket(deploy("MockFlexMarket", abi.encode(AREA)));
        nominations = IFlexNominations(deploy("FlexNominations", abi.encode(market, market)));
        calendars = IFlexCalendars(deploy("FlexCalendars", abi.encode(credentials)));
        baselines = IFlexBaselines(
            deploy("FlexBaselines", abi.encode(readings, market, market, market, nominations, calendars))
        );
        bytes memory arguments = abi.encode(manager, credentials, areas, members, settlement);
        arguments = bytes.concat(arguments, abi.encode(accounts, market, market, market));
        flexSettlement = IFlexSettlement(deploy("FlexSettlement", arguments));
        arguments = abi.encode(areas, members, tradingDays, auction, accounts);
        arguments = bytes.concat(
            arguments,
            abi.encode(market, market, market, market, flexSettlement, baselines)
        );
        flexChallenges = IFlexChallenges(deploy("FlexChallenges", arguments));
        manager.grantRole(Roles.SETTLEMENT, address(flexSettlement), 0);
        manager.grantRole(Roles.CHALLENGES, address(flexChallenges), 0);
        _grant(Roles.FLEX_CHALLENGES, address(flexSettlement), IFlexSettlement.voidRun.selector);
        manager.revokeRole(Roles.FLEX_CHALLENGES, address(this));
        manager.grantRole(Roles.FLEX_CHALLENGES, address(flexChallenges), 0);
    }

    function _setMarket() private {
        _setProduct(1, IFlexProducts.Level.Cell, false);
        _setProduct(2, IFlexProducts.Level.System, true);
        for (uint32 id = 1; id <= 2; ++id) {
            market.setPortfolio(PortfolioId.wrap(id), AGGREGATOR_ID, FEE, IFlexPortfolios.Split.ByDelivery);
            market.setMember(ProductId.wrap(id), ALICE_ID, PortfolioId.wrap(id));
        }
        market.setMember(ProductId.wrap(1), BOB_ID, PortfolioId.wrap(1));
        _setOrder(1, DSO_PRICE, SECOND_PERIOD);
        _setOrder(2, TSO_PRICE, FIRST_PERIOD);
        _call(1, 0, 4_000);
        _call(1, 1, 2_000);
        _call(2, 0, 1_000);
    }

    function _call(uint32 order, uint32 position, uint32 power) internal {
        market.call(
            FlexOrderId.wrap(order),
            DeliveryPeriod.wrap(FIRST + position),
            PowerW.wrap(power),
            PowerW.wrap(power)
        );
    }

    function _setProduct(uint32 id, IFlexProducts.Level level, bool isTso) private {
        IFlexProducts.Product memory product;
        product.level = level;
        product.penalty = abi.encodePacked(uint16(100), uint32(500_000));
        product.baseline = _methods();
        market.setProduct(ProductId.wrap(id), product, isTso);
    }

    /// @dev A nomination an hour before the day, and meter-before-meter-after of two periods and one.
    function _methods() internal pure virtual returns (bytes memory) {
        return bytes.concat(_method(0, 3_600, 0, 0), _method(1, 2, 1, 0));
    }

    function _method(
        uint8 method,
        uint24 a,
        uint24 b,
        uint32 adjustment
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(method, a, b, uint24(0), adjustment, uint8(0));
    }

    function _setOrder(uint32 id, uint64 price, DeliveryPeriod last) internal {
        IFlexOrders.Order memory order;
        order.state = IFlexOrders.State.Binding;
        order.portfolioId = PortfolioId.wrap(id);
        order.productId = ProductId.wrap(id);
        order.orderedAt = uint40(DAY_START + 90 * 900);
        order.price = price;
        order.firstPeriod = FIRST_PERIOD;
        order.lastPeriod = last;
        order.periodsHash = keccak256(_periodsOf(id));
        market.setOrder(FlexOrderId.wrap(id), order);
    }

    function _periodsOf(uint32 order) internal view virtual returns (bytes memory) {
        if (order != 1) return abi.encodePacked(FIRST, int32(-1_000));
        return abi.encodePacked(FIRST, int32(-4_000), FIRST + 1, int32(-2_000), FIRST + 2, int32(500));
    }

    function _fillsOf(uint32 position) internal pure returns (bytes[] memory fills) {
        fills = new bytes[](1);
        if (position == 0) fills[0] = abi.encodePacked(ALICE_ID, BOUGHT, BOB_ID, BOUGHT | (uint32(1) << 31));
    }

    /// @dev What Alice and Bob took from the grid in the day's traded periods.
    function _importOf(MemberId memberId, DeliveryPeriod period) internal pure returns (uint64) {
        bool isAlice = MemberId.unwrap(memberId) == MemberId.unwrap(ALICE_ID);
        uint256 position = DeliveryPeriod.unwrap(period) - FIRST;
        if (position == 0) return isAlice ? 1_800 : 1_000;
        if (position == 1) return isAlice ? 2_700 : 800;
        return 1_000;
    }

    function _readingOf(
        MemberId memberId,
        DeliveryPeriod period
    ) internal view virtual returns (IMeterReadings.Reading memory) {
        return
            IMeterReadings.Reading({
                memberId: memberId,
                period: period,
                importStart: 5_000,
                importEnd: 5_000 + _importOf(memberId, period),
                exportStart: 100,
                exportEnd: 100,
                quality: 0,
                salt: keccak256(abi.encode(memberId, period))
            });
    }

    function _commitReadings(DeliveryPeriod period) internal {
        SumTrees.Node memory root = _readingTree(period).rootOf();
        readings.commitReadings(AREA, period, IMeterReadings.Commitment(root.hash, 2, root.a, root.b));
    }

    function _readingTree(DeliveryPeriod period) private view returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](2);
        leaves[0] = _readingLeaf(_readingOf(ALICE_ID, period));
        leaves[1] = _readingLeaf(_readingOf(BOB_ID, period));
        return leaves.treeOf();
    }

    function _readingProof(
        MemberId memberId,
        DeliveryPeriod period
    ) internal view returns (IFlexBaselines.ReadingProof memory proof) {
        proof.reading = _readingOf(memberId, period);
        proof.a = proof.reading.importEnd - proof.reading.importStart;
        proof.b = proof.reading.exportEnd - proof.reading.exportStart;
        proof.position = MemberId.unwrap(memberId) == MemberId.unwrap(ALICE_ID) ? 0 : 1;
        proof.siblings = _readingTree(period).siblingsOf(proof.position);
    }

    function _readingLeaf(IMeterReadings.Reading memory reading) private pure returns (SumTrees.Node memory) {
        bytes memory packed = abi.encodePacked(
            reading.memberId,
            reading.period,
            reading.importStart,
            reading.importEnd,
            reading.exportStart,
            reading.exportEnd,
            reading.quality,
            reading.salt
        );
        return
            SumTrees.leafOf(
                packed,
                reading.importEnd - reading.importStart,
                reading.exportEnd - reading.exportStart
            );
    }
}
