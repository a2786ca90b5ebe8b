// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSumTree} from "../../../contracts/metering/MerkleSumTree.sol";
import {vm} from "../Vm.sol";
import {SumTrees} from "./SumTrees.sol";

// Given a tree of any size whose sums add up
//   wasCommitted finds each leaf at its position, and no changed one
//   recompute finds its root and its leaves' sums
// Given a tree in which an inner node has other sums than its children
//   wasCommitted finds all leaves, where the siblings tell the sums as committed
//   recompute finds its root, and the sums of the leaves
// Given a leaf with sums that are not its own, wasCommitted finds it with these and with no others, also an only one
// Given bytes that are not as many as the tree has, recompute says so; given none for no leaves, the root is zero
// Given siblings that are of another length, too few or too many, wasCommitted finds nothing
contract CommittedSumsTest {
    using MerkleSumTree for MerkleSumTree.Root;
    using SumTrees for SumTrees.Tree;

    uint256 private constant MOST_LEAVES = 20;

    function testFuzz_committedTrees_areProvenWhateverTheirSums(uint256 seed) public view {
        uint256 count = 1 + (seed % MOST_LEAVES);
        SumTrees.Node[] memory leaves = _leaves(seed, count);
        SumTrees.Tree memory tree = SumTrees.treeWith(leaves, _lieOf(seed >> 8, count));
        MerkleSumTree.Root memory root = _rootOf(tree, count);
        for (uint256 position = 0; position < count; ++position) {
            bytes[] memory siblings = tree.siblingsOf(position);
            vm.assertTrue(this.wasCommitted(root, leaves[position], position, siblings), "found");
            vm.assertFalse(
                this.wasCommitted(root, _with(leaves[position], 1), position, siblings),
                "other sum"
            );
            vm.assertFalse(
                this.wasCommitted(root, leaves[position], position + 1, siblings),
                "other position"
            );
        }

        (bool isWhole, bytes32 hash, uint256 a, uint256 b) = this.recompute(tree.nodesOf(), count);
        (uint64 leavesA, uint64 leavesB) = _sumOf(leaves);
        vm.assertTrue(isWhole && hash == root.hash, "root");
        vm.assertTrue(a == leavesA && b == leavesB, "sums of the leaves");
    }

    function test_wasCommitted_refusesAnyChangedByte() public view {
        SumTrees.Node[] memory leaves = _leaves(2, 6);
        SumTrees.Tree memory tree = SumTrees.treeWith(leaves, SumTrees.Lie(1, 0, 7));
        MerkleSumTree.Root memory root = _rootOf(tree, 6);
        bytes[] memory siblings = tree.siblingsOf(0);
        for (uint256 i = 0; i < siblings.length; ++i) {
            for (uint256 position = 0; position < siblings[i].length; ++position) {
                siblings[i][position] ^= 0x01;
                vm.assertFalse(this.wasCommitted(root, leaves[0], 0, siblings), "changed byte");
                siblings[i][position] ^= 0x01;
            }
        }
        bytes memory last = siblings[siblings.length - 1];
        siblings[siblings.length - 1] = bytes.concat(last, hex"00");
        vm.assertFalse(this.wasCommitted(root, leaves[0], 0, siblings), "too long");
        siblings[siblings.length - 1] = "";
        vm.assertFalse(this.wasCommitted(root, leaves[0], 0, siblings), "too short");
        vm.assertFalse(this.wasCommitted(root, leaves[0], 0, new bytes[](0)), "too few");
        siblings[siblings.length - 1] = last;
        vm.assertFalse(this.wasCommitted(root, leaves[0], 0, _withOneMore(siblings)), "too many");
        vm.assertTrue(this.wasCommitted(root, leaves[0], 0, siblings), "as it was");
    }

    function test_wasCommitted_bindsTheSumsOfAnOnlyLeaf() public view {
        SumTrees.Node[] memory leaves = _leaves(3, 1);
        MerkleSumTree.Root memory root = _rootOf(SumTrees.treeOf(leaves), 1);
        bytes[] memory none = new bytes[](0);
        vm.assertTrue(this.wasCommitted(root, leaves[0], 0, none), "as beside the root");
        SumTrees.Node memory other = leaves[0];
        ++other.b;
        vm.assertFalse(this.wasCommitted(root, other, 0, none), "no other");
    }

    function test_wasCommitted_refusesChildrenBeyondEightBytes() public view {
        // The two leaves' sum is a node's, which is hashed into the root as what is left of it within 8 bytes.
        SumTrees.Node[] memory leaves = _leaves(4, 3);
        leaves[0].a = type(uint64).max;
        leaves[1].a = 1;
        bytes memory pair = abi.encodePacked(
            keccak256(abi.encodePacked(bytes1(0x01), SumTrees.encode(leaves[0]), SumTrees.encode(leaves[1]))),
            uint64(0),
            leaves[0].b + leaves[1].b
        );
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0x01), pair, SumTrees.encode(leaves[2])));
        MerkleSumTree.Root memory root = MerkleSumTree.Root(hash, 3, leaves[2].a, 0);
        bytes[] memory siblings = new bytes[](2);
        siblings[0] = SumTrees.encode(leaves[1]);
        siblings[1] = SumTrees.encode(leaves[2]);
        vm.assertFalse(this.wasCommitted(root, leaves[0], 0, siblings), "derived");
        siblings[0] = bytes.concat(siblings[0], abi.encodePacked(uint64(0), leaves[0].b + leaves[1].b));
        vm.assertTrue(this.wasCommitted(root, leaves[0], 0, siblings), "as committed");
    }

    function test_recompute_needsTheWholeTree() public view {
        bytes memory nodes = SumTrees.treeOf(_leaves(5, 7)).nodesOf();
        (bool isWhole, , , ) = this.recompute(nodes, 7);
        vm.assertTrue(isWhole, "whole");
        (isWhole, , , ) = this.recompute(nodes, 6);
        vm.assertFalse(isWhole, "of six leaves");
        (isWhole, , , ) = this.recompute(bytes.concat(nodes, hex"00"), 7);
        vm.assertFalse(isWhole, "a byte more");
        bytes32 hash;
        uint256 a;
        (isWhole, hash, a, ) = this.recompute("", 0);
        vm.assertTrue(isWhole && hash == 0 && a == 0, "of no leaves");
    }

    function wasCommitted(
        MerkleSumTree.Root memory root,
        SumTrees.Node memory leaf,
        uint256 position,
        bytes[] calldata siblings
    ) external pure returns (bool) {
        return root.wasCommitted(MerkleSumTree.Node(leaf.hash, leaf.a, leaf.b), position, siblings);
    }

    function recompute(
        bytes calldata nodes,
        uint256 count
    ) external pure returns (bool isWhole, bytes32 hash, uint256 a, uint256 b) {
        return MerkleSumTree.recompute(nodes, count);
    }

    /// @dev Half of the seeds tell no lie; the others one of an inner node below the root.
    function _lieOf(uint256 seed, uint256 count) private pure returns (SumTrees.Lie memory lie) {
        if (seed % 2 == 0 || count < 3) return lie;
        return SumTrees.Lie(1, (seed >> 1) % (count / 2), uint64(1 + ((seed >> 16) % 1_000)));
    }

    function _leaves(uint256 seed, uint256 count) private pure returns (SumTrees.Node[] memory leaves) {
        leaves = new SumTrees.Node[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            leaves[i] = SumTrees.leafOf(abi.encode(random), uint32(random), uint32(random >> 32));
        }
    }

    function _rootOf(
        SumTrees.Tree memory tree,
        uint256 count
    ) private pure returns (MerkleSumTree.Root memory) {
        SumTrees.Node memory top = tree.rootOf();
        return MerkleSumTree.Root(top.hash, count, top.a, top.b);
    }

    function _sumOf(SumTrees.Node[] memory leaves) private pure returns (uint64 a, uint64 b) {
        for (uint256 i = 0; i < leaves.length; ++i) {
            a += leaves[i].a;
            b += leaves[i].b;
        }
    }

    function _with(SumTrees.Node memory leaf, uint64 a) private pure returns (SumTrees.Node memory) {
        return SumTrees.Node(leaf.hash, leaf.a + a, leaf.b);
    }

    function _withOneMore(bytes[] memory siblings) private pure returns (bytes[] memory more) {
        more = new bytes[](siblings.length + 1);
        for (uint256 i = 0; i < siblings.length; ++i) {
            more[i] = siblings[i];
        }
        more[siblings.length] = new bytes(48);
    }
}
