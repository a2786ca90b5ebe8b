// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../../contracts/governance/Council.sol";
import {ICouncil} from "../../../contracts/governance/ICouncil.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";

/// @dev What a council decides about: a number that it alone sets.
contract Subject {
    error SubjectRefuses(uint256 number);

    address private immutable _council;
    uint256 public number;

    constructor(address council) {
        _council = council;
    }

    function set(uint256 next) external {
        if (msg.sender != _council || next == 13) revert SubjectRefuses(next);
        number = next;
    }

    /// @dev Tries to have the proposal executed once more from within.
    function again(uint256 proposalId, ICouncil.Call[] calldata calls) external {
        ICouncil(msg.sender).execute(proposalId, calls, "");
    }
}

/// @dev A council of two keys and a contract, two of whom decide.
abstract contract DecidingCouncil {
    address internal constant STRANGER = address(0x57a46e4);
    bytes32 internal constant WHY = keccak256("why");
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant CHAIN = 7;

    Council internal _council;
    Subject internal _subject;
    WalletMock internal _wallet;

    /// @dev Two of three: the keys 1 and 2, and a contract that signs what key 3 signs.
    function setUp() public {
        vm.warp(START);
        vm.chainId(CHAIN);
        _wallet = new WalletMock(vm.addr(3));
        address[] memory members = new address[](3);
        (members[0], members[1], members[2]) = (vm.addr(1), vm.addr(2), address(_wallet));
        _council = Council(deploy("Council", abi.encode(members, 2)));
        _subject = new Subject(address(_council));
    }

    function _propose(uint256 number) internal returns (uint256, ICouncil.Call[] memory calls) {
        calls = _setting(number);
        return (_proposeCalls(calls), calls);
    }

    function _proposeCalls(ICouncil.Call[] memory calls) internal returns (uint256) {
        vm.prank(vm.addr(1));
        return _council.propose(calls, WHY);
    }

    function _approve(uint256 key, uint256 proposalId) internal {
        vm.prank(vm.addr(key));
        _council.approve(proposalId);
    }

    function _bySignature(
        uint256 proposalId,
        uint256 deadline,
        address member,
        bytes memory signature
    ) internal {
        address[] memory members = new address[](1);
        members[0] = member;
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signature;
        _council.approveBySignatures(proposalId, deadline, members, signatures);
    }

    function _expectNotAMember(address account) internal {
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CouncilNotAMember.selector, account));
    }

    function _expectApproved(uint256 proposalId, uint256 key) internal {
        vm.expectRevert(
            abi.encodeWithSelector(ICouncil.CouncilAlreadyApproved.selector, proposalId, vm.addr(key))
        );
    }

    function _setting(uint256 number) internal view returns (ICouncil.Call[] memory) {
        return _callOf(address(_subject), abi.encodeCall(Subject.set, (number)));
    }

    function _callOf(address target, bytes memory data) internal pure returns (ICouncil.Call[] memory calls) {
        calls = new ICouncil.Call[](1);
        calls[0] = ICouncil.Call(target, data);
    }

    function _addresses(uint256 count) internal pure returns (address[] memory addresses) {
        addresses = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            addresses[i] = vm.addr(i + 1);
        }
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
