// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given more than a thousand orders, most of them junk, in chunks of 500 to 1,000 and a rest
//   they are cleared as the reference clears them
//   a chunk of fewer than 500 is refused where more are to come, and one of more than 1,000
//   other chunks than those that were committed are refused at the end
// Given exactly a thousand orders, one call clears them though another began with half of them
contract ChunkSizesTest is ReferenceAuction {
    MemberId private _first;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(6);
        _publishKeys();
    }

    function testFuzz_chunks_clearAsTheReference(uint256 seed) public {
        _clearInChunks(seed, 0);
    }

    function testFuzz_chunks_ofAnySizeClearAsTheReference(uint256 seed, uint256 sizes) public {
        _clearInChunks(seed, sizes | 1);
    }

    function test_chunks_ofTheWrongSizeAreRefused() public {
        bytes memory orders = _junk(1_500);
        _close(orders);
        uint256[6] memory counts = [uint256(0), 1, 499, 1_001, 1_499, 1_500];
        for (uint256 i = 0; i < counts.length; ++i) {
            vm.expectRevert(_wrongLength(counts[i] * ORDER_LENGTH));
            _clear(_noTrade(), _slice(orders, 0, counts[i] * ORDER_LENGTH));
        }
        vm.expectRevert(_wrongLength(500 * ORDER_LENGTH - 1));
        _clear(_noTrade(), _slice(orders, 0, 500 * ORDER_LENGTH - 1));
        _clear(_noTrade(), _slice(orders, 0, 1_000 * ORDER_LENGTH));
        // Of the five hundred that are left, all are to come at once.
        counts = [uint256(0), 1, 499, 501, 1_000, 1_500];
        for (uint256 i = 0; i < counts.length; ++i) {
            vm.expectRevert(_wrongLength(counts[i] * ORDER_LENGTH));
            _clear(_noTrade(), _slice(orders, 0, counts[i] * ORDER_LENGTH));
        }
        _clear(_noTrade(), _slice(orders, 1_000 * ORDER_LENGTH, 500 * ORDER_LENGTH));
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_chunks_areThoseThatWereCommitted() public {
        bytes memory orders = _junk(1_001);
        bytes[] memory chunks = _chunksOf(orders, 500);
        _closeChunks(chunks, 1_001);
        bytes[] memory others = _chunksOf(orders);
        _clear(_noTrade(), others[0]);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongOrders.selector,
                _chainOf(chunks),
                _chainOf(others)
            )
        );
        _clear(_noTrade(), others[1]);
        auction.abandonClearing(AREA, FIRST_PERIOD, keccak256(abi.encode(_noTrade())));
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(_progressOf(address(this), _noTrade()), i, "chunks so far");
            _clear(_noTrade(), chunks[i]);
        }
        vm.assertTrue(auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function test_aThousandOrders_takeOneCallThoughAnotherBegan() public {
        bytes memory orders = _junk(1_000);
        _write(orders, 0, _pack(_bid(_at(0), 700, 200_000)));
        _write(orders, 999, _pack(_offer(_at(1), 700, 100_000)));
        _close(orders);
        ICallAuction.ClearingClaim memory claim = _claim(150_000, 700, 700, 700, 700);
        _clear(claim, _slice(orders, 0, 500 * ORDER_LENGTH));
        _clear(claim, orders);
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        bytes memory fills = bytes.concat(
            _fillOf(_at(0), ICallAuction.Side.Bid, 700),
            _fillOf(_at(1), ICallAuction.Side.Offer, 700)
        );
        vm.assertEq(session.fillsHash, keccak256(abi.encodePacked(bytes32(0), keccak256(fills))), "fills");
    }

    /// @param sizes What decides how large each chunk is; zero for as large as they may be.
    function _clearInChunks(uint256 seed, uint256 sizes) private {
        bytes memory orders = _junk(1_001 + (seed % 1_200));
        uint256 count = orders.length / ORDER_LENGTH;
        // Most of them near the end of the first chunk.
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            ICallAuction.Order memory order = _order(
                _at(uint24(i / 2)),
                ICallAuction.Side(i % 2),
                random % 3 == 0 ? 9_000 : uint32((random >> 8) % 100),
                int24(int256((random >> 32) % 6) * 200_000 - 100_000),
                uint64(random >> 64)
            );
            uint256 position = i == 11 && random % 2 == 0 ? count - 1 : 988 + i + ((seed >> 200) % 12);
            _write(orders, position < count ? position : count - 1, _pack(order));
        }
        bytes[] memory chunks = sizes == 0 ? _chunksOf(orders) : _cut(orders, sizes);
        _closeChunks(chunks, count);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, chunks, new bytes20[](0));
        for (uint256 i = 0; i < chunks.length; ++i) {
            auction.clear(AREA, FIRST_PERIOD, outcome.claim, chunks[i], outcome.forced[i]);
        }
        _requireOutcome(outcome);
    }

    function _closeChunks(bytes[] memory chunks, uint256 count) private {
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, uint32(count), _chainOf(chunks));
    }

    /// @return chunks Of 500 to 1,000 orders, as `sizes` decides, and a last one of what is left.
    function _cut(bytes memory orders, uint256 sizes) private pure returns (bytes[] memory chunks) {
        uint256 count = orders.length / ORDER_LENGTH;
        chunks = new bytes[](count / 500 + 1);
        uint256 found = 0;
        for (uint256 start = 0; start < count; ++found) {
            sizes = uint256(keccak256(abi.encode(sizes)));
            uint256 size = 500 + (sizes % 501);
            if (start + size > count) size = count - start;
            chunks[found] = _slice(orders, start * ORDER_LENGTH, size * ORDER_LENGTH);
            start += size;
        }
        assembly ("memory-safe") {
            mstore(chunks, found)
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

    function _wrongLength(uint256 length) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionWrongLength.selector, length);
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
