// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IPasskeyAccount} from "../../../contracts/identity/IPasskeyAccount.sol";
import {IPasskeyAccounts} from "../../../contracts/identity/IPasskeyAccounts.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {WholeTransactionGas} from "../settlement/SettlementGas.t.sol";
import {vm} from "../Vm.sol";
import {RecoveryWorld} from "./RecoveryWorld.sol";

// Given an identity and an account of which nothing was read before, each call is a cheap transaction, and a passkey's
// signature is verified for little where the ledger does P-256 itself, and for less than 300,000 gas where it does not
contract IdentityGasTest is RecoveryWorld, WholeTransactionGas {
    bytes32 private constant NAME = "did/pub/P256/veriKey/hex";
    bytes32 private constant HASH = keccak256("hash");
    address private constant AGENT = address(0xa9e7);
    address private constant ALICE = address(0xa11ce);

    IPasskeyAccount private _account;

    /// @dev All that warms storage or code happens here, in a transaction of its own.
    function setUp() public override {
        super.setUp();
        _account = IPasskeyAccount(passkeyAccounts.createAccount(_passkey(7)));
        vm.prank(ALICE);
        dids.addDelegate(ALICE, "veriKey", AGENT, 1 days);
    }

    function test_gas_createAccount() public {
        IPasskeyAccount.Key memory key = _passkey(8);
        passkeyAccounts.createAccount(key);
        _record("createAccount", abi.encodeCall(IPasskeyAccounts.createAccount, (key)), 150_000);
    }

    function test_gas_changeOwner() public {
        vm.prank(ALICE);
        dids.changeOwner(ALICE, AGENT);
        _record("changeOwner", abi.encodeCall(IDidRegistry.changeOwner, (ALICE, AGENT)), 65_000);
    }

    function test_gas_addDelegate() public {
        vm.prank(STRANGER);
        dids.addDelegate(STRANGER, "veriKey", AGENT, 1 days);
        bytes memory data = abi.encodeCall(IDidRegistry.addDelegate, (STRANGER, "veriKey", AGENT, 1 days));
        _record("addDelegate", data, 90_000);
    }

    function test_gas_revokeDelegate() public {
        vm.prank(ALICE);
        dids.revokeDelegate(ALICE, "veriKey", AGENT);
        bytes memory data = abi.encodeCall(IDidRegistry.revokeDelegate, (ALICE, "veriKey", AGENT));
        _record("revokeDelegate", data, 50_000);
    }

    function test_gas_setAttribute() public {
        bytes memory value = _publicKey();
        vm.prank(ALICE);
        dids.setAttribute(ALICE, NAME, value, 1 days);
        bytes memory data = abi.encodeCall(IDidRegistry.setAttribute, (ALICE, NAME, value, 1 days));
        _record("setAttribute, 65 bytes", data, 50_000);
    }

    function test_gas_setAttributeByPasskey() public {
        IPasskeyAccount.Call[] memory calls = new IPasskeyAccount.Call[](1);
        calls[0].target = address(dids);
        calls[0].data = abi.encodeCall(
            IDidRegistry.setAttribute,
            (address(_account), NAME, _publicKey(), 1 days)
        );
        bytes memory signature = _assert(7, _account.digestOf(calls, 0, DEADLINE));
        vm.cool(address(_account));
        _account.execute(calls, DEADLINE, signature);
        bytes memory data = abi.encodeCall(IPasskeyAccount.execute, (calls, DEADLINE, signature));
        _record("setAttribute, 65 bytes, by passkey", data, 170_000);
    }

    function test_gas_recover() public {
        IRecovery.Replacement memory replacement = _replacement();
        IRecovery.Approval[] memory approvals = _approvals(2);
        vm.cool(address(recovery));
        vm.cool(address(dids));
        recovery.recover(replacement, approvals);
        bytes memory data = abi.encodeCall(IRecovery.recover, (replacement, approvals));
        _record("recover, 2 of 3 guardians", data, 270_000);
    }

    function test_gas_isValidSignature() public {
        bytes memory signature = _assert(7, HASH);
        _account.isValidSignature(HASH, signature);
        uint256 gas = vm.snapshotGasLastCall("isValidSignature of a passkey, execution");
        vm.assertTrue(gas < 60_000, "gas");
    }

    function test_gas_p256WithoutPrecompile() public view {
        (bytes32 r, bytes32 s) = _signP256(7, HASH);
        IPasskeyAccount.Key memory key = _passkey(7);
        uint256 before = gasleft();
        bool isValid = P256.verifySolidity(HASH, r, s, key.x, key.y);
        uint256 gas = before - gasleft();
        vm.assertTrue(isValid, "valid");
        vm.assertTrue(gas < 300_000, "gas");
    }

    function _record(string memory name, bytes memory data, uint256 most) private {
        uint256 gas = _gasOf(name, data);
        vm.snapshotValue(string.concat(name, ", transaction"), gas);
        vm.assertTrue(gas < most, "gas");
    }

    function _publicKey() private pure returns (bytes memory) {
        IPasskeyAccount.Key memory key = _passkey(9);
        return abi.encodePacked(bytes1(0x04), key.x, key.y);
    }
}
