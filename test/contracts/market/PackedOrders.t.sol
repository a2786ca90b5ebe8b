// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {OrderTerms, PackedOrders} from "../../../contracts/market/PackedOrders.sol";
import {AreaId, DeliveryPeriod, MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given packed orders, whatever stands before and after one of them
//   it is read as it was packed, its struct hash is that of a wallet, and its signature recovers its signer
contract PackedOrdersTest {
    using PackedOrders for bytes;
    using PackedOrders for PackedOrders.Message;

    function test_vectors_areReadAsTheyWerePacked() public view {
        string memory vectors = vm.readFile("test/vectors/order.json");
        uint256 count = 0;
        for (string memory path = ".cases[0]"; vm.keyExistsJson(vectors, path); path = _pathOf(++count)) {
            bytes memory packed = vm.parseJsonBytes(vectors, string.concat(path, ".packed"));
            this.requireEqual(bytes.concat(new bytes(83), packed, new bytes(83)), vectors, path);
            // The last order of a call has nothing behind it.
            this.requireEqual(bytes.concat(new bytes(83), packed), vectors, path);
        }
        vm.assertEq(count, 4, "cases");
    }

    function requireEqual(
        bytes calldata orders,
        string calldata vectors,
        string calldata path
    ) external pure {
        (OrderTerms terms, bytes32 r, bytes32 vs) = orders.orderAt(1);
        _requireTerms(terms, vectors, path);
        bytes32 digest = vm.parseJsonBytes32(vectors, string.concat(path, ".digest"));
        address signer = vm.parseJsonAddress(vectors, string.concat(path, ".signer"));
        vm.assertEq(ECDSA.recover(digest, r, vs), signer, path);
    }

    function _requireTerms(OrderTerms terms, string calldata vectors, string calldata path) private pure {
        string memory order = string.concat(path, ".order");
        bool isOffer =
            keccak256(bytes(vm.parseJsonString(vectors, string.concat(order, ".side")))) ==
                keccak256("offer");
        uint256 area = vm.parseJsonUint(vectors, string.concat(order, ".area"));
        uint256 period = vm.parseJsonUint(vectors, string.concat(order, ".deliveryPeriod"));
        bytes32 structHash = vm.parseJsonBytes32(vectors, string.concat(path, ".structHash"));
        uint256 memberId = vm.parseJsonUint(vectors, string.concat(order, ".memberId"));

        vm.assertEq(MemberId.unwrap(terms.memberOf()), memberId, path);
        vm.assertEq(terms.sideOf(), isOffer ? 1 : uint256(0), path);
        vm.assertEq(terms.quantityOf(), vm.parseJsonUint(vectors, string.concat(order, ".quantityWh")), path);
        int256 limitPrice = vm.parseJsonInt(vectors, string.concat(order, ".limitPriceMicroEuroPerKwh"));
        vm.assertEq(int256(terms.limitPriceOf()), limitPrice, path);
        PackedOrders.Message memory message = PackedOrders.messageOf(
            AreaId.wrap(uint32(area)),
            DeliveryPeriod.wrap(uint32(period))
        );
        // What an order before it left in the message must not show.
        message.structHashOf(OrderTerms.wrap(type(uint256).max));
        vm.assertEq(message.structHashOf(terms), structHash, path);
    }

    function _pathOf(uint256 index) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]");
    }
}
