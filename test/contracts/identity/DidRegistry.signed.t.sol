// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

// every signed call
//   given the owner's authorization, anybody has it done, and done once
//   given any other value of any field, it reverts
// changeOwnerSigned, for all of them
//   given a nonce too low or too high, or a deadline that has passed, it reverts and says so
//   given a signature for another chain, another registry, another identity or another call, it reverts
//   given a signature with the upper s, the compact one, a truncated one or none, it reverts
//   given the key of a former owner, or what an owner signed before another owner came and went, it reverts
//   given a contract that owns the identity, what it accepts counts, until it does not
//   given a deactivated identity, it reverts
// vectors
//   given calls and signatures that wallets make, at the address for which they were signed, each is done
contract DidRegistrySignedTest is IdentityWorld {
    bytes32 private constant SIG_AUTH = "sigAuth";
    bytes32 private constant NAME = "did/svc/MarketApi";
    address private constant BOB = address(0xb0b);
    address private constant AGENT = address(0xa9e7);
    uint256 private constant KEY = 0xa11ce;
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    address private _alice;

    function setUp() public override {
        super.setUp();
        _alice = vm.addr(KEY);
    }

    function test_changeOwnerSigned_isDoneOnceByAnybody() public {
        IDidRegistry.Authorization memory authorization = _toBob();
        vm.expectEmit();
        emit IDidRegistry.DIDOwnerChanged(_alice, BOB, 0);
        vm.prank(STRANGER);
        dids.changeOwnerSigned(_alice, BOB, authorization);

        vm.assertEq(dids.identityOwner(_alice), BOB, "owner");
        vm.assertEq(dids.nonce(_alice), 2, "nonce");
        _expectRefused(_wrongNonce(2, 0), BOB, authorization);
    }

    function test_addDelegateSigned_isDoneOnce() public {
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.addDelegate(_alice, SIG_AUTH, AGENT, 60, a), a);
        bytes memory invalid = _invalidSignature(_alice);
        vm.expectRevert(invalid);
        dids.addDelegateSigned(_alice, "veriKey", AGENT, 60, a);
        vm.expectRevert(invalid);
        dids.addDelegateSigned(_alice, SIG_AUTH, BOB, 60, a);
        vm.expectRevert(invalid);
        dids.addDelegateSigned(_alice, SIG_AUTH, AGENT, 61, a);
        dids.addDelegateSigned(_alice, SIG_AUTH, AGENT, 60, a);
        vm.assertTrue(dids.validDelegate(_alice, SIG_AUTH, AGENT), "valid");
        vm.expectRevert(_wrongNonce(1, 0));
        dids.addDelegateSigned(_alice, SIG_AUTH, AGENT, 60, a);
    }

    function test_revokeDelegateSigned_isDoneOnce() public {
        vm.prank(_alice);
        dids.addDelegate(_alice, SIG_AUTH, AGENT, 60);
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.revokeDelegate(_alice, SIG_AUTH, AGENT, a), a);
        bytes memory invalid = _invalidSignature(_alice);
        vm.expectRevert(invalid);
        dids.revokeDelegateSigned(_alice, "veriKey", AGENT, a);
        vm.expectRevert(invalid);
        dids.revokeDelegateSigned(_alice, SIG_AUTH, BOB, a);
        dids.revokeDelegateSigned(_alice, SIG_AUTH, AGENT, a);
        vm.assertFalse(dids.validDelegate(_alice, SIG_AUTH, AGENT), "revoked");
        vm.expectRevert(_wrongNonce(1, 0));
        dids.revokeDelegateSigned(_alice, SIG_AUTH, AGENT, a);
    }

    function test_setAttributeSigned_isDoneOnce() public {
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.setAttribute(_alice, NAME, "https://a.example", 60, a), a);
        bytes memory invalid = _invalidSignature(_alice);
        vm.expectRevert(invalid);
        dids.setAttributeSigned(_alice, "other", "https://a.example", 60, a);
        vm.expectRevert(invalid);
        dids.setAttributeSigned(_alice, NAME, "https://b.example", 60, a);
        vm.expectRevert(invalid);
        dids.setAttributeSigned(_alice, NAME, "https://a.example", 61, a);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(_alice, NAME, "https://a.example", START + 60, 0);
        dids.setAttributeSigned(_alice, NAME, "https://a.example", 60, a);
        vm.expectRevert(_wrongNonce(1, 0));
        dids.setAttributeSigned(_alice, NAME, "https://a.example", 60, a);
    }

    function test_setAttributesSigned_isDoneOnce() public {
        IDidRegistry.Attribute[] memory two = new IDidRegistry.Attribute[](2);
        two[0] = IDidRegistry.Attribute(NAME, "https://a.example", 60);
        two[1] = IDidRegistry.Attribute("did/pub/P256/veriKey/hex", hex"0102", 90);
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.setAttributes(_alice, two, a), a);
        bytes memory invalid = _invalidSignature(_alice);
        (two[0], two[1]) = (two[1], two[0]);
        vm.expectRevert(invalid);
        dids.setAttributesSigned(_alice, two, a);
        (two[0], two[1]) = (two[1], two[0]);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(_alice, two[1].name, hex"0102", START + 90, block.number);
        dids.setAttributesSigned(_alice, two, a);
        vm.expectRevert(_wrongNonce(1, 0));
        dids.setAttributesSigned(_alice, two, a);
    }

    function test_revokeAttributeSigned_isDoneOnce() public {
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.revokeAttribute(_alice, NAME, "x", a), a);
        bytes memory invalid = _invalidSignature(_alice);
        vm.expectRevert(invalid);
        dids.revokeAttributeSigned(_alice, NAME, "y", a);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(_alice, NAME, "x", 0, 0);
        dids.revokeAttributeSigned(_alice, NAME, "x", a);
        vm.expectRevert(_wrongNonce(1, 0));
        dids.revokeAttributeSigned(_alice, NAME, "x", a);
    }

    function test_signed_isForOneOwnerNonceAndTime() public {
        IDidRegistry.Authorization memory authorization = _toBob();
        _expectRefused(_invalidSignature(_alice), STRANGER, authorization);
        authorization.deadline += 1;
        _expectRefused(_invalidSignature(_alice), BOB, authorization);
        authorization.deadline -= 1;
        authorization.nonce = 1;
        _expectRefused(_wrongNonce(0, 1), BOB, authorization);
        authorization.nonce = 0;
        vm.warp(DEADLINE + 1);
        _expectRefused(
            abi.encodeWithSelector(IDidRegistry.DidRegistryExpired.selector, DEADLINE, DEADLINE + 1),
            BOB,
            authorization
        );
        vm.warp(DEADLINE);
        dids.changeOwnerSigned(_alice, BOB, authorization);
    }

    function test_signed_isForOneChainRegistryAndIdentity() public {
        IDidRegistry.Authorization memory authorization = _toBob();
        vm.chainId(1);
        _expectRefused(_invalidSignature(_alice), BOB, authorization);
        vm.chainId(31_337);

        IDidRegistry other = IDidRegistry(deploy("DidRegistry", abi.encode(recovery)));
        vm.expectRevert(_invalidSignature(_alice));
        other.changeOwnerSigned(_alice, BOB, authorization);

        vm.prank(AGENT);
        dids.changeOwner(AGENT, _alice);
        IDidRegistry.Authorization memory ofAgent = _unsigned(AGENT);
        ofAgent.signature = authorization.signature;
        vm.expectRevert(
            abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidSignature.selector, AGENT, _alice)
        );
        dids.changeOwnerSigned(AGENT, BOB, ofAgent);
        dids.changeOwnerSigned(_alice, BOB, authorization);
    }

    function test_signed_hasOneForm() public {
        IDidRegistry.Authorization memory authorization = _toBob();
        bytes memory signature = authorization.signature;
        (bytes32 r, bytes32 s, uint8 v) = _partsOf(signature);
        bytes[6] memory wrong = [
            abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, v == 28 ? s | bytes32(uint256(1) << 255) : s),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, v, v),
            abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)),
            bytes("")
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            authorization.signature = wrong[i];
            _expectRefused(_invalidSignature(_alice), BOB, authorization);
        }
        authorization.signature = signature;
        dids.changeOwnerSigned(_alice, BOB, authorization);
    }

    function testFuzz_signed_withAnyByteChangedIsRefused(uint256 place, uint8 change) public {
        vm.assume(change != 0);
        IDidRegistry.Authorization memory authorization = _toBob();
        place %= 65;
        authorization.signature[place] ^= bytes1(change);
        _expectRefused(_invalidSignature(_alice), BOB, authorization);
        vm.assertEq(dids.identityOwner(_alice), _alice, "owner");
    }

    function test_signed_byAFormerOwnerNeverCountsAgain() public {
        IDidRegistry.Authorization memory authorization = _toBob();
        vm.prank(_alice);
        dids.changeOwner(_alice, AGENT);
        IDidRegistry.Authorization memory late = _toBob();
        _expectRefused(
            abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidSignature.selector, _alice, AGENT),
            BOB,
            late
        );
        vm.prank(AGENT);
        dids.changeOwner(_alice, _alice);
        _expectRefused(_wrongNonce(2, 0), BOB, authorization);
    }

    function test_signed_byAContractThatOwns() public {
        WalletMock wallet = new WalletMock(_alice);
        vm.prank(_alice);
        dids.changeOwner(_alice, address(wallet));
        IDidRegistry.Authorization memory a = _unsigned(_alice);
        a = _signed(hashes.addDelegate(_alice, SIG_AUTH, AGENT, 60, a), a);
        dids.addDelegateSigned(_alice, SIG_AUTH, AGENT, 60, a);

        wallet.lock();
        a = _toBob();
        _expectRefused(
            abi.encodeWithSelector(
                IDidRegistry.DidRegistryInvalidSignature.selector,
                _alice,
                address(wallet)
            ),
            BOB,
            a
        );
    }

    function test_signed_forADeactivatedIdentityIsRefused() public {
        vm.prank(_alice);
        dids.changeOwner(_alice, address(0));
        IDidRegistry.Authorization memory authorization = _toBob();
        _expectRefused(
            abi.encodeWithSelector(IDidRegistry.DidRegistryDeactivated.selector, _alice),
            BOB,
            authorization
        );
    }

    function test_vectors_areDoneWhereTheyWereSignedFor() public {
        string memory vectors = vm.readFile("test/vectors/did-calls.json");
        IDidRegistry there = IDidRegistry(vm.parseJsonAddress(vectors, ".domain.didRegistry"));
        vm.etch(address(there), address(dids).code);
        vm.chainId(vm.parseJsonUint(vectors, ".domain.chainId"));
        uint256 count = 0;
        for (string memory path = ".cases[0]"; vm.keyExistsJson(vectors, path);) {
            (bool isDone, ) = address(there).call(
                vm.parseJsonBytes(vectors, string.concat(path, ".transaction"))
            );
            vm.assertTrue(isDone, path);
            path = string.concat(".cases[", vm.toString(++count), "]");
        }
        vm.assertEq(count, 6, "cases");
    }

    function _toBob() private view returns (IDidRegistry.Authorization memory authorization) {
        authorization = _unsigned(_alice);
        return _signed(hashes.changeOwner(_alice, BOB, authorization), authorization);
    }

    function _signed(
        bytes32 structHash,
        IDidRegistry.Authorization memory authorization
    ) private view returns (IDidRegistry.Authorization memory) {
        authorization.signature = _sign(KEY, _digestOf(address(dids), structHash));
        return authorization;
    }

    function _expectRefused(
        bytes memory reason,
        address newOwner,
        IDidRegistry.Authorization memory authorization
    ) private {
        vm.expectRevert(reason);
        dids.changeOwnerSigned(_alice, newOwner, authorization);
    }

    function _wrongNonce(uint256 expected, uint256 given) private view returns (bytes memory) {
        return abi.encodeWithSelector(IDidRegistry.DidRegistryWrongNonce.selector, _alice, expected, given);
    }

    function _invalidSignature(address owner) private view returns (bytes memory) {
        return abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidSignature.selector, _alice, owner);
    }

    function _partsOf(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
    }
}
