// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {CHALLENGES, SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// applyPayments
//   given a household that cannot pay, the guarantee fund pays the rest, and what it lacks the supplier; both are debts
//   given what other open days have locked beyond the credit line, it stays; what the day itself has locked pays
//   given a household in debt that receives, it repays first, the fund before the supplier, and keeps what is more
//   given a household in debt whose collateral has become free, its next payment repays out of it
//   given a supplier whose receipts, repayments and what it carries meet in one run, only their sum must be covered,
//     whatever the sequence
//   given a supplier, DSO, tax authority or platform operator that cannot pay, it reverts
// deposit
//   given a member in debt, it repays first, but not out of what is locked; a member in debt has no funds to trade with
// withdraw
//   given a member in debt, it repays first, and only the rest can be withdrawn
// correct
//   given what is too much, the bond pays the member, or as much as it holds
//   given what is too little, the member pays the bond out of what is free, and nobody else does
// reward, forfeit
//   given a bond that holds less than the reward, it pays that; given too little that is free, forfeit reverts; both, and
//     corrections, repay debts first
contract AccountsPaymentsTest is SettlementWorld {
    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        // The test stands in for the contracts that settle and decide challenges.
        manager.grantRole(SETTLEMENT, address(this), 0);
        manager.grantRole(CHALLENGES, address(this), 0);
    }

    function test_applyPayments_letsTheFundAndTheSupplierPayWhatAHouseholdCannot() public {
        _fund(_alice, 30);
        _fund(SUPPLIER_ID, 500);
        _contribute(20);
        vm.expectEmit();
        emit IAccounts.GuaranteeFundPaid(AREA, _alice, 20, 20);
        vm.expectEmit();
        emit IAccounts.DebtCarried(_alice, SUPPLIER_ID, 50, 50);
        _apply(bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        _requireAccount(_alice, 0, 70);
        _requireAccount(_bob, 100, 0);
        _requireAccount(SUPPLIER_ID, 450, 0);
        vm.assertEq(accounts.fundOf(AREA), 0, "fund");
        vm.assertEq(accounts.freeOf(_alice), 0, "nothing free");
    }

    function test_applyPayments_leavesTheSupplierAloneWhereTheFundSuffices() public {
        _contribute(1_000);
        _apply(bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        _requireAccount(_alice, 0, 100);
        vm.assertEq(accounts.fundOf(AREA), 900, "fund");
    }

    function test_applyPayments_keepsTheCollateralOfOtherOpenDays() public {
        // Each day locks a quarter: 96 times 10.
        _fund(_alice, 3_840);
        _fund(SUPPLIER_ID, 5_000);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        // 960 stay for the next day; the day's own 960 have paid.
        _requireAccount(_alice, 960, 120);
        _requireAccount(SUPPLIER_ID, 4_880, 0);
    }

    function test_applyPayments_takesTheCreditLineForCollateral() public {
        _fund(_alice, 3_840);
        _fund(SUPPLIER_ID, 5_000);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        accounts.setCreditLine(_alice, 900);
        _apply(bytes.concat(_payment(_alice, 3_780), _payment(_bob, -3_780)));
        _requireAccount(_alice, 60, 0);
        _apply(bytes.concat(_payment(_alice, 1), _payment(_bob, -1)));
        _requireAccount(_alice, 60, 1);
    }

    function test_applyPayments_repaysDebtBeforeTheBalanceGrows() public {
        _fund(SUPPLIER_ID, 500);
        _contribute(60);
        _apply(bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        vm.expectEmit();
        emit IAccounts.DebtRepaid(_alice, 60, 10);
        _apply(bytes.concat(_payment(_alice, -70), _payment(_bob, 70)));
        _requireAccount(_alice, 0, 30);
        _requireAccount(SUPPLIER_ID, 470, 0);
        vm.assertEq(accounts.fundOf(AREA), 60, "fund");

        _apply(bytes.concat(_payment(SUPPLIER_ID, 100), _payment(_alice, -100)));
        _requireAccount(_alice, 70, 0);
        // Pays 100 and is repaid 30.
        _requireAccount(SUPPLIER_ID, 400, 0);
    }

    function test_applyPayments_repaysOutOfReleasedCollateral() public {
        _fund(_alice, 3_840);
        _fund(_bob, 10);
        _contribute(500);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        _requireAccount(_alice, 960, 120);
        tradingDays.releaseDay(AREA, DAY);
        vm.assertEq(accounts.freeOf(_alice), 0, "nothing");
        tradingDays.releaseDay(AREA, NEXT_DAY);
        _requireAccount(_alice, 960, 120);
        vm.assertEq(accounts.freeOf(_alice), 840, "what it does not owe");
        _apply(bytes.concat(_payment(_alice, 40), _payment(_bob, -40)));
        _requireAccount(_alice, 800, 0);
        vm.assertEq(accounts.fundOf(AREA), 500, "fund");
    }

    function test_applyPayments_coversTheSuppliersPaymentOutOfTheSameRun() public {
        // The supplier has nothing. It pays Bob 100, is repaid Alice's debt of 80, and receives the rest from Carol.
        MemberId carol = _registerHousehold();
        _fund(SUPPLIER_ID, 80);
        _apply(bytes.concat(_payment(_alice, 80), _payment(_bob, -80)));
        _requireAccount(SUPPLIER_ID, 0, 0);
        _fund(carol, 100);
        _apply(
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
        _apply(bytes.concat(_payment(SUPPLIER_ID, -160), _payment(_alice, 60), _payment(_bob, 100)));
        _requireAccount(SUPPLIER_ID, 100, 0);
        _requireAccount(_alice, 0, 60);
    }

    function test_applyPayments_revertsWhereTheSupplierCannotCarry() public {
        _fund(SUPPLIER_ID, 99);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, SUPPLIER_ID, 99, 100)
        );
        accounts.applyPayments(AREA, DAY, bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
    }

    function test_applyPayments_chargesThoseWithoutDefaultInFull() public {
        _fund(SUPPLIER_ID, 1_000);
        _contribute(1_000);
        MemberId[3] memory others = [DSO_ID, TAX_AUTHORITY_ID, PLATFORM_OPERATOR_ID];
        for (uint256 i = 0; i < others.length; ++i) {
            _fund(others[i], 99);
            vm.expectRevert(
                abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, others[i], 99, 100)
            );
            accounts.applyPayments(AREA, DAY, bytes.concat(_payment(others[i], 100), _payment(_bob, -100)));
            _apply(bytes.concat(_payment(others[i], 99), _payment(_bob, -99)));
            _requireAccount(others[i], 0, 0);
            _apply(bytes.concat(_payment(others[i], -9), _payment(_bob, 9)));
            _requireAccount(others[i], 9, 0);
        }
    }

    function test_deposit_repaysDebtFirst() public {
        _fund(SUPPLIER_ID, 500);
        _contribute(40);
        _apply(bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        _requireFunds(_alice, 0);
        _fund(_alice, 70);
        _requireAccount(_alice, 0, 30);
        _requireAccount(SUPPLIER_ID, 470, 0);
        vm.assertEq(accounts.fundOf(AREA), 40, "fund");
        accounts.setCreditLine(_alice, 1_000);
        _requireFunds(_alice, 0);
        _fund(_alice, 50);
        _requireAccount(_alice, 20, 0);
        _requireAccount(SUPPLIER_ID, 500, 0);
        _requireFunds(_alice, 1_020);
    }

    function test_deposit_leavesLockedCollateralBesideADebt() public {
        _fund(_alice, 3_840);
        _contribute(500);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        tradingDays.releaseDay(AREA, DAY);
        _fund(_alice, 100);
        _requireAccount(_alice, 960, 20);
    }

    function test_withdraw_repaysDebtFirst() public {
        _fund(_alice, 3_840);
        _contribute(500);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        tradingDays.releaseDay(AREA, DAY);
        tradingDays.releaseDay(AREA, NEXT_DAY);
        address alice = _addressOf(_alice);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _alice, 840, 841)
        );
        vm.prank(alice);
        accounts.withdraw(_alice, 841);
        vm.expectEmit();
        emit IAccounts.DebtRepaid(_alice, 120, 0);
        vm.prank(alice);
        accounts.withdraw(_alice, 800);
        _requireAccount(_alice, 40, 0);
        vm.assertEq(accounts.fundOf(AREA), 500, "fund");
    }

    function test_withdraw_repaysTheSupplierToo() public {
        _fund(SUPPLIER_ID, 500);
        _fund(_alice, 3_840);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        tradingDays.releaseDay(AREA, DAY);
        tradingDays.releaseDay(AREA, NEXT_DAY);
        vm.prank(_addressOf(_alice));
        accounts.withdraw(_alice, 840);
        _requireAccount(_alice, 0, 0);
        _requireAccount(SUPPLIER_ID, 500, 0);
    }

    function test_correct_paysTheMemberOutOfTheBond() public {
        _depositBond();
        vm.expectEmit();
        emit IAccounts.Corrected(AREA, _alice, -70);
        vm.assertEq(accounts.correct(AREA, _alice, -70), -70, "moved");
        _requireAccount(_alice, 70, 0);
        vm.assertEq(accounts.correct(AREA, _alice, -int256(BOND)), 70 - int256(BOND), "what there is");
        _requireAccount(_alice, BOND, 0);
        vm.assertEq(accounts.bondOf(AREA), 0, "bond");
    }

    function test_correct_repaysDebtFirst() public {
        _depositBond();
        _contribute(100);
        _apply(bytes.concat(_payment(_alice, 100), _payment(_bob, -100)));
        accounts.correct(AREA, _alice, -70);
        _requireAccount(_alice, 0, 30);
        accounts.reward(AREA, _alice, 50);
        _requireAccount(_alice, 20, 0);
        vm.assertEq(accounts.fundOf(AREA), 100, "fund");
    }

    function test_correct_chargesWhatTheMemberHasFreeAndNobodyElse() public {
        _fund(SUPPLIER_ID, 1_000);
        _fund(_alice, 3_840);
        _contribute(50);
        _openDay(DAY);
        vm.assertEq(accounts.correct(AREA, _alice, 2_800), 2_800, "all of it");
        vm.assertEq(accounts.correct(AREA, _alice, 100), 80, "what is free");
        _requireAccount(_alice, 960, 0);
        _requireAccount(SUPPLIER_ID, 1_000, 0);
        vm.assertEq(accounts.bondOf(AREA), 2_880, "bond");
        vm.assertEq(accounts.fundOf(AREA), 50, "fund");
    }

    function test_correct_repaysOutOfWhatIsLeftFree() public {
        _fund(_alice, 3_840);
        _contribute(500);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        _apply(bytes.concat(_payment(_alice, 3_000), _payment(_bob, -3_000)));
        tradingDays.releaseDay(AREA, DAY);
        tradingDays.releaseDay(AREA, NEXT_DAY);
        accounts.correct(AREA, _alice, 100);
        _requireAccount(_alice, 740, 0);
        vm.assertEq(accounts.bondOf(AREA), 100, "bond");
        vm.assertEq(accounts.fundOf(AREA), 500, "fund");
    }

    function test_reward_paysWhatTheBondHolds() public {
        _mint(60);
        accounts.depositBond(AREA, 60);
        vm.expectEmit();
        emit IAccounts.Rewarded(AREA, _alice, 40);
        vm.assertEq(accounts.reward(AREA, _alice, 40), 40, "all");
        vm.assertEq(accounts.reward(AREA, _alice, 40), 20, "the rest");
        vm.assertEq(accounts.reward(AREA, _alice, 40), 0, "nothing");
        _requireAccount(_alice, 60, 0);
    }

    function test_forfeit_takesWhatIsFree() public {
        _fund(_alice, 3_840);
        _openDay(DAY);
        vm.expectEmit();
        emit IAccounts.Forfeited(AREA, _alice, 2_000);
        accounts.forfeit(AREA, _alice, 2_000);
        _requireAccount(_alice, 1_840, 0);
        vm.assertEq(accounts.bondOf(AREA), 2_000, "bond");
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _alice, 880, 881)
        );
        accounts.forfeit(AREA, _alice, 881);
    }

    function test_movingWithTheBond_revertsForAMemberOfAnotherArea() public {
        _depositBond();
        bytes memory refusal = abi.encodeWithSelector(
            IAccounts.AccountsForeignMember.selector,
            OTHER_AREA,
            _alice
        );
        vm.expectRevert(refusal);
        accounts.correct(OTHER_AREA, _alice, -1);
        vm.expectRevert(refusal);
        accounts.reward(OTHER_AREA, _alice, 1);
        vm.expectRevert(refusal);
        accounts.forfeit(OTHER_AREA, _alice, 0);
    }

    function testFuzz_applyPayments_conservesTokens(uint256 seed) public {
        MemberId carol = _registerHousehold();
        _fund(SUPPLIER_ID, 1_000_000);
        _fund(_alice, 1 + (seed % 100_000));
        _fund(_bob, 1 + ((seed >> 32) % 100_000));
        _contribute(1 + ((seed >> 64) % 100_000));
        accounts.setCreditLine(_alice, (seed >> 96) % 50_000);
        _openDay(DAY);
        _openDay(NEXT_DAY);
        int64 first = int64(uint64((seed >> 128) % 300_000)) - 150_000;
        int64 second = int64(uint64((seed >> 160) % 300_000)) - 150_000;
        for (uint256 round = 0; round < 2; ++round) {
            // Of what sums to zero, nothing appears or is lost, whoever pays it.
            _apply(
                bytes.concat(
                    _payment(SUPPLIER_ID, -second),
                    _payment(_alice, first),
                    _payment(_bob, second),
                    _payment(carol, -first)
                )
            );
            (first, second) = (second, first);
            uint256 held = accounts.balanceOf(SUPPLIER_ID) + accounts.fundOf(AREA);
            held += accounts.balanceOf(_alice) + accounts.balanceOf(_bob) + accounts.balanceOf(carol);
            vm.assertEq(held, currency.balanceOf(address(accounts)), "tokens");
        }
    }

    function _apply(bytes memory payments) private {
        accounts.applyPayments(AREA, DAY, payments);
    }

    function _requireFunds(MemberId memberId, uint256 expected) private view {
        MemberId[] memory one = new MemberId[](1);
        one[0] = memberId;
        vm.assertEq(accounts.fundsOf(one)[0], expected, "funds");
    }
}
