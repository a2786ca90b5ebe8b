// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReceiptSession} from "./ReceiptSession.sol";

// proveLeftOut, where it was left out
//   given no orders, or those of others, in one chunk or more, cleared or not, the challenger is paid 100 EUR
//   given an older order of its rank, in the batch or opened, it was left out
//   given its order out of its place, twice, or void in the batch (signed by another key, changed, beyond a limit), it was left out
//   given a member whose funds are all locked, or one that was deactivated since, it is paid all the same
// proveLeftOut, where it was not (what cannot be proved at all: see OrderReceipts.refusals.t.sol)
//   given its own order, one with a greater or the same salt, or a cancellation in its place, by whichever key of the
//     member and in whichever chunk, the challenger loses 10 EUR
//   given one of its rank opened on the ledger with the same salt or a greater one, the challenger loses 10 EUR
//   given a challenge that was rejected, another one costs as much again
contract OrderReceiptsTest is ReceiptSession {
    function test_proveLeftOut_paysForAnOrderThatIsNotThere() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(
            _pack(_bid(_alice, 1_000, 200_000)),
            _pack(_offer(_bob, 900, 100_000)),
            _pack(_offer(_carol, 900, 100_000))
        );
        _close(orders);
        _expectLeftOut(_proofOf(order, orders));
    }

    function test_proveLeftOut_paysWhereNoOrdersWereCommitted() public {
        _close("");
        _expectLeftOut(_proofOf(_bid(_alice, 1_000, 200_000), ""));
        // Each order that was left out is paid for.
        _expectLeftOut(_proofOf(_offer(_alice, 1_000, 200_000), ""));
        _expectLeftOut(_proofOf(_offer(_carol, 1_000, 200_000), ""));
    }

    function test_proveLeftOut_paysAfterTheSessionIsCleared() public {
        bytes memory orders = _pack(_bid(_alice, 1_000, 200_000));
        _close(orders);
        _clear(_noTrade(), orders);
        _expectLeftOut(_proofOf(_offer(_bob, 1_000, 100_000), orders));
        _expectRejected(_proofOf(_bid(_alice, 1_000, 200_000), orders));
    }

    function test_proveLeftOut_paysWithSignaturesAsWalletsGiveThem() public {
        _close("");
        ICallAuction.Order memory order = _bid(_alice, 1_000, 200_000);
        Proof memory proof = _proofOf(order, "");
        proof.signature = _longSignatureOf(order, _keyOf(_alice));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            RECEIPT_KEY,
            receipts.receiptDigestOf(_digestOf(order), 3, uint32(GATE_CLOSURE))
        );
        proof.receipt = abi.encodePacked(r, s, v);
        _expectLeftOut(proof);
    }

    function test_proveLeftOut_paysWhereAnOlderOrderIsInItsPlace() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = _pack(_withSalt(order, 2_000, 6));
        _close(orders);
        _expectLeftOut(_proofOf(order, orders));
    }

    function test_proveLeftOut_paysForACancellationThatWasIgnored() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = _pack(order);
        _close(orders);
        _expectLeftOut(_proofOf(_withSalt(order, 0, 8), orders));
    }

    function test_proveLeftOut_paysWhereAnOlderOrderWasOpened() public {
        ICallAuction.Order memory older = _withSalt(_bid(_bob, 1_000, 200_000), 1_000, 6);
        _commit(older, 0);
        _close("");
        _open(older, 0);
        _expectLeftOut(_proofOf(_bid(_bob, 1_000, 200_000), ""));
    }

    function test_proveLeftOut_paysWhereTheOtherSideIsThere() public {
        ICallAuction.Order memory offer = _offer(_bob, 1_000, 200_000);
        _commit(offer, 1);
        _close("");
        _open(offer, 1);
        _expectLeftOut(_proofOf(_bid(_bob, 1_000, 200_000), ""));
    }

    function test_proveLeftOut_paysForWhatIsOutOfItsPlace() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory behindAnother = bytes.concat(_pack(_bid(_carol, 1, 0)), _pack(order));
        _close(behindAnother);
        _expectLeftOut(_proofOf(order, behindAnother));
    }

    function test_proveLeftOut_paysForABidBehindItsOwnOffer() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(_pack(_offer(_bob, 1, 0)), _pack(order));
        _close(orders);
        _expectLeftOut(_proofOf(order, orders));
    }

    function test_proveLeftOut_paysForWhatComesTwice() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(_pack(_withSalt(order, 1, 6)), _pack(order));
        _close(orders);
        _expectLeftOut(_proofOf(order, orders));
    }

    function test_proveLeftOut_paysForWhatIsVoidInTheBatch() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        ICallAuction.Order memory changed = _bid(_bob, 1_000, 200_000);
        changed.limitPrice = Price.wrap(199_900);
        bytes[5] memory batches = [
            // Signed by somebody else; by the member's other key than the one that is named; another order's
            // signature;
            _packAs(order, _indexOf(_bob), _keyOf(_alice)),
            _packAs(order, _indexOf(_bob) + 1, _keyOf(_bob)),
            bytes.concat(_termsOf(changed, _indexOf(_bob)), _signatureOf(order, _keyOf(_bob))),
            // beyond the member's limit, and beyond what it may risk, though with a greater salt.
            _pack(_withSalt(order, 10_001, 8)),
            _pack(_order(_bob, ICallAuction.Side.Bid, 10_000, 4_000_000, 8))
        ];
        for (uint32 i = 0; i < batches.length; ++i) {
            uint256 before = vm.snapshotState();
            _close(batches[i]);
            _expectLeftOut(_proofOf(order, batches[i]));
            vm.assertTrue(vm.revertToState(before), "undone");
        }
    }

    function test_proveLeftOut_paysAMemberThatWasDeactivatedSince() public {
        MemberId memberId = MemberId.wrap(uint24(members.memberCount() + 1));
        address key = _accountOf(memberId);
        members.registerMembers(AREA, _admitted(AREA, STRANGER, key, address(0)));
        _fund(memberId, DEPOSIT);
        _publishKeys();
        _close("");
        vm.warp(GATE_CLOSURE + 1);
        members.deactivateMember(memberId);
        Proof memory proof = _proofOf(_bid(memberId, 1_000, 200_000), "");
        _expectRefused(proof, _notTheMember(memberId, key));
        proof.caller = STRANGER;
        _expectLeftOut(proof);
    }

    function test_proveLeftOut_paysWhoeverHasNothingFree() public {
        uint256 free = accounts.freeOf(_bob);
        vm.prank(_accountOf(_bob));
        accounts.withdraw(_bob, free);
        _close("");
        _expectLeftOut(_proofOf(_bid(_bob, 1_000, 200_000), ""));
    }

    function test_proveLeftOut_rejectsWhatIsThere() public {
        ICallAuction.Order memory order = _offer(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(
            _pack(_offer(_alice, 1, 0)),
            _pack(_bid(_bob, 1, 0)),
            _pack(order),
            _pack(_bid(_carol, 1, 0))
        );
        _close(orders);
        _expectRejected(_proofOf(order, orders));
        _expectRejected(_proofOf(order, orders));
        _expectRejected(_proofOf(_bid(_carol, 1, 0), orders));
    }

    function test_proveLeftOut_rejectsWhatWasReplaced() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = _pack(_withSalt(order, 5, 8));
        _close(orders);
        _expectRejected(_proofOf(order, orders));
        // Of two orders with one salt the operator may have either.
        _expectRejected(_proofOf(_withSalt(order, 6, 8), orders));
        _expectLeftOut(_proofOf(_withSalt(order, 6, 9), orders));
    }

    function test_proveLeftOut_rejectsWhatWasCancelled() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = _pack(_withSalt(order, 0, type(uint64).max));
        _close(orders);
        _expectRejected(_proofOf(order, orders));
    }

    function test_proveLeftOut_rejectsWhatTheMembersOtherKeyReplaced() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(
            _packAs(_withSalt(order, 5, 8), _indexOf(_bob) + 1, DELEGATED_KEY),
            _pack(_bid(_carol, 1, 0))
        );
        _close(orders);
        _expectRejected(_proofOf(order, orders));
        Proof memory proof = _proofOf(_withSalt(order, 5, 8), orders);
        proof.signature = _signatureOf(proof.order, DELEGATED_KEY);
        ++proof.entryIndex;
        _expectRejected(proof);
    }

    function test_proveLeftOut_rejectsWhatWasOpened() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        ICallAuction.Order memory greater = _withSalt(order, 0, 8);
        _commit(order, 0);
        _commit(greater, 1);
        _close("");
        _open(order, 0);
        vm.warp(GATE_CLOSURE + 61);
        _expectRejected(_proofOf(order, ""));
        _expectLeftOut(_proofOf(greater, ""));
    }

    function test_proveLeftOut_rejectsWhatWasReplacedByAnOpenedOrder() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        ICallAuction.Order memory greater = _withSalt(order, 0, 8);
        _commit(greater, 1);
        _close("");
        _open(greater, 1);
        _expectRejected(_proofOf(order, ""));
    }

    function test_proveLeftOut_readsEveryChunk() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        // A thousand orders of the first member, of which none counts, and one more chunk.
        bytes memory first = new bytes(1_000 * ORDER_LENGTH);
        bytes memory without = bytes.concat(first, _pack(_bid(_carol, 1, 0)));
        uint256 before = vm.snapshotState();
        _close(without);
        vm.assertEq(_chunksOf(without).length, 2, "chunks");
        _expectLeftOut(_proofOf(order, without));
        _expectRejected(_proofOf(_bid(_carol, 1, 0), without));
        vm.assertTrue(vm.revertToState(before), "undone");

        bytes memory second = bytes.concat(first, _pack(order), _pack(_bid(_carol, 1, 0)));
        bytes[] memory chunks = _chunksOf(second, 600);
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, 1_002, _chainOf(chunks));
        Proof memory proof = _proofOf(_withSalt(order, 5, 6), second);
        proof.chunks = chunks;
        _expectRejected(proof);
    }

    function test_proveLeftOut_findsTheLastOrderOfAChunk() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        bytes memory orders = bytes.concat(
            new bytes(999 * ORDER_LENGTH),
            _pack(order),
            _pack(_offer(_bob, 1, 0))
        );
        _close(orders);
        _expectRejected(_proofOf(order, orders));
        _expectRejected(_proofOf(_offer(_bob, 1, 0), orders));
    }

    /// @dev Being left out is paid for once, though the member replaced its order and has two receipts.
    function test_proveLeftOut_paysOnceForAMembersSide() public {
        ICallAuction.Order memory order = _bid(_bob, 1_000, 200_000);
        _close("");
        _expectLeftOut(_proofOf(order, ""));
        Proof memory second = _proofOf(_withSalt(order, 5, 8), "");
        bytes memory proven = abi.encodeWithSelector(
            IOrderReceipts.OrderReceiptsAlreadyProven.selector,
            _digestOf(second.order)
        );
        _expectRefused(second, proven);
    }
}
