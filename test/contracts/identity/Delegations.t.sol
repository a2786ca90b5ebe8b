// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDelegations} from "../../../contracts/identity/IDelegations.sol";
import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {SettlementWorld} from "../settlement/SettlementWorld.sol";
import {vm} from "../Vm.sol";

// delegate
//   given anybody but the identity's owner, by the registry of identifiers, it reverts; the owner may be another by now
//   given no delegate, the identity itself, no devices, or an end that is past, it reverts
//   given readings and an identity that is no metering operator of the area, it reverts
//   given a delegate whose readings another metering operator delegated, it reverts until that is over, revoked, or the
//     other is no metering operator any more
//   given a delegation, every field is kept and announced, and it takes the place of the former of its kind alone
// revoke
//   given neither owner nor delegate, an unknown delegation, or one that is revoked, it reverts; else it takes effect at once
// useForReadings, by commitReadings
//   given a delegate, it commits up to as many readings as meters are named, and the delegation is named in an event
//   given the operator itself, no delegation is named
//   given a delegation that is over, revoked, replaced, for another purpose, of another area, or of one whose credential is
//     revoked, it reverts, and nothing is committed
// covers
//   given a device of the tree, it is true while the delegation is valid; given another, or a node for a leaf, false
contract DelegationsTest is SettlementWorld {
    address private constant OPERATOR = address(0x09e4);
    address private constant OTHER_OPERATOR = address(0x09e5);
    address private constant GATEWAY = address(0x6a7e);
    address private constant METER = address(0x3e7e4);
    address private constant OTHER_METER = address(0x3e7e5);
    uint40 private constant END = uint40(DAY_END);

    function setUp() public override {
        super.setUp();
        _issue(OPERATOR, Role.MeteringOperator, AREA);
        _issue(OTHER_OPERATOR, Role.MeteringOperator, AREA);
        vm.warp((uint256(FIRST) + 1) * 900);
    }

    function test_delegate_keepsAndAnnouncesEveryField() public {
        vm.expectEmit();
        emit IDelegations.Delegated(
            1,
            OPERATOR,
            GATEWAY,
            IDelegations.Purpose.Readings,
            AREA,
            _root(),
            2,
            END
        );
        uint256 id = _delegate(_readings());
        vm.assertEq(abi.encode(delegations.delegationOf(id)), abi.encode(_readings()), "kept");
        vm.assertEq(
            delegations.latestOf(OPERATOR, GATEWAY, IDelegations.Purpose.Readings, AREA),
            id,
            "the latest"
        );
        vm.assertTrue(delegations.isValid(id), "valid");
    }

    function test_delegate_isTheOwners() public {
        vm.expectRevert(_notTheOwner(STRANGER));
        vm.prank(STRANGER);
        delegations.delegate(_readings());
        vm.expectRevert(_notTheOwner(GATEWAY));
        vm.prank(GATEWAY);
        delegations.delegate(_readings());
        vm.prank(OPERATOR);
        dids.changeOwner(OPERATOR, STRANGER);
        vm.expectRevert(_notTheOwner(OPERATOR));
        vm.prank(OPERATOR);
        delegations.delegate(_readings());
        vm.prank(STRANGER);
        delegations.delegate(_readings());
    }

    function test_delegate_revertsForWhatIsNoDelegation() public {
        IDelegations.Delegation memory delegation = _readings();
        delegation.delegate = address(0);
        _expectInvalid(delegation);
        delegation.delegate = OPERATOR;
        _expectInvalid(delegation);
        delegation = _readings();
        delegation.deviceCount = 0;
        _expectInvalid(delegation);
        delegation = _readings();
        delegation.devicesRoot = 0;
        _expectInvalid(delegation);
        delegation = _readings();
        delegation.validUntil = uint40(block.timestamp);
        _expectInvalid(delegation);
        delegation.validUntil += 1;
        _delegate(delegation);
    }

    function test_delegate_ofReadingsIsForMeteringOperatorsOfTheArea() public {
        IDelegations.Delegation memory delegation = _readings();
        delegation.area = OTHER_AREA;
        vm.expectRevert(_roleMissing(OPERATOR, Role.MeteringOperator, OTHER_AREA));
        vm.prank(OPERATOR);
        delegations.delegate(delegation);
        // Flexibility is anybody's own to delegate.
        delegation.identity = STRANGER;
        delegation.purpose = IDelegations.Purpose.Flexibility;
        vm.prank(STRANGER);
        delegations.delegate(delegation);
    }

    function test_delegate_takesNobodyFromAnotherOperator() public {
        uint256 held = _delegate(_readings());
        IDelegations.Delegation memory other = _readings();
        other.identity = OTHER_OPERATOR;
        bytes memory taken = abi.encodeWithSelector(IDelegations.DelegationsHeldAlready.selector, held);
        uint256 before = vm.snapshotState();
        vm.expectRevert(taken);
        vm.prank(OTHER_OPERATOR);
        delegations.delegate(other);

        vm.prank(OPERATOR);
        delegations.revoke(held);
        vm.prank(OTHER_OPERATOR);
        delegations.delegate(other);
        vm.assertTrue(vm.revertToState(before), "undone");

        bytes32[] memory one = new bytes32[](1);
        one[0] = credentials.heldBy(OPERATOR, Role.MeteringOperator, AREA);
        credentials.revokeCredentials(one);
        vm.prank(OTHER_OPERATOR);
        delegations.delegate(other);
    }

    function test_delegate_replacesTheFormerOfItsKindAlone() public {
        uint256 first = _delegate(_readings());
        IDelegations.Delegation memory flexibility = _readings();
        flexibility.purpose = IDelegations.Purpose.Flexibility;
        uint256 other = _delegate(flexibility);
        uint256 second = _delegate(_readings());
        vm.assertFalse(delegations.isValid(first), "replaced");
        vm.assertTrue(delegations.isValid(second), "the new one");
        vm.assertTrue(delegations.isValid(other), "of another purpose");
    }

    function test_revoke_isTheOwnersAndTheDelegates() public {
        uint256 id = _delegate(_readings());
        vm.expectRevert(_notTheOwner(STRANGER));
        vm.prank(STRANGER);
        delegations.revoke(id);
        vm.expectRevert(abi.encodeWithSelector(IDelegations.DelegationsUnknown.selector, 99));
        delegations.revoke(99);
        vm.expectEmit();
        emit IDelegations.DelegationRevoked(id, GATEWAY);
        vm.prank(GATEWAY);
        delegations.revoke(id);
        vm.assertFalse(delegations.isValid(id), "at once");
        vm.expectRevert(abi.encodeWithSelector(IDelegations.DelegationsRevoked.selector, id));
        vm.prank(OPERATOR);
        delegations.revoke(id);
    }

    function test_commitReadings_namesTheDelegation() public {
        uint256 id = _delegate(_readings());
        vm.expectEmit();
        emit IDelegations.DelegationUsed(id, address(readings));
        _commitAs(GATEWAY, 2);
        vm.assertTrue(readings.isCommitted(AREA, FIRST_PERIOD), "committed");
        vm.expectEmit();
        emit IDelegations.DelegationUsed(id, address(readings));
        vm.prank(GATEWAY);
        readings.correctReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment("root", 1, 1, 1));
    }

    function test_commitReadings_ofTheOperatorItselfNamesNone() public {
        vm.recordLogs();
        _commitAs(OPERATOR, 9);
        vm.assertEq(vm.getRecordedLogs().length, 1, "the commitment alone");
    }

    function test_commitReadings_revertsForMoreThanTheNamedMeters() public {
        uint256 id = _delegate(_readings());
        vm.expectRevert(abi.encodeWithSelector(IDelegations.DelegationsTooManyDevices.selector, id, 3, 2));
        _commitAs(GATEWAY, 3);
    }

    function test_commitReadings_revertsWithoutADelegationThatHolds() public {
        _expectNoReadings();
        IDelegations.Delegation memory flexibility = _readings();
        flexibility.purpose = IDelegations.Purpose.Flexibility;
        _delegate(flexibility);
        _expectNoReadings();
        uint256 id = _delegate(_readings());
        vm.prank(OPERATOR);
        delegations.revoke(id);
        _expectNoReadings();

        _delegate(_readings());
        uint256 before = vm.snapshotState();
        vm.warp(END);
        _expectNoReadings();
        vm.assertTrue(vm.revertToState(before), "undone");
        bytes32[] memory one = new bytes32[](1);
        one[0] = credentials.heldBy(OPERATOR, Role.MeteringOperator, AREA);
        credentials.suspendCredentials(one);
        _expectNoReadings();
        credentials.reinstateCredentials(one);
        _commitAs(GATEWAY, 2);
    }

    function test_covers_namedDevicesWhileItIsValid() public {
        uint256 id = _delegate(_readings());
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = _leafOf(OTHER_METER);
        vm.assertTrue(delegations.covers(id, METER, proof), "named");
        vm.assertFalse(delegations.covers(id, STRANGER, proof), "not named");
        vm.assertFalse(delegations.covers(id, METER, new bytes32[](0)), "not proven");
        vm.prank(OPERATOR);
        delegations.revoke(id);
        vm.assertFalse(delegations.covers(id, METER, proof), "revoked");
    }

    function _readings() private pure returns (IDelegations.Delegation memory) {
        return
            IDelegations.Delegation({
                identity: OPERATOR,
                delegate: GATEWAY,
                purpose: IDelegations.Purpose.Readings,
                area: AREA,
                devicesRoot: _root(),
                deviceCount: 2,
                validUntil: END
            });
    }

    function _root() private pure returns (bytes32) {
        (bytes32 left, bytes32 right) = (_leafOf(METER), _leafOf(OTHER_METER));
        if (left > right) (left, right) = (right, left);
        return keccak256(abi.encodePacked(left, right));
    }

    function _leafOf(address device) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(keccak256(abi.encode(device))));
    }

    function _delegate(IDelegations.Delegation memory delegation) private returns (uint256) {
        vm.prank(OPERATOR);
        return delegations.delegate(delegation);
    }

    function _commitAs(address caller, uint32 count) private {
        vm.prank(caller);
        readings.commitReadings(AREA, FIRST_PERIOD, IMeterReadings.Commitment("root", count, 1, 1));
    }

    function _expectInvalid(IDelegations.Delegation memory delegation) private {
        vm.expectRevert(abi.encodeWithSelector(IDelegations.DelegationsInvalid.selector));
        _delegate(delegation);
    }

    function _expectNoReadings() private {
        vm.expectRevert(abi.encodeWithSelector(IDelegations.DelegationsNoReadings.selector, GATEWAY, AREA));
        _commitAs(GATEWAY, 1);
        vm.assertFalse(readings.isCommitted(AREA, FIRST_PERIOD), "nothing");
    }

    function _notTheOwner(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDelegations.DelegationsNotTheOwner.selector, OPERATOR, caller);
    }
}
