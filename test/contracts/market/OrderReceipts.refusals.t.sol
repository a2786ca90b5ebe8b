// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {EnergyWh, MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReceiptSession} from "./ReceiptSession.sol";

// proveLeftOut, where nothing can be proved
//   given anybody but the order's member (a stranger, another member, the delegated key), it reverts
//   given an open gate, or committed orders that can still be opened, it reverts
//   given other orders than the gate was closed with (none, some, more, or cut differently), it reverts
//   given an order that was not valid at gate closure (expired, with a revoked key, not signed by its entry's key, of
//     another product, off the tick, over its limit or allowance, outside a delegation, of an entry published too
//     late), it reverts with the error of that rule
//   given a receipt for another order, position or deadline, by nobody, somebody without the role or who lost it,
//     or a malleable one, it reverts
//   given an order that was proven left out, it reverts
//   given a false challenge of a member whose free funds are less than the stake, it reverts, and a cent more is
//     enough
// proveLeftOut, amounts
//   given a bond of less than the reward, it reverts, and is paid once the bond is filled again
// receiptDigestOf
//   given a receipt, it is the EIP-712 digest in the contract's own domain
contract OrderReceiptsRefusalsTest is ReceiptSession {
    ICallAuction.Order private _bobs;

    function setUp() public override {
        super.setUp();
        _bobs = _bid(_bob, 1_000, 200_000);
    }

    function test_proveLeftOut_revertsForAnybodyElse() public {
        _close("");
        Proof memory proof = _proofOf(_bobs, "");
        address[4] memory callers = [STRANGER, _accountOf(_alice), vm.addr(DELEGATED_KEY), address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            proof.caller = callers[i];
            _expectRefused(proof, _notTheMember(_bob, callers[i]));
        }
        // Another member cannot take the reward for itself.
        proof.caller = _accountOf(_alice);
        proof.challenger = _alice;
        _expectRefused(proof, _notTheMember(_alice, proof.caller));
        proof.caller = _accountOf(_bob);
        _expectRefused(proof, _notTheMember(_alice, proof.caller));
    }

    function test_proveLeftOut_revertsForAMemberOfAnotherArea() public {
        _close("");
        _bobs.area = OTHER_AREA;
        Proof memory proof = _proofOf(_bobs, "");
        _expectRefused(proof, _notTheMember(_bob, proof.caller));
    }

    function test_proveLeftOut_revertsBeforeTheGateIsClosed() public {
        bytes memory open = abi.encodeWithSelector(
            IOrderReceipts.OrderReceiptsGateNotClosed.selector,
            AREA,
            FIRST_PERIOD
        );
        _expectRefused(_proofOf(_bobs, ""), open);
        vm.warp(GATE_CLOSURE + 1 days);
        _expectRefused(_proofOf(_bobs, ""), open);
    }

    function test_proveLeftOut_revertsWhileOrdersCanBeOpened() public {
        _commit(_bobs, 0);
        _close("");
        vm.warp(GATE_CLOSURE + 60);
        _expectRefused(
            _proofOf(_bobs, ""),
            abi.encodeWithSelector(
                IOrderReceipts.OrderReceiptsOpening.selector,
                FIRST_PERIOD,
                GATE_CLOSURE + 60,
                GATE_CLOSURE + 60
            )
        );
        vm.warp(GATE_CLOSURE + 61);
        _expectLeftOut(_proofOf(_bobs, ""));
    }

    function test_proveLeftOut_revertsForOtherOrders() public {
        bytes memory orders = bytes.concat(_pack(_bid(_alice, 1, 0)), _pack(_bobs));
        _close(orders);
        _expectWrongOrders(_chunksOf(""));
        _expectWrongOrders(_chunksOf(_pack(_bid(_alice, 1, 0))));
        _expectWrongOrders(_chunksOf(bytes.concat(orders, _pack(_bid(_carol, 1, 0)))));
        _expectWrongOrders(_chunksOf(bytes.concat(_pack(_bobs), _pack(_bid(_alice, 1, 0)))));
        bytes[] memory cut = new bytes[](2);
        (cut[0], cut[1]) = (_pack(_bid(_alice, 1, 0)), _pack(_bobs));
        _expectWrongOrders(cut);
        cut[0] = orders;
        cut[1] = "";
        _expectWrongOrders(cut);
    }

    function test_proveLeftOut_revertsForAnOrderThatHadExpired() public {
        _close("");
        _bobs.expiry = uint32(GATE_CLOSURE - 1);
        _expectRefused(
            _proofOf(_bobs, ""),
            abi.encodeWithSelector(ICallAuction.CallAuctionExpired.selector, GATE_CLOSURE - 1, GATE_CLOSURE)
        );
        _bobs.expiry = uint32(GATE_CLOSURE);
        _expectLeftOut(_proofOf(_bobs, ""));
    }

    function test_proveLeftOut_revertsForAKeyThatWasRevokedByThen() public {
        Proof memory proof = _proofOf(_bobs, "");
        proof.signature = _signatureOf(_bobs, DELEGATED_KEY);
        ++proof.entryIndex;
        _close("");
        vm.prank(_accountOf(_bob));
        members.revokeDelegation(_bob);
        _expectRefused(
            proof,
            abi.encodeWithSelector(
                ICallAuction.CallAuctionKeyRevoked.selector,
                _bob,
                vm.addr(DELEGATED_KEY),
                GATE_CLOSURE
            )
        );
    }

    function test_proveLeftOut_paysForAKeyThatWasRevokedLater() public {
        Proof memory proof = _proofOf(_bobs, "");
        proof.signature = _signatureOf(_bobs, DELEGATED_KEY);
        ++proof.entryIndex;
        _close("");
        vm.warp(GATE_CLOSURE + 1);
        vm.prank(_accountOf(_bob));
        members.revokeDelegation(_bob);
        _expectLeftOut(proof);
    }

    function test_proveLeftOut_revertsForAnOrderThatIsNotSigned() public {
        _close("");
        bytes memory invalid = abi.encodeWithSelector(
            ICallAuction.CallAuctionInvalidSignature.selector,
            _bob
        );
        Proof memory proof = _proofOf(_bobs, "");
        proof.signature = _signatureOf(_bobs, _keyOf(_alice));
        _expectRefused(proof, invalid);
        proof.signature = "";
        _expectRefused(proof, invalid);
        proof = _proofOf(_bobs, "");
        ++proof.entryIndex;
        _expectRefused(proof, invalid);
    }

    function test_proveLeftOut_revertsForAnotherEntry() public {
        _close("");
        Proof memory proof = _proofOf(_bobs, "");
        proof.entryIndex = _indexOf(_alice);
        _expectRefused(proof, _unknownEntry(proof.entryIndex, _bob));
        proof.entryIndex = type(uint16).max;
        _expectRefused(proof, _unknownEntry(proof.entryIndex, _bob));
    }

    function test_proveLeftOut_revertsForAnEntryPublishedAtGateClosure() public {
        MemberId late = _registerHousehold();
        vm.warp(GATE_CLOSURE);
        _publishKeys();
        _close("");
        Proof memory proof = _proofOf(_bid(late, 1, 0), "");
        vm.assertEq(proof.entryIndex, 4, "it has an entry");
        _expectRefused(proof, _unknownEntry(4, late));
    }

    function test_proveLeftOut_revertsForAnOrderThatWouldHaveBeenVoid() public {
        _close("");
        ICallAuction.Order memory order = _bobs;
        order.product = 1;
        _expectRefused(
            _proofOf(order, ""),
            abi.encodeWithSelector(ICallAuction.CallAuctionUnknownProduct.selector, 1, bytes32(0))
        );
        order = _bid(_bob, 1_000, 200_050);
        _expectRefused(
            _proofOf(order, ""),
            abi.encodeWithSelector(ICallAuction.CallAuctionInvalidPrice.selector, order.limitPrice)
        );
        order = _bid(_bob, 10_001, 100);
        _expectRefused(
            _proofOf(order, ""),
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOverLimit.selector,
                _bob,
                EnergyWh.wrap(10_001),
                QUANTITY_LIMIT
            )
        );
        // 10 kWh at 1.0001 EUR, where 10 EUR may be at risk in a session.
        _expectRefused(
            _proofOf(_bid(_bob, 10_000, 1_000_100), ""),
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOverAllowance.selector,
                _bob,
                ALLOWANCE + 1_000,
                ALLOWANCE
            )
        );
        _expectLeftOut(_proofOf(_bid(_bob, 10_000, 1_000_000), ""));
    }

    function test_proveLeftOut_revertsOutsideTheDelegation() public {
        _close("");
        _expectOutsideDelegation(_offer(_bob, 1_000, 100_000));
        _expectOutsideDelegation(_bid(_bob, 1_000, 200_100));
        _expectOutsideDelegation(_bid(_bob, 1_000, -100));
        // The gate of the next period closes after the key has expired.
        vm.warp(GATE_CLOSURE + 900);
        ICallAuction.Order memory next = _bid(_bob, 1_000, 100_000);
        next.deliveryPeriod = LAST_PERIOD;
        vm.warp(START + 9 * 900);
        auction.closeGate(AREA, LAST_PERIOD, 0, 0);
        next.expiry = uint32(block.timestamp);
        _expectOutsideDelegation(next);
    }

    function test_proveLeftOut_revertsForAReceiptOfSomethingElse() public {
        _close("");
        Proof memory proof = _proofOf(_bobs, "");
        bytes memory receipt = proof.receipt;
        proof.receipt = _receiptOf(_withSalt(_bobs, 1_000, 8), 3, uint32(GATE_CLOSURE), RECEIPT_KEY);
        _expectForged(proof);
        proof.receipt = _receiptOf(_bobs, 4, uint32(GATE_CLOSURE), RECEIPT_KEY);
        _expectForged(proof);
        proof.receipt = _receiptOf(_bobs, 3, uint32(GATE_CLOSURE + 1), RECEIPT_KEY);
        _expectForged(proof);
        // A receipt is not signed in the auction's domain.
        proof.receipt = _signatureOf(_bobs, RECEIPT_KEY);
        _expectForged(proof);
        proof.receipt = receipt;
        ++proof.position;
        _expectForged(proof);
        --proof.position;
        --proof.deadline;
        _expectForged(proof);
        ++proof.deadline;
        _expectLeftOut(proof);
    }

    function test_proveLeftOut_revertsForAReceiptOfSomebodyElse() public {
        _close("");
        Proof memory proof = _proofOf(_bobs, "");
        bytes memory receipt = proof.receipt;
        proof.receipt = _receiptOf(_bobs, 3, uint32(GATE_CLOSURE), _keyOf(_bob));
        _expectRefused(proof, _invalidReceipt(_accountOf(_bob)));
        proof.receipt = "";
        _expectRefused(proof, _invalidReceipt(address(0)));
        proof.receipt = new bytes(64);
        _expectRefused(proof, _invalidReceipt(address(0)));
        proof.receipt = new bytes(65);
        _expectRefused(proof, _invalidReceipt(address(0)));
        proof.receipt = _malleableReceipt();
        _expectRefused(proof, _invalidReceipt(address(0)));

        proof.receipt = receipt;
        proof.receipt = _receiptOf(_bobs, proof.position, uint32(GATE_CLOSURE), 78);
        _expectRefused(proof, _invalidReceipt(vm.addr(78)));
        // Whose credential was revoked behind the deadline signed while it had one.
        vm.warp(GATE_CLOSURE + 1);
        _revokeReceiptSigner();
        proof.receipt = receipt;
        _expectLeftOut(proof);
    }

    function test_proveLeftOut_revertsForASignerThatWasRevokedByTheDeadline() public {
        vm.warp(GATE_CLOSURE);
        _revokeReceiptSigner();
        _close("");
        _expectRefused(_proofOf(_bobs, ""), _invalidReceipt(vm.addr(RECEIPT_KEY)));
    }

    function _revokeReceiptSigner() private {
        bytes32[] memory one = new bytes32[](1);
        one[0] = credentials.heldBy(vm.addr(RECEIPT_KEY), Role.ReceiptSigner, AREA);
        credentials.revokeCredentials(one);
    }

    function test_proveLeftOut_revertsTheSecondTime() public {
        _close("");
        Proof memory proof = _proofOf(_bobs, "");
        _expectLeftOut(proof);
        bytes memory proven = abi.encodeWithSelector(
            IOrderReceipts.OrderReceiptsAlreadyProven.selector,
            _digestOf(_bobs)
        );
        _expectRefused(proof, proven);
        // Neither another signature nor another receipt makes another order of it.
        proof.signature = _longSignatureOf(_bobs, _keyOf(_bob));
        proof.position = 4;
        proof.receipt = _receiptOf(_bobs, 4, uint32(GATE_CLOSURE), RECEIPT_KEY);
        _expectRefused(proof, proven);
    }

    function test_proveLeftOut_revertsForAFalseChallengeThatNobodyCanPay() public {
        bytes memory orders = _pack(_bobs);
        _close(orders);
        uint256 free = accounts.freeOf(_bob);
        vm.assertEq(free, DEPOSIT - 96 * ALLOWANCE, "a day is locked");
        vm.prank(_accountOf(_bob));
        accounts.withdraw(_bob, free - STAKE + 1);
        _expectRefused(
            _proofOf(_bobs, orders),
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _bob, STAKE - 1, STAKE)
        );
        _fund(_bob, 1);
        _expectRejected(_proofOf(_bobs, orders));
    }

    function test_proveLeftOut_staysToBeClaimedWhereTheBondCannotPayIt() public {
        _close("");
        accounts.announceBondWithdrawal(AREA, BOND - REWARD + 1);
        vm.warp(block.timestamp + 14 days);
        accounts.withdrawBond(AREA);
        _expectRefused(
            _proofOf(_bobs, ""),
            abi.encodeWithSelector(
                IOrderReceipts.OrderReceiptsBondTooSmall.selector,
                AREA,
                REWARD - 1,
                REWARD
            )
        );
        vm.assertFalse(receipts.isLeftOut(_digestOf(_bobs)), "not used up");
        _payBond(AREA, 1);
        _expectLeftOut(_proofOf(_bobs, ""));
        vm.assertEq(accounts.bondOf(AREA), 0, "nothing is left");
    }

    function test_receiptDigestOf_isTypedDataOfItsOwnDomain() public view {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("OrderReceipt(bytes32 orderDigest,uint32 position,uint32 deadline)"),
                bytes32("digest"),
                3,
                GATE_CLOSURE
            )
        );
        bytes32 expected = keccak256(
            abi.encodePacked(hex"1901", _separatorOf(address(receipts)), structHash)
        );
        vm.assertEq(receipts.receiptDigestOf("digest", 3, uint32(GATE_CLOSURE)), expected, "digest");
    }

    function _expectWrongOrders(bytes[] memory chunks) private {
        Proof memory proof = _proofOf(_bobs, "");
        proof.chunks = chunks;
        bytes32 submitted = 0;
        for (uint256 i = 0; i < chunks.length; ++i) {
            submitted = keccak256(abi.encodePacked(submitted, keccak256(chunks[i])));
        }
        bytes32 committed = auction.sessionOf(AREA, FIRST_PERIOD).ordersHash;
        _expectRefused(
            proof,
            abi.encodeWithSelector(IOrderReceipts.OrderReceiptsWrongOrders.selector, committed, submitted)
        );
    }

    function _expectOutsideDelegation(ICallAuction.Order memory order) private {
        Proof memory proof = _proofOf(order, "");
        proof.signature = _signatureOf(order, DELEGATED_KEY);
        ++proof.entryIndex;
        _expectRefused(
            proof,
            abi.encodeWithSelector(
                ICallAuction.CallAuctionOutsideDelegation.selector,
                _bob,
                vm.addr(DELEGATED_KEY)
            )
        );
    }

    /// @dev Whose signature it is of a receipt that was not given, nobody knows: somebody's, who has no role.
    function _expectForged(Proof memory proof) private {
        bytes32 digest = receipts.receiptDigestOf(_digestOf(proof.order), proof.position, proof.deadline);
        bytes32 vs = _wordOf(proof.receipt, 32);
        address signer = ecrecover(
            digest,
            uint8(27 + uint256(vs >> 255)),
            _wordOf(proof.receipt, 0),
            bytes32((uint256(vs) << 1) >> 1)
        );
        _expectRefused(proof, _invalidReceipt(signer));
    }

    /// @return The receipt's signature with the other s, which the same key could have made.
    function _malleableReceipt() private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            RECEIPT_KEY,
            receipts.receiptDigestOf(_digestOf(_bobs), 3, uint32(GATE_CLOSURE))
        );
        uint256 groupOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        return abi.encodePacked(r, bytes32(groupOrder - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }
}
