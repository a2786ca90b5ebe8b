// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../../contracts/governance/Council.sol";
import {ICouncil} from "../../../contracts/governance/ICouncil.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";
import {DecidingCouncil, Subject} from "./DecidingCouncil.sol";

// constructor, changeMembers
//   given no member, more than 32, no threshold or one above their number, it reverts
//   given nobody, itself or somebody twice, it reverts
//   given anybody but the council, changeMembers reverts
//   given the council, the new members decide, and every open proposal is void
//   given 32 members, the last one's approval counts
// propose
//   given a stranger, no call or more than 32, it reverts
//   given a member, it is announced, approved by its proposer, and stands for 14 days
// approve
//   given a stranger, one who approved, an unknown, expired, executed or void proposal, it reverts
// withdrawApproval
//   given one who did not approve, or a proposal that cannot be executed any more, it reverts
//   given one who did, the approval does not count any more
// execute
//   given fewer approvals than the threshold, other calls, another description, or a proposal that is not open, it
//     reverts
//   given enough, anybody has all calls made by the council, once
//   given a call that fails, or a target without code, nothing is done, and it says which and why
//   given a call that has it executed from within, it reverts
contract CouncilTest is DecidingCouncil {
    function test_constructor_revertsForWhatIsNoCouncil() public {
        _expectInvalidMembers(0, 0);
        _expectInvalidMembers(0, 1);
        _expectInvalidMembers(3, 0);
        _expectInvalidMembers(3, 4);
        _expectInvalidMembers(33, 1);
        address[] memory members = _addresses(3);
        members[2] = members[0];
        _expectInvalidMember(members, members[0]);
        members[2] = address(0);
        _expectInvalidMember(members, address(0));
    }

    /// @custom:refuses Council.changeMembers
    function test_changeMembers_revertsForAnybodyElse() public {
        address[2] memory others = [STRANGER, vm.addr(1)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilNotItself.selector, others[i]));
            vm.prank(others[i]);
            _council.changeMembers(_addresses(2), 1);
        }
    }

    function test_changeMembers_letsNewMembersDecideAndMakesOpenProposalsVoid() public {
        (uint256 open, ICouncil.Call[] memory calls) = _propose(7);
        _approve(2, open);
        address[] memory members = new address[](2);
        (members[0], members[1]) = (vm.addr(2), vm.addr(4));
        ICouncil.Call[] memory change = _callOf(
            address(_council),
            abi.encodeCall(ICouncil.changeMembers, (members, 1))
        );
        uint256 proposalId = _proposeCalls(change);
        _approve(2, proposalId);
        vm.expectEmit();
        emit ICouncil.ProposalExecuted(proposalId, address(this));
        vm.expectEmit();
        emit ICouncil.MembersChanged(2, members, 1);
        _council.execute(proposalId, change, WHY);

        vm.assertEq(abi.encode(_council.members()), abi.encode(members), "members");
        vm.assertEq(_council.threshold(), 1, "threshold");
        vm.assertEq(_council.epoch(), 2, "epoch");
        vm.assertTrue(_council.isMember(vm.addr(4)), "new");
        vm.assertFalse(_council.isMember(vm.addr(1)), "former");
        vm.assertFalse(_council.hasApproved(open, vm.addr(2)), "approval of a void proposal");
        bytes memory void_ = abi.encodeWithSelector(ICouncil.CouncilVoid.selector, open, 1, 2);
        vm.expectRevert(void_);
        _approve(4, open);
        vm.expectRevert(void_);
        _council.execute(open, calls, WHY);
        vm.expectRevert(void_);
        vm.prank(vm.addr(2));
        _council.withdrawApproval(open);
        _expectNotAMember(vm.addr(1));
        _propose(8);

        vm.prank(vm.addr(4));
        proposalId = _council.propose(calls, WHY);
        _council.execute(proposalId, calls, WHY);
        vm.assertEq(_subject.number(), 7, "done by the new council");
    }

    function test_changeMembers_refusesTheCouncilItselfAsAMember() public {
        address[] memory members = new address[](1);
        members[0] = address(_council);
        bytes memory reason = abi.encodeWithSelector(ICouncil.CouncilInvalidMember.selector, members[0]);
        _expectFailed(
            _callOf(address(_council), abi.encodeCall(ICouncil.changeMembers, (members, 1))),
            0,
            reason
        );
        vm.assertEq(_council.epoch(), 1, "nothing changed");
    }

    function test_approve_countsTheLastOf32Members() public {
        _council = Council(deploy("Council", abi.encode(_addresses(32), 32)));
        _subject = new Subject(address(_council));
        (uint256 proposalId, ICouncil.Call[] memory calls) = _propose(7);
        for (uint256 key = 2; key < 32; ++key) {
            _approve(key, proposalId);
        }
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilBelowThreshold.selector, proposalId, 31, 32));
        _council.execute(proposalId, calls, WHY);
        _approve(32, proposalId);
        _council.execute(proposalId, calls, WHY);
        vm.assertEq(_subject.number(), 7, "done");
    }

    /// @custom:refuses Council.propose
    function test_propose_revertsForAStrangerAndForNoOrTooManyCalls() public {
        ICouncil.Call[] memory calls = _callOf(address(_subject), "");
        _expectNotAMember(STRANGER);
        vm.prank(STRANGER);
        _council.propose(calls, WHY);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidCalls.selector, 0));
        _proposeCalls(new ICouncil.Call[](0));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidCalls.selector, 33));
        _proposeCalls(new ICouncil.Call[](33));
        _proposeCalls(new ICouncil.Call[](32));
    }

    function test_propose_isAnnouncedApprovedAndStandsFor14Days() public {
        ICouncil.Call[] memory calls = _setting(7);
        uint40 expiry = uint40(START + 14 days);
        vm.expectEmit();
        emit ICouncil.ProposalMade(1, vm.addr(1), calls, WHY, expiry);
        vm.expectEmit();
        emit ICouncil.ProposalApproved(1, vm.addr(1));
        uint256 proposalId = _proposeCalls(calls);

        vm.assertEq(proposalId, 1, "number");
        vm.assertEq(_council.proposalCount(), 1, "count");
        vm.assertEq(
            abi.encode(_council.proposalOf(1)),
            abi.encode(ICouncil.Proposal(1, expiry, false, 1, keccak256(abi.encode(calls, WHY)))),
            "proposal"
        );
        vm.assertTrue(_council.hasApproved(1, vm.addr(1)), "its proposer approves");
        vm.assertFalse(_council.hasApproved(1, vm.addr(2)), "nobody else does");
        vm.assertFalse(_council.hasApproved(1, STRANGER), "least of all a stranger");
    }

    /// @custom:refuses Council.approve
    function test_approve_revertsForStrangersTwiceAndUnknownProposals() public {
        (uint256 proposalId, ) = _propose(7);
        _expectNotAMember(STRANGER);
        vm.prank(STRANGER);
        _council.approve(proposalId);
        _expectApproved(proposalId, 1);
        _approve(1, proposalId);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilUnknownProposal.selector, 2));
        _approve(1, 2);
    }

    function test_expiredProposal_isNeitherApprovedNorExecuted() public {
        (uint256 proposalId, ICouncil.Call[] memory calls) = _propose(7);
        vm.warp(START + 14 days - 1);
        _approve(2, proposalId);
        vm.warp(START + 14 days);
        bytes memory expired = abi.encodeWithSelector(
            ICouncil.CouncilExpired.selector,
            proposalId,
            START + 14 days,
            START + 14 days
        );
        vm.expectRevert(expired);
        _council.execute(proposalId, calls, WHY);
        vm.expectRevert(expired);
        vm.prank(vm.addr(1));
        _council.withdrawApproval(proposalId);
        bytes memory signature = _sign(3, _council.approvalDigestOf(proposalId, START + 15 days));
        vm.expectRevert(expired);
        _bySignature(proposalId, START + 15 days, address(_wallet), signature);
    }

    /// @custom:refuses Council.withdrawApproval
    function test_withdrawApproval_takesItBack() public {
        (uint256 proposalId, ICouncil.Call[] memory calls) = _propose(7);
        _approve(2, proposalId);
        vm.expectEmit();
        emit ICouncil.ApprovalWithdrawn(proposalId, vm.addr(2));
        vm.prank(vm.addr(2));
        _council.withdrawApproval(proposalId);
        vm.assertFalse(_council.hasApproved(proposalId, vm.addr(2)), "withdrawn");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilBelowThreshold.selector, proposalId, 1, 2));
        _council.execute(proposalId, calls, WHY);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilNotApproved.selector, proposalId, vm.addr(2)));
        vm.prank(vm.addr(2));
        _council.withdrawApproval(proposalId);
        _expectNotAMember(STRANGER);
        vm.prank(STRANGER);
        _council.withdrawApproval(proposalId);

        bytes memory signature = _sign(2, _council.approvalDigestOf(proposalId, START));
        vm.expectRevert(
            abi.encodeWithSelector(ICouncil.CouncilApprovalWithdrawn.selector, proposalId, vm.addr(2))
        );
        _bySignature(proposalId, START, vm.addr(2), signature);
        _approve(2, proposalId);
        _council.execute(proposalId, calls, WHY);
    }

    function test_execute_makesAllCallsOnce() public {
        ICouncil.Call[] memory calls = new ICouncil.Call[](2);
        calls[0] = ICouncil.Call(address(_subject), abi.encodeCall(Subject.set, (7)));
        calls[1] = ICouncil.Call(address(_subject), abi.encodeCall(Subject.set, (8)));
        uint256 proposalId = _proposeCalls(calls);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilBelowThreshold.selector, proposalId, 1, 2));
        _council.execute(proposalId, calls, WHY);
        _approve(2, proposalId);
        vm.prank(STRANGER);
        _council.execute(proposalId, calls, WHY);
        vm.assertEq(_subject.number(), 8, "the last of both");
        vm.assertTrue(_council.proposalOf(proposalId).isExecuted, "executed");
        bytes memory again = abi.encodeWithSelector(ICouncil.CouncilAlreadyExecuted.selector, proposalId);
        vm.expectRevert(again);
        _council.execute(proposalId, calls, WHY);
        vm.expectRevert(again);
        vm.prank(address(_wallet));
        _council.approve(proposalId);
        vm.expectRevert(again);
        vm.prank(vm.addr(1));
        _council.withdrawApproval(proposalId);
    }

    function test_execute_revertsForOtherCallsThanWereProposed() public {
        (uint256 proposalId, ) = _propose(7);
        _approve(2, proposalId);
        bytes32 proposed = keccak256(abi.encode(_setting(7), WHY));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICouncil.CouncilWrongCalls.selector,
                proposalId,
                proposed,
                keccak256(abi.encode(_setting(8), WHY))
            )
        );
        _council.execute(proposalId, _setting(8), WHY);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICouncil.CouncilWrongCalls.selector,
                proposalId,
                proposed,
                keccak256(abi.encode(_setting(7), bytes32(0)))
            )
        );
        _council.execute(proposalId, _setting(7), "");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilUnknownProposal.selector, 9));
        _council.execute(9, _setting(7), WHY);
    }

    function test_execute_doesNothingWhereACallFails() public {
        ICouncil.Call[] memory calls = new ICouncil.Call[](2);
        calls[0] = ICouncil.Call(address(_subject), abi.encodeCall(Subject.set, (7)));
        calls[1] = ICouncil.Call(address(_subject), abi.encodeCall(Subject.set, (13)));
        _expectFailed(calls, 1, abi.encodeWithSelector(Subject.SubjectRefuses.selector, 13));
        calls[1].target = STRANGER;
        _expectFailed(calls, 1, "");
        vm.assertEq(_subject.number(), 0, "nothing was done");
    }

    function test_execute_isNotEnteredAgain() public {
        // What the call would execute is its own proposal, whatever it names as its calls.
        ICouncil.Call[] memory calls = _callOf(
            address(_subject),
            abi.encodeCall(Subject.again, (1, new ICouncil.Call[](0)))
        );
        _expectFailed(calls, 0, abi.encodeWithSelector(ICouncil.CouncilAlreadyExecuted.selector, 1));
    }

    /// @dev Has the calls approved, and executed in vain.
    function _expectFailed(ICouncil.Call[] memory calls, uint256 position, bytes memory reason) private {
        uint256 proposalId = _proposeCalls(calls);
        _approve(2, proposalId);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICouncil.CouncilCallFailed.selector,
                position,
                calls[position].target,
                reason
            )
        );
        _council.execute(proposalId, calls, WHY);
        vm.assertFalse(_council.proposalOf(proposalId).isExecuted, "not executed");
    }

    function _expectInvalidMembers(uint256 count, uint256 threshold) private {
        address[] memory members = _addresses(count);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidMembers.selector, count, threshold));
        new Council(members, threshold);
    }

    function _expectInvalidMember(address[] memory members, address member) private {
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidMember.selector, member));
        new Council(members, 1);
    }
}
