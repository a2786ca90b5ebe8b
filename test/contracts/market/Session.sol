// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {DeliveryPeriod, EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

/// @dev A neighbourhood with a trading session to play: makes, signs, packs and commits orders as a wallet and
/// an operator would, from what the interface says alone.
abstract contract Session is Neighbourhood {
    uint256 internal constant ORDER_LENGTH = 84;
    uint256 internal constant CHUNK_ORDERS = 1_000;

    bytes32 private constant ORDER_TYPE = keccak256(
        "Order(uint8 product,uint32 area,uint24 trader,uint32 deliveryPeriod,uint8 side,uint32 quantity,"
        "int24 limitPrice,uint32 expiry,uint64 salt,bytes32 terms)"
    );

    function _bid(
        MemberId memberId,
        uint32 quantity,
        int24 limitPrice
    ) internal pure returns (ICallAuction.Order memory) {
        return _order(memberId, ICallAuction.Side.Bid, quantity, limitPrice, 7);
    }

    function _offer(
        MemberId memberId,
        uint32 quantity,
        int24 limitPrice
    ) internal pure returns (ICallAuction.Order memory) {
        return _order(memberId, ICallAuction.Side.Offer, quantity, limitPrice, 7);
    }

    function _order(
        MemberId memberId,
        ICallAuction.Side side,
        uint32 quantity,
        int24 limitPrice,
        uint64 salt
    ) internal pure returns (ICallAuction.Order memory order) {
        order.area = AREA;
        order.trader = memberId;
        order.deliveryPeriod = FIRST_PERIOD;
        order.side = side;
        order.quantity = EnergyWh.wrap(quantity);
        order.limitPrice = Price.wrap(limitPrice);
        order.expiry = uint32(GATE_CLOSURE + 600);
        order.salt = salt;
    }

    /// @dev Signed by the member's own key, packed with that key's entry.
    function _pack(ICallAuction.Order memory order) internal view returns (bytes memory) {
        return _packAs(order, _indexOf(order.trader), _keyOf(order.trader));
    }

    function _packAs(
        ICallAuction.Order memory order,
        uint16 entryIndex,
        uint256 key
    ) internal view returns (bytes memory) {
        return bytes.concat(_termsOf(order, entryIndex), _signatureOf(order, key));
    }

    function _termsOf(
        ICallAuction.Order memory order,
        uint16 entryIndex
    ) internal pure returns (bytes memory) {
        uint32 offer = order.side == ICallAuction.Side.Offer ? uint32(1 << 31) : 0;
        int256 tick = (int256(Price.unwrap(order.limitPrice)) + 500_000) / 100;
        uint256 gateClosure = uint256(DeliveryPeriod.unwrap(order.deliveryPeriod)) * 900 - 300;
        return
            abi.encodePacked(
                entryIndex,
                offer | EnergyWh.unwrap(order.quantity),
                uint16(uint256(tick)),
                uint32(order.expiry - gateClosure),
                order.salt
            );
    }

    /// @return 64 bytes, as EIP-2098 has them.
    function _signatureOf(ICallAuction.Order memory order, uint256 key) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digestOf(order));
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    /// @return 65 bytes, as wallets give them.
    function _longSignatureOf(
        ICallAuction.Order memory order,
        uint256 key
    ) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digestOf(order));
        return abi.encodePacked(r, s, v);
    }

    /// @dev What a wallet would sign, from what the contract says of itself (EIP-5267).
    function _digestOf(ICallAuction.Order memory order) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_separatorOf(address(auction)), _structHashOf(order));
    }

    function _structHashOf(ICallAuction.Order memory order) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    ORDER_TYPE,
                    order.product,
                    order.area,
                    order.trader,
                    order.deliveryPeriod,
                    order.side,
                    order.quantity,
                    order.limitPrice,
                    order.expiry,
                    order.salt,
                    order.terms
                )
            );
    }

    function _separatorOf(address verifier) internal view returns (bytes32) {
        (
            ,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            ,

        ) = IERC5267(verifier).eip712Domain();
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                    ),
                    keccak256(bytes(name)),
                    keccak256(bytes(version)),
                    chainId,
                    verifyingContract
                )
            );
    }

    /// @dev Index of the member's own key in the day's entries.
    function _indexOf(MemberId memberId) internal view returns (uint16) {
        ITradingDays.Entry[] memory entries = tradingDays.entriesOf(AREA, DAY, 0, type(uint16).max);
        for (uint256 i = 0; i < entries.length; ++i) {
            if (MemberId.unwrap(entries[i].memberId) == MemberId.unwrap(memberId)) return uint16(i);
        }
        // Of somebody without a key: an index that nobody has.
        return type(uint16).max;
    }

    /// @dev Warps to the gate's closure and commits the orders.
    function _close(bytes memory orders) internal {
        vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, uint32(orders.length / ORDER_LENGTH), _chainOf(orders));
    }

    function _chainOf(bytes memory orders) internal pure returns (bytes32) {
        return _chainOf(_chunksOf(orders));
    }

    function _chainOf(bytes[] memory chunks) internal pure returns (bytes32 head) {
        for (uint256 i = 0; i < chunks.length; ++i) {
            head = keccak256(abi.encodePacked(head, keccak256(chunks[i])));
        }
    }

    /// @dev As large as they may be.
    function _chunksOf(bytes memory orders) internal pure returns (bytes[] memory) {
        return _chunksOf(orders, CHUNK_ORDERS);
    }

    function _chunksOf(bytes memory orders, uint256 count) internal pure returns (bytes[] memory chunks) {
        uint256 size = count * ORDER_LENGTH;
        chunks = new bytes[]((orders.length + size - 1) / size);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 length = orders.length - i * size < size ? orders.length - i * size : size;
            chunks[i] = _slice(orders, i * size, length);
        }
    }

    function _slice(
        bytes memory source,
        uint256 start,
        uint256 length
    ) internal pure returns (bytes memory part) {
        part = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(source, 32), start), length)
        }
    }

    /// @dev Puts a packed order in its place among many.
    function _write(bytes memory orders, uint256 position, bytes memory packed) internal pure {
        assembly ("memory-safe") {
            mcopy(add(add(orders, 32), mul(position, ORDER_LENGTH)), add(packed, 32), ORDER_LENGTH)
        }
    }

    function _clear(ICallAuction.ClearingClaim memory claim, bytes memory orders) internal {
        auction.clear(AREA, FIRST_PERIOD, claim, orders, "");
    }

    function _clearEmpty() internal {
        _close("");
        _clear(_noTrade(), "");
    }

    function _noTrade() internal pure returns (ICallAuction.ClearingClaim memory claim) {}

    function _claim(
        int24 price,
        uint64 bidsAtOrAbove,
        uint64 bidsAbove,
        uint64 offersAtOrBelow,
        uint64 offersBelow
    ) internal pure returns (ICallAuction.ClearingClaim memory) {
        return
            ICallAuction.ClearingClaim(
                Price.wrap(price),
                bidsAtOrAbove,
                bidsAbove,
                offersAtOrBelow,
                offersBelow
            );
    }

    /// @return One fill as it is published.
    function _fillOf(
        MemberId memberId,
        ICallAuction.Side side,
        uint256 filled
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(memberId, uint32((uint256(side) << 31) | filled));
    }
}
