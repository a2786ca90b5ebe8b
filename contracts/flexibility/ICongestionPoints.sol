// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, CongestionPointId, DeliveryPeriod, PowerW} from "../types/Types.sol";

/// @notice Congestion points: what each carries in both directions, and which connection points lie behind it. These
/// are the salted commitments of the DSO's credentials, never addresses of homes.
interface ICongestionPoints {
    struct Capacity {
        PowerW consumption;
        PowerW feedIn;
    }

    /// @notice Another capacity from the first period to the last one, inclusive.
    struct Limit {
        DeliveryPeriod firstPeriod;
        DeliveryPeriod lastPeriod;
        Capacity capacity;
    }

    /// @param effect By how much a W at the connection changes the flow at the congestion point, in millionths; above
    /// zero, at most 1,000,000.
    struct Connection {
        bytes32 connectionPoint;
        uint32 effect;
    }

    event PointRegistered(
        CongestionPointId indexed pointId,
        AreaId indexed area,
        string entityAddress,
        PowerW consumption,
        PowerW feedIn
    );
    event CapacityChanged(CongestionPointId indexed pointId, PowerW consumption, PowerW feedIn);
    event LimitSet(
        CongestionPointId indexed pointId,
        uint256 indexed number,
        DeliveryPeriod firstPeriod,
        DeliveryPeriod lastPeriod,
        PowerW consumption,
        PowerW feedIn
    );
    event LimitRemoved(CongestionPointId indexed pointId, uint256 indexed number);
    event ConnectionSet(CongestionPointId indexed pointId, bytes32 indexed connectionPoint, uint32 effect);
    event ConnectionRemoved(CongestionPointId indexed pointId, bytes32 indexed connectionPoint);

    error CongestionPointsUnknown(CongestionPointId pointId);
    /// @notice The address is empty or longer than 255 bytes, or is another point's.
    error CongestionPointsInvalidAddress(string entityAddress);
    error CongestionPointsInvalidPower(PowerW power);
    /// @notice The effect is out of its range, or no connection point is named.
    error CongestionPointsInvalidEffect(bytes32 connectionPoint, uint32 effect);
    /// @notice Limits are apart from one another, end after they begin, and not in the past.
    error CongestionPointsInvalidLimit(DeliveryPeriod firstPeriod, DeliveryPeriod lastPeriod);
    error CongestionPointsTooManyLimits(CongestionPointId pointId, uint256 most);
    error CongestionPointsNoLimit(CongestionPointId pointId, uint256 number);
    error CongestionPointsNotConnected(CongestionPointId pointId, bytes32 connectionPoint);

    /// @notice `entityAddress` as in UFTP, such as ea1.2026-01.example.dso:feeder-n. By a DSO of the area.
    /// @custom:access credential DSO of the area
    function registerPoint(
        AreaId area,
        string calldata entityAddress,
        Capacity calldata capacity
    ) external returns (CongestionPointId pointId);
    /// @custom:access credential DSO of the point's area
    function setCapacity(CongestionPointId pointId, Capacity calldata capacity) external;
    /// @notice At most 64 of a point that are not over.
    /// @custom:access credential DSO of the point's area
    function setLimit(CongestionPointId pointId, Limit calldata limit) external returns (uint256 number);
    /// @custom:access credential DSO of the point's area
    function removeLimit(CongestionPointId pointId, uint256 number) external;
    /// @notice Takes the place of the effect that a connection had. What is ordered already stays as it was ordered.
    /// @custom:access credential DSO of the point's area
    function connect(CongestionPointId pointId, Connection[] calldata connections) external;
    /// @custom:access credential DSO of the point's area
    function disconnect(CongestionPointId pointId, bytes32[] calldata connectionPoints) external;

    function areaOf(CongestionPointId pointId) external view returns (AreaId);
    /// @notice Of a period that is not over: limits that are over are forgotten.
    function capacityAt(
        CongestionPointId pointId,
        DeliveryPeriod period
    ) external view returns (Capacity memory);
    /// @notice Zero where it does not lie behind the point.
    function effectOf(CongestionPointId pointId, bytes32 connectionPoint) external view returns (uint32);
    function pointCount() external view returns (uint256);
}
