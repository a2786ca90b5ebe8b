// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";

/// @dev Answers for the credential registry what Recovery asks of it: who holds which role is what the test says.
contract Credentials {
    mapping(address account => mapping(Role role => mapping(AreaId area => bool))) private _isHeld;

    function set(address account, Role role, AreaId area, bool isHeld) external {
        _isHeld[account][role][area] = isHeld;
    }

    function requireRole(address account, Role role, AreaId area) external view returns (bytes32) {
        if (!_isHeld[account][role][area]) {
            revert ICredentialRegistry.CredentialRegistryRoleMissing(account, role, area);
        }
        return heldBy(account, role, area);
    }

    function heldBy(address account, Role role, AreaId area) public view returns (bytes32) {
        return _isHeld[account][role][area] ? keccak256(abi.encode(account, role, area)) : bytes32(0);
    }
}
