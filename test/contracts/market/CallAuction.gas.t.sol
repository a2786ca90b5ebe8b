// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {ReferenceRule} from "./ReferenceRule.sol";
import {Session} from "./Session.sol";

// Given a closed session of 1,000 orders of 1,000 members
//   when half of the orders trade, the whole transaction that clears it, with what its data cost, asks at most 5,600 gas
//     an order
//   when all of them trade, half of them pro rata at the price, and the members' keys must be looked up, because somebody
//     was revoked since they were published, it asks little more
abstract contract ThousandOrders is Session, WholeTransactionGas {
    uint256 internal constant COUNT = 1_000;

    MemberId private _first;

    /// @dev All that warms storage or code happens here, in a transaction of its own.
    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(COUNT);
        _publishKeys();
        _prepare();
        (bytes memory orders, ) = _packAll();
        _close(orders);
    }

    function _prepare() internal virtual {}

    function _orderOf(uint24 i) internal view virtual returns (ICallAuction.Order memory order);

    /// @return gas Of the transaction that clears the orders.
    function _clearAll() internal returns (uint256 gas) {
        (bytes memory orders, ReferenceRule.BookOrder[] memory book) = _packAll();
        (ICallAuction.ClearingClaim memory claim, ) = ReferenceRule.clear(book);
        bytes memory data = abi.encodeCall(ICallAuction.clear, (AREA, FIRST_PERIOD, claim, orders, ""));
        // What was asked of it to sign the orders made it warm.
        vm.cool(address(auction));
        address target = address(auction);

        (bool isDone, ) = target.call(data);
        gas = _gasOf("clear, 1000 orders", data);

        vm.assertTrue(isDone && auction.isCleared(AREA, FIRST_PERIOD), "cleared");
    }

    function _packAll() private view returns (bytes memory orders, ReferenceRule.BookOrder[] memory book) {
        orders = new bytes(COUNT * ORDER_LENGTH);
        book = new ReferenceRule.BookOrder[](COUNT);
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint24 i = 0; i < COUNT; ++i) {
            ICallAuction.Order memory order = _orderOf(i);
            _write(orders, i, _packAs(order, uint16(i), _keyOf(order.trader)));
            book[i].isBid = order.side == ICallAuction.Side.Bid;
            book[i].quantity = EnergyWh.unwrap(order.quantity);
            book[i].limit = Price.unwrap(order.limitPrice);
            Memory.unsafeSetFreeMemoryPointer(free);
        }
    }

    /// @dev Stands until gate closure; salts grow with every order of a wallet: the millisecond at which it was signed.
    function _memberOrder(uint24 i) internal view returns (ICallAuction.Order memory order) {
        MemberId memberId = MemberId.wrap(MemberId.unwrap(_first) + i);
        uint64 salt = uint64(LONG_BEFORE * 1_000 + 61_137 * uint256(i));
        order = _order(memberId, ICallAuction.Side.Bid, 0, 0, salt);
        order.expiry = uint32(GATE_CLOSURE);
    }
}

contract CallAuctionGasTest is ThousandOrders {
    function test_gas_clear_1000Orders() public {
        uint256 gas = _clearAll();
        vm.snapshotValue("clear, 1000 orders, transaction", gas);
        vm.snapshotValue("gas per verified order of 1000", gas / COUNT);
        vm.assertTrue(gas / COUNT <= 5_600, vm.toString(gas));
    }

    /// @dev Limits between what the supplier asks and what it pays, quantities of a household.
    function _orderOf(uint24 i) internal view override returns (ICallAuction.Order memory order) {
        uint256 random = uint256(keccak256(abi.encode(i)));
        order = _memberOrder(i);
        order.side = random % 2 == 0 ? ICallAuction.Side.Bid : ICallAuction.Side.Offer;
        order.quantity = EnergyWh.wrap(uint32(100 + ((random >> 8) % 2_000)));
        order.limitPrice = Price.wrap(int24(uint24(80_000 + 100 * ((random >> 64) % 2_200))));
    }
}

contract CallAuctionWorstGasTest is ThousandOrders {
    function test_gas_clear_1000OrdersThatAllTrade() public {
        uint256 gas = _clearAll();
        vm.snapshotValue("gas per verified order of 1000 that all trade", gas / COUNT);
        vm.assertTrue(gas / COUNT <= 5_750, vm.toString(gas));
    }

    function _prepare() internal override {
        members.deactivateMember(SUPPLIER_ID);
    }

    function _orderOf(uint24 i) internal view override returns (ICallAuction.Order memory order) {
        order = _memberOrder(i);
        order.side = i % 2 == 0 ? ICallAuction.Side.Bid : ICallAuction.Side.Offer;
        order.quantity = EnergyWh.wrap(i % 2 == 0 ? 1_000 : 999);
        order.limitPrice = Price.wrap(i % 2 == 0 ? int24(200_000) : int24(100_000));
    }
}
