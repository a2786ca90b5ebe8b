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
        string memory order = string.concat(path, ".order");
        bool isOffer =
            keccak256(bytes(vm.parseJsonString(vectors, string.concat(order, ".side")))) ==
                keccak256("offer");
        uint256 area = vm.parseJsonUint(vectors, string.concat(order, ".area"));
        uint256 period = vm.parseJsonUint(vectors, string.concat(order, ".deliveryPeriod"));

        vm.assertEq(
            MemberId.unwrap(terms.memberOf()),
            vm.parseJsonUint(vectors, string.concat(path, ".memberId")),
            path
        );
        vm.assertEq(terms.sideOf(), isOffer ? 1 : uint256(0), path);
        vm.assertEq(terms.quantityOf(), vm.parseJsonUint(vectors, string.concat(order, ".quantityWh")), path);
        vm.assertEq(
            int256(terms.limitPriceOf()),
            vm.parseJsonInt(vectors, string.concat(order, ".limitPriceMicroEuroPerKwh")),
            path
        );
        vm.assertEq(
            terms.structHashOf(AreaId.wrap(uint32(area)), DeliveryPeriod.wrap(uint32(period))),
            vm.parseJsonBytes32(vectors, string.concat(path, ".structHash")),
            path
        );
        bytes32 digest = vm.parseJsonBytes32(vectors, string.concat(path, ".digest"));
        vm.assertEq(
            ECDSA.recover(digest, r, vs),
            vm.parseJsonAddress(vectors, string.concat(path, ".signer")),
            path
        );
    }

    function _pathOf(uint256 index) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]");
    }
}
