// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {Session} from "./Session.sol";

// Given a session that is not cleared by the operator's deadline
//   when its gate is open, any active member closes it for no orders; committed orders can be opened from then on
//   when the operator closed it with orders, any active member takes them out; opened orders stand, others stay shut
//   when the operator closed it with none, or was replaced before, there is nothing to replace
//   the operator is fined, as far as its bond goes, and nobody else gains by it; it cannot come back
//   anyone clears the session, with opened orders alone
// Given a time before the deadline, a cleared session, a stranger, a delegate or a member that is not active, it reverts
contract ReplacedOperatorTest is Session {
    uint256 private constant FINE = 100_000_000;
    uint256 private constant BOND = 1_000_000_000;

    MemberId private _buyer;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _buyer = _registerHouseholds(2);
        _seller = MemberId.wrap(MemberId.unwrap(_buyer) + 1);
        _publishKeys();
    }

    function test_replaceOperator_closesTheGateForNoOrders() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE + 5);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 0, 0, _accountOf(_buyer));
        vm.expectEmit();
        emit IAccounts.Fined(AREA, FINE);
        _replace(_buyer);

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(session.state == ICallAuction.SessionState.GateClosed, "closed");
        vm.assertTrue(session.isReplaced, "replaced");
        vm.assertEq(session.gateClosedAt, GATE_CLOSURE + OPERATOR_DEADLINE + 5, "now");
        vm.assertEq(accounts.bondOf(AREA), BOND - FINE, "out of the bond");
        vm.assertEq(accounts.fundOf(AREA), FINE, "into the fund");
        vm.assertEq(accounts.balanceOf(_buyer), DEPOSIT, "nothing for who replaced it");
        vm.prank(STRANGER);
        _clear(_noTrade(), "");
        vm.assertTrue(auction.sessionOf(AREA, FIRST_PERIOD).isReplaced, "still");
    }

    function test_replaceOperator_takesOutWhatTheOperatorClosedWith() public {
        bytes memory orders = _orders();
        _close(orders);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 0, 0, _accountOf(_seller));
        _replace(_seller);

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertEq(session.orderCount, 0, "no orders");
        vm.assertEq(session.ordersHash, bytes32(0), "no hash");
        vm.assertEq(session.gateClosedAt, GATE_CLOSURE, "when it was closed");
        vm.assertEq(accounts.bondOf(AREA), BOND - FINE, "fined");
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, orders.length));
        _clear(_truth(), orders);
        _clear(_noTrade(), "");
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "nothing is traded");
    }

    function test_replaceOperator_isFinal() public {
        _close(_orders());
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        _replace(_buyer);
        bytes32 orders = _chainOf(_orders());
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateAlreadyClosed.selector));
        auction.closeGate(AREA, FIRST_PERIOD, 2, orders);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_sessionError(ICallAuction.CallAuctionNothingWithheld.selector));
            _replace(_seller);
            vm.warp(block.timestamp + OPERATOR_DEADLINE);
        }
        vm.assertEq(accounts.bondOf(AREA), BOND - FINE, "fined once");
    }

    function test_replaceOperator_revertsTheSecondTimeWhereTheGateWasOpen() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        _replace(_buyer);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionNothingWithheld.selector));
        _replace(_buyer);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateAlreadyClosed.selector));
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
    }

    function test_replaceOperator_revertsWhereTheOperatorClosedWithNoOrders() public {
        _close("");
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionNothingWithheld.selector));
        _replace(_buyer);
        _clear(_noTrade(), "");
    }

    function test_replaceOperator_revertsBeforeTheDeadline() public {
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE - 1);
        vm.expectRevert(_inTime(GATE_CLOSURE + OPERATOR_DEADLINE));
        _replace(_buyer);
        // Who closes late has the same time to clear.
        bytes32 orders = _chainOf(_orders());
        auction.closeGate(AREA, FIRST_PERIOD, 2, orders);
        uint256 deadline = GATE_CLOSURE + 2 * OPERATOR_DEADLINE - 1;
        vm.warp(deadline - 1);
        vm.expectRevert(_inTime(deadline));
        _replace(_buyer);
        vm.warp(deadline);
        _replace(_buyer);
        vm.assertTrue(auction.sessionOf(AREA, FIRST_PERIOD).isReplaced, "replaced");
    }

    function test_replaceOperator_revertsForStrangersDelegatesAndInactiveMembers() public {
        vm.prank(_accountOf(_buyer));
        members.delegateTrading(
            _buyer,
            IMemberRegistry.Delegation(
                vm.addr(88),
                3,
                QUANTITY_LIMIT,
                Price.wrap(0),
                Price.wrap(0),
                type(uint32).max
            )
        );
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        members.deactivateMember(_seller);
        address[4] memory callers = [STRANGER, _accountOf(_seller), _accountOf(_seller), vm.addr(88)];
        MemberId[4] memory memberIds = [_buyer, _buyer, _seller, _buyer];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(_notTheMember(memberIds[i], callers[i]));
            vm.prank(callers[i]);
            auction.replaceOperator(memberIds[i], AREA, FIRST_PERIOD);
        }
        vm.expectRevert(_notTheMember(_buyer, _accountOf(_buyer)));
        vm.prank(_accountOf(_buyer));
        auction.replaceOperator(_buyer, OTHER_AREA, FIRST_PERIOD);
    }

    function test_replaceOperator_revertsWhenCleared() public {
        bytes memory orders = _orders();
        _close(orders);
        _clear(_truth(), orders);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionAlreadyCleared.selector));
        _replace(_buyer);
    }

    function test_replaceOperator_finesWhatTheBondHolds() public {
        MemberId other = _register(OTHER_AREA, IMemberRegistry.Kind.Household, 70);
        _payBond(OTHER_AREA, FINE - 1);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.prank(vm.addr(70));
        auction.replaceOperator(other, OTHER_AREA, FIRST_PERIOD);
        vm.assertEq(accounts.bondOf(OTHER_AREA), 0, "all there was");
        vm.assertEq(accounts.fundOf(OTHER_AREA), FINE - 1, "into the fund");
    }

    function test_replaceOperator_whereTheGateWasOpenOpensCommittedOrders() public {
        ICallAuction.Order memory bid = _bid(_buyer, 1_000, 200_000);
        ICallAuction.Order memory offer = _offer(_seller, 600, 100_000);
        bytes memory bidSignature = _commit(bid);
        bytes memory offerSignature = _commit(offer);
        uint256 closed = GATE_CLOSURE + OPERATOR_DEADLINE + 100;
        vm.warp(closed);
        _replace(_buyer);
        vm.assertEq(auction.openingEndOf(AREA, FIRST_PERIOD), closed + 60, "a minute");
        auction.openOrder(bid, 0, 0, bidSignature);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOpening.selector,
                FIRST_PERIOD,
                closed + 60,
                closed
            )
        );
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", _termsOf(bid, 0));
        vm.warp(closed + 60);
        auction.openOrder(offer, 1, 0, offerSignature);
        vm.prank(STRANGER);
        auction.clear(AREA, FIRST_PERIOD, _truth(), "", bytes.concat(_termsOf(bid, 0), _termsOf(offer, 1)));
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 600, "both count");
    }

    /// @dev Once an order was opened, who waited with its own knows more than the other did.
    function test_replaceOperator_whereTheGateWasClosedOpensNothingAnew() public {
        ICallAuction.Order memory bid = _bid(_buyer, 1_000, 200_000);
        ICallAuction.Order memory offer = _offer(_seller, 600, 100_000);
        bytes memory bidSignature = _commit(bid);
        bytes memory offerSignature = _commit(offer);
        _close(_orders());
        auction.openOrder(bid, 0, 0, bidSignature);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        _replace(_seller);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOpeningOver.selector,
                FIRST_PERIOD,
                GATE_CLOSURE + 60,
                GATE_CLOSURE + OPERATOR_DEADLINE
            )
        );
        auction.openOrder(offer, 1, 0, offerSignature);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", _termsOf(bid, 0));
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "the bid alone");
    }

    function _commit(ICallAuction.Order memory order) private returns (bytes memory signature) {
        signature = _signatureOf(order, _keyOf(order.trader));
        auction.commitOrder(
            AREA,
            FIRST_PERIOD,
            order.trader,
            0,
            keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)))
        );
    }

    function _replace(MemberId memberId) private {
        vm.prank(_accountOf(memberId));
        auction.replaceOperator(memberId, AREA, FIRST_PERIOD);
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

    function _notTheMember(MemberId memberId, address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotTheMember.selector, memberId, caller);
    }

    function _sessionError(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, AREA, FIRST_PERIOD);
    }
}
