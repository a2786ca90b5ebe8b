// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ITradingPause} from "../../contracts/governance/ITradingPause.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../contracts/market/IOrderReceipts.sol";
import {ITradingDays} from "../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {
    CHALLENGES,
    CONSORTIUM,
    DSO,
    GUARDIAN,
    MARKET_OPERATOR,
    REGISTRAR,
    SETTLEMENT,
    SETTLEMENT_BANK,
    SUPPLIER
} from "../../contracts/types/Roles.sol";
import {AreaId, DeliveryPeriod, EnergyWh, MemberId, TradingDay} from "../../contracts/types/Types.sol";
import {vm} from "./Vm.sol";

/// @dev Every contract deployed and wired, one area open, its supplier (member 1), DSO (2), tax authority (3) and
/// platform operator (4) registered, the operator's bond paid. The test itself holds every role but that of contracts;
/// households come as tests ask for them.
abstract contract Neighbourhood {
    AreaId internal constant AREA = AreaId.wrap(1);
    AreaId internal constant OTHER_AREA = AreaId.wrap(2);
    DeliveryPeriod internal constant FIRST_PERIOD = DeliveryPeriod.wrap(1_900_000);
    DeliveryPeriod internal constant LAST_PERIOD = DeliveryPeriod.wrap(1_900_009);
    /// @dev The day of both periods; the first is its 65th.
    TradingDay internal constant DAY = TradingDay.wrap(19_791);
    uint256 internal constant DAY_START = 19_791 * 1 days;
    uint256 internal constant START = 1_900_000 * 900;
    uint256 internal constant GATE_CLOSURE = START - 300;
    uint256 internal constant LONG_BEFORE = START - 1 days;
    uint32 internal constant OPERATOR_DEADLINE = 120;

    MemberId internal constant SUPPLIER_ID = MemberId.wrap(1);
    MemberId internal constant DSO_ID = MemberId.wrap(2);
    MemberId internal constant TAX_AUTHORITY_ID = MemberId.wrap(3);
    MemberId internal constant PLATFORM_OPERATOR_ID = MemberId.wrap(4);
    EnergyWh internal constant QUANTITY_LIMIT = EnergyWh.wrap(10_000);
    /// @dev Micro-euro that every household starts with, and what it may put at risk in a session by it.
    uint256 internal constant DEPOSIT = 3_840_000_000;
    uint256 internal constant ALLOWANCE = 10_000_000;
    address internal constant STRANGER = address(0x57a46e4);

    IAccessManager public manager;
    IMemberRegistry public members;
    IAreaRegistry public areas;
    ITradingDays public tradingDays;
    ITradingPause public pauses;
    ICallAuction public auction;
    IOrderReceipts public receipts;
    SettlementCurrency public currency;
    IAccounts public accounts;

    function setUp() public virtual {
        vm.warp(LONG_BEFORE);
        manager = IAccessManager(_deploy("AccessManager", abi.encode(this)));
        members = IMemberRegistry(_deploy("MemberRegistry", abi.encode(manager)));
        areas = IAreaRegistry(_deploy("AreaRegistry", abi.encode(manager)));
        currency = SettlementCurrency(_deploy("SettlementCurrency", abi.encode(manager)));
        // Trading days ask accounts for funds, and accounts ask them for what is locked.
        address accountsToBe = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        tradingDays = ITradingDays(_deploy("TradingDays", abi.encode(manager, areas, members, accountsToBe)));
        accounts = IAccounts(_deploy("Accounts", abi.encode(manager, currency, members, tradingDays)));
        pauses = ITradingPause(_deploy("TradingPause", abi.encode(manager)));
        auction = ICallAuction(
            _deploy("CallAuction", abi.encode(manager, areas, members, tradingDays, pauses, accounts))
        );
        receipts = IOrderReceipts(
            _deploy("OrderReceipts", abi.encode(manager, areas, members, tradingDays, auction, accounts))
        );
        _grantRoles();
        _grantPausing();

        areas.openArea(AREA, _calendar());
        areas.openArea(OTHER_AREA, _calendar());
        _register(AREA, IMemberRegistry.Kind.Supplier, 0);
        _register(AREA, IMemberRegistry.Kind.DSO, 0);
        _register(AREA, IMemberRegistry.Kind.TaxAuthority, 0);
        _register(AREA, IMemberRegistry.Kind.PlatformOperator, 0);
        _payBond(AREA, 1_000_000_000);
    }

    /// @dev Deploys what users deploy, byte for byte: the artifact, not what this test's compiler would make of it.
    function _deploy(
        string memory name,
        bytes memory constructorArguments
    ) internal returns (address deployed) {
        bytes memory creationCode = bytes.concat(vm.getCode(name), constructorArguments);
        assembly ("memory-safe") {
            deployed := create(0, add(creationCode, 32), mload(creationCode))
        }
        require(deployed != address(0), name);
    }

    function _grantRoles() private {
        _grant(REGISTRAR, address(members), IMemberRegistry.registerMembers.selector);
        _grant(REGISTRAR, address(members), IMemberRegistry.deactivateMember.selector);
        _grant(REGISTRAR, address(areas), IAreaRegistry.openArea.selector);
        _grant(REGISTRAR, address(areas), IAreaRegistry.setLevy.selector);
        _grant(REGISTRAR, address(areas), IAreaRegistry.setPlatformFee.selector);
        _grant(SUPPLIER, address(areas), IAreaRegistry.setDefaultEnergyRates.selector);
        _grant(SUPPLIER, address(areas), IAreaRegistry.publishEnergyRates.selector);
        _grant(DSO, address(areas), IAreaRegistry.setGridTariff.selector);
        _grant(DSO, address(areas), IAreaRegistry.publishGridRates.selector);
        _grant(MARKET_OPERATOR, address(auction), ICallAuction.closeGate.selector);
        _grant(SETTLEMENT_BANK, address(currency), SettlementCurrency.mint.selector);
        _grant(SETTLEMENT, address(tradingDays), ITradingDays.releaseDay.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.reward.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.forfeit.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.fine.selector);
        manager.revokeRole(CHALLENGES, address(this));
        manager.grantRole(CHALLENGES, address(auction), 0);
        manager.grantRole(CHALLENGES, address(receipts), 0);
    }

    function _grantPausing() internal {
        _grant(GUARDIAN, address(pauses), ITradingPause.pause.selector);
        _grant(CONSORTIUM, address(pauses), ITradingPause.extendPause.selector);
    }

    function _grant(uint64 role, address target, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, address(this), 0);
    }

    function _calendar() internal pure returns (IAreaRegistry.Calendar memory) {
        return
            IAreaRegistry.Calendar({
                firstPeriod: FIRST_PERIOD,
                lastPeriod: LAST_PERIOD,
                gateClosureLead: 300,
                readingDeadline: 300,
                operatorDeadline: OPERATOR_DEADLINE,
                challengeWindow: 3_600,
                correctionDelay: 1 days,
                finalDelay: 2 days
            });
    }

    /// @param key Private key of the member's trading key; zero for none.
    function _register(AreaId area, IMemberRegistry.Kind kind, uint256 key) internal returns (MemberId) {
        return _registerAs(area, kind, key == 0 ? address(0) : vm.addr(key));
    }

    /// @param key The member's trading key, and its account unless it is zero.
    function _registerAs(
        AreaId area,
        IMemberRegistry.Kind kind,
        address key
    ) internal returns (MemberId memberId) {
        memberId = MemberId.wrap(uint24(members.memberCount() + 1));
        IMemberRegistry.Registration[] memory registrations = new IMemberRegistry.Registration[](1);
        registrations[0] = IMemberRegistry.Registration({
            kind: kind,
            account: key == address(0) ? address(this) : key,
            tradingKey: key,
            meterKey: key == address(0) ? address(0) : vm.addr(1_000_000 + MemberId.unwrap(memberId)),
            quantityLimit: QUANTITY_LIMIT,
            connectionPoint: bytes32(0)
        });
        members.registerMembers(area, registrations);
    }

    /// @dev A household with a deposit, whose trading key and account are the private key `1000 + member`.
    function _registerHousehold() internal returns (MemberId memberId) {
        memberId = _register(AREA, IMemberRegistry.Kind.Household, 1_001 + members.memberCount());
        _fund(memberId, DEPOSIT);
    }

    function _registerHouseholds(uint256 count) internal returns (MemberId first) {
        first = _registerHousehold();
        for (uint256 i = 1; i < count; ++i) {
            _registerHousehold();
        }
    }

    function _keyOf(MemberId memberId) internal pure returns (uint256) {
        return 1_000 + MemberId.unwrap(memberId);
    }

    function _accountOf(MemberId memberId) internal pure returns (address) {
        return vm.addr(_keyOf(memberId));
    }

    function _fund(MemberId memberId, uint256 amount) internal {
        currency.mint(address(this), amount);
        currency.approve(address(accounts), amount);
        accounts.deposit(memberId, amount);
    }

    function _payBond(AreaId area, uint256 amount) internal {
        currency.mint(address(this), amount);
        currency.approve(address(accounts), amount);
        accounts.depositBond(area, amount);
    }

    /// @dev Publishes the day's keys until nobody is left.
    function _publishKeys() internal {
        while (!tradingDays.isPublished(AREA, DAY)) tradingDays.publishKeys(AREA, DAY, 600);
    }
}
