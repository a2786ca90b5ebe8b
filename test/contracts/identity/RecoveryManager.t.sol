// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {IRecovery} from "../../../contracts/identity/IRecovery.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {RecoveryWorld} from "./RecoveryWorld.sol";

// propose
//   given a community manager of an area of which the identity is a member of any kind, it waits for seven days
//   given anybody else, a manager of another area, an identity that is no member of it, it reverts
//   given an owner who barred managers, or refused this one within 90 days, it reverts; another manager may
//   given zero or the owner for a new owner, it reverts
//   given a proposal of the manager's already, it takes its place, and waits anew
// executeProposal
//   given seven to thirty days, anybody changes the owner, once; the guardians stay
//   given less or more, no proposal, or another manager's, it reverts
//   given a manager or a member who is none any more, it reverts
// refuse, refuseSigned
//   given the owner, in person or by a signature, the proposal is over, the manager barred, and approvals are void
//   given anybody else, a signature of anything else, or no proposal, it reverts
// given a new plan, a change of owner or a recovery in between, the proposal is void
// given a deactivated identity, it is not brought back
contract RecoveryManagerTest is RecoveryWorld {
    address private constant MANAGER = address(0x3a9a);
    address private constant OTHER_MANAGER = address(0x3a9b);

    function setUp() public override {
        super.setUp();
        setHeld(MANAGER, Role.CommunityManager, AREA, true);
        setHeld(OTHER_MANAGER, Role.CommunityManager, AREA, true);
        setHeld(identity, Role.Consumer, AREA, true);
        setHeld(identity, Role.ConnectionPoint, AREA, true);
    }

    function test_propose_waitsForAWeek() public {
        vm.expectEmit();
        emit IRecovery.RecoveryProposed(
            identity,
            MANAGER,
            AREA,
            NEW_OWNER,
            1,
            START + 7 days,
            START + 30 days
        );
        _propose();
        IRecovery.Proposal memory proposal = recovery.proposalOf(identity, MANAGER);
        vm.assertEq(proposal.newOwner, NEW_OWNER, "new owner");
        _expectNot(_tooEarly(START));
        vm.warp(START + 7 days - 1);
        _expectNot(_tooEarly(START + 7 days - 1));

        vm.warp(START + 7 days);
        vm.expectEmit();
        emit IRecovery.OwnerRecovered(identity, MANAGER, NEW_OWNER);
        vm.prank(STRANGER);
        recovery.executeProposal(identity, MANAGER);
        vm.assertEq(dids.identityOwner(identity), NEW_OWNER, "owner");
        vm.assertEq(recovery.planOf(identity).guardians.length, 3, "guardians stay");
        _expectNot(_noProposal(MANAGER));
    }

    function test_propose_isForMembersOfAnyKind() public {
        Role[3] memory kinds = [Role.Prosumer, Role.Consumer, Role.MicrogridTrader];
        setHeld(identity, Role.Consumer, AREA, false);
        for (uint256 i = 0; i < kinds.length; ++i) {
            setHeld(identity, kinds[i], AREA, true);
            _propose();
            setHeld(identity, kinds[i], AREA, false);
        }
        Role[3] memory others = [Role.Supplier, Role.ConnectionPoint, Role.CommunityManager];
        for (uint256 i = 0; i < others.length; ++i) {
            setHeld(identity, others[i], AREA, true);
        }
        setHeld(identity, Role.Prosumer, OTHER_AREA, true);
        _expectNotAMember();
        // Nor for whom the manager made a member whom no DSO knows here.
        setHeld(identity, Role.Prosumer, AREA, true);
        setHeld(identity, Role.ConnectionPoint, AREA, false);
        setHeld(identity, Role.ConnectionPoint, OTHER_AREA, true);
        _expectNotAMember();
    }

    function _expectNotAMember() private {
        vm.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNotAMember.selector, identity, AREA));
        vm.prank(MANAGER);
        recovery.propose(identity, NEW_OWNER, AREA);
    }

    function test_propose_isForManagersOfTheArea() public {
        setHeld(STRANGER, Role.Prosumer, AREA, true);
        setHeld(identity, Role.Consumer, OTHER_AREA, true);
        _expectRoleMissing(STRANGER, AREA);
        _expectRoleMissing(identity, AREA);
        _expectRoleMissing(MANAGER, OTHER_AREA);
    }

    function test_propose_revertsForWhomTheOwnerBarred() public {
        IRecovery.Plan memory plan = _plan(2);
        plan.isManagerBarred = true;
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
        bytes memory barred = abi.encodeWithSelector(
            IRecovery.RecoveryManagerBarred.selector,
            identity,
            MANAGER,
            type(uint256).max
        );
        _expectNoProposalOf(NEW_OWNER, barred);
        // The bar stays with the identity.
        vm.prank(identity);
        dids.changeOwner(identity, vm.addr(99));
        _expectNoProposalOf(NEW_OWNER, barred);
    }

    function test_propose_revertsForNoNewOwner() public {
        address[2] memory none = [address(0), identity];
        for (uint256 i = 0; i < none.length; ++i) {
            _expectNoProposalOf(
                none[i],
                abi.encodeWithSelector(IRecovery.RecoveryInvalidNewOwner.selector, none[i])
            );
        }
    }

    function test_propose_again_waitsAnew() public {
        _propose();
        vm.warp(START + 6 days);
        vm.prank(MANAGER);
        recovery.propose(identity, STRANGER, AREA);
        vm.warp(START + 7 days);
        vm.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryTooEarly.selector, START + 13 days, START + 7 days)
        );
        recovery.executeProposal(identity, MANAGER);
        vm.warp(START + 13 days);
        recovery.executeProposal(identity, MANAGER);
        vm.assertEq(dids.identityOwner(identity), STRANGER, "owner");
    }

    function test_execute_isOverAfterThirtyDays() public {
        _propose();
        vm.warp(START + 30 days + 1);
        _expectNot(_expired(START + 30 days));
        vm.expectRevert(_noProposal(OTHER_MANAGER));
        recovery.executeProposal(identity, OTHER_MANAGER);
        vm.warp(START + 30 days);
        recovery.executeProposal(identity, MANAGER);
    }

    function test_execute_revertsWhereManagerOrMemberIsNoneAnyMore() public {
        _propose();
        vm.warp(START + 7 days);
        setHeld(MANAGER, Role.CommunityManager, AREA, false);
        _expectNot(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryRoleMissing.selector,
                MANAGER,
                Role.CommunityManager,
                AREA
            )
        );
        setHeld(MANAGER, Role.CommunityManager, AREA, true);
        setHeld(identity, Role.Consumer, AREA, false);
        _expectNot(abi.encodeWithSelector(IRecovery.RecoveryNotAMember.selector, identity, AREA));
        setHeld(identity, Role.Prosumer, AREA, true);
        recovery.executeProposal(identity, MANAGER);
    }

    function test_refuse_endsTheProposalAndBarsTheManager() public {
        _propose();
        IRecovery.Replacement memory replacement = _replacement();
        _approveAs(guardians[0], replacement, guardians[0]);
        vm.warp(START + 7 days);
        vm.expectEmit();
        emit IRecovery.RecoveryRefused(identity, MANAGER);
        vm.prank(identity);
        recovery.refuse(identity, MANAGER);

        _expectNot(_noProposal(MANAGER));
        bytes memory barred = abi.encodeWithSelector(
            IRecovery.RecoveryManagerBarred.selector,
            identity,
            MANAGER,
            START + 97 days
        );
        _expectNoProposalOf(NEW_OWNER, barred);
        vm.warp(START + 97 days - 1);
        _expectNoProposalOf(NEW_OWNER, barred);
        vm.prank(OTHER_MANAGER);
        recovery.propose(identity, NEW_OWNER, AREA);
        vm.warp(START + 97 days);
        _propose();
        vm.assertEq(recovery.nonceOf(identity), 2, "approvals are void");
    }

    function test_refuse_isTheOwners() public {
        _propose();
        address[3] memory callers = [STRANGER, MANAGER, guardians[0]];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRecovery.RecoveryNotTheOwner.selector, identity, callers[i])
            );
            vm.prank(callers[i]);
            recovery.refuse(identity, MANAGER);
        }
        vm.expectRevert(_noProposal(OTHER_MANAGER));
        vm.prank(identity);
        recovery.refuse(identity, OTHER_MANAGER);
    }

    function test_refuseSigned_isDoneOnce() public {
        _propose();
        bytes memory signature = _signRefusal(OWNER_KEY, MANAGER, 1);
        bytes memory invalid = _invalidSignature(identity);
        bytes memory byAnother = _signRefusal(1, MANAGER, 1);
        vm.expectRevert(invalid);
        recovery.refuseSigned(identity, MANAGER, 1, DEADLINE, byAnother);
        vm.expectRevert(invalid);
        recovery.refuseSigned(identity, OTHER_MANAGER, 1, DEADLINE, signature);
        vm.expectRevert(invalid);
        recovery.refuseSigned(identity, MANAGER, 1, DEADLINE + 1, signature);
        vm.expectRevert(_wrongNonce(1, 0));
        recovery.refuseSigned(identity, MANAGER, 0, DEADLINE, signature);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(_expired(DEADLINE));
        recovery.refuseSigned(identity, MANAGER, 1, DEADLINE, signature);
        vm.warp(DEADLINE);
        recovery.refuseSigned(identity, MANAGER, 1, DEADLINE, signature);
        _expectNot(_noProposal(MANAGER));
        vm.expectRevert(_wrongNonce(2, 1));
        recovery.refuseSigned(identity, MANAGER, 1, DEADLINE, signature);
    }

    function test_proposal_isVoidAfterANewPlan() public {
        _propose();
        IRecovery.Plan memory plan = _plan(2);
        vm.prank(identity);
        recovery.choosePlan(identity, plan);
        vm.warp(START + 7 days);
        _expectNot(_noProposal(MANAGER));
    }

    function test_proposal_isVoidAfterAChangeOfOwner() public {
        _propose();
        vm.prank(identity);
        dids.changeOwner(identity, STRANGER);
        vm.warp(START + 7 days);
        _expectNot(_noProposal(MANAGER));
        vm.assertEq(recovery.proposalOf(identity, MANAGER).newOwner, address(0), "none");
    }

    function test_proposal_isVoidAfterARecovery() public {
        _propose();
        vm.prank(OTHER_MANAGER);
        recovery.propose(identity, STRANGER, AREA);
        recovery.recover(_replacement(), _approvals(2));
        vm.warp(START + 7 days);
        _expectNot(_noProposal(MANAGER));
        vm.expectRevert(_noProposal(OTHER_MANAGER));
        recovery.executeProposal(identity, OTHER_MANAGER);
    }

    function test_proposal_bringsBackNoDeactivatedIdentity() public {
        vm.prank(identity);
        dids.changeOwner(identity, address(0));
        _expectNoProposalOf(
            NEW_OWNER,
            abi.encodeWithSelector(IRecovery.RecoveryDeactivated.selector, identity)
        );
    }

    function _propose() private {
        vm.prank(MANAGER);
        recovery.propose(identity, NEW_OWNER, AREA);
    }

    function _expectNoProposalOf(address newOwner, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(MANAGER);
        recovery.propose(identity, newOwner, AREA);
    }

    function _expectRoleMissing(address caller, AreaId area) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ICredentialRegistry.CredentialRegistryRoleMissing.selector,
                caller,
                Role.CommunityManager,
                area
            )
        );
        vm.prank(caller);
        recovery.propose(identity, NEW_OWNER, area);
    }

    function _expectNot(bytes memory reason) private {
        vm.expectRevert(reason);
        recovery.executeProposal(identity, MANAGER);
    }

    function _signRefusal(
        uint256 privateKey,
        address manager,
        uint256 nonce
    ) private view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "Refuse(address identity,address manager,uint256 nonce,uint256 deadline)"
        );
        bytes32 call = keccak256(abi.encode(typeHash, identity, manager, nonce, DEADLINE));
        return _sign(privateKey, _digestOf(address(recovery), call));
    }

    function _tooEarly(uint256 time) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryTooEarly.selector, START + 7 days, time);
    }

    function _noProposal(address manager) private view returns (bytes memory) {
        return abi.encodeWithSelector(IRecovery.RecoveryNoProposal.selector, identity, manager);
    }
}
