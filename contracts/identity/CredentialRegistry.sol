// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Role} from "../types/MarketRoles.sol";
import {CONSORTIUM} from "../types/Roles.sol";
import {AreaId, MemberId} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";

contract CredentialRegistry is ICredentialRegistry, AccessManaged {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    AreaId private constant EVERY_AREA = AreaId.wrap(0);

    /// @dev One slot. The status is that of now; those before are in `_statusHistory`.
    struct Terms {
        address issuer;
        uint40 validFrom;
        uint40 validUntil;
        Role role;
        Status status;
    }

    /// @param isSuspendedAbove Whether it was the consortium that suspended it, and not the issuer.
    struct Holder {
        address subject;
        AreaId area;
        bool isSuspendedAbove;
        uint40 issuedAt;
    }

    IMemberRegistry private immutable _memberRegistry;

    mapping(address issuer => mapping(Role role => mapping(AreaId area => Accreditation)))
        private _accreditations;
    mapping(bytes32 credentialId => Terms) private _terms;
    mapping(bytes32 credentialId => Holder) private _holders;
    mapping(bytes32 credentialId => bytes32) private _connectionPoints;
    /// @dev Empty while a credential is as it was issued: active.
    mapping(bytes32 credentialId => Checkpoints.Trace208) private _statusHistory;
    mapping(address subject => mapping(Role role => mapping(AreaId area => bytes32 credentialId)))
        private _held;
    /// @dev Those that others took the place of, in their sequence.
    mapping(address subject => mapping(Role role => mapping(AreaId area => bytes32[]))) private _former;

    constructor(address accessManager, IMemberRegistry memberRegistry) AccessManaged(accessManager) {
        _memberRegistry = memberRegistry;
    }

    /// @inheritdoc ICredentialRegistry
    function accreditIssuer(address issuer, Role role, AreaId area) external restricted {
        if (issuer == address(0)) revert CredentialRegistryInvalidIssuer();
        if (role == Role.None) revert CredentialRegistryInvalidRole();

        _setAccreditation(issuer, role, area, Accreditation.Active);
    }

    /// @inheritdoc ICredentialRegistry
    function suspendIssuer(address issuer, Role role, AreaId area) external restricted {
        if (!_isAccredited(issuer, role, area)) {
            revert CredentialRegistryNotAccredited(issuer, role, area);
        }

        _setAccreditation(issuer, role, area, Accreditation.Suspended);
    }

    /// @inheritdoc ICredentialRegistry
    function removeIssuer(address issuer, Role role, AreaId area) external restricted {
        if (_accreditations[issuer][role][area] == Accreditation.None) {
            revert CredentialRegistryNotAccredited(issuer, role, area);
        }

        // Whoever is accredited everywhere would be again where nothing is said.
        bool isEverywhere =
            AreaId.unwrap(area) != AreaId.unwrap(EVERY_AREA) &&
                _accreditations[issuer][role][EVERY_AREA] == Accreditation.Active;
        _setAccreditation(issuer, role, area, isEverywhere ? Accreditation.Suspended : Accreditation.None);
    }

    /// @inheritdoc ICredentialRegistry
    function issueCredentials(
        Issuance[] calldata issuances
    ) external returns (bytes32[] memory credentialIds) {
        credentialIds = new bytes32[](issuances.length);
        for (uint256 i = 0; i < issuances.length; ++i) {
            credentialIds[i] = _issue(issuances[i]);
        }
    }

    /// @inheritdoc ICredentialRegistry
    function revokeCredentials(bytes32[] calldata credentialIds) external {
        bool isConsortium = _isConsortium();
        for (uint256 i = 0; i < credentialIds.length; ++i) {
            _requireIssuer(credentialIds[i], isConsortium);
            if (_terms[credentialIds[i]].status == Status.Revoked) _refuseStatus(credentialIds[i]);
            _setStatus(credentialIds[i], Status.Revoked);
        }
    }

    /// @inheritdoc ICredentialRegistry
    function suspendCredentials(bytes32[] calldata credentialIds) external {
        bool isConsortium = _isConsortium();
        for (uint256 i = 0; i < credentialIds.length; ++i) {
            bytes32 credentialId = credentialIds[i];
            _requireIssuer(credentialId, isConsortium);
            if (_terms[credentialId].status != Status.Active) _refuseStatus(credentialId);
            if (_terms[credentialId].issuer != msg.sender) _holders[credentialId].isSuspendedAbove = true;
            _setStatus(credentialId, Status.Suspended);
        }
    }

    /// @inheritdoc ICredentialRegistry
    function reinstateCredentials(bytes32[] calldata credentialIds) external {
        bool isConsortium = _isConsortium();
        for (uint256 i = 0; i < credentialIds.length; ++i) {
            bytes32 credentialId = credentialIds[i];
            _requireIssuer(credentialId, isConsortium);
            if (_terms[credentialId].status != Status.Suspended) _refuseStatus(credentialId);
            if (!isConsortium) _requireReinstating(credentialId);
            delete _holders[credentialId].isSuspendedAbove;
            _setStatus(credentialId, Status.Active);
        }
    }

    /// @inheritdoc ICredentialRegistry
    function renounceCredential(bytes32 credentialId) external {
        if (_renouncerOf(_holders[credentialId]) != msg.sender) {
            revert CredentialRegistryNotTheSubject(credentialId, msg.sender);
        }
        if (_terms[credentialId].status == Status.Revoked) _refuseStatus(credentialId);

        _setStatus(credentialId, Status.Revoked);
    }

    /// @inheritdoc ICredentialRegistry
    function accreditationOf(address issuer, Role role, AreaId area) external view returns (Accreditation) {
        return _accreditations[issuer][role][area];
    }

    /// @inheritdoc ICredentialRegistry
    function credentialOf(bytes32 credentialId) external view returns (Credential memory) {
        Terms memory terms = _terms[credentialId];
        Holder memory holder = _holders[credentialId];
        return
            Credential(
                terms.issuer,
                holder.subject,
                terms.role,
                holder.area,
                _connectionPoints[credentialId],
                terms.validFrom,
                terms.validUntil,
                terms.status
            );
    }

    /// @inheritdoc ICredentialRegistry
    function isValidAt(bytes32 credentialId, uint256 time) external view returns (bool) {
        return _isValidAt(credentialId, time);
    }

    /// @inheritdoc ICredentialRegistry
    function heldBy(address account, Role role, AreaId area) external view returns (bytes32) {
        return _heldBy(account, role, area);
    }

    /// @inheritdoc ICredentialRegistry
    function requireRole(
        address account,
        Role role,
        AreaId area
    ) external view returns (bytes32 credentialId) {
        credentialId = _heldBy(account, role, area);
        if (credentialId == 0) revert CredentialRegistryRoleMissing(account, role, area);
    }

    /// @inheritdoc ICredentialRegistry
    function heldRoleAt(address account, Role role, AreaId area, uint256 time) external view returns (bool) {
        return _wasHeldAt(account, role, area, time) || _wasHeldAt(account, role, EVERY_AREA, time);
    }

    /// @inheritdoc ICredentialRegistry
    function credentialIdOf(address issuer, Issuance calldata issuance) public pure returns (bytes32) {
        return keccak256(abi.encode(issuer, issuance));
    }

    function _setAccreditation(address issuer, Role role, AreaId area, Accreditation accreditation) private {
        _accreditations[issuer][role][area] = accreditation;

        emit AccreditationChanged(issuer, role, area, accreditation);
    }

    function _issue(Issuance calldata issuance) private returns (bytes32 credentialId) {
        (address subject, Role role, AreaId area) = (issuance.subject, issuance.role, issuance.area);
        credentialId = credentialIdOf(msg.sender, issuance);
        _requireIssuable(issuance, credentialId);

        _terms[credentialId] = Terms(
            msg.sender,
            issuance.validFrom,
            issuance.validUntil,
            role,
            Status.Active
        );
        _holders[credentialId] = Holder(subject, area, false, block.timestamp.toUint40());
        if (issuance.connectionPoint != 0) _connectionPoints[credentialId] = issuance.connectionPoint;
        bytes32 before = _held[subject][role][area];
        if (before != 0) _former[subject][role][area].push(before);
        _held[subject][role][area] = credentialId;

        emit CredentialIssued(
            credentialId,
            msg.sender,
            subject,
            role,
            area,
            issuance.connectionPoint,
            issuance.digest,
            issuance.validFrom,
            issuance.validUntil
        );

        _memberRegistry.noteCredentials(subject, area);
    }

    function _setStatus(bytes32 credentialId, Status status) private {
        _terms[credentialId].status = status;
        _statusHistory[credentialId].push(block.timestamp.toUint48(), uint8(status));

        emit CredentialStatusChanged(credentialId, status, msg.sender);

        Holder memory holder = _holders[credentialId];
        _memberRegistry.noteCredentials(holder.subject, holder.area);
    }

    function _requireIssuable(Issuance calldata issuance, bytes32 credentialId) private view {
        (address subject, Role role, AreaId area) = (issuance.subject, issuance.role, issuance.area);
        if (subject == address(0)) revert CredentialRegistryInvalidSubject();
        if (!_isAccredited(msg.sender, role, area)) {
            revert CredentialRegistryNotAccredited(msg.sender, role, area);
        }
        if (issuance.validUntil <= issuance.validFrom || issuance.validUntil <= block.timestamp) {
            revert CredentialRegistryInvalidValidity(
                issuance.validFrom,
                issuance.validUntil,
                block.timestamp
            );
        }
        if (_terms[credentialId].issuer != address(0)) revert CredentialRegistryAlreadyIssued(credentialId);
        bytes32 held = _held[subject][role][area];
        bool isInPlace = _terms[held].issuer == msg.sender && issuance.validFrom <= block.timestamp;
        if (!isInPlace && _isValidAt(held, block.timestamp)) revert CredentialRegistryHeldAlready(held);
    }

    function _requireIssuer(bytes32 credentialId, bool isConsortium) private view {
        address issuer = _terms[credentialId].issuer;
        if (issuer == address(0)) revert CredentialRegistryUnknown(credentialId);
        if (issuer != msg.sender && !isConsortium) {
            revert CredentialRegistryNotTheIssuer(credentialId, msg.sender);
        }
    }

    /// @dev To say that a credential is good again is to issue it.
    function _requireReinstating(bytes32 credentialId) private view {
        Holder memory holder = _holders[credentialId];
        Role role = _terms[credentialId].role;
        if (!_isAccredited(msg.sender, role, holder.area)) {
            revert CredentialRegistryNotAccredited(msg.sender, role, holder.area);
        }
        if (holder.isSuspendedAbove) revert CredentialRegistrySuspendedAbove(credentialId);
    }

    /// @return Of a household whoever owns its account now: a key that was replaced gives up nothing.
    function _renouncerOf(Holder memory holder) private view returns (address) {
        MemberId memberId = _memberRegistry.householdOf(holder.subject, holder.area);
        return MemberId.unwrap(memberId) == 0 ? holder.subject : _memberRegistry.ownerOf(memberId);
    }

    function _refuseStatus(bytes32 credentialId) private view {
        revert CredentialRegistryWrongStatus(credentialId, _terms[credentialId].status);
    }

    function _isConsortium() private view returns (bool isConsortium) {
        (isConsortium, ) = IAccessManager(authority()).hasRole(CONSORTIUM, msg.sender);
    }

    /// @dev What is said of one area counts there, be it a suspension of who is accredited everywhere.
    function _isAccredited(address issuer, Role role, AreaId area) private view returns (bool) {
        Accreditation accreditation = _accreditations[issuer][role][area];
        if (accreditation == Accreditation.None) accreditation = _accreditations[issuer][role][EVERY_AREA];
        return accreditation == Accreditation.Active;
    }

    function _heldBy(address account, Role role, AreaId area) private view returns (bytes32 credentialId) {
        credentialId = _held[account][role][area];
        if (_isValidAt(credentialId, block.timestamp)) return credentialId;
        credentialId = _held[account][role][EVERY_AREA];
        if (!_isValidAt(credentialId, block.timestamp)) credentialId = 0;
    }

    /// @dev By the one that was the last at that time: whoever issues another later changes nothing of it.
    function _wasHeldAt(address account, Role role, AreaId area, uint256 time) private view returns (bool) {
        bytes32 latest = _held[account][role][area];
        if (_holders[latest].issuedAt <= time) return _isValidAt(latest, time);
        bytes32[] storage former = _former[account][role][area];
        uint256 low = 0;
        uint256 high = former.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_holders[former[middle]].issuedAt <= time) low = middle + 1;
            else high = middle;
        }
        return low != 0 && _isValidAt(former[low - 1], time);
    }

    function _isValidAt(bytes32 credentialId, uint256 time) private view returns (bool) {
        Terms memory terms = _terms[credentialId];
        if (terms.issuer == address(0) || time < terms.validFrom || time >= terms.validUntil) return false;
        if (time >= block.timestamp) return terms.status == Status.Active;
        // Before the first change stands a zero, of a credential that was active.
        uint208 status = _statusHistory[credentialId].upperLookupRecent(time.toUint48());
        return status == 0 || status == uint8(Status.Active);
    }
}
