// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexBaselines} from "../../../contracts/flexibility/IFlexBaselines.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {MemberId, Money, PortfolioId, ProductId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexRun} from "./FlexRun.sol";

// Every challenge
//   given a caller that does not act for an active member, a run that is not committed, or a window that is over, it
//     reverts; given leaves, deliveries or periods that were not committed, it reverts
//   given what is right, the challenger's stake goes to the bond, and the run stands
//   given what is wrong, the run is void, the challenger rewarded, and the run can be committed anew
// challengeAsset: given any figure of a leaf wrong, sums that are not its own, a tree that does not add up to what is
//   said to have moved, or a member that is not in the portfolio
// challengeReading: given another energy, quality or version than the member's committed reading
// challengeNeighbours: given members that do not ascend, what is missing not carried on, or somebody left out
// challengeEntry: given any figure of an entry wrong, or energy that is attributed twice
// challengeAggregator: given any figure of an aggregator's entry wrong
// challengeStatement: given sums or a payment that do not follow from the entries
// challengeStatements: given statements that do not ascend, or one left out
contract FlexChallengesTest is FlexRun {
    address private constant STRANGER_ = address(0xbeef);
    MemberId private constant CHALLENGER = DSO_ID;

    function test_whatIsRight_survivesEveryChallenge() public {
        _commitTruth();
        uint256 count = 0;
        for (uint256 call = 0; call < CALLS; ++call) {
            for (uint256 i = 0; i < _assets[call].length; ++i) {
                _challengeAsset(call, i);
                _challengeReading(call, i);
                count += 2;
            }
        }
        _challengeNeighbours(0);
        _challengeNeighbours(1);
        for (uint256 position = ENTRY; position < ENTRY + 3; ++position) {
            _challengeEntry(2, position);
            _challengeEntry(3, position);
            _challengeAggregator(position);
            count += 3;
        }
        for (uint256 s = 0; s < STATEMENTS; ++s) _challengeStatement(s);
        for (uint256 s = 0; s + 1 < STATEMENTS; ++s) _challengeStatements(s, MemberId.wrap(0));
        count += 2 + STATEMENTS + STATEMENTS - 1;
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the run stands");
        vm.assertEq(accounts.bondOf(AREA), BOND + count * STAKE, "each stake went to the bond");
    }

    function test_challenge_revertsForWhoIsNoMember() public {
        _commitTruth();
        IFlexChallenges.CallProof memory call = _callProof(0);
        IFlexChallenges.AssetProof memory asset = _assetProof(0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesNotTheMember.selector, CHALLENGER, STRANGER_)
        );
        vm.prank(STRANGER_);
        flexChallenges.challengeAsset(CHALLENGER, AREA, DAY, call, asset, asset);
    }

    function test_challenge_revertsWhenTheWindowIsOver() public {
        _commitTruth();
        uint256 end = block.timestamp + WINDOW;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IFlexChallenges.FlexChallengesWindowOver.selector, end, end));
        this.challengeAsset(0, 0);
    }

    function test_challenge_revertsForWhatWasNotCommitted() public {
        _takeAssets();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesNotCommitted.selector, AREA, DAY)
        );
        this.challengeAsset(0, 0);
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        _assets[0][0].asked += 1;
        bytes32 committed = flexSettlement.runOf(AREA, DAY).deliveriesHash;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexChallenges.FlexChallengesWrongDeliveries.selector,
                committed,
                keccak256(_deliveries())
            )
        );
        this.challengeAsset(0, 0);
        _assets[0][0].asked -= 1;
        IFlexChallenges.AssetProof memory asset = _assetProof(0, 0);
        asset.leaf.revenue += 1;
        IFlexChallenges.CallProof memory call = _callProof(0);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongAsset.selector, ALICE_ID, 0)
        );
        flexChallenges.challengeAsset(CHALLENGER, AREA, DAY, call, asset, asset);
        call.periods = hex"";
        vm.expectRevert(abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongOrder.selector, DSO_ORDER));
        flexChallenges.challengeAsset(CHALLENGER, AREA, DAY, call, asset, asset);
    }

    function test_challengeAsset_findsEveryWrongFigure() public {
        _takeAssets();
        for (uint256 figure = 0; figure < 9; ++figure) {
            uint256 snapshot = vm.snapshotState();
            IFlexChallenges.Asset storage leaf = _assets[1][1];
            if (figure == 0) leaf.before += 1;
            if (figure == 1) leaf.missingBefore += 1;
            if (figure == 2) leaf.delivered -= 1;
            if (figure == 3) leaf.revenue += 1;
            if (figure == 4) leaf.penalty -= 1;
            if (figure == 5) leaf.baseline += 1;
            if (figure == 6) leaf.quality = 2;
            if (figure == 7) leaf.source = 0;
            if (figure == 8) _assetSums[1][1].a += 1;
            _drawEntries();
            _drawStatements();
            _balance();
            _commit();
            _challengeAsset(1, 1);
            _requireVoid();
            vm.revertToState(snapshot);
        }
    }

    function test_challengeAsset_findsATreeThatDoesNotAddUp() public {
        _takeAssets();
        _moved[1].a += 50;
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        _challengeAsset(1, 0);
        _requireVoid();
    }

    function test_challengeAsset_findsWhoIsNotInThePortfolio() public {
        _commitTruth();
        market.setMember(ProductId.wrap(1), BOB_ID, PortfolioId.wrap(2));
        _challengeAsset(0, 1);
        _requireVoid();
    }

    function test_voidRun_isCommittedAnew() public {
        _takeAssets();
        _assets[1][1].revenue += 1;
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        vm.expectEmit();
        emit IFlexChallenges.FlexChallengeUpheld(AREA, DAY, BOB_ID, DSO_ORDER, SECOND_PERIOD, CHALLENGER);
        _challengeAsset(1, 1);
        _requireVoid();
        _assets[1][1].revenue -= 1;
        _fundBond();
        (_dsoPays, _tsoPays) = (0, 0);
        for (uint256 s = 0; s < STATEMENTS; ++s) {
            delete _entries[s][ENTRY];
            delete _entries[s][ENTRY + 1];
        }
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        vm.warp(block.timestamp + WINDOW);
        flexSettlement.payRun(AREA, DAY, _facts(), _packed());
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).isPaid, "paid");
    }

    function test_challengeReading_findsAnotherReading() public {
        _takeAssets();
        for (uint256 figure = 0; figure < 3; ++figure) {
            uint256 snapshot = vm.snapshotState();
            if (figure == 0) _assets[0][0].realised -= 200;
            if (figure == 1) _assets[0][0].quality = 1;
            if (figure == 2) _assets[0][0].readingVersion = 1;
            _share(0);
            _drawEntries();
            _drawStatements();
            _balance();
            _commit();
            _challengeReading(0, 0);
            _requireVoid();
            vm.revertToState(snapshot);
        }
    }

    function test_challengeReading_findsADeniedReading() public {
        _takeAssets();
        _assets[0][1].quality = 2;
        _assets[0][1].realised = 0;
        _share(0);
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        _challengeReading(0, 1);
        _requireVoid();
    }

    function test_challengeReading_revertsWithoutTheReading() public {
        _commitTruth();
        IFlexBaselines.ReadingProof memory none;
        IFlexChallenges.CallProof memory call = _callProof(0);
        IFlexChallenges.AssetProof memory asset = _assetProof(0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexBaselines.FlexBaselinesWrongReading.selector, FIRST_PERIOD, 0)
        );
        flexChallenges.challengeReading(CHALLENGER, AREA, DAY, call, asset, abi.encode(none));
    }

    function test_challengeNeighbours_findsWhatIsMissingNotCarriedOn() public {
        _takeAssets();
        _assets[1][1].missingBefore += 100;
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        _challengeNeighbours(1);
        _requireVoid();
    }

    function test_challengeNeighbours_findsMembersThatDoNotAscend() public {
        _takeAssets();
        _assets[1][0].memberId = BOB_ID;
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        _challengeNeighbours(1);
        _requireVoid();
    }

    function test_challengeNeighbours_findsWhoWasLeftOut() public {
        _commitTruth();
        IFlexChallenges.CallProof memory call = _callProof(2);
        IFlexChallenges.AssetProof memory last = _assetProof(2, 0);
        uint256 snapshot = vm.snapshotState();
        flexChallenges.challengeNeighbours(CHALLENGER, AREA, DAY, call, last, _noAsset(), BOB_ID);
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "Bob is in no such portfolio");
        vm.revertToState(snapshot);
        market.setMember(ProductId.wrap(2), BOB_ID, PortfolioId.wrap(2));
        flexChallenges.challengeNeighbours(CHALLENGER, AREA, DAY, call, last, _noAsset(), BOB_ID);
        _requireVoid();
    }

    function test_challengeNeighbours_revertsForOthersThanNeighbours() public {
        _commitTruth();
        IFlexChallenges.CallProof memory call = _callProof(0);
        IFlexChallenges.AssetProof memory first = _assetProof(0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesNotNeighbours.selector, 0, 0, 2)
        );
        flexChallenges.challengeNeighbours(CHALLENGER, AREA, DAY, call, first, _noAsset(), BOB_ID);
    }

    function test_challengeEntry_findsEveryWrongFigure() public {
        _takeAssets();
        _drawEntries();
        for (uint256 figure = 0; figure < 5; ++figure) {
            uint256 snapshot = vm.snapshotState();
            IFlexChallenges.Entry storage entry = _entries[2][ENTRY];
            if (figure == 0) entry.delivered += 1;
            if (figure == 1) entry.revenue -= 1;
            if (figure == 2) entry.penalty += 1;
            if (figure == 3) entry.correction = Money.wrap(Money.unwrap(entry.correction) + 1);
            _sumEntries();
            if (figure == 4) _entrySums[2][ENTRY].a += 1;
            _drawStatements();
            // What the one is charged more the supplier gets.
            _balance();
            _commit();
            _challengeEntry(2, ENTRY);
            _requireVoid();
            vm.revertToState(snapshot);
        }
    }

    function test_challengeEntry_findsEnergyThatIsSoldTwice() public {
        _takeAssets();
        _assets[2][0].attributed = 0;
        _share(2);
        vm.assertEq(_assets[2][0].delivered, 250, "as if none of it had been delivered to the DSO");
        _drawEntries();
        _drawStatements();
        _balance();
        _commit();
        uint256 snapshot = vm.snapshotState();
        _challengeAsset(2, 0);
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the leaf by itself is consistent");
        vm.revertToState(snapshot);
        _challengeEntry(2, ENTRY);
        _requireVoid();
    }

    function test_challengeEntry_findsWhatIsSaidOfAPeriodWithoutCalls() public {
        _takeAssets();
        _drawEntries();
        _entries[2][ENTRY + 2].revenue = 7;
        _entrySums[2][ENTRY + 2].b = 7;
        _drawStatements();
        _balance();
        _commit();
        _challengeEntry(2, ENTRY + 2);
        _requireVoid();
    }

    function test_challengeEntry_revertsWithoutEveryLeaf() public {
        _commitTruth();
        IFlexChallenges.StatementProof memory statement = _statementProof(2);
        IFlexChallenges.EntryProof memory entry = _entryProof(2, ENTRY);
        IFlexChallenges.AssetProof[] memory one = new IFlexChallenges.AssetProof[](1);
        one[0] = _assetProof(0, 0);
        bytes memory deliveries = _deliveries();
        bytes[] memory fills = _fillsOf(0);
        vm.expectRevert(abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongAssetCount.selector, 2, 1));
        flexChallenges.challengeEntry(CHALLENGER, AREA, statement, entry, deliveries, one, fills);
    }

    function test_challengeEntry_revertsForAnAggregatorAndTheSupplier() public {
        _commitTruth();
        for (uint256 s = 0; s < 2; ++s) {
            IFlexChallenges.StatementProof memory statement = _statementProof(s);
            IFlexChallenges.EntryProof memory entry = _entryProof(s, ENTRY);
            bytes memory deliveries = _deliveries();
            vm.expectRevert(
                abi.encodeWithSelector(
                    IFlexChallenges.FlexChallengesNotAHousehold.selector,
                    _statements[s].memberId
                )
            );
            flexChallenges.challengeEntry(
                CHALLENGER,
                AREA,
                statement,
                entry,
                deliveries,
                new IFlexChallenges.AssetProof[](0),
                new bytes[](0)
            );
        }
    }

    function test_challengeAggregator_findsEveryWrongFigure() public {
        _takeAssets();
        _drawEntries();
        for (uint256 figure = 0; figure < 3; ++figure) {
            uint256 snapshot = vm.snapshotState();
            IFlexChallenges.Entry storage entry = _entries[1][ENTRY + 1];
            if (figure == 0) entry.delivered += 1;
            if (figure == 1) entry.revenue += 1;
            if (figure == 2) entry.penalty -= 1;
            _sumEntries();
            _drawStatements();
            _balance();
            _commit();
            _challengeAggregator(ENTRY + 1);
            _requireVoid();
            vm.revertToState(snapshot);
        }
    }

    function test_challengeStatement_findsWrongSumsAndPayments() public {
        _takeAssets();
        _drawEntries();
        _drawStatements();
        for (uint256 figure = 0; figure < 4; ++figure) {
            uint256 snapshot = vm.snapshotState();
            if (figure == 0) _statements[2].charges += 5;
            if (figure == 1) _statements[2].credits -= 5;
            if (figure < 2) _sumStatement(2);
            if (figure == 2) _payments[2] += 5;
            if (figure == 3) _statementSums[2].a += 5;
            _balance();
            _commit();
            _challengeStatement(2);
            _requireVoid();
            vm.revertToState(snapshot);
        }
    }

    function test_challengeStatements_findsWhoWasLeftOut() public {
        _takeAssets();
        _drawEntries();
        _drawStatements();
        // The platform operator's statement stands where Alice's should be, and she is paid all the same.
        _statements[2].memberId = PLATFORM_OPERATOR_ID;
        (_statements[1], _statements[2]) = (_statements[2], _statements[1]);
        (_statementSums[1], _statementSums[2]) = (_statementSums[2], _statementSums[1]);
        _commit();
        uint256 snapshot = vm.snapshotState();
        _challengeStatements(2, ALICE_ID);
        _requireVoid();
        vm.revertToState(snapshot);
        IFlexChallenges.StatementProof memory left = _statementProof(2);
        IFlexChallenges.StatementProof memory right = _statementProof(3);
        flexChallenges.challengeStatements(
            CHALLENGER,
            AREA,
            DAY,
            left,
            right,
            ALICE_ID,
            _callProof(0),
            _assetProof(0, 0),
            ""
        );
        _requireVoid();
    }

    function test_challengeStatements_findsStatementsThatDoNotAscend() public {
        _takeAssets();
        _drawEntries();
        _drawStatements();
        (_statements[1], _statements[2]) = (_statements[2], _statements[1]);
        (_statementSums[1], _statementSums[2]) = (_statementSums[2], _statementSums[1]);
        _commit();
        _challengeStatements(1, MemberId.wrap(0));
        _requireVoid();
    }

    function test_challengeStatements_knowsThatBuyersHaveNone() public {
        _commitTruth();
        _challengeStatements(0, DSO_ID);
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the run stands");
    }

    function test_challengeAsset_leavesACancelledOrderAlone() public {
        _commitTruth();
        market.setState(DSO_ORDER, IFlexOrders.State.Cancelled);
        IFlexChallenges.CallProof memory call = _callProof(0);
        IFlexChallenges.AssetProof memory last = _assetProof(0, 1);
        flexChallenges.challengeNeighbours(CHALLENGER, AREA, DAY, call, last, _noAsset(), MemberId.wrap(9));
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the run stands");
    }

    function challengeAsset(uint256 call, uint256 i) external {
        _challengeAsset(call, i);
    }

    function _challengeAsset(uint256 call, uint256 i) private {
        flexChallenges.challengeAsset(
            CHALLENGER,
            AREA,
            DAY,
            _callProof(call),
            _assetProof(call, i),
            _assetProof(call, _assets[call].length - 1)
        );
    }

    function _challengeReading(uint256 call, uint256 i) private {
        IFlexBaselines.ReadingProof memory reading = _readingProof(
            _assets[call][i].memberId,
            _periodOf(call)
        );
        flexChallenges.challengeReading(
            CHALLENGER,
            AREA,
            DAY,
            _callProof(call),
            _assetProof(call, i),
            abi.encode(reading)
        );
    }

    function _challengeNeighbours(uint256 call) private {
        flexChallenges.challengeNeighbours(
            CHALLENGER,
            AREA,
            DAY,
            _callProof(call),
            _assetProof(call, 0),
            _assetProof(call, 1),
            MemberId.wrap(0)
        );
    }

    function _challengeEntry(uint256 s, uint256 position) private {
        bool isFirst = position == ENTRY;
        uint256 count =
            position == ENTRY + 2
                ? 0
                : isFirst && s == 2
                    ? 2
                    : 1;
        IFlexChallenges.AssetProof[] memory assets = new IFlexChallenges.AssetProof[](count);
        if (count != 0) assets[0] = _assetProof(isFirst ? 0 : 1, s - 2);
        if (count == 2) assets[1] = _assetProof(2, 0);
        flexChallenges.challengeEntry(
            CHALLENGER,
            AREA,
            _statementProof(s),
            _entryProof(s, position),
            _deliveries(),
            assets,
            _fillsOf(uint32(position - ENTRY))
        );
    }

    function _challengeAggregator(uint256 position) private {
        uint256 count =
            position == ENTRY + 2
                ? 0
                : position == ENTRY
                    ? 2
                    : 1;
        bytes[] memory orders = new bytes[](count);
        if (count != 0) orders[0] = _periodsOf(1);
        if (count == 2) orders[1] = _periodsOf(2);
        IFlexChallenges.AssetProof[] memory lasts = new IFlexChallenges.AssetProof[](count == 0 ? 0 : 1);
        if (count != 0) lasts[0] = count == 2 ? _assetProof(2, 0) : _assetProof(1, 1);
        flexChallenges.challengeAggregator(
            CHALLENGER,
            AREA,
            _statementProof(1),
            _entryProof(1, position),
            _deliveries(),
            orders,
            lasts
        );
    }

    function _challengeStatement(uint256 s) private {
        flexChallenges.challengeStatement(CHALLENGER, AREA, _statementProof(s), _nodesOf(s), "", _packed());
    }

    function _challengeStatements(uint256 left, MemberId leftOut) private {
        IFlexChallenges.CallProof memory call;
        flexChallenges.challengeStatements(
            CHALLENGER,
            AREA,
            DAY,
            _statementProof(left),
            _statementProof(left + 1),
            leftOut,
            call,
            _noAsset(),
            _packed()
        );
    }

    /// @dev Lets the supplier take what payments lack of zero.
    function _balance() private {
        int64 sum = _dsoPays + _tsoPays;
        for (uint256 s = 0; s < STATEMENTS; ++s) sum += _payments[s];
        _payments[0] -= sum;
    }

    function _requireVoid() private view {
        vm.assertEq(flexSettlement.runOf(AREA, DAY).committedAt, 0, "the run is void");
        vm.assertEq(accounts.balanceOf(CHALLENGER), DEPOSIT + REWARD, "the challenger is rewarded");
        vm.assertEq(accounts.bondOf(AREA), BOND - REWARD, "out of the bond");
    }

    function _fundBond() private {
        _mint(REWARD);
        accounts.depositBond(AREA, REWARD);
    }
}
