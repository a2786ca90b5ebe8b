// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {Money, PERIODS_PER_DAY} from "../types/Types.sol";
import {FlexCalls} from "./FlexCalls.sol";
import {IFlexChallenges} from "./IFlexChallenges.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev The leaves of a day's flex settlement (see IFlexChallenges), as they were committed, and what is in them.
library FlexLeaves {
    using MerkleSumTree for MerkleSumTree.Root;

    uint64 private constant OPPOSED = type(uint64).max;
    uint8 private constant ESTIMATED = 1;
    uint8 private constant NO_READING = 2;
    uint256 private constant NODE_LENGTH = 48;

    function isAssetOf(
        IFlexChallenges.AssetProof calldata proof,
        FlexCalls.Delivery memory delivery
    ) internal pure returns (bool) {
        MerkleSumTree.Root memory root = MerkleSumTree.Root(
            delivery.assetsRoot,
            delivery.assetCount,
            delivery.moved,
            delivery.opposed
        );
        IFlexChallenges.Asset calldata leaf = proof.leaf;
        bytes memory readings = abi.encodePacked(
            leaf.memberId,
            leaf.baseline,
            leaf.realised,
            leaf.quality,
            leaf.readingVersion,
            leaf.asked,
            leaf.attributed
        );
        bytes memory shares = abi.encodePacked(
            leaf.before,
            leaf.missingBefore,
            leaf.delivered,
            leaf.revenue,
            leaf.penalty,
            leaf.source,
            leaf.salt
        );
        return
            root.wasCommitted(
                MerkleSumTree.leafOf(bytes.concat(readings, shares), proof.a, proof.b),
                proof.position,
                proof.siblings
            );
    }

    /// @dev The sums of an only statement are in no hash, and beside no root either: it has any.
    function isStatementOf(
        IFlexChallenges.StatementProof calldata proof,
        IFlexSettlement.Run memory run
    ) internal pure returns (bool) {
        IFlexChallenges.Statement calldata leaf = proof.leaf;
        bytes memory packed = abi.encodePacked(
            leaf.memberId,
            leaf.day,
            leaf.entriesRoot,
            leaf.charges,
            leaf.credits,
            leaf.salt
        );
        return
            MerkleSumTree.Root(run.root, run.count, proof.a, proof.b).wasCommitted(
                MerkleSumTree.leafOf(packed, proof.a, proof.b),
                proof.position,
                proof.siblings
            );
    }

    function isEntryOf(
        IFlexChallenges.EntryProof calldata proof,
        IFlexChallenges.Statement calldata statement
    ) internal pure returns (bool) {
        IFlexChallenges.Entry calldata leaf = proof.leaf;
        bytes memory packed = abi.encodePacked(
            leaf.delivered,
            leaf.revenue,
            leaf.penalty,
            leaf.correction,
            leaf.salt
        );
        return
            MerkleSumTree
                .Root(statement.entriesRoot, PERIODS_PER_DAY, statement.charges, statement.credits)
                .wasCommitted(MerkleSumTree.leafOf(packed, proof.a, proof.b), proof.position, proof.siblings);
    }

    /// @return along Wh moved in the direction, less what is attributed to other orders.
    /// @return against Wh moved the other way.
    function movementOf(
        IFlexChallenges.Asset calldata leaf,
        IFlexProducts.Direction direction
    ) internal pure returns (uint256 along, uint256 against) {
        if (leaf.quality == NO_READING || leaf.source == 0 || leaf.attributed == OPPOSED) return (0, 0);
        int256 response = int256(leaf.baseline) - int256(leaf.realised);
        if (direction == IFlexProducts.Direction.ConsumeMore) response = -response;
        if (response < 0) return (0, uint256(-response));
        if (leaf.quality == ESTIMATED) return (0, 0);
        uint256 attributed = leaf.attributed;
        return (uint256(response) > attributed ? uint256(response) - attributed : 0, 0);
    }

    /// @return Wh missing of what the asset was asked.
    function missingOf(
        IFlexChallenges.Asset calldata leaf,
        IFlexProducts.Direction direction
    ) internal pure returns (uint256) {
        (uint256 along, uint256 against) = movementOf(leaf, direction);
        uint256 asked = uint256(leaf.asked) + against;
        return asked > along ? asked - along : 0;
    }

    /// @dev What the proof's siblings say of the tree, which was committed with them.
    /// @return before First sums of all leaves before this one.
    /// @return addsUp Whether every node's sums are those of its children, and the root's those that the delivery
    /// has.
    function sumsOn(
        IFlexChallenges.AssetProof calldata proof,
        FlexCalls.Delivery memory delivery
    ) internal pure returns (uint256 before, bool addsUp) {
        (uint256 a, uint256 b) = (proof.a, proof.b);
        addsUp = true;
        uint256 used = 0;
        uint256 index = proof.position;
        for (uint256 width = delivery.assetCount; width > 1; width = (width + 1) / 2) {
            bool isCarriedUp = index == width - 1 && width % 2 == 1;
            if (!isCarriedUp) {
                bytes calldata sibling = proof.siblings[used++];
                (uint256 otherA, uint256 otherB) = (
                    uint64(bytes8(sibling[32:40])),
                    uint64(bytes8(sibling[40:NODE_LENGTH]))
                );
                if (index % 2 == 1) before += otherA;
                (a, b) = (a + otherA, b + otherB);
                if (sibling.length != NODE_LENGTH) {
                    (uint256 claimedA, uint256 claimedB) = (
                        uint64(bytes8(sibling[48:56])),
                        uint64(bytes8(sibling[56:64]))
                    );
                    if (claimedA != a || claimedB != b) addsUp = false;
                    (a, b) = (claimedA, claimedB);
                }
            }
            index /= 2;
        }
        if (a != delivery.moved || b != delivery.opposed) addsUp = false;
    }

    /// @return charged What the entry adds to a statement's charges, `credited` to its credits.
    function sumsOf(
        IFlexChallenges.Entry memory entry
    ) internal pure returns (uint256 charged, uint256 credited) {
        int256 correction = Money.unwrap(entry.correction);
        charged = entry.penalty;
        credited = entry.revenue;
        if (correction > 0) charged += uint256(correction);
        else credited += uint256(-correction);
    }
}
