// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {vm} from "../Vm.sol";
import {ReceiptSession} from "./ReceiptSession.sol";

// holdsOrder
//   given an open gate, orders that can still be opened, or other orders than the gate was closed with, it reverts
//   given the order, or one of its rank with a greater salt, in its place in the batch or opened, it is true
//   given none, an older one, one that is void, twice or out of its place, it is false, and proveLeftOut pays
//   given a session in which the operator was replaced, neither says anything
// proveLeftOut, of the largest session there is
//   it takes less gas than a transaction may have
contract HoldsOrderTest is ReceiptSession {
    /// @dev The most that one transaction may use (EIP-7825).
    uint256 private constant TRANSACTION_GAS_CAP = 16_777_216;

    ICallAuction.Order private _bobs;

    function setUp() public override {
        super.setUp();
        _bobs = _bid(_bob, 1_000, 200_000);
    }

    function test_holdsOrder_revertsWhileTheOrdersAreNotSettled() public {
        vm.expectRevert(
            abi.encodeWithSelector(IOrderReceipts.OrderReceiptsGateNotClosed.selector, AREA, FIRST_PERIOD)
        );
        receipts.holdsOrder(_bobs, _chunksOf(""));
        _commit(_bobs, 0);
        _close("");
        vm.expectRevert(
            abi.encodeWithSelector(
                IOrderReceipts.OrderReceiptsOpening.selector,
                FIRST_PERIOD,
                GATE_CLOSURE + 60,
                GATE_CLOSURE
            )
        );
        receipts.holdsOrder(_bobs, _chunksOf(""));
        vm.warp(GATE_CLOSURE + 61);
        vm.assertFalse(receipts.holdsOrder(_bobs, _chunksOf("")), "it was not opened");
    }

    function test_holdsOrder_revertsForOtherOrders() public {
        _close(_pack(_bobs));
        vm.expectRevert(
            abi.encodeWithSelector(
                IOrderReceipts.OrderReceiptsWrongOrders.selector,
                _chainOf(_pack(_bobs)),
                bytes32(0)
            )
        );
        receipts.holdsOrder(_bobs, _chunksOf(""));
    }

    function test_holdsOrder_whereItIsOpened() public {
        _commit(_bobs, 0);
        _close("");
        _open(_bobs, 0);
        vm.assertTrue(receipts.holdsOrder(_bobs, _chunksOf("")), "itself");
        vm.assertTrue(receipts.holdsOrder(_withSalt(_bobs, 5, 6), _chunksOf("")), "instead of an older one");
        vm.assertFalse(receipts.holdsOrder(_withSalt(_bobs, 5, 8), _chunksOf("")), "not the next one");
        vm.assertFalse(receipts.holdsOrder(_offer(_bob, 1, 0), _chunksOf("")), "nor the other side");
    }

    /// @dev Batches of every kind, each of which both judge alike.
    function test_holdsOrder_isWhatProveLeftOutJudgesBy() public {
        bytes memory spoilt = _pack(_bobs);
        spoilt[83] ^= 0x01;
        bytes[8] memory batches = [
            _pack(_bobs),
            bytes.concat(_pack(_bid(_alice, 1, 0)), _pack(_bobs), _pack(_offer(_bob, 1, 0))),
            _pack(_withSalt(_bobs, 0, 8)),
            // From here on it is left out.
            bytes(""),
            spoilt,
            _pack(_withSalt(_bobs, 5, 6)),
            bytes.concat(_pack(_bobs), _pack(_bobs)),
            bytes.concat(_pack(_bid(_carol, 1, 0)), _pack(_bobs))
        ];
        for (uint256 i = 0; i < batches.length; ++i) {
            uint256 before = vm.snapshotState();
            _close(batches[i]);
            vm.assertTrue(receipts.holdsOrder(_bobs, _chunksOf(batches[i])) == (i < 3), vm.toString(i));
            if (i < 3) _expectRejected(_proofOf(_bobs, batches[i]));
            else _expectLeftOut(_proofOf(_bobs, batches[i]));
            vm.assertTrue(vm.revertToState(before), "undone");
        }
    }

    /// @dev The fine stands for all receipts; and whoever replaces the operator gets nothing by it.
    function test_proveLeftOut_revertsWhereTheOperatorWasReplaced() public {
        bytes memory orders = _pack(_bobs);
        _close(orders);
        vm.warp(GATE_CLOSURE + OPERATOR_DEADLINE);
        vm.prank(_accountOf(_bob));
        auction.replaceOperator(_bob, AREA, FIRST_PERIOD);
        bytes memory replaced = abi.encodeWithSelector(
            IOrderReceipts.OrderReceiptsOperatorReplaced.selector,
            AREA,
            FIRST_PERIOD
        );
        _expectRefused(_proofOf(_bobs, ""), replaced);
        _expectRefused(_proofOf(_bobs, orders), replaced);
        _clear(_noTrade(), "");
        _expectRefused(_proofOf(_bobs, ""), replaced);
        vm.expectRevert(replaced);
        receipts.holdsOrder(_bobs, new bytes[](0));
    }

    /// @dev Of 4,000 orders, none of which is passed over at a glance; with the price of calldata that a transaction
    /// pays at least (EIP-7623).
    function test_gas_proveLeftOut_4000Orders() public {
        bytes memory orders = new bytes(4_000 * ORDER_LENGTH);
        bytes memory packed = _pack(_bid(_carol, 1, 0));
        packed = bytes.concat(_slice(packed, 0, 8), hex"01020304", _slice(packed, 12, 72));
        for (uint256 i = 0; i < 4_000; ++i) {
            _write(orders, i, packed);
        }
        _close(orders);
        Proof memory proof = _proofOf(_bobs, orders);
        bytes memory data = abi.encodeCall(
            IOrderReceipts.proveLeftOut,
            (
                proof.challenger,
                proof.order,
                proof.signature,
                proof.entryIndex,
                proof.position,
                proof.deadline,
                proof.receipt,
                proof.chunks
            )
        );
        (uint256 zeros, uint256 others) = _countBytes(data);
        vm.cool(address(receipts));
        vm.cool(address(auction));
        address target = address(receipts);
        vm.prank(proof.caller);
        uint256 before = gasleft();
        (bool isDone, ) = target.call(data);
        uint256 gas = 21_000 + zeros * 4 + others * 16 + before - gasleft();
        vm.assertTrue(isDone && receipts.isLeftOut(_digestOf(_bobs)), "left out");
        uint256 floor = 21_000 + zeros * 10 + others * 40;
        vm.assertTrue((gas > floor ? gas : floor) < TRANSACTION_GAS_CAP, vm.toString(gas));
    }

    function _countBytes(bytes memory data) private pure returns (uint256 zeros, uint256 others) {
        for (uint256 i = 0; i < data.length; ++i) {
            if (data[i] == 0) ++zeros;
        }
        others = data.length - zeros;
    }
}
