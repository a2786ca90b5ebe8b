// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What activations and tests have shown of a reservation (see
/// services/domain/flexibility/settlement/availability).
library AvailabilityProofs {
    uint256 private constant FULL_PERMILLE = 1_000;

    /// @param lastPeriod Inclusive.
    struct Proof {
        uint32 firstPeriod;
        uint32 lastPeriod;
        uint16 permille;
    }

    /// @dev Between two proofs what the weaker of them showed, after the last what that one did; the prequalification
    /// proves all before the first.
    /// @return permille Thousandths of the reservation.
    /// @return isFollowed Whether a proof lies at the period or later.
    function provenAt(
        Proof[] memory proofs,
        uint256 period
    ) internal pure returns (uint256 permille, bool isFollowed) {
        permille = FULL_PERMILLE;
        uint256 lastStart = 0;
        uint256 firstEnd = type(uint256).max;
        for (uint256 i = 0; i < proofs.length; ++i) {
            (uint256 start, uint256 end) = (proofs[i].firstPeriod, proofs[i].lastPeriod);
            if (start <= period) lastStart = Math.max(lastStart, start);
            if (end >= period) firstEnd = Math.min(firstEnd, end);
        }
        isFollowed = firstEnd != type(uint256).max;
        for (uint256 i = 0; i < proofs.length; ++i) {
            bool counts =
                (lastStart != 0 && proofs[i].firstPeriod == lastStart) ||
                    (isFollowed && proofs[i].lastPeriod == firstEnd);
            if (counts) permille = Math.min(permille, proofs[i].permille);
        }
    }
}
