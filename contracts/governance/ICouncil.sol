// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The operators of the consortium, who decide together: what so many of them as the threshold says approve is
/// done by the council itself. It moves no money of its own: its calls carry no value.
/// @dev An approval off the ledger is EIP-712 data in the domain ("Commonwatt", "1", chain, this contract), of the type
/// `Approval(uint256 proposalId,bytes32 contentHash,uint256 deadline)`.
interface ICouncil {
    struct Call {
        address target;
        bytes data;
    }

    /// @param approvals Members who approve it now.
    /// @param epoch Of the members among whom it was proposed: void in every later one.
    /// @param expiry Unix time up to which it can be approved and executed, not included.
    /// @param contentHash keccak256(abi.encode(calls, descriptionHash)); zero where nothing was proposed.
    struct Proposal {
        uint8 approvals;
        uint40 expiry;
        bool isExecuted;
        uint64 epoch;
        bytes32 contentHash;
    }

    /// @param proposalId Counted from 1.
    /// @param descriptionHash Of a text that says why, kept by the members.
    event ProposalMade(
        uint256 indexed proposalId,
        address indexed proposer,
        Call[] calls,
        bytes32 indexed descriptionHash,
        uint40 expiry
    );
    event ProposalApproved(uint256 indexed proposalId, address indexed member);
    event ApprovalWithdrawn(uint256 indexed proposalId, address indexed member);
    event ProposalExecuted(uint256 indexed proposalId, address indexed executor);
    /// @notice From now on these decide, so many of them together; what was proposed before is void.
    event MembersChanged(uint64 indexed epoch, address[] members, uint256 threshold);

    error CouncilNotAMember(address caller);
    /// @notice Only the council changes itself, by a proposal.
    error CouncilNotItself(address caller);
    /// @notice A council has 1 to 32 members, each once, and neither nobody nor itself; all of them suffice.
    error CouncilInvalidMembers(uint256 count, uint256 threshold);
    error CouncilInvalidMember(address member);
    /// @notice A proposal holds 1 to 32 calls.
    error CouncilInvalidCalls(uint256 count);
    error CouncilUnknownProposal(uint256 proposalId);
    /// @notice The members or the threshold changed since it was made: propose it again.
    error CouncilVoid(uint256 proposalId, uint64 epoch, uint64 current);
    error CouncilExpired(uint256 proposalId, uint256 expiry, uint256 time);
    error CouncilAlreadyExecuted(uint256 proposalId);
    error CouncilAlreadyApproved(uint256 proposalId, address member);
    error CouncilNotApproved(uint256 proposalId, address member);
    /// @notice Whoever withdrew its approval approves again by its own transaction only.
    error CouncilApprovalWithdrawn(uint256 proposalId, address member);
    /// @notice One signature of each member, and one at least.
    error CouncilInvalidSignatures(uint256 approvers, uint256 signatures);
    error CouncilSignatureExpired(uint256 deadline, uint256 time);
    error CouncilInvalidSignature(address member);
    error CouncilWrongCalls(uint256 proposalId, bytes32 proposed, bytes32 given);
    error CouncilBelowThreshold(uint256 proposalId, uint256 approvals, uint256 threshold);
    /// @notice The call of this position failed, for this reason; none of the batch was done.
    error CouncilCallFailed(uint256 position, address target, bytes reason);

    /// @notice Proposes a batch of calls, which its proposer approves thereby. By a member. Everybody has 14 days.
    /// @custom:access a member of the council
    function propose(Call[] calldata calls, bytes32 descriptionHash) external returns (uint256 proposalId);
    /// @notice By a member.
    /// @custom:access a member of the council
    function approve(uint256 proposalId) external;
    /// @notice Submits what members signed, all or none. By anyone, up to the deadline that they signed.
    /// @param signatures 65 bytes each, or what a member's contract accepts (EIP-1271), in the sequence of `members`.
    /// @custom:access anyone: only what members signed counts
    function approveBySignatures(
        uint256 proposalId,
        uint256 deadline,
        address[] calldata members,
        bytes[] calldata signatures
    ) external;
    /// @notice By a member who approved, before execution.
    /// @custom:access a member of the council, of its own approval
    function withdrawApproval(uint256 proposalId) external;
    /// @notice Makes the calls, one after the other, all or none, once the threshold approves. By anyone.
    /// @param calls As proposed, with their description's hash.
    /// @custom:access anyone: nothing is done but what enough members approve
    function execute(uint256 proposalId, Call[] calldata calls, bytes32 descriptionHash) external;
    /// @notice Makes every proposal void that was not executed. By the council itself.
    /// @custom:access the council itself
    function changeMembers(address[] calldata members, uint256 threshold) external;

    function members() external view returns (address[] memory);
    function isMember(address account) external view returns (bool);
    function threshold() external view returns (uint256);
    /// @notice Counts changes of members from 1.
    function epoch() external view returns (uint64);
    function proposalCount() external view returns (uint256);
    /// @notice Zeros for what was never proposed.
    function proposalOf(uint256 proposalId) external view returns (Proposal memory);
    function hasApproved(uint256 proposalId, address member) external view returns (bool);
    /// @notice What a member's wallet signs to approve up to `deadline`.
    function approvalDigestOf(uint256 proposalId, uint256 deadline) external view returns (bytes32);
}
