// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {OrderTerms, PackedOrders} from "../../../contracts/market/PackedOrders.sol";
import {AreaId, DeliveryPeriod, EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given packed orders, whatever stands before and after one of them
//   its terms are read as they were packed, and packed as they are read
//   its struct hash is that of a wallet
//   of terms alone, twenty bytes apart, each is read, too
// Given any terms, all zero or not, with a mark behind them
//   they are theirs, no others are, and nothing that was never written is
contract PackedOrdersTest {
    using PackedOrders for bytes;
    using PackedOrders for ICallAuction.Order;

    function test_vectors_areReadAsTheyWerePacked() public view {
        string memory vectors = vm.readFile("test/vectors/order.json");
        uint256 count = 0;
        for (string memory path = ".cases[0]"; vm.keyExistsJson(vectors, path); path = _pathOf(++count)) {
            bytes memory packed = vm.parseJsonBytes(vectors, string.concat(path, ".packed"));
            bytes memory terms = abi.encodePacked(bytes20(packed));
            (ICallAuction.Order memory order, uint16 entryIndex, uint256 gateClosure) = _read(vectors, path);
            this.requireTerms(
                bytes.concat(new bytes(84), packed, packed),
                84,
                order,
                entryIndex,
                gateClosure
            );
            // The last of a call has nothing behind it.
            this.requireTerms(bytes.concat(terms, terms), 20, order, entryIndex, gateClosure);
            bytes32 structHash = vm.parseJsonBytes32(vectors, string.concat(path, ".structHash"));
            vm.assertEq(this.structHashOf(order), structHash, path);
        }
        vm.assertEq(count, 4, "cases");
    }

    function testFuzz_orders_areReadAsTheyWerePacked(
        uint16 entryIndex,
        bool isOffer,
        uint32 quantity,
        uint16 tick,
        uint32 life,
        uint64 salt
    ) public view {
        uint256 gateClosure = 1_709_999_700;
        ICallAuction.Order memory order;
        order.side = isOffer ? ICallAuction.Side.Offer : ICallAuction.Side.Bid;
        order.quantity = EnergyWh.wrap(quantity & 0x7fffffff);
        order.limitPrice = Price.wrap(int24(int256(uint256(tick % 45_001)) * 100 - 500_000));
        order.expiry = uint32(gateClosure + (life % (type(uint32).max - gateClosure + 1)));
        order.salt = salt;
        bytes20 terms = this.termsOf(order, entryIndex, gateClosure);
        this.requireTerms(bytes.concat(new bytes(20), terms), 20, order, entryIndex, gateClosure);
    }

    function testFuzz_marked_areTheirOwnTermsOnly(bytes20 terms, bytes20 other) public pure {
        bytes21 marked = PackedOrders.marked(terms);
        vm.assertTrue(marked != 0, "never nothing");
        vm.assertTrue(bytes20(marked) == terms, "with the terms in front");
        vm.assertTrue(OrderTerms.wrap(uint256(bytes32(terms))).isMarked(marked), "their own");
        // What stands behind the terms in calldata is not theirs.
        vm.assertTrue(
            OrderTerms.wrap(uint256(bytes32(terms)) | type(uint96).max).isMarked(marked),
            "whatever is behind them"
        );
        vm.assertTrue(
            OrderTerms.wrap(uint256(bytes32(other))).isMarked(marked) == (terms == other),
            "no others"
        );
        vm.assertFalse(OrderTerms.wrap(uint256(bytes32(terms))).isMarked(bytes21(0)), "not where none is");
    }

    function test_marked_ofTermsThatAreAllZero() public pure {
        vm.assertTrue(PackedOrders.marked(0) != 0, "something");
        vm.assertFalse(OrderTerms.wrap(0).isMarked(0), "and nothing is not it");
    }

    /// @dev External, since terms are read from calldata. The order is the second of those packed.
    function requireTerms(
        bytes calldata packed,
        uint256 length,
        ICallAuction.Order calldata order,
        uint16 entryIndex,
        uint256 gateClosure
    ) external pure {
        OrderTerms terms = packed.termsAt(1, length);
        vm.assertEq(terms.entryOf(), entryIndex, "entry");
        vm.assertEq(terms.sideOf(), uint256(order.side), "side");
        vm.assertEq(terms.quantityOf(), EnergyWh.unwrap(order.quantity), "quantity");
        vm.assertEq(terms.limitPriceOf(), Price.unwrap(order.limitPrice), "limit price");
        vm.assertEq(int256(terms.tickOf()) * 100 - 500_000, Price.unwrap(order.limitPrice), "tick");
        vm.assertEq(gateClosure + terms.lifeOf(), order.expiry, "expiry");
        vm.assertEq(terms.saltOf(), order.salt, "salt");
        bytes20 own = order.termsOf(entryIndex, gateClosure);
        vm.assertTrue(own == bytes20(packed[length:length + 20]), "packed again");
        vm.assertEq(PackedOrders.saltIn(own), order.salt, "salt in terms");
    }

    function termsOf(
        ICallAuction.Order calldata order,
        uint16 entryIndex,
        uint256 gateClosure
    ) external pure returns (bytes20) {
        return order.termsOf(entryIndex, gateClosure);
    }

    function structHashOf(ICallAuction.Order calldata order) external pure returns (bytes32) {
        return order.structHashOf();
    }

    function _read(
        string memory vectors,
        string memory path
    ) private pure returns (ICallAuction.Order memory order, uint16 entryIndex, uint256 gateClosure) {
        string memory source = string.concat(path, ".order");
        order.area = AreaId.wrap(uint32(_uint(vectors, source, ".area")));
        order.trader = MemberId.wrap(uint24(_uint(vectors, source, ".trader")));
        order.deliveryPeriod = DeliveryPeriod.wrap(uint32(_uint(vectors, source, ".deliveryPeriod")));
        bytes memory side = bytes(vm.parseJsonString(vectors, string.concat(source, ".side")));
        order.side = keccak256(side) == keccak256("offer") ? ICallAuction.Side.Offer : ICallAuction.Side.Bid;
        order.quantity = EnergyWh.wrap(uint32(_uint(vectors, source, ".quantityWh")));
        string memory limit = string.concat(source, ".limitPriceMicroEuroPerKwh");
        order.limitPrice = Price.wrap(int24(vm.parseJsonInt(vectors, limit)));
        order.expiry = uint32(_uint(vectors, source, ".expiry"));
        order.salt = uint64(_uint(vectors, source, ".salt"));
        entryIndex = uint16(_uint(vectors, path, ".entryIndex"));
        gateClosure = _uint(vectors, path, ".gateClosure");
    }

    function _uint(
        string memory vectors,
        string memory path,
        string memory field
    ) private pure returns (uint256) {
        return vm.parseJsonUint(vectors, string.concat(path, field));
    }

    function _pathOf(uint256 index) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]");
    }
}
