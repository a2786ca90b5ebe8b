// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ITradingPause} from "../../contracts/governance/ITradingPause.sol";
import {IAreaRegistry} from "../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../contracts/market/IOrderReceipts.sol";
import {ITradingDays} from "../../contracts/market/ITradingDays.sol";
import {IMeterReadings} from "../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../contracts/settlement/IAccounts.sol";
import {IChallenges} from "../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../contracts/settlement/ISettlement.sol";
import {SettlementCurrency} from "../../contracts/settlement/SettlementCurrency.sol";
import {CREDIT} from "../../contracts/types/Roles.sol";
import {MemberId} from "../../contracts/types/Types.sol";
import {Marketplace} from "./Marketplace.sol";
import {vm} from "./Vm.sol";

// Every function that not anybody may call, called by a stranger: it reverts, and by the error that says who may.
// docs/access.md is made of the tags.
contract AccessTest is Marketplace {
    /// @dev What an outsider meets where a role is asked for.
    bytes4 private constant REGISTRAR_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant MARKET_OPERATOR_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant METERING_OPERATOR_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant SUPPLIER_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant DSO_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant SETTLEMENT_BANK_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant CONTRACT_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant CONSORTIUM_MISSING = IAccessManaged.AccessManagedUnauthorized.selector;
    bytes4 private constant ADMINISTRATOR_MISSING = IAccessManager.AccessManagerUnauthorizedAccount.selector;

    IChallenges private _challenges;
    MemberId private _member;

    function setUp() public override {
        super.setUp();
        _challenges = IChallenges(
            _deploy("Challenges", abi.encode(areas, members, auction, readings, accounts, settlement))
        );
        _member = _registerHousehold();
    }

    /// @custom:refuses MemberRegistry.registerMembers
    function test_registerMembers_refusesOutsiders() public {
        _expectRefusal(address(members), _zeros(IMemberRegistry.registerMembers.selector), REGISTRAR_MISSING);
    }

    /// @custom:refuses MemberRegistry.deactivateMember
    function test_deactivateMember_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _zeros(IMemberRegistry.deactivateMember.selector),
            REGISTRAR_MISSING
        );
    }

    /// @custom:refuses MemberRegistry.delegateTrading
    function test_delegateTrading_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _zeros(IMemberRegistry.delegateTrading.selector),
            IMemberRegistry.MemberRegistryNotTheMember.selector
        );
    }

    /// @custom:refuses MemberRegistry.revokeDelegation
    function test_revokeDelegation_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _zeros(IMemberRegistry.revokeDelegation.selector),
            IMemberRegistry.MemberRegistryNotTheMember.selector
        );
    }

    /// @custom:refuses AreaRegistry.openArea
    function test_openArea_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.openArea.selector), REGISTRAR_MISSING);
    }

    /// @custom:refuses AreaRegistry.setLevy
    function test_setLevy_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.setLevy.selector), REGISTRAR_MISSING);
    }

    /// @custom:refuses AreaRegistry.setPlatformFee
    function test_setPlatformFee_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.setPlatformFee.selector), REGISTRAR_MISSING);
    }

    /// @custom:refuses AreaRegistry.setDefaultEnergyRates
    function test_setDefaultEnergyRates_refusesOutsiders() public {
        _expectRefusal(
            address(areas),
            _zeros(IAreaRegistry.setDefaultEnergyRates.selector),
            SUPPLIER_MISSING
        );
    }

    /// @custom:refuses AreaRegistry.publishEnergyRates
    function test_publishEnergyRates_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.publishEnergyRates.selector), SUPPLIER_MISSING);
    }

    /// @custom:refuses AreaRegistry.setGridTariff
    function test_setGridTariff_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.setGridTariff.selector), DSO_MISSING);
    }

    /// @custom:refuses AreaRegistry.publishGridRates
    function test_publishGridRates_refusesOutsiders() public {
        _expectRefusal(address(areas), _zeros(IAreaRegistry.publishGridRates.selector), DSO_MISSING);
    }

    /// @custom:refuses TradingDays.releaseDay
    function test_releaseDay_refusesOutsiders() public {
        _expectRefusal(address(tradingDays), _zeros(ITradingDays.releaseDay.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses CallAuction.closeGate
    function test_closeGate_refusesOutsiders() public {
        _expectRefusal(address(auction), _zeros(ICallAuction.closeGate.selector), MARKET_OPERATOR_MISSING);
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
            METERING_OPERATOR_MISSING
        );
    }

    /// @custom:refuses MeterReadings.correctReadings
    function test_correctReadings_refusesOutsiders() public {
        _expectRefusal(
            address(readings),
            _zeros(IMeterReadings.correctReadings.selector),
            METERING_OPERATOR_MISSING
        );
    }

    /// @custom:refuses Settlement.commitStatements
    function test_commitStatements_refusesOutsiders() public {
        _expectRefusal(
            address(settlement),
            _zeros(ISettlement.commitStatements.selector),
            MARKET_OPERATOR_MISSING
        );
    }

    /// @custom:refuses Settlement.withhold
    function test_withhold_refusesOutsiders() public {
        _expectRefusal(address(settlement), _zeros(ISettlement.withhold.selector), CONTRACT_MISSING);
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
        _expectRefusal(address(accounts), _zeros(IAccounts.setCreditLine.selector), CONSORTIUM_MISSING);
    }

    /// @custom:refuses Accounts.announceBondWithdrawal
    function test_announceBondWithdrawal_refusesOutsiders() public {
        _expectRefusal(
            address(accounts),
            _zeros(IAccounts.announceBondWithdrawal.selector),
            MARKET_OPERATOR_MISSING
        );
    }

    /// @custom:refuses Accounts.withdrawBond
    function test_withdrawBond_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.withdrawBond.selector), MARKET_OPERATOR_MISSING);
    }

    /// @custom:refuses Accounts.applyPayments
    function test_applyPayments_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.applyPayments.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses Accounts.correct
    function test_correct_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.correct.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses Accounts.reward
    function test_reward_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.reward.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses Accounts.forfeit
    function test_forfeit_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.forfeit.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses Accounts.fine
    function test_fine_refusesOutsiders() public {
        _expectRefusal(address(accounts), _zeros(IAccounts.fine.selector), CONTRACT_MISSING);
    }

    /// @custom:refuses SettlementCurrency.mint
    function test_mint_refusesOutsiders() public {
        _expectRefusal(address(currency), _zeros(SettlementCurrency.mint.selector), SETTLEMENT_BANK_MISSING);
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

    /// @custom:refuses TradingPause.pause
    function test_pause_refusesOutsiders() public {
        _expectRefusal(
            address(pauses),
            _zeros(ITradingPause.pause.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses TradingPause.extendPause
    function test_extendPause_refusesOutsiders() public {
        _expectRefusal(address(pauses), _zeros(ITradingPause.extendPause.selector), CONSORTIUM_MISSING);
    }

    /// @custom:refuses TradingPause.endPause
    function test_endPause_refusesOutsiders() public {
        _expectRefusal(
            address(pauses),
            _zeros(ITradingPause.endPause.selector),
            ITradingPause.TradingPauseNotTheGuardian.selector
        );
    }

    /// @custom:refuses AccessManager.labelRole
    function test_labelRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.labelRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.setRoleAdmin
    function test_setRoleAdmin_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.setRoleAdmin.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.setRoleGuardian
    function test_setRoleGuardian_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setRoleGuardian.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setGrantDelay
    function test_setGrantDelay_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setGrantDelay.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetAdminDelay
    function test_setTargetAdminDelay_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetAdminDelay.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetClosed
    function test_setTargetClosed_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetClosed.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetFunctionRole
    function test_setTargetFunctionRole_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetFunctionRole.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.updateAuthority
    function test_updateAuthority_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.updateAuthority.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.grantRole
    function test_grantRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.grantRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.revokeRole
    function test_revokeRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.revokeRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.renounceRole
    function test_renounceRole_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(IAccessManager.renounceRole, (0, address(this))),
            IAccessManager.AccessManagerBadConfirmation.selector
        );
    }

    /// @custom:refuses AccessManager.schedule
    function test_schedule_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(
                IAccessManager.schedule,
                (address(currency), _zeros(SettlementCurrency.mint.selector), 0)
            ),
            IAccessManager.AccessManagerUnauthorizedCall.selector
        );
    }

    /// @custom:refuses AccessManager.execute
    function test_execute_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(
                IAccessManager.execute,
                (address(currency), _zeros(SettlementCurrency.mint.selector))
            ),
            IAccessManager.AccessManagerUnauthorizedCall.selector
        );
    }

    /// @custom:refuses AccessManager.consumeScheduledOp
    function test_consumeScheduledOp_refusesOutsiders() public {
        // Asked back, a caller without code does not say that it is called.
        vm.prank(STRANGER);
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, ) = address(manager).call(_zeros(IAccessManager.consumeScheduledOp.selector));
        vm.assertFalse(isDone, "an outsider was let in");
    }

    /// @custom:refuses AccessManager.cancel
    function test_cancel_refusesOutsiders() public {
        manager.grantRole(CREDIT, address(this), 1 days);
        vm.warp(block.timestamp + 1 days);
        bytes memory data = abi.encodeCall(IAccounts.setCreditLine, (_member, 1));
        manager.schedule(address(accounts), data, 0);
        _expectRefusal(
            address(manager),
            abi.encodeCall(IAccessManager.cancel, (address(this), address(accounts), data)),
            IAccessManager.AccessManagerUnauthorizedCancel.selector
        );
        manager.cancel(address(this), address(accounts), data);
    }

    /// @custom:refuses AccessManaged.setAuthority
    function test_setAuthority_refusesOutsiders() public {
        address[10] memory managed = [
            address(members),
            address(areas),
            address(currency),
            address(accounts),
            address(tradingDays),
            address(auction),
            address(receipts),
            address(readings),
            address(settlement),
            address(pauses)
        ];
        for (uint256 i = 0; i < managed.length; ++i) {
            _expectRefusal(
                managed[i],
                _zeros(IAccessManaged.setAuthority.selector),
                IAccessManaged.AccessManagedUnauthorized.selector
            );
        }
    }

    function _expectRefusal(address target, bytes memory data, bytes4 error_) private {
        vm.prank(STRANGER);
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, bytes memory reason) = target.call(data);
        vm.assertFalse(isDone, "an outsider was let in");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(error_), "it was refused, but not as an outsider");
    }

    /// @dev In the name of a member, with zeros for everything else.
    function _asMember(bytes4 selector) private view returns (bytes memory) {
        return bytes.concat(selector, abi.encode(_member), new bytes(4_096));
    }

    /// @dev Arguments of zeros, which every function can decode: what it refuses first is the caller.
    function _zeros(bytes4 selector) private pure returns (bytes memory) {
        return bytes.concat(selector, new bytes(4_096));
    }
}
