// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {AreaId, DeliveryPeriod, MemberId, PortfolioId, ProductId} from "../types/Types.sol";
import {IFlexNominations} from "./IFlexNominations.sol";

/// @notice Recomputes a baseline from committed nominations and readings, as services/domain/flexibility/baseline
/// does.
/// @dev How a baseline was found, packed, of which a leaf has the hash: the position of the method among those of the
/// product 1; of the means of similar days then how many are used 1, each as a local day 4 (counted from 1970-01-01),
/// ascending, and the same-day adjustment 1 (0 none, 1 could not be made, 2 made); of a control group the hash of its
/// evidence 32.
///
/// Evidence: the position of a method 1 byte, at most that of the source, and then, encoded by the ABI, - of a
/// nomination: a NominationProof of the member and period. One of a method that was passed over, or where there is no
/// baseline at all, shows that it should have been used. - of meter-before-meter-after: a ReadingProof[] of the
/// window's periods, ascending. - of similar days: a CalledProof, and a ReadingProof[]: of each used day, ascending,
/// the quarter-hours of the order's periods on the activated day and, where an adjustment was made, those of its
/// window; then the window's own.
///
/// The challenger shows what is the method's own: a reading that is not metered among them shows the baseline to be
/// wrong. Whether an order of the same portfolio called the member in a window or on a used day is looked up here;
/// calls of other portfolios are shown with a CalledProof. What the ledger does not judge is in IFlexChallenges.
interface IFlexBaselines {
    /// @param notifiedAt Unix time of the order; `readingsAt` that of the run.
    struct Case {
        AreaId area;
        MemberId memberId;
        DeliveryPeriod period;
        PortfolioId portfolioId;
        ProductId productId;
        uint40 notifiedAt;
        uint32 readingsAt;
    }

    struct NominationProof {
        int64 baseline;
        bytes32 salt;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    struct ReadingProof {
        IMeterReadings.Reading reading;
        uint8 version;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    /// @param period In which the member's portfolio for the product was called on a day that is used; zero for none.
    struct CalledProof {
        ProductId productId;
        DeliveryPeriod period;
    }

    error FlexBaselinesUnprovable(uint8 position);
    error FlexBaselinesWrongNomination(MemberId memberId, DeliveryPeriod period);
    error FlexBaselinesWrongReading(DeliveryPeriod period, uint256 position);
    error FlexBaselinesWrongCall(DeliveryPeriod period);

    /// @notice Whether this is the member's committed reading of the period, in the version that counts.
    /// @param quality 0 metered, 1 estimated, 2 no reading; `realised` Wh, positive towards the member.
    /// @param evidence A ReadingProof, encoded by the ABI; with memberId 0 there is no reading, which holds where
    /// that is what is said or the version has no leaves.
    function isReading(
        Case calldata own,
        uint8 version,
        uint8 quality,
        int64 realised,
        bytes calldata evidence
    ) external view returns (bool);

    /// @notice Whether the baseline is what the evidence makes it. Reverts where the evidence is not what was
    /// committed.
    /// @param baseline Wh, positive towards the member.
    /// @param periods Packed periods of the order.
    /// @param source Empty where there is no baseline.
    function isBaseline(
        Case calldata own,
        int64 baseline,
        bytes calldata periods,
        bytes calldata source,
        bytes calldata evidence
    ) external view returns (bool);

    /// @notice Whether the nomination was made with this leaf.
    function isNominated(
        IFlexNominations.Nomination calldata nomination,
        bytes calldata leaf,
        NominationProof calldata proof
    ) external pure returns (bool);
}
