// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexBaselines} from "../../../contracts/flexibility/IFlexBaselines.sol";
import {IFlexChallenges} from "../../../contracts/flexibility/IFlexChallenges.sol";
import {MemberId, PortfolioId, ProductId} from "../../../contracts/types/Types.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {FlexRun} from "./FlexRun.sol";

// challengeBaseline
//   given leaves with the baselines that were nominated, the challenger's stake goes to the bond
//   given another baseline, or none, the run is void
//   given another source than the leaf's, it reverts
contract FlexBaselineChallengesTest is FlexRun {
    using SumTrees for SumTrees.Tree;
    using SumTrees for SumTrees.Node[];

    function test_challengeBaseline_rejectsWhatWasNominated() public {
        _commitTruth();
        for (uint256 call = 0; call < 2; ++call) {
            for (uint256 i = 0; i < 2; ++i) _challenge(call, i, hex"00");
        }
        vm.assertTrue(flexSettlement.runOf(AREA, DAY).committedAt != 0, "the run stands");
        vm.assertEq(accounts.bondOf(AREA), BOND + 4 * STAKE, "four stakes");
    }

    function test_challengeBaseline_findsAnotherBaseline() public {
        _takeAssets();
        _assets[0][0].baseline += 300;
        _finish();
        _challenge(0, 0, hex"00");
        vm.assertEq(flexSettlement.runOf(AREA, DAY).committedAt, 0, "the run is void");
        vm.assertEq(accounts.balanceOf(DSO_ID), DEPOSIT + REWARD, "the challenger is rewarded");
    }

    function test_challengeBaseline_findsADeniedBaseline() public {
        _takeAssets();
        _assets[0][1].source = 0;
        _assets[0][1].baseline = 0;
        _finish();
        _challenge(0, 1, "");
        vm.assertEq(flexSettlement.runOf(AREA, DAY).committedAt, 0, "the run is void");
    }

    function test_challengeBaseline_findsAFallbackThatWasNotNeeded() public {
        _takeAssets();
        _assets[0][0].source = keccak256(hex"01");
        _assets[0][0].baseline += 300;
        _finish();
        _challenge(0, 0, hex"01");
        vm.assertEq(flexSettlement.runOf(AREA, DAY).committedAt, 0, "the run is void");
    }

    function test_challengeBaseline_revertsForAnotherSource() public {
        _commitTruth();
        vm.expectRevert(
            abi.encodeWithSelector(IFlexChallenges.FlexChallengesWrongAsset.selector, ALICE_ID, 0)
        );
        this.challenge(0, 0, hex"01");
    }

    function challenge(uint256 call, uint256 i, bytes memory source) external {
        _challenge(call, i, source);
    }

    /// @dev What the leaves of the DSO's order name: it is nominated long before.
    function _beforeTheDay() internal override {
        SumTrees.Node memory root = _nominated().rootOf();
        nominations.nominate(PortfolioId.wrap(1), ProductId.wrap(1), DAY, root.hash, 4, root.a, root.b);
    }

    function _challenge(uint256 call, uint256 i, bytes memory source) private {
        IFlexBaselines.NominationProof memory proof;
        proof.position = 2 * i + call;
        proof.baseline = _baselineOf(proof.position);
        proof.salt = bytes32(proof.position);
        proof.a = uint64(proof.baseline);
        proof.siblings = _nominated().siblingsOf(proof.position);
        flexChallenges.challengeBaseline(
            DSO_ID,
            AREA,
            DAY,
            _callProof(call),
            _assetProof(call, i),
            source,
            bytes.concat(hex"00", abi.encode(proof))
        );
    }

    function _finish() private {
        _share(0);
        _share(2);
        _drawEntries();
        _drawStatements();
        int64 rest = _dsoPays + _tsoPays;
        for (uint256 s = 0; s < STATEMENTS; ++s) rest += _payments[s];
        _payments[0] -= rest;
        _commit();
    }

    /// @dev Alice's two periods, and then Bob's.
    function _nominated() private pure returns (SumTrees.Tree memory) {
        SumTrees.Node[] memory leaves = new SumTrees.Node[](4);
        for (uint256 i = 0; i < 4; ++i) {
            MemberId memberId = i < 2 ? ALICE_ID : BOB_ID;
            bytes memory leaf = abi.encodePacked(
                memberId,
                uint32(FIRST + (i % 2)),
                _baselineOf(i),
                bytes32(i)
            );
            leaves[i] = SumTrees.leafOf(leaf, uint64(_baselineOf(i)), 0);
        }
        return leaves.treeOf();
    }

    function _baselineOf(uint256 position) private pure returns (int64) {
        return position < 2 ? int64(3_000) : int64(900);
    }
}
