// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";

/// @notice Commitments to the meter readings of a delivery period: a Merkle sum tree, its leaves kept off the ledger.
/// @dev A meter signs, as EIP-712 data in the domain ("Commonwatt", "1", chain, this contract):
/// `MeterReading(uint32 deliveryPeriod,uint32 sequence,uint64 importRegister,uint64 exportRegister)`.
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
    struct Reading {
        MemberId memberId;
        DeliveryPeriod period;
        uint64 importStart;
        uint64 importEnd;
        uint64 exportStart;
        uint64 exportEnd;
        bytes32 salt;
    }

    event ReadingsCommitted(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        bytes32 root,
        uint32 count,
        uint64 importTotal,
        uint64 exportTotal
    );

    error MeterReadingsPeriodNotOver(DeliveryPeriod period, uint256 end, uint256 time);
    error MeterReadingsAlreadyCommitted(AreaId area, DeliveryPeriod period);

    /// @notice Once per area and period, after its end. Restricted to the metering operator.
    function commitReadings(AreaId area, DeliveryPeriod period, Commitment calldata commitment) external;

    function commitmentOf(AreaId area, DeliveryPeriod period) external view returns (Commitment memory);
    function isCommitted(AreaId area, DeliveryPeriod period) external view returns (bool);
    /// @notice Whether `reading` is the leaf at `position` of the committed tree.
    /// @param siblings From the leaf upwards, each `hash 32, importSum 8, exportSum 8` bytes.
    function isCommittedReading(
        AreaId area,
        Reading calldata reading,
        uint256 position,
        bytes[] calldata siblings
    ) external view returns (bool);
}
