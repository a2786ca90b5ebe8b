// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IPasskeyAccount} from "./IPasskeyAccount.sol";
import {IPasskeyAccounts} from "./IPasskeyAccounts.sol";
import {PasskeyAccount} from "./PasskeyAccount.sol";

contract PasskeyAccounts is IPasskeyAccounts {
    address private immutable _implementation;

    constructor() {
        _implementation = address(new PasskeyAccount());
    }

    /// @inheritdoc IPasskeyAccounts
    function createAccount(IPasskeyAccount.Key calldata key) external returns (address account) {
        if (!P256.isValidPublicKey(key.x, key.y)) revert PasskeyAccountsInvalidKey(key.x, key.y);
        account = accountOf(key);
        if (account.code.length != 0) return account;

        Clones.cloneDeterministicWithImmutableArgs(_implementation, abi.encode(key), 0);

        emit PasskeyAccountCreated(account, key.x, key.y, key.relyingParty);
    }

    /// @inheritdoc IPasskeyAccounts
    function accountOf(IPasskeyAccount.Key calldata key) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(_implementation, abi.encode(key), 0);
    }
}
