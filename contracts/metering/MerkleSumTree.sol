// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A Merkle tree whose nodes carry two sums: `parent.hash = keccak256(0x01, left, right)` with each child as
/// `hash 32, a 8, b 8` bytes; a leaf's hash is `keccak256(0x00, leaf)`; an odd last node is carried up unchanged.
///
/// A root binds every node's hash and sums, but whoever made the tree may have written sums into it that do not add
/// up, or that are not a leaf's own: everything here takes its sums as they were committed, so that what is wrong with
/// them can be shown.
library MerkleSumTree {
    uint256 private constant NODE_LENGTH = 48;
    uint256 private constant SUMS_LENGTH = 16;

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

    /// @dev Whether the root was made with this node as the leaf at `position`, whether or not its sums add up. The
    /// shape of the tree, and so the number of siblings, follows from position and count alone.
    /// @param siblings From the leaf upwards, `hash 32, a 8, b 8`; where a parent's sums were committed as others
    /// than its children's, these follow the sibling: `a 8, b 8`.
    function wasCommitted(
        Root memory root,
        Node memory leaf,
        uint256 position,
        bytes[] calldata siblings
    ) internal pure returns (bool) {
        (bool isPath, Node memory top) = _climb(root.count, leaf, position, siblings);
        if (!isPath || top.hash != root.hash) return false;
        // The sums of an only leaf are in no hash: they are those beside the root.
        return root.count > 1 || (leaf.a == root.a && leaf.b == root.b);
    }

    /// @dev Recomputes a root from the whole tree as it was committed.
    /// @param nodes The leaves in sequence, `hash 32, a 8, b 8`; then the sums, `a 8, b 8`, of every node with two
    /// children but the root, level by level from the leaves upwards.
    /// @return isWhole Whether there are as many bytes as a tree of `count` leaves has.
    /// @return hash The root's hash.
    /// @return a The leaves' first sums added up; `b` their second.
    function recompute(
        bytes calldata nodes,
        uint256 count
    ) internal pure returns (bool isWhole, bytes32 hash, uint256 a, uint256 b) {
        uint256 next = count * NODE_LENGTH;
        if (nodes.length != next + (count > 2 ? count - 2 : 0) * SUMS_LENGTH) return (false, 0, 0, 0);
        if (count == 0) return (true, 0, 0, 0);
        Node[] memory level = new Node[](count);
        for (uint256 i = 0; i < count; ++i) {
            level[i] = _decode(nodes[i * NODE_LENGTH:(i + 1) * NODE_LENGTH]);
            a += level[i].a;
            b += level[i].b;
        }
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            for (uint256 i = 0; i < width / 2; ++i) {
                Node memory parent = _parentOf(level[2 * i], level[2 * i + 1]);
                if (width > 2) {
                    (parent.a, parent.b) = _decodeSums(nodes[next:next + SUMS_LENGTH]);
                    next += SUMS_LENGTH;
                }
                level[i] = parent;
            }
            if (width % 2 == 1) level[width / 2] = level[width - 1];
        }
        return (true, level[0].hash, a, b);
    }

    /// @return isPath Whether the siblings are as many, and each as long, as the way from `position` to the top needs.
    /// @return node The node at the top.
    function _climb(
        uint256 count,
        Node memory leaf,
        uint256 position,
        bytes[] calldata siblings
    ) private pure returns (bool isPath, Node memory node) {
        node = leaf;
        if (position >= count) return (false, node);
        uint256 used = 0;
        uint256 index = position;
        for (uint256 width = count; width > 1; width = (width + 1) / 2) {
            bool isCarriedUp = index == width - 1 && width % 2 == 1;
            if (!isCarriedUp) {
                // A node whose sums do not fit in 8 bytes each is never a child.
                if (node.a > type(uint64).max || node.b > type(uint64).max) return (false, node);
                if (used == siblings.length) return (false, node);
                bytes calldata sibling = siblings[used++];
                bool isClaimed = sibling.length == NODE_LENGTH + SUMS_LENGTH;
                if (!isClaimed && sibling.length != NODE_LENGTH) return (false, node);
                Node memory other = _decode(sibling[:NODE_LENGTH]);
                node = index % 2 == 0 ? _parentOf(node, other) : _parentOf(other, node);
                if (isClaimed) (node.a, node.b) = _decodeSums(sibling[NODE_LENGTH:]);
            }
            index /= 2;
        }
        isPath = used == siblings.length;
    }

    /// @dev The casts lose nothing: children's sums fit in 8 bytes each.
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

    function _decode(bytes calldata node) private pure returns (Node memory decoded) {
        decoded.hash = bytes32(node[:32]);
        (decoded.a, decoded.b) = _decodeSums(node[32:]);
    }

    function _decodeSums(bytes calldata sums) private pure returns (uint256 a, uint256 b) {
        return (uint64(bytes8(sums[:8])), uint64(bytes8(sums[8:])));
    }
}
