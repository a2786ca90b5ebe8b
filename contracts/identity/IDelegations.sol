// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId} from "../types/Types.sol";

/// @notice What one identity lets another do in its place, for named devices and for a time: a metering operator lets a
/// gateway commit readings of its meters, a prosumer lets an aggregator offer the flexibility of its devices. To let a
/// key trade is the member registry's. Devices are named by a Merkle tree as OpenZeppelin's MerkleProof verifies it,
/// with the leaves keccak256(keccak256(abi.encode(device))).
interface IDelegations {
    enum Purpose {
        Readings,
        Flexibility
    }

    /// @param identity In whose place the delegate acts.
    /// @param devicesRoot Root of the tree of its devices.
    /// @param deviceCount How many there are; no commitment by the delegate has more.
    /// @param validUntil Unix time up to which it holds, not included.
    struct Delegation {
        address identity;
        address delegate;
        Purpose purpose;
        AreaId area;
        bytes32 devicesRoot;
        uint32 deviceCount;
        uint40 validUntil;
    }

    event Delegated(
        uint256 indexed delegationId,
        address indexed identity,
        address indexed delegate,
        Purpose purpose,
        AreaId area,
        bytes32 devicesRoot,
        uint32 deviceCount,
        uint40 validUntil
    );
    event DelegationRevoked(uint256 indexed delegationId, address indexed by);
    /// @notice The contract `by` let the delegate act for this delegation's identity, in this transaction.
    event DelegationUsed(uint256 indexed delegationId, address indexed by);

    error DelegationsNotTheOwner(address identity, address caller);
    /// @notice A delegation needs another delegate than its identity, devices, and an end to come.
    error DelegationsInvalid();
    error DelegationsUnknown(uint256 delegationId);
    error DelegationsRevoked(uint256 delegationId);
    /// @notice Another metering operator's delegation to this delegate holds still.
    error DelegationsHeldAlready(uint256 delegationId);
    /// @notice The caller is no metering operator of the area, and no delegate of one by a delegation that holds.
    error DelegationsNoReadings(address caller, AreaId area);
    error DelegationsTooManyDevices(uint256 delegationId, uint256 count, uint256 named);

    /// @notice By the owner of the identity, by the DidRegistry. Takes the place of what the identity delegated to the
    /// same delegate, for the same purpose and area. Readings are delegated by metering operators of the area alone.
    /// @custom:access the owner of the identity; of readings, where it is a metering operator of the area
    function delegate(Delegation calldata delegation) external returns (uint256 delegationId);
    /// @notice At once, by the owner of the identity or by the delegate.
    /// @custom:access the owner of the identity, or the delegate
    function revoke(uint256 delegationId) external;
    /// @notice Returns where the caller may commit readings of `count` meters of the area: as metering operator, or as
    /// the delegate of one, which is then named in an event. Reverts elsewhere.
    /// @custom:access anyone: it changes nothing, and says only who asked
    function useForReadings(address caller, AreaId area, uint256 count) external;

    function delegationOf(uint256 delegationId) external view returns (Delegation memory);
    /// @notice The latest of that kind, valid or not; zero for none.
    function latestOf(
        address identity,
        address delegate,
        Purpose purpose,
        AreaId area
    ) external view returns (uint256 delegationId);
    /// @notice Neither revoked nor over, and not replaced by a later one.
    function isValid(uint256 delegationId) external view returns (bool);
    /// @notice Whether it is valid and names the device.
    function covers(
        uint256 delegationId,
        address device,
        bytes32[] calldata proof
    ) external view returns (bool);
}
