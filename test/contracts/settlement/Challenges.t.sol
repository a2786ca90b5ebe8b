// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {DeliveryPeriod, MemberId, Money} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

// challengePeriod
//   given a caller that does not act for an active member of the area, a run that is not committed, a window that is over,
//     a statement of no household, or other fills than the session's, it reverts (other proofs: ChallengeProofs)
//   given a statement that is true in every figure, the challenger's stake goes to the bond; without that much, it reverts
//   given one of the five lines wrong, or what was bought, sold, imported, exported, its quality, its period or the
//     version of the readings, it is corrected to the micro-euro out of the bond, and the challenger rewarded
//   given sums that are not those of the lines, it is the same
//   given an inner node with other sums than its children, the period can still be challenged
//   given a line too low, the member gives back what other challenges gave it, and no more; in the second half of the
//     window it reverts
//   given a period that the statement left out, or one that the day does not have, it is corrected likewise
//   given a correction of the period, it reverts; but where the first one knew of no reading, who shows it goes on
//   given a statement without a reading, it is judged without one, but for who has one
//   given readings of the second in which the run was committed, either version is right
//   given a bond that holds less, as much as it holds moves; the rest is owed, and the run is not paid before it is
contract ChallengesTest is ChallengeWorld {
    function test_challengePeriod_rejectsWhatIsTrue() public {
        _seal();
        for (uint256 position = 0; position < PERIODS; ++position) {
            vm.expectEmit();
            emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(position), _bob);
            _challenge(_bob, position, 0);
        }
        _requireAccount(_bob, DEPOSIT - 3 * STAKE, 0);
        _requireAccount(_alice, DEPOSIT, 0);
        vm.assertEq(accounts.bondOf(AREA), BOND + 3 * STAKE, "bond");
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), 0, "no correction");
    }

    function test_challengePeriod_revertsForWhoCannotLoseTheStake() public {
        _seal();
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _zoe, 0, STAKE)
        );
        this.challenge(_zoe, 0, 0);
    }

    function test_challengePeriod_correctsAWrongEnergyLine() public {
        _periods[0].energy = _plus(_periods[0].energy, 700);
        _expectCorrection(0, 700);
    }

    function test_challengePeriod_correctsAWrongImbalance() public {
        _periods[1].imbalance = _plus(_periods[1].imbalance, 1);
        _expectCorrection(1, 1);
    }

    function test_challengePeriod_correctsAWrongGridTariff() public {
        _periods[2].gridTariff = _plus(_periods[2].gridTariff, 123_456);
        _expectCorrection(2, 123_456);
    }

    function test_challengePeriod_correctsWrongLevies() public {
        _periods[0].levies = _plus(_periods[0].levies, 9);
        _expectCorrection(0, 9);
    }

    function test_challengePeriod_correctsAWrongPlatformFee() public {
        _periods[1].platformFee = _plus(_periods[1].platformFee, 5_005);
        _expectCorrection(1, 5_005);
    }

    function test_challengePeriod_correctsLinesOfAWrongImport() public {
        // 100 Wh more: 30,000 of imbalance, 6,000 of grid tariff, 3,000 of levies.
        _periods[0].imported += 100;
        _setLines(0, _linesFor(true, _periods[0].imported));
        _expectCorrection(0, 39_000);
    }

    function test_challengePeriod_correctsFiguresThatChangeNoLine() public {
        _periods[0].exported += 1;
        _expectCorrection(0, 0);
    }

    function test_challengePeriod_correctsWrongTrade() public {
        _periods[0].bought += 1;
        _periods[1].sold += 1;
        _expectCorrection(0, 0);
        _expectFurtherCorrection(1);
    }

    function test_challengePeriod_correctsAWrongQualityAndPeriod() public {
        _periods[0].quality = 1;
        _periods[1].period = DeliveryPeriod.wrap(FIRST + 2);
        _expectCorrection(0, 0);
        _expectFurtherCorrection(1);
    }

    function test_challengePeriod_correctsAWrongVersion() public {
        vm.warp(COMMITTED_AT + 1);
        _commitReadings(1, 1, 1_200);
        vm.warp(COMMITTED_AT + 2);
        // The statement stays with version 0, by which Alice imported 100 Wh more.
        _seal();
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesWrongReading.selector, _periodAt(1), 1));
        this.challenge(_alice, 1, 0);
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(1), -39_000, 0);
        _challenge(_alice, 1, 1);
        _requireAccount(_alice, DEPOSIT + 39_000 + REWARD, 0);
    }

    function test_challengePeriod_ignoresReadingsCorrectedAfterTheRun() public {
        _seal();
        vm.warp(COMMITTED_AT + 1);
        _commitReadings(1, 1, 1_200);
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(1), _bob);
        _challenge(_bob, 1, 0);
    }

    function test_challengePeriod_takesEitherVersionOfTheSameSecond() public {
        _commitReadings(1, 1, 1_200);
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(1), _bob);
        _challenge(_bob, 1, 0);
    }

    function test_challengePeriod_takesTheLaterVersionOfTheSameSecondToo() public {
        _commitReadings(1, 1, 1_200);
        _takeVersionOneAt1();
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(1), _bob);
        _challenge(_bob, 1, 1);
    }

    function test_challengePeriod_correctsSumsThatAreNotTheLines() public {
        _a[1] += 50;
        _b[1] += 20;
        _sealAndExpect(1, -30);
        _requireCorrected(30);
    }

    function test_challengePeriod_goesPastInnerSumsThatDoNotAddUp() public {
        _lie.level = 1;
        _lie.a = 77;
        _periods[1].levies = _plus(_periods[1].levies, 9);
        _takeSums(1);
        _sealAndExpect(1, -9);
        _requireCorrected(9);
    }

    function test_challengePeriod_leavesWhatWasTooLowToTheNextRun() public {
        _periods[0].gridTariff = _plus(_periods[0].gridTariff, -400);
        _takeSums(0);
        _seal();
        vm.warp(COMMITTED_AT + WINDOW / 2 - 1);
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(0), 0, 0);
        _challenge(_bob, 0, 0);
        _requireAccount(_alice, DEPOSIT, 0);
        _requireAccount(_bob, DEPOSIT + REWARD, 0);
        vm.assertEq(accounts.bondOf(AREA), BOND - REWARD, "bond");
    }

    function test_challengePeriod_takesBackWhatAnotherGave() public {
        _periods[0].gridTariff = _plus(_periods[0].gridTariff, -400);
        _periods[1].levies = _plus(_periods[1].levies, 300);
        _takeSums(0);
        _takeSums(1);
        _seal();
        _challenge(_alice, 1, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -300, "given");
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(0), 300, 0);
        _challenge(_bob, 0, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), 0, "taken back");
        _requireAccount(_alice, DEPOSIT + REWARD, 0);
        _requireAccount(_bob, DEPOSIT, 0);
    }

    function test_challengePeriod_chargesNobodyInTheWindowsSecondHalf() public {
        _periods[0].gridTariff = _plus(_periods[0].gridTariff, -400);
        _takeSums(0);
        _seal();
        uint256 half = COMMITTED_AT + WINDOW / 2;
        vm.warp(half);
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesTooLateToCharge.selector, half, half));
        this.challenge(_bob, 0, 0);
    }

    function test_challengePeriod_revertsOutsideTheWindow() public {
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesNotCommitted.selector, AREA, DAY, 0));
        _statement.day = DAY;
        _statement.memberId = _alice;
        this.challenge(_bob, 0, 0);
        _seal();
        uint256 end = COMMITTED_AT + WINDOW;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesWindowOver.selector, end, end));
        this.challenge(_bob, 0, 0);
        vm.warp(end - 1);
        _challenge(_bob, 0, 0);
    }

    function test_challengePeriod_revertsForWhoActsForNoMember() public {
        _seal();
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesNotTheMember.selector, _bob, STRANGER));
        challenges.challengePeriod(
            _bob,
            AREA,
            _statementProof(),
            _periodProof(0),
            _readingProof(0, 0),
            _fills()
        );
        members.deactivateMember(_bob);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesNotTheMember.selector, _bob, _addressOf(_bob))
        );
        this.challenge(_bob, 0, 0);
    }

    function test_challengePeriod_revertsForStatementsOfNoHousehold() public {
        _seal();
        IChallenges.StatementProof memory proof = _statementProof();
        proof.leaf.memberId = SUPPLIER_ID;
        vm.prank(_addressOf(_bob));
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesNotAHousehold.selector, SUPPLIER_ID));
        challenges.challengePeriod(_bob, AREA, proof, _periodProof(0), _readingProof(0, 0), _fills());
    }

    function test_challengePeriod_revertsForOtherFills() public {
        _seal();
        bytes[] memory fills = _fills();
        bytes32 committed = auction.sessionOf(AREA, _periodAt(0)).fillsHash;
        // The same bytes in one chunk are not what was cleared in two.
        bytes[] memory one = new bytes[](1);
        one[0] = bytes.concat(fills[0], fills[1]);
        bytes32 submitted = keccak256(abi.encodePacked(bytes32(0), keccak256(one[0])));
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(0);
        IChallenges.ReadingProof memory reading = _readingProof(0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesWrongFills.selector, committed, submitted)
        );
        vm.prank(_addressOf(_bob));
        challenges.challengePeriod(_bob, AREA, statement, period, reading, one);
    }

    function test_challengePeriod_correctsAPeriodOnce() public {
        _periods[0].levies = _plus(_periods[0].levies, 9);
        _expectCorrection(0, 9);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesAlreadyCorrected.selector, AREA, DAY, 0, _alice, 0)
        );
        this.challenge(_bob, 0, 0);
        // The others are right.
        _challenge(_bob, 1, 0);
        _requireAccount(_bob, DEPOSIT - STAKE, 0);
    }

    function test_challengePeriod_correctsAPeriodThatWasLeftOut() public {
        _periods.pop();
        _seal();
        IChallenges.PeriodProof memory empty;
        empty.position = 2;
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesWrongReading.selector, _periodAt(2), 0));
        this.challengeWith(empty, _noReading());
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(2), 0, 0);
        this.challengeWith(empty, _readingProof(0, 2));
        // What is shown for a period that is not there must be nothing.
        empty.a = 1;
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesWrongPeriod.selector, 0, 2));
        this.challengeWith(empty, _readingProof(0, 2));
        empty.a = 0;
        empty.position = 3;
        vm.expectRevert(abi.encodeWithSelector(IChallenges.ChallengesWrongPeriod.selector, 0, 3));
        this.challengeWith(empty, _readingProof(0, 2));
    }

    function test_challengePeriod_correctsAPeriodThatTheDayDoesNotHave() public {
        _periods.push(_periods[0]);
        _a.push(_a[0]);
        _b.push(_b[0]);
        _seal();
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(3), -_paymentAt(0), 0);
        this.challengeWith(_periodProof(3), _noReading());
    }

    function test_challengePeriod_judgesWithoutAReadingWhereTheStatementHasNone() public {
        _denyReading(0);
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(0), _bob);
        this.challengeWith(_periodProof(0), _noReading());
        // Whoever has the reading proves that there is one.
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(0), 0, 0);
        _challenge(_bob, 0, 0);
    }

    function test_challengePeriod_letsAReadingBeShownAfterACorrectionWithoutOne() public {
        _denyReading(0);
        _periods[0].platformFee = _plus(_periods[0].platformFee, 500);
        _takeSums(0);
        _seal();
        this.challengeWith(_periodProof(0), _noReading());
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -500, "by the trade alone");
        _challenge(_bob, 0, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), 0, "by the reading, too little was asked");
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesAlreadyCorrected.selector, AREA, DAY, 0, _alice, 0)
        );
        this.challengeWith(_periodProof(0), _noReading());
    }

    function test_challengePeriod_movesWhatTheBondHolds() public {
        _periods[0].levies = _plus(_periods[0].levies, 2_000_000_000);
        _takeSums(0);
        _seal();
        vm.expectEmit();
        emit IChallenges.StatementCorrected(
            AREA,
            DAY,
            0,
            _alice,
            _periodAt(0),
            -int256(BOND),
            2_000_000_000 - BOND
        );
        _challenge(_alice, 0, 0);
        vm.assertEq(accounts.bondOf(AREA), 0, "nothing left, also for the reward");
        _requireAccount(_alice, DEPOSIT + BOND, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -int256(BOND), "what moved");
    }

    /// @dev External, so that what it refuses can be expected; each by the member that challenges.
    function challenge(MemberId challenger, uint256 position, uint8 version) external {
        _challenge(challenger, position, version);
    }

    function challengeWith(
        IChallenges.PeriodProof memory period,
        IChallenges.ReadingProof memory reading
    ) external {
        IChallenges.StatementProof memory statement = _statementProof();
        vm.prank(_addressOf(_bob));
        challenges.challengePeriod(_bob, AREA, statement, period, reading, _fills());
    }

    function _challenge(MemberId challenger, uint256 position, uint8 version) private {
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(position);
        IChallenges.ReadingProof memory reading = _readingProof(version, position);
        bytes[] memory fills = _fills();
        vm.prank(_addressOf(challenger));
        challenges.challengePeriod(challenger, AREA, statement, period, reading, fills);
    }

    /// @dev The figures of the period are as the test made them, its sums follow; Alice challenges and gets `excess`.
    function _expectCorrection(uint256 position, int256 excess) private {
        _takeSums(position);
        _sealAndExpect(position, -excess);
        _requireCorrected(excess);
    }

    function _expectFurtherCorrection(uint256 position) private {
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(position), 0, 0);
        _challenge(_alice, position, 0);
    }

    function _sealAndExpect(uint256 position, int256 delta) private {
        _seal();
        vm.expectEmit();
        emit IChallenges.StatementCorrected(AREA, DAY, 0, _alice, _periodAt(position), delta, 0);
        _challenge(_alice, position, 0);
    }

    function _requireCorrected(int256 excess) private view {
        _requireAccount(_alice, DEPOSIT + uint256(excess) + REWARD, 0);
        vm.assertEq(accounts.bondOf(AREA), BOND - uint256(excess) - REWARD, "bond");
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -excess, "correction");
    }

    function _denyReading(uint256 position) private {
        IChallenges.PeriodStatement storage period = _periods[position];
        period.quality = 2;
        period.imported = 0;
        period.exported = 0;
        _setLines(position, _linesFor(false, 0));
    }

    function _takeVersionOneAt1() private {
        IChallenges.PeriodStatement memory truth = _truthOf(1, 1);
        _periods[1] = truth;
        _takeSums(1);
    }

    function _paymentAt(uint256 position) private view returns (int256) {
        return int256(uint256(_a[position])) - int256(uint256(_b[position]));
    }

    function _plus(Money amount, int64 more) private pure returns (Money) {
        return Money.wrap(Money.unwrap(amount) + more);
    }
}
