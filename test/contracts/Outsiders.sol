// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../contracts/types/MarketRoles.sol";
import {AreaId, MemberId} from "../../contracts/types/Types.sol";
import {Marketplace} from "./Marketplace.sol";
import {vm} from "./Vm.sol";

/// @dev A marketplace with a household, and a stranger who calls what is not for everybody: it reverts, and by the error
/// that says who may. docs/access.md is made of the tags of such tests.
abstract contract Outsiders is Marketplace {
    MemberId internal _member;

    function setUp() public virtual override {
        super.setUp();
        _member = _registerHousehold();
    }

    function _expectRefusal(address target, bytes memory data, bytes4 error_) internal {
        bytes memory reason = _reasonOf(target, data);
        vm.assertEq(bytes32(bytes4(reason)), bytes32(error_), "it was refused, but not as an outsider");
    }

    function _expectRoleMissing(address target, bytes memory data, Role role, AreaId area) internal {
        bytes memory reason = _reasonOf(target, data);
        vm.assertEq(reason, _roleMissing(STRANGER, role, area), "it was refused, but not for the role");
    }

    /// @dev In the name of a member, with zeros for everything else.
    function _asMember(bytes4 selector) internal view returns (bytes memory) {
        return bytes.concat(selector, abi.encode(_member), new bytes(4_096));
    }

    /// @dev Arguments of zeros, which every function can decode: what it refuses first is the caller.
    function _zeros(bytes4 selector) internal pure returns (bytes memory) {
        return bytes.concat(selector, new bytes(4_096));
    }

    function _reasonOf(address target, bytes memory data) private returns (bytes memory reason) {
        bool isDone;
        vm.prank(STRANGER);
        // solhint-disable-next-line avoid-low-level-calls
        (isDone, reason) = target.call(data);
        vm.assertFalse(isDone, "an outsider was let in");
    }
}
