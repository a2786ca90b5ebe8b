// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {OpenedOrders} from "./OpenedOrders.sol";

// Given the gate is open
//   an order is committed by whoever may (see CommittedOrders.t.sol)
//   a lane holds one commitment, which zero withdraws; there are two lanes
// Given gate closure
//   nobody commits any more
// Given the gate was closed
//   who knows a committed order can open it, for 60 seconds; whoever signed it, an account or a contract
//   an order that breaks a rule is not opened, for each rule with an error of its own
//   clearing waits until every commitment is opened, or the 60 seconds are over
contract ForcedOrdersTest is OpenedOrders {
    uint256 private constant GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function test_commitOrder_hasTwoLanes() public {
        bytes memory failure = abi.encodeWithSelector(ICallAuction.CallAuctionInvalidLane.selector, uint8(2));
        vm.expectRevert(failure);
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 2, bytes32(uint256(1)));
        vm.expectRevert(failure);
        auction.commitmentOf(AREA, FIRST_PERIOD, _first, 2);
    }

    function test_commitOrder_endsAtGateClosure() public {
        vm.warp(GATE_CLOSURE - 1);
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, bytes32(uint256(1)));
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionTooLate.selector,
                FIRST_PERIOD,
                GATE_CLOSURE,
                GATE_CLOSURE
            )
        );
        auction.commitOrder(AREA, FIRST_PERIOD, _first, 0, bytes32(uint256(2)));
    }

    function test_openOrder_acceptsShortAndLongSignaturesFromAnyone() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        ICallAuction.Order memory other = _offer(_first, 1_000, 200_000);
        bytes memory short = _signatureOf(order, _keyOf(_first));
        bytes memory long = _longSignatureOf(other, _keyOf(_first));
        _commit(order, 0, short);
        _commit(other, 1, long);
        _close("");

        vm.expectEmit();
        emit ICallAuction.OrderOpened(
            AREA,
            FIRST_PERIOD,
            _first,
            ICallAuction.Side.Bid,
            bytes20(_termsOf(order, 0))
        );
        vm.prank(STRANGER);
        auction.openOrder(order, 0, 0, short);
        vm.warp(GATE_CLOSURE + 60);
        auction.openOrder(other, 0, 1, long);
        vm.assertEq(
            bytes32(auction.openedOrderOf(AREA, FIRST_PERIOD, _first, ICallAuction.Side.Offer)),
            bytes32(bytes20(_termsOf(other, 0))),
            "terms"
        );
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedOrders, 2, "both stand");
    }

    function test_openOrder_acceptsWhatAContractAccountSigned() public {
        ICallAuction.Order memory order = _bid(_walletMember, 1_000, 200_000);
        _commit(order, 0, _longSignatureOf(order, OWNER_KEY));
        _close(_pack(_offer(_first, 700, 100_000)));
        auction.openOrder(order, 4, 0, _longSignatureOf(order, OWNER_KEY));
        auction.clear(
            AREA,
            FIRST_PERIOD,
            _claim(200_000, 1_000, 0, 700, 700),
            _pack(_offer(_first, 700, 100_000)),
            _termsOf(order, 4)
        );
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 700, "traded");
    }

    function test_openOrder_refusesWhatAContractAccountDoesNotSign() public {
        ICallAuction.Order memory order = _bid(_walletMember, 1_000, 200_000);
        bytes memory signature = _longSignatureOf(order, OWNER_KEY);
        _commit(order, 0, signature);
        _close("");
        _wallet.lock();
        vm.expectRevert(_invalidSignature(_walletMember));
        auction.openOrder(order, 4, 0, signature);
    }

    function test_openOrder_refusesFalseSignatures() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(_first), _digestOf(order));
        bytes32 upper = bytes32(GROUP_ORDER - uint256(s));
        _requireRefused(order, 0, abi.encodePacked(r, upper, 55 - v), _invalidSignature(_first));
        _requireRefused(order, 0, abi.encodePacked(r, s, 55 - v), _invalidSignature(_first));
        // The short form, with the wrong parity.
        bytes32 parityAndS = bytes32(uint256(s) | (uint256(28 - v) << 255));
        _requireRefused(order, 0, abi.encodePacked(r, parityAndS), _invalidSignature(_first));
        _requireRefused(order, 0, abi.encodePacked(r, s, v, v), _invalidSignature(_first));
        _requireRefused(order, 0, "", _invalidSignature(_first));
        _requireRefused(order, 0, _signatureOf(order, 0xbad), _invalidSignature(_first));
        _requireRefused(order, 0, _longSignatureOf(order, 0xbad), _invalidSignature(_first));
    }

    function test_openOrder_refusesOtherProducts() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        order.product = 1;
        _requireRefused(order, 0, _unknownProduct(order));
        order.product = 0;
        order.terms = bytes32(uint256(1));
        _requireRefused(order, 0, _unknownProduct(order));
    }

    function test_openOrder_refusesOtherEntries() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        // The second's, and one that does not exist.
        for (uint16 index = 1; index < 6; index += 4) {
            _requireRefused(
                order,
                index,
                abi.encodeWithSelector(ICallAuction.CallAuctionUnknownEntry.selector, uint256(index), _first)
            );
        }
    }

    function test_openOrder_refusesPricesThatAreNone() public {
        int24[3] memory limits = [int24(200_001), 4_000_100, -500_100];
        for (uint256 i = 0; i < limits.length; ++i) {
            ICallAuction.Order memory order = _bid(_first, 1_000, limits[i]);
            _requireRefused(
                order,
                0,
                abi.encodeWithSelector(ICallAuction.CallAuctionInvalidPrice.selector, order.limitPrice)
            );
        }
    }

    function test_openOrder_refusesMoreThanTheLimit() public {
        _requireRefused(_bid(_first, 10_001, 100), 0, _overLimit(_first, 10_001, 10_000));
        _requireRefused(_bid(_first, 2 ** 31, 100), 0, _overLimit(_first, 2 ** 31, 10_000));
        _requireRefused(_offer(_second, 601, 100), 2, _overLimit(_second, 601, 600));
    }

    function test_openOrder_refusesWhatIsOutsideTheDelegation() public {
        bytes memory failure = abi.encodeWithSelector(
            ICallAuction.CallAuctionOutsideDelegation.selector,
            _second,
            vm.addr(DELEGATED_KEY)
        );
        _requireRefused(_bid(_second, 1, 100), 2, failure);
        _requireRefused(_offer(_second, 1, -100), 2, failure);
        _requireRefused(_offer(_second, 1, 250_100), 2, failure);
    }

    function test_openOrder_refusesWhatExpiresBeforeGateClosure() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        order.expiry = uint32(GATE_CLOSURE - 1);
        _requireRefused(
            order,
            0,
            abi.encodeWithSelector(ICallAuction.CallAuctionExpired.selector, order.expiry, GATE_CLOSURE)
        );
    }

    function test_openOrder_refusesAKeyRevokedAtGateClosure() public {
        vm.warp(GATE_CLOSURE);
        members.deactivateMember(_first);
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _keyOf(_first));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionKeyRevoked.selector,
                _first,
                _accountOf(_first),
                uint32(GATE_CLOSURE)
            )
        );
        auction.requireValidOrder(order, 0, signature);
    }

    function test_openOrder_acceptsAKeyRevokedAfterGateClosure() public {
        ICallAuction.Order memory order = _offer(_second, 600, 250_000);
        bytes memory signature = _signatureOf(order, DELEGATED_KEY);
        _commit(order, 0, signature);
        _close("");
        vm.warp(GATE_CLOSURE + 1);
        vm.prank(_accountOf(_second));
        members.revokeDelegation(_second);
        auction.openOrder(order, 2, 0, signature);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedOpened, 1, "opened");
    }

    function test_openOrder_refusesMoreThanTheAllowance() public {
        _requireRefused(
            _bid(_first, 2_501, 4_000_000),
            0,
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOverAllowance.selector,
                _first,
                uint256(10_004_000),
                ALLOWANCE
            )
        );
        ICallAuction.Order memory order = _bid(_first, 2_500, 4_000_000);
        vm.assertEq(
            auction.requireValidOrder(order, 0, _signatureOf(order, _keyOf(_first))),
            _digestOf(order),
            "to the full"
        );
    }

    function test_openOrder_refusesWhatWasNotCommittedInTheLane() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _keyOf(_first));
        _commit(order, 0, signature);
        _close("");
        for (uint8 lane = 1; lane < 4; ++lane) {
            vm.expectRevert(_notCommitted(_first, lane));
            auction.openOrder(order, 0, lane, signature);
        }
        // The same order with the signature written otherwise is not what was committed.
        bytes memory long = _longSignatureOf(order, _keyOf(_first));
        vm.expectRevert(_notCommitted(_first, 0));
        auction.openOrder(order, 0, 0, long);
        auction.openOrder(order, 0, 0, signature);
        vm.expectRevert(_notCommitted(_first, 0));
        auction.openOrder(order, 0, 0, signature);
    }

    function test_openOrder_isForAMinuteAfterTheGateWasClosed() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _keyOf(_first));
        _commit(order, 0, signature);
        vm.warp(GATE_CLOSURE + 20);
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionGateNotClosed.selector, AREA, FIRST_PERIOD)
        );
        auction.openOrder(order, 0, 0, signature);
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        vm.warp(GATE_CLOSURE + 81);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOpeningOver.selector,
                FIRST_PERIOD,
                GATE_CLOSURE + 80,
                GATE_CLOSURE + 81
            )
        );
        auction.openOrder(order, 0, 0, signature);
        _clear(_noTrade(), "");
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionAlreadyCleared.selector, AREA, FIRST_PERIOD)
        );
        auction.openOrder(order, 0, 0, signature);
    }

    function test_clear_waitsForTheOpening() public {
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _keyOf(_first));
        _commit(order, 0, signature);
        auction.commitOrder(AREA, FIRST_PERIOD, _third, 0, bytes32(uint256(1)));
        vm.assertEq(auction.openingEndOf(AREA, FIRST_PERIOD), 0, "not while the gate is open");
        _close("");
        auction.openOrder(order, 0, 0, signature);
        vm.assertEq(auction.openingEndOf(AREA, FIRST_PERIOD), GATE_CLOSURE + 60, "the third's is not opened");
        vm.warp(GATE_CLOSURE + 60);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOpening.selector,
                FIRST_PERIOD,
                GATE_CLOSURE + 60,
                GATE_CLOSURE + 60
            )
        );
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", _termsOf(order, 0));
        vm.warp(GATE_CLOSURE + 61);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", _termsOf(order, 0));
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    /// @dev Entry 2 is the second's delegated key.
    function _requireRefused(
        ICallAuction.Order memory order,
        uint16 entryIndex,
        bytes memory failure
    ) private {
        uint256 key = entryIndex == 2 ? DELEGATED_KEY : _keyOf(order.trader);
        _requireRefused(order, entryIndex, _signatureOf(order, key), failure);
    }

    /// @dev Committed and opened in a session of its own, which is forgotten.
    function _requireRefused(
        ICallAuction.Order memory order,
        uint16 entryIndex,
        bytes memory signature,
        bytes memory failure
    ) private {
        uint256 snapshot = vm.snapshotState();
        _commit(order, 0, signature);
        _close("");
        vm.expectRevert(failure);
        auction.openOrder(order, entryIndex, 0, signature);
        vm.revertToState(snapshot);
    }

    function _invalidSignature(MemberId memberId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionInvalidSignature.selector, memberId);
    }

    function _notCommitted(MemberId memberId, uint8 lane) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotCommitted.selector, memberId, lane);
    }

    function _unknownProduct(ICallAuction.Order memory order) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ICallAuction.CallAuctionUnknownProduct.selector,
                order.product,
                order.terms
            );
    }

    function _overLimit(
        MemberId memberId,
        uint32 quantity,
        uint32 limit
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionOverLimit.selector, memberId, quantity, limit);
    }
}
