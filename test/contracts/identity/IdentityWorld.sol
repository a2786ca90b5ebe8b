// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IPasskeyAccount} from "../../../contracts/identity/IPasskeyAccount.sol";
import {IPasskeyAccounts} from "../../../contracts/identity/IPasskeyAccounts.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {Credentialed} from "../Credentialed.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";
import {DidCallHashes} from "./DidCallHashes.sol";

/// @dev The registry of identifiers, recovery and passkey accounts, deployed and wired, and what keys of either curve
/// sign.
abstract contract IdentityWorld is Credentialed {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant DEADLINE = START + 1 hours;
    bytes32 internal constant RELYING_PARTY = sha256("market.example");

    IPasskeyAccounts public passkeyAccounts;
    DidCallHashes internal hashes;

    function setUp() public virtual {
        vm.warp(START);
        _deployIdentity();
        hashes = new DidCallHashes();
        passkeyAccounts = IPasskeyAccounts(deploy("PasskeyAccounts", ""));
    }

    /// @dev Whether the account holds the role in the area from now on.
    function setHeld(address account, Role role, AreaId area, bool isHeld) public {
        bytes32 held = credentials.heldBy(account, role, area);
        if (isHeld && held == 0) _issue(account, role, area);
        if (!isHeld && held != 0) {
            bytes32[] memory one = new bytes32[](1);
            one[0] = held;
            credentials.revokeCredentials(one);
        }
    }

    function _domainOf(address verifyingContract, uint256 chainId) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                    ),
                    keccak256("Commonwatt"),
                    keccak256("1"),
                    chainId,
                    verifyingContract
                )
            );
    }

    function _sign(uint256 privateKey, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev What the identity's owner fills in and signs.
    function _unsigned(
        address identity
    ) internal view returns (IDidRegistry.Authorization memory authorization) {
        authorization.nonce = dids.nonce(identity);
        authorization.deadline = DEADLINE;
    }

    function _digestOf(address verifyingContract, bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domainOf(verifyingContract, block.chainid), structHash);
    }

    function _passkey(uint256 privateKey) internal pure returns (IPasskeyAccount.Key memory) {
        return _keyFor(privateKey, RELYING_PARTY);
    }

    function _secureElement(uint256 privateKey) internal pure returns (IPasskeyAccount.Key memory) {
        return _keyFor(privateKey, 0);
    }

    function _keyFor(
        uint256 privateKey,
        bytes32 relyingParty
    ) internal pure returns (IPasskeyAccount.Key memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(privateKey);
        return IPasskeyAccount.Key(bytes32(x), bytes32(y), relyingParty);
    }

    /// @dev What a browser and an authenticator make of the hash: user present and verified.
    function _assert(uint256 privateKey, bytes32 hash) internal pure returns (bytes memory) {
        return _assert(privateKey, hash, RELYING_PARTY, 0x05);
    }

    function _assert(
        uint256 privateKey,
        bytes32 hash,
        bytes32 relyingParty,
        bytes1 flags
    ) internal pure returns (bytes memory) {
        // solhint-disable-next-line quotes
        string memory head = '{"type":"webauthn.get","challenge":"';
        string memory challenge = Base64.encodeURL(abi.encodePacked(hash));
        // solhint-disable-next-line quotes
        string memory client = string.concat(head, challenge, '","origin":"https://market.example"}');
        bytes memory authenticator = abi.encodePacked(relyingParty, flags, uint32(7));
        bytes32 message = sha256(abi.encodePacked(authenticator, sha256(bytes(client))));
        (bytes32 r, bytes32 s) = _signP256(privateKey, message);
        return bytes.concat(hex"01", abi.encode(r, s, 23, 1, authenticator, client));
    }

    function _signRaw(uint256 privateKey, bytes32 hash) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = _signP256(privateKey, sha256(abi.encodePacked(hash)));
        return abi.encodePacked(hex"02", r, s);
    }

    function _signP256(uint256 privateKey, bytes32 message) internal pure returns (bytes32 r, bytes32 s) {
        (r, s) = vm.signP256(privateKey, message);
        if (uint256(s) > P256.N / 2) s = bytes32(P256.N - uint256(s));
    }
}
