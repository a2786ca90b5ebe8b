// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IPasskeyAccount} from "../../../contracts/identity/IPasskeyAccount.sol";
import {IPasskeyAccounts} from "../../../contracts/identity/IPasskeyAccounts.sol";
import {vm} from "../Vm.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

// createAccount, accountOf
//   given any key, the account is where it was said to be, made once, and knows its key
//   given another key, coordinate or relying party, it is another account
//   given what is no point of the curve, it reverts
// isValidSignature
//   given a passkey's assertion of the hash, as our test or node:crypto makes it, it is valid
//   given one of another hash, key or relying party, without user present or verified, backed up though it cannot be,
//     with another type, the upper s, another index, or cut off, it is not
//   given a secure element's signature of the hash, it is valid for a key without relying party
//   given one of another hash or key, the upper s, another length, it is not
//   given the one kind for a key of the other, another kind, nothing, more than 2,048 bytes or any bytes, it is not
//   given the contract of which accounts are clones, nothing is valid
// execute
//   given calls that the key signed, anybody has them made in the name of the account, once, and gets their results
//   given other calls, another sequence, deadline, nonce, account or chain, or a passed deadline, it reverts
//   given a call that fails, or a target without code, none is made
//   given no calls or 17, it reverts
//   given a call that executes the same again, it reverts
// vectors
//   given a key and calls, the account and what its key signs are those that the services work out
// an identity of a passkey
//   given an account, its calls and its assertions change its own identity, and no longer when it has another owner
contract PasskeyAccountTest is IdentityWorld {
    uint256 private constant KEY = 0xa11ce;
    uint256 private constant OTHER_KEY = 0xb0b;
    bytes32 private constant HASH = keccak256("hash");
    bytes32 private constant NAME = "did/svc/MarketApi";
    address private constant AGENT = address(0xa9e7);

    IPasskeyAccount private _account;
    IPasskeyAccount private _element;

    function setUp() public override {
        super.setUp();
        _account = IPasskeyAccount(passkeyAccounts.createAccount(_passkey(KEY)));
        _element = IPasskeyAccount(passkeyAccounts.createAccount(_secureElement(KEY)));
    }

    function testFuzz_createAccount_makesItWhereItWasSaidToBe(uint256 seed, bytes32 relyingParty) public {
        IPasskeyAccount.Key memory key = _keyFor(1 + (seed % (P256.N - 1)), relyingParty);
        address expected = passkeyAccounts.accountOf(key);
        vm.assume(expected.code.length == 0);
        vm.expectEmit();
        emit IPasskeyAccounts.PasskeyAccountCreated(expected, key.x, key.y, relyingParty);
        vm.assertEq(passkeyAccounts.createAccount(key), expected, "account");

        bytes32 code = keccak256(expected.code);
        vm.prank(STRANGER);
        vm.assertEq(passkeyAccounts.createAccount(key), expected, "again");
        vm.assertEq(keccak256(expected.code), code, "code");
        IPasskeyAccount.Key memory known = IPasskeyAccount(expected).key();
        vm.assertEq(abi.encode(known), abi.encode(key), "key");
    }

    function test_accountOf_isAnotherForAnotherKey() public view {
        address[4] memory accounts = [
            address(_account),
            address(_element),
            passkeyAccounts.accountOf(_passkey(OTHER_KEY)),
            passkeyAccounts.accountOf(_keyFor(KEY, sha256("other.example")))
        ];
        for (uint256 i = 0; i < accounts.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                vm.assertTrue(accounts[i] != accounts[j], "another");
            }
        }
    }

    function test_createAccount_revertsForWhatIsNoKey() public {
        IPasskeyAccount.Key[3] memory keys = [_passkey(KEY), _passkey(KEY), _passkey(KEY)];
        keys[0].x = bytes32(uint256(keys[0].x) ^ 1);
        keys[1] = IPasskeyAccount.Key(0, 0, RELYING_PARTY);
        // The same point, written as a number beyond the field, would be another address.
        keys[2].x = bytes32(P256.P);
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IPasskeyAccounts.PasskeyAccountsInvalidKey.selector,
                    keys[i].x,
                    keys[i].y
                )
            );
            passkeyAccounts.createAccount(keys[i]);
        }
    }

    function testFuzz_isValidSignature_ofAPasskey(bytes32 hash) public view {
        _requireValid(_account, hash, _assert(KEY, hash), true);
        _requireValid(_account, ~hash, _assert(KEY, hash), false);
        _requireValid(_account, hash, _assert(OTHER_KEY, hash), false);
    }

    function test_isValidSignature_needsRelyingPartyAndUser() public view {
        bytes1[5] memory refused = [bytes1(0x00), 0x01, 0x04, 0xf8, 0x15];
        for (uint256 i = 0; i < refused.length; ++i) {
            _requireValid(_account, HASH, _assert(KEY, HASH, RELYING_PARTY, refused[i]), false);
        }
        _requireValid(_account, HASH, _assert(KEY, HASH, RELYING_PARTY, 0x1d), true);
        _requireValid(_account, HASH, _assert(KEY, HASH, sha256("other.example"), 0x05), false);
        _requireValid(_account, HASH, _assert(KEY, HASH, 0, 0x05), false);
    }

    function test_isValidSignature_refusesWhatIsNoAssertion() public view {
        bytes memory valid = _assert(KEY, HASH);
        for (uint256 length = 0; length < valid.length; length += 13) {
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                cut[i] = valid[i];
            }
            // What follows the client data is filled up with zeros, and may be missing.
            if (length < valid.length - 32) _requireValid(_account, HASH, cut, false);
        }
        // Bytes of r, s, both indices, both offsets, relying party and client data.
        uint16[8] memory places = [uint16(10), 50, 96, 128, 160, 192, 230, 300];
        for (uint256 i = 0; i < places.length; ++i) {
            bytes memory changed = bytes.concat(valid);
            changed[places[i]] ^= 0x01;
            _requireValid(_account, HASH, changed, false);
        }
        bytes memory kind = bytes.concat(valid);
        for (uint256 i = 0; i < 256; ++i) {
            kind[0] = bytes1(uint8(i));
            _requireValid(_account, HASH, kind, i == 1);
        }
        _requireValid(_account, HASH, bytes.concat(valid, new bytes(2_049 - valid.length)), false);
        _requireValid(_account, HASH, bytes.concat(valid, new bytes(2_048 - valid.length)), true);
    }

    function test_isValidSignature_refusesTheUpperS() public view {
        bytes memory assertion = _assert(KEY, HASH);
        bytes memory raw = _signRaw(KEY, HASH);
        _requireValid(_element, HASH, raw, true);
        _invertS(assertion);
        _invertS(raw);
        _requireValid(_account, HASH, assertion, false);
        _requireValid(_element, HASH, raw, false);
    }

    function testFuzz_isValidSignature_ofASecureElement(bytes32 hash, uint256 place) public view {
        bytes memory raw = _signRaw(KEY, hash);
        _requireValid(_element, hash, raw, true);
        _requireValid(_element, ~hash, raw, false);
        _requireValid(_element, hash, _signRaw(OTHER_KEY, hash), false);
        _requireValid(_element, hash, bytes.concat(raw, hex"00"), false);
        raw[place % 65] ^= 0x01;
        _requireValid(_element, hash, raw, false);
    }

    function test_isValidSignature_isOfTheKeysOwnKind() public view {
        _requireValid(_account, HASH, _signRaw(KEY, HASH), false);
        _requireValid(_element, HASH, _assert(KEY, HASH), false);
        _requireValid(_element, HASH, _assert(KEY, HASH, 0, 0x05), false);
    }

    function testFuzz_isValidSignature_refusesAnyBytes(bytes calldata junk, uint8 kind) public view {
        bytes memory signature = bytes.concat(bytes1(kind % 4), junk);
        _requireValid(_account, HASH, signature, false);
        _requireValid(_element, HASH, signature, false);
        _requireValid(_account, HASH, junk, false);
    }

    function testFuzz_isValidSignature_refusesAnyOffsets(
        uint256[6] calldata words,
        bytes calldata rest
    ) public view {
        _requireValid(_account, HASH, bytes.concat(hex"01", abi.encodePacked(words), rest), false);
    }

    function test_implementation_signsNothing() public {
        IPasskeyAccount implementation = IPasskeyAccount(
            vm.computeCreateAddress(address(passkeyAccounts), 1)
        );
        _requireValid(implementation, HASH, _assert(KEY, HASH), false);
        _requireValid(implementation, HASH, _signRaw(KEY, HASH), false);
        IPasskeyAccount.Key memory key = implementation.key();
        vm.assertFalse(P256.isValidPublicKey(key.x, key.y), "no key");
        IPasskeyAccount.Call[] memory calls = _calls("x");
        bytes memory signature = _assert(KEY, implementation.digestOf(calls, 0, DEADLINE));
        vm.expectRevert(abi.encodeWithSelector(IPasskeyAccount.PasskeyAccountInvalidSignature.selector, 0));
        implementation.execute(calls, DEADLINE, signature);
    }

    function test_vectors_areValid() public {
        string memory vectors = vm.readFile("test/vectors/passkey.json");
        bytes32 x = vm.parseJsonBytes32(vectors, ".x");
        bytes32 y = vm.parseJsonBytes32(vectors, ".y");
        bytes32 hash = vm.parseJsonBytes32(vectors, ".hash");
        bytes32 relyingParty = vm.parseJsonBytes32(vectors, ".relyingParty");
        address passkey = passkeyAccounts.createAccount(IPasskeyAccount.Key(x, y, relyingParty));
        address element = passkeyAccounts.createAccount(IPasskeyAccount.Key(x, y, 0));
        bytes memory assertion = vm.parseJsonBytes(vectors, ".passkey.encoded");
        bytes memory raw = vm.parseJsonBytes(vectors, ".secureElement.encoded");
        _requireValid(IPasskeyAccount(passkey), hash, assertion, true);
        _requireValid(IPasskeyAccount(element), hash, raw, true);
    }

    function test_vectors_areTheAccountAndWhatItsKeySigns() public {
        string memory vectors = vm.readFile("test/vectors/passkey.json");
        address factory = vm.parseJsonAddress(vectors, ".account.passkeyAccounts");
        address account = vm.parseJsonAddress(vectors, ".account.account");
        IPasskeyAccount.Key memory key = IPasskeyAccount.Key(
            vm.parseJsonBytes32(vectors, ".x"),
            vm.parseJsonBytes32(vectors, ".y"),
            vm.parseJsonBytes32(vectors, ".relyingParty")
        );
        address implementation = vm.computeCreateAddress(factory, 1);
        address expected = Clones.predictDeterministicAddressWithImmutableArgs(
            implementation,
            abi.encode(key),
            0,
            factory
        );
        vm.assertEq(account, expected, "account");

        vm.etch(account, address(_account).code);
        IPasskeyAccount.Call[] memory calls = new IPasskeyAccount.Call[](2);
        calls[0].target = vm.parseJsonAddress(vectors, ".account.calls[0].target");
        calls[0].data = vm.parseJsonBytes(vectors, ".account.calls[0].data");
        calls[1].target = vm.parseJsonAddress(vectors, ".account.calls[1].target");
        uint256 nonce = vm.parseJsonUint(vectors, ".account.nonce");
        uint256 deadline = vm.parseJsonUint(vectors, ".account.deadline");
        bytes32 digest = vm.parseJsonBytes32(vectors, ".account.digest");
        vm.assertEq(IPasskeyAccount(account).digestOf(calls, nonce, deadline), digest, "digest");
    }

    function test_execute_makesTheCallsOnce() public {
        IPasskeyAccount.Call[] memory calls = _calls("https://a.example");
        bytes memory signature = _assert(KEY, _account.digestOf(calls, 0, DEADLINE));
        vm.expectEmit();
        emit IPasskeyAccount.CallsExecuted(0);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(address(_account), NAME, "https://a.example", START + 60, 0);
        vm.prank(STRANGER);
        bytes[] memory results = _account.execute(calls, DEADLINE, signature);

        vm.assertEq(results.length, 2, "results");
        vm.assertEq(results[0].length, 0, "nothing");
        vm.assertEq(abi.decode(results[1], (address)), address(_account), "its owner");
        vm.assertEq(_account.nonce(), 1, "nonce");
        _expectRefused(1, calls, DEADLINE, signature);
    }

    /// @custom:refuses PasskeyAccount.execute
    function test_execute_isForTheseCallsAndThisTime() public {
        IPasskeyAccount.Call[] memory calls = _calls("https://a.example");
        bytes memory signature = _assert(KEY, _account.digestOf(calls, 0, DEADLINE));
        _expectRefused(0, _calls("https://b.example"), DEADLINE, signature);
        _expectRefused(0, calls, DEADLINE + 1, signature);
        _expectRefused(0, calls, DEADLINE, _assert(KEY, _account.digestOf(calls, 1, DEADLINE)));
        _expectRefused(0, calls, DEADLINE, _assert(KEY, _element.digestOf(calls, 0, DEADLINE)));
        (calls[0], calls[1]) = (calls[1], calls[0]);
        _expectRefused(0, calls, DEADLINE, signature);
        (calls[0], calls[1]) = (calls[1], calls[0]);
        vm.chainId(1);
        _expectRefused(0, calls, DEADLINE, signature);
        vm.chainId(31_337);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IPasskeyAccount.PasskeyAccountExpired.selector, DEADLINE, DEADLINE + 1)
        );
        _account.execute(calls, DEADLINE, signature);
        vm.warp(DEADLINE);
        _account.execute(calls, DEADLINE, signature);
    }

    function test_execute_makesAllOrNone() public {
        IPasskeyAccount.Call[] memory calls = _calls("https://a.example");
        calls[1].data = abi.encodeCall(IDidRegistry.changeOwner, (AGENT, AGENT));
        bytes memory signature = _assert(KEY, _account.digestOf(calls, 0, DEADLINE));
        vm.expectRevert(
            abi.encodeWithSelector(IDidRegistry.DidRegistryNotTheOwner.selector, AGENT, address(_account))
        );
        _account.execute(calls, DEADLINE, signature);
        calls[1].target = STRANGER;
        signature = _assert(KEY, _account.digestOf(calls, 0, DEADLINE));
        vm.expectRevert(abi.encodeWithSelector(Address.AddressEmptyCode.selector, STRANGER));
        _account.execute(calls, DEADLINE, signature);
        vm.assertEq(dids.changed(address(_account)), 0, "none");
        vm.assertEq(_account.nonce(), 0, "nonce");
    }

    function test_execute_takesOneToSixteenCalls() public {
        for (uint256 count = 0; count <= 17; count += 17) {
            IPasskeyAccount.Call[] memory calls = new IPasskeyAccount.Call[](count);
            bytes memory signature = _assert(KEY, _account.digestOf(calls, 0, DEADLINE));
            vm.expectRevert(
                abi.encodeWithSelector(IPasskeyAccount.PasskeyAccountInvalidCount.selector, count, 16)
            );
            _account.execute(calls, DEADLINE, signature);
        }
    }

    function test_execute_isNotMadeAgainFromWithin() public {
        IPasskeyAccount.Call[] memory inner = _calls("https://a.example");
        bytes memory innerSignature = _assert(KEY, _account.digestOf(inner, 0, DEADLINE));
        IPasskeyAccount.Call[] memory outer = new IPasskeyAccount.Call[](1);
        outer[0].target = address(_account);
        outer[0].data = abi.encodeCall(IPasskeyAccount.execute, (inner, DEADLINE, innerSignature));
        bytes memory signature = _assert(KEY, _account.digestOf(outer, 0, DEADLINE));
        _expectRefused(1, outer, DEADLINE, signature);
    }

    function test_identity_isThePasskeysUntilItHasAnotherOwner() public {
        address identity = address(_account);
        IDidRegistry.Authorization memory a = _unsigned(identity);
        bytes32 call = hashes.addDelegate(identity, "veriKey", AGENT, 60, a);
        a.signature = _assert(KEY, _digestOf(address(dids), call));
        dids.addDelegateSigned(identity, "veriKey", AGENT, 60, a);
        vm.assertTrue(dids.validDelegate(identity, "veriKey", AGENT), "delegate");

        IPasskeyAccount.Call[] memory calls = new IPasskeyAccount.Call[](1);
        calls[0].target = address(dids);
        calls[0].data = abi.encodeCall(IDidRegistry.changeOwner, (identity, address(_element)));
        _account.execute(calls, DEADLINE, _assert(KEY, _account.digestOf(calls, 0, DEADLINE)));
        a = _unsigned(identity);
        call = hashes.changeOwner(identity, identity, a);
        a.signature = _assert(KEY, _digestOf(address(dids), call));
        vm.expectRevert(
            abi.encodeWithSelector(
                IDidRegistry.DidRegistryInvalidSignature.selector,
                identity,
                address(_element)
            )
        );
        dids.changeOwnerSigned(identity, identity, a);
        a.signature = _signRaw(KEY, _digestOf(address(dids), call));
        dids.changeOwnerSigned(identity, identity, a);
        vm.assertEq(dids.identityOwner(identity), identity, "back");
    }

    function _calls(bytes memory endpoint) private view returns (IPasskeyAccount.Call[] memory calls) {
        calls = new IPasskeyAccount.Call[](2);
        calls[0].target = address(dids);
        calls[0].data = abi.encodeCall(IDidRegistry.setAttribute, (address(_account), NAME, endpoint, 60));
        calls[1].target = address(dids);
        calls[1].data = abi.encodeCall(IDidRegistry.identityOwner, (address(_account)));
    }

    function _expectRefused(
        uint256 nonce,
        IPasskeyAccount.Call[] memory calls,
        uint256 deadline,
        bytes memory signature
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IPasskeyAccount.PasskeyAccountInvalidSignature.selector, nonce)
        );
        _account.execute(calls, deadline, signature);
    }

    function _requireValid(
        IPasskeyAccount account,
        bytes32 hash,
        bytes memory signature,
        bool isValid
    ) private view {
        bytes4 expected = isValid ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
        vm.assertEq(bytes32(account.isValidSignature(hash, signature)), bytes32(expected), "valid");
    }

    /// @dev Of a signature in which s is the second word behind the kind.
    function _invertS(bytes memory signature) private pure {
        uint256 s;
        assembly ("memory-safe") {
            s := mload(add(signature, 65))
        }
        s = P256.N - s;
        assembly ("memory-safe") {
            mstore(add(signature, 65), s)
        }
    }
}
