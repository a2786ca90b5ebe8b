// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReceiptSession} from "./ReceiptSession.sol";

// Given a session whose gate closes in a pause, of its area or of all
//   the operator closes its gate with no orders, and with no others; it clears without trade at once
//   no order is committed on the ledger; what was committed can be withdrawn, does not count and is not opened
//   whoever replaces the operator closes the gate, and nobody is fined; the operator may not come back
//   receipts are worth nothing
// Given a pause that ended before gate closure, or begins with the next second, the session is traded as ever
// Given a pause that ended after gate closure, the session stays paused
contract PausedSessionTest is ReceiptSession {
    function test_closeGate_takesNoOrdersWherePaused() public {
        _pause(AREA);
        bytes memory orders = _pack(_bid(_alice, 100, 200_000));
        bytes32 ordersHash = _chainOf(orders);
        vm.warp(GATE_CLOSURE);
        _expectPaused();
        auction.closeGate(AREA, FIRST_PERIOD, 1, ordersHash);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 0, 0, address(this));
        vm.expectEmit();
        emit ICallAuction.SessionPaused(AREA, FIRST_PERIOD);
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        vm.assertTrue(auction.sessionOf(AREA, FIRST_PERIOD).isPaused, "paused");
        _clear(_noTrade(), "");
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(session.state == ICallAuction.SessionState.Cleared, "cleared");
        vm.assertFalse(session.hasTrade, "without trade");
    }

    function test_clear_leavesOutWhatWasCommittedBeforeThePause() public {
        ICallAuction.Order memory bid = _bid(_alice, 100, 200_000);
        ICallAuction.Order memory offer = _offer(_bob, 100, 100_000);
        _commit(bid, 0);
        _commit(offer, 0);
        _pause(EVERY_AREA);
        _close("");
        vm.assertEq(auction.openingEndOf(AREA, FIRST_PERIOD), 0, "nothing to wait for");
        uint16 entryIndex = _indexOf(_alice);
        bytes memory signature = _signatureOf(bid, _keyOf(_alice));
        _expectPaused();
        auction.openOrder(bid, entryIndex, 0, signature);
        _clear(_noTrade(), "");
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "without trade");
    }

    function test_commitOrder_revertsWherePausedAndLetsWithdraw() public {
        _commit(_bid(_alice, 100, 200_000), 0);
        _pause(AREA);
        _expectPaused();
        auction.commitOrder(AREA, FIRST_PERIOD, _bob, 0, bytes32(uint256(1)));
        vm.prank(_accountOf(_alice));
        auction.commitOrder(AREA, FIRST_PERIOD, _alice, 0, 0);
        vm.assertEq(auction.commitmentOf(AREA, FIRST_PERIOD, _alice, 0), 0, "withdrawn");
        pauses.endPause(AREA, "");
        auction.commitOrder(AREA, FIRST_PERIOD, _bob, 0, bytes32(uint256(1)));
    }

    function test_replaceOperator_finesNobodyWherePaused() public {
        _commit(_bid(_alice, 100, 200_000), 0);
        _pause(AREA);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        uint256 bond = accounts.bondOf(AREA);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 0, 0, _accountOf(_bob));
        vm.expectEmit();
        emit ICallAuction.SessionPaused(AREA, FIRST_PERIOD);
        vm.prank(_accountOf(_bob));
        auction.replaceOperator(_bob, AREA, FIRST_PERIOD);
        vm.assertEq(accounts.bondOf(AREA), bond, "not fined");
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).isReplaced, "nobody was silent");
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionNothingWithheld.selector, AREA, FIRST_PERIOD)
        );
        vm.prank(_accountOf(_bob));
        auction.replaceOperator(_bob, AREA, FIRST_PERIOD);
        _clear(_noTrade(), "");
    }

    function test_proveLeftOut_revertsWherePaused() public {
        _pause(AREA);
        _close("");
        _expectRefused(
            _proofOf(_bid(_alice, 100, 200_000), ""),
            abi.encodeWithSelector(IOrderReceipts.OrderReceiptsPaused.selector, AREA, FIRST_PERIOD)
        );
    }

    function test_session_isTradedWhereThePauseEndedBefore() public {
        _pause(AREA);
        vm.warp(GATE_CLOSURE - 1);
        pauses.endPause(AREA, "");
        _close(_pack(_bid(_alice, 100, 200_000)));
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).isPaused, "traded");
    }

    function test_session_isTradedWhereThePauseBeginsAfter() public {
        vm.warp(GATE_CLOSURE);
        pauses.pause(AREA, uint40(GATE_CLOSURE + 100), "");
        _close(_pack(_bid(_alice, 100, 200_000)));
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).isPaused, "traded");
    }

    function test_session_staysPausedWhereThePauseEndedAfter() public {
        _pause(AREA);
        vm.warp(GATE_CLOSURE);
        pauses.endPause(AREA, "");
        vm.warp(GATE_CLOSURE + 30);
        _expectPaused();
        auction.closeGate(AREA, FIRST_PERIOD, 1, bytes32(uint256(1)));
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        vm.assertTrue(auction.sessionOf(AREA, FIRST_PERIOD).isPaused, "paused");
    }

    function _pause(AreaId area) private {
        pauses.pause(area, uint40(GATE_CLOSURE + 60), "why");
    }

    function _expectPaused() private {
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionPaused.selector, AREA, FIRST_PERIOD));
    }
}
