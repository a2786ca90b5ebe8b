// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {vm} from "../Vm.sol";
import {RecoveryWorld} from "./RecoveryWorld.sol";

// choosePlan
//   given the owner, the guardians, threshold and bar are kept, in the place of those before; none can be chosen, too
//   given the identity's address that does not own it any more, or a stranger, it reverts
//   given more than 16 guardians, a threshold of zero or beyond them, or a threshold of no guardians, it reverts
//   given guardians out of order, twice, zero, the identity, its owner or what its owner owns, it reverts
// choosePlanSigned
//   given the owner's signature, it is done once; given another plan, nonce, deadline, signer or chain, it reverts
//   given calls that wallets signed, at the address for which they did, they are done
contract RecoveryPlanTest is RecoveryWorld {
    function test_choosePlan_keepsWhatTheOwnerChose() public {
        IRecovery.Plan memory plan = recovery.planOf(identity);
        vm.assertEq(plan.guardians.length, 3, "guardians");
        vm.assertEq(plan.guardians[1], guardians[1], "guardian");
        vm.assertEq(plan.threshold, 2, "threshold");
        vm.assertFalse(plan.isManagerBarred, "barred");
        vm.assertEq(recovery.nonceOf(identity), 1, "nonce");

        plan = IRecovery.Plan(new address[](0), 0, true);
        vm.expectEmit();
        emit IRecovery.PlanChosen(identity, plan.guardians, 0, true, 2);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
        vm.assertEq(recovery.planOf(identity).guardians.length, 0, "none");
        vm.assertTrue(recovery.planOf(identity).isManagerBarred, "barred");
        IRecovery.Replacement memory replacement = _replacement();
        replacement.nonce = 2;
        _expectRefused(
            abi.encodeWithSelector(IRecovery.RecoveryNoGuardians.selector, identity),
            replacement,
            _approvals(2)
        );
    }

    function test_choosePlan_isTheOwners() public {
        IRecovery.Plan memory plan = _plan(2);
        vm.prank(identity);
        didRegistry.changeOwner(identity, NEW_OWNER);
        address[3] memory callers = [identity, STRANGER, guardians[0]];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRecovery.RecoveryNotTheOwner.selector, identity, callers[i])
            );
            vm.prank(callers[i]);
            recovery.choosePlan(identity, plan);
        }
        vm.prank(NEW_OWNER);
        recovery.choosePlan(identity, plan);
    }

    function test_choosePlan_revertsForAnImpossibleThreshold() public {
        _expectInvalidThreshold(0, 3);
        _expectInvalidThreshold(4, 3);
        _expectInvalidThreshold(1, 0);
        _expectInvalidThreshold(1, 17);
        IRecovery.Plan memory plan = IRecovery.Plan(_many(16), 16, false);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
    }

    function test_choosePlan_revertsForGuardiansThatAreNone() public {
        vm.prank(STRANGER);
        didRegistry.changeOwner(STRANGER, identity);
        address[3] memory wrong = [address(0), identity, STRANGER];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _expectInvalidGuardian(_one(wrong[i]), wrong[i]);
        }
        address[] memory two = _many(2);
        two[1] = two[0];
        _expectInvalidGuardian(two, two[0]);
        two[1] = address(uint160(two[0]) - 1);
        _expectInvalidGuardian(two, two[1]);

        vm.prank(identity);
        didRegistry.changeOwner(identity, NEW_OWNER);
        IRecovery.Plan memory plan = IRecovery.Plan(_one(NEW_OWNER), 1, false);
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryInvalidGuardian.selector, NEW_OWNER));
        vm.prank(NEW_OWNER);
        recovery.choosePlan(identity, plan);
    }

    function test_choosePlanSigned_isDoneOnce() public {
        IRecovery.Plan memory plan = IRecovery.Plan(_many(2), 1, true);
        bytes memory signature = _signPlan(OWNER_KEY, plan, 1, DEADLINE);
        bytes memory invalid = _invalidSignature(identity);
        plan.threshold = 2;
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, signature);
        plan.threshold = 1;
        plan.isManagerBarred = false;
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, signature);
        plan.isManagerBarred = true;
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE + 1, signature);
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, _plan(1), 1, DEADLINE, signature);
        vm.expectRevert(_wrongNonce(1, 2));
        recovery.choosePlanSigned(identity, plan, 2, DEADLINE, signature);
        bytes memory byAnother = _signPlan(1, plan, 1, DEADLINE);
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, byAnother);
        vm.chainId(1);
        vm.expectRevert(invalid);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, signature);
        vm.chainId(31_337);
        vm.prank(STRANGER);
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, signature);
        vm.assertEq(recovery.planOf(identity).guardians.length, 2, "chosen");
        vm.expectRevert(_wrongNonce(2, 1));
        recovery.choosePlanSigned(identity, plan, 1, DEADLINE, signature);
        signature = _signPlan(OWNER_KEY, plan, 2, DEADLINE);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(_expired(DEADLINE));
        recovery.choosePlanSigned(identity, plan, 2, DEADLINE, signature);
    }

    function test_vectors_areWhatIsSigned() public {
        string memory vectors = vm.readFile("test/vectors/did-calls.json");
        IRecovery there = IRecovery(vm.parseJsonAddress(vectors, ".domain.recovery"));
        vm.etch(address(there), address(recovery).code);
        uint256 deadline = vm.parseJsonUint(vectors, ".deadline");
        address signer = vm.parseJsonAddress(vectors, ".recovery[0].message.identity");
        address[] memory two = new address[](2);
        two[0] = vm.parseJsonAddress(vectors, ".recovery[0].message.guardians[0]");
        two[1] = vm.parseJsonAddress(vectors, ".recovery[0].message.guardians[1]");
        bytes memory signature = vm.parseJsonBytes(vectors, ".recovery[0].signature");
        there.choosePlanSigned(signer, IRecovery.Plan(two, 2, true), 0, deadline, signature);

        IRecovery.Replacement memory replacement = IRecovery.Replacement(
            signer,
            vm.parseJsonAddress(vectors, ".recovery[1].message.newOwner"),
            0,
            deadline
        );
        bytes32 digest = vm.parseJsonBytes32(vectors, ".recovery[1].digest");
        vm.assertEq(there.digestOf(replacement), digest, "replacement");
    }

    function _expectInvalidThreshold(uint8 threshold, uint256 count) private {
        IRecovery.Plan memory plan = IRecovery.Plan(_many(count), threshold, false);
        vm.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryInvalidThreshold.selector, threshold, count, 16)
        );
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
    }

    function _expectInvalidGuardian(address[] memory chosen, address culprit) private {
        IRecovery.Plan memory plan = IRecovery.Plan(chosen, 1, false);
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryInvalidGuardian.selector, culprit));
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
    }

    function _one(address guardian) private pure returns (address[] memory one) {
        one = new address[](1);
        one[0] = guardian;
    }

    function _many(uint256 count) private pure returns (address[] memory many) {
        many = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            many[i] = address(uint160(1_000 + i));
        }
    }
}
