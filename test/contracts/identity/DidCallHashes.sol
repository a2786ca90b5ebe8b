// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DidCalls} from "../../../contracts/identity/DidCalls.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";

/// @dev The struct hashes of the registry's signed calls, for whoever has no calldata.
contract DidCallHashes {
    function changeOwner(
        address identity,
        address newOwner,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.changeOwner(identity, newOwner, authorization);
    }

    function addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.addDelegate(identity, delegateType, delegate, validity, authorization);
    }

    function revokeDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.revokeDelegate(identity, delegateType, delegate, authorization);
    }

    function setAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.setAttribute(identity, name, value, validity, authorization);
    }

    function setAttributes(
        address identity,
        IDidRegistry.Attribute[] calldata attributes,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.setAttributes(identity, attributes, authorization);
    }

    function revokeAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        IDidRegistry.Authorization calldata authorization
    ) external pure returns (bytes32) {
        return DidCalls.revokeAttribute(identity, name, value, authorization);
    }
}
