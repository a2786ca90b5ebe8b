// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingPause} from "../../contracts/governance/ITradingPause.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../contracts/market/IOrderReceipts.sol";
import {ITradingDays} from "../../contracts/market/ITradingDays.sol";
import {IMeterReadings} from "../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {Role} from "../../contracts/types/MarketRoles.sol";
import {CHALLENGES, SETTLEMENT} from "../../contracts/types/Roles.sol";
import {MemberId} from "../../contracts/types/Types.sol";
import {Neighbourhood} from "./Neighbourhood.sol";
import {deploy} from "./Deployment.sol";
import {vm} from "./Vm.sol";

/// @dev A neighbourhood in which nothing is a stand-in: accounts, trading days, auction, receipts and settlement as
/// they are deployed, each with the roles that it has there. The test itself holds every role but those of contracts.
abstract contract Marketplace is Neighbourhood {
    uint256 internal constant BOND = 2_000_000_000;
    uint256 internal constant RECEIPT_KEY = 77;

    IMeterReadings public readings;
    ISettlement public settlement;

    function setUp() public virtual override {
        vm.warp(LONG_BEFORE);
        _deployAll();
        _grantAll();
        _grantPausing();

        areas.openArea(AREA, _calendarOfArea());
        areas.openArea(OTHER_AREA, _calendarOfArea());
        _register(AREA, IMemberRegistry.Kind.Supplier, 0);
        _register(AREA, IMemberRegistry.Kind.DSO, 0);
        _register(AREA, IMemberRegistry.Kind.TaxAuthority, 0);
        _register(AREA, IMemberRegistry.Kind.PlatformOperator, 0);
        _payBond(AREA, BOND);
    }

    function _calendarOfArea() internal pure virtual returns (IAreaRegistry.Calendar memory) {
        return _calendar();
    }

    function _deployAll() private {
        _deployIdentity();
        areas = IAreaRegistry(deploy("AreaRegistry", abi.encode(credentials)));
        currency = SettlementCurrency(deploy("SettlementCurrency", abi.encode(credentials)));
        // Accounts ask trading days for what is locked, and trading days ask them for funds.
        address daysToBe = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        accounts = IAccounts(
            deploy("Accounts", abi.encode(manager, credentials, currency, members, daysToBe))
        );
        tradingDays = ITradingDays(
            deploy("TradingDays", abi.encode(manager, credentials, areas, members, accounts))
        );
        pauses = ITradingPause(deploy("TradingPause", abi.encode(manager)));
        auction = ICallAuction(
            deploy("CallAuction", abi.encode(credentials, areas, members, tradingDays, pauses, accounts))
        );
        receipts = IOrderReceipts(
            deploy("OrderReceipts", abi.encode(credentials, areas, members, tradingDays, auction, accounts))
        );
        readings = IMeterReadings(deploy("MeterReadings", abi.encode(delegations, areas)));
        settlement = ISettlement(
            deploy(
                "Settlement",
                abi.encode(manager, credentials, areas, tradingDays, auction, readings, accounts)
            )
        );
    }

    function _grantAll() private {
        _grant(SETTLEMENT, address(accounts), IAccounts.applyPayments.selector);
        _grant(SETTLEMENT, address(tradingDays), ITradingDays.releaseDay.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.correct.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.reward.selector);
        _grant(CHALLENGES, address(accounts), IAccounts.forfeit.selector);
        manager.revokeRole(SETTLEMENT, address(this));
        manager.grantRole(SETTLEMENT, address(settlement), 0);
        _grant(CHALLENGES, address(accounts), IAccounts.fine.selector);
        manager.revokeRole(CHALLENGES, address(this));
        manager.grantRole(CHALLENGES, address(auction), 0);
        manager.grantRole(CHALLENGES, address(receipts), 0);
        _issue(vm.addr(RECEIPT_KEY), Role.ReceiptSigner, AREA);
    }

    /// @dev Takes all that a household has out of its account.
    function _emptyAccount(MemberId memberId) internal {
        uint256 balance = accounts.balanceOf(memberId);
        vm.prank(_accountOf(memberId));
        accounts.withdraw(memberId, balance);
    }

    function _same(MemberId left, MemberId right) internal pure returns (bool) {
        return MemberId.unwrap(left) == MemberId.unwrap(right);
    }
}
