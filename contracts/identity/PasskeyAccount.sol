// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {IPasskeyAccount} from "./IPasskeyAccount.sol";

/// @dev Each account is a clone that carries its key behind its code. What stands there of this contract itself is no
/// point of the curve: it signs nothing.
contract PasskeyAccount is IPasskeyAccount, EIP712 {
    using Address for address;

    bytes1 private constant PASSKEY = 0x01;
    bytes1 private constant SECURE_ELEMENT = 0x02;
    uint256 private constant SECURE_ELEMENT_LENGTH = 65;
    /// @dev Client data holds a challenge, an origin and what browsers add.
    uint256 private constant LONGEST_SIGNATURE = 2_048;
    uint256 private constant RELYING_PARTY_LENGTH = 32;
    uint256 private constant MOST_CALLS = 16;
    bytes4 private constant INVALID = 0xffffffff;

    bytes32 private constant CALL = keccak256("Call(address target,bytes data)");
    bytes32 private constant EXECUTE = keccak256(
        "Execute(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,bytes data)"
    );

    uint256 private _nonce;

    constructor() EIP712("Commonwatt", "1") {}

    /// @inheritdoc IPasskeyAccount
    function execute(
        Call[] calldata calls,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes[] memory results) {
        if (block.timestamp > deadline) revert PasskeyAccountExpired(deadline, block.timestamp);
        if (calls.length == 0 || calls.length > MOST_CALLS) {
            revert PasskeyAccountInvalidCount(calls.length, MOST_CALLS);
        }
        uint256 current = _nonce;
        if (!_isSigned(digestOf(calls, current, deadline), signature)) {
            revert PasskeyAccountInvalidSignature(current);
        }

        _nonce = current + 1;

        emit CallsExecuted(current);

        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            results[i] = calls[i].target.functionCall(calls[i].data);
        }
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _isSigned(hash, signature) ? this.isValidSignature.selector : INVALID;
    }

    /// @inheritdoc IPasskeyAccount
    function nonce() external view returns (uint256) {
        return _nonce;
    }

    /// @inheritdoc IPasskeyAccount
    function digestOf(
        Call[] calldata calls,
        uint256 atNonce,
        uint256 deadline
    ) public view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(CALL, calls[i].target, keccak256(calls[i].data)));
        }
        bytes32 callsHash = keccak256(abi.encodePacked(hashes));
        return _hashTypedDataV4(keccak256(abi.encode(EXECUTE, callsHash, atNonce, deadline)));
    }

    /// @inheritdoc IPasskeyAccount
    function key() public view returns (Key memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Key));
    }

    function _isSigned(bytes32 hash, bytes calldata signature) private view returns (bool) {
        if (signature.length == 0 || signature.length > LONGEST_SIGNATURE) return false;
        Key memory owner = key();
        if (signature[0] == PASSKEY) return _isAssertion(owner, hash, signature[1:]);
        if (signature[0] != SECURE_ELEMENT || signature.length != SECURE_ELEMENT_LENGTH) return false;
        if (owner.relyingParty != 0) return false;
        bytes32 message = sha256(abi.encodePacked(hash));
        return P256.verify(message, bytes32(signature[1:33]), bytes32(signature[33:65]), owner.x, owner.y);
    }

    function _isAssertion(
        Key memory owner,
        bytes32 hash,
        bytes calldata encoded
    ) private view returns (bool) {
        (bool isWhole, WebAuthn.WebAuthnAuth calldata assertion) = WebAuthn.tryDecodeAuth(encoded);
        if (!isWhole || owner.relyingParty == 0) return false;
        bytes calldata authenticatorData = assertion.authenticatorData;
        if (authenticatorData.length < RELYING_PARTY_LENGTH) return false;
        if (bytes32(authenticatorData[:RELYING_PARTY_LENGTH]) != owner.relyingParty) return false;
        return WebAuthn.verify(abi.encodePacked(hash), assertion, owner.x, owner.y);
    }
}
