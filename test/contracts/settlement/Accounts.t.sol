// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// deposit
//   given nothing, nobody's account, or tokens that were not approved, it reverts
//   given tokens of anybody, the member's balance grows by them
// depositWithPermit
//   given a permit, no approval is needed; also where somebody used the permit before
// withdraw
//   given nothing, another caller than the member's account, or more than the balance, it reverts
//   given what open days have locked beyond the credit line, it reverts; up to there the tokens go to the account
// setCreditLine
//   given no role of registrar, nobody's account, less than what is locked needs, or more than there is room for, it
//     reverts; else it is kept, and counts as funds
// contribute, depositBond
//   given nothing, they revert; given tokens of anybody, fund and bond of the area grow
// announceBondWithdrawal, withdrawBond
//   given no role of market operator, they revert
//   given nothing announced, or less than 14 days, withdrawBond reverts; then it pays what was announced, or what is there,
//     once; another announcement takes the first one's place, and none takes it back
// requireBond
//   given a bond a micro-euro too small, it reverts
// applyPayments, correct, reward, forfeit
//   given no role of settlement or of challenges, they revert
contract AccountsTest is SettlementWorld {
    uint256 private constant ALICE_KEY = 11;

    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _register(AREA, IMemberRegistry.Kind.Household, ALICE_KEY);
        _bob = _registerHousehold();
    }

    function test_deposit_growsTheBalance() public {
        currency.mint(STRANGER, 70);
        vm.prank(STRANGER);
        currency.approve(address(accounts), 70);
        vm.expectEmit();
        emit IAccounts.Deposited(_alice, STRANGER, 70);
        vm.prank(STRANGER);
        accounts.deposit(_alice, 70);
        vm.assertEq(accounts.balanceOf(_alice), 70, "balance");
        vm.assertEq(accounts.freeOf(_alice), 70, "free");
        vm.assertEq(currency.balanceOf(address(accounts)), 70, "tokens");
    }

    function test_deposit_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsZeroAmount.selector));
        accounts.deposit(_alice, 0);
        MemberId unknown = MemberId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryUnknownMember.selector, unknown)
        );
        accounts.deposit(unknown, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(accounts), 0, 1)
        );
        accounts.deposit(_alice, 1);
    }

    function test_depositWithPermit_needsNoApproval() public {
        address alice = vm.addr(ALICE_KEY);
        currency.mint(alice, 70);
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(70);
        vm.prank(alice);
        accounts.depositWithPermit(_alice, 70, type(uint256).max, v, r, s);
        vm.assertEq(accounts.balanceOf(_alice), 70, "balance");
    }

    function test_depositWithPermit_worksWhereSomebodyUsedThePermitBefore() public {
        address alice = vm.addr(ALICE_KEY);
        currency.mint(alice, 70);
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(70);
        vm.prank(STRANGER);
        currency.permit(alice, address(accounts), 70, type(uint256).max, v, r, s);
        vm.prank(alice);
        accounts.depositWithPermit(_alice, 70, type(uint256).max, v, r, s);
        vm.assertEq(accounts.balanceOf(_alice), 70, "balance");
    }

    function test_depositWithPermit_revertsForAForgedPermit() public {
        address alice = vm.addr(ALICE_KEY);
        currency.mint(alice, 70);
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(69);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(accounts), 0, 70)
        );
        accounts.depositWithPermit(_alice, 70, type(uint256).max, v, r, s);
    }

    function test_withdraw_paysTheAccount() public {
        _fund(_alice, 100);
        vm.expectEmit();
        emit IAccounts.Withdrawn(_alice, vm.addr(ALICE_KEY), 60);
        vm.prank(vm.addr(ALICE_KEY));
        accounts.withdraw(_alice, 60);
        vm.assertEq(accounts.balanceOf(_alice), 40, "balance");
        vm.assertEq(currency.balanceOf(vm.addr(ALICE_KEY)), 60, "tokens");
    }

    function test_withdraw_reverts() public {
        address alice = vm.addr(ALICE_KEY);
        _fund(_alice, 100);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsNotTheOwner.selector, _alice, STRANGER));
        vm.prank(STRANGER);
        accounts.withdraw(_alice, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _alice, 100, 101)
        );
        vm.prank(alice);
        accounts.withdraw(_alice, 101);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsZeroAmount.selector));
        vm.prank(alice);
        accounts.withdraw(_alice, 0);
    }

    function test_withdraw_leavesWhatOpenDaysHaveLocked() public {
        address alice = vm.addr(ALICE_KEY);
        // A quarter of it is locked: 96 times 10.
        _fund(_alice, 3_840);
        _openDay(DAY);
        vm.assertEq(accounts.freeOf(_alice), 2_880, "free");
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _alice, 960, 959));
        vm.prank(alice);
        accounts.withdraw(_alice, 2_881);
        vm.prank(alice);
        accounts.withdraw(_alice, 2_880);
        _requireAccount(_alice, 960, 0);

        // The credit line covers it as well.
        accounts.setCreditLine(_alice, 900);
        vm.assertEq(accounts.freeOf(_alice), 900, "free");
        vm.prank(alice);
        accounts.withdraw(_alice, 900);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _alice, 960, 959));
        vm.prank(alice);
        accounts.withdraw(_alice, 1);
    }

    function test_setCreditLine_countsAsFunds() public {
        _fund(_alice, 100);
        vm.expectEmit();
        emit IAccounts.CreditLineSet(_alice, 900);
        accounts.setCreditLine(_alice, 900);
        MemberId[] memory both = new MemberId[](2);
        both[0] = _alice;
        both[1] = _bob;
        uint256[] memory funds = accounts.fundsOf(both);
        vm.assertEq(funds[0], 1_000, "balance and credit line");
        vm.assertEq(funds[1], 0, "nothing");
        vm.assertEq(accounts.creditLineOf(_alice), 900, "kept");
        vm.assertEq(accounts.balanceOf(_alice), 100, "no balance");
        vm.assertEq(accounts.freeOf(_alice), 100, "nothing to withdraw");
    }

    function test_setCreditLine_reverts() public {
        vm.prank(STRANGER);
        vm.expectRevert(_roleMissing(STRANGER, Role.CommunityManager, AREA));
        accounts.setCreditLine(_alice, 1);
        MemberId unknown = MemberId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryUnknownMember.selector, unknown)
        );
        accounts.setCreditLine(unknown, 1);
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 48, uint256(1) << 48)
        );
        accounts.setCreditLine(_alice, 1 << 48);
    }

    function test_setCreditLine_revertsWhereItIsNeeded() public {
        accounts.setCreditLine(_alice, 3_840);
        _openDay(DAY);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _alice, 960, 959));
        accounts.setCreditLine(_alice, 959);
        accounts.setCreditLine(_alice, 960);
    }

    function test_contribute_growsTheFund() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsZeroAmount.selector));
        accounts.contribute(AREA, 0);
        _mint(50);
        vm.expectEmit();
        emit IAccounts.FundContributed(AREA, address(this), 50);
        accounts.contribute(AREA, 50);
        vm.assertEq(accounts.fundOf(AREA), 50, "fund");
        vm.assertEq(accounts.fundOf(OTHER_AREA), 0, "of the area");
        vm.assertEq(currency.balanceOf(address(accounts)), 50, "tokens");
    }

    function test_depositBond_growsTheBond() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsZeroAmount.selector));
        accounts.depositBond(AREA, 0);
        _mint(BOND);
        vm.expectEmit();
        emit IAccounts.BondDeposited(AREA, address(this), BOND - 1);
        accounts.depositBond(AREA, BOND - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsBondTooSmall.selector, AREA, BOND - 1, BOND)
        );
        accounts.requireBond(AREA);
        accounts.depositBond(AREA, 1);
        accounts.requireBond(AREA);
        vm.assertEq(accounts.bondOf(AREA), BOND, "bond");
    }

    function test_withdrawBond_paysWhatWasAnnounced() public {
        _depositBond();
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsNoBondWithdrawal.selector, AREA));
        accounts.withdrawBond(AREA);
        uint256 availableAt = LONG_BEFORE + 14 days;
        vm.expectEmit();
        emit IAccounts.BondWithdrawalAnnounced(AREA, 400, availableAt);
        accounts.announceBondWithdrawal(AREA, 400);
        vm.warp(availableAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccounts.AccountsBondWithdrawalTooEarly.selector,
                AREA,
                availableAt,
                availableAt - 1
            )
        );
        accounts.withdrawBond(AREA);
        vm.warp(availableAt);
        vm.expectEmit();
        emit IAccounts.BondWithdrawn(AREA, address(this), 400);
        accounts.withdrawBond(AREA);
        vm.assertEq(accounts.bondOf(AREA), BOND - 400, "bond");
        vm.assertEq(currency.balanceOf(address(this)), 400, "tokens");
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsNoBondWithdrawal.selector, AREA));
        accounts.withdrawBond(AREA);
    }

    function test_withdrawBond_paysNoMoreThanThereIs() public {
        _depositBond();
        accounts.announceBondWithdrawal(AREA, BOND + 7);
        vm.warp(LONG_BEFORE + 14 days);
        accounts.withdrawBond(AREA);
        vm.assertEq(currency.balanceOf(address(this)), BOND, "tokens");
        vm.assertEq(accounts.bondOf(AREA), 0, "bond");
    }

    function test_announceBondWithdrawal_takesTheLastOnesPlace() public {
        _depositBond();
        accounts.announceBondWithdrawal(AREA, 400);
        vm.warp(LONG_BEFORE + 1 days);
        accounts.announceBondWithdrawal(AREA, 300);
        (uint256 amount, uint256 availableAt) = accounts.bondWithdrawalOf(AREA);
        vm.assertEq(amount, 300, "amount");
        vm.assertEq(availableAt, LONG_BEFORE + 15 days, "14 days from the second");
        accounts.announceBondWithdrawal(AREA, 0);
        vm.warp(LONG_BEFORE + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsNoBondWithdrawal.selector, AREA));
        accounts.withdrawBond(AREA);
    }

    function test_everythingRestricted_revertsForAnybodyElse() public {
        bytes memory refusal = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            STRANGER
        );
        vm.prank(STRANGER);
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, AREA));
        accounts.announceBondWithdrawal(AREA, 1);
        vm.prank(STRANGER);
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, AREA));
        accounts.withdrawBond(AREA);
        bytes[4] memory calls = [
            abi.encodeCall(IAccounts.applyPayments, (AREA, DAY, "")),
            abi.encodeCall(IAccounts.correct, (AREA, _alice, -1)),
            abi.encodeCall(IAccounts.reward, (AREA, _alice, 1)),
            abi.encodeCall(IAccounts.forfeit, (AREA, _alice, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(STRANGER);
            (bool isAccepted, bytes memory reason) = address(accounts).call(calls[i]);
            vm.assertFalse(isAccepted, "refused");
            vm.assertEq(keccak256(reason), keccak256(refusal), "for want of the role");
        }
    }

    function test_multicall_depositsForSeveralMembers() public {
        _mint(30);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IAccounts.deposit, (_alice, 10));
        calls[1] = abi.encodeCall(IAccounts.deposit, (_bob, 20));
        Multicall(address(accounts)).multicall(calls);
        _requireAccount(_alice, 10, 0);
        _requireAccount(_bob, 20, 0);
    }

    function _signPermit(uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                vm.addr(ALICE_KEY),
                address(accounts),
                amount,
                0,
                type(uint256).max
            )
        );
        return vm.sign(ALICE_KEY, MessageHashUtils.toTypedDataHash(currency.DOMAIN_SEPARATOR(), structHash));
    }
}
