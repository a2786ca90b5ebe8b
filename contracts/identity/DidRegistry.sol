// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {DidCalls} from "./DidCalls.sol";
import {IDidRegistry} from "./IDidRegistry.sol";

contract DidRegistry is IDidRegistry, EIP712 {
    /// @dev Longer than any meter stays in its cupboard.
    uint256 private constant LONGEST_VALIDITY = 30 * 365 days;
    uint256 private constant LONGEST_VALUE = 1_024;
    uint256 private constant MOST_ATTRIBUTES = 16;

    /// @param owner Counts from the first change on; before it the identity owns itself.
    struct Ownership {
        address owner;
        uint48 changes;
        uint48 nonce;
    }

    address private immutable _recovery;

    mapping(address identity => Ownership) private _ownerships;
    mapping(address identity => mapping(bytes32 typeHash => mapping(address delegate => uint256 validTo)))
        private _delegates;
    mapping(address identity => uint256 blockNumber) private _changed;

    modifier onlyOwner(address identity) {
        address owner = _activeOwnerOf(identity);
        if (msg.sender != owner) revert DidRegistryNotTheOwner(identity, msg.sender);
        _;
    }

    constructor(address recovery) EIP712("Commonwatt", "1") {
        _recovery = recovery;
    }

    /// @inheritdoc IDidRegistry
    function changeOwner(address identity, address newOwner) external onlyOwner(identity) {
        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IDidRegistry
    function addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) external onlyOwner(identity) {
        _addDelegate(identity, delegateType, delegate, validity);
    }

    /// @inheritdoc IDidRegistry
    function revokeDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external onlyOwner(identity) {
        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @inheritdoc IDidRegistry
    function setAttribute(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity
    ) external onlyOwner(identity) {
        _setAttribute(identity, name, value, validity);
    }

    /// @inheritdoc IDidRegistry
    function setAttributes(address identity, Attribute[] calldata attributes) external onlyOwner(identity) {
        _setAttributes(identity, attributes);
    }

    /// @inheritdoc IDidRegistry
    function revokeAttribute(
        address identity,
        bytes32 name,
        bytes calldata value
    ) external onlyOwner(identity) {
        _revokeAttribute(identity, name, value);
    }

    /// @inheritdoc IDidRegistry
    function changeOwnerSigned(
        address identity,
        address newOwner,
        Authorization calldata authorization
    ) external {
        _use(identity, DidCalls.changeOwner(identity, newOwner, authorization), authorization);
        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IDidRegistry
    function addDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        Authorization calldata authorization
    ) external {
        bytes32 call = DidCalls.addDelegate(identity, delegateType, delegate, validity, authorization);
        _use(identity, call, authorization);
        _addDelegate(identity, delegateType, delegate, validity);
    }

    /// @inheritdoc IDidRegistry
    function revokeDelegateSigned(
        address identity,
        bytes32 delegateType,
        address delegate,
        Authorization calldata authorization
    ) external {
        bytes32 call = DidCalls.revokeDelegate(identity, delegateType, delegate, authorization);
        _use(identity, call, authorization);
        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @inheritdoc IDidRegistry
    function setAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        Authorization calldata authorization
    ) external {
        _use(identity, DidCalls.setAttribute(identity, name, value, validity, authorization), authorization);
        _setAttribute(identity, name, value, validity);
    }

    /// @inheritdoc IDidRegistry
    function setAttributesSigned(
        address identity,
        Attribute[] calldata attributes,
        Authorization calldata authorization
    ) external {
        _use(identity, DidCalls.setAttributes(identity, attributes, authorization), authorization);
        _setAttributes(identity, attributes);
    }

    /// @inheritdoc IDidRegistry
    function revokeAttributeSigned(
        address identity,
        bytes32 name,
        bytes calldata value,
        Authorization calldata authorization
    ) external {
        _use(identity, DidCalls.revokeAttribute(identity, name, value, authorization), authorization);
        _revokeAttribute(identity, name, value);
    }

    /// @inheritdoc IDidRegistry
    function recoverOwner(address identity, address newOwner) external {
        if (msg.sender != _recovery) revert DidRegistryNotRecovery(msg.sender);
        if (newOwner == address(0)) revert DidRegistryInvalidOwner();
        _activeOwnerOf(identity);

        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IDidRegistry
    function validDelegate(
        address identity,
        bytes32 delegateType,
        address delegate
    ) external view returns (bool) {
        uint256 validTo = _delegates[identity][_hash(delegateType)][delegate];
        return validTo > block.timestamp && identityOwner(identity) != address(0);
    }

    /// @inheritdoc IDidRegistry
    function owners(address identity) external view returns (address) {
        return _ownerships[identity].owner;
    }

    /// @inheritdoc IDidRegistry
    function delegates(address identity, bytes32 typeHash, address delegate) external view returns (uint256) {
        return _delegates[identity][typeHash][delegate];
    }

    /// @inheritdoc IDidRegistry
    function changed(address identity) external view returns (uint256) {
        return _changed[identity];
    }

    /// @inheritdoc IDidRegistry
    function nonce(address identity) external view returns (uint256) {
        return _ownerships[identity].nonce;
    }

    /// @inheritdoc IDidRegistry
    function ownerChangesOf(address identity) external view returns (uint256) {
        return _ownerships[identity].changes;
    }

    /// @inheritdoc IDidRegistry
    function identityOwner(address identity) public view returns (address) {
        Ownership memory ownership = _ownerships[identity];
        return ownership.changes == 0 ? identity : ownership.owner;
    }

    /// @dev Takes the identity's nonce for a call that its owner signed.
    function _use(address identity, bytes32 call, Authorization calldata authorization) private {
        if (block.timestamp > authorization.deadline) {
            revert DidRegistryExpired(authorization.deadline, block.timestamp);
        }
        address owner = _activeOwnerOf(identity);
        uint48 expected = _ownerships[identity].nonce;
        if (authorization.nonce != expected) {
            revert DidRegistryWrongNonce(identity, expected, authorization.nonce);
        }
        bytes32 digest = _hashTypedDataV4(call);
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, authorization.signature)) {
            revert DidRegistryInvalidSignature(identity, owner);
        }

        _ownerships[identity].nonce = expected + 1;
    }

    function _changeOwner(address identity, address newOwner) private {
        Ownership memory ownership = _ownerships[identity];
        _ownerships[identity] = Ownership(newOwner, ownership.changes + 1, ownership.nonce + 1);

        emit DIDOwnerChanged(identity, newOwner, _markChanged(identity));
    }

    function _addDelegate(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) private {
        if (delegateType == 0) revert DidRegistryInvalidName();
        if (delegate == address(0)) revert DidRegistryInvalidDelegate();
        uint256 validTo = _endOf(validity);

        _delegates[identity][_hash(delegateType)][delegate] = validTo;

        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, _markChanged(identity));
    }

    function _revokeDelegate(address identity, bytes32 delegateType, address delegate) private {
        bytes32 typeHash = _hash(delegateType);
        if (_delegates[identity][typeHash][delegate] == 0) {
            revert DidRegistryNoDelegate(identity, delegateType, delegate);
        }

        delete _delegates[identity][typeHash][delegate];

        emit DIDDelegateChanged(identity, delegateType, delegate, 0, _markChanged(identity));
    }

    function _setAttributes(address identity, Attribute[] calldata attributes) private {
        if (attributes.length == 0 || attributes.length > MOST_ATTRIBUTES) {
            revert DidRegistryInvalidCount(attributes.length, MOST_ATTRIBUTES);
        }
        for (uint256 i = 0; i < attributes.length; ++i) {
            Attribute calldata attribute = attributes[i];
            _setAttribute(identity, attribute.name, attribute.value, attribute.validity);
        }
    }

    function _setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) private {
        _requireAttribute(name, value);
        uint256 validTo = _endOf(validity);

        emit DIDAttributeChanged(identity, name, value, validTo, _markChanged(identity));
    }

    function _revokeAttribute(address identity, bytes32 name, bytes calldata value) private {
        _requireAttribute(name, value);

        emit DIDAttributeChanged(identity, name, value, 0, _markChanged(identity));
    }

    /// @return previousChange Number of the block in which the identity changed before.
    function _markChanged(address identity) private returns (uint256 previousChange) {
        previousChange = _changed[identity];
        _changed[identity] = block.number;
    }

    function _activeOwnerOf(address identity) private view returns (address owner) {
        owner = identityOwner(identity);
        if (owner == address(0)) revert DidRegistryDeactivated(identity);
    }

    function _endOf(uint256 validity) private view returns (uint256) {
        if (validity == 0 || validity > LONGEST_VALIDITY) {
            revert DidRegistryInvalidValidity(validity, LONGEST_VALIDITY);
        }
        return block.timestamp + validity;
    }

    function _requireAttribute(bytes32 name, bytes calldata value) private pure {
        if (name == 0) revert DidRegistryInvalidName();
        if (value.length == 0 || value.length > LONGEST_VALUE) {
            revert DidRegistryInvalidValue(value.length, LONGEST_VALUE);
        }
    }

    function _hash(bytes32 delegateType) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(delegateType));
    }
}
