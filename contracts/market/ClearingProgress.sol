// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clearing} from "./Clearing.sol";
import {OrderAdmission} from "./OrderAdmission.sol";

/// @dev What a pass over some chunks of a session's orders has found, kept until the next chunk: all of it in five
/// slots.
library ClearingProgress {
    /// @param chunks How many chunks have been verified, of `orders` orders together.
    struct Progress {
        uint64 bidsAbove;
        uint64 bidsAt;
        uint64 offersBelow;
        uint64 offersAt;
        int32 limitBelow;
        int32 limitAbove;
        int32 highestBid;
        int32 lowestOffer;
        uint32 nextRank;
        uint32 mergedRank;
        uint32 forcedCount;
        uint32 chunks;
        int64 risk;
        uint64 mergedExposure;
        uint32 orders;
        bytes32 ordersHash;
        bytes32 fillsHash;
    }

    // A session has 4,000 orders at most, its sums stay below 2^64, limits and ranks below 2^31, what is at risk
    // below 2^55: the casts lose nothing.

    /// @param orderCount Orders of the chunk that was verified last.
    function save(
        Progress storage progress,
        OrderAdmission.Pass memory pass,
        uint256 orderCount,
        bytes32 ordersHash,
        bytes32 fillsHash
    ) internal {
        Clearing.Tally memory tally = pass.tally;
        progress.bidsAt = uint64(tally.bidsAt);
        progress.bidsAbove = uint64(tally.bidsAbove);
        progress.offersAt = uint64(tally.offersAt);
        progress.offersBelow = uint64(tally.offersBelow);
        progress.limitBelow = int32(tally.limitBelow);
        progress.limitAbove = int32(tally.limitAbove);
        progress.highestBid = int32(tally.highestBid);
        progress.lowestOffer = int32(tally.lowestOffer);
        progress.nextRank = uint32(pass.nextRank);
        progress.mergedRank = uint32(pass.mergedRank);
        progress.forcedCount = uint32(pass.forcedCount);
        ++progress.chunks;
        progress.orders += uint32(orderCount);
        progress.risk = int64(pass.risk);
        progress.mergedExposure = uint64(pass.mergedExposure);
        progress.ordersHash = ordersHash;
        progress.fillsHash = fillsHash;
    }

    function restore(Progress storage progress, OrderAdmission.Pass memory pass) internal view {
        Clearing.Tally memory tally = pass.tally;
        tally.bidsAt = progress.bidsAt;
        tally.bidsAbove = progress.bidsAbove;
        tally.offersAt = progress.offersAt;
        tally.offersBelow = progress.offersBelow;
        tally.limitBelow = progress.limitBelow;
        tally.limitAbove = progress.limitAbove;
        tally.highestBid = progress.highestBid;
        tally.lowestOffer = progress.lowestOffer;
        pass.nextRank = progress.nextRank;
        pass.mergedRank = progress.mergedRank;
        pass.forcedCount = progress.forcedCount;
        pass.risk = progress.risk;
        pass.mergedExposure = progress.mergedExposure;
    }
}
