// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {OpenedOrders} from "./OpenedOrders.sol";

// Given opened orders
//   of two of a side the greater salt stands, of equals the first
//   none can be left out, doubled, exchanged or moved, not even one whose terms are all zero
// Given orders of the operator and opened ones
//   of the same member and side the greater salt counts, at a tie the opened one; one for nothing cancels
//   an opened bid and an offer of the operator add up, and the offer beyond the allowance does not count
//   any of them clear as the reference does
contract MergedOrdersTest is OpenedOrders {
    function test_openedOrders_theGreaterSaltStandsAndOfEqualsTheFirst() public {
        ICallAuction.Order memory low = _order(_first, ICallAuction.Side.Bid, 100, 200_000, 5);
        ICallAuction.Order memory high = _order(_first, ICallAuction.Side.Bid, 200, 200_000, 6);
        ICallAuction.Order memory one = _order(_third, ICallAuction.Side.Bid, 300, 200_000, 5);
        ICallAuction.Order memory two = _order(_third, ICallAuction.Side.Bid, 400, 200_000, 5);
        _commit(high, 0);
        _commit(low, 1);
        _commit(one, 0);
        _commit(two, 1);
        _close("");
        _open(high, 0);
        _open(low, 1);
        _open(one, 0);
        _open(two, 1);
        bytes memory forced = bytes.concat(_termsOf(high, 0), _termsOf(one, 3));
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", forced);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedOpened, 4, "all are opened");
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedOrders, 2, "two stand");
    }

    function test_clear_refusesOpenedOrdersThatAreLeftOutDoubledExchangedOrUnsorted() public {
        ICallAuction.Order memory one = _bid(_first, 1_000, 200_000);
        ICallAuction.Order memory two = _offer(_third, 1_000, 100_000);
        _commit(one, 0);
        _commit(two, 0);
        _close("");
        _open(one, 0);
        _open(two, 0);
        bytes memory first = _termsOf(one, 0);
        bytes memory second = _termsOf(two, 3);
        _requireForcedRefused("", _missing(0, 2));
        _requireForcedRefused(second, _missing(1, 2));
        _requireForcedRefused(bytes.concat(second, first), _notAscending(1));
        _requireForcedRefused(bytes.concat(first, first, second), _notAscending(1));
        bytes memory other = _termsOf(_bid(_first, 999, 200_000), 0);
        _requireForcedRefused(bytes.concat(other, second), _notOpened(0));
        other = _termsOf(_bid(_second, 1, 200_000), 1);
        _requireForcedRefused(bytes.concat(first, other, second), _notOpened(1));
        _requireForcedRefused(
            bytes.concat(first, second, hex"00"),
            abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, uint256(41))
        );
        auction.clear(
            AREA,
            FIRST_PERIOD,
            _claim(150_000, 1_000, 1_000, 1_000, 1_000),
            "",
            bytes.concat(first, second)
        );
    }

    function test_clear_refusesOpenedOrdersWhereNoneWasOpened() public {
        bytes memory orders = bytes.concat(
            _pack(_bid(_first, 1_000, 200_000)),
            _pack(_offer(_third, 1_000, 100_000))
        );
        _close(orders);
        vm.expectRevert(_notOpened(0));
        auction.clear(
            AREA,
            FIRST_PERIOD,
            _claim(150_000, 1_000, 1_000, 1_000, 1_000),
            orders,
            _termsOf(_bid(_second, 1, 200_000), 1)
        );
        vm.expectRevert(_notOpened(0));
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders, new bytes(20));
    }

    /// @dev Entry 0, a bid for nothing at the lowest price, that expires at gate closure, with salt 0.
    function test_openedOrder_whoseTermsAreAllZero_isOneOrder() public {
        ICallAuction.Order memory zero = _order(_first, ICallAuction.Side.Bid, 0, -500_000, 0);
        zero.expiry = uint32(GATE_CLOSURE);
        vm.assertEq(bytes32(_termsOf(zero, 0)), bytes32(0), "all zero");
        ICallAuction.Order memory other = _bid(_first, 1_000, 200_000);
        _commit(zero, 0);
        _commit(other, 1);
        _close("");
        _open(zero, 0);
        _open(other, 1);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedOrders, 1, "of two one stands");
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", _termsOf(other, 0));
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_termsThatAreAllZero_doNotStandInForAnOpenedOrder() public {
        ICallAuction.Order memory order = _bid(_third, 1_000, 200_000);
        _commit(order, 0);
        _close("");
        _open(order, 0);
        vm.expectRevert(_notOpened(0));
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), "", new bytes(20));
    }

    function test_merge_theGreaterSaltCountsAtATieTheOpenedOne() public {
        for (uint64 salt = 6; salt <= 8; ++salt) {
            uint256 snapshot = vm.snapshotState();
            ICallAuction.Order memory opened = _order(_first, ICallAuction.Side.Bid, 400, 200_000, salt);
            bytes memory orders = bytes.concat(
                _pack(_bid(_first, 300, 200_000)),
                _pack(_offer(_third, 1_000, 100_000))
            );
            _commit(opened, 0);
            _close(orders);
            _open(opened, 0);
            uint64 wanted = salt == 6 ? 300 : 400;
            auction.clear(
                AREA,
                FIRST_PERIOD,
                _claim(100_000, wanted, wanted, 1_000, 0),
                orders,
                _termsOf(opened, 0)
            );
            vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, wanted, "volume");
            vm.revertToState(snapshot);
        }
    }

    function test_merge_anOpenedOrderForNothingCancels() public {
        ICallAuction.Order memory cancel = _order(_first, ICallAuction.Side.Bid, 0, 200_000, 8);
        bytes memory orders = bytes.concat(
            _pack(_bid(_first, 300, 200_000)),
            _pack(_offer(_third, 1_000, 100_000))
        );
        _commit(cancel, 0);
        _close(orders);
        _open(cancel, 0);
        auction.clear(AREA, FIRST_PERIOD, _noTrade(), orders, _termsOf(cancel, 0));
        vm.assertFalse(auction.sessionOf(AREA, FIRST_PERIOD).hasTrade, "nothing is traded");
    }

    function test_merge_anOfferBeyondTheAllowanceWithTheOpenedBidDoesNotCount() public {
        // Ten euro are allowed: eight for the bid, and two and a bit for the offer.
        ICallAuction.Order memory opened = _bid(_third, 2_000, 4_000_000);
        bytes memory orders = bytes.concat(
            _pack(_offer(_first, 500, 100_000)),
            _pack(_offer(_third, 8_001, 50_000))
        );
        _commit(opened, 0);
        _close(orders);
        _open(opened, 0);
        auction.clear(AREA, FIRST_PERIOD, _claim(4_000_000, 2_000, 0, 500, 500), orders, _termsOf(opened, 3));
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 500, "without the offer");
    }

    function testFuzz_merge_clearsAsTheReference(uint256 seed) public {
        ICallAuction.Order[] memory opened = new ICallAuction.Order[](6);
        for (uint256 i = 0; i < opened.length; ++i) {
            // Two of each of the three, in its two lanes.
            opened[i] = _random(uint256(keccak256(abi.encode(seed, "opened", i))), uint24(i / 2));
            _commit(opened[i], uint8(i % 2));
        }
        bytes memory orders = "";
        for (uint256 i = 0; i < 6; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "batch", i)));
            bytes memory packed = _pack(_random(random, uint24(i / 2)));
            if (random % 7 == 0) packed[random % ORDER_LENGTH] ^= 0x01;
            orders = bytes.concat(orders, packed);
        }
        _close(orders);
        bytes20[] memory terms = new bytes20[](opened.length);
        uint256 count = 0;
        for (uint256 i = 0; i < opened.length; ++i) {
            uint16 index = _indexOf(opened[i].trader);
            bytes memory signature = _signatureOf(opened[i], _keyOf(opened[i].trader));
            try auction.openOrder(opened[i], index, uint8(i % 2), signature) {
                terms[count++] = bytes20(_termsOf(opened[i], index));
            } catch {
                continue;
            }
        }
        assembly ("memory-safe") {
            mstore(terms, count)
        }
        vm.warp(GATE_CLOSURE + 61);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, terms);
        auction.clear(AREA, FIRST_PERIOD, outcome.claim, orders, outcome.forced[0]);
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertEq(session.volume, outcome.volume, "volume");
        vm.assertEq(session.fillsHash, _chainOfFills(outcome.fills), "fills");
    }

    function _random(uint256 seed, uint24 household) private view returns (ICallAuction.Order memory) {
        return
            _order(
                MemberId.wrap(MemberId.unwrap(_first) + household),
                ICallAuction.Side((seed >> 8) % 2),
                uint32((seed >> 16) % 4 == 0 ? 9_000 : (seed >> 24) % 9),
                int24(int256((seed >> 48) % 9) * 150_000 - 150_000),
                uint64((seed >> 64) % 3)
            );
    }

    function _requireForcedRefused(bytes memory forced, bytes memory failure) private {
        vm.expectRevert(failure);
        auction.clear(AREA, FIRST_PERIOD, _claim(150_000, 1_000, 1_000, 1_000, 1_000), "", forced);
    }

    function _missing(uint256 given, uint256 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionForcedOrdersMissing.selector, given, needed);
    }

    function _notAscending(uint256 position) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotAscending.selector, position);
    }

    function _notOpened(uint256 position) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotOpened.selector, position);
    }
}
