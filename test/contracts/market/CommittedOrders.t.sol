// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {DeliveryPeriod, MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {OpenedOrders} from "./OpenedOrders.sol";

// Given the gate is open
//   an order is committed by its member's account and keys, and by the operator for it; nobody else may
//   a delegate whose delegation is revoked, or over before gate closure, may not
//   for a member that lost its credential nobody commits from the very next block on; what it committed it withdraws
//   the operator cannot replace or withdraw what the member or its delegate committed, nor a delegate what the member did
//   the member can replace and withdraw what anybody did, a delegate what the operator did
//   what was withdrawn leaves the lane to anybody
contract CommittedOrdersTest is OpenedOrders {
    bytes32 private constant ONE = bytes32(uint256(1));
    bytes32 private constant TWO = bytes32(uint256(2));

    function test_commitOrder_byAccountKeyDelegateAndOperator() public {
        address[3] memory callers = [_accountOf(_second), vm.addr(DELEGATED_KEY), address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectEmit();
            emit ICallAuction.OrderCommitted(AREA, FIRST_PERIOD, _second, 1, bytes32(i + 1));
            vm.prank(callers[i]);
            auction.commitOrder(AREA, FIRST_PERIOD, _second, 1, bytes32(i + 1));
            vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _second, 1), bytes32(i + 1), "committed");
            vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 1, "one");
            vm.prank(_accountOf(_second));
            auction.commitOrder(AREA, FIRST_PERIOD, _second, 1, 0);
            vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 0, "none");
        }
    }

    function test_commitOrder_refusesStrangersAndOtherMembers() public {
        address[3] memory callers = [STRANGER, _accountOf(_first), address(this)];
        // The operator acts for active members only.
        members.deactivateMember(_third);
        MemberId[3] memory memberIds = [_second, _second, _third];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(_notTheMember(memberIds[i], callers[i]));
            vm.prank(callers[i]);
            auction.commitOrder(AREA, FIRST_PERIOD, memberIds[i], 0, bytes32(uint256(1)));
        }
    }

    function test_commitOrder_refusesWhoeverLostItsCredential() public {
        vm.prank(_accountOf(_second));
        auction.commitOrder(AREA, FIRST_PERIOD, _second, 0, ONE);
        bytes32[] memory held = new bytes32[](1);
        held[0] = credentials.heldBy(_accountOf(_second), Role.Prosumer, AREA);
        credentials.revokeCredentials(held);
        address[3] memory callers = [_accountOf(_second), vm.addr(DELEGATED_KEY), address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICallAuction.CallAuctionKeyRevoked.selector,
                    _second,
                    callers[i],
                    uint32(block.timestamp)
                )
            );
            vm.prank(callers[i]);
            auction.commitOrder(AREA, FIRST_PERIOD, _second, 1, TWO);
        }
        vm.prank(_accountOf(_second));
        auction.commitOrder(AREA, FIRST_PERIOD, _second, 0, 0);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 0, "withdrawn");
    }

    function test_commitOrder_refusesARevokedDelegateAndAnotherArea() public {
        vm.prank(_accountOf(_second));
        members.revokeDelegation(_second);
        vm.expectRevert(_notTheMember(_second, vm.addr(DELEGATED_KEY)));
        vm.prank(vm.addr(DELEGATED_KEY));
        auction.commitOrder(AREA, FIRST_PERIOD, _second, 0, bytes32(uint256(1)));

        vm.expectRevert(_notTheMember(_second, _accountOf(_second)));
        vm.prank(_accountOf(_second));
        auction.commitOrder(OTHER_AREA, FIRST_PERIOD, _second, 0, bytes32(uint256(1)));
    }

    function test_commitOrder_doesNotLetTheOperatorReplaceTheMembers() public {
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, bytes32(uint256(1)));
        vm.prank(_accountOf(_first));
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, bytes32(uint256(2)));
        vm.expectRevert(_laneTaken(_first, 0));
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, bytes32(uint256(3)));
        // Nor withdraw it; the other lane is free.
        vm.expectRevert(_laneTaken(_first, 0));
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, 0);
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 1, bytes32(uint256(3)));
        vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _first, 0), bytes32(uint256(2)), "its own");
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 2, "lanes");
    }

    /// @dev The gate of the next period closes after the delegation is over.
    function test_commitOrder_refusesADelegateThatExpiresBeforeGateClosure() public {
        DeliveryPeriod next = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + 1);
        vm.expectRevert(_notTheMember(_second, vm.addr(DELEGATED_KEY)));
        vm.prank(vm.addr(DELEGATED_KEY));
        auction.commitOrder(AREA, next, _second, 0, ONE);
        _commitAs(vm.addr(DELEGATED_KEY), ONE);
        vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _second, 0), ONE, "in this one it may");
    }

    function test_commitOrder_doesNotLetADelegateReplaceTheMembers() public {
        _commitAs(_accountOf(_second), ONE);
        _expectTaken(vm.addr(DELEGATED_KEY));
        // Nor does the operator come into its own by the delegate's, or the member's own, second thoughts.
        _commitAs(_accountOf(_second), TWO);
        _expectTaken(vm.addr(DELEGATED_KEY));
        _expectTaken(address(this));
    }

    function test_commitOrder_doesNotLetTheOperatorReplaceTheDelegates() public {
        _commitAs(address(this), ONE);
        _commitAs(vm.addr(DELEGATED_KEY), TWO);
        _expectTaken(address(this));
        _commitAs(vm.addr(DELEGATED_KEY), ONE);
        _commitAs(_accountOf(_second), TWO);
        _expectTaken(vm.addr(DELEGATED_KEY));
    }

    function test_commitOrder_leavesWhatWasWithdrawnToAnybody() public {
        _commitAs(_accountOf(_second), ONE);
        _commitAs(_accountOf(_second), 0);
        _commitAs(address(this), ONE);
        _commitAs(vm.addr(DELEGATED_KEY), 0);
        _commitAs(address(this), TWO);
        vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _second, 0), TWO, "the operator's");
        _commitAs(_accountOf(_second), 0);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 0, "none");
    }

    /// @dev Neither replaces the second's commitment in lane 0, nor withdraws it.
    function _expectTaken(address caller) private {
        bytes32 before = auction.commitmentOf(AREA, FIRST_PERIOD, _second, 0);
        vm.expectRevert(_laneTaken(_second, 0));
        _commitAs(caller, bytes32(uint256(3)));
        vm.expectRevert(_laneTaken(_second, 0));
        _commitAs(caller, 0);
        vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _second, 0), before, "as it was");
    }

    function _commitAs(address caller, bytes32 commitment) private {
        vm.prank(caller);
        auction.commitOrder(AREA, FIRST_PERIOD, _second, 0, commitment);
    }

    function _laneTaken(MemberId memberId, uint8 lane) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionLaneTaken.selector, memberId, lane);
    }

    function _notTheMember(MemberId memberId, address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotTheMember.selector, memberId, caller);
    }
}
