// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {Session} from "./Session.sol";

// Given a session that is not cleared by the operator's deadline, whether its gate was closed or not
//   any active member commits orders in the operator's place; not before, nor a stranger, nor when it is cleared
//   its own deadline begins anew for whoever comes next
//   opened orders stand, and others can be opened anew
contract ReplacedOperatorTest is Session {
    MemberId private _buyer;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _buyer = _registerHouseholds(2);
        _seller = MemberId.wrap(MemberId.unwrap(_buyer) + 1);
        _publishKeys();
    }

    function test_replaceOperator_closesTheGateInItsPlace() public {
        bytes memory orders = _orders();
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 2, _chainOf(orders), _accountOf(_buyer));
        _replace(_buyer, orders);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateAlreadyClosed.selector));
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        vm.prank(_accountOf(_buyer));
        _clear(_truth(), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 600, "traded");
    }

    function test_replaceOperator_revertsBeforeTheDeadline() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE - 1);
        vm.expectRevert(_inTime(GATE_CLOSURE + OPERATOR_DEADLINE));
        _replace(_buyer, "");
        // Who closes late has the same time to clear.
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        uint256 deadline = GATE_CLOSURE + 2 * OPERATOR_DEADLINE - 1;
        vm.warp(deadline - 1);
        vm.expectRevert(_inTime(deadline));
        _replace(_buyer, "");
        vm.warp(deadline);
        _replace(_buyer, _orders());
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).orderCount, 2, "replaced");
    }

    function test_replaceOperator_byTheNextMemberAfterAsLongAgain() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        _replace(_buyer, "");
        vm.expectRevert(_inTime(GATE_CLOSURE + 2 * OPERATOR_DEADLINE));
        _replace(_seller, "");
        vm.warp(GATE_CLOSURE + 2 * OPERATOR_DEADLINE);
        bytes memory orders = _orders();
        _replace(_seller, orders);
        // What was committed before is nothing any more.
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, uint256(0)));
        _clear(_noTrade(), "");
        _clear(_truth(), orders);
    }

    function test_replaceOperator_revertsForStrangersAndInactiveMembers() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        members.deactivateMember(_seller);
        address[3] memory callers = [STRANGER, _accountOf(_seller), _accountOf(_seller)];
        MemberId[3] memory memberIds = [_buyer, _buyer, _seller];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICallAuction.CallAuctionNotTheMember.selector,
                    memberIds[i],
                    callers[i]
                )
            );
            vm.prank(callers[i]);
            auction.replaceOperator(memberIds[i], AREA, FIRST_PERIOD, 0, 0);
        }
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionNotTheMember.selector, _buyer, _accountOf(_buyer))
        );
        vm.prank(_accountOf(_buyer));
        auction.replaceOperator(_buyer, OTHER_AREA, FIRST_PERIOD, 0, 0);
    }

    function test_replaceOperator_revertsWhenCleared() public {
        _clearEmpty();
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionAlreadyCleared.selector));
        _replace(_buyer, "");
    }

    function test_replaceOperator_leavesOpenedOrdersAndOpensOthersAnew() public {
        ICallAuction.Order memory bid = _bid(_buyer, 1_000, 200_000);
        ICallAuction.Order memory offer = _offer(_seller, 600, 100_000);
        bytes memory bidSignature = _commit(bid);
        bytes memory offerSignature = _commit(offer);
        _close("");
        auction.openOrder(bid, 0, 0, bidSignature);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        _replace(_buyer, "");
        auction.openOrder(offer, 1, 0, offerSignature);
        bytes memory forced = bytes.concat(_termsOf(bid, 0), _termsOf(offer, 1));
        auction.clear(AREA, FIRST_PERIOD, _truth(), "", forced);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 600, "both count");
    }

    function _commit(ICallAuction.Order memory order) private returns (bytes memory signature) {
        signature = _signatureOf(order, _keyOf(order.memberId));
        auction.commitOrder(
            AREA,
            FIRST_PERIOD,
            order.memberId,
            0,
            keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)))
        );
    }

    function _replace(MemberId memberId, bytes memory orders) private {
        vm.prank(_accountOf(memberId));
        auction.replaceOperator(
            memberId,
            AREA,
            FIRST_PERIOD,
            uint32(orders.length / ORDER_LENGTH),
            _chainOf(orders)
        );
    }

    function _orders() private view returns (bytes memory) {
        return bytes.concat(_pack(_bid(_buyer, 1_000, 200_000)), _pack(_offer(_seller, 600, 100_000)));
    }

    /// @dev More is wanted than offered: the bid sets the price.
    function _truth() private pure returns (ICallAuction.ClearingClaim memory) {
        return _claim(200_000, 1_000, 0, 600, 600);
    }

    function _inTime(uint256 deadline) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOperatorInTime.selector,
                FIRST_PERIOD,
                deadline,
                block.timestamp
            );
    }

    function _sessionError(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, AREA, FIRST_PERIOD);
    }
}
