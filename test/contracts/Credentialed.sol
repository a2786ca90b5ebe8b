// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ICredentialRegistry} from "../../contracts/identity/ICredentialRegistry.sol";
import {IDelegations} from "../../contracts/identity/IDelegations.sol";
import {IDidRegistry} from "../../contracts/identity/IDidRegistry.sol";
import {IMemberRegistry} from "../../contracts/identity/IMemberRegistry.sol";
import {IRecovery} from "../../contracts/identity/IRecovery.sol";
import {Role} from "../../contracts/types/MarketRoles.sol";
import {ACCREDITATION, CONSORTIUM} from "../../contracts/types/Roles.sol";
import {AreaId, EnergyWh, MemberId} from "../../contracts/types/Types.sol";
import {deploy} from "./Deployment.sol";
import {vm} from "./Vm.sol";

/// @dev Identities, credentials and members, deployed and wired. The test is the consortium, issues credentials of every
/// role everywhere, and holds one of each actor's, everywhere, for ever.
abstract contract Credentialed {
    AreaId internal constant AREA = AreaId.wrap(1);
    AreaId internal constant OTHER_AREA = AreaId.wrap(2);
    AreaId internal constant EVERY_AREA = AreaId.wrap(0);
    uint40 internal constant FOR_EVER = type(uint40).max;
    EnergyWh internal constant QUANTITY_LIMIT = EnergyWh.wrap(10_000);
    address internal constant STRANGER = address(0x57a46e4);

    IAccessManager public manager;
    IDidRegistry public dids;
    ICredentialRegistry public credentials;
    IMemberRegistry public members;
    IRecovery public recovery;
    IDelegations public delegations;

    uint256 private _digests;

    function _deployIdentity() internal {
        manager = IAccessManager(deploy("AccessManager", abi.encode(this)));
        // Two of them know others that come later: addresses are known before they are there.
        uint256 nonce = vm.getNonce(address(this));
        address membersToBe = vm.computeCreateAddress(address(this), nonce + 2);
        address recoveryToBe = vm.computeCreateAddress(address(this), nonce + 3);
        dids = IDidRegistry(deploy("DidRegistry", abi.encode(recoveryToBe)));
        credentials = ICredentialRegistry(deploy("CredentialRegistry", abi.encode(manager, membersToBe)));
        members = IMemberRegistry(deploy("MemberRegistry", abi.encode(credentials, dids)));
        recovery = IRecovery(deploy("Recovery", abi.encode(dids, credentials)));
        delegations = IDelegations(deploy("Delegations", abi.encode(credentials, dids)));

        _grant(ACCREDITATION, address(credentials), ICredentialRegistry.accreditIssuer.selector);
        _grant(CONSORTIUM, address(credentials), ICredentialRegistry.suspendIssuer.selector);
        _grant(CONSORTIUM, address(credentials), ICredentialRegistry.removeIssuer.selector);
        for (uint8 role = uint8(Role.Prosumer); role <= uint8(type(Role).max); ++role) {
            credentials.accreditIssuer(address(this), Role(role), EVERY_AREA);
            if (role < uint8(Role.ReceiptSigner)) _issue(address(this), Role(role), EVERY_AREA);
        }
    }

    /// @dev The test gets the role, and the role the function.
    function _grant(uint64 role, address target, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, address(this), 0);
    }

    function _issue(address subject, Role role, AreaId area) internal returns (bytes32) {
        return _issueUntil(subject, role, area, 0, FOR_EVER);
    }

    function _issueUntil(
        address subject,
        Role role,
        AreaId area,
        bytes32 connectionPoint,
        uint40 validUntil
    ) internal returns (bytes32) {
        ICredentialRegistry.Issuance[] memory one = new ICredentialRegistry.Issuance[](1);
        one[0] = _issuance(subject, role, area, connectionPoint, validUntil);
        return credentials.issueCredentials(one)[0];
    }

    function _issuance(
        address subject,
        Role role,
        AreaId area,
        bytes32 connectionPoint,
        uint40 validUntil
    ) internal returns (ICredentialRegistry.Issuance memory) {
        return
            ICredentialRegistry.Issuance({
                subject: subject,
                role: role,
                area: area,
                connectionPoint: connectionPoint,
                digest: bytes32(++_digests),
                validFrom: 0,
                validUntil: validUntil
            });
    }

    /// @dev All that a household with this account and meter needs; the meter's key may be zero.
    function _issueHousehold(AreaId area, address account, address meterKey) internal {
        ICredentialRegistry.Issuance[] memory all = new ICredentialRegistry.Issuance[](
            meterKey == address(0) ? 2 : 3
        );
        all[0] = _issuance(account, Role.Prosumer, area, 0, FOR_EVER);
        all[1] = _issuance(account, Role.ConnectionPoint, area, _connectionOf(account), FOR_EVER);
        if (meterKey != address(0)) all[2] = _issuance(meterKey, Role.Meter, area, 0, FOR_EVER);
        credentials.issueCredentials(all);
    }

    /// @param key Private key of the member's trading key; zero for none.
    function _register(AreaId area, IMemberRegistry.Kind kind, uint256 key) internal returns (MemberId) {
        return _registerAs(area, kind, key == 0 ? address(0) : vm.addr(key));
    }

    /// @param key The member's trading key, and its account unless it is zero.
    function _registerAs(
        AreaId area,
        IMemberRegistry.Kind kind,
        address key
    ) internal returns (MemberId memberId) {
        memberId = MemberId.wrap(uint24(members.memberCount() + 1));
        address account = key == address(0) ? address(this) : key;
        address meterKey = key == address(0) ? address(0) : vm.addr(1_000_000 + MemberId.unwrap(memberId));
        IMemberRegistry.Registration[] memory one = _admitted(area, account, key, meterKey);
        one[0].kind = kind;
        members.registerMembers(area, one);
    }

    /// @dev A household that has its credentials and is not registered yet.
    function _admitted(
        AreaId area,
        address account,
        address tradingKey,
        address meterKey
    ) internal returns (IMemberRegistry.Registration[] memory one) {
        _issueHousehold(area, account, meterKey);
        one = new IMemberRegistry.Registration[](1);
        one[0] = IMemberRegistry.Registration({
            kind: IMemberRegistry.Kind.Household,
            account: account,
            tradingKey: tradingKey,
            meterKey: meterKey,
            quantityLimit: QUANTITY_LIMIT,
            connectionPoint: _connectionOf(account)
        });
    }

    function _connectionOf(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    /// @dev What somebody is told who calls without a credential.
    function _roleMissing(address caller, Role role, AreaId area) internal pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryRoleMissing.selector,
                caller,
                role,
                area
            );
    }
}
