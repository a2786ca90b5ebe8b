// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// settle
//   given no role of market operator, a session that is not cleared, a period that is not metered, or one that is
//     settled, it reverts
//   given bytes that are no payments, payments out of sequence, two of one member, or one of another area's member or of
//     nobody, it reverts
//   given payments that do not sum to zero, it reverts, also where they would within 64 bits
//   given a supplier or DSO that cannot pay, nothing of the settlement remains
//   given payments that sum to zero, or none, it applies and publishes them
contract SettlementTest is Neighbourhood {
    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        _fund(_alice, 1_000);
        _fund(SUPPLIER_ID, 1_000);
        _clearEmpty();
        _commitNoReadings();
    }

    function test_settle_appliesPayments() public {
        bytes memory payments = bytes.concat(
            _payment(SUPPLIER_ID, -100),
            _payment(_alice, 400),
            _payment(_bob, -300)
        );
        vm.expectEmit();
        emit ISettlement.PeriodSettled(AREA, FIRST_PERIOD, "root", 3, payments);
        settlement.settle(AREA, FIRST_PERIOD, "root", payments);

        vm.assertTrue(settlement.isSettled(AREA, FIRST_PERIOD), "settled");
        vm.assertEq(accounts.balanceOf(_alice), 600, "pays");
        vm.assertEq(accounts.balanceOf(_bob), 300, "is paid");
        vm.assertEq(accounts.balanceOf(SUPPLIER_ID), 1_100, "is paid");
    }

    function test_settle_acceptsThatNobodyPays() public {
        settlement.settle(AREA, FIRST_PERIOD, "root", "");
        vm.assertTrue(settlement.isSettled(AREA, FIRST_PERIOD), "settled");
    }

    function test_settle_revertsTwice() public {
        settlement.settle(AREA, FIRST_PERIOD, "root", "");
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementAlreadySettled.selector, AREA, FIRST_PERIOD)
        );
        settlement.settle(AREA, FIRST_PERIOD, "root", "");
    }

    function test_settle_revertsBeforeClearingAndBeforeMetering() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotCleared.selector, AREA, LAST_PERIOD));
        settlement.settle(AREA, LAST_PERIOD, "root", "");
        vm.warp(START + 1 days);
        auction.closeGate(AREA, LAST_PERIOD, 0, keccak256(""));
        auction.clear(AREA, LAST_PERIOD, _noTrade(), "");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotMetered.selector, AREA, LAST_PERIOD));
        settlement.settle(AREA, LAST_PERIOD, "root", "");
    }

    function test_settle_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        settlement.settle(AREA, FIRST_PERIOD, "root", "");
    }

    function test_settle_revertsWhereTheSumIsNotZero() public {
        _expectRefusal(
            bytes.concat(_payment(_alice, 400), _payment(_bob, -399)),
            abi.encodeWithSelector(ISettlement.SettlementNotZeroSum.selector, int256(1))
        );
        _expectRefusal(
            bytes.concat(_payment(SUPPLIER_ID, type(int64).min), _payment(_alice, type(int64).min)),
            abi.encodeWithSelector(ISettlement.SettlementNotZeroSum.selector, int256(type(int64).min) * 2)
        );
    }

    function test_settle_revertsForWhatAreNoPayments() public {
        _expectRefusal(
            bytes.concat(_payment(_alice, 0), hex"00"),
            abi.encodeWithSelector(ISettlement.SettlementWrongLength.selector, 12)
        );
        _expectRefusal(
            bytes.concat(_payment(_bob, 1), _payment(_alice, -1)),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 1)
        );
        _expectRefusal(
            bytes.concat(_payment(_bob, 1), _payment(_bob, -1)),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 1)
        );
        _expectRefusal(
            _payment(MemberId.wrap(0), 0),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 0)
        );
    }

    function test_settle_revertsForMembersOfNoOrAnotherArea() public {
        MemberId foreign = _register(OTHER_AREA, IMemberRegistry.Kind.Household, 7);
        _expectRefusal(
            bytes.concat(_payment(_alice, 1), _payment(foreign, -1)),
            abi.encodeWithSelector(ISettlement.SettlementForeignMember.selector, 1, foreign)
        );
        MemberId unknown = MemberId.wrap(99);
        _expectRefusal(
            bytes.concat(_payment(_alice, 1), _payment(unknown, -1)),
            abi.encodeWithSelector(ISettlement.SettlementForeignMember.selector, 1, unknown)
        );
    }

    function test_settle_leavesNothingWhereTheSupplierCannotPay() public {
        _expectRefusal(
            bytes.concat(_payment(SUPPLIER_ID, 1_001), _payment(_alice, -1_001)),
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, SUPPLIER_ID, 1_000, 1_001)
        );
        vm.assertFalse(settlement.isSettled(AREA, FIRST_PERIOD), "not settled");
        vm.assertEq(accounts.balanceOf(_alice), 1_000, "not paid");
    }

    function test_gas_settle_100Payments() public {
        bytes memory payments = "";
        MemberId first = _registerHouseholds(100);
        for (uint24 i = 0; i < 100; ++i) {
            MemberId memberId = MemberId.wrap(MemberId.unwrap(first) + i);
            _fund(memberId, 1_000);
            payments = bytes.concat(payments, _payment(memberId, i % 2 == 0 ? int64(500) : -500));
        }
        settlement.settle(AREA, FIRST_PERIOD, "root", payments);
        vm.snapshotGasLastCall("settle, 100 payments");
    }

    function _expectRefusal(bytes memory payments, bytes memory error_) private {
        vm.expectRevert(error_);
        settlement.settle(AREA, FIRST_PERIOD, "root", payments);
    }

    function _payment(MemberId memberId, int64 amount) private pure returns (bytes memory) {
        return abi.encodePacked(memberId, amount);
    }
}
