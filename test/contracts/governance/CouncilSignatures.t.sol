// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../../contracts/governance/Council.sol";
import {ICouncil} from "../../../contracts/governance/ICouncil.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";
import {DecidingCouncil} from "./DecidingCouncil.sol";

// approveBySignatures
//   given members' signatures, a contract's among them, in anybody's transaction, each approves
//   given a stranger, one who approved, a deadline that is over, no or too few signatures, it reverts
//   given a signature by somebody else, of another proposal, deadline, council or chain, or a malleable one, it reverts
//   given a member who withdrew, its signature does not bring its approval back; its own transaction does
contract CouncilSignaturesTest is DecidingCouncil {
    uint256 private constant SECP256K1_ORDER =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function test_approveBySignatures_countsThoseOfKeysAndContracts() public {
        (uint256 proposalId, ICouncil.Call[] memory calls) = _propose(7);
        bytes32 digest = _council.approvalDigestOf(proposalId, START);
        address[] memory members = new address[](2);
        (members[0], members[1]) = (address(_wallet), vm.addr(2));
        bytes[] memory signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (_sign(3, digest), _sign(2, digest));
        vm.expectEmit();
        emit ICouncil.ProposalApproved(proposalId, address(_wallet));
        vm.expectEmit();
        emit ICouncil.ProposalApproved(proposalId, vm.addr(2));
        vm.prank(STRANGER);
        _council.approveBySignatures(proposalId, START, members, signatures);
        vm.assertEq(_council.proposalOf(proposalId).approvals, 3, "approvals");
        vm.prank(STRANGER);
        _council.execute(proposalId, calls, WHY);
        vm.assertEq(_subject.number(), 7, "done");
    }

    function test_approveBySignatures_revertsForStrangersTwiceLateOrNone() public {
        (uint256 proposalId, ) = _propose(7);
        bytes memory signature = _sign(9, _council.approvalDigestOf(proposalId, START));
        _expectNotAMember(vm.addr(9));
        _bySignature(proposalId, START, vm.addr(9), signature);
        signature = _sign(2, _council.approvalDigestOf(proposalId, START));
        _bySignature(proposalId, START, vm.addr(2), signature);
        _expectApproved(proposalId, 2);
        _bySignature(proposalId, START, vm.addr(2), signature);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidSignatures.selector, 0, 0));
        _council.approveBySignatures(proposalId, START, new address[](0), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidSignatures.selector, 2, 1));
        _council.approveBySignatures(proposalId, START, new address[](2), new bytes[](1));
        vm.warp(START + 1);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilSignatureExpired.selector, START, START + 1));
        _bySignature(proposalId, START, address(_wallet), signature);
    }

    function test_approveBySignatures_revertsForWhatWasNotSignedForIt() public {
        (uint256 proposalId, ) = _propose(7);
        (uint256 other, ) = _propose(8);
        bytes32 digest = _council.approvalDigestOf(proposalId, START);
        _expectInvalidSignature(proposalId, _sign(1, digest));
        _expectInvalidSignature(proposalId, _sign(2, _council.approvalDigestOf(other, START)));
        _expectInvalidSignature(proposalId, _sign(2, _council.approvalDigestOf(proposalId, START + 1)));
        _expectInvalidSignature(proposalId, "");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(2, digest);
        bytes memory malleable = abi.encodePacked(r, SECP256K1_ORDER - uint256(s), v == 27 ? uint8(28) : 27);
        _expectInvalidSignature(proposalId, malleable);

        Council elsewhere = Council(deploy("Council", abi.encode(_council.members(), 2)));
        vm.prank(vm.addr(1));
        elsewhere.propose(_setting(7), WHY);
        vm.assertEq(elsewhere.proposalOf(1).contentHash, _council.proposalOf(1).contentHash, "the same");
        _expectInvalidSignature(proposalId, _sign(2, elsewhere.approvalDigestOf(1, START)));
        vm.chainId(CHAIN + 1);
        bytes memory signature = _sign(2, _council.approvalDigestOf(proposalId, START));
        vm.chainId(CHAIN);
        _expectInvalidSignature(proposalId, signature);

        _wallet.lock();
        bytes memory ofWallet = _sign(3, digest);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidSignature.selector, address(_wallet)));
        _bySignature(proposalId, START, address(_wallet), ofWallet);
        _bySignature(proposalId, START, vm.addr(2), _sign(2, digest));
    }

    function test_approvalDigest_isTheTypedDataOfItsContent() public {
        (uint256 proposalId, ) = _propose(7);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Commonwatt"),
                keccak256("1"),
                CHAIN,
                address(_council)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                keccak256("Approval(uint256 proposalId,bytes32 contentHash,uint256 deadline)"),
                proposalId,
                keccak256(abi.encode(_setting(7), WHY)),
                START
            )
        );
        vm.assertEq(
            _council.approvalDigestOf(proposalId, START),
            keccak256(abi.encodePacked(hex"1901", domain, content)),
            "digest"
        );
    }

    function _expectInvalidSignature(uint256 proposalId, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilInvalidSignature.selector, vm.addr(2)));
        _bySignature(proposalId, START, vm.addr(2), signature);
    }
}
