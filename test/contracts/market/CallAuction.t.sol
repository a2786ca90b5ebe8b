// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {DeliveryPeriod, EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// closeGate
//   given no role of market operator, it reverts
//   given a period that is not traded, it reverts
//   given a time before gate closure, it reverts; at gate closure it commits count and hash
//   given a gate that is closed, it reverts
//   given more orders than one transaction can clear, it reverts
// clear
//   given an open gate, other orders than those committed, another count, or a session that is cleared, it reverts
//   given an order that is out of sequence, a second of its member and side, of no side, for nothing, off tick, out of
//     the price range, over its member's limit, it reverts with the order's position
//   given an order of nobody, of another area's member, of a member without a trading key, or of one deactivated by gate
//     closure, it reverts; of one deactivated later, it clears
//   given a signature by another key, for other terms, for another period, or with s in the upper half, it reverts
//   given a price one tick off, a sum one Wh off, or orders less one, it reverts
//   given the truth, anybody's call stores price and volume and publishes every fill
contract CallAuctionTest is Neighbourhood {
    MemberId private _alice;
    MemberId private _bob;

    function setUp() public override {
        super.setUp();
        _alice = _registerHousehold();
        _bob = _registerHousehold();
    }

    function test_closeGate_commitsOrdersAtGateClosure() public {
        vm.warp(GATE_CLOSURE);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 3, bytes32("orders"));
        auction.closeGate(AREA, FIRST_PERIOD, 3, "orders");

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(session.state == ICallAuction.SessionState.GateClosed, "state");
        vm.assertEq(session.gateClosedAt, GATE_CLOSURE, "time");
        vm.assertEq(session.orderCount, 3, "count");
        vm.assertEq(session.ordersHash, "orders", "hash");
        vm.assertFalse(auction.isCleared(AREA, FIRST_PERIOD), "not cleared");
    }

    function test_closeGate_revertsBeforeGateClosure() public {
        vm.warp(GATE_CLOSURE - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionGateOpen.selector,
                FIRST_PERIOD,
                GATE_CLOSURE,
                GATE_CLOSURE - 1
            )
        );
        auction.closeGate(AREA, FIRST_PERIOD, 0, keccak256(""));
    }

    function test_closeGate_revertsTwice() public {
        _close("");
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionGateAlreadyClosed.selector, AREA, FIRST_PERIOD)
        );
        auction.closeGate(AREA, FIRST_PERIOD, 0, keccak256(""));
    }

    function test_closeGate_revertsForAnybodyElse() public {
        vm.warp(GATE_CLOSURE);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        auction.closeGate(AREA, FIRST_PERIOD, 0, keccak256(""));
    }

    function test_closeGate_revertsForAPeriodThatIsNotTraded() public {
        DeliveryPeriod after_ = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(LAST_PERIOD) + 1);
        vm.warp(START + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IAreaRegistry.AreaRegistryPeriodNotTraded.selector, AREA, after_)
        );
        auction.closeGate(AREA, after_, 0, keccak256(""));
    }

    function test_closeGate_revertsForMoreOrdersThanOneTransactionClears() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionTooManyOrders.selector, 2_001, 2_000));
        auction.closeGate(AREA, FIRST_PERIOD, 2_001, keccak256(""));
        auction.closeGate(AREA, FIRST_PERIOD, 2_000, keccak256(""));
    }

    function test_clear_publishesPriceVolumeAndFills() public {
        bytes memory orders = _crossingOrders();
        _close(orders);
        bytes memory fills = abi.encodePacked(_alice, uint8(0), uint32(60), _bob, uint8(1), uint32(60));
        vm.expectEmit();
        emit ICallAuction.SessionCleared(AREA, FIRST_PERIOD, Price.wrap(200_000), 60, 2, fills);
        vm.prank(STRANGER);
        auction.clear(AREA, FIRST_PERIOD, _crossingClaim(), orders);

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD) && session.hasTrade, "cleared with a trade");
        vm.assertEq(Price.unwrap(session.price), int256(200_000), "price");
        vm.assertEq(session.volume, 60, "volume");
    }

    function test_clear_clearsASessionWithoutOrders() public {
        _clearEmpty();
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(
            session.state == ICallAuction.SessionState.Cleared && !session.hasTrade,
            "cleared, no trade"
        );
    }

    function test_clear_publishesZeroFillsWhereNothingCrosses() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_alice, 60, 100_000)),
            _pack(_offer(_bob, 70, 100_100))
        );
        _close(orders);
        bytes memory fills = abi.encodePacked(_alice, uint8(0), uint32(0), _bob, uint8(1), uint32(0));
        vm.expectEmit();
        emit ICallAuction.SessionCleared(AREA, FIRST_PERIOD, Price.wrap(0), 0, 2, fills);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders);
    }

    function test_clear_takesABidAndAnOfferOfOneMember() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_alice, 60, 100_000)),
            _pack(_offer(_alice, 70, 300_000))
        );
        _close(orders);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_clear_revertsBeforeTheGateIsClosed() public {
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionGateNotClosed.selector, AREA, FIRST_PERIOD)
        );
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "");
    }

    function test_clear_revertsTwice() public {
        _clearEmpty();
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionAlreadyCleared.selector, AREA, FIRST_PERIOD)
        );
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "");
    }

    function test_clear_revertsWithoutOneOfTheCommittedOrders() public {
        bytes memory orders = _crossingOrders();
        bytes memory fewer = _pack(_bid(_alice, 100, 300_000));
        _close(orders);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongOrders.selector,
                keccak256(orders),
                keccak256(fewer)
            )
        );
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), fewer);
    }

    function test_clear_revertsWhereTheCommittedCountIsAnother() public {
        bytes memory orders = _crossingOrders();
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, 1, keccak256(orders));
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, 166));
        auction.clear(AREA, FIRST_PERIOD, _crossingClaim(), orders);
    }

    function test_clear_revertsOneTickOff() public {
        bytes memory orders = _crossingOrders();
        _close(orders);
        ICallAuction.ClearingClaim memory above = _claim(200_100, 60, 60, 100, 100);
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionNotClearing.selector, above, above));
        auction.clear(AREA, FIRST_PERIOD, above, orders);
        ICallAuction.ClearingClaim memory below = _claim(199_900, 60, 60, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionNotClearing.selector, below, below));
        auction.clear(AREA, FIRST_PERIOD, below, orders);
    }

    function test_clear_revertsOneTickOffTheMidpoint() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_alice, 60, 300_000)),
            _pack(_offer(_bob, 60, 200_000))
        );
        _close(orders);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongPrice.selector,
                Price.wrap(250_100),
                Price.wrap(250_000)
            )
        );
        auction.clear(AREA, FIRST_PERIOD, _claim(250_100, 60, 60, 60, 60), orders);
        auction.clear(AREA, FIRST_PERIOD, _claim(250_000, 60, 60, 60, 60), orders);
    }

    function test_clear_revertsOneWhOff() public {
        bytes memory orders = _crossingOrders();
        _close(orders);
        ICallAuction.ClearingClaim memory claim = _crossingClaim();
        ++claim.bidsAtOrAbove;
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionNotClearing.selector, claim, _crossingClaim())
        );
        auction.clear(AREA, FIRST_PERIOD, claim, orders);
    }

    function test_clear_revertsOutOfSequence() public {
        bytes memory orders = bytes.concat(_pack(_offer(_bob, 1, 0)), _pack(_bid(_alice, 1, 0)));
        _expectRefusal(orders, abi.encodeWithSelector(ICallAuction.CallAuctionNotAscending.selector, 1));
    }

    function test_clear_revertsForAnOfferBeforeTheSameMembersBid() public {
        bytes memory orders = bytes.concat(_pack(_offer(_alice, 1, 0)), _pack(_bid(_alice, 1, 0)));
        _expectRefusal(orders, abi.encodeWithSelector(ICallAuction.CallAuctionNotAscending.selector, 1));
    }

    function test_clear_revertsForTheSameOrderTwice() public {
        bytes memory order = _pack(_bid(_alice, 1, 0));
        _expectRefusal(
            bytes.concat(order, order),
            abi.encodeWithSelector(ICallAuction.CallAuctionNotAscending.selector, 1)
        );
    }

    function test_clear_revertsForNoSide() public {
        bytes memory order = _pack(_offer(_alice, 1, 0));
        order[3] = 0x02;
        _expectRefusal(order, abi.encodeWithSelector(ICallAuction.CallAuctionInvalidSide.selector, 0));
    }

    function test_clear_revertsForNoQuantity() public {
        bytes memory orders = bytes.concat(_pack(_bid(_alice, 1, 0)), _pack(_offer(_bob, 0, 0)));
        _expectRefusal(orders, abi.encodeWithSelector(ICallAuction.CallAuctionZeroQuantity.selector, 1));
    }

    function test_clear_revertsOverTheLimit() public {
        _expectRefusal(
            _pack(_bid(_alice, 10_001, 0)),
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOverLimit.selector,
                0,
                EnergyWh.wrap(10_001),
                EnergyWh.wrap(10_000)
            )
        );
    }

    function test_clear_acceptsAnOrderAtTheLimit() public {
        bytes memory orders = _pack(_bid(_alice, 10_000, -500_000));
        _close(orders);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders);
    }

    function test_clear_revertsForPricesThatAreNone() public {
        int24[4] memory wrong = [int24(50), -500_100, 4_000_100, -1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            DeliveryPeriod period = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + uint32(i));
            bytes memory orders = _packAs(_bid(_alice, 1, wrong[i]), period, _keyOf(_alice));
            vm.warp(START + 1 days);
            auction.closeGate(AREA, period, 1, keccak256(orders));
            vm.expectRevert(
                abi.encodeWithSelector(ICallAuction.CallAuctionInvalidPrice.selector, 0, Price.wrap(wrong[i]))
            );
            auction.clear(AREA, period, _noTrade(), orders);
        }
    }

    function test_clear_revertsForMemberZero() public {
        _expectNoMember(_packAs(_bid(MemberId.wrap(0), 1, 0), FIRST_PERIOD, 1), MemberId.wrap(0));
    }

    function test_clear_revertsForAMemberThatWasNeverRegistered() public {
        _expectNoMember(_packAs(_bid(MemberId.wrap(99), 1, 0), FIRST_PERIOD, 1), MemberId.wrap(99));
    }

    function test_clear_revertsForAMemberThatDoesNotTrade() public {
        _expectNoMember(_packAs(_bid(SUPPLIER_ID, 1, 0), FIRST_PERIOD, 1), SUPPLIER_ID);
    }

    function test_clear_revertsForAMemberOfAnotherArea() public {
        MemberId other = _register(OTHER_AREA, IMemberRegistry.Kind.Household, 77);
        _expectNoMember(_packAs(_bid(other, 1, 0), FIRST_PERIOD, 77), other);
    }

    function test_clear_revertsForAMemberDeactivatedAtGateClosure() public {
        vm.warp(GATE_CLOSURE);
        members.deactivateMember(_bob);
        _expectRefusal(
            _crossingOrders(),
            abi.encodeWithSelector(ICallAuction.CallAuctionNotAMember.selector, 1, _bob)
        );
    }

    function test_clear_takesOrdersOfAMemberDeactivatedAfterGateClosure() public {
        bytes memory orders = _crossingOrders();
        vm.warp(GATE_CLOSURE + 1);
        members.deactivateMember(_bob);
        auction.closeGate(AREA, FIRST_PERIOD, 2, keccak256(orders));
        auction.clear(AREA, FIRST_PERIOD, _crossingClaim(), orders);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_clear_revertsForAnothersSignature() public {
        _expectBadSignature(_packAs(_bid(_alice, 1, 0), FIRST_PERIOD, _keyOf(_bob)));
    }

    function test_clear_revertsForTheSignatureOfAnotherPeriod() public {
        _expectBadSignature(_packAs(_bid(_alice, 1, 0), LAST_PERIOD, _keyOf(_alice)));
    }

    function test_clear_revertsForTermsThatWereNotSigned() public {
        bytes memory orders = _pack(_bid(_alice, 1, 0));
        orders[7] = 0x02;
        _expectBadSignature(orders);
    }

    function test_clear_revertsForAnUpperHalfS() public {
        bytes memory orders = _pack(_bid(_alice, 1, 0));
        for (uint256 i = 51; i < 83; ++i) {
            orders[i] = i == 51 ? bytes1(0x7f) : bytes1(0xff);
        }
        _expectBadSignature(orders);
    }

    function testFuzz_clear_refusesAnyChangedByteOfAnOrder(uint256 position, uint8 change) public {
        vm.assume(change != 0);
        bytes memory orders = _pack(_bid(_alice, 100, 300_000));
        position = position % orders.length;
        orders[position] = bytes1(uint8(orders[position]) ^ change);
        _close(orders);
        try auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders) {
            revert("a changed order was accepted");
        } catch {}
    }

    function test_gas_clear_100Orders() public {
        _clearMany(100);
        vm.snapshotGasLastCall("clear, 100 orders");
    }

    function _clearMany(uint256 count) private {
        MemberId first = _registerHouseholds(count);
        bytes memory orders = "";
        for (uint24 i = 0; i < count; ++i) {
            MemberId memberId = MemberId.wrap(MemberId.unwrap(first) + i);
            orders = bytes.concat(
                orders,
                _pack(i % 2 == 0 ? _bid(memberId, 1_000, 200_000) : _offer(memberId, 999, 100_000))
            );
        }
        _close(orders);
        uint64 half = uint64(count / 2);
        auction.clear(AREA, FIRST_PERIOD, _claim(200_000, half * 1_000, 0, half * 999, half * 999), orders);
    }

    /// @dev 60 Wh bid up to 30 ct/kWh meet 100 Wh offered from 20 ct/kWh, which sets the price.
    function _crossingOrders() private view returns (bytes memory) {
        return bytes.concat(_pack(_bid(_alice, 60, 300_000)), _pack(_offer(_bob, 100, 200_000)));
    }

    function _crossingClaim() private pure returns (ICallAuction.ClearingClaim memory) {
        return _claim(200_000, 60, 60, 100, 0);
    }

    function _expectBadSignature(bytes memory orders) private {
        _expectRefusal(
            orders,
            abi.encodeWithSelector(ICallAuction.CallAuctionInvalidSignature.selector, 0, _alice)
        );
    }

    function _expectNoMember(bytes memory orders, MemberId memberId) private {
        _expectRefusal(
            orders,
            abi.encodeWithSelector(ICallAuction.CallAuctionNotAMember.selector, 0, memberId)
        );
    }

    function _expectRefusal(bytes memory orders, bytes memory error_) private {
        _close(orders);
        vm.expectRevert(error_);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders);
    }

    function _keyOf(MemberId memberId) private pure returns (uint256) {
        return 1_000 + MemberId.unwrap(memberId);
    }
}
