// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {vm} from "../Vm.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

/// @dev An identity that chose three guardians, two of whom have to approve.
abstract contract RecoveryWorld is IdentityWorld {
    address internal constant NEW_OWNER = address(0x4e3);
    uint256 internal constant OWNER_KEY = 0xa11ce;

    address internal identity;
    /// @dev Ascending, as the private keys are that belong to them.
    address[3] internal guardians;
    uint256[3] private _guardianKeys;

    function setUp() public virtual override {
        super.setUp();
        identity = vm.addr(OWNER_KEY);
        uint256 found = 0;
        for (uint256 key = 1; found < 3; ++key) {
            if (found != 0 && vm.addr(key) < guardians[found - 1]) continue;
            (guardians[found], _guardianKeys[found]) = (vm.addr(key), key);
            ++found;
        }
        IRecovery.Plan memory plan = _plan(2);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
    }

    function _plan(uint8 threshold) internal view returns (IRecovery.Plan memory plan) {
        plan = IRecovery.Plan(new address[](3), threshold, false);
        for (uint256 i = 0; i < 3; ++i) {
            plan.guardians[i] = guardians[i];
        }
    }

    function _replacement() internal view returns (IRecovery.Replacement memory) {
        return IRecovery.Replacement(identity, NEW_OWNER, 1, DEADLINE);
    }

    /// @dev Of the first guardians, signed for the replacement above.
    function _approvals(uint256 count) internal view returns (IRecovery.Approval[] memory approvals) {
        bytes32 digest = recovery.digestOf(_replacement());
        approvals = new IRecovery.Approval[](count);
        for (uint256 i = 0; i < count; ++i) {
            approvals[i] = IRecovery.Approval(guardians[i], _sign(_guardianKeys[i], digest));
        }
    }

    function _approveAs(address caller, IRecovery.Replacement memory replacement, address guardian) internal {
        vm.prank(caller);
        recovery.approve(replacement, guardian);
    }

    function _signPlan(
        uint256 privateKey,
        IRecovery.Plan memory plan,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "ChoosePlan(address identity,address[] guardians,uint8 threshold,bool isManagerBarred,uint256 nonce,"
            "uint256 deadline)"
        );
        bytes32 list = keccak256(abi.encodePacked(plan.guardians));
        bytes32 call = keccak256(
            abi.encode(typeHash, identity, list, plan.threshold, plan.isManagerBarred, nonce, deadline)
        );
        return _sign(privateKey, _digestOf(address(recovery), call));
    }

    function _expectRefused(
        bytes memory reason,
        IRecovery.Replacement memory replacement,
        IRecovery.Approval[] memory approvals
    ) internal {
        vm.expectRevert(reason);
        recovery.recover(replacement, approvals);
    }

    function _wrongNonce(uint256 expected, uint256 given) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryWrongNonce.selector, identity, expected, given);
    }

    function _invalidSignature(address signer) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryInvalidSignature.selector, identity, signer);
    }

    /// @dev One second after the deadline.
    function _expired(uint256 deadline) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryExpired.selector, deadline, deadline + 1);
    }
}
