// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {Issuers} from "./Issuers.sol";

// accreditIssuer, suspendIssuer, removeIssuer
//   given no role of the consortium, they revert
//   given nobody, or no role, nobody is accredited; given no accreditation, none is suspended or removed
//   given an issuer of every area, a suspension in one counts there, and it issues elsewhere
//   given an issuer that is suspended or removed, it issues no more, and what it issued stays
// issueCredentials
//   given an issuer without accreditation, of another role or another area, it reverts
//   given no subject, a validity that is over or ends before it begins, or the same credential twice, it reverts
//   given one that may not be issued among others, none is
//   given a subject that holds one, it takes the place of the same issuer's, or of one that is valid no more; it reverts
//     for another issuer's, and for one that is not valid yet
contract CredentialRegistryTest is Issuers {
    function test_accreditation_isTheConsortiums() public {
        bytes memory unauthorized = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            STRANGER
        );
        vm.expectRevert(unauthorized);
        vm.prank(STRANGER);
        credentials.accreditIssuer(STRANGER, Role.Auditor, AREA);
        vm.expectRevert(unauthorized);
        vm.prank(STRANGER);
        credentials.suspendIssuer(ISSUER, Role.Auditor, AREA);
        vm.expectRevert(unauthorized);
        vm.prank(STRANGER);
        credentials.removeIssuer(ISSUER, Role.Auditor, AREA);
    }

    function test_accreditation_revertsForNobodyAndForNothing() public {
        vm.expectRevert(abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryInvalidIssuer.selector));
        credentials.accreditIssuer(address(0), Role.Auditor, AREA);
        vm.expectRevert(abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryInvalidRole.selector));
        credentials.accreditIssuer(ISSUER, Role.None, AREA);
        vm.expectRevert(_notAccredited(STRANGER, AREA));
        credentials.suspendIssuer(STRANGER, Role.Auditor, AREA);
        vm.expectRevert(_notAccredited(STRANGER, AREA));
        credentials.removeIssuer(STRANGER, Role.Auditor, AREA);
        credentials.suspendIssuer(ISSUER, Role.Auditor, AREA);
        vm.expectRevert(_notAccredited(ISSUER, AREA));
        credentials.suspendIssuer(ISSUER, Role.Auditor, AREA);
    }

    function test_accreditation_changesAreAnnouncedAndKept() public {
        _expectAccreditation(ICredentialRegistry.Accreditation.Suspended);
        credentials.suspendIssuer(ISSUER, Role.Auditor, AREA);
        _requireAccreditation(ICredentialRegistry.Accreditation.Suspended);
        _expectAccreditation(ICredentialRegistry.Accreditation.Active);
        credentials.accreditIssuer(ISSUER, Role.Auditor, AREA);
        _requireAccreditation(ICredentialRegistry.Accreditation.Active);
        _expectAccreditation(ICredentialRegistry.Accreditation.None);
        credentials.removeIssuer(ISSUER, Role.Auditor, AREA);
        _requireAccreditation(ICredentialRegistry.Accreditation.None);
    }

    function test_accreditation_ofEveryAreaIsSuspendedInOneAlone() public {
        credentials.suspendIssuer(OTHER_ISSUER, Role.Auditor, AREA);
        _expectNotAccreditedHere();
        // To remove it there as well lets it in by no other door.
        credentials.removeIssuer(OTHER_ISSUER, Role.Auditor, AREA);
        _expectNotAccreditedHere();
        ICredentialRegistry.Issuance memory elsewhere = _valid();
        elsewhere.area = OTHER_AREA;
        _issueBy(OTHER_ISSUER, elsewhere);
        vm.assertTrue(credentials.heldBy(SUBJECT, Role.Auditor, OTHER_AREA) != 0, "elsewhere");
    }

    function _expectNotAccreditedHere() private {
        vm.expectRevert(_notAccredited(OTHER_ISSUER, AREA));
        vm.prank(OTHER_ISSUER);
        credentials.issueCredentials(_one(_valid()));
    }

    function test_accreditation_whatWasIssuedStays() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        credentials.suspendIssuer(ISSUER, Role.Auditor, AREA);
        vm.assertTrue(credentials.isValidAt(credentialId, block.timestamp), "suspended issuer");
        credentials.removeIssuer(ISSUER, Role.Auditor, AREA);
        vm.assertTrue(credentials.isValidAt(credentialId, block.timestamp), "removed issuer");
        vm.expectRevert(_notAccredited(ISSUER, AREA));
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(_issuanceOf("other")));
        // And can still be revoked by whoever issued it.
        _change(ISSUER, credentialId, ICredentialRegistry.revokeCredentials.selector);
        vm.assertFalse(credentials.isValidAt(credentialId, block.timestamp), "revoked");
    }

    function test_issueCredentials_keepsAndAnnouncesEveryField() public {
        ICredentialRegistry.Issuance memory issuance = _valid();
        issuance.connectionPoint = "point";
        bytes32 credentialId = credentials.credentialIdOf(ISSUER, issuance);
        vm.expectEmit();
        emit ICredentialRegistry.CredentialIssued(
            credentialId,
            ISSUER,
            SUBJECT,
            Role.Auditor,
            AREA,
            "point",
            "digest",
            NOW,
            NOW + 100
        );
        vm.assertEq(_issueBy(ISSUER, issuance), credentialId, "id");

        ICredentialRegistry.Credential memory kept = credentials.credentialOf(credentialId);
        bytes memory expected = abi.encode(
            ICredentialRegistry.Credential(
                ISSUER,
                SUBJECT,
                Role.Auditor,
                AREA,
                "point",
                NOW,
                NOW + 100,
                ICredentialRegistry.Status.Active
            )
        );
        vm.assertEq(keccak256(abi.encode(kept)), keccak256(expected), "kept");
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), credentialId, "held");
        vm.assertEq(credentials.requireRole(SUBJECT, Role.Auditor, AREA), credentialId, "required");
    }

    function test_issueCredentials_revertsWithoutAccreditation() public {
        ICredentialRegistry.Issuance memory issuance = _valid();
        vm.expectRevert(_notAccredited(STRANGER, AREA));
        vm.prank(STRANGER);
        credentials.issueCredentials(_one(issuance));
        issuance.area = OTHER_AREA;
        vm.expectRevert(_notAccredited(ISSUER, OTHER_AREA));
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(issuance));
        issuance.area = EVERY_AREA;
        vm.expectRevert(_notAccredited(ISSUER, EVERY_AREA));
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(issuance));
        issuance.area = AREA;
        issuance.role = Role.Regulator;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryNotAccredited.selector,
                ISSUER,
                Role.Regulator,
                AREA
            )
        );
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(issuance));
    }

    function test_issueCredentials_revertsForWhatIsNoCredential() public {
        ICredentialRegistry.Issuance memory issuance = _valid();
        issuance.subject = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryInvalidSubject.selector)
        );
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(issuance));
        _expectInvalidValidity(NOW + 5, NOW + 5);
        _expectInvalidValidity(NOW + 5, NOW + 4);
        _expectInvalidValidity(NOW - 5, NOW);
    }

    function test_issueCredentials_revertsTheSecondTime() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        bytes memory issued = abi.encodeWithSelector(
            ICredentialRegistry.CredentialRegistryAlreadyIssued.selector,
            credentialId
        );
        vm.expectRevert(issued);
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(_valid()));
        // What was revoked is not issued again either.
        _change(ISSUER, credentialId, ICredentialRegistry.revokeCredentials.selector);
        vm.expectRevert(issued);
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(_valid()));
    }

    function test_issueCredentials_issuesAllOrNone() public {
        ICredentialRegistry.Issuance[] memory two = new ICredentialRegistry.Issuance[](2);
        two[0] = _valid();
        two[1] = _issuanceOf("other");
        two[1].subject = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryInvalidSubject.selector)
        );
        vm.prank(ISSUER);
        credentials.issueCredentials(two);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), bytes32(0), "none");
    }

    function test_issueCredentials_takesThePlaceOfTheSameIssuers() public {
        bytes32 first = _issueBy(ISSUER, _valid());
        bytes32 second = _issueBy(ISSUER, _issuanceOf("second"));
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), second, "the new one");
        vm.assertTrue(credentials.isValidAt(first, block.timestamp), "the old one is what it was");
        // To revoke what is held no more changes nothing of what is.
        _change(ISSUER, first, ICredentialRegistry.revokeCredentials.selector);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), second, "still");
    }

    function test_issueCredentials_leavesAnotherIssuersInItsPlace() public {
        bytes32 held = _issueBy(ISSUER, _valid());
        vm.expectRevert(_heldAlready(held));
        vm.prank(OTHER_ISSUER);
        credentials.issueCredentials(_one(_issuanceOf("other")));
        vm.warp(NOW + 100);
        ICredentialRegistry.Issuance memory later = _issuanceOf("other");
        later.validUntil = NOW + 200;
        bytes32 second = _issueBy(OTHER_ISSUER, later);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), second, "when the first is over");
    }

    function test_issueCredentials_doesNotLeaveAGapBeforeOneThatIsNotValidYet() public {
        bytes32 held = _issueBy(ISSUER, _valid());
        ICredentialRegistry.Issuance memory future = _issuanceOf("future");
        future.validFrom = NOW + 50;
        vm.expectRevert(_heldAlready(held));
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(future));
        // Where there is none, one may be issued for later.
        future.subject = STRANGER;
        _issueBy(ISSUER, future);
        vm.expectRevert(_roleMissing(STRANGER, Role.Auditor, AREA));
        credentials.requireRole(STRANGER, Role.Auditor, AREA);
        vm.warp(NOW + 50);
        credentials.requireRole(STRANGER, Role.Auditor, AREA);
    }

    function _expectInvalidValidity(uint40 validFrom, uint40 validUntil) private {
        ICredentialRegistry.Issuance memory issuance = _valid();
        (issuance.validFrom, issuance.validUntil) = (validFrom, validUntil);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryInvalidValidity.selector,
                validFrom,
                validUntil,
                LONG_BEFORE
            )
        );
        vm.prank(ISSUER);
        credentials.issueCredentials(_one(issuance));
    }

    function _expectAccreditation(ICredentialRegistry.Accreditation accreditation) private {
        vm.expectEmit();
        emit ICredentialRegistry.AccreditationChanged(ISSUER, Role.Auditor, AREA, accreditation);
    }

    function _requireAccreditation(ICredentialRegistry.Accreditation accreditation) private view {
        vm.assertTrue(credentials.accreditationOf(ISSUER, Role.Auditor, AREA) == accreditation, "kept");
    }

    function _notAccredited(address issuer, AreaId area) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryNotAccredited.selector,
                issuer,
                Role.Auditor,
                area
            );
    }

    function _heldAlready(bytes32 credentialId) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryHeldAlready.selector, credentialId);
    }
}
