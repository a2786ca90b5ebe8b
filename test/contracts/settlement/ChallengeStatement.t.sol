// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {DeliveryPeriod, MemberId, Money} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

// challengeStatement
//   given a statement that follows from its periods, its past and its payment, the challenger's stake goes to the bond
//   given charges that are not its periods' sums, also where only an inner node adds what is too much, they are corrected
//   given something charged before the initial run, or another sum than earlier runs charged, it is corrected
//   given another payment than the statement's, or none, it is corrected; given too small a one, nothing moves
//   given sums in the tree that are not its payment's, or a count that is not the day's, it is marked, and nothing moves
//   given nodes that are not the tree's, or payments that are not a run's, it reverts
//   given a correction of the statement, it reverts; its periods can still be challenged, and all add up to the truth
//   given a run that a correction changed, the next run's statement must contain it
contract ChallengeStatementTest is ChallengeWorld {
    /// @dev Stands in events for the statement itself.
    DeliveryPeriod private constant NO_PERIOD = DeliveryPeriod.wrap(0);

    function test_challengeStatement_rejectsWhatIsTrue() public {
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, NO_PERIOD, _bob);
        this.challenge(_bob, _nodes());
        _requireAccount(_bob, DEPOSIT - STAKE, 0);
        vm.assertEq(accounts.bondOf(AREA), BOND + STAKE, "bond");
    }

    function test_challengeStatement_correctsWrongCharges() public {
        _chargesLie = 1_234;
        _expectCorrection(-1_234);
    }

    function test_challengeStatement_correctsWrongInnerSums() public {
        // The root's sums contain what the node above the first two periods claims too much.
        _lie.level = 1;
        _lie.a = 77;
        _expectCorrection(-77);
    }

    function test_challengeStatement_correctsAPastBeforeTheInitialRun() public {
        _previousLie = -500;
        _expectCorrection(-500);
    }

    function test_challengeStatement_correctsAWrongPayment() public {
        _paidLie = 900;
        _expectCorrection(-900);
    }

    function test_challengeStatement_leavesWhatWasPaidTooLittleToTheNextRun() public {
        _paidLie = -900;
        _seal();
        this.challenge(_bob, _nodes());
        _requireAccount(_alice, DEPOSIT, 0);
        _requireAccount(_bob, DEPOSIT + REWARD, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), 0, "left to the next run");
    }

    function test_challengeStatement_correctsAPaymentWhereNoneIsDue() public {
        _seal();
        _payAndGoOn(1, DAY_END + CORRECTION_DELAY, 0);
        vm.assertEq(_payments[0].length, 22, "Alice and the supplier");
        _paidLie = 55;
        _expectCorrection(-55);
    }

    function test_challengeStatement_marksAPastThatThePaymentIgnores() public {
        // The statement says that 3,000 more were charged before, which the payment does not give back.
        _seal();
        _payAndGoOn(1, DAY_END + CORRECTION_DELAY, 0);
        _previousLie = 3_000;
        _paidLie = 3_000;
        _expectCorrection(0);
        vm.assertEq(_payments[1].length, 0, "no payment");
    }

    function test_challengeStatement_marksSumsThatAreNotThePayments() public {
        _statementALie = 3;
        _expectCorrection(0);
    }

    function test_challengeStatement_marksACountThatIsNotTheDays() public {
        _periods.pop();
        _expectCorrection(0);
    }

    function test_challengeStatement_takesTheSumsOfAnOnlyPeriodAsStated() public {
        // They stand nowhere but in the statement: nodes that tell others prove nothing.
        _periods.pop();
        _periods.pop();
        _seal();
        bytes memory nodes = _nodes();
        nodes[40] ^= 0x01;
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, NO_PERIOD, 0, 0);
        this.challenge(_alice, nodes);
    }

    function test_challengeStatement_takesNothingAsChargedForNoPeriods() public {
        _seal();
        _payAndGoOn(1, DAY_END + CORRECTION_DELAY, 0);
        _statement.run = 1;
        _statement.periodCount = 0;
        _statement.periodsRoot = 0;
        _sealStatement();
        // What the initial run charged is charged again for nothing; neither is due.
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 1, _alice, NO_PERIOD, -2 * _paid, 0);
        this.challenge(_alice, "");
    }

    function test_challengeStatement_correctsAWrongPast() public {
        _seal();
        _payAndGoOn(1, DAY_END + CORRECTION_DELAY, 0);
        // What the initial run charged is left out by 5,000.
        _previousLie = -5_000;
        _seal();
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 1, _alice, NO_PERIOD, -5_000, 0);
        this.challenge(_alice, _nodes());
        vm.assertEq(challenges.correctionOf(AREA, DAY, 1, _alice), -5_000, "correction");
    }

    function test_challengeStatement_followsEveryRunAndCorrection() public {
        _paidLie = 900;
        _seal();
        this.challenge(_alice, _nodes());
        vm.warp(COMMITTED_AT + 1);
        for (uint256 position = 0; position < PERIODS; ++position) {
            _commitReadings(position, 1, 1_100);
        }
        // The corrected run is left out. What the bond paid, the operator has to replace.
        _depositBond();
        _payAndGoOn(2, DAY_END + FINAL_DELAY, 1);
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 2, _alice, NO_PERIOD, _bob);
        this.challenge(_bob, _nodes());
        vm.warp(DAY_END + FINAL_DELAY + WINDOW);
        settlement.payRun(AREA, DAY, 2, _payments[2]);

        int256 truth = 0;
        for (uint256 position = 0; position < PERIODS; ++position) {
            truth += int256(uint256(_a[position])) - int256(uint256(_b[position]));
        }
        vm.assertEq(accounts.balanceOf(_alice), uint256(int256(DEPOSIT + REWARD) - truth), "all in all");
    }

    function test_challengeStatement_needsThePaymentsOfEveryRun() public {
        _seal();
        _payAndGoOn(1, DAY_END + CORRECTION_DELAY, 0);
        _seal();
        bytes memory first = _payments[0];
        _payments[0] = bytes.concat(first, hex"00");
        vm.expectRevert(_wrongPayments(0, keccak256(first), keccak256(_payments[0])));
        this.challenge(_bob, _nodes());
        _payments[0] = first;
        bytes memory second = _payments[1];
        _payments[1] = first;
        vm.expectRevert(_wrongPayments(1, keccak256(second), keccak256(first)));
        this.challenge(_bob, _nodes());
        _payments[1] = second;
        _payments.push("");
        vm.expectRevert(_wrongPayments(1, keccak256(second), 0));
        this.challenge(_bob, _nodes());
        _payments.pop();
        _payments.pop();
        vm.expectRevert(_wrongPayments(1, keccak256(second), 0));
        this.challenge(_bob, _nodes());
    }

    function test_challengeStatement_takesNoPaymentsOfARunLeftOut() public {
        _seal();
        _payAndGoOn(2, DAY_END + FINAL_DELAY, 0);
        _seal();
        _payments[1] = _payments[0];
        vm.expectRevert(_wrongPayments(1, keccak256(""), keccak256(_payments[0])));
        this.challenge(_bob, _nodes());
    }

    function test_challengeStatement_needsTheWholeTree() public {
        _seal();
        bytes memory nodes = _nodes();
        nodes[3] ^= 0x01;
        try this.challenge(_bob, nodes) {
            vm.assertTrue(false, "a changed leaf is refused");
        } catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == IChallenges.ChallengesWrongNodes.selector, "as another tree");
        }
        nodes[3] ^= 0x01;
        nodes = bytes.concat(nodes, hex"00");
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallenges.ChallengesWrongNodes.selector,
                _statement.periodsRoot,
                bytes32(0)
            )
        );
        this.challenge(_bob, nodes);
    }

    function test_challengeStatement_correctsAStatementOnceAndItsPeriodsBesides() public {
        // Charged 700 too much by a period and 900 by the payment, 50 too little by its past.
        _periods[1].levies = Money.wrap(Money.unwrap(_periods[1].levies) + 700);
        _takeSums(1);
        _paidLie = 900;
        _previousLie = 50;
        _seal();
        this.challenge(_alice, _nodes());
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallenges.ChallengesAlreadyCorrected.selector,
                AREA,
                DAY,
                0,
                _alice,
                type(uint256).max
            )
        );
        this.challenge(_bob, _nodes());
        this.challengePeriod(1);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -700 - 900 + 50, "to the truth");
        _requireAccount(_alice, DEPOSIT + 1_550 + REWARD, 0);
    }

    function test_challengeStatement_revertsForAnotherStatement() public {
        _seal();
        ++_statement.charges;
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesWrongStatement.selector, _alice, ALICE_POSITION)
        );
        this.challenge(_bob, "");
    }

    /// @dev External, so that what it refuses can be expected.
    function challenge(MemberId challenger, bytes memory nodes) external {
        IChallenges.StatementProof memory statement = _statementProof();
        vm.prank(_addressOf(challenger));
        challenges.challengeStatement(challenger, AREA, statement, nodes, _payments);
    }

    function challengePeriod(uint256 position) external {
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(position);
        IChallenges.ReadingProof memory reading = _readingProof(0, position);
        vm.prank(_addressOf(_alice));
        challenges.challengePeriod(_alice, AREA, statement, period, reading, _fills());
    }

    function _expectCorrection(int256 delta) private {
        _seal();
        uint256 balance = accounts.balanceOf(_alice);
        uint256 bond = accounts.bondOf(AREA);
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, _run, _alice, NO_PERIOD, delta, 0);
        this.challenge(_alice, _nodes());
        _requireAccount(_alice, balance + uint256(-delta) + REWARD, 0);
        vm.assertEq(accounts.bondOf(AREA), bond - uint256(-delta) - REWARD, "bond");
        vm.assertEq(challenges.correctionOf(AREA, DAY, _run, _alice), delta, "correction");
    }

    function _wrongPayments(
        uint8 run,
        bytes32 committed,
        bytes32 submitted
    ) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IChallenges.ChallengesWrongPayments.selector, run, committed, submitted);
    }
}
