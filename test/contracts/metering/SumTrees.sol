// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Makes Merkle sum trees as an operator does, also ones whose sums do not add up.
library SumTrees {
    struct Node {
        bytes32 hash;
        uint64 a;
        uint64 b;
    }

    struct Tree {
        Node[][] levels;
    }

    /// @dev What the inner node at `index` of `level` (above the leaves: from 1) adds to its children's first sums.
    struct Lie {
        uint256 level;
        uint256 index;
        uint64 a;
    }

    function leafOf(bytes memory leaf, uint64 a, uint64 b) internal pure returns (Node memory) {
        return Node(keccak256(abi.encodePacked(bytes1(0x00), leaf)), a, b);
    }

    function treeOf(Node[] memory leaves) internal pure returns (Tree memory) {
        return treeWith(leaves, Lie(0, 0, 0));
    }

    function treeWith(Node[] memory leaves, Lie memory lie) internal pure returns (Tree memory tree) {
        uint256 height = 1;
        for (uint256 width = leaves.length; width > 1; width = (width + 1) / 2) ++height;
        tree.levels = new Node[][](height);
        tree.levels[0] = leaves;
        for (uint256 level = 1; level < height; ++level) {
            Node[] memory below = tree.levels[level - 1];
            Node[] memory nodes = new Node[]((below.length + 1) / 2);
            for (uint256 i = 0; i < nodes.length; ++i) {
                nodes[i] =
                    2 * i + 1 == below.length ? below[2 * i] : _parentOf(below[2 * i], below[2 * i + 1]);
                if (lie.level == level && lie.index == i) nodes[i].a += lie.a;
            }
            tree.levels[level] = nodes;
        }
    }

    function rootOf(Tree memory tree) internal pure returns (Node memory) {
        return tree.levels[tree.levels.length - 1][0];
    }

    /// @dev A sibling is followed by the parent's sums where these are not its children's, but for the root.
    function siblingsOf(Tree memory tree, uint256 position) internal pure returns (bytes[] memory siblings) {
        bytes[] memory found = new bytes[](tree.levels.length);
        uint256 count = 0;
        for (uint256 level = 0; level + 1 < tree.levels.length; ++level) {
            uint256 index = position >> level;
            Node[] memory nodes = tree.levels[level];
            if (index ^ 1 < nodes.length) {
                Node memory parent = tree.levels[level + 1][index / 2];
                bool isTrue = parent.a == nodes[index].a + nodes[index ^ 1].a;
                found[count++] =
                    isTrue || level + 2 == tree.levels.length
                        ? encode(nodes[index ^ 1])
                        : bytes.concat(encode(nodes[index ^ 1]), abi.encodePacked(parent.a, parent.b));
            }
        }
        siblings = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            siblings[i] = found[i];
        }
    }

    /// @dev The whole tree, as for MerkleSumTree.recompute.
    function nodesOf(Tree memory tree) internal pure returns (bytes memory nodes) {
        for (uint256 i = 0; i < tree.levels[0].length; ++i) {
            nodes = bytes.concat(nodes, encode(tree.levels[0][i]));
        }
        for (uint256 level = 1; level + 1 < tree.levels.length; ++level) {
            for (uint256 i = 0; 2 * i + 1 < tree.levels[level - 1].length; ++i) {
                Node memory node = tree.levels[level][i];
                nodes = bytes.concat(nodes, abi.encodePacked(node.a, node.b));
            }
        }
    }

    function encode(Node memory node) internal pure returns (bytes memory) {
        return abi.encodePacked(node.hash, node.a, node.b);
    }

    function _parentOf(Node memory left, Node memory right) private pure returns (Node memory) {
        bytes memory children = bytes.concat(encode(left), encode(right));
        return Node(keccak256(abi.encodePacked(bytes1(0x01), children)), left.a + right.a, left.b + right.b);
    }
}
