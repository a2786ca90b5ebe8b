// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IDelegations} from "../../contracts/identity/IDelegations.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../contracts/market/IOrderReceipts.sol";
import {ITradingDays} from "../../contracts/market/ITradingDays.sol";
import {IMeterReadings} from "../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {IChallenges} from "../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {Role} from "../../contracts/types/MarketRoles.sol";
import {Outsiders} from "./Outsiders.sol";
import {deploy} from "./Deployment.sol";
import {vm} from "./Vm.sol";

// Every function of the market's contracts that not anybody may call, called by a stranger.
contract AccessTest is Outsiders {
    IChallenges private _challenges;

    function setUp() public override {
        super.setUp();
        _challenges = IChallenges(
            deploy(
                "Challenges",
                abi.encode(areas, members, tradingDays, auction, readings, accounts, settlement)
            )
        );
    }

    /// @custom:refuses AreaRegistry.openArea
    function test_openArea_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.openArea.selector),
            Role.Regulator,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.setLevy
    function test_setLevy_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.setLevy.selector),
            Role.TaxAuthority,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.setPlatformFee
    function test_setPlatformFee_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.setPlatformFee.selector),
            Role.PlatformOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.setDefaultEnergyRates
    function test_setDefaultEnergyRates_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.setDefaultEnergyRates.selector),
            Role.Supplier,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.publishEnergyRates
    function test_publishEnergyRates_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.publishEnergyRates.selector),
            Role.Supplier,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.setGridTariff
    function test_setGridTariff_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.setGridTariff.selector),
            Role.DSO,
            EVERY_AREA
        );
    }

    /// @custom:refuses AreaRegistry.publishGridRates
    function test_publishGridRates_refusesOutsiders() public {
        _expectRoleMissing(
            address(areas),
            _zeros(IAreaRegistry.publishGridRates.selector),
            Role.DSO,
            EVERY_AREA
        );
    }

    /// @custom:refuses TradingDays.releaseDay
    function test_releaseDay_refusesOutsiders() public {
        _expectRefusal(
            address(tradingDays),
            _zeros(ITradingDays.releaseDay.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses TradingDays.sealKeys
    function test_sealKeys_refusesOutsiders() public {
        _expectRoleMissing(
            address(tradingDays),
            _zeros(ITradingDays.sealKeys.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses TradingDays.publishSealedKeys
    function test_publishSealedKeys_refusesOutsiders() public {
        _expectRoleMissing(
            address(tradingDays),
            _zeros(ITradingDays.publishSealedKeys.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses CallAuction.closeGate
    function test_closeGate_refusesOutsiders() public {
        _expectRoleMissing(
            address(auction),
            _zeros(ICallAuction.closeGate.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses CallAuction.replaceOperator
    function test_replaceOperator_refusesOutsiders() public {
        _expectRefusal(
            address(auction),
            _zeros(ICallAuction.replaceOperator.selector),
            ICallAuction.CallAuctionNotTheMember.selector
        );
    }

    /// @custom:refuses CallAuction.commitOrder
    function test_commitOrder_refusesOutsiders() public {
        _expectRefusal(
            address(auction),
            abi.encodeCall(ICallAuction.commitOrder, (AREA, FIRST_PERIOD, _member, 0, bytes32(uint256(1)))),
            ICallAuction.CallAuctionNotTheMember.selector
        );
    }

    /// @custom:refuses OrderReceipts.proveLeftOut
    function test_proveLeftOut_refusesOutsiders() public {
        _expectRefusal(
            address(receipts),
            _asMember(IOrderReceipts.proveLeftOut.selector),
            IOrderReceipts.OrderReceiptsNotTheMember.selector
        );
    }

    /// @custom:refuses MeterReadings.commitReadings
    function test_commitReadings_refusesOutsiders() public {
        _expectRefusal(
            address(readings),
            _zeros(IMeterReadings.commitReadings.selector),
            IDelegations.DelegationsNoReadings.selector
        );
    }

    /// @custom:refuses MeterReadings.correctReadings
    function test_correctReadings_refusesOutsiders() public {
        _expectRefusal(
            address(readings),
            _zeros(IMeterReadings.correctReadings.selector),
            IDelegations.DelegationsNoReadings.selector
        );
    }

    /// @custom:refuses Settlement.commitStatements
    function test_commitStatements_refusesOutsiders() public {
        _expectRoleMissing(
            address(settlement),
            _zeros(ISettlement.commitStatements.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses Settlement.withhold
    function test_withhold_refusesOutsiders() public {
        _expectRefusal(
            address(settlement),
            _zeros(ISettlement.withhold.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses Challenges.challengePeriod
    function test_challengePeriod_refusesOutsiders() public {
        _expectRefusal(
            address(_challenges),
            _asMember(IChallenges.challengePeriod.selector),
            IChallenges.ChallengesNotTheMember.selector
        );
    }

    /// @custom:refuses Challenges.challengeStatement
    function test_challengeStatement_refusesOutsiders() public {
        _expectRefusal(
            address(_challenges),
            _asMember(IChallenges.challengeStatement.selector),
            IChallenges.ChallengesNotTheMember.selector
        );
    }

    /// @custom:refuses Accounts.withdraw
    function test_withdraw_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            abi.encodeCall(IAccounts.withdraw, (_member, 1)),
            IAccounts.AccountsNotTheOwner.selector
        );
    }

    /// @custom:refuses Accounts.setCreditLine
    function test_setCreditLine_refusesOutsiders() public {
        _expectRoleMissing(
            address(accounts),
            _asMember(IAccounts.setCreditLine.selector),
            Role.CommunityManager,
            AREA
        );
    }

    /// @custom:refuses Accounts.announceBondWithdrawal
    function test_announceBondWithdrawal_refusesOutsiders() public {
        _expectRoleMissing(
            address(accounts),
            _zeros(IAccounts.announceBondWithdrawal.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses Accounts.withdrawBond
    function test_withdrawBond_refusesOutsiders() public {
        _expectRoleMissing(
            address(accounts),
            _zeros(IAccounts.withdrawBond.selector),
            Role.MarketOperator,
            EVERY_AREA
        );
    }

    /// @custom:refuses Accounts.applyPayments
    function test_applyPayments_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.applyPayments.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses Accounts.correct
    function test_correct_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.correct.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses Accounts.reward
    function test_reward_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.reward.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses Accounts.forfeit
    function test_forfeit_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.forfeit.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses Accounts.fine
    function test_fine_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.fine.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses SettlementCurrency.mint
    function test_mint_refusesOutsiders() public {
        _expectRoleMissing(
            address(currency),
            _zeros(SettlementCurrency.mint.selector),
            Role.SettlementBank,
            EVERY_AREA
        );
    }

    /// @custom:refuses SettlementCurrency.transferFrom
    function test_transferFrom_refusesOutsiders() public {
        _expectRefusal(
            address(currency),
            abi.encodeCall(IERC20.transferFrom, (address(this), STRANGER, 1)),
            IERC20Errors.ERC20InsufficientAllowance.selector
        );
    }

    /// @custom:refuses SettlementCurrency.permit
    function test_permit_refusesOutsiders() public {
        // Signed by a stranger, and not by the owner of the tokens.
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(99, keccak256("a permit"));
        _expectRefusal(
            address(currency),
            abi.encodeCall(ERC20Permit.permit, (address(this), STRANGER, 1, block.timestamp, v, r, s)),
            ERC20Permit.ERC2612InvalidSigner.selector
        );
    }
}
