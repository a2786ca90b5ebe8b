// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {vm} from "../Vm.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

// identityOwner, owners
//   given an identity that nobody changed, it owns itself
// changeOwner
//   given the owner, the new one owns it, and the old one can do nothing any more, though the identity is its address
//   given the owner and the identity's own address, the first key owns it again
//   given zero, the identity is deactivated: its own key does not come back, nobody does anything, no delegate is valid
//   given anybody else, also a delegate, it reverts
// addDelegate
//   given any validity within bounds, the delegate is valid up to its end and not in it, of this type alone
//   given a delegate already, its end moves
//   given no type, no delegate, no validity, or one of more than 30 years, it reverts
// revokeDelegate
//   given a delegate, it is valid no more, in the same second, and can be added again
//   given none, it reverts
// setAttribute, revokeAttribute
//   given any value of 1 to 1,024 bytes, it is announced with its end, and with zero when it is revoked
//   given no name, no value, a longer one, or a validity out of bounds, it reverts
// setAttributes
//   given 1 to 16, all are announced, the second with the same block as its previous change
//   given none, 17, or one that is wrong, none is
// changed
//   given changes in several blocks, each event names the block of the one before
// recoverOwner
//   given anybody but Recovery, it reverts
contract DidRegistryTest is IdentityWorld {
    bytes32 private constant VERI_KEY = "veriKey";
    bytes32 private constant NAME = "did/pub/P256/veriKey/hex";
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    address private constant METER = address(0x3e7e5);
    uint256 private constant THIRTY_YEARS = 30 * 365 days;

    function testFuzz_identityOwner_isTheIdentityUntilItChanges(address identity) public view {
        vm.assertEq(didRegistry.identityOwner(identity), identity, "owner");
        vm.assertEq(didRegistry.owners(identity), address(0), "owners");
        vm.assertEq(didRegistry.changed(identity), 0, "changed");
        vm.assertEq(didRegistry.nonce(identity), 0, "nonce");
    }

    function test_changeOwner_leavesTheFormerOwnerNothing() public {
        vm.expectEmit();
        emit IDidRegistry.DIDOwnerChanged(ALICE, BOB, 0);
        vm.prank(ALICE);
        didRegistry.changeOwner(ALICE, BOB);

        vm.assertEq(didRegistry.identityOwner(ALICE), BOB, "owner");
        vm.assertEq(didRegistry.owners(ALICE), BOB, "owners");
        vm.assertEq(didRegistry.ownerChangesOf(ALICE), 1, "changes");
        _expectNothingFor(
            ALICE,
            abi.encodeWithSelector(IDidRegistry.DidRegistryNotTheOwner.selector, ALICE, ALICE)
        );
        vm.prank(BOB);
        didRegistry.changeOwner(ALICE, ALICE);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1);
        vm.assertEq(didRegistry.identityOwner(ALICE), ALICE, "owner again");
    }

    function test_changeOwner_toZeroDeactivatesForEver() public {
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1 days);
        vm.prank(ALICE);
        didRegistry.changeOwner(ALICE, address(0));

        vm.assertEq(didRegistry.identityOwner(ALICE), address(0), "owner");
        vm.assertFalse(didRegistry.validDelegate(ALICE, VERI_KEY, METER), "delegate");
        bytes memory deactivated = abi.encodeWithSelector(
            IDidRegistry.DidRegistryDeactivated.selector,
            ALICE
        );
        _expectNothingFor(ALICE, deactivated);
        _expectNothingFor(STRANGER, deactivated);
        vm.expectRevert(deactivated);
        vm.prank(address(recovery));
        didRegistry.recoverOwner(ALICE, BOB);
    }

    function testFuzz_strangers_changeNothing(address caller) public {
        vm.assume(caller != ALICE);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1 days);
        _expectNothingFor(
            caller,
            abi.encodeWithSelector(IDidRegistry.DidRegistryNotTheOwner.selector, ALICE, caller)
        );
        _expectNothingFor(
            METER,
            abi.encodeWithSelector(IDidRegistry.DidRegistryNotTheOwner.selector, ALICE, METER)
        );
    }

    function testFuzz_addDelegate_isValidUpToItsEnd(uint256 seed, bytes32 delegateType) public {
        vm.assume(delegateType != 0 && delegateType != "other");
        uint256 validity = 1 + (seed % THIRTY_YEARS);
        vm.expectEmit();
        emit IDidRegistry.DIDDelegateChanged(ALICE, delegateType, METER, START + validity, 0);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, delegateType, METER, validity);

        vm.warp(START + validity - 1);
        vm.assertTrue(didRegistry.validDelegate(ALICE, delegateType, METER), "valid");
        vm.assertFalse(didRegistry.validDelegate(ALICE, "other", METER), "of another type");
        vm.assertFalse(didRegistry.validDelegate(METER, delegateType, METER), "of another identity");
        vm.warp(START + validity);
        vm.assertFalse(didRegistry.validDelegate(ALICE, delegateType, METER), "over");
        bytes32 typeHash = keccak256(abi.encodePacked(delegateType));
        vm.assertEq(didRegistry.delegates(ALICE, typeHash, METER), START + validity, "end");
    }

    function test_addDelegate_movesTheEnd() public {
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1 days);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 60);
        vm.warp(START + 60);
        vm.assertFalse(didRegistry.validDelegate(ALICE, VERI_KEY, METER), "over");
    }

    function test_addDelegate_revertsForWhatIsNone() public {
        vm.expectRevert(abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidName.selector));
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, 0, METER, 1);
        vm.expectRevert(abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidDelegate.selector));
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, address(0), 1);
        uint256[3] memory wrong = [0, THIRTY_YEARS + 1, type(uint256).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(_invalidValidity(wrong[i]));
            vm.prank(ALICE);
            didRegistry.addDelegate(ALICE, VERI_KEY, METER, wrong[i]);
        }
        vm.assertEq(didRegistry.changed(ALICE), 0, "nothing");
    }

    function test_revokeDelegate_bitesInTheSameSecond() public {
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1 days);
        vm.expectEmit();
        emit IDidRegistry.DIDDelegateChanged(ALICE, VERI_KEY, METER, 0, block.number);
        vm.prank(ALICE);
        didRegistry.revokeDelegate(ALICE, VERI_KEY, METER);

        vm.assertFalse(didRegistry.validDelegate(ALICE, VERI_KEY, METER), "revoked");
        vm.expectRevert(
            abi.encodeWithSelector(IDidRegistry.DidRegistryNoDelegate.selector, ALICE, VERI_KEY, METER)
        );
        vm.prank(ALICE);
        didRegistry.revokeDelegate(ALICE, VERI_KEY, METER);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1);
        vm.assertTrue(didRegistry.validDelegate(ALICE, VERI_KEY, METER), "again");
    }

    function testFuzz_setAttribute_isAnnounced(bytes32 name, bytes calldata value, uint256 seed) public {
        vm.assume(name != 0 && value.length != 0 && value.length <= 1_024);
        uint256 validity = 1 + (seed % THIRTY_YEARS);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(ALICE, name, value, START + validity, 0);
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, name, value, validity);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(ALICE, name, value, 0, block.number);
        vm.prank(ALICE);
        didRegistry.revokeAttribute(ALICE, name, value);
    }

    function test_setAttribute_revertsForWhatIsNone() public {
        bytes memory invalidName = abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidName.selector);
        vm.expectRevert(invalidName);
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, 0, "x", 1);
        vm.expectRevert(invalidName);
        vm.prank(ALICE);
        didRegistry.revokeAttribute(ALICE, 0, "x");
        uint256[2] memory lengths = [uint256(0), 1_025];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory invalidValue = abi.encodeWithSelector(
                IDidRegistry.DidRegistryInvalidValue.selector,
                lengths[i],
                1_024
            );
            vm.expectRevert(invalidValue);
            vm.prank(ALICE);
            didRegistry.setAttribute(ALICE, NAME, new bytes(lengths[i]), 1);
            vm.expectRevert(invalidValue);
            vm.prank(ALICE);
            didRegistry.revokeAttribute(ALICE, NAME, new bytes(lengths[i]));
        }
        vm.expectRevert(_invalidValidity(0));
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, NAME, "x", 0);
        vm.expectRevert(_invalidValidity(THIRTY_YEARS + 1));
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, NAME, "x", THIRTY_YEARS + 1);
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, NAME, new bytes(1_024), THIRTY_YEARS);
    }

    function test_setAttributes_setsAllOrNone() public {
        IDidRegistry.Attribute[] memory attributes = _attributes(2);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(ALICE, NAME, hex"01", START + 1, 0);
        vm.expectEmit();
        emit IDidRegistry.DIDAttributeChanged(ALICE, NAME, hex"02", START + 2, block.number);
        vm.prank(ALICE);
        didRegistry.setAttributes(ALICE, attributes);

        attributes[1].validity = 0;
        vm.expectRevert(_invalidValidity(0));
        vm.prank(BOB);
        didRegistry.setAttributes(BOB, attributes);
        vm.assertEq(didRegistry.changed(BOB), 0, "none");
    }

    function test_setAttributes_takesOneToSixteen() public {
        vm.prank(ALICE);
        didRegistry.setAttributes(ALICE, _attributes(16));
        uint256[2] memory counts = [uint256(0), 17];
        for (uint256 i = 0; i < counts.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidCount.selector, counts[i], 16)
            );
            vm.prank(ALICE);
            didRegistry.setAttributes(ALICE, _attributes(counts[i]));
        }
    }

    function test_changed_chainsTheEvents() public {
        vm.roll(101);
        vm.prank(ALICE);
        didRegistry.setAttribute(ALICE, NAME, "x", 1);
        vm.roll(106);
        vm.expectEmit();
        emit IDidRegistry.DIDDelegateChanged(ALICE, VERI_KEY, METER, START + 1, 101);
        vm.prank(ALICE);
        didRegistry.addDelegate(ALICE, VERI_KEY, METER, 1);
        vm.roll(110);
        vm.expectEmit();
        emit IDidRegistry.DIDOwnerChanged(ALICE, BOB, 106);
        vm.prank(ALICE);
        didRegistry.changeOwner(ALICE, BOB);
        vm.assertEq(didRegistry.changed(ALICE), 110, "changed");
        vm.assertEq(didRegistry.changed(BOB), 0, "the owner did not");
    }

    function test_recoverOwner_isForRecoveryAlone() public {
        address[3] memory callers = [ALICE, STRANGER, address(didRegistry)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDidRegistry.DidRegistryNotRecovery.selector, callers[i]));
            vm.prank(callers[i]);
            didRegistry.recoverOwner(ALICE, BOB);
        }
        vm.expectRevert(abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidOwner.selector));
        vm.prank(address(recovery));
        didRegistry.recoverOwner(ALICE, address(0));
    }

    function _expectNothingFor(address caller, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.changeOwner(ALICE, caller);
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.addDelegate(ALICE, VERI_KEY, caller, 1);
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.revokeDelegate(ALICE, VERI_KEY, METER);
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.setAttribute(ALICE, NAME, "x", 1);
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.setAttributes(ALICE, _attributes(1));
        vm.expectRevert(reason);
        vm.prank(caller);
        didRegistry.revokeAttribute(ALICE, NAME, "x");
    }

    function _attributes(uint256 count) private pure returns (IDidRegistry.Attribute[] memory attributes) {
        attributes = new IDidRegistry.Attribute[](count);
        for (uint256 i = 0; i < count; ++i) {
            attributes[i] = IDidRegistry.Attribute(NAME, abi.encodePacked(uint8(i + 1)), i + 1);
        }
    }

    function _invalidValidity(uint256 validity) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IDidRegistry.DidRegistryInvalidValidity.selector, validity, THIRTY_YEARS);
    }
}
