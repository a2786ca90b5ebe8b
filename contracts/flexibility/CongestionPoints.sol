// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, CongestionPointId, DeliveryPeriod, PERIOD_SECONDS, PowerW} from "../types/Types.sol";
import {ICongestionPoints} from "./ICongestionPoints.sol";

contract CongestionPoints is ICongestionPoints, RoleChecked {
    using SafeCast for uint256;

    uint256 private constant LONGEST_ADDRESS = 255;
    uint256 private constant MOST_LIMITS = 64;
    uint256 private constant FULL_EFFECT = 1_000_000;
    uint256 private constant MOST_POWER = 2 ** 31 - 1;

    struct Point {
        AreaId area;
        Capacity capacity;
        uint32 limitCount;
    }

    struct NumberedLimit {
        uint32 number;
        Limit limit;
    }

    uint256 private _pointCount;
    mapping(CongestionPointId pointId => Point) private _points;
    mapping(bytes32 addressHash => bool) private _isTaken;
    /// @dev Those that are not over, and those that nobody has cleared away since.
    mapping(CongestionPointId pointId => NumberedLimit[]) private _limits;
    mapping(CongestionPointId pointId => mapping(bytes32 connectionPoint => uint32)) private _effects;

    constructor(ICredentialRegistry credentialRegistry) RoleChecked(credentialRegistry) {}

    /// @inheritdoc ICongestionPoints
    function registerPoint(
        AreaId area,
        string calldata entityAddress,
        Capacity calldata capacity
    ) external onlyRole(Role.DSO, area) returns (CongestionPointId pointId) {
        uint256 length = bytes(entityAddress).length;
        bytes32 addressHash = keccak256(bytes(entityAddress));
        if (length == 0 || length > LONGEST_ADDRESS || _isTaken[addressHash]) {
            revert CongestionPointsInvalidAddress(entityAddress);
        }
        _requireCapacity(capacity);

        _isTaken[addressHash] = true;
        pointId = CongestionPointId.wrap((++_pointCount).toUint32());
        _points[pointId] = Point(area, capacity, 0);

        emit PointRegistered(pointId, area, entityAddress, capacity.consumption, capacity.feedIn);
    }

    /// @inheritdoc ICongestionPoints
    function setCapacity(CongestionPointId pointId, Capacity calldata capacity) external {
        _requireRole(Role.DSO, areaOf(pointId));
        _requireCapacity(capacity);

        _points[pointId].capacity = capacity;

        emit CapacityChanged(pointId, capacity.consumption, capacity.feedIn);
    }

    /// @inheritdoc ICongestionPoints
    function setLimit(CongestionPointId pointId, Limit calldata limit) external returns (uint256 number) {
        _requireRole(Role.DSO, areaOf(pointId));
        _requireCapacity(limit.capacity);
        if (
            DeliveryPeriod.unwrap(limit.firstPeriod) > DeliveryPeriod.unwrap(limit.lastPeriod) ||
            _isOver(limit.firstPeriod)
        ) revert CongestionPointsInvalidLimit(limit.firstPeriod, limit.lastPeriod);
        NumberedLimit[] storage limits = _limits[pointId];
        _clearAway(limits);
        _requireApart(limits, limit);
        if (limits.length == MOST_LIMITS) revert CongestionPointsTooManyLimits(pointId, MOST_LIMITS);

        number = ++_points[pointId].limitCount;
        limits.push(NumberedLimit(uint32(number), limit));

        emit LimitSet(
            pointId,
            number,
            limit.firstPeriod,
            limit.lastPeriod,
            limit.capacity.consumption,
            limit.capacity.feedIn
        );
    }

    /// @inheritdoc ICongestionPoints
    function removeLimit(CongestionPointId pointId, uint256 number) external {
        _requireRole(Role.DSO, areaOf(pointId));
        NumberedLimit[] storage limits = _limits[pointId];
        uint256 position = 0;
        while (position < limits.length && limits[position].number != number) ++position;
        if (position == limits.length) revert CongestionPointsNoLimit(pointId, number);

        _drop(limits, position);

        emit LimitRemoved(pointId, number);
    }

    /// @inheritdoc ICongestionPoints
    function connect(CongestionPointId pointId, Connection[] calldata connections) external {
        _requireRole(Role.DSO, areaOf(pointId));
        for (uint256 i = 0; i < connections.length; ++i) {
            (bytes32 connectionPoint, uint32 effect) = (
                connections[i].connectionPoint,
                connections[i].effect
            );
            if (connectionPoint == 0 || effect == 0 || effect > FULL_EFFECT) {
                revert CongestionPointsInvalidEffect(connectionPoint, effect);
            }
            _effects[pointId][connectionPoint] = effect;

            emit ConnectionSet(pointId, connectionPoint, effect);
        }
    }

    /// @inheritdoc ICongestionPoints
    function disconnect(CongestionPointId pointId, bytes32[] calldata connectionPoints) external {
        _requireRole(Role.DSO, areaOf(pointId));
        for (uint256 i = 0; i < connectionPoints.length; ++i) {
            if (_effects[pointId][connectionPoints[i]] == 0) {
                revert CongestionPointsNotConnected(pointId, connectionPoints[i]);
            }
            delete _effects[pointId][connectionPoints[i]];

            emit ConnectionRemoved(pointId, connectionPoints[i]);
        }
    }

    /// @inheritdoc ICongestionPoints
    function capacityAt(
        CongestionPointId pointId,
        DeliveryPeriod period
    ) external view returns (Capacity memory) {
        _requireKnown(pointId);
        NumberedLimit[] storage limits = _limits[pointId];
        for (uint256 i = 0; i < limits.length; ++i) {
            if (_isWithin(period, limits[i].limit)) return limits[i].limit.capacity;
        }
        return _points[pointId].capacity;
    }

    /// @inheritdoc ICongestionPoints
    function effectOf(CongestionPointId pointId, bytes32 connectionPoint) external view returns (uint32) {
        return _effects[pointId][connectionPoint];
    }

    /// @inheritdoc ICongestionPoints
    function pointCount() external view returns (uint256) {
        return _pointCount;
    }

    /// @inheritdoc ICongestionPoints
    function areaOf(CongestionPointId pointId) public view returns (AreaId) {
        _requireKnown(pointId);
        return _points[pointId].area;
    }

    function _clearAway(NumberedLimit[] storage limits) private {
        uint256 position = 0;
        while (position < limits.length) {
            if (_isOver(limits[position].limit.lastPeriod)) _drop(limits, position);
            else ++position;
        }
    }

    function _drop(NumberedLimit[] storage limits, uint256 position) private {
        limits[position] = limits[limits.length - 1];
        limits.pop();
    }

    function _requireKnown(CongestionPointId pointId) private view {
        uint256 number = CongestionPointId.unwrap(pointId);
        if (number == 0 || number > _pointCount) revert CongestionPointsUnknown(pointId);
    }

    function _requireApart(NumberedLimit[] storage limits, Limit calldata limit) private view {
        for (uint256 i = 0; i < limits.length; ++i) {
            Limit memory other = limits[i].limit;
            if (
                DeliveryPeriod.unwrap(other.firstPeriod) <= DeliveryPeriod.unwrap(limit.lastPeriod) &&
                DeliveryPeriod.unwrap(limit.firstPeriod) <= DeliveryPeriod.unwrap(other.lastPeriod)
            ) revert CongestionPointsInvalidLimit(limit.firstPeriod, limit.lastPeriod);
        }
    }

    function _isOver(DeliveryPeriod period) private view returns (bool) {
        return (uint256(DeliveryPeriod.unwrap(period)) + 1) * PERIOD_SECONDS <= block.timestamp;
    }

    function _isWithin(DeliveryPeriod period, Limit storage limit) private view returns (bool) {
        return
            DeliveryPeriod.unwrap(limit.firstPeriod) <= DeliveryPeriod.unwrap(period) &&
            DeliveryPeriod.unwrap(period) <= DeliveryPeriod.unwrap(limit.lastPeriod);
    }

    function _requireCapacity(Capacity calldata capacity) private pure {
        if (PowerW.unwrap(capacity.consumption) > MOST_POWER) {
            revert CongestionPointsInvalidPower(capacity.consumption);
        }
        if (PowerW.unwrap(capacity.feedIn) > MOST_POWER) revert CongestionPointsInvalidPower(capacity.feedIn);
    }
}
