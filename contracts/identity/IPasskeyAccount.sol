// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice The account of somebody without a wallet: whatever its one P-256 key signs, it signs and does. The key never
/// changes, so that its address follows from it; whoever loses it has the owner of the identity changed to another
/// account. Signatures begin with a byte that says what they are:
/// 1, a passkey: a WebAuthn assertion of the key's relying party, with the user present and verified, whose challenge
/// is the hash; followed by abi.encode(r, s, challengeIndex, typeIndex, authenticatorData, clientDataJSON).
/// 2, a secure element: r and s of ECDSA over the SHA-256 of the hash, only of a key without relying party.
/// Both with the lower s. What is signed for an account holds for that of the same key and relying party which another
/// deployment of `PasskeyAccounts` made, unless it names the account: `execute` does.
interface IPasskeyAccount is IERC1271 {
    /// @param x Coordinates of a point on P-256, `y` likewise.
    /// @param relyingParty SHA-256 of the domain for which the passkey was made; zero for the key of a secure element.
    struct Key {
        bytes32 x;
        bytes32 y;
        bytes32 relyingParty;
    }

    struct Call {
        address target;
        bytes data;
    }

    event CallsExecuted(uint256 indexed nonce);

    error PasskeyAccountExpired(uint256 deadline, uint256 time);
    error PasskeyAccountInvalidCount(uint256 count, uint256 limit);
    /// @notice The account's key did not sign these calls with its nonce and this deadline.
    error PasskeyAccountInvalidSignature(uint256 nonce);

    /// @notice Makes 1 to 16 calls in the name of the account, all or none, by whoever has the key's signature of
    /// `digestOf` them. Reverts as the first call does that fails.
    /// @param deadline Unix time up to which it may be done, included.
    /// @custom:access whoever has a signature of the account's key
    function execute(
        Call[] calldata calls,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes[] memory results);

    /// @notice EIP-712: `Execute(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,bytes data)` in the
    /// domain ("Commonwatt", "1") of the account.
    function digestOf(
        Call[] calldata calls,
        uint256 atNonce,
        uint256 deadline
    ) external view returns (bytes32);
    /// @notice How often it made calls: the next are signed with this number.
    function nonce() external view returns (uint256);
    function key() external view returns (Key memory);
}
