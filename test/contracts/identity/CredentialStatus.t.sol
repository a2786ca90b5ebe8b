// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {vm} from "../Vm.sol";
import {Issuers} from "./Issuers.sol";

// revokeCredentials, suspendCredentials, reinstateCredentials, renounceCredential
//   given neither the issuer nor the consortium, or what was never issued, they revert; a subject renounces its own alone
//   given a status from which there is no way, they revert, and none of the credentials changes
//   given the issuer, even without accreditation, or the consortium, they take effect in their block
//   given what the consortium suspended, or an issuer that is not accredited any more, only the consortium reinstates
// isValidAt, heldBy, requireRole, heldRoleAt
//   given any time, a credential is valid from its first second up to its last, not included, while it was active
//   given credentials that take each other's place, at any time the one counts that was the last then
//   given a role in every area, it is held in each; given another role, area or account, it is not
contract CredentialStatusTest is Issuers {
    function test_status_isChangedByIssuerAndConsortiumAlone() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        bytes4[3] memory changes = _changes();
        for (uint256 i = 0; i < changes.length; ++i) {
            address[3] memory others = [STRANGER, SUBJECT, OTHER_ISSUER];
            for (uint256 k = 0; k < others.length; ++k) {
                _expectChange(
                    others[k],
                    credentialId,
                    changes[i],
                    abi.encodeWithSelector(
                        ICredentialRegistry.CredentialRegistryNotTheIssuer.selector,
                        credentialId,
                        others[k]
                    )
                );
            }
            _expectChange(
                ISSUER,
                "unknown",
                changes[i],
                abi.encodeWithSelector(
                    ICredentialRegistry.CredentialRegistryUnknown.selector,
                    bytes32("unknown")
                )
            );
        }
        // The test is the consortium, and not the issuer.
        _change(address(this), credentialId, ICredentialRegistry.suspendCredentials.selector);
        _change(address(this), credentialId, ICredentialRegistry.reinstateCredentials.selector);
        _change(address(this), credentialId, ICredentialRegistry.revokeCredentials.selector);
    }

    function test_status_goesNoWayThatThereIsNot() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        _expectWrongStatus(credentialId, 2, ICredentialRegistry.Status.Active);
        _change(ISSUER, credentialId, ICredentialRegistry.suspendCredentials.selector);
        _expectWrongStatus(credentialId, 1, ICredentialRegistry.Status.Suspended);
        _change(ISSUER, credentialId, ICredentialRegistry.revokeCredentials.selector);
        for (uint256 i = 0; i < 3; ++i) {
            _expectWrongStatus(credentialId, i, ICredentialRegistry.Status.Revoked);
        }
    }

    function test_reinstateCredentials_isTheConsortiumsOfWhatItSuspended() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        _change(ISSUER, credentialId, ICredentialRegistry.suspendCredentials.selector);
        _change(ISSUER, credentialId, ICredentialRegistry.reinstateCredentials.selector);
        _change(address(this), credentialId, ICredentialRegistry.suspendCredentials.selector);
        _expectChange(
            ISSUER,
            credentialId,
            ICredentialRegistry.reinstateCredentials.selector,
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistrySuspendedAbove.selector,
                credentialId
            )
        );
        _change(address(this), credentialId, ICredentialRegistry.reinstateCredentials.selector);
        _change(ISSUER, credentialId, ICredentialRegistry.suspendCredentials.selector);
        _change(ISSUER, credentialId, ICredentialRegistry.reinstateCredentials.selector);
        vm.assertTrue(credentials.isValidAt(credentialId, block.timestamp), "its own again");
    }

    function test_reinstateCredentials_isForAccreditedIssuers() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        _change(ISSUER, credentialId, ICredentialRegistry.suspendCredentials.selector);
        credentials.removeIssuer(ISSUER, Role.Auditor, AREA);
        _expectChange(
            ISSUER,
            credentialId,
            ICredentialRegistry.reinstateCredentials.selector,
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryNotAccredited.selector,
                ISSUER,
                Role.Auditor,
                AREA
            )
        );
        _change(address(this), credentialId, ICredentialRegistry.reinstateCredentials.selector);
    }

    function test_status_changesOfAllOrNone() public {
        bytes32[] memory two = new bytes32[](2);
        two[0] = _issueBy(ISSUER, _valid());
        two[1] = "unknown";
        vm.expectRevert(
            abi.encodeWithSelector(ICredentialRegistry.CredentialRegistryUnknown.selector, two[1])
        );
        vm.prank(ISSUER);
        credentials.revokeCredentials(two);
        vm.assertTrue(credentials.isValidAt(two[0], block.timestamp), "none");
    }

    function test_renounceCredential_isTheSubjects() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        vm.expectRevert(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryNotTheSubject.selector,
                credentialId,
                ISSUER
            )
        );
        vm.prank(ISSUER);
        credentials.renounceCredential(credentialId);
        vm.expectEmit();
        emit ICredentialRegistry.CredentialStatusChanged(
            credentialId,
            ICredentialRegistry.Status.Revoked,
            SUBJECT
        );
        vm.prank(SUBJECT);
        credentials.renounceCredential(credentialId);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), bytes32(0), "held no more");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryWrongStatus.selector,
                credentialId,
                ICredentialRegistry.Status.Revoked
            )
        );
        vm.prank(SUBJECT);
        credentials.renounceCredential(credentialId);
    }

    function test_heldRoleAt_isByWhatWasTheLastThen() public {
        ICredentialRegistry.Issuance memory issuance = _valid();
        for (uint40 i = 0; i < 5; ++i) {
            vm.warp(NOW + 10 * i);
            issuance.validFrom = NOW + 10 * i;
            issuance.digest = bytes32(uint256(i));
            _issueBy(ISSUER, issuance);
            if (i == 2) {
                bytes32 held = credentials.heldBy(SUBJECT, Role.Auditor, AREA);
                vm.warp(NOW + 25);
                _change(ISSUER, held, ICredentialRegistry.suspendCredentials.selector);
            }
        }
        vm.warp(NOW + 50);
        for (uint40 time = NOW - 1; time < NOW + 50; ++time) {
            bool isHeld = time >= NOW && (time < NOW + 25 || time >= NOW + 30);
            vm.assertTrue(credentials.heldRoleAt(SUBJECT, Role.Auditor, AREA, time) == isHeld, "held");
        }
    }

    function test_isValidAt_isWhatWasTrueThen() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        _at(NOW + 10, credentialId, ICredentialRegistry.suspendCredentials.selector);
        _at(NOW + 20, credentialId, ICredentialRegistry.reinstateCredentials.selector);
        _at(NOW + 30, credentialId, ICredentialRegistry.revokeCredentials.selector);
        vm.warp(NOW + 40);
        uint40[8] memory times = [NOW - 1, NOW, NOW + 9, NOW + 10, NOW + 19, NOW + 20, NOW + 29, NOW + 30];
        bool[8] memory valid = [false, true, true, false, false, true, true, false];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.assertTrue(credentials.isValidAt(credentialId, times[i]) == valid[i], "at its time");
            vm.assertTrue(
                credentials.heldRoleAt(SUBJECT, Role.Auditor, AREA, times[i]) == valid[i],
                "held then"
            );
        }
    }

    function test_isValidAt_endsWithItsLastSecond() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        vm.warp(NOW + 99);
        vm.assertTrue(credentials.isValidAt(credentialId, block.timestamp), "the last second");
        credentials.requireRole(SUBJECT, Role.Auditor, AREA);
        vm.warp(NOW + 100);
        vm.assertFalse(credentials.isValidAt(credentialId, block.timestamp), "over");
        vm.expectRevert(_roleMissing(SUBJECT, Role.Auditor, AREA));
        credentials.requireRole(SUBJECT, Role.Auditor, AREA);
        vm.assertFalse(credentials.isValidAt("unknown", block.timestamp), "never issued");
    }

    function test_requireRole_isOfTheVeryRoleAreaAndAccount() public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, OTHER_AREA), bytes32(0), "another area");
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Regulator, AREA), bytes32(0), "another role");
        vm.assertEq(credentials.heldBy(ISSUER, Role.Auditor, AREA), bytes32(0), "another account");
        ICredentialRegistry.Issuance memory everywhere = _issuanceOf("everywhere");
        everywhere.area = EVERY_AREA;
        bytes32 wide = _issueBy(OTHER_ISSUER, everywhere);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), credentialId, "the area's own first");
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, OTHER_AREA), wide, "in every area");
        _change(ISSUER, credentialId, ICredentialRegistry.revokeCredentials.selector);
        vm.assertEq(credentials.heldBy(SUBJECT, Role.Auditor, AREA), wide, "then that of every area");
    }

    function testFuzz_history_isThatOfEveryChange(uint256 seed) public {
        bytes32 credentialId = _issueBy(ISSUER, _valid());
        bool[60] memory wasValid;
        bool isActive = true;
        for (uint40 i = 0; i < 60; ++i) {
            vm.warp(NOW + i);
            if (uint256(keccak256(abi.encode(seed, i))) % 4 == 0) {
                _change(
                    ISSUER,
                    credentialId,
                    isActive
                        ? ICredentialRegistry.suspendCredentials.selector
                        : ICredentialRegistry.reinstateCredentials.selector
                );
                isActive = !isActive;
            }
            wasValid[i] = isActive;
        }
        for (uint40 i = 0; i < 60; ++i) {
            vm.assertTrue(credentials.isValidAt(credentialId, NOW + i) == wasValid[i], "then");
        }
    }

    function _changes() private pure returns (bytes4[3] memory) {
        return
            [
                ICredentialRegistry.revokeCredentials.selector,
                ICredentialRegistry.suspendCredentials.selector,
                ICredentialRegistry.reinstateCredentials.selector
            ];
    }

    function _at(uint40 time, bytes32 credentialId, bytes4 change) private {
        vm.warp(time);
        _change(ISSUER, credentialId, change);
    }

    function _expectChange(address by, bytes32 credentialId, bytes4 change, bytes memory expected) private {
        (bool isDone, bytes memory reason) = _try(by, credentialId, change);
        vm.assertFalse(isDone, "refused");
        vm.assertEq(keccak256(reason), keccak256(expected), "reason");
    }

    function _expectWrongStatus(
        bytes32 credentialId,
        uint256 change,
        ICredentialRegistry.Status status
    ) private {
        bytes memory reason = abi.encodeWithSelector(
            ICredentialRegistry.CredentialRegistryWrongStatus.selector,
            credentialId,
            status
        );
        _expectChange(ISSUER, credentialId, _changes()[change], reason);
    }
}
