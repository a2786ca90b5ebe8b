// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given more than a thousand orders, most of them junk
//   they are cleared chunk by chunk, as the reference clears them at once, opened orders between them
//   whatever one chunk found is there in the next: ranks, what a member has at risk, sums, limits, fills
//   an opened order of a later chunk is refused, and one of an earlier chunk too
//   what others found, or the caller found for another claim, disturbs nobody
//   a false claim is refused at the end; its caller forgets it and begins anew
//   the sequence of chunks cannot be left
//   nothing that was found counts any more where the operator is replaced
// Given exactly a thousand orders, one call clears them
// Given members on both sides of a word of revocations, some of them revoked, they clear as the reference does
contract ChunkedClearingTest is ReferenceAuction {
    MemberId private _first;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(6);
        _publishKeys();
    }

    function test_chunks_clearAsTheReferenceWithOpenedOrders() public {
        bytes memory orders = _junk(2_500);
        _write(orders, 0, _pack(_bid(_at(0), 700, 200_000)));
        _write(orders, 999, _pack(_bid(_at(1), 500, 150_000)));
        _write(orders, 1_000, _pack(_offer(_at(1), 100, 100_000)));
        _write(orders, 1_500, _pack(_offer(_at(2), 400, 150_000)));
        _write(orders, 2_400, _pack(_offer(_at(4), 900, 150_000)));
        ICallAuction.Order[] memory opened = new ICallAuction.Order[](4);
        // Before the first chunk's last, between it and the second's, in its stead, and behind all.
        opened[0] = _offer(_at(0), 50, 120_000);
        opened[1] = _bid(_at(2), 300, 180_000);
        opened[2] = _order(_at(4), ICallAuction.Side.Offer, 800, 150_000, 9);
        opened[3] = _bid(_at(5), 250, 150_000);
        bytes20[] memory terms = _commitCloseAndOpen(opened, orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, terms);
        bytes[] memory chunks = _chunksOf(orders);
        vm.assertEq(outcome.forced[0].length, 20, "one in the first chunk");
        vm.assertEq(outcome.forced[1].length, 20, "one in the second");
        vm.assertEq(outcome.forced[2].length, 40, "two in the third");

        bytes32 claimHash = keccak256(abi.encode(outcome.claim));
        for (uint256 i = 0; i < chunks.length; ++i) {
            vm.assertEq(_progressOf(address(this), outcome.claim), i, "chunks so far");
            vm.expectEmit();
            emit ICallAuction.OrdersCleared(
                AREA,
                FIRST_PERIOD,
                address(this),
                claimHash,
                uint32(i),
                outcome.fills[i]
            );
            auction.clear(AREA, FIRST_PERIOD, outcome.claim, chunks[i], outcome.forced[i]);
        }
        _requireOutcome(outcome);
        vm.assertTrue(outcome.volume > 900, "and that is something");
    }

    function test_exposure_addsUpAcrossChunks() public {
        bytes memory orders = _junk(1_001);
        _write(orders, 0, _pack(_offer(_at(0), 500, 100_000)));
        _write(orders, 999, _pack(_bid(_at(1), 2_000, 4_000_000)));
        // One Wh more than there is room for behind a bid of eight euro.
        _write(orders, 1_000, _pack(_offer(_at(1), 8_001, 50_000)));
        _close(orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, new bytes20[](0));
        vm.assertEq(outcome.claim.offersAtOrBelow, 500, "the offer is void");
        _clearAll(outcome.claim, orders, outcome.forced);
        _requireOutcome(outcome);
    }

    function test_rank_ascendsAcrossChunks() public {
        bytes memory orders = _junk(1_002);
        _write(orders, 999, _pack(_bid(_at(3), 1_000, 200_000)));
        _write(orders, 1_000, _pack(_offer(_at(2), 500, 100_000)));
        _write(orders, 1_001, _pack(_offer(_at(4), 400, 100_000)));
        _close(orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, new bytes20[](0));
        vm.assertEq(outcome.volume, 400, "the lower rank is void");
        _clearAll(outcome.claim, orders, outcome.forced);
        _requireOutcome(outcome);
    }

    function test_openedOrders_belongToTheirChunk() public {
        bytes memory orders = _junk(1_001);
        _write(orders, 0, _pack(_bid(_at(2), 700, 200_000)));
        _write(orders, 1_000, _pack(_offer(_at(4), 700, 100_000)));
        ICallAuction.Order[] memory opened = new ICallAuction.Order[](2);
        opened[0] = _bid(_at(1), 10, 200_000);
        opened[1] = _bid(_at(3), 10, 200_000);
        bytes20[] memory terms = _commitCloseAndOpen(opened, orders);
        ICallAuction.ClearingClaim memory claim = _referenceOf(FIRST_PERIOD, orders, terms).claim;
        bytes[] memory chunks = _chunksOf(orders);

        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionNotOfThisChunk.selector, uint256(1)));
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[0], bytes.concat(terms[0], terms[1]));
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[0], "");
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionNotAscending.selector, uint256(0)));
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[1], bytes.concat(terms[0], terms[1]));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionForcedOrdersMissing.selector,
                uint256(1),
                uint256(2)
            )
        );
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[1], bytes.concat(terms[1]));
        auction.abandonClearing(AREA, FIRST_PERIOD, keccak256(abi.encode(claim)));
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[0], bytes.concat(terms[0]));
        auction.clear(AREA, FIRST_PERIOD, claim, chunks[1], bytes.concat(terms[1]));
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_progress_isEachCallersAndClaimsOwn() public {
        (bytes[] memory chunks, ICallAuction.ClearingClaim memory claim) = _closedSession();
        ICallAuction.ClearingClaim memory lie = _claim(100_000, 700, 700, 900, 0);
        vm.prank(STRANGER);
        _clear(lie, chunks[0]);
        vm.prank(STRANGER);
        _clear(claim, chunks[0]);
        _clear(lie, chunks[0]);
        vm.assertEq(_progressOf(address(this), claim), 0, "nothing of this claim");
        _clear(claim, chunks[0]);
        vm.prank(STRANGER);
        auction.abandonClearing(AREA, FIRST_PERIOD, keccak256(abi.encode(claim)));
        vm.assertEq(_progressOf(address(this), claim), 1, "others cannot forget it");

        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionNotClearing.selector,
                lie,
                _claim(100_000, 700, 700, 800, 0)
            )
        );
        _clear(lie, chunks[1]);
        vm.assertFalse(auction.isCleared(AREA, FIRST_PERIOD), "not by a lie");
        _clear(claim, chunks[1]);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 700, "cleared");
    }

    function test_progress_keepsTheSequenceOfChunks() public {
        (bytes[] memory chunks, ICallAuction.ClearingClaim memory claim) = _closedSession();
        bytes memory failure = _wrongLength(chunks[1].length);
        vm.expectRevert(failure);
        _clear(claim, chunks[1]);
        _clear(claim, chunks[0]);
        vm.expectRevert(_wrongLength(chunks[0].length));
        _clear(claim, chunks[0]);
        auction.abandonClearing(AREA, FIRST_PERIOD, keccak256(abi.encode(claim)));
        vm.assertEq(_progressOf(address(this), claim), 0, "forgotten");
        vm.expectRevert(failure);
        _clear(claim, chunks[1]);
    }

    function test_progress_withAnotherChunkIsRefusedAtTheEnd() public {
        (bytes[] memory chunks, ICallAuction.ClearingClaim memory claim) = _closedSession();
        bytes memory other = _slice(chunks[0], 0, chunks[0].length);
        other[other.length - 1] ^= 0x01;
        _clear(claim, other);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongOrders.selector,
                _chainOf(bytes.concat(chunks[0], chunks[1])),
                _chainOf(bytes.concat(other, chunks[1]))
            )
        );
        _clear(claim, chunks[1]);
        auction.abandonClearing(AREA, FIRST_PERIOD, keccak256(abi.encode(claim)));
        _clear(claim, chunks[0]);
        _clear(claim, chunks[1]);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_progress_endsWhereTheOperatorIsReplaced() public {
        (bytes[] memory chunks, ICallAuction.ClearingClaim memory claim) = _closedSession();
        _clear(claim, chunks[0]);
        _clear(_noTrade(), chunks[0]);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.prank(_accountOf(_first));
        auction.replaceOperator(_first, AREA, FIRST_PERIOD);
        vm.assertEq(_progressOf(address(this), claim), 0, "of the claim");
        vm.assertEq(_progressOf(address(this), _noTrade()), 0, "of the other");
        vm.expectRevert(_wrongLength(chunks[1].length));
        _clear(claim, chunks[1]);
        bytes32 fillsHash = keccak256(abi.encodePacked(bytes32(0), keccak256("")));
        vm.expectEmit();
        emit ICallAuction.SessionCleared(AREA, FIRST_PERIOD, Price.wrap(0), 0, 0, fillsHash);
        _clear(_noTrade(), "");
    }

    function test_aThousandOrders_takeOneCall() public {
        bytes memory orders = _junk(1_000);
        _write(orders, 0, _pack(_bid(_at(0), 700, 200_000)));
        _write(orders, 999, _pack(_offer(_at(1), 700, 100_000)));
        _close(orders);
        _clear(_claim(150_000, 700, 700, 700, 700), orders);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_revocations_onBothSidesOfAWord() public {
        uint24 count = 260;
        _registerHouseholds(count - 6);
        _publishKeys();
        uint24[8] memory gone = [uint24(5), 6, 100, 253, 254, 255, 257, 260];
        for (uint256 i = 0; i < gone.length; ++i) {
            members.deactivateMember(MemberId.wrap(gone[i]));
        }
        bytes memory orders = new bytes(uint256(count) * ORDER_LENGTH);
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint24 i = 0; i < count; ++i) {
            ICallAuction.Order memory order =
                i % 3 == 0 ? _bid(_at(i), 100 + i, 200_000) : _offer(_at(i), 100 + i, 100_000);
            bytes memory packed = _packAs(order, uint16(i), _keyOf(_at(i)));
            // Every tenth is void for its signature, so that somebody before it may come next.
            if (i % 10 == 9) packed[83] ^= 0x01;
            _write(orders, i, packed);
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        vm.warp(GATE_CLOSURE + 1);
        // Too late to matter, but its bit is set.
        members.deactivateMember(MemberId.wrap(150));
        _closeNow(orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, new bytes20[](0));
        vm.assertTrue(outcome.voids >= 26 + 6, "some are void");
        _clear(outcome.claim, orders);
        _requireOutcome(outcome);
    }

    /// @dev A bid of 700 and an offer of 800 Wh, a chunk apart.
    function _closedSession()
        private
        returns (bytes[] memory chunks, ICallAuction.ClearingClaim memory claim)
    {
        bytes memory orders = _junk(1_001);
        _write(orders, 0, _pack(_bid(_at(0), 700, 200_000)));
        _write(orders, 1_000, _pack(_offer(_at(1), 800, 100_000)));
        _close(orders);
        return (_chunksOf(orders), _claim(100_000, 700, 700, 800, 0));
    }

    function _commitCloseAndOpen(
        ICallAuction.Order[] memory opened,
        bytes memory orders
    ) private returns (bytes20[] memory terms) {
        terms = new bytes20[](opened.length);
        bytes[] memory signatures = new bytes[](opened.length);
        for (uint256 i = 0; i < opened.length; ++i) {
            signatures[i] = _signatureOf(opened[i], _keyOf(opened[i].trader));
            bytes32 commitment = keccak256(abi.encodePacked(_digestOf(opened[i]), keccak256(signatures[i])));
            auction.commitOrder(AREA, FIRST_PERIOD, opened[i].trader, 0, commitment);
        }
        _close(orders);
        for (uint256 i = 0; i < opened.length; ++i) {
            uint16 index = _indexOf(opened[i].trader);
            auction.openOrder(opened[i], index, 0, signatures[i]);
            terms[i] = bytes20(_termsOf(opened[i], index));
        }
    }

    function _wrongLength(uint256 length) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, length);
    }

    function _closeNow(bytes memory orders) private {
        auction.closeGate(AREA, FIRST_PERIOD, uint32(orders.length / ORDER_LENGTH), _chainOf(orders));
    }

    function _clearAll(
        ICallAuction.ClearingClaim memory claim,
        bytes memory orders,
        bytes[] memory forced
    ) private {
        bytes[] memory chunks = _chunksOf(orders);
        for (uint256 i = 0; i < chunks.length; ++i) {
            auction.clear(AREA, FIRST_PERIOD, claim, chunks[i], forced[i]);
        }
    }

    function _requireOutcome(Outcome memory outcome) private view {
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
        vm.assertEq(session.volume, outcome.volume, "volume");
        vm.assertEq(session.fillsHash, _chainOfFills(outcome.fills), "fills");
    }

    function _progressOf(address by, ICallAuction.ClearingClaim memory claim) private view returns (uint256) {
        return auction.chunksClearedBy(AREA, FIRST_PERIOD, by, keccak256(abi.encode(claim)));
    }

    function _at(uint24 household) private view returns (MemberId) {
        return MemberId.wrap(MemberId.unwrap(_first) + household);
    }

    /// @return orders Void ones: there is no such entry.
    function _junk(uint256 count) private pure returns (bytes memory orders) {
        orders = new bytes(count * ORDER_LENGTH);
        for (uint256 i = 0; i < count; ++i) {
            orders[i * ORDER_LENGTH] = 0xff;
        }
    }
}
