// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given one key that trades for two members, and is another member's own
//   its orders take part, each for the member that it names, in the batch and opened on the ledger
//   what it signed for one member is not taken for another's
//   when one member revokes it, it still trades for the others
contract SharedKeysTest is ReferenceAuction {
    MemberId private _first;
    MemberId private _second;
    MemberId private _agent;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(3);
        _second = MemberId.wrap(MemberId.unwrap(_first) + 1);
        _agent = MemberId.wrap(MemberId.unwrap(_first) + 2);
        _delegate(_first);
        _delegate(_second);
        _publishKeys();
    }

    function test_sharedKey_tradesForEveryMemberAndItself() public {
        _requireTraded(_orders(), _claim(100_000, 800, 800, 900, 0), 800);
    }

    function test_sharedKey_tradesForTheOthersWhereOneRevokesIt() public {
        vm.warp(GATE_CLOSURE - 1);
        vm.prank(_accountOf(_first));
        members.revokeDelegation(_first);
        _requireTraded(_orders(), _claim(100_000, 500, 500, 900, 0), 500);
    }

    function test_sharedKey_signsForTheMemberItNames() public {
        ICallAuction.Order memory order = _bid(_first, 300, 200_000);
        bytes memory signature = _signatureOf(order, _keyOf(_agent));
        // With the entries of the second and of the agent itself, that have the same key.
        bytes memory orders = bytes.concat(_termsOf(order, 3), signature, _termsOf(order, 4), signature);
        _close(orders);
        vm.assertEq(_referenceOf(FIRST_PERIOD, orders, new bytes20[](0)).voids, 2, "both are void");
        _clear(_noTrade(), orders);
    }

    function test_sharedKey_commitsAndOpensForEveryMember() public {
        ICallAuction.Order memory bid = _bid(_first, 300, 200_000);
        ICallAuction.Order memory offer = _offer(_second, 300, 200_000);
        _commit(bid);
        _commit(offer);
        _close("");
        auction.openOrder(bid, 1, 0, _signatureOf(bid, _keyOf(_agent)));
        auction.openOrder(offer, 3, 0, _signatureOf(offer, _keyOf(_agent)));
        bytes memory forced = bytes.concat(_termsOf(bid, 1), _termsOf(offer, 3));
        auction.clear(AREA, FIRST_PERIOD, _claim(200_000, 300, 0, 300, 0), "", forced);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 300, "traded");
    }

    function _requireTraded(
        bytes memory orders,
        ICallAuction.ClearingClaim memory claim,
        uint256 volume
    ) private {
        _close(orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, new bytes20[](0));
        vm.assertEq(abi.encode(outcome.claim), abi.encode(claim), "claim");
        _clear(claim, orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, volume, "traded");
    }

    /// @dev Entries are two of the first, two of the second, one of the agent.
    function _orders() private view returns (bytes memory) {
        return
            bytes.concat(
                _packAs(_bid(_first, 300, 200_000), 1, _keyOf(_agent)),
                _packAs(_bid(_second, 500, 200_000), 3, _keyOf(_agent)),
                _packAs(_offer(_agent, 900, 100_000), 4, _keyOf(_agent))
            );
    }

    function _commit(ICallAuction.Order memory order) private {
        bytes memory signature = _signatureOf(order, _keyOf(_agent));
        bytes32 commitment = keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)));
        vm.prank(_accountOf(_agent));
        auction.commitOrder(AREA, FIRST_PERIOD, order.trader, 0, commitment);
    }

    function _delegate(MemberId memberId) private {
        vm.prank(_accountOf(memberId));
        members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: _accountOf(_agent),
                sides: 3,
                quantityLimit: EnergyWh.wrap(1_000),
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(300_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
    }
}
