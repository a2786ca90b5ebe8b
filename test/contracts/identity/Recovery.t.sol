// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "../../../contracts/identity/IDidRegistry.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {vm} from "../Vm.sol";
import {RecoveryWorld} from "./RecoveryWorld.sol";

// approve
//   given guardians up to the threshold, in any sequence, the owner changes with the last
//   given one guardian twice, or two guardians with one owner, the second reverts
//   given a guardian that changed its owner, the new one approves and the former does not
//   given anybody who is no guardian, or does not own the guardian, it reverts
//   given approvals of two new owners, or for two deadlines, they do not add up
// recover
//   given signatures of enough guardians, keys, passkeys and contracts, anybody changes the owner with them, once
//   given approvals that were counted before, they count
//   given too few, one twice, a stranger's, or signatures of another identity, owner, nonce, deadline or chain, it
//     reverts, and none is counted
//   given a deadline that has passed, or is more than 30 days away, it reverts
//   given zero or the owner for a new owner, it reverts
// given a change of plan or owner, what was approved before is void, and the guardians are if the owner made the change
// given a deactivated identity, nobody brings it back
contract RecoveryTest is RecoveryWorld {
    function testFuzz_approve_changesTheOwnerWithTheLast(uint256 seed) public {
        uint256 first = seed % 3;
        uint256 second = (first + 1 + ((seed >> 8) % 2)) % 3;
        IRecovery.Replacement memory replacement = _replacement();
        vm.expectEmit();
        emit IRecovery.RecoveryApproved(identity, guardians[first], NEW_OWNER, 1, DEADLINE);
        _approveAs(guardians[first], replacement, guardians[first]);
        vm.assertEq(dids.identityOwner(identity), identity, "not yet");
        vm.assertEq(recovery.approvalsOf(replacement), 1, "counted");

        vm.expectEmit();
        emit IRecovery.OwnerRecovered(identity, address(0), NEW_OWNER);
        vm.expectEmit();
        emit IDidRegistry.DIDOwnerChanged(identity, NEW_OWNER, 0);
        _approveAs(guardians[second], replacement, guardians[second]);
        vm.assertEq(dids.identityOwner(identity), NEW_OWNER, "owner");
        vm.expectRevert(_wrongNonce(2, 1));
        _approveAs(guardians[second], replacement, guardians[second]);
    }

    function test_approve_countsEachGuardianAndOwnerOnce() public {
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[0], replacement, guardians[0]);
        vm.expectRevert(_approvedAlready(guardians[0], guardians[0]));
        _approveAs(guardians[0], replacement, guardians[0]);

        vm.prank(guardians[1]);
        dids.changeOwner(guardians[1], guardians[0]);
        vm.expectRevert(_approvedAlready(guardians[1], guardians[0]));
        _approveAs(guardians[0], replacement, guardians[1]);

        vm.prank(guardians[0]);
        dids.changeOwner(guardians[0], STRANGER);
        vm.expectRevert(_approvedAlready(guardians[0], STRANGER));
        _approveAs(STRANGER, replacement, guardians[0]);
        vm.assertEq(recovery.approvalsOf(replacement), 1, "one");
    }

    function test_approve_isTheGuardiansOwners() public {
        IRecovery.Replacement memory replacement = _replacement();
        vm.prank(guardians[0]);
        dids.changeOwner(guardians[0], STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryNotTheGuardian.selector, guardians[0], guardians[0])
        );
        _approveAs(guardians[0], replacement, guardians[0]);
        _approveAs(STRANGER, replacement, guardians[0]);
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNotAGuardian.selector, identity, NEW_OWNER));
        _approveAs(NEW_OWNER, replacement, NEW_OWNER);
    }

    function test_approve_isOfOneReplacement() public {
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[0], replacement, guardians[0]);
        replacement.newOwner = STRANGER;
        _approveAs(guardians[1], replacement, guardians[1]);
        replacement.newOwner = NEW_OWNER;
        replacement.deadline += 1;
        _approveAs(guardians[1], replacement, guardians[1]);
        vm.assertEq(dids.identityOwner(identity), identity, "owner");
    }

    function test_recover_takesTheSignaturesOfEnough() public {
        IRecovery.Replacement memory replacement = _replacement();
        IRecovery.Approval[] memory approvals = _approvals(2);
        vm.prank(STRANGER);
        recovery.recover(replacement, approvals);
        vm.assertEq(dids.identityOwner(identity), NEW_OWNER, "owner");
        _expectRefused(_wrongNonce(2, 1), replacement, approvals);
        vm.assertEq(recovery.planOf(identity).guardians.length, 3, "guardians stay");
    }

    function test_recover_countsWhatWasCountedBefore() public {
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[2], replacement, guardians[2]);
        recovery.recover(replacement, _approvals(1));
        vm.assertEq(dids.identityOwner(identity), NEW_OWNER, "owner");
    }

    function test_recover_byPasskeyAndContract() public {
        address passkey = passkeyAccounts.createAccount(_passkey(77));
        address wallet = address(new WalletMock(vm.addr(78)));
        bool isFirst = passkey < wallet;
        IRecovery.Plan memory plan = IRecovery.Plan(new address[](2), 2, false);
        (plan.guardians[0], plan.guardians[1]) = isFirst ? (passkey, wallet) : (wallet, passkey);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);

        IRecovery.Replacement memory replacement = _replacement();
        replacement.nonce = 2;
        bytes32 digest = recovery.digestOf(replacement);
        IRecovery.Approval[] memory approvals = new IRecovery.Approval[](2);
        approvals[0] = IRecovery.Approval(passkey, _assert(77, digest));
        approvals[1] = IRecovery.Approval(wallet, _sign(78, digest));
        recovery.recover(replacement, approvals);
        vm.assertEq(dids.identityOwner(identity), NEW_OWNER, "owner");
    }

    function test_recover_revertsBelowTheThreshold() public {
        IRecovery.Replacement memory replacement = _replacement();
        for (uint256 count = 0; count < 2; ++count) {
            _expectRefused(_belowThreshold(count), replacement, _approvals(count));
        }
        IRecovery.Approval[] memory twice = _approvals(2);
        twice[1] = twice[0];
        _expectRefused(_approvedAlready(guardians[0], guardians[0]), replacement, twice);
        vm.assertEq(recovery.approvalsOf(replacement), 0, "none is counted");
    }

    function test_recover_revertsForOthersSignatures() public {
        IRecovery.Replacement memory replacement = _replacement();
        IRecovery.Approval[] memory approvals = _approvals(2);
        approvals[1].signature = _sign(99, recovery.digestOf(replacement));
        _expectRefused(_invalidSignature(guardians[1]), replacement, approvals);
        approvals[1].guardian = vm.addr(99);
        _expectRefused(
            abi.encodeWithSelector(IRecovery.RecoveryNotAGuardian.selector, identity, vm.addr(99)),
            replacement,
            approvals
        );
    }

    function test_recover_revertsForSignaturesOfSomethingElse() public {
        IRecovery.Replacement memory signed = _replacement();
        IRecovery.Approval[] memory approvals = _approvals(2);
        bytes memory invalid = _invalidSignature(guardians[0]);

        IRecovery.Replacement memory other = IRecovery.Replacement(identity, STRANGER, 1, DEADLINE);
        _expectRefused(invalid, other, approvals);
        other = IRecovery.Replacement(identity, NEW_OWNER, 1, DEADLINE + 1);
        _expectRefused(invalid, other, approvals);
        // Somebody else with the same guardians.
        IRecovery.Plan memory plan = _plan(2);
        vm.prank(STRANGER);
        recovery.choosePlan(STRANGER, plan);
        other = IRecovery.Replacement(STRANGER, NEW_OWNER, 1, DEADLINE);
        vm.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryInvalidSignature.selector, STRANGER, guardians[0])
        );
        recovery.recover(other, approvals);
        vm.chainId(1);
        _expectRefused(invalid, signed, approvals);
        vm.chainId(31_337);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
        _expectRefused(_wrongNonce(2, 1), signed, approvals);
        signed.nonce = 2;
        _expectRefused(invalid, signed, approvals);
    }

    function test_recover_happensInTime() public {
        IRecovery.Replacement memory replacement = _replacement();
        IRecovery.Approval[] memory approvals = _approvals(2);
        vm.warp(DEADLINE + 1);
        _expectRefused(_expired(DEADLINE), replacement, approvals);
        vm.warp(DEADLINE);
        replacement.deadline = DEADLINE + 30 days + 1;
        _expectRefused(
            abi.encodeWithSelector(
                IRecovery.RecoveryDeadlineTooFar.selector,
                DEADLINE + 30 days + 1,
                DEADLINE + 30 days
            ),
            replacement,
            approvals
        );
        replacement.deadline = DEADLINE;
        recovery.recover(replacement, approvals);
    }

    function test_recover_revertsForNoNewOwner() public {
        address[2] memory none = [address(0), identity];
        for (uint256 i = 0; i < none.length; ++i) {
            IRecovery.Replacement memory replacement = _replacement();
            replacement.newOwner = none[i];
            bytes memory reason = abi.encodeWithSelector(IRecovery.RecoveryInvalidNewOwner.selector, none[i]);
            vm.expectRevert(reason);
            _approveAs(guardians[0], replacement, guardians[0]);
            _expectRefused(reason, replacement, new IRecovery.Approval[](0));
        }
    }

    function test_changeOfPlan_voidsWhatWasApproved() public {
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[0], replacement, guardians[0]);
        IRecovery.Plan memory plan = _plan(2);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
        vm.expectRevert(_wrongNonce(2, 1));
        _approveAs(guardians[1], replacement, guardians[1]);
        replacement.nonce = 2;
        _approveAs(guardians[1], replacement, guardians[1]);
        vm.assertEq(dids.identityOwner(identity), identity, "owner");
    }

    function test_changeOfOwner_leavesTheNewOneWithoutGuardians() public {
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[0], replacement, guardians[0]);
        vm.prank(identity);
        dids.changeOwner(identity, vm.addr(99));
        vm.expectRevert(_wrongNonce(2, 1));
        _approveAs(guardians[1], replacement, guardians[1]);
        replacement.nonce = 2;
        _expectRefused(
            abi.encodeWithSelector(IRecovery.RecoveryNoGuardians.selector, identity),
            replacement,
            new IRecovery.Approval[](0)
        );
        vm.assertEq(recovery.planOf(identity).guardians.length, 0, "none");
        // Nor do they come back with the one who chose them.
        vm.prank(vm.addr(99));
        dids.changeOwner(identity, identity);
        vm.assertEq(recovery.planOf(identity).guardians.length, 0, "still none");
    }

    function test_recover_againByTheSameGuardians() public {
        recovery.recover(_replacement(), _approvals(2));
        IRecovery.Replacement memory replacement = IRecovery.Replacement(identity, STRANGER, 2, DEADLINE);
        _approveAs(guardians[0], replacement, guardians[0]);
        _approveAs(guardians[1], replacement, guardians[1]);
        vm.assertEq(dids.identityOwner(identity), STRANGER, "owner");
    }

    function test_deactivated_isNotBroughtBack() public {
        vm.prank(identity);
        dids.changeOwner(identity, address(0));
        IRecovery.Replacement memory replacement = IRecovery.Replacement(identity, NEW_OWNER, 2, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryDeactivated.selector, identity));
        _approveAs(guardians[0], replacement, guardians[0]);
        IRecovery.Plan memory plan = _plan(1);
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNotTheOwner.selector, identity, identity));
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
    }

    function _belowThreshold(uint256 count) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryBelowThreshold.selector, count, 2);
    }

    function _approvedAlready(address guardian, address owner) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryApprovedAlready.selector, guardian, owner);
    }
}
