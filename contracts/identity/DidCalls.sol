// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "./IDidRegistry.sol";

/// @dev What an identity's owner signs of each call: EIP-712 struct hashes.
library DidCalls {
    bytes32 private constant CHANGE_OWNER = keccak256(
        "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant ADD_DELEGATE = keccak256(
        "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,uint256 nonce,"
        "uint256 deadline)"
    );
    bytes32 private constant REVOKE_DELEGATE = keccak256(
        "RevokeDelegate(address identity,bytes32 delegateType,address delegate,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant SET_ATTRIBUTE = keccak256(
        "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant SET_ATTRIBUTES = keccak256(
        "SetAttributes(address identity,Attribute[] attributes,uint256 nonce,uint256 deadline)"
        "Attribute(bytes32 name,bytes value,uint256 validity)"
    );
    bytes32 private constant ATTRIBUTE = keccak256("Attribute(bytes32 name,bytes value,uint256 validity)");
    bytes32 private constant REVOKE_ATTRIBUTE = keccak256(
        "RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)"
    );

    function changeOwner(
        address identity,
        address newOwner,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(CHANGE_OWNER, identity, newOwner, authorization.nonce, authorization.deadline)
            );
    }

    function addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    ADD_DELEGATE,
                    identity,
                    delegateType,
                    delegate,
                    validity,
                    authorization.nonce,
                    authorization.deadline
                )
            );
    }

    function revokeDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    REVOKE_DELEGATE,
                    identity,
                    delegateType,
                    delegate,
                    authorization.nonce,
                    authorization.deadline
                )
            );
    }

    function setAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    SET_ATTRIBUTE,
                    identity,
                    name,
                    keccak256(value),
                    validity,
                    authorization.nonce,
                    authorization.deadline
                )
            );
    }

    function setAttributes(
        address identity,
        IDidRegistry.Attribute[] calldata attributes,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](attributes.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            IDidRegistry.Attribute calldata each = attributes[i];
            hashes[i] = keccak256(abi.encode(ATTRIBUTE, each.name, keccak256(each.value), each.validity));
        }
        return
            keccak256(
                abi.encode(
                    SET_ATTRIBUTES,
                    identity,
                    keccak256(abi.encodePacked(hashes)),
                    authorization.nonce,
                    authorization.deadline
                )
            );
    }

    function revokeAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        IDidRegistry.Authorization calldata authorization
    ) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    REVOKE_ATTRIBUTE,
                    identity,
                    name,
                    keccak256(value),
                    authorization.nonce,
                    authorization.deadline
                )
            );
    }
}
