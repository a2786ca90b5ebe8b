// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A Merkle tree whose nodes carry two sums: `parent.hash = keccak256(0x01, left, right)` with each child as
/// `hash 32, a 8, b 8` bytes; a leaf's hash is `keccak256(0x00, leaf)`; an odd last node is carried up unchanged.
library MerkleSumTree {
    uint256 private constant SIBLING_LENGTH = 48;

    struct Root {
        bytes32 hash;
        uint256 count;
        uint64 a;
        uint64 b;
    }

    struct Node {
        bytes32 hash;
        uint256 a;
        uint256 b;
    }

    function leafOf(bytes memory leaf, uint64 a, uint64 b) internal pure returns (Node memory) {
        return Node(keccak256(abi.encodePacked(bytes1(0x00), leaf)), a, b);
    }

    /// @dev The shape of the tree, and so the number of siblings, follows from position and count alone.
    function contains(
        Root memory root,
        Node memory leaf,
        uint256 position,
        bytes[] calldata siblings
    ) internal pure returns (bool) {
        if (position >= root.count) return false;
        Node memory node = leaf;
        uint256 used = 0;
        uint256 index = position;
        for (uint256 width = root.count; width > 1; width = (width + 1) / 2) {
            bool isCarriedUp = index == width - 1 && width % 2 == 1;
            if (!isCarriedUp) {
                if (used == siblings.length || siblings[used].length != SIBLING_LENGTH) return false;
                Node memory sibling = _decode(siblings[used++]);
                node = index % 2 == 0 ? _parentOf(node, sibling) : _parentOf(sibling, node);
                if (node.a > type(uint64).max || node.b > type(uint64).max) return false;
            }
            index /= 2;
        }
        return used == siblings.length && node.hash == root.hash && node.a == root.a && node.b == root.b;
    }

    /// @dev Children's sums fit in 8 bytes each: a node whose sums do not is never made a child.
    function _parentOf(Node memory left, Node memory right) private pure returns (Node memory) {
        bytes32 hash = keccak256(
            abi.encodePacked(
                bytes1(0x01),
                left.hash,
                uint64(left.a),
                uint64(left.b),
                right.hash,
                uint64(right.a),
                uint64(right.b)
            )
        );
        return Node(hash, left.a + right.a, left.b + right.b);
    }

    function _decode(bytes calldata sibling) private pure returns (Node memory) {
        return Node(bytes32(sibling[:32]), uint64(bytes8(sibling[32:40])), uint64(bytes8(sibling[40:])));
    }
}
