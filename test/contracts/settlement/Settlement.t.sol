// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {AreaId, DeliveryPeriod, MemberId, Price, TradingDay} from "../../../contracts/types/Types.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// commitStatements
//   given no role of market operator, a bond below the minimum, or a run that is none, it reverts
//   given a day without a traded period, one with a period not cleared, or one not metered, it reverts
//   given the facts, it keeps and publishes the commitment with its payments, once
//   given readings of a time to come, or of more than an hour ago, it reverts
//   given bytes that are no payments, payments out of sequence or of nobody, two of one member, or zero ones, it reverts
//   given payments that do not sum to zero, it reverts, also where they would within 64 bits
//   given another total than the statements', it reverts
//   given a corrected or final run before the initial one, a corrected one after the final one, or one before the last is
//     paid, it reverts; before its delay it reverts, and at it, it commits; the corrected one may be left out
// payRun
//   given no commitment, it reverts; before the window is over it reverts, and at its end, it pays; once
//   given other payments than committed, it reverts
//   given members of another area or none, or a supplier that cannot pay, it reverts and nothing remains
//   given payments that sum to zero, or none, it applies and publishes them, whoever calls
//   given the initial run, it releases the day; given a later one, it leaves open days alone
// releaseUnpaidDay
//   given an initial run that is paid, or a time before a final run could be, it reverts; then anyone releases the day, and
//     the run can still be paid
contract SettlementTest is SettlementWorld {
    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        _fund(_alice, 1_000);
        _fund(SUPPLIER_ID, 1_000);
        _depositBond();
        _openDay(DAY);
        _finishDay(DAY);
    }

    function test_commitStatements_keepsTheCommitment() public {
        bytes memory payments = bytes.concat(_payment(_alice, 700), _payment(_bob, -700));
        uint32 readingsAt = uint32(block.timestamp - 3);
        vm.expectEmit();
        emit ISettlement.StatementsCommitted(AREA, DAY, 0, "root", 5, 700, readingsAt, payments);
        settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment("root", 5, 700),
            readingsAt,
            payments
        );

        ISettlement.Run memory run = settlement.runOf(AREA, DAY, 0);
        ISettlement.Run memory expected = ISettlement.Run(
            "root",
            5,
            700,
            uint32(block.timestamp),
            readingsAt,
            false,
            keccak256(payments)
        );
        vm.assertEq(keccak256(abi.encode(run)), keccak256(abi.encode(expected)), "run");
        (bool isCommitted, uint8 last) = settlement.lastRunOf(AREA, DAY);
        vm.assertTrue(isCommitted && last == 0, "last run");
        (isCommitted, ) = settlement.lastRunOf(OTHER_AREA, DAY);
        vm.assertFalse(isCommitted, "no run elsewhere");

        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementAlreadyCommitted.selector, AREA, DAY, 0)
        );
        settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment("root", 5, 700),
            readingsAt,
            payments
        );
    }

    function test_commitStatements_revertsForReadingsOfAnotherTime() public {
        uint256 time = block.timestamp;
        ISettlement.Commitment memory commitment = ISettlement.Commitment("root", 0, 0);
        uint256[2] memory wrong = [time + 1, time - 1 hours - 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ISettlement.SettlementReadingsTooOld.selector,
                    wrong[i],
                    time - 1 hours,
                    time
                )
            );
            settlement.commitStatements(AREA, DAY, 0, commitment, uint32(wrong[i]), "");
        }
        settlement.commitStatements(AREA, DAY, 0, commitment, uint32(time - 1 hours), "");
    }

    function test_commitStatements_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, AREA));
        settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment("root", 0, 0),
            uint32(block.timestamp),
            ""
        );
    }

    function test_commitStatements_revertsWithoutTheWholeBond() public {
        // What is announced to leave secures nothing any more.
        accounts.announceBondWithdrawal(AREA, 1);
        _expectCommitRefusal(
            DAY,
            0,
            abi.encodeWithSelector(IAccounts.AccountsBondTooSmall.selector, AREA, BOND - 1, BOND)
        );
    }

    function test_commitStatements_revertsForWhatIsNoRunOrNoDay() public {
        _expectCommitRefusal(DAY, 3, abi.encodeWithSelector(ISettlement.SettlementUnknownRun.selector, 3));
        TradingDay before = TradingDay.wrap(TradingDay.unwrap(DAY) - 1);
        _expectCommitRefusal(
            before,
            0,
            abi.encodeWithSelector(ISettlement.SettlementNothingTraded.selector, AREA, before)
        );
    }

    function test_commitStatements_revertsBeforeClearingAndBeforeMetering() public {
        vm.warp(DAY_END + 1 days);
        uint32 first = FIRST + 3;
        // All but the last period.
        for (uint32 id = first; id < first + 95; ++id) {
            _clearAndMeter(id, true, true);
        }
        _expectCommitRefusal(
            NEXT_DAY,
            0,
            abi.encodeWithSelector(ISettlement.SettlementNotCleared.selector, AREA, NEXT_DAY)
        );
        _clearAndMeter(first + 95, true, false);
        _expectCommitRefusal(
            NEXT_DAY,
            0,
            abi.encodeWithSelector(ISettlement.SettlementNotMetered.selector, AREA, NEXT_DAY)
        );
        _clearAndMeter(first + 95, false, true);
        _commitRun(NEXT_DAY, 0, "");
    }

    function test_commitStatements_takesRunsInTheirSequence() public {
        _expectOutOfSequence(1);
        _expectOutOfSequence(2);
        _commitRun(DAY, 0, "");
        vm.warp(DAY_END + CORRECTION_DELAY);
        bytes memory notPaid = abi.encodeWithSelector(ISettlement.SettlementNotPaid.selector, AREA, DAY, 0);
        _expectCommitRefusal(DAY, 1, notPaid);
        settlement.payRun(AREA, DAY, 0, "");
        _payRun(DAY, 1, "");
        _expectCommitRefusal(
            DAY,
            0,
            abi.encodeWithSelector(ISettlement.SettlementAlreadyCommitted.selector, AREA, DAY, 0)
        );
        vm.warp(DAY_END + FINAL_DELAY);
        _payRun(DAY, 2, "");
        (, uint8 last) = settlement.lastRunOf(AREA, DAY);
        vm.assertEq(last, uint256(2), "final");
    }

    function test_commitStatements_leavesOutTheCorrectedRun() public {
        _payRun(DAY, 0, "");
        vm.warp(DAY_END + FINAL_DELAY);
        _payRun(DAY, 2, "");
        _expectOutOfSequence(1);
    }

    function test_commitStatements_waitsForTheDelays() public {
        _payRun(DAY, 0, "");
        uint256[2] memory delays = [uint256(CORRECTION_DELAY), FINAL_DELAY];
        for (uint8 run = 1; run < 3; ++run) {
            uint256 from = DAY_END + delays[run - 1];
            vm.warp(from - 1);
            _expectCommitRefusal(
                DAY,
                run,
                abi.encodeWithSelector(ISettlement.SettlementTooEarly.selector, DAY, run, from, from - 1)
            );
            vm.warp(from);
            _payRun(DAY, run, "");
        }
    }

    function test_payRun_appliesPayments() public {
        bytes memory payments = bytes.concat(
            _payment(SUPPLIER_ID, -100),
            _payment(_alice, 400),
            _payment(_bob, -300)
        );
        _commitRun(DAY, 0, payments);
        vm.warp(block.timestamp + WINDOW);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 1, "open");
        vm.expectEmit();
        emit ISettlement.RunPaid(AREA, DAY, 0, 3, payments);
        vm.prank(STRANGER);
        settlement.payRun(AREA, DAY, 0, payments);

        vm.assertTrue(settlement.isPaid(AREA, DAY, 0), "paid");
        _requireAccount(_alice, 600, 0);
        _requireAccount(_bob, 300, 0);
        _requireAccount(SUPPLIER_ID, 1_100, 0);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 0, "released");

        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementAlreadyPaid.selector, AREA, DAY, 0));
        settlement.payRun(AREA, DAY, 0, payments);
    }

    function test_payRun_ofALaterRunLeavesOpenDaysAlone() public {
        _payRun(DAY, 0, "");
        _openDay(TradingDay.wrap(20_003));
        vm.warp(DAY_END + CORRECTION_DELAY);
        _payRun(DAY, 1, "");
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 1, "still open");
    }

    function test_payRun_waitsForTheWindow() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementNotCommitted.selector, AREA, DAY, 0));
        settlement.payRun(AREA, DAY, 0, "");
        _commitRun(DAY, 0, "");
        uint256 end = block.timestamp + WINDOW;
        vm.warp(end - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementTooEarly.selector, DAY, 0, end, end - 1)
        );
        settlement.payRun(AREA, DAY, 0, "");
        vm.warp(end);
        settlement.payRun(AREA, DAY, 0, "");
    }

    function test_payRun_revertsForOtherPaymentsThanCommitted() public {
        bytes memory payments = bytes.concat(_payment(_alice, 400), _payment(_bob, -400));
        bytes memory others = bytes.concat(_payment(_alice, 401), _payment(_bob, -401));
        _commitRun(DAY, 0, payments);
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlement.SettlementWrongPayments.selector,
                keccak256(payments),
                keccak256(others)
            )
        );
        settlement.payRun(AREA, DAY, 0, others);
    }

    function test_commitStatements_revertsWhereTheSumIsNotZero() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(_alice, 400), _payment(_bob, -399)),
            abi.encodeWithSelector(ISettlement.SettlementNotZeroSum.selector, int256(1))
        );
    }

    function test_commitStatements_revertsWhereTheSumIsZeroWithin64BitsOnly() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(SUPPLIER_ID, type(int64).min), _payment(_alice, type(int64).min)),
            abi.encodeWithSelector(ISettlement.SettlementNotZeroSum.selector, int256(type(int64).min) * 2)
        );
    }

    function test_commitStatements_revertsForAnotherTotalThanTheStatements() public {
        bytes memory payments = bytes.concat(_payment(_alice, 400), _payment(_bob, -400));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementWrongTotal.selector, 399, 400));
        settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment("root", 2, 399),
            uint32(block.timestamp),
            payments
        );
    }

    function test_commitStatements_revertsForPaymentsOfTheWrongLength() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(_alice, 1), hex"00"),
            abi.encodeWithSelector(ISettlement.SettlementWrongLength.selector, 12)
        );
    }

    function test_commitStatements_revertsForPaymentsOutOfSequence() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(_bob, 1), _payment(_alice, -1)),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 1)
        );
    }

    function test_commitStatements_revertsForTwoPaymentsOfOneMember() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(_bob, 1), _payment(_bob, -1)),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 1)
        );
    }

    function test_commitStatements_revertsForPaymentsOfNobody() public {
        _expectPaymentsRefusal(
            _payment(MemberId.wrap(0), 1),
            abi.encodeWithSelector(ISettlement.SettlementNotAscending.selector, 0)
        );
    }

    function test_commitStatements_revertsForPaymentsOfNothing() public {
        _expectPaymentsRefusal(
            bytes.concat(_payment(_alice, 0)),
            abi.encodeWithSelector(ISettlement.SettlementZeroPayment.selector, 0)
        );
    }

    function test_payRun_revertsForMembersOfAnotherArea() public {
        MemberId foreign = _register(OTHER_AREA, IMemberRegistry.Kind.Household, 7);
        // It has an account, of its own area.
        _fund(foreign, 1);
        _expectPayRefusal(
            bytes.concat(_payment(_alice, 1), _payment(foreign, -1)),
            abi.encodeWithSelector(IAccounts.AccountsForeignMember.selector, AREA, foreign)
        );
    }

    function test_payRun_revertsForMembersOfNoArea() public {
        MemberId unknown = MemberId.wrap(99);
        _expectPayRefusal(
            bytes.concat(_payment(_alice, 1), _payment(unknown, -1)),
            abi.encodeWithSelector(IAccounts.AccountsForeignMember.selector, AREA, unknown)
        );
    }

    function test_payRun_leavesNothingWhereTheSupplierCannotPay() public {
        _expectPayRefusal(
            bytes.concat(_payment(SUPPLIER_ID, 1_001), _payment(_alice, -1_001)),
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, SUPPLIER_ID, 1_000, 1_001)
        );
        vm.assertFalse(settlement.isPaid(AREA, DAY, 0), "not paid");
        _requireAccount(_alice, 1_000, 0);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 1, "not released");
    }

    function test_releaseUnpaidDay_freesWhatFailed() public {
        bytes memory payments = bytes.concat(_payment(SUPPLIER_ID, 1_001), _payment(_alice, -1_001));
        _commitRun(DAY, 0, payments);
        uint256 from = DAY_END + FINAL_DELAY + WINDOW;
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.SettlementTooEarly.selector, DAY, 0, from, from - 1)
        );
        settlement.releaseUnpaidDay(AREA, DAY);
        vm.warp(from);
        vm.prank(STRANGER);
        settlement.releaseUnpaidDay(AREA, DAY);
        vm.assertEq(tradingDays.openDaysOf(AREA).length, 0, "released");
        // The supplier comes to money after all.
        _fund(SUPPLIER_ID, 1);
        settlement.payRun(AREA, DAY, 0, payments);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SettlementAlreadyPaid.selector, AREA, DAY, 0));
        settlement.releaseUnpaidDay(AREA, DAY);
    }

    function _expectOutOfSequence(uint8 run) private {
        _expectCommitRefusal(
            DAY,
            run,
            abi.encodeWithSelector(ISettlement.SettlementOutOfSequence.selector, AREA, DAY, run)
        );
    }

    function _expectCommitRefusal(TradingDay day, uint8 run, bytes memory error_) private {
        vm.expectRevert(error_);
        settlement.commitStatements(
            AREA,
            day,
            run,
            ISettlement.Commitment("root", 0, 0),
            uint32(block.timestamp),
            ""
        );
    }

    function _expectPaymentsRefusal(bytes memory payments, bytes memory error_) private {
        ISettlement.Commitment memory commitment = ISettlement.Commitment("root", 2, _totalOf(payments));
        vm.expectRevert(error_);
        settlement.commitStatements(AREA, DAY, 0, commitment, uint32(block.timestamp), payments);
    }

    function _expectPayRefusal(bytes memory payments, bytes memory error_) private {
        _commitRun(DAY, 0, payments);
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(error_);
        settlement.payRun(AREA, DAY, 0, payments);
    }

    function _clearAndMeter(uint32 id, bool isCleared, bool isMetered) private {
        DeliveryPeriod period = DeliveryPeriod.wrap(id);
        if (isCleared) auction.setCleared(AREA, period, Price.wrap(0), 0, new bytes[](1));
        if (isMetered) readings.commitReadings(AREA, period, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
    }
}
