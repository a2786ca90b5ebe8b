// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {IDelegations} from "../identity/IDelegations.sol";
import {AreaId, DeliveryPeriod, PERIOD_SECONDS, PERIODS_PER_DAY} from "../types/Types.sol";
import {IMeterReadings} from "./IMeterReadings.sol";
import {MerkleSumTree} from "./MerkleSumTree.sol";

contract MeterReadings is IMeterReadings {
    using MerkleSumTree for MerkleSumTree.Root;
    using SafeCast for uint256;

    /// @param committedAt Unix time; zero while there is no such version.
    /// @param latest Number of the period's latest version; kept in version 0, where the slot has room for it.
    struct Version {
        bytes32 root;
        uint32 count;
        uint64 importTotal;
        uint64 exportTotal;
        uint32 committedAt;
        uint8 latest;
    }

    IDelegations private immutable _delegations;
    IAreaRegistry private immutable _areaRegistry;

    mapping(AreaId area => mapping(DeliveryPeriod period => mapping(uint256 version => Version)))
        private _versions;

    constructor(IDelegations delegations, IAreaRegistry areaRegistry) {
        _delegations = delegations;
        _areaRegistry = areaRegistry;
    }

    /// @inheritdoc IMeterReadings
    function commitReadings(AreaId area, DeliveryPeriod period, Commitment calldata commitment) external {
        _delegations.useForReadings(msg.sender, area, commitment.count);
        uint256 end = (uint256(DeliveryPeriod.unwrap(period)) + 1) * PERIOD_SECONDS;
        if (block.timestamp < end) revert MeterReadingsPeriodNotOver(period, end, block.timestamp);
        if (_isCommitted(area, period)) revert MeterReadingsAlreadyCommitted(area, period);

        _commit(area, period, 0, commitment);
    }

    /// @inheritdoc IMeterReadings
    function correctReadings(AreaId area, DeliveryPeriod period, Commitment calldata commitment) external {
        _delegations.useForReadings(msg.sender, area, commitment.count);
        if (!_isCommitted(area, period)) revert MeterReadingsNotCommitted(area, period);
        uint256 dayEnd =
            (DeliveryPeriod.unwrap(period) / PERIODS_PER_DAY + 1) * PERIODS_PER_DAY * PERIOD_SECONDS;
        uint256 deadline = dayEnd + _areaRegistry.calendarOf(area).finalDelay;
        if (block.timestamp >= deadline)
            revert MeterReadingsCorrectionsOver(period, deadline, block.timestamp);
        uint8 latest = _versions[area][period][0].latest;
        if (latest == type(uint8).max) revert MeterReadingsTooManyVersions(area, period);

        _versions[area][period][0].latest = latest + 1;
        _commit(area, period, latest + 1, commitment);
    }

    /// @inheritdoc IMeterReadings
    function commitmentOf(AreaId area, DeliveryPeriod period) external view returns (Commitment memory) {
        return _commitmentAt(area, period, _versions[area][period][0].latest);
    }

    /// @inheritdoc IMeterReadings
    function commitmentAt(
        AreaId area,
        DeliveryPeriod period,
        uint8 version
    ) external view returns (Commitment memory) {
        return _commitmentAt(area, period, version);
    }

    /// @inheritdoc IMeterReadings
    function versionAt(AreaId area, DeliveryPeriod period, uint256 time) external view returns (uint8) {
        if (!_isCommitted(area, period) || _versions[area][period][0].committedAt > time)
            revert MeterReadingsNotCommitted(area, period);
        uint8 version = _versions[area][period][0].latest;
        while (_versions[area][period][version].committedAt > time) --version;
        return version;
    }

    /// @inheritdoc IMeterReadings
    function isCommitted(AreaId area, DeliveryPeriod period) external view returns (bool) {
        return _isCommitted(area, period);
    }

    /// @inheritdoc IMeterReadings
    function areCommitted(
        AreaId area,
        DeliveryPeriod firstPeriod,
        uint256 count
    ) external view returns (bool) {
        for (uint256 i = 0; i < count; ++i) {
            uint256 period = DeliveryPeriod.unwrap(firstPeriod) + i;
            if (!_isCommitted(area, DeliveryPeriod.wrap(period.toUint32()))) return false;
        }
        return true;
    }

    /// @inheritdoc IMeterReadings
    function isCommittedReading(
        AreaId area,
        uint8 version,
        Reading calldata reading,
        uint64 importSum,
        uint64 exportSum,
        uint256 position,
        bytes[] calldata siblings
    ) external view returns (bool) {
        Version storage committed = _versions[area][reading.period][version];
        MerkleSumTree.Root memory root = MerkleSumTree.Root(
            committed.root,
            committed.count,
            committed.importTotal,
            committed.exportTotal
        );
        return root.wasCommitted(_leafOf(reading, importSum, exportSum), position, siblings);
    }

    function _commit(
        AreaId area,
        DeliveryPeriod period,
        uint8 version,
        Commitment calldata commitment
    ) private {
        _versions[area][period][version] = Version(
            commitment.root,
            commitment.count,
            commitment.importTotal,
            commitment.exportTotal,
            block.timestamp.toUint32(),
            0
        );

        emit ReadingsCommitted(
            area,
            period,
            version,
            commitment.root,
            commitment.count,
            commitment.importTotal,
            commitment.exportTotal
        );
    }

    function _commitmentAt(
        AreaId area,
        DeliveryPeriod period,
        uint8 version
    ) private view returns (Commitment memory) {
        Version storage committed = _versions[area][period][version];
        return Commitment(committed.root, committed.count, committed.importTotal, committed.exportTotal);
    }

    function _isCommitted(AreaId area, DeliveryPeriod period) private view returns (bool) {
        return _versions[area][period][0].committedAt != 0;
    }

    function _leafOf(
        Reading calldata reading,
        uint64 importSum,
        uint64 exportSum
    ) private pure returns (MerkleSumTree.Node memory) {
        bytes memory leaf = abi.encodePacked(
            reading.memberId,
            reading.period,
            reading.importStart,
            reading.importEnd,
            reading.exportStart,
            reading.exportEnd,
            reading.quality,
            reading.salt
        );
        return MerkleSumTree.leafOf(leaf, importSum, exportSum);
    }
}
