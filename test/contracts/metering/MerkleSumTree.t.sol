// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSumTree} from "../../../contracts/metering/MerkleSumTree.sol";
import {vm} from "../Vm.sol";

// Given a tree of the vectors
//   when a leaf is shown at its position with its siblings, it is found
//   when its bytes, a sum or its position is another, it is not
//   when a sibling is missing, too long, changed, or one too many, it is not
// Given a tree without leaves, nothing is found
contract MerkleSumTreeTest {
    using MerkleSumTree for MerkleSumTree.Root;

    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/merkle-sum-tree.json");
    }

    function test_vectors_containTheirLeavesAndNoOthers() public view {
        uint256 count = 0;
        for (
            string memory path = ".cases[0]";
            vm.keyExistsJson(_vectors, path);
            path = _item(".cases", ++count)
        ) {
            _requireTree(path);
        }
        vm.assertTrue(count > 5, "there are vectors");
    }

    function test_wasCommitted_findsNothingInATreeWithoutLeaves() public view {
        MerkleSumTree.Root memory root;
        vm.assertFalse(this.wasCommitted(root, "", 0, 0, 0, new bytes[](0)), "no leaf");
    }

    function wasCommitted(
        MerkleSumTree.Root memory root,
        bytes memory leaf,
        uint64 a,
        uint64 b,
        uint256 position,
        bytes[] calldata siblings
    ) external pure returns (bool) {
        return root.wasCommitted(MerkleSumTree.leafOf(leaf, a, b), position, siblings);
    }

    function _requireTree(string memory path) private view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(string.concat(path, ".leaves"), count))) ++count;
        MerkleSumTree.Root memory root = MerkleSumTree.Root({
            hash: vm.parseJsonBytes32(_vectors, string.concat(path, ".root.hash")),
            count: count,
            a: uint64(vm.parseJsonUint(_vectors, string.concat(path, ".root.a"))),
            b: uint64(vm.parseJsonUint(_vectors, string.concat(path, ".root.b")))
        });
        for (uint256 position = 0; position < count; ++position) {
            _requireLeaf(root, _item(string.concat(path, ".leaves"), position), position);
        }
    }

    function _requireLeaf(MerkleSumTree.Root memory root, string memory path, uint256 position) private view {
        bytes memory leaf = vm.parseJsonBytes(_vectors, string.concat(path, ".bytes"));
        uint64 a = uint64(vm.parseJsonUint(_vectors, string.concat(path, ".a")));
        uint64 b = uint64(vm.parseJsonUint(_vectors, string.concat(path, ".b")));
        bytes[] memory siblings = _siblingsOf(path);

        vm.assertTrue(this.wasCommitted(root, leaf, a, b, position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, bytes.concat(leaf, hex"01"), a, b, position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a ^ 1, b, position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a, b ^ 1, position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position + 1, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, root.count + position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position, _withOneMore(siblings)), path);
        if (siblings.length == 0) return;
        siblings[0][0] ^= 0x01;
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position, siblings), path);
        siblings[0][0] ^= 0x01;
        siblings[0][47] ^= 0x01;
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position, siblings), path);
        siblings[0][47] ^= 0x01;
        siblings[0] = bytes.concat(siblings[0], hex"00");
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position, siblings), path);
        vm.assertFalse(this.wasCommitted(root, leaf, a, b, position, new bytes[](0)), path);
    }

    function _siblingsOf(string memory path) private view returns (bytes[] memory siblings) {
        string memory list = string.concat(path, ".siblings");
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(list, count))) ++count;
        siblings = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            siblings[i] = vm.parseJsonBytes(_vectors, _item(list, i));
        }
    }

    function _withOneMore(bytes[] memory siblings) private pure returns (bytes[] memory more) {
        more = new bytes[](siblings.length + 1);
        for (uint256 i = 0; i < siblings.length; ++i) {
            more[i] = siblings[i];
        }
        more[siblings.length] = new bytes(48);
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
