// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev One hash over chunks that arrive one by one: h(0) = 0, h(k) = keccak256(h(k - 1), keccak256(chunk k)).
library ChunkChain {
    /// @return The chain's hash with one chunk more, given as its keccak256.
    function append(bytes32 head, bytes32 chunkHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, chunkHash));
    }

    /// @return head The chain's hash over all chunks; zero for none.
    function hashOf(bytes[] calldata chunks) internal pure returns (bytes32 head) {
        for (uint256 i = 0; i < chunks.length; ++i) {
            head = append(head, keccak256(chunks[i]));
        }
    }
}
