// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {IDelegations} from "../../../contracts/identity/IDelegations.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {Outsiders} from "../Outsiders.sol";
import {vm} from "../Vm.sol";

// Every function of the contracts of identity that not anybody may call, called by a stranger.
contract IdentityAccessTest is Outsiders {
    bytes32 private constant TYPE = "veriKey";
    address private constant GUARDIAN = address(0x9a4d1a);

    /// @custom:refuses CredentialRegistry.accreditIssuer
    function test_accreditIssuer_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            _zeros(ICredentialRegistry.accreditIssuer.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses CredentialRegistry.suspendIssuer
    function test_suspendIssuer_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            _zeros(ICredentialRegistry.suspendIssuer.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses CredentialRegistry.removeIssuer
    function test_removeIssuer_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            _zeros(ICredentialRegistry.removeIssuer.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses CredentialRegistry.issueCredentials
    function test_issueCredentials_refusesOutsiders() public {
        ICredentialRegistry.Issuance[] memory one = new ICredentialRegistry.Issuance[](1);
        one[0] = _issuance(STRANGER, Role.Regulator, EVERY_AREA, 0, FOR_EVER);
        _expectRefusal(
            address(credentials),
            abi.encodeCall(ICredentialRegistry.issueCredentials, (one)),
            ICredentialRegistry.CredentialRegistryNotAccredited.selector
        );
    }

    /// @custom:refuses CredentialRegistry.revokeCredentials
    function test_revokeCredentials_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            abi.encodeCall(ICredentialRegistry.revokeCredentials, (_held())),
            ICredentialRegistry.CredentialRegistryNotTheIssuer.selector
        );
    }

    /// @custom:refuses CredentialRegistry.suspendCredentials
    function test_suspendCredentials_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            abi.encodeCall(ICredentialRegistry.suspendCredentials, (_held())),
            ICredentialRegistry.CredentialRegistryNotTheIssuer.selector
        );
    }

    /// @custom:refuses CredentialRegistry.reinstateCredentials
    function test_reinstateCredentials_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            abi.encodeCall(ICredentialRegistry.reinstateCredentials, (_held())),
            ICredentialRegistry.CredentialRegistryNotTheIssuer.selector
        );
    }

    /// @custom:refuses CredentialRegistry.renounceCredential
    function test_renounceCredential_refusesOutsiders() public {
        _expectRefusal(
            address(credentials),
            abi.encodeCall(ICredentialRegistry.renounceCredential, (_held()[0])),
            ICredentialRegistry.CredentialRegistryNotTheSubject.selector
        );
    }

    /// @custom:refuses MemberRegistry.registerMembers
    function test_registerMembers_refusesOutsiders() public {
        bytes memory data = _zeros(IMemberRegistry.registerMembers.selector);
        _expectRoleMissing(address(members), data, Role.CommunityManager, EVERY_AREA);
    }

    /// @custom:refuses MemberRegistry.deactivateMember
    function test_deactivateMember_refusesOutsiders() public {
        bytes memory data = _asMember(IMemberRegistry.deactivateMember.selector);
        _expectRoleMissing(address(members), data, Role.CommunityManager, AREA);
    }

    /// @custom:refuses MemberRegistry.replaceTradingKey
    function test_replaceTradingKey_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _asMember(IMemberRegistry.replaceTradingKey.selector),
            IMemberRegistry.MemberRegistryNotTheMember.selector
        );
    }

    /// @custom:refuses MemberRegistry.delegateTrading
    function test_delegateTrading_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _asMember(IMemberRegistry.delegateTrading.selector),
            IMemberRegistry.MemberRegistryNotTheMember.selector
        );
    }

    /// @custom:refuses MemberRegistry.revokeDelegation
    function test_revokeDelegation_refusesOutsiders() public {
        _expectRefusal(
            address(members),
            _asMember(IMemberRegistry.revokeDelegation.selector),
            IMemberRegistry.MemberRegistryNotTheMember.selector
        );
    }

    /// @custom:refuses DidRegistry.changeOwner
    function test_changeOwner_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.changeOwner, (address(this), STRANGER)),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.addDelegate
    function test_addDelegate_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.addDelegate, (address(this), TYPE, STRANGER, 1 days)),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.revokeDelegate
    function test_revokeDelegate_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.revokeDelegate, (address(this), TYPE, STRANGER)),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.setAttribute
    function test_setAttribute_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.setAttribute, (address(this), TYPE, "value", 1 days)),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.setAttributes
    function test_setAttributes_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.setAttributes, (address(this), _attributes())),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.revokeAttribute
    function test_revokeAttribute_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.revokeAttribute, (address(this), TYPE, "value")),
            IDidRegistry.DidRegistryNotTheOwner.selector
        );
    }

    /// @custom:refuses DidRegistry.changeOwnerSigned
    function test_changeOwnerSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.changeOwnerSigned, (address(this), STRANGER, _authorization())),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.addDelegateSigned
    function test_addDelegateSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(
                IDidRegistry.addDelegateSigned,
                (address(this), TYPE, STRANGER, 1 days, _authorization())
            ),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.revokeDelegateSigned
    function test_revokeDelegateSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(
                IDidRegistry.revokeDelegateSigned,
                (address(this), TYPE, STRANGER, _authorization())
            ),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.setAttributeSigned
    function test_setAttributeSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(
                IDidRegistry.setAttributeSigned,
                (address(this), TYPE, "value", 1 days, _authorization())
            ),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.setAttributesSigned
    function test_setAttributesSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(
                IDidRegistry.setAttributesSigned,
                (address(this), _attributes(), _authorization())
            ),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.revokeAttributeSigned
    function test_revokeAttributeSigned_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(
                IDidRegistry.revokeAttributeSigned,
                (address(this), TYPE, "value", _authorization())
            ),
            IDidRegistry.DidRegistryInvalidSignature.selector
        );
    }

    /// @custom:refuses DidRegistry.recoverOwner
    function test_recoverOwner_refusesOutsiders() public {
        _expectRefusal(
            address(dids),
            abi.encodeCall(IDidRegistry.recoverOwner, (address(this), STRANGER)),
            IDidRegistry.DidRegistryNotRecovery.selector
        );
    }

    /// @custom:refuses Recovery.choosePlan
    function test_choosePlan_refusesOutsiders() public {
        _expectRefusal(
            address(recovery),
            abi.encodeCall(IRecovery.choosePlan, (address(this), _plan())),
            IRecovery.RecoveryNotTheOwner.selector
        );
    }

    /// @custom:refuses Recovery.choosePlanSigned
    function test_choosePlanSigned_refusesOutsiders() public {
        _expectRefusal(
            address(recovery),
            abi.encodeCall(
                IRecovery.choosePlanSigned,
                (address(this), _plan(), 0, block.timestamp, _signature())
            ),
            IRecovery.RecoveryInvalidSignature.selector
        );
    }

    /// @custom:refuses Recovery.approve
    function test_approve_refusesOutsiders() public {
        recovery.choosePlan(address(this), _plan());
        IRecovery.Replacement memory replacement = IRecovery.Replacement({
            identity: address(this),
            newOwner: STRANGER,
            nonce: recovery.nonceOf(address(this)),
            deadline: block.timestamp
        });
        _expectRefusal(
            address(recovery),
            abi.encodeCall(IRecovery.approve, (replacement, GUARDIAN)),
            IRecovery.RecoveryNotTheGuardian.selector
        );
    }

    /// @custom:refuses Recovery.propose
    function test_propose_refusesOutsiders() public {
        bytes memory data = abi.encodeCall(IRecovery.propose, (address(this), STRANGER, AREA));
        _expectRoleMissing(address(recovery), data, Role.CommunityManager, AREA);
    }

    /// @custom:refuses Recovery.refuse
    function test_refuse_refusesOutsiders() public {
        _expectRefusal(
            address(recovery),
            abi.encodeCall(IRecovery.refuse, (address(this), STRANGER)),
            IRecovery.RecoveryNotTheOwner.selector
        );
    }

    /// @custom:refuses Recovery.refuseSigned
    function test_refuseSigned_refusesOutsiders() public {
        _expectRefusal(
            address(recovery),
            abi.encodeCall(
                IRecovery.refuseSigned,
                (address(this), STRANGER, 0, block.timestamp, _signature())
            ),
            IRecovery.RecoveryInvalidSignature.selector
        );
    }

    /// @custom:refuses Delegations.delegate
    function test_delegate_refusesOutsiders() public {
        _expectRefusal(
            address(delegations),
            abi.encodeCall(IDelegations.delegate, (_delegation())),
            IDelegations.DelegationsNotTheOwner.selector
        );
    }

    /// @custom:refuses Delegations.revoke
    function test_revoke_refusesOutsiders() public {
        uint256 delegationId = delegations.delegate(_delegation());
        _expectRefusal(
            address(delegations),
            abi.encodeCall(IDelegations.revoke, (delegationId)),
            IDelegations.DelegationsNotTheOwner.selector
        );
    }

    function _held() private view returns (bytes32[] memory credentialIds) {
        credentialIds = new bytes32[](1);
        credentialIds[0] = credentials.heldBy(address(this), Role.Regulator, EVERY_AREA);
    }

    function _delegation() private view returns (IDelegations.Delegation memory) {
        return
            IDelegations.Delegation({
                identity: address(this),
                delegate: GUARDIAN,
                purpose: IDelegations.Purpose.Readings,
                area: AREA,
                devicesRoot: bytes32(uint256(1)),
                deviceCount: 1,
                validUntil: FOR_EVER
            });
    }

    /// @dev By a stranger, and not by the owner.
    function _authorization() private view returns (IDidRegistry.Authorization memory) {
        return IDidRegistry.Authorization({nonce: 0, deadline: block.timestamp, signature: _signature()});
    }

    function _signature() private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(99, keccak256("a call"));
        return abi.encodePacked(r, s, v);
    }

    function _plan() private pure returns (IRecovery.Plan memory plan) {
        plan.guardians = new address[](1);
        plan.guardians[0] = GUARDIAN;
        plan.threshold = 1;
    }

    function _attributes() private pure returns (IDidRegistry.Attribute[] memory attributes) {
        attributes = new IDidRegistry.Attribute[](1);
        attributes[0] = IDidRegistry.Attribute({name: TYPE, value: "value", validity: 1 days});
    }
}
