// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// deposit
//   given nothing, nobody's account, or tokens that were not approved, it reverts
//   given tokens of anybody, the member's balance grows by them
//   given a member in debt, they repay the supplier first
// depositWithPermit
//   given a permit, no approval is needed; also where somebody used the permit before
// withdraw
//   given nothing, another caller than the member's account, or more than the balance, it reverts
//   given the owner, the tokens go to the account
// applyPayments
//   given no role of settlement, it reverts
//   given a household that cannot pay, the supplier pays the rest and the household owes it
//   given a household in debt that receives, it repays first, and keeps what is more
//   given a supplier whose receipts, repayments and what it carries meet in one settlement, only their sum must be
//     covered, whatever the sequence
//   given a supplier or DSO that cannot pay, it reverts
contract AccountsTest is Neighbourhood {
    uint256 private constant ALICE_KEY = 11;

    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _register(AREA, IMemberRegistry.Kind.Household, ALICE_KEY);
        _bob = _registerHousehold();
        // The test stands in for the Settlement contract.
        manager.grantRole(SETTLEMENT, address(this), 0);
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

    function test_applyPayments_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        accounts.applyPayments(AREA, "");
    }

    function test_applyPayments_letsTheSupplierCarryWhatAHouseholdCannotPay() public {
        _fund(_alice, 30);
        _fund(SUPPLIER_ID, 500);
        vm.expectEmit();
        emit IAccounts.DebtCarried(_alice, SUPPLIER_ID, 70, 70);
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        _requireAccount(_alice, 0, 70);
        _requireAccount(_bob, 100, 0);
        _requireAccount(SUPPLIER_ID, 430, 0);
    }

    function test_applyPayments_repaysDebtBeforeTheBalanceGrows() public {
        _fund(SUPPLIER_ID, 500);
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        vm.expectEmit();
        emit IAccounts.DebtRepaid(_alice, SUPPLIER_ID, 40, 60);
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, -40), _payment(_bob, 40)));
        _requireAccount(_alice, 0, 60);
        _requireAccount(SUPPLIER_ID, 440, 0);

        accounts.applyPayments(AREA, bytes.concat(_payment(SUPPLIER_ID, 100), _payment(_alice, -100)));
        _requireAccount(_alice, 40, 0);
        // Pays 100 and is repaid 60.
        _requireAccount(SUPPLIER_ID, 400, 0);
    }

    function test_deposit_repaysDebtFirst() public {
        _fund(SUPPLIER_ID, 500);
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        _fund(_alice, 70);
        _requireAccount(_alice, 0, 30);
        _requireAccount(SUPPLIER_ID, 470, 0);
        _fund(_alice, 50);
        _requireAccount(_alice, 20, 0);
        _requireAccount(SUPPLIER_ID, 500, 0);
    }

    function test_applyPayments_coversTheSuppliersPaymentOutOfTheSameSettlement() public {
        // The supplier has nothing. It pays Bob 100, is repaid Alice's debt of 80, and receives the rest from Carol.
        MemberId carol = _registerHousehold();
        _fund(SUPPLIER_ID, 80);
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, 80), _payment(_bob, -80)));
        _requireAccount(SUPPLIER_ID, 0, 0);
        _fund(carol, 100);
        accounts.applyPayments(
            AREA,
            bytes.concat(
                _payment(SUPPLIER_ID, 20),
                _payment(_alice, -80),
                _payment(_bob, -40),
                _payment(carol, 100)
            )
        );
        _requireAccount(SUPPLIER_ID, 60, 0);
        _requireAccount(_alice, 0, 0);
    }

    function test_applyPayments_letsTheSupplierCarryOutOfWhatItReceives() public {
        // The supplier has nothing and receives 100 from Bob, of which it carries 60 for Alice.
        _fund(_bob, 100);
        accounts.applyPayments(
            AREA,
            bytes.concat(_payment(SUPPLIER_ID, -160), _payment(_alice, 60), _payment(_bob, 100))
        );
        _requireAccount(SUPPLIER_ID, 100, 0);
        _requireAccount(_alice, 0, 60);
    }

    function test_applyPayments_revertsWhereTheSupplierCannotCarry() public {
        _fund(SUPPLIER_ID, 99);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, SUPPLIER_ID, 99, 100)
        );
        accounts.applyPayments(AREA, bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
    }

    function test_applyPayments_revertsWhereTheDsoCannotPay() public {
        _fund(SUPPLIER_ID, 1_000);
        _fund(DSO_ID, 99);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, DSO_ID, 99, 100)
        );
        accounts.applyPayments(AREA, bytes.concat(_payment(DSO_ID, 100), _payment(_bob, -100)));
        accounts.applyPayments(AREA, bytes.concat(_payment(DSO_ID, 99), _payment(_bob, -99)));
        _requireAccount(DSO_ID, 0, 0);
    }

    function test_multicall_depositsForSeveralMembers() public {
        currency.mint(address(this), 30);
        currency.approve(address(accounts), 30);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IAccounts.deposit, (_alice, 10));
        calls[1] = abi.encodeCall(IAccounts.deposit, (_bob, 20));
        Multicall(address(accounts)).multicall(calls);
        _requireAccount(_alice, 10, 0);
        _requireAccount(_bob, 20, 0);
    }

    function _requireAccount(MemberId memberId, uint256 balance, uint256 debt) private view {
        vm.assertEq(accounts.balanceOf(memberId), balance, "balance");
        vm.assertEq(accounts.debtOf(memberId), debt, "debt");
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

    function _payment(MemberId memberId, int64 amount) private pure returns (bytes memory) {
        return abi.encodePacked(memberId, amount);
    }
}
