// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";
import {Session} from "./Session.sol";

/// @dev A session of three households whose orders have receipts, and the challenges that they can make of them.
abstract contract ReceiptSession is Session, Marketplace {
    uint256 internal constant STAKE = 10_000_000;
    uint256 internal constant REWARD = 100_000_000;
    uint256 internal constant DELEGATED_KEY = 88;

    /// @dev All that `proveLeftOut` is called with, and by whom.
    struct Proof {
        address caller;
        MemberId challenger;
        ICallAuction.Order order;
        bytes signature;
        uint16 entryIndex;
        uint32 position;
        uint32 deadline;
        bytes receipt;
        bytes[] chunks;
    }

    MemberId internal _alice;
    MemberId internal _bob;
    MemberId internal _carol;

    function setUp() public virtual override(Neighbourhood, Marketplace) {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _alice = _registerHousehold();
        _bob = _registerHousehold();
        _carol = _registerHousehold();
        vm.prank(_accountOf(_bob));
        members.delegateTrading(
            _bob,
            IMemberRegistry.Delegation({
                key: vm.addr(DELEGATED_KEY),
                sides: 1,
                quantityLimit: EnergyWh.wrap(2_000),
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(200_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
        _publishKeys();
    }

    /// @dev As its member would prove it, with a receipt as the operator gave it, against the orders of the gate's
    /// closure.
    function _proofOf(
        ICallAuction.Order memory order,
        bytes memory orders
    ) internal view returns (Proof memory proof) {
        proof.caller = _accountOf(order.trader);
        proof.challenger = order.trader;
        proof.order = order;
        proof.signature = _signatureOf(order, _keyOf(order.trader));
        proof.entryIndex = _indexOf(order.trader);
        proof.position = 3;
        proof.deadline = uint32(GATE_CLOSURE);
        proof.receipt = _receiptOf(order, 3, uint32(GATE_CLOSURE), RECEIPT_KEY);
        proof.chunks = _chunksOf(orders);
    }

    /// @return 64 bytes, as EIP-2098 has them.
    function _receiptOf(
        ICallAuction.Order memory order,
        uint32 position,
        uint32 deadline,
        uint256 key
    ) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            key,
            receipts.receiptDigestOf(_digestOf(order), position, deadline)
        );
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _prove(Proof memory proof) internal {
        vm.prank(proof.caller);
        receipts.proveLeftOut(
            proof.challenger,
            proof.order,
            proof.signature,
            proof.entryIndex,
            proof.position,
            proof.deadline,
            proof.receipt,
            proof.chunks
        );
    }

    /// @dev The challenger is paid 100 EUR out of the bond, and nobody else anything.
    function _expectLeftOut(Proof memory proof) internal {
        bytes32 digest = _digestOf(proof.order);
        uint256 balance = accounts.balanceOf(proof.challenger);
        uint256 bond = accounts.bondOf(AREA);
        vm.expectEmit();
        emit IOrderReceipts.OrderLeftOut(
            AREA,
            proof.order.deliveryPeriod,
            proof.challenger,
            digest,
            proof.position
        );
        _prove(proof);
        vm.assertEq(accounts.balanceOf(proof.challenger), balance + REWARD, "100 EUR more");
        vm.assertEq(accounts.bondOf(AREA), bond - REWARD, "out of the bond");
        vm.assertTrue(receipts.isLeftOut(digest), "left out");
    }

    /// @dev The challenger loses 10 EUR to the bond.
    function _expectRejected(Proof memory proof) internal {
        bytes32 digest = _digestOf(proof.order);
        uint256 balance = accounts.balanceOf(proof.challenger);
        uint256 bond = accounts.bondOf(AREA);
        vm.expectEmit();
        emit IOrderReceipts.ChallengeRejected(AREA, proof.order.deliveryPeriod, proof.challenger, digest);
        _prove(proof);
        vm.assertEq(accounts.balanceOf(proof.challenger), balance - STAKE, "10 EUR less");
        vm.assertEq(accounts.bondOf(AREA), bond + STAKE, "into the bond");
        vm.assertFalse(receipts.isLeftOut(digest), "not left out");
    }

    function _expectRefused(Proof memory proof, bytes memory error_) internal {
        vm.expectRevert(error_);
        _prove(proof);
    }

    /// @dev Another order of the same member and side.
    function _withSalt(
        ICallAuction.Order memory order,
        uint32 quantity,
        uint64 salt
    ) internal pure returns (ICallAuction.Order memory) {
        return _order(order.trader, order.side, quantity, Price.unwrap(order.limitPrice), salt);
    }

    /// @dev Commits the order on the ledger before the gate closes, to be opened after.
    function _commit(ICallAuction.Order memory order, uint8 lane) internal {
        bytes32 commitment = keccak256(
            abi.encodePacked(_digestOf(order), keccak256(_signatureOf(order, _keyOf(order.trader))))
        );
        vm.prank(_accountOf(order.trader));
        auction.commitOrder(AREA, FIRST_PERIOD, order.trader, lane, commitment);
    }

    function _open(ICallAuction.Order memory order, uint8 lane) internal {
        auction.openOrder(order, _indexOf(order.trader), lane, _signatureOf(order, _keyOf(order.trader)));
    }

    function _wordOf(bytes memory source, uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(source, 32), offset))
        }
    }

    function _notTheMember(MemberId memberId, address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IOrderReceipts.OrderReceiptsNotTheMember.selector, memberId, caller);
    }

    function _unknownEntry(uint256 index, MemberId memberId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionUnknownEntry.selector, index, memberId);
    }

    function _invalidReceipt(address signer) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IOrderReceipts.OrderReceiptsInvalidReceipt.selector, signer);
    }
}
