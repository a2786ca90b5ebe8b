// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";
import {IDelegations} from "./IDelegations.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {RoleChecked} from "./RoleChecked.sol";

contract Delegations is IDelegations, RoleChecked {
    IDidRegistry private immutable _didRegistry;

    uint256 private _lastId;
    mapping(uint256 delegationId => Delegation) private _delegations;
    mapping(uint256 delegationId => bool) private _isRevoked;
    mapping(address identity => mapping(address delegate => mapping(Purpose => mapping(AreaId => uint256))))
        private _latest;
    /// @dev By which a delegate commits an area's readings.
    mapping(address delegate => mapping(AreaId area => uint256 delegationId)) private _readings;

    constructor(
        ICredentialRegistry credentialRegistry,
        IDidRegistry didRegistry
    ) RoleChecked(credentialRegistry) {
        _didRegistry = didRegistry;
    }

    /// @inheritdoc IDelegations
    function delegate(Delegation calldata delegation) external returns (uint256 delegationId) {
        (address identity, address other, AreaId area) = (
            delegation.identity,
            delegation.delegate,
            delegation.area
        );
        _requireOwner(identity);
        if (
            other == address(0) ||
            other == identity ||
            delegation.deviceCount == 0 ||
            delegation.devicesRoot == 0 ||
            delegation.validUntil <= block.timestamp
        ) revert DelegationsInvalid();
        if (delegation.purpose == Purpose.Readings) _requireForReadings(identity, other, area);

        delegationId = ++_lastId;
        _delegations[delegationId] = delegation;
        _latest[identity][other][delegation.purpose][area] = delegationId;
        if (delegation.purpose == Purpose.Readings) _readings[other][area] = delegationId;

        emit Delegated(
            delegationId,
            identity,
            other,
            delegation.purpose,
            area,
            delegation.devicesRoot,
            delegation.deviceCount,
            delegation.validUntil
        );
    }

    /// @inheritdoc IDelegations
    function revoke(uint256 delegationId) external {
        Delegation storage delegation = _delegations[delegationId];
        if (delegation.identity == address(0)) revert DelegationsUnknown(delegationId);
        if (msg.sender != delegation.delegate) _requireOwner(delegation.identity);
        if (_isRevoked[delegationId]) revert DelegationsRevoked(delegationId);

        _isRevoked[delegationId] = true;

        emit DelegationRevoked(delegationId, msg.sender);
    }

    /// @inheritdoc IDelegations
    function useForReadings(address caller, AreaId area, uint256 count) external {
        if (_credentialRegistry.heldBy(caller, Role.MeteringOperator, area) != 0) return;
        uint256 delegationId = _readings[caller][area];
        Delegation storage delegation = _delegations[delegationId];
        if (
            !_isValid(delegationId) ||
            _credentialRegistry.heldBy(delegation.identity, Role.MeteringOperator, area) == 0
        ) revert DelegationsNoReadings(caller, area);
        uint256 named = delegation.deviceCount;
        if (count > named) revert DelegationsTooManyDevices(delegationId, count, named);

        emit DelegationUsed(delegationId, msg.sender);
    }

    /// @inheritdoc IDelegations
    function delegationOf(uint256 delegationId) external view returns (Delegation memory) {
        return _delegations[delegationId];
    }

    /// @inheritdoc IDelegations
    function latestOf(
        address identity,
        address other,
        Purpose purpose,
        AreaId area
    ) external view returns (uint256) {
        return _latest[identity][other][purpose][area];
    }

    /// @inheritdoc IDelegations
    function isValid(uint256 delegationId) external view returns (bool) {
        return _isValid(delegationId);
    }

    /// @inheritdoc IDelegations
    function covers(
        uint256 delegationId,
        address device,
        bytes32[] calldata proof
    ) external view returns (bool) {
        // Hashed twice, so that no node of the tree is taken for a leaf.
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(device))));
        return
            _isValid(delegationId) &&
            MerkleProof.verifyCalldata(proof, _delegations[delegationId].devicesRoot, leaf);
    }

    /// @dev Nobody takes a delegate from another metering operator whose delegation holds.
    function _requireForReadings(address identity, address other, AreaId area) private view {
        _credentialRegistry.requireRole(identity, Role.MeteringOperator, area);
        uint256 held = _readings[other][area];
        address holder = _delegations[held].identity;
        if (holder == identity || !_isValid(held)) return;
        if (_credentialRegistry.heldBy(holder, Role.MeteringOperator, area) != 0) {
            revert DelegationsHeldAlready(held);
        }
    }

    function _isValid(uint256 delegationId) private view returns (bool) {
        Delegation storage delegation = _delegations[delegationId];
        return
            delegation.validUntil > block.timestamp &&
            !_isRevoked[delegationId] &&
            _latest[delegation.identity][delegation.delegate][delegation.purpose][delegation.area] ==
                delegationId;
    }

    function _requireOwner(address identity) private view {
        if (_didRegistry.identityOwner(identity) != msg.sender) {
            revert DelegationsNotTheOwner(identity, msg.sender);
        }
    }
}
