// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleSumTree} from "../metering/MerkleSumTree.sol";
import {IChallenges} from "./IChallenges.sol";
import {ISettlement} from "./ISettlement.sol";

/// @dev The leaves of statements and of their periods (see IChallenges), as they were committed.
library StatementLeaves {
    using MerkleSumTree for MerkleSumTree.Root;

    function isStatementOf(
        IChallenges.StatementProof calldata proof,
        ISettlement.Run memory run
    ) internal pure returns (bool) {
        IChallenges.Statement calldata statement = proof.leaf;
        bytes memory leaf = abi.encodePacked(
            statement.memberId,
            statement.day,
            statement.run,
            statement.periodCount,
            statement.periodsRoot,
            statement.charges,
            statement.credits,
            statement.previous,
            statement.salt
        );
        return
            MerkleSumTree.Root(run.root, run.count, run.total, run.total).wasCommitted(
                MerkleSumTree.leafOf(leaf, proof.a, proof.b),
                proof.position,
                proof.siblings
            );
    }

    function isPeriodOf(
        IChallenges.PeriodProof calldata proof,
        IChallenges.Statement calldata statement
    ) internal pure returns (bool) {
        IChallenges.PeriodStatement calldata period = proof.leaf;
        bytes memory energy = abi.encodePacked(
            period.period,
            period.bought,
            period.sold,
            period.readingVersion,
            period.quality,
            period.imported,
            period.exported
        );
        bytes memory money = abi.encodePacked(
            period.energy,
            period.imbalance,
            period.gridTariff,
            period.levies,
            period.platformFee,
            period.salt
        );
        MerkleSumTree.Root memory root = MerkleSumTree.Root(
            statement.periodsRoot,
            statement.periodCount,
            statement.charges,
            statement.credits
        );
        return
            root.wasCommitted(
                MerkleSumTree.leafOf(bytes.concat(energy, money), proof.a, proof.b),
                proof.position,
                proof.siblings
            );
    }
}
