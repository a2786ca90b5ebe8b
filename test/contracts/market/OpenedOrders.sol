// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

/// @dev Three households, of which the second has delegated offers, and one whose account is a contract.
abstract contract OpenedOrders is ReferenceAuction {
    uint256 internal constant DELEGATED_KEY = 0xde1e;
    uint256 internal constant OWNER_KEY = 0x0317e7;

    MemberId internal _first;
    MemberId internal _second;
    MemberId internal _third;
    MemberId internal _walletMember;
    WalletMock internal _wallet;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(3);
        _second = MemberId.wrap(MemberId.unwrap(_first) + 1);
        _third = MemberId.wrap(MemberId.unwrap(_first) + 2);
        vm.prank(_accountOf(_second));
        members.delegateTrading(
            _second,
            IMemberRegistry.Delegation({
                key: vm.addr(DELEGATED_KEY),
                sides: 2,
                quantityLimit: EnergyWh.wrap(600),
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(250_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
        _wallet = new WalletMock(vm.addr(OWNER_KEY));
        _walletMember = _registerAs(AREA, IMemberRegistry.Kind.Household, address(_wallet));
        _fund(_walletMember, DEPOSIT);
        _publishKeys();
    }

    function _commit(ICallAuction.Order memory order, uint8 lane) internal {
        _commit(order, lane, _signatureOf(order, _keyOf(order.trader)));
    }

    function _commit(ICallAuction.Order memory order, uint8 lane, bytes memory signature) internal {
        auction.commitOrder(
            AREA,
            FIRST_PERIOD,
            order.trader,
            lane,
            keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)))
        );
    }

    function _open(ICallAuction.Order memory order, uint8 lane) internal {
        bytes memory signature = _signatureOf(order, _keyOf(order.trader));
        auction.openOrder(order, _indexOf(order.trader), lane, signature);
    }
}
