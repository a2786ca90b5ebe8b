// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";

/// @notice Commitments to the meter readings of a delivery period: a Merkle sum tree, its leaves kept off the ledger.
/// Version 0 is the first; later ones correct what was estimated or wrong, and leave the earlier ones as they were.
/// @dev A meter signs, as EIP-712 data in the domain ("Commonwatt", "1", chain, this contract): `MeterReading(uint32
/// deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)`.
///
/// A leaf, big-endian: memberId 3, period 4, importStart 8, importEnd 8, exportStart 8, exportEnd 8, quality 1, salt
/// 32; its sums are the Wh imported and exported. Leaves ascend by member.
interface IMeterReadings {
    /// @param root Root of the Merkle sum tree (zero for no leaf).
    /// @param count Leaves: members whose energy of the period is known.
    /// @param importTotal Wh imported by all of them; `exportTotal` exported.
    struct Commitment {
        bytes32 root;
        uint32 count;
        uint64 importTotal;
        uint64 exportTotal;
    }

    /// @notice What a leaf commits to: the registers, in Wh, at the start and the end of the period.
    /// @param quality 0 where both registers were metered, 1 where one was estimated.
    struct Reading {
        MemberId memberId;
        DeliveryPeriod period;
        uint64 importStart;
        uint64 importEnd;
        uint64 exportStart;
        uint64 exportEnd;
        uint8 quality;
        bytes32 salt;
    }

    event ReadingsCommitted(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        uint8 version,
        bytes32 root,
        uint32 count,
        uint64 importTotal,
        uint64 exportTotal
    );

    error MeterReadingsPeriodNotOver(DeliveryPeriod period, uint256 end, uint256 time);
    error MeterReadingsAlreadyCommitted(AreaId area, DeliveryPeriod period);
    error MeterReadingsNotCommitted(AreaId area, DeliveryPeriod period);
    /// @notice From `deadline` on the day's final settlement run may be made, and its readings stand.
    error MeterReadingsCorrectionsOver(DeliveryPeriod period, uint256 deadline, uint256 time);
    /// @notice A period's readings have 256 versions at most.
    error MeterReadingsTooManyVersions(AreaId area, DeliveryPeriod period);

    /// @notice Version 0, once per area and period, after its end. By a metering operator of the
    /// area, or by whom it delegated the readings of its meters (see IDelegations).
    function commitReadings(AreaId area, DeliveryPeriod period, Commitment calldata commitment) external;

    /// @notice The next version, until the day's final settlement run may be made. By who may commit.
    function correctReadings(AreaId area, DeliveryPeriod period, Commitment calldata commitment) external;

    /// @notice The latest version; all zero where there is none.
    function commitmentOf(AreaId area, DeliveryPeriod period) external view returns (Commitment memory);
    /// @notice All zero where there is no such version.
    function commitmentAt(
        AreaId area,
        DeliveryPeriod period,
        uint8 version
    ) external view returns (Commitment memory);
    /// @notice The latest version that was committed at or before `time`. Reverts where there was none.
    function versionAt(AreaId area, DeliveryPeriod period, uint256 time) external view returns (uint8);
    function isCommitted(AreaId area, DeliveryPeriod period) external view returns (bool);
    /// @notice Whether each of `count` periods from `firstPeriod` on is committed.
    function areCommitted(
        AreaId area,
        DeliveryPeriod firstPeriod,
        uint256 count
    ) external view returns (bool);
    /// @notice Whether the version's tree was made with `reading` as the leaf at `position`, whether or not its sums
    /// add up.
    /// @param importSum First sum of the leaf as committed, `exportSum` the second.
    /// @param siblings From the leaf upwards, each `hash 32, importSum 8, exportSum 8` bytes, followed by the parent's
    /// `importSum 8, exportSum 8` where that was committed with other sums than its children's.
    function isCommittedReading(
        AreaId area,
        uint8 version,
        Reading calldata reading,
        uint64 importSum,
        uint64 exportSum,
        uint256 position,
        bytes[] calldata siblings
    ) external view returns (bool);
}
