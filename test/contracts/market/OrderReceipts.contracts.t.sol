// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {IOrderReceipts} from "../../../contracts/market/IOrderReceipts.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {CredulousWallet} from "./CredulousWallet.sol";
import {ReceiptSession} from "./ReceiptSession.sol";

// proveLeftOut, of members some of whose keys are contracts
//   given an order that only a contract says is signed, by the member's key or by one to which it delegated, it reverts
//   given an order that another of the member's keys signed than the one whose entry is named, it reverts
//   given an order of a key that is no contract, and in its place in the batch one that only a contract accepts, it was
//     left out
contract OrderReceiptsContractsTest is ReceiptSession {
    /// @dev Whether a contract accepts a signature is for its owner to say, at any time anew: its member could have the
    /// operator take an order that it then cannot include, such as by emptying the lane that the operator filled.
    function test_proveLeftOut_revertsForAContractAccount() public {
        vm.warp(LONG_BEFORE);
        WalletMock wallet = new WalletMock(vm.addr(9_001));
        MemberId id = _registerAs(AREA, IMemberRegistry.Kind.Household, address(wallet));
        _fund(id, DEPOSIT);
        _publishKeys();
        ICallAuction.Order memory order = _bid(id, 1_000, 200_000);
        Proof memory proof = _proofOf(order, "");
        proof.signature = _longSignatureOf(order, 9_001);
        proof.caller = address(wallet);
        auction.commitOrder(
            AREA,
            FIRST_PERIOD,
            id,
            0,
            keccak256(abi.encodePacked(_digestOf(order), keccak256(proof.signature)))
        );
        wallet.call(
            address(auction),
            abi.encodeCall(ICallAuction.commitOrder, (AREA, FIRST_PERIOD, id, 0, bytes32(0)))
        );
        _close("");
        _expectRefused(proof, _contractAccount(id));
    }

    function test_proveLeftOut_revertsForAContractToWhichTradingIsDelegated() public {
        vm.warp(LONG_BEFORE);
        MemberId dora = _registerHousehold();
        WalletMock wallet = new WalletMock(vm.addr(9_001));
        _delegate(dora, _accountOf(dora), address(wallet));
        _publishKeys();
        _close("");
        ICallAuction.Order memory order = _bid(dora, 1, 0);
        Proof memory proof = _proofOf(order, "");
        proof.signature = _longSignatureOf(order, 9_001);
        ++proof.entryIndex;
        _expectRefused(proof, _contractAccount(dora));
    }

    /// @dev The operator has to leave out what a revoked key signed, though the member's contract would accept it.
    function test_proveLeftOut_revertsWhereAnotherEntryIsNamedThanThatOfTheKeyThatSigned() public {
        vm.warp(LONG_BEFORE);
        CredulousWallet wallet = new CredulousWallet();
        MemberId eve = _registerAs(AREA, IMemberRegistry.Kind.Household, address(wallet));
        _fund(eve, DEPOSIT);
        _delegate(eve, address(wallet), vm.addr(9_002));
        _publishKeys();
        vm.warp(GATE_CLOSURE - 1);
        vm.prank(address(wallet));
        members.revokeDelegation(eve);
        _close("");
        ICallAuction.Order memory order = _bid(eve, 1, 0);
        Proof memory proof = _proofOf(order, "");
        proof.signature = _signatureOf(order, 9_002);
        proof.caller = address(wallet);
        _expectRefused(proof, _contractAccount(eve));
    }

    /// @dev What a contract accepts counts where an order is opened; in a batch nobody asks it, so that the order
    /// is void, and another of the member's keys may say that it was left out.
    function test_proveLeftOut_paysWhereOneThatOnlyAContractAcceptsIsInItsPlace() public {
        CredulousWallet wallet = new CredulousWallet();
        MemberId memberId = _registerAs(AREA, IMemberRegistry.Kind.Household, address(wallet));
        _fund(memberId, DEPOSIT);
        _delegate(memberId, address(wallet), vm.addr(DELEGATED_KEY));
        _publishKeys();
        ICallAuction.Order memory order = _bid(memberId, 1_000, 200_000);
        bytes memory orders = _packAs(_withSalt(order, 5, 8), _indexOf(memberId), DELEGATED_KEY);
        _close(orders);
        Proof memory proof = _proofOf(order, orders);
        proof.caller = address(wallet);
        proof.signature = _signatureOf(order, DELEGATED_KEY);
        ++proof.entryIndex;
        _expectLeftOut(proof);
    }

    function _delegate(MemberId memberId, address account, address key) private {
        vm.prank(account);
        members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: key,
                sides: 3,
                quantityLimit: EnergyWh.wrap(2_000),
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(200_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
    }

    function _contractAccount(MemberId memberId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOrderReceipts.OrderReceiptsContractAccount.selector, memberId);
    }
}
