// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId} from "../types/Types.sol";

/// @notice Gives an identity a new owner when the owner's key is lost. Either so many of the guardians whom the owner
/// chose approve of it, or the community manager of an area of which the identity is a member proposes it, and for a
/// week the owner does not object. A guardian is an identity itself: who owns it at that moment approves for it.
/// Every choice, objection, recovery and change of owner takes the next nonce, and voids what waits under the former.
interface IRecovery {
    /// @param guardians At most 16 identities, ascending, none of them the identity or owned by its owner.
    /// @param threshold How many of them have to approve: at least one, or zero of none.
    /// @param isManagerBarred Whether no community manager may propose an owner.
    struct Plan {
        address[] guardians;
        uint8 threshold;
        bool isManagerBarred;
    }

    /// @param nonce The identity's: see `nonceOf`.
    /// @param deadline Unix time up to which it may be carried out, included; within 30 days when it is approved of.
    struct Replacement {
        address identity;
        address newOwner;
        uint256 nonce;
        uint256 deadline;
    }

    /// @param signature By the guardian's owner of `digestOf` the replacement: 65 bytes with the lower s, or whatever
    /// its contract accepts (EIP-1271).
    struct Approval {
        address guardian;
        bytes signature;
    }

    /// @param executableFrom Unix time; `executableUntil` likewise, included.
    struct Proposal {
        address newOwner;
        AreaId area;
        uint256 nonce;
        uint256 executableFrom;
        uint256 executableUntil;
    }

    event PlanChosen(
        address indexed identity,
        address[] guardians,
        uint8 threshold,
        bool isManagerBarred,
        uint256 nonce
    );
    event RecoveryApproved(
        address indexed identity,
        address indexed guardian,
        address indexed newOwner,
        uint256 nonce,
        uint256 deadline
    );
    event RecoveryProposed(
        address indexed identity,
        address indexed manager,
        AreaId indexed area,
        address newOwner,
        uint256 nonce,
        uint256 executableFrom,
        uint256 executableUntil
    );
    event RecoveryRefused(address indexed identity, address indexed manager);
    /// @param manager Who proposed it; zero where guardians approved.
    event OwnerRecovered(address indexed identity, address indexed manager, address indexed newOwner);

    error RecoveryNotTheOwner(address identity, address caller);
    /// @notice Its owner ended the identity for ever.
    error RecoveryDeactivated(address identity);
    error RecoveryInvalidSignature(address identity, address signer);
    error RecoveryWrongNonce(address identity, uint256 expected, uint256 given);
    error RecoveryExpired(uint256 deadline, uint256 time);
    /// @notice Guardians approve for 30 days at most.
    error RecoveryDeadlineTooFar(uint256 deadline, uint256 latest);
    error RecoveryInvalidThreshold(uint256 threshold, uint256 guardians, uint256 limit);
    /// @notice Out of order, named twice, the identity itself, or owned by its owner, who lost the key.
    error RecoveryInvalidGuardian(address guardian);
    /// @notice Neither zero nor the owner.
    error RecoveryInvalidNewOwner(address newOwner);
    /// @notice Its present owner chose no guardians.
    error RecoveryNoGuardians(address identity);
    error RecoveryNotAGuardian(address identity, address guardian);
    error RecoveryNotTheGuardian(address guardian, address caller);
    /// @notice The guardian, or who owns it, approved of this already.
    error RecoveryApprovedAlready(address guardian, address owner);
    error RecoveryBelowThreshold(uint256 approvals, uint256 threshold);
    error RecoveryManagerBarred(address identity, address manager, uint256 barredUntil);
    /// @notice The identity holds no valid credential of a prosumer, consumer or microgrid trader of the area.
    error RecoveryNotAMember(address identity, AreaId area);
    /// @notice There is none, or another choice or change of owner voided it.
    error RecoveryNoProposal(address identity, address manager);
    error RecoveryTooEarly(uint256 executableFrom, uint256 time);

    /// @notice Takes the place of what was chosen before. Guardians are an owner's choice: they stay when they, or a
    /// manager, give the identity a new owner, and lapse when the owner hands it over. The bar stays. By the owner.
    /// @custom:access the owner of the identity
    function choosePlan(address identity, Plan calldata plan) external;
    /// @notice The same by anybody with the owner's signature of EIP-712
    /// `ChoosePlan(address identity,address[] guardians,uint8 threshold,bool isManagerBarred,uint256 nonce,`
    /// `uint256 deadline)`.
    /// @custom:access whoever has a signature of the owner of the identity
    function choosePlanSigned(
        address identity,
        Plan calldata plan,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Counts one guardian's approval, and changes the owner with the last one needed. By the guardian's owner.
    /// @custom:access the owner of a guardian of the identity
    function approve(Replacement calldata replacement, address guardian) external;
    /// @notice Changes the owner with these approvals and those that were counted before. By anybody.
    /// @custom:access anyone: only what enough guardians approve of is done
    function recover(Replacement calldata replacement, Approval[] calldata approvals) external;

    /// @notice Lets the owner be changed from 7 days on until 30 days on, unless the owner objects. Takes the place of
    /// the manager's proposal before. By a community manager of the area, of which the identity is a member.
    /// @custom:access a community manager of an area of which the identity is a member
    function propose(address identity, address newOwner, AreaId area) external;
    /// @notice Ends the manager's proposal, and bars the manager from another for 90 days. By the owner.
    /// @custom:access the owner of the identity
    function refuse(address identity, address manager) external;
    /// @notice The same by anybody with the owner's signature of EIP-712
    /// `Refuse(address identity,address manager,uint256 nonce,uint256 deadline)`.
    /// @custom:access whoever has a signature of the owner of the identity
    function refuseSigned(
        address identity,
        address manager,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;
    /// @notice Changes the owner, while the manager and the identity are still what they have to be to propose it. By
    /// anybody.
    /// @custom:access anyone: only what a manager proposed a week before, and the owner did not refuse, is done
    function executeProposal(address identity, address manager) external;

    /// @notice As chosen last; without guardians where they lapsed.
    function planOf(address identity) external view returns (Plan memory);
    function nonceOf(address identity) external view returns (uint256);
    /// @notice How many guardians approved in transactions of their own.
    function approvalsOf(Replacement calldata replacement) external view returns (uint256);
    /// @notice All zero where there is none that counts.
    function proposalOf(address identity, address manager) external view returns (Proposal memory);
    /// @notice What guardians sign: EIP-712
    /// `Replacement(address identity,address newOwner,uint256 nonce,uint256 deadline)` in the domain
    /// ("Commonwatt", "1") of this contract.
    function digestOf(Replacement calldata replacement) external view returns (bytes32);
}
