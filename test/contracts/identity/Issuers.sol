// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";

/// @dev Two issuers of an auditor's credential, one of them accredited in one area only, and what they may issue.
abstract contract Issuers is Marketplace {
    address internal constant ISSUER = address(0x155e4);
    address internal constant OTHER_ISSUER = address(0x155e5);
    address internal constant SUBJECT = address(0x5eb);
    uint40 internal constant NOW = uint40(LONG_BEFORE);

    function setUp() public override {
        super.setUp();
        credentials.accreditIssuer(ISSUER, Role.Auditor, AREA);
        credentials.accreditIssuer(OTHER_ISSUER, Role.Auditor, EVERY_AREA);
    }

    function _valid() internal pure returns (ICredentialRegistry.Issuance memory) {
        return _issuanceOf("digest");
    }

    function _issuanceOf(bytes32 digest) internal pure returns (ICredentialRegistry.Issuance memory) {
        return
            ICredentialRegistry.Issuance({
                subject: SUBJECT,
                role: Role.Auditor,
                area: AREA,
                connectionPoint: 0,
                digest: digest,
                validFrom: NOW,
                validUntil: NOW + 100
            });
    }

    function _one(
        ICredentialRegistry.Issuance memory issuance
    ) internal pure returns (ICredentialRegistry.Issuance[] memory one) {
        one = new ICredentialRegistry.Issuance[](1);
        one[0] = issuance;
    }

    function _issueBy(
        address issuer,
        ICredentialRegistry.Issuance memory issuance
    ) internal returns (bytes32) {
        vm.prank(issuer);
        return credentials.issueCredentials(_one(issuance))[0];
    }

    function _try(address by, bytes32 credentialId, bytes4 change) internal returns (bool, bytes memory) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = credentialId;
        vm.prank(by);
        return address(credentials).call(abi.encodeWithSelector(change, one));
    }

    function _change(address by, bytes32 credentialId, bytes4 change) internal {
        (bool isDone, ) = _try(by, credentialId, change);
        vm.assertTrue(isDone, "changed");
    }
}
