// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPasskeyAccount} from "./IPasskeyAccount.sol";

/// @notice Makes the accounts of P-256 keys, each at an address that follows from its key. An account may be named, and
/// own an identity, before anybody has made it; it signs and does nothing until then.
interface IPasskeyAccounts {
    event PasskeyAccountCreated(address indexed account, bytes32 x, bytes32 y, bytes32 relyingParty);

    /// @notice (x, y) is no point of P-256, with which nothing could be signed.
    error PasskeyAccountsInvalidKey(bytes32 x, bytes32 y);

    /// @notice Makes the key's account where it is not made yet. By anybody: only the key has a say in it.
    /// @custom:access anyone: only the key has a say in its account
    function createAccount(IPasskeyAccount.Key calldata key) external returns (address account);
    /// @notice Where the key's account is, or would be.
    function accountOf(IPasskeyAccount.Key calldata key) external view returns (address);
}
