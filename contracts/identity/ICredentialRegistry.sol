// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";

/// @notice Who is accredited to issue credentials of which role, and what became of each credential. The ledger holds
/// issuer, subject, role, scope, validity and status; the content stays with its holder, who can show that it is what
/// the issuer recorded by its digest. Area 0 stands for every area.
interface ICredentialRegistry {
    enum Status {
        Unknown,
        Active,
        Suspended,
        Revoked
    }

    enum Accreditation {
        None,
        Active,
        Suspended
    }

    /// @param area In which the role is held; 0 for every area.
    /// @param connectionPoint Salted commitment to the connection point's identifier; zero where there is none.
    /// @param digest Salted hash of the credential as its holder keeps it.
    /// @param validFrom Unix time from which it is valid; `validUntil` that up to which it is, not included.
    struct Issuance {
        address subject;
        Role role;
        AreaId area;
        bytes32 connectionPoint;
        bytes32 digest;
        uint40 validFrom;
        uint40 validUntil;
    }

    /// @param status Active also before `validFrom` and from `validUntil` on: see `isValidAt`.
    struct Credential {
        address issuer;
        address subject;
        Role role;
        AreaId area;
        bytes32 connectionPoint;
        uint40 validFrom;
        uint40 validUntil;
        Status status;
    }

    /// @notice The issuer may issue credentials of the role in the area, or may not any more. What it has issued stays.
    event AccreditationChanged(
        address indexed issuer,
        Role indexed role,
        AreaId indexed area,
        Accreditation accreditation
    );
    event CredentialIssued(
        bytes32 indexed credentialId,
        address indexed issuer,
        address indexed subject,
        Role role,
        AreaId area,
        bytes32 connectionPoint,
        bytes32 digest,
        uint40 validFrom,
        uint40 validUntil
    );
    event CredentialStatusChanged(bytes32 indexed credentialId, Status status, address by);

    error CredentialRegistryNotAccredited(address issuer, Role role, AreaId area);
    error CredentialRegistryInvalidIssuer();
    error CredentialRegistryInvalidSubject();
    error CredentialRegistryInvalidRole();
    /// @notice Validity ends after it begins, and not in the past.
    error CredentialRegistryInvalidValidity(uint40 validFrom, uint40 validUntil, uint256 time);
    /// @notice This very credential was issued before.
    error CredentialRegistryAlreadyIssued(bytes32 credentialId);
    /// @notice The subject holds a credential of the role in the area, which is valid still, and is another issuer's or
    /// would make room for one that is not valid yet.
    error CredentialRegistryHeldAlready(bytes32 credentialId);
    error CredentialRegistryUnknown(bytes32 credentialId);
    /// @notice Only the issuer and the consortium change what became of a credential; its subject may renounce it.
    error CredentialRegistryNotTheIssuer(bytes32 credentialId, address caller);
    error CredentialRegistryNotTheSubject(bytes32 credentialId, address caller);
    /// @notice Revoked is for ever; suspended follows upon active, and active upon suspended.
    error CredentialRegistryWrongStatus(bytes32 credentialId, Status status);
    /// @notice The consortium suspended it: only the consortium reinstates it.
    error CredentialRegistrySuspendedAbove(bytes32 credentialId);
    /// @notice `account` holds no valid credential of the role in the area.
    error CredentialRegistryRoleMissing(address account, Role role, AreaId area);

    /// @notice Lets the issuer issue credentials of the role in the area, again after a suspension. Restricted to the
    /// consortium, after a delay; the two below to it at once.
    /// @custom:access role ACCREDITATION
    function accreditIssuer(address issuer, Role role, AreaId area) external;
    /// @notice Also in one area alone, of an issuer that is accredited in every area.
    /// @custom:access role CONSORTIUM
    function suspendIssuer(address issuer, Role role, AreaId area) external;
    /// @notice In one area, an issuer that is accredited in every area stays suspended there.
    /// @custom:access role CONSORTIUM
    function removeIssuer(address issuer, Role role, AreaId area) external;

    /// @notice Issues credentials, all or none, by an issuer that is accredited for each. A credential takes the place
    /// of one that the subject holds for the same role and area, if that is valid no more, or is the same issuer's and
    /// this one is valid already.
    /// @custom:access an issuer that is accredited for each
    function issueCredentials(
        Issuance[] calldata issuances
    ) external returns (bytes32[] memory credentialIds);
    /// @notice By the issuer of each, or the consortium, whether or not the issuer is accredited still. Takes effect in
    /// the block in which it is called.
    /// @custom:access the issuer of each, or the consortium
    function revokeCredentials(bytes32[] calldata credentialIds) external;
    /// @custom:access the issuer of each, or the consortium
    function suspendCredentials(bytes32[] calldata credentialIds) external;
    /// @notice By the consortium, or by the issuer of each that is accredited still, where it suspended it itself.
    /// @custom:access the issuer of each, or the consortium
    function reinstateCredentials(bytes32[] calldata credentialIds) external;
    /// @notice Revokes what the caller is the subject of; what a household holds of its area only whoever owns its
    /// account.
    /// @custom:access the subject of the credential
    function renounceCredential(bytes32 credentialId) external;

    /// @notice Accreditation for exactly this area; that for every area is kept under area 0.
    function accreditationOf(address issuer, Role role, AreaId area) external view returns (Accreditation);
    /// @notice `Unknown` and zeros for what was never issued.
    function credentialOf(bytes32 credentialId) external view returns (Credential memory);
    /// @notice The hash of all that is recorded when it is issued.
    function credentialIdOf(address issuer, Issuance calldata issuance) external pure returns (bytes32);
    /// @notice Whether it is within its validity and active at `time`, which must not be in the future; as of now
    /// where it is this block's.
    function isValidAt(bytes32 credentialId, uint256 time) external view returns (bool);
    /// @notice The account's valid credential of the role in the area or, failing that, in every area; zero for none.
    function heldBy(address account, Role role, AreaId area) external view returns (bytes32 credentialId);
    /// @notice The same, reverting where there is none. What an account may do is asked of this function in the very
    /// transaction that does it.
    function requireRole(
        address account,
        Role role,
        AreaId area
    ) external view returns (bytes32 credentialId);
    /// @notice Whether the account held the role in the area at `time`, not in the future, by the last credential that
    /// was issued for it by then: one that is issued later changes nothing of it.
    function heldRoleAt(address account, Role role, AreaId area, uint256 time) external view returns (bool);
}
