// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingPause} from "../../contracts/governance/ITradingPause.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../contracts/market/IOrderReceipts.sol";
import {ITradingDays} from "../../contracts/market/ITradingDays.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {CHALLENGES, CONSORTIUM, GUARDIAN, SETTLEMENT} from "../../contracts/types/Roles.sol";
import {AreaId, DeliveryPeriod, EnergyWh, MemberId, TradingDay} from "../../contracts/types/Types.sol";
import {Credentialed} from "./Credentialed.sol";
import {deploy} from "./Deployment.sol";
import {vm} from "./Vm.sol";

/// @dev Every contract deployed and wired, one area open, its supplier (member 1), DSO (2), tax authority (3) and
/// platform operator (4) registered, the operator's bond paid. The test itself holds every role but those of contracts and of the receipts' signer; households come as tests ask for them.
abstract contract Neighbourhood is Credentialed {
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
    /// @dev Micro-euro that every household starts with, and what it may put at risk in a session by it.
    uint256 internal constant DEPOSIT = 3_840_000_000;
    uint256 internal constant ALLOWANCE = 10_000_000;

    IAreaRegistry public areas;
    ITradingDays public tradingDays;
    ITradingPause public pauses;
    ICallAuction public auction;
    IOrderReceipts public receipts;
    SettlementCurrency public currency;
    IAccounts public accounts;

    function setUp() public virtual {
        vm.warp(LONG_BEFORE);
        _deployIdentity();
        areas = IAreaRegistry(deploy("AreaRegistry", abi.encode(credentials)));
        currency = SettlementCurrency(deploy("SettlementCurrency", abi.encode(credentials)));
        // Trading days ask accounts for funds, and accounts ask them for what is locked.
        address accountsToBe = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        tradingDays = ITradingDays(
            deploy("TradingDays", abi.encode(manager, credentials, areas, members, accountsToBe))
        );
        accounts = IAccounts(
            deploy("Accounts", abi.encode(manager, credentials, currency, members, tradingDays))
        );
        pauses = ITradingPause(deploy("TradingPause", abi.encode(manager)));
        auction = ICallAuction(
            deploy("CallAuction", abi.encode(credentials, areas, members, tradingDays, pauses, accounts))
        );
        receipts = IOrderReceipts(
            deploy("OrderReceipts", abi.encode(credentials, areas, members, tradingDays, auction, accounts))
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

    function _grantRoles() private {
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
    function _publishKeys() internal virtual {
        while (!tradingDays.isPublished(AREA, DAY)) tradingDays.publishKeys(AREA, DAY, 600);
    }
}
