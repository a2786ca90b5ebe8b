// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {DeliveryPeriod, MemberId, Money} from "../../../contracts/types/Types.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

// Given an operator and a member that work together against Alice, the fund or the bond
//   a challenge that shows less than the whole cannot take the place of one that shows it
//   no challenge costs Alice or the guarantee fund anything, whatever is hidden in other periods
//   what the bond cannot pay is owed; the run is not paid before that is, and then is
//   a second statement of Alice takes nothing from what is proven of the first
//   readings whose committed sums do not add up can be shown all the same; registers that ran backwards count nothing
// Given an operator that drew statements on the readings of a time, readings corrected since do not make them wrong
// Given Alice deactivated, her account challenges her own statement, and nobody else's
// Given readings that came after the time that the operator names, the first version counts
// Given any lies in any periods, and all shown in any sequence, Alice never pays more than the truth
contract ChallengeAbuseTest is ChallengeWorld {
    DeliveryPeriod private constant NO_PERIOD = DeliveryPeriod.wrap(0);

    function test_challengeStatement_needsNodesOfEveryPeriod() public {
        _lie.level = 1;
        _lie.a = 50_000_000;
        _statementALie = 1;
        _seal();
        vm.expectRevert(
            abi.encodeWithSelector(
                IChallenges.ChallengesWrongNodes.selector,
                _statement.periodsRoot,
                bytes32(0)
            )
        );
        this.challengeStatement(_bob, "");
        this.challengeStatement(_alice, _nodes());
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -50_000_000, "corrected");
    }

    function test_challenges_costNeitherMemberNorFundAnything() public {
        _contribute(500_000_000);
        // The payment is right; a period asks for less, another for more.
        _b[0] += 1_000_000_000;
        _a[2] += 1_000_000_000;
        _seal();
        this.challenge(_bob, 0);
        _requireAccount(_alice, DEPOSIT, 0);
        vm.assertEq(accounts.fundOf(AREA), 500_000_000, "fund");
        vm.assertEq(accounts.bondOf(AREA), BOND - REWARD, "bond");
    }

    function test_challenges_holdTheRunBackForWhatTheBondLacks() public {
        _overcharge(0, 2_000_000_000);
        _overcharge(1, 50_000_000);
        _seal();
        uint256 lacking = 2_000_000_000 - BOND;
        vm.expectEmit();
        emit ISettlement.RunWithheld(AREA, DAY, 0, lacking);
        this.challenge(_bob, 0);
        this.challenge(_alice, 1);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -int256(BOND), "moved");
        vm.assertEq(challenges.owedOf(AREA, DAY, 0, _alice), lacking + 50_000_000, "owed");

        vm.warp(COMMITTED_AT + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlement.SettlementWithheld.selector,
                AREA,
                DAY,
                0,
                lacking + 50_000_000
            )
        );
        settlement.payRun(AREA, DAY, 0, _payments[0]);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesBondEmpty.selector, AREA, lacking + 50_000_000)
        );
        challenges.payCorrections(AREA, DAY, 0, _alice);

        _depositBond();
        challenges.payCorrections(AREA, DAY, 0, _alice);
        vm.assertEq(settlement.withheldOf(AREA, DAY, 0), lacking + 50_000_000 - BOND, "the rest");
        _depositBond();
        vm.expectEmit();
        emit ISettlement.RunWithheld(AREA, DAY, 0, 0);
        vm.prank(STRANGER);
        challenges.payCorrections(AREA, DAY, 0, _alice);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesNothingOwed.selector, AREA, DAY, 0, _alice)
        );
        challenges.payCorrections(AREA, DAY, 0, _alice);
        settlement.payRun(AREA, DAY, 0, _payments[0]);
        vm.assertEq(
            int256(accounts.balanceOf(_alice)) - int256(accounts.debtOf(_alice)),
            int256(DEPOSIT) + 2_050_000_000 - _paid,
            "as if it had been right"
        );
    }

    function test_challenges_takeBackWhatIsStillOwed() public {
        _overcharge(0, 2_000_000_000);
        _periods[1].levies = Money.wrap(Money.unwrap(_periods[1].levies) - 300);
        _takeSums(1);
        _seal();
        this.challenge(_bob, 0);
        this.challenge(_bob, 1);
        vm.assertEq(challenges.owedOf(AREA, DAY, 0, _alice), 2_000_000_000 - BOND - 300, "owed");
        vm.assertEq(settlement.withheldOf(AREA, DAY, 0), 2_000_000_000 - BOND - 300, "withheld");
    }

    function test_challengePeriod_isNotShutOutByASecondStatement() public {
        IChallenges.StatementProof[2] memory statements;
        IChallenges.PeriodProof[2] memory periods;
        (statements, periods) = _sealTwoStatements();
        IChallenges.ReadingProof memory reading = _readingProof(0, 0);
        bytes[] memory fills = _fills();
        vm.prank(_addressOf(_bob));
        challenges.challengePeriod(_bob, AREA, statements[1], periods[1], reading, fills);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), 0, "a slip that costs nothing");
        vm.prank(_addressOf(_alice));
        challenges.challengePeriod(_alice, AREA, statements[0], periods[0], reading, fills);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -50_000_000, "corrected");
    }

    function test_challengePeriod_showsReadingsWhoseSumsDoNotAddUp() public {
        vm.warp(COMMITTED_AT + 1);
        _readingsLie = SumTrees.Lie(1, 0, 77);
        _commitReadings(0, 1, 1_300);
        vm.warp(COMMITTED_AT + 3);
        _takeTruth(0);
        _periods[0] = _truthOf(1, 0);
        _overcharge(0, 9);
        _seal();
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(0);
        IChallenges.ReadingProof memory reading = _readingProof(1, 0);
        vm.prank(_addressOf(_alice));
        challenges.challengePeriod(_alice, AREA, statement, period, reading, _fills());
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -9, "corrected");
    }

    function test_challengePeriod_judgesByTheReadingsOfTheTimeNamed() public {
        vm.warp(COMMITTED_AT + 600);
        _commitReadings(0, 1, 1_200);
        vm.warp(COMMITTED_AT + 602);
        _readingsAt = uint32(COMMITTED_AT);
        _seal();
        vm.expectEmit();
        emit IChallenges.ChallengeRejected(AREA, DAY, 0, _alice, _periodAt(0), _bob);
        this.challenge(_bob, 0);
    }

    function test_challengePeriod_takesTheFirstVersionWhereNoneWasYet() public {
        // The operator names a time before the readings came: they can be challenged all the same.
        _readingsAt = uint32(DAY_END - 1);
        _overcharge(0, 9);
        _seal();
        this.challenge(_alice, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -9, "corrected");
    }

    function test_challengePeriod_isOpenToWhoIsActiveNoMore() public {
        _overcharge(0, 50_000_000);
        _seal();
        members.deactivateMember(_bob);
        vm.expectRevert(
            abi.encodeWithSelector(IChallenges.ChallengesNotTheMember.selector, _bob, _addressOf(_bob))
        );
        this.challenge(_bob, 0);
        members.deactivateMember(_alice);
        this.challenge(_alice, 0);
        vm.assertEq(challenges.correctionOf(AREA, DAY, 0, _alice), -50_000_000, "corrected");
    }

    function testFuzz_whoeverShowsAll_neverPaysMoreThanTheTruth(
        uint256 seed,
        int24[3] memory lies,
        int24 paidLie
    ) public {
        int256 truth = 0;
        for (uint256 position = 0; position < PERIODS; ++position) {
            truth += int256(uint256(_a[position])) - int256(uint256(_b[position]));
            if (lies[position] > 0) _a[position] += uint24(lies[position]);
            else
                _b[position] += uint24(-int24(lies[position] == type(int24).min ? int24(0) : lies[position]));
        }
        _paidLie = paidLie;
        _seal();
        bool[4] memory isShown;
        for (uint256 round = 0; round < 4; ++round) {
            uint256 position = (seed >> (8 * round)) % 4;
            while (isShown[position]) position = (position + 1) % 4;
            isShown[position] = true;
            this.show(position);
            vm.assertTrue(challenges.correctionOf(AREA, DAY, 0, _alice) <= 0, "costs nothing");
        }
        vm.assertTrue(
            _paid + challenges.correctionOf(AREA, DAY, 0, _alice) <= truth,
            "no more than the truth"
        );
        vm.assertEq(challenges.owedOf(AREA, DAY, 0, _alice), 0, "the bond sufficed");
    }

    /// @dev External, so that what it refuses can be expected; each by the member that challenges.
    function challenge(MemberId challenger, uint256 position) external {
        _challenge(challenger, position);
    }

    function challengeStatement(MemberId challenger, bytes memory nodes) external {
        IChallenges.StatementProof memory statement = _statementProof();
        vm.prank(_addressOf(challenger));
        challenges.challengeStatement(challenger, AREA, statement, nodes, _payments);
    }

    /// @dev A period, or at the place behind the last the statement; true ones cost the challenger its stake.
    function show(uint256 position) external {
        if (position == PERIODS) this.challengeStatement(_bob, _nodes());
        else _challenge(_bob, position);
    }

    function _challenge(MemberId challenger, uint256 position) private {
        IChallenges.StatementProof memory statement = _statementProof();
        IChallenges.PeriodProof memory period = _periodProof(position);
        IChallenges.ReadingProof memory reading = _readingProof(0, position);
        bytes[] memory fills = _fills();
        vm.prank(_addressOf(challenger));
        challenges.challengePeriod(challenger, AREA, statement, period, reading, fills);
    }

    function _overcharge(uint256 position, int64 amount) private {
        _periods[position].levies = Money.wrap(Money.unwrap(_periods[position].levies) + amount);
        _takeSums(position);
    }

    /// @dev Commits two statements of Alice, each 50 EUR too much: in what she holds by the first period, in the other by
    /// the third, beside a slip in the first that changes no sum.
    function _sealTwoStatements()
        private
        returns (IChallenges.StatementProof[2] memory statements, IChallenges.PeriodProof[2] memory periods)
    {
        uint64 excess = 50_000_000;
        SumTrees.Node[] memory tops = new SumTrees.Node[](3);
        for (uint256 k = 0; k < 2; ++k) {
            _takeTruth(0);
            if (k == 1) _periods[0].exported += 1;
            _overcharge(k * 2, int64(excess));
            SumTrees.Tree memory tree = _periodTree();
            SumTrees.Node memory root = SumTrees.rootOf(tree);
            statements[k].leaf = IChallenges.Statement({
                memberId: _alice,
                day: DAY,
                run: 0,
                periodCount: uint16(PERIODS),
                periodsRoot: root.hash,
                charges: root.a,
                credits: root.b,
                previous: Money.wrap(0),
                salt: bytes32(k)
            });
            statements[k].a = root.a - root.b;
            statements[k].position = k + 1;
            periods[k] = _periodProof(0);
            tops[k + 1] = SumTrees.leafOf(_encode(statements[k].leaf), statements[k].a, 0);
        }
        int64 payment = int64(statements[0].a);
        tops[0] = SumTrees.leafOf("supplier", 0, uint64(payment));
        SumTrees.Tree memory top = SumTrees.treeOf(tops);
        for (uint256 k = 0; k < 2; ++k) {
            statements[k].siblings = SumTrees.siblingsOf(top, k + 1);
        }
        settlement.commitStatements(
            AREA,
            DAY,
            0,
            ISettlement.Commitment(SumTrees.rootOf(top).hash, 3, uint64(payment)),
            uint32(block.timestamp),
            bytes.concat(_payment(SUPPLIER_ID, -payment), _payment(_alice, payment))
        );
    }
}
