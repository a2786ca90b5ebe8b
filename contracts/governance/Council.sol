// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICouncil} from "./ICouncil.sol";

contract Council is ICouncil, EIP712 {
    using SafeCast for uint256;

    uint256 private constant MEMBER_LIMIT = 32;
    uint256 private constant CALL_LIMIT = 32;
    uint256 private constant LIFETIME = 14 days;
    bytes32 private constant APPROVAL_TYPE_HASH = keccak256(
        "Approval(uint256 proposalId,bytes32 contentHash,uint256 deadline)"
    );

    /// @dev Who approves, and who withdrew: a bit for each place among the members, which stay while it is not void.
    struct Votes {
        uint32 approved;
        uint32 withdrawn;
    }

    address[] private _members;
    uint64 private _epoch;
    uint32 private _threshold;
    uint256 private _proposalCount;
    /// @dev Places count from 1.
    mapping(address member => uint256) private _placeOf;
    mapping(uint256 proposalId => Proposal) private _proposals;
    mapping(uint256 proposalId => Votes) private _votes;

    constructor(address[] memory councilMembers, uint256 councilThreshold) EIP712("Commonwatt", "1") {
        _setMembers(councilMembers, councilThreshold);
    }

    /// @inheritdoc ICouncil
    function propose(Call[] calldata calls, bytes32 descriptionHash) external returns (uint256 proposalId) {
        _requirePlaceOf(msg.sender);
        if (calls.length == 0 || calls.length > CALL_LIMIT) revert CouncilInvalidCalls(calls.length);

        proposalId = ++_proposalCount;
        uint40 expiry = (block.timestamp + LIFETIME).toUint40();
        _proposals[proposalId] = Proposal({
            approvals: 0,
            expiry: expiry,
            isExecuted: false,
            epoch: _epoch,
            contentHash: _contentHashOf(calls, descriptionHash)
        });

        emit ProposalMade(proposalId, msg.sender, calls, descriptionHash, expiry);

        _approve(proposalId, msg.sender);
    }

    /// @inheritdoc ICouncil
    function approve(uint256 proposalId) external {
        _requireOpen(proposalId);

        _approve(proposalId, msg.sender);
    }

    /// @inheritdoc ICouncil
    function approveBySignatures(
        uint256 proposalId,
        uint256 deadline,
        address[] calldata approvers,
        bytes[] calldata signatures
    ) external {
        _requireOpen(proposalId);
        if (block.timestamp > deadline) revert CouncilSignatureExpired(deadline, block.timestamp);
        if (approvers.length == 0 || approvers.length != signatures.length) {
            revert CouncilInvalidSignatures(approvers.length, signatures.length);
        }

        bytes32 digest = approvalDigestOf(proposalId, deadline);
        for (uint256 i = 0; i < approvers.length; ++i) {
            address member = approvers[i];
            if (_votes[proposalId].withdrawn & _bitOf(member) != 0) {
                revert CouncilApprovalWithdrawn(proposalId, member);
            }
            if (!SignatureChecker.isValidSignatureNowCalldata(member, digest, signatures[i])) {
                revert CouncilInvalidSignature(member);
            }
            _approve(proposalId, member);
        }
    }

    /// @inheritdoc ICouncil
    function withdrawApproval(uint256 proposalId) external {
        Proposal storage proposal = _requireOpen(proposalId);
        uint32 bit = _bitOf(msg.sender);
        Votes storage votes = _votes[proposalId];
        if (votes.approved & bit == 0) revert CouncilNotApproved(proposalId, msg.sender);

        votes.approved &= ~bit;
        votes.withdrawn |= bit;
        --proposal.approvals;

        emit ApprovalWithdrawn(proposalId, msg.sender);
    }

    /// @inheritdoc ICouncil
    function execute(uint256 proposalId, Call[] calldata calls, bytes32 descriptionHash) external {
        Proposal storage proposal = _requireOpen(proposalId);
        bytes32 contentHash = _contentHashOf(calls, descriptionHash);
        if (contentHash != proposal.contentHash) {
            revert CouncilWrongCalls(proposalId, proposal.contentHash, contentHash);
        }
        if (proposal.approvals < _threshold) {
            revert CouncilBelowThreshold(proposalId, proposal.approvals, _threshold);
        }

        proposal.isExecuted = true;

        emit ProposalExecuted(proposalId, msg.sender);

        for (uint256 i = 0; i < calls.length; ++i) {
            // A call without code behind it would succeed and do nothing.
            bool isDone = calls[i].target.code.length != 0;
            bytes memory reason;
            // solhint-disable-next-line avoid-low-level-calls
            if (isDone) (isDone, reason) = calls[i].target.call(calls[i].data);
            if (!isDone) revert CouncilCallFailed(i, calls[i].target, reason);
        }
    }

    /// @inheritdoc ICouncil
    function changeMembers(address[] calldata councilMembers, uint256 councilThreshold) external {
        if (msg.sender != address(this)) revert CouncilNotItself(msg.sender);

        for (uint256 i = 0; i < _members.length; ++i) {
            delete _placeOf[_members[i]];
        }
        _setMembers(councilMembers, councilThreshold);
    }

    /// @inheritdoc ICouncil
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @inheritdoc ICouncil
    function isMember(address account) external view returns (bool) {
        return _placeOf[account] != 0;
    }

    /// @inheritdoc ICouncil
    function threshold() external view returns (uint256) {
        return _threshold;
    }

    /// @inheritdoc ICouncil
    function epoch() external view returns (uint64) {
        return _epoch;
    }

    /// @inheritdoc ICouncil
    function proposalCount() external view returns (uint256) {
        return _proposalCount;
    }

    /// @inheritdoc ICouncil
    function proposalOf(uint256 proposalId) external view returns (Proposal memory) {
        return _proposals[proposalId];
    }

    /// @inheritdoc ICouncil
    function hasApproved(uint256 proposalId, address member) external view returns (bool) {
        bool isCurrent = _proposals[proposalId].epoch == _epoch && _placeOf[member] != 0;
        return isCurrent && _votes[proposalId].approved & _bitOf(member) != 0;
    }

    /// @inheritdoc ICouncil
    function approvalDigestOf(uint256 proposalId, uint256 deadline) public view returns (bytes32) {
        bytes32 contentHash = _proposals[proposalId].contentHash;
        return _hashTypedDataV4(keccak256(abi.encode(APPROVAL_TYPE_HASH, proposalId, contentHash, deadline)));
    }

    function _approve(uint256 proposalId, address member) private {
        uint32 bit = _bitOf(member);
        Votes storage votes = _votes[proposalId];
        if (votes.approved & bit != 0) revert CouncilAlreadyApproved(proposalId, member);

        votes.approved |= bit;
        ++_proposals[proposalId].approvals;

        emit ProposalApproved(proposalId, member);
    }

    function _setMembers(address[] memory councilMembers, uint256 councilThreshold) private {
        uint256 count = councilMembers.length;
        if (count > MEMBER_LIMIT || councilThreshold == 0 || councilThreshold > count) {
            revert CouncilInvalidMembers(count, councilThreshold);
        }

        for (uint256 i = 0; i < count; ++i) {
            address member = councilMembers[i];
            if (member == address(0) || member == address(this) || _placeOf[member] != 0) {
                revert CouncilInvalidMember(member);
            }
            _placeOf[member] = i + 1;
        }
        _members = councilMembers;
        // No more than the members, of whom there are at most 32.
        _threshold = uint32(councilThreshold);

        emit MembersChanged(++_epoch, councilMembers, councilThreshold);
    }

    /// @return proposal One that can still be approved and executed.
    function _requireOpen(uint256 proposalId) private view returns (Proposal storage proposal) {
        proposal = _proposals[proposalId];
        if (proposal.contentHash == 0) revert CouncilUnknownProposal(proposalId);
        if (proposal.isExecuted) revert CouncilAlreadyExecuted(proposalId);
        if (proposal.epoch != _epoch) revert CouncilVoid(proposalId, proposal.epoch, _epoch);
        if (block.timestamp >= proposal.expiry) {
            revert CouncilExpired(proposalId, proposal.expiry, block.timestamp);
        }
    }

    function _requirePlaceOf(address account) private view returns (uint256 place) {
        place = _placeOf[account];
        if (place == 0) revert CouncilNotAMember(account);
    }

    function _bitOf(address member) private view returns (uint32) {
        // Places end at 32, so that the bit fits.
        return uint32(1 << (_requirePlaceOf(member) - 1));
    }

    function _contentHashOf(Call[] calldata calls, bytes32 descriptionHash) private pure returns (bytes32) {
        return keccak256(abi.encode(calls, descriptionHash));
    }
}
