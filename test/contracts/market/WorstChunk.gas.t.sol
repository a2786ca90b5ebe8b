// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {Session} from "./Session.sol";

// Given 1,000 members, each with a delegated key and one that it took the place of, somebody revoked since the day's keys
// were published, and a bid and an offer of each opened on the ledger, which all trade
//   when the operator's orders are those of the last members, so that nearly all that were opened belong to its first
//     chunk, and that is of 500 orders, the transaction uses less gas than one may, with what its data cost
contract WorstChunkGasTest is Session, WholeTransactionGas {
    uint24 private constant COUNT = 1_000;
    uint24 private constant CHUNK = 500;
    /// @dev The most that one transaction may use (EIP-7825).
    uint256 private constant TRANSACTION_GAS_CAP = 16_777_216;

    uint24 private _first;

    /// @dev All that warms storage or code happens here, in a transaction of its own.
    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = MemberId.unwrap(_registerHouseholds(COUNT));
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint24 i = 0; i < COUNT; ++i) {
            _delegate(i, 500_000 + uint256(i));
            _delegate(i, 600_000 + uint256(i));
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        vm.warp(LONG_BEFORE + 1);
        _publishKeys();
        vm.warp(LONG_BEFORE + 2);
        members.deactivateMember(SUPPLIER_ID);
        for (uint24 k = 0; k < 2 * COUNT; ++k) {
            (ICallAuction.Order memory order, bytes memory signature) = _opened(k);
            bytes32 commitment = keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)));
            auction.commitOrder(AREA, FIRST_PERIOD, order.trader, uint8(k % 2), commitment);
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        bytes[] memory chunks = _chunksOf(_batch(), CHUNK);
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, CHUNK + 1, _chainOf(chunks));
        free = Memory.getFreeMemoryPointer();
        for (uint24 k = 0; k < 2 * COUNT; ++k) {
            (ICallAuction.Order memory order, bytes memory signature) = _opened(k);
            auction.openOrder(order, uint16(2 * (k / 2)), uint8(k % 2), signature);
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    function test_gas_clear_500OrdersOfRotatedKeysAnd2000Opened() public {
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), 2 * COUNT, "two keys each");
        bytes[] memory chunks = _chunksOf(_batch(), CHUNK);
        // Up to the bid of the last member but one, which ends the first chunk.
        bytes memory terms = _terms();
        uint256 split = (2 * COUNT - 3) * 20;
        uint256 gas = _clearChunk("clear, first chunk", chunks[0], _slice(terms, 0, split));
        vm.snapshotValue("clear, 500 orders of rotated keys and 1997 opened, transaction", gas);
        vm.assertTrue(gas < TRANSACTION_GAS_CAP, vm.toString(gas));
        gas = _clearChunk("clear, last chunk", chunks[1], _slice(terms, split, 60));
        vm.assertTrue(gas < TRANSACTION_GAS_CAP, vm.toString(gas));
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, uint256(COUNT) * 600, "all of it trades");
    }

    /// @return gas Of the transaction that clears the chunk.
    function _clearChunk(
        string memory name,
        bytes memory orders,
        bytes memory terms
    ) private returns (uint256 gas) {
        // Every bid at the price, which is shared out among them.
        ICallAuction.ClearingClaim memory claim = _claim(200_000, 1_000_000, 0, 600_000, 600_000);
        bytes memory data = abi.encodeCall(ICallAuction.clear, (AREA, FIRST_PERIOD, claim, orders, terms));
        vm.cool(address(auction));
        vm.cool(address(members));
        vm.cool(address(areas));
        vm.cool(address(tradingDays));
        address target = address(auction);

        (bool isDone, bytes memory reason) = target.call(data);
        gas = _gasOf(name, data);

        vm.assertTrue(isDone, string(reason));
    }

    /// @return orders Bids of the last 501 members.
    function _batch() private view returns (bytes memory orders) {
        orders = new bytes(uint256(CHUNK + 1) * ORDER_LENGTH);
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint24 j = 0; j <= CHUNK; ++j) {
            uint24 i = COUNT - CHUNK - 1 + j;
            ICallAuction.Order memory order = _orderOf(i, ICallAuction.Side.Bid, 61_137);
            _write(orders, j, _packAs(order, uint16(2 * i), _keyOf(order.trader)));
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    /// @return terms Of all that were opened, ascending by rank.
    function _terms() private view returns (bytes memory terms) {
        terms = new bytes(2 * uint256(COUNT) * 20);
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint24 k = 0; k < 2 * COUNT; ++k) {
            (ICallAuction.Order memory order, ) = _opened(k);
            bytes memory one = _termsOf(order, uint16(2 * (k / 2)));
            assembly ("memory-safe") {
                mcopy(add(add(terms, 32), mul(k, 20)), add(one, 32), 20)
            }
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    function _opened(
        uint24 k
    ) private view returns (ICallAuction.Order memory order, bytes memory signature) {
        order = _orderOf(k / 2, ICallAuction.Side(k % 2), 70_001);
        signature = _signatureOf(order, _keyOf(order.trader));
    }

    /// @dev Salts grow with every order of a wallet: the millisecond at which it was signed.
    function _orderOf(
        uint24 i,
        ICallAuction.Side side,
        uint256 pace
    ) private view returns (ICallAuction.Order memory order) {
        bool isBid = side == ICallAuction.Side.Bid;
        order = _order(
            MemberId.wrap(_first + i),
            side,
            isBid ? 1_000 : 600,
            isBid ? int24(200_000) : int24(100_000),
            uint64(LONG_BEFORE * 1_000 + pace * (uint256(i) + 1))
        );
    }

    function _delegate(uint24 i, uint256 key) private {
        MemberId memberId = MemberId.wrap(_first + i);
        vm.prank(_accountOf(memberId));
        members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: vm.addr(key),
                sides: 3,
                quantityLimit: QUANTITY_LIMIT,
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(300_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
    }
}
