// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../Vm.sol";
import {IdentityHandler} from "./IdentityHandler.sol";
import {IdentityWorld} from "./IdentityWorld.sol";

// Given any sequence of changes of owner in person and by signature, plans, approvals, proposals, refusals and
// executions by anybody, of managers and members who come and go, while time passes
//   an identity's owner is whom its owner, its guardians at the threshold, or a manager after the delay made it, and
//     each attempt of anybody else is refused
//   guardians are those whom the present owner, or the one before whose key was lost, chose
contract IdentityInvariantTest is IdentityWorld {
    IdentityHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new IdentityHandler(this);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_ownersChangeByTheRulesAlone() public view {
        vm.assertTrue(_handler.isByTheRules(), "by the rules");
        vm.assertTrue(_handler.areOwnersAsExpected(), "owners");
    }

    /// @dev Each way is gone at least once when one knows how: the fuzzer's calls are no empty ones.
    function test_handler_goesEachWay() public {
        address identity = vm.addr(1);
        uint256 guardians = 0x0e; // people 1 to 3
        _handler.choosePlan(0, 1, guardians, 1, false);
        address[] memory chosen = recovery.planOf(identity).guardians;
        vm.assertEq(chosen.length, 3, "guardians");
        _handler.approve(0, 1, 1 + (0 << 3), 1);
        _handler.approve(0, 1, 1 + (1 << 3), 1);
        vm.assertEq(_handler.guardiansChanges(), 1, "guardians");
        _handler.changeOwner(0, 1, 2);
        _handler.changeOwnerSigned(0, 1, 3);
        vm.assertEq(_handler.ownChanges(), 2, "owner");
        _handler.propose(0, 2, 4);
        _handler.passTime(8 days);
        _handler.executeProposal(0, 2);
        vm.assertEq(_handler.managersChanges(), 1, "manager");
        vm.assertEq(dids.identityOwner(identity), vm.addr(5), "owner");
        invariant_ownersChangeByTheRulesAlone();
    }
}
