// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AreaId, DeliveryPeriod, PERIOD_SECONDS} from "../types/Types.sol";
import {IMeterReadings} from "./IMeterReadings.sol";
import {MerkleSumTree} from "./MerkleSumTree.sol";

contract MeterReadings is IMeterReadings, AccessManaged {
    using MerkleSumTree for MerkleSumTree.Root;

    struct Entry {
        Commitment commitment;
        bool isCommitted;
    }

    mapping(AreaId area => mapping(DeliveryPeriod period => Entry)) private _entries;

    constructor(address accessManager) AccessManaged(accessManager) {}

    /// @inheritdoc IMeterReadings
    function commitReadings(
        AreaId area,
        DeliveryPeriod period,
        Commitment calldata commitment
    ) external restricted {
        uint256 end = (uint256(DeliveryPeriod.unwrap(period)) + 1) * PERIOD_SECONDS;
        if (block.timestamp < end) revert MeterReadingsPeriodNotOver(period, end, block.timestamp);
        Entry storage entry = _entries[area][period];
        if (entry.isCommitted) revert MeterReadingsAlreadyCommitted(area, period);

        entry.commitment = commitment;
        entry.isCommitted = true;

        emit ReadingsCommitted(
            area,
            period,
            commitment.root,
            commitment.count,
            commitment.importTotal,
            commitment.exportTotal
        );
    }

    /// @inheritdoc IMeterReadings
    function commitmentOf(AreaId area, DeliveryPeriod period) external view returns (Commitment memory) {
        return _entries[area][period].commitment;
    }

    /// @inheritdoc IMeterReadings
    function isCommitted(AreaId area, DeliveryPeriod period) external view returns (bool) {
        return _entries[area][period].isCommitted;
    }

    /// @inheritdoc IMeterReadings
    function isCommittedReading(
        AreaId area,
        Reading calldata reading,
        uint256 position,
        bytes[] calldata siblings
    ) external view returns (bool) {
        if (reading.importEnd < reading.importStart || reading.exportEnd < reading.exportStart) return false;
        Commitment storage commitment = _entries[area][reading.period].commitment;
        MerkleSumTree.Root memory root = MerkleSumTree.Root(
            commitment.root,
            commitment.count,
            commitment.importTotal,
            commitment.exportTotal
        );
        return root.contains(_leafOf(reading), position, siblings);
    }

    function _leafOf(Reading calldata reading) private pure returns (MerkleSumTree.Node memory) {
        bytes memory leaf = abi.encodePacked(
            reading.memberId,
            reading.period,
            reading.importStart,
            reading.importEnd,
            reading.exportStart,
            reading.exportEnd,
            reading.salt
        );
        return
            MerkleSumTree.leafOf(
                leaf,
                reading.importEnd - reading.importStart,
                reading.exportEnd - reading.exportStart
            );
    }
}
