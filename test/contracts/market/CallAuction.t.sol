// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {DeliveryPeriod, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {vm} from "../Vm.sol";
import {Session} from "./Session.sol";

// Given an open session
//   when gate closure has come, the operator commits its orders, once; nobody else, nor before, nor without a bond
//   when there are too many, or the hash does not fit their number, it is refused
//   it cannot be cleared
// Given committed orders
//   when the claim is the rule's, anyone clears the session, once, and fills are published
//   when the claim is one tick, one Wh or one order away, it is refused
//   when there are no orders, or nothing crosses, it is cleared without a trade
//   when there are more or fewer orders than were committed, or others, it is refused
contract CallAuctionTest is Session {
    MemberId private _buyer;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _buyer = _registerHouseholds(2);
        _seller = MemberId.wrap(MemberId.unwrap(_buyer) + 1);
        _publishKeys();
    }

    function test_closeGate_commitsOrdersAtGateClosure() public {
        vm.warp(GATE_CLOSURE);
        vm.expectEmit();
        emit ICallAuction.GateClosed(AREA, FIRST_PERIOD, 3, bytes32(uint256(7)), address(this));
        auction.closeGate(AREA, FIRST_PERIOD, 3, bytes32(uint256(7)));

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(session.state == ICallAuction.SessionState.GateClosed, "closed");
        vm.assertEq(session.gateClosedAt, GATE_CLOSURE, "at gate closure");
        vm.assertEq(session.orderCount, 3, "orders");
        vm.assertEq(session.ordersHash, bytes32(uint256(7)), "hash");
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
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
    }

    function test_closeGate_revertsTwice() public {
        _close("");
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateAlreadyClosed.selector));
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
        _clear(_noTrade(), "");
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateAlreadyClosed.selector));
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
    }

    function test_closeGate_revertsForAnybodyElse() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(_roleMissing(STRANGER, Role.MarketOperator, AREA));
        vm.prank(STRANGER);
        auction.closeGate(AREA, FIRST_PERIOD, 0, 0);
    }

    function test_closeGate_revertsWithoutABond() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccounts.AccountsBondTooSmall.selector,
                OTHER_AREA,
                uint256(0),
                uint256(1_000_000_000)
            )
        );
        auction.closeGate(OTHER_AREA, FIRST_PERIOD, 0, 0);
    }

    function test_closeGate_revertsForAPeriodThatIsNotTraded() public {
        vm.warp(GATE_CLOSURE + 1 days);
        (bool isDone, ) = address(auction).call(
            abi.encodeCall(
                ICallAuction.closeGate,
                (AREA, DeliveryPeriod.wrap(DeliveryPeriod.unwrap(LAST_PERIOD) + 1), 0, 0)
            )
        );
        vm.assertFalse(isDone, "not traded");
    }

    function test_closeGate_revertsForMoreThan4000Orders() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionTooManyOrders.selector,
                uint256(4_001),
                uint256(4_000)
            )
        );
        auction.closeGate(AREA, FIRST_PERIOD, 4_001, bytes32(uint256(1)));
        auction.closeGate(AREA, FIRST_PERIOD, 4_000, bytes32(uint256(1)));
    }

    function test_closeGate_revertsWhereTheHashDoesNotFitTheNumber() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionInvalidCommitment.selector,
                uint32(0),
                bytes32(uint256(1))
            )
        );
        auction.closeGate(AREA, FIRST_PERIOD, 0, bytes32(uint256(1)));
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionInvalidCommitment.selector, uint32(1), bytes32(0))
        );
        auction.closeGate(AREA, FIRST_PERIOD, 1, 0);
    }

    function test_clear_publishesPriceVolumeAndFillsForAnyone() public {
        bytes memory orders = _orders();
        _close(orders);
        bytes memory fills = bytes.concat(
            _fillOf(_buyer, ICallAuction.Side.Bid, 600),
            _fillOf(_seller, ICallAuction.Side.Offer, 600)
        );
        bytes32 fillsHash = keccak256(abi.encodePacked(bytes32(0), keccak256(fills)));
        vm.expectEmit();
        emit ICallAuction.OrdersCleared(
            AREA,
            FIRST_PERIOD,
            STRANGER,
            keccak256(abi.encode(_truth())),
            0,
            fills
        );
        vm.expectEmit();
        emit ICallAuction.SessionCleared(AREA, FIRST_PERIOD, Price.wrap(200_000), 600, 2, fillsHash);
        vm.prank(STRANGER);
        _clear(_truth(), orders);

        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(session.hasTrade && auction.isCleared(AREA, FIRST_PERIOD), "cleared");
        vm.assertEq(session.volume, 600, "volume");
        vm.assertEq(Price.unwrap(session.price), int256(200_000), "price");
        vm.assertEq(session.fillsHash, fillsHash, "fills");
        vm.assertTrue(auction.areCleared(AREA, FIRST_PERIOD, 1), "one period");
        vm.assertFalse(auction.areCleared(AREA, FIRST_PERIOD, 2), "not two");
    }

    function test_clear_clearsASessionWithoutOrders() public {
        _close("");
        bytes32 fillsHash = keccak256(abi.encodePacked(bytes32(0), keccak256("")));
        vm.expectEmit();
        emit ICallAuction.SessionCleared(AREA, FIRST_PERIOD, Price.wrap(0), 0, 0, fillsHash);
        _clear(_noTrade(), "");
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "no trade");
    }

    function test_clear_tradesNothingWhereNothingCrosses() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_buyer, 1_000, 100_000)),
            _pack(_offer(_seller, 600, 100_100))
        );
        _close(orders);
        // At 0.1 the sums would be true, and prove no trade.
        _requireRefused(_claim(100_000, 1_000, 0, 0, 0), orders);
        _clear(_noTrade(), orders);
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "no trade");
    }

    function test_clear_refusesThatNothingCrossesWhereSomethingDoes() public {
        bytes memory orders = _orders();
        _close(orders);
        _requireRefused(_noTrade(), orders);
    }

    function test_clear_revertsBeforeTheGateIsClosed() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionGateNotClosed.selector));
        _clear(_noTrade(), "");
    }

    function test_clear_revertsTwice() public {
        _clearEmpty();
        vm.expectRevert(_sessionError(ICallAuction.CallAuctionAlreadyCleared.selector));
        _clear(_noTrade(), "");
    }

    function test_clear_revertsForAnotherNumberOfOrders() public {
        bytes memory orders = _orders();
        _close(orders);
        uint256[3] memory lengths = [uint256(84), 167, 0];
        for (uint256 i = 0; i < lengths.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, lengths[i]));
            _clear(_truth(), _slice(orders, 0, lengths[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, uint256(252)));
        _clear(_truth(), bytes.concat(orders, _slice(orders, 0, 84)));
    }

    function test_clear_revertsForOtherOrders() public {
        bytes memory orders = _orders();
        _close(orders);
        bytes memory others = bytes.concat(
            _pack(_bid(_buyer, 1_000, 200_000)),
            _pack(_offer(_seller, 601, 100_000))
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongOrders.selector,
                _chainOf(orders),
                _chainOf(others)
            )
        );
        _clear(_claim(200_000, 1_000, 0, 601, 601), others);
    }

    /// @dev Between 0.1 and 0.2 every price clears a thousand against a thousand.
    function test_clear_namesTheMidpointOneTickOffIt() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_buyer, 1_000, 200_000)),
            _pack(_offer(_seller, 1_000, 100_000))
        );
        _close(orders);
        for (int24 price = 149_900; price <= 150_100; price += 200) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICallAuction.CallAuctionWrongPrice.selector,
                    Price.wrap(price),
                    Price.wrap(150_000)
                )
            );
            _clear(_claim(price, 1_000, 1_000, 1_000, 1_000), orders);
        }
        _clear(_claim(150_000, 1_000, 1_000, 1_000, 1_000), orders);
    }

    function test_clear_namesTheSumsOneTickOffTheOnlyPrice() public {
        bytes memory orders = _orders();
        _close(orders);
        ICallAuction.ClearingClaim memory claimed = _truth();
        claimed.price = Price.wrap(200_100);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionNotClearing.selector,
                claimed,
                _claim(200_100, 0, 0, 600, 600)
            )
        );
        _clear(claimed, orders);
    }

    function test_clear_revertsOneWhOff() public {
        bytes memory orders = _orders();
        _close(orders);
        _requireRefused(_claim(200_000, 1_001, 0, 600, 600), orders);
        _requireRefused(_claim(200_000, 999, 0, 600, 600), orders);
        _requireRefused(_claim(200_000, 1_000, 1, 600, 600), orders);
        _requireRefused(_claim(200_000, 1_000, 0, 601, 600), orders);
        _requireRefused(_claim(200_000, 1_000, 0, 599, 599), orders);
        _requireRefused(_claim(200_000, 1_000, 0, 600, 601), orders);
        _requireRefused(_claim(200_000, 1_000, 0, 600, 599), orders);
        _requireRefused(_claim(200_000, type(uint64).max, type(uint64).max, 600, 600), orders);
    }

    function test_clear_revertsOneOrderOff() public {
        bytes memory orders = bytes.concat(_orders(), _pack(_offer(_seller, 1, 100_000)));
        // The third has the rank of the second, and is void: it must not be claimed.
        _close(orders);
        _requireRefused(_claim(200_000, 1_000, 0, 601, 601), orders);
        _clear(_truth(), orders);
    }

    function _requireRefused(ICallAuction.ClearingClaim memory claim, bytes memory orders) private {
        (bool isDone, bytes memory reason) = address(auction).call(
            abi.encodeCall(ICallAuction.clear, (AREA, FIRST_PERIOD, claim, orders, ""))
        );
        vm.assertFalse(isDone, "a false claim");
        vm.assertEq(bytes4(reason), ICallAuction.CallAuctionNotClearing.selector, "for its sums");
    }

    function _orders() private view returns (bytes memory) {
        return bytes.concat(_pack(_bid(_buyer, 1_000, 200_000)), _pack(_offer(_seller, 600, 100_000)));
    }

    /// @dev More is wanted than offered: the bid sets the price.
    function _truth() private pure returns (ICallAuction.ClearingClaim memory) {
        return _claim(200_000, 1_000, 0, 600, 600);
    }

    function _sessionError(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, AREA, FIRST_PERIOD);
    }
}
