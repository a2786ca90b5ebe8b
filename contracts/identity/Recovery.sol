// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {IRecovery} from "./IRecovery.sol";

contract Recovery is IRecovery, EIP712 {
    uint256 private constant MOST_GUARDIANS = 16;
    uint256 private constant LONGEST_APPROVAL = 30 days;
    uint256 private constant PROPOSAL_DELAY = 7 days;
    uint256 private constant PROPOSAL_LIFE = 30 days;
    uint256 private constant BAR = 90 days;

    bytes32 private constant CHOOSE_PLAN = keccak256(
        "ChoosePlan(address identity,address[] guardians,uint8 threshold,bool isManagerBarred,uint256 nonce,"
        "uint256 deadline)"
    );
    bytes32 private constant REPLACEMENT = keccak256(
        "Replacement(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REFUSE = keccak256(
        "Refuse(address identity,address manager,uint256 nonce,uint256 deadline)"
    );

    /// @param nonce Counts choices, objections and recoveries; changes of owner come on top.
    /// @param ownerChanges The registry's count when the guardians were chosen, or gave the identity its owner.
    struct State {
        address[] guardians;
        uint8 threshold;
        bool isManagerBarred;
        uint64 nonce;
        uint64 ownerChanges;
    }

    /// @param guardians Bit i for the i-th guardian of the plan.
    struct Approvals {
        uint16 guardians;
        uint8 count;
        mapping(address owner => bool) hasApproved;
    }

    IDidRegistry private immutable _didRegistry;
    ICredentialRegistry private immutable _credentialRegistry;

    mapping(address identity => State) private _states;
    mapping(bytes32 digest => Approvals) private _approvals;
    mapping(address identity => mapping(address manager => Proposal)) private _proposals;
    mapping(address identity => mapping(address manager => uint256)) private _barredUntil;

    modifier onlyOwner(address identity) {
        if (msg.sender != _didRegistry.identityOwner(identity)) {
            revert RecoveryNotTheOwner(identity, msg.sender);
        }
        _;
    }

    constructor(IDidRegistry didRegistry, ICredentialRegistry credentialRegistry) EIP712("Commonwatt", "1") {
        _didRegistry = didRegistry;
        _credentialRegistry = credentialRegistry;
    }

    /// @inheritdoc IRecovery
    function choosePlan(address identity, Plan calldata plan) external onlyOwner(identity) {
        _choosePlan(identity, plan);
    }

    /// @inheritdoc IRecovery
    function choosePlanSigned(
        address identity,
        Plan calldata plan,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 guardians = keccak256(abi.encodePacked(plan.guardians));
        bytes32 call = keccak256(
            abi.encode(
                CHOOSE_PLAN,
                identity,
                guardians,
                plan.threshold,
                plan.isManagerBarred,
                nonce,
                deadline
            )
        );
        _requireSignedByOwner(identity, call, nonce, deadline, signature);
        _choosePlan(identity, plan);
    }

    /// @inheritdoc IRecovery
    function approve(Replacement calldata replacement, address guardian) external {
        State storage state = _requireOpen(replacement);
        if (msg.sender != _didRegistry.identityOwner(guardian)) {
            revert RecoveryNotTheGuardian(guardian, msg.sender);
        }

        uint256 count = _count(state, replacement, guardian, msg.sender);
        if (count >= state.threshold) _replace(replacement.identity, replacement.newOwner, address(0));
    }

    /// @inheritdoc IRecovery
    function recover(Replacement calldata replacement, Approval[] calldata approvals) external {
        State storage state = _requireOpen(replacement);
        bytes32 digest = digestOf(replacement);

        for (uint256 i = 0; i < approvals.length; ++i) {
            address signer = _didRegistry.identityOwner(approvals[i].guardian);
            _requireSigned(replacement.identity, signer, digest, approvals[i].signature);
            _count(state, replacement, approvals[i].guardian, signer);
        }
        uint256 count = _approvals[digest].count;
        if (count < state.threshold) revert RecoveryBelowThreshold(count, state.threshold);
        _replace(replacement.identity, replacement.newOwner, address(0));
    }

    /// @inheritdoc IRecovery
    function propose(address identity, address newOwner, AreaId area) external {
        _requireNewOwner(identity, newOwner);
        _requireManager(identity, msg.sender, area);
        uint256 barredUntil = _barredUntil[identity][msg.sender];
        if (barredUntil > block.timestamp) revert RecoveryManagerBarred(identity, msg.sender, barredUntil);

        uint256 nonce = nonceOf(identity);
        uint256 from = block.timestamp + PROPOSAL_DELAY;
        uint256 until = block.timestamp + PROPOSAL_LIFE;
        _proposals[identity][msg.sender] = Proposal(newOwner, area, nonce, from, until);

        emit RecoveryProposed(identity, msg.sender, area, newOwner, nonce, from, until);
    }

    /// @inheritdoc IRecovery
    function refuse(address identity, address manager) external onlyOwner(identity) {
        _refuse(identity, manager);
    }

    /// @inheritdoc IRecovery
    function refuseSigned(
        address identity,
        address manager,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 call = keccak256(abi.encode(REFUSE, identity, manager, nonce, deadline));
        _requireSignedByOwner(identity, call, nonce, deadline, signature);
        _refuse(identity, manager);
    }

    /// @inheritdoc IRecovery
    function executeProposal(address identity, address manager) external {
        Proposal memory proposal = proposalOf(identity, manager);
        if (proposal.newOwner == address(0)) revert RecoveryNoProposal(identity, manager);
        if (block.timestamp < proposal.executableFrom) {
            revert RecoveryTooEarly(proposal.executableFrom, block.timestamp);
        }
        if (block.timestamp > proposal.executableUntil) {
            revert RecoveryExpired(proposal.executableUntil, block.timestamp);
        }
        _requireManager(identity, manager, proposal.area);

        delete _proposals[identity][manager];
        _replace(identity, proposal.newOwner, manager);
    }

    /// @inheritdoc IRecovery
    function planOf(address identity) external view returns (Plan memory plan) {
        State storage state = _states[identity];
        plan.isManagerBarred = state.isManagerBarred;
        if (_isLapsed(identity, state)) return plan;

        plan.guardians = state.guardians;
        plan.threshold = state.threshold;
    }

    /// @inheritdoc IRecovery
    function approvalsOf(Replacement calldata replacement) external view returns (uint256) {
        return _approvals[digestOf(replacement)].count;
    }

    /// @inheritdoc IRecovery
    function nonceOf(address identity) public view returns (uint256) {
        return _states[identity].nonce + _didRegistry.ownerChangesOf(identity);
    }

    /// @inheritdoc IRecovery
    function proposalOf(address identity, address manager) public view returns (Proposal memory proposal) {
        Proposal memory latest = _proposals[identity][manager];
        if (latest.nonce == nonceOf(identity)) return latest;
    }

    /// @inheritdoc IRecovery
    function digestOf(Replacement calldata replacement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPLACEMENT, replacement)));
    }

    function _choosePlan(address identity, Plan calldata plan) private {
        _requireValid(identity, plan);

        State storage state = _states[identity];
        state.guardians = plan.guardians;
        state.threshold = plan.threshold;
        state.isManagerBarred = plan.isManagerBarred;
        ++state.nonce;
        // The registry counts in 48 bits.
        state.ownerChanges = uint64(_didRegistry.ownerChangesOf(identity));

        emit PlanChosen(identity, plan.guardians, plan.threshold, plan.isManagerBarred, nonceOf(identity));
    }

    /// @return count How many guardians approved of the replacement, with this one.
    function _count(
        State storage state,
        Replacement calldata replacement,
        address guardian,
        address owner
    ) private returns (uint256 count) {
        Approvals storage approvals = _approvals[digestOf(replacement)];
        // A plan has at most 16 guardians.
        uint16 bit = uint16(1 << _placeOf(state, replacement.identity, guardian));
        if (approvals.guardians & bit != 0 || approvals.hasApproved[owner]) {
            revert RecoveryApprovedAlready(guardian, owner);
        }

        approvals.guardians |= bit;
        approvals.hasApproved[owner] = true;
        count = ++approvals.count;

        emit RecoveryApproved(
            replacement.identity,
            guardian,
            replacement.newOwner,
            replacement.nonce,
            replacement.deadline
        );
    }

    function _refuse(address identity, address manager) private {
        if (proposalOf(identity, manager).newOwner == address(0)) {
            revert RecoveryNoProposal(identity, manager);
        }

        delete _proposals[identity][manager];
        ++_states[identity].nonce;
        _barredUntil[identity][manager] = block.timestamp + BAR;

        emit RecoveryRefused(identity, manager);
    }

    /// @dev The change of owner takes the next nonce. Guardians in force stay so: the person is the same.
    function _replace(address identity, address newOwner, address manager) private {
        State storage state = _states[identity];
        if (!_isLapsed(identity, state)) ++state.ownerChanges;

        emit OwnerRecovered(identity, manager, newOwner);

        _didRegistry.recoverOwner(identity, newOwner);
    }

    /// @return state Of an identity whose guardians may replace its owner so, now.
    function _requireOpen(Replacement calldata replacement) private view returns (State storage state) {
        address identity = replacement.identity;
        if (block.timestamp > replacement.deadline) {
            revert RecoveryExpired(replacement.deadline, block.timestamp);
        }
        uint256 latest = block.timestamp + LONGEST_APPROVAL;
        if (replacement.deadline > latest) revert RecoveryDeadlineTooFar(replacement.deadline, latest);
        _requireNonce(identity, replacement.nonce);
        _requireNewOwner(identity, replacement.newOwner);
        state = _states[identity];
        if (state.threshold == 0 || _isLapsed(identity, state)) revert RecoveryNoGuardians(identity);
    }

    function _requireValid(address identity, Plan calldata plan) private view {
        uint256 count = plan.guardians.length;
        // Zero is the threshold of no guardians, and of none else.
        if (count > MOST_GUARDIANS || plan.threshold > count || (plan.threshold == 0) != (count == 0)) {
            revert RecoveryInvalidThreshold(plan.threshold, count, MOST_GUARDIANS);
        }
        address owner = _didRegistry.identityOwner(identity);
        address before = address(0);
        for (uint256 i = 0; i < count; ++i) {
            address guardian = plan.guardians[i];
            if (
                guardian <= before ||
                guardian == identity ||
                guardian == owner ||
                _didRegistry.identityOwner(guardian) == owner
            ) revert RecoveryInvalidGuardian(guardian);
            before = guardian;
        }
    }

    function _requireManager(address identity, address manager, AreaId area) private view {
        if (_states[identity].isManagerBarred) {
            revert RecoveryManagerBarred(identity, manager, type(uint256).max);
        }
        _credentialRegistry.requireRole(manager, Role.CommunityManager, area);
        bool isMember =
            _credentialRegistry.heldBy(identity, Role.Prosumer, area) != 0 ||
                _credentialRegistry.heldBy(identity, Role.Consumer, area) != 0 ||
                _credentialRegistry.heldBy(identity, Role.MicrogridTrader, area) != 0;
        // The manager makes whom it likes a prosumer: that somebody lives in its area is for the DSO to say.
        isMember = isMember && _credentialRegistry.heldBy(identity, Role.ConnectionPoint, area) != 0;
        if (!isMember) revert RecoveryNotAMember(identity, area);
    }

    function _requireNewOwner(address identity, address newOwner) private view {
        address owner = _didRegistry.identityOwner(identity);
        if (owner == address(0)) revert RecoveryDeactivated(identity);
        if (newOwner == address(0) || newOwner == owner) revert RecoveryInvalidNewOwner(newOwner);
    }

    function _requireSignedByOwner(
        address identity,
        bytes32 call,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) revert RecoveryExpired(deadline, block.timestamp);
        _requireNonce(identity, nonce);
        _requireSigned(identity, _didRegistry.identityOwner(identity), _hashTypedDataV4(call), signature);
    }

    function _requireNonce(address identity, uint256 nonce) private view {
        uint256 expected = nonceOf(identity);
        if (nonce != expected) revert RecoveryWrongNonce(identity, expected, nonce);
    }

    function _requireSigned(
        address identity,
        address signer,
        bytes32 digest,
        bytes calldata signature
    ) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature)) {
            revert RecoveryInvalidSignature(identity, signer);
        }
    }

    function _isLapsed(address identity, State storage state) private view returns (bool) {
        return state.ownerChanges != _didRegistry.ownerChangesOf(identity);
    }

    /// @return The guardian's place in the identity's plan.
    function _placeOf(
        State storage state,
        address identity,
        address guardian
    ) private view returns (uint256) {
        uint256 count = state.guardians.length;
        for (uint256 i = 0; i < count; ++i) {
            if (state.guardians[i] == guardian) return i;
        }
        revert RecoveryNotAGuardian(identity, guardian);
    }
}
