// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";

/// @dev For contracts that ask whoever calls for a credential, in the very call.
abstract contract RoleChecked {
    ICredentialRegistry internal immutable _credentialRegistry;

    constructor(ICredentialRegistry credentialRegistry) {
        _credentialRegistry = credentialRegistry;
    }

    modifier onlyRole(Role role, AreaId area) {
        _requireRole(role, area);
        _;
    }

    function _requireRole(Role role, AreaId area) internal view {
        _credentialRegistry.requireRole(msg.sender, role, area);
    }
}
