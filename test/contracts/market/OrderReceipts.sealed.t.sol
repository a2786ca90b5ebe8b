// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {MemberId, TraderNumber} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";
import {ReceiptSession} from "./ReceiptSession.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {SealedNeighbourhood} from "./SealedNeighbourhood.sol";

// proveLeftOut, on a sealed day
//   given an order of a trader that is not revealed, it reverts, whoever calls
//   given a revealed trader, its member is paid for an order that was left out, and loses its stake for one that was
//     not
//   given another member, be it the one of the trader's number, it reverts
//   given a key that was revoked before gate closure, it reverts as for an order that was void
contract SealedReceiptsTest is ReceiptSession, SealedNeighbourhood {
    using SealedDraw for SealedDraw.Book;

    function setUp() public override(ReceiptSession, Neighbourhood) {
        ReceiptSession.setUp();
    }

    function test_proveLeftOut_needsTheTradersMember() public {
        _close("");
        Proof memory proof = _sealedProof(_bob, "");
        bytes memory unknown = abi.encodeWithSelector(
            IOrderReceipts.OrderReceiptsTraderUnknown.selector,
            AREA,
            DAY,
            TraderNumber.wrap(MemberId.unwrap(_traderOf(_bob)))
        );
        _expectRefused(proof, unknown);
        proof.caller = STRANGER;
        _expectRefused(proof, unknown);
        _book.reveal(_bob);
        _expectRefused(proof, _notTheMember(_bob, STRANGER));
        proof.caller = _accountOf(_bob);
        // Not under its trader number, and no other member.
        proof.challenger = proof.order.trader;
        _expectRefused(proof, _notTheMember(proof.challenger, proof.caller));
        (proof.challenger, proof.caller) = (_alice, _accountOf(_alice));
        _expectRefused(proof, _notTheMember(_alice, proof.caller));
    }

    function test_proveLeftOut_paysTheMemberOfTheTrader() public {
        _close("");
        _book.reveal(_bob);
        _expectLeftOut(_sealedProof(_bob, ""));
        _expectRefused(
            _sealedProof(_bob, ""),
            abi.encodeWithSelector(
                IOrderReceipts.OrderReceiptsAlreadyProven.selector,
                _digestOf(_bid(_traderOf(_bob), 1_000, 200_000))
            )
        );
    }

    function test_proveLeftOut_rejectsWhatIsThere() public {
        ICallAuction.Order memory order = _bid(_traderOf(_bob), 1_000, 200_000);
        bytes memory orders = _packAs(order, _indexOf(order.trader), _dayKeyOf(_bob));
        _close(orders);
        _book.reveal(_bob);
        vm.assertTrue(receipts.holdsOrder(order, _chunksOf(orders)), "held");
        _expectRejected(_sealedProof(_bob, orders));
    }

    function test_proveLeftOut_revertsForAKeyRevokedInTime() public {
        vm.warp(GATE_CLOSURE - 1);
        members.deactivateMember(_bob);
        _close("");
        _book.reveal(_bob);
        _expectRefused(
            _sealedProof(_bob, ""),
            abi.encodeWithSelector(
                ICallAuction.CallAuctionKeyRevoked.selector,
                _traderOf(_bob),
                vm.addr(_dayKeyOf(_bob)),
                uint32(GATE_CLOSURE - 1)
            )
        );
    }

    function _publishKeys() internal override(Neighbourhood, SealedNeighbourhood) {
        SealedNeighbourhood._publishKeys();
    }

    /// @dev A bid of the member's trader for 1,000 Wh, with a receipt.
    function _sealedProof(MemberId member, bytes memory orders) private view returns (Proof memory proof) {
        ICallAuction.Order memory order = _bid(_traderOf(member), 1_000, 200_000);
        proof = _proofOf(order, orders);
        proof.caller = _accountOf(member);
        proof.challenger = member;
        proof.signature = _signatureOf(order, _dayKeyOf(member));
    }
}
