// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {IAccounts} from "../settlement/IAccounts.sol";
import {Role} from "../types/MarketRoles.sol";
import {
    AreaId,
    DeliveryPeriod,
    EnergyWh,
    MemberId,
    PERIODS_PER_DAY,
    Price,
    TraderNumber,
    TradingDay
} from "../types/Types.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {IOrderReceipts} from "./IOrderReceipts.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";
import {OrderRules} from "./OrderRules.sol";
import {OrderTerms, PackedOrders} from "./PackedOrders.sol";

contract OrderReceipts is IOrderReceipts, RoleChecked, EIP712 {
    using ChunkChain for bytes[];
    using PackedOrders for bytes;

    /// @dev Micro-euro.
    uint256 private constant STAKE = 10_000_000;
    uint256 private constant LEFT_OUT_REWARD = 100_000_000;

    bytes32 private constant RECEIPT_TYPE_HASH = keccak256(
        "OrderReceipt(bytes32 orderDigest,uint32 position,uint32 deadline)"
    );

    /// @param entries The day's keys; orders name them by index.
    /// @param first Index of the member's first entry, `behind` that behind its last.
    struct Place {
        bytes entries;
        uint256 gateClosure;
        uint256 first;
        uint256 behind;
    }

    IAreaRegistry private immutable _areaRegistry;
    IMemberRegistry private immutable _memberRegistry;
    ITradingDays private immutable _tradingDays;
    ICallAuction private immutable _callAuction;
    IAccounts private immutable _accounts;

    mapping(bytes32 orderDigest => bool) private _isLeftOut;
    /// @dev By area, period, member and side: a member wanted one order on it, however often it replaced it.
    mapping(bytes32 rank => bool) private _isPaidFor;

    constructor(
        ICredentialRegistry credentialRegistry,
        IAreaRegistry areaRegistry,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays,
        ICallAuction callAuction,
        IAccounts accounts
    ) RoleChecked(credentialRegistry) EIP712("Commonwatt", "1") {
        _areaRegistry = areaRegistry;
        _memberRegistry = memberRegistry;
        _tradingDays = tradingDays;
        _callAuction = callAuction;
        _accounts = accounts;
    }

    /// @inheritdoc IOrderReceipts
    function proveLeftOut(
        MemberId challenger,
        ICallAuction.Order calldata order,
        bytes calldata signature,
        uint16 entryIndex,
        uint32 position,
        uint32 deadline,
        bytes calldata receiptSignature,
        bytes[] calldata chunks
    ) external {
        _requireChallenger(challenger, order);
        bool isHeld = _isHeld(order, chunks);
        bytes32 digest = _callAuction.requireValidOrder(order, entryIndex, signature);
        if (OrderRules.signerOf(digest, signature) != KeyPages.entryAt(_pagesOf(order), entryIndex).key) {
            revert OrderReceiptsContractAccount(challenger);
        }
        bytes32 rank = keccak256(abi.encode(order.area, order.deliveryPeriod, order.trader, order.side));
        if (_isPaidFor[rank]) revert OrderReceiptsAlreadyProven(digest);
        _requireReceipt(order.area, digest, position, deadline, receiptSignature);

        if (isHeld) {
            emit ChallengeRejected(order.area, order.deliveryPeriod, challenger, digest);

            _accounts.forfeit(order.area, challenger, STAKE);
        } else {
            _isLeftOut[digest] = true;
            _isPaidFor[rank] = true;

            emit OrderLeftOut(order.area, order.deliveryPeriod, challenger, digest, position);

            // What cannot be paid now stays to be claimed.
            uint256 paid = _accounts.reward(order.area, challenger, LEFT_OUT_REWARD);
            if (paid < LEFT_OUT_REWARD) revert OrderReceiptsBondTooSmall(order.area, paid, LEFT_OUT_REWARD);
        }
    }

    /// @inheritdoc IOrderReceipts
    function holdsOrder(
        ICallAuction.Order calldata order,
        bytes[] calldata chunks
    ) external view returns (bool) {
        return _isHeld(order, chunks);
    }

    /// @inheritdoc IOrderReceipts
    function isLeftOut(bytes32 orderDigest) external view returns (bool) {
        return _isLeftOut[orderDigest];
    }

    /// @inheritdoc IOrderReceipts
    function receiptDigestOf(
        bytes32 orderDigest,
        uint32 position,
        uint32 deadline
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPE_HASH, orderDigest, position, deadline)));
    }

    function _requireChallenger(MemberId challenger, ICallAuction.Order calldata order) private view {
        TraderNumber trader = TraderNumber.wrap(MemberId.unwrap(order.trader));
        TradingDay day = _dayOf(order);
        MemberId owner = _tradingDays.memberOf(order.area, day, trader);
        if (MemberId.unwrap(owner) == 0 && TraderNumber.unwrap(trader) != 0) {
            revert OrderReceiptsTraderUnknown(order.area, day, trader);
        }
        if (MemberId.unwrap(challenger) == MemberId.unwrap(owner)) {
            if (_memberRegistry.actsFor(order.area, challenger, msg.sender)) return;
            // What is owed to a member is owed to it after it has left, too. Who does not exist has no area.
            bool isInArea = AreaId.unwrap(_memberRegistry.areaOf(challenger)) == AreaId.unwrap(order.area);
            if (isInArea && _memberRegistry.ownerOf(challenger) == msg.sender) return;
        }
        revert OrderReceiptsNotTheMember(challenger, msg.sender);
    }

    /// @dev The orders that count are the operator's, and settled: the gate is closed, and nothing can be opened any
    /// more.
    function _requireBinding(AreaId area, DeliveryPeriod period, bytes[] calldata chunks) private view {
        ICallAuction.Session memory session = _callAuction.sessionOf(area, period);
        if (session.state == ICallAuction.SessionState.Open) revert OrderReceiptsGateNotClosed(area, period);
        if (session.isReplaced) revert OrderReceiptsOperatorReplaced(area, period);
        if (session.isPaused) revert OrderReceiptsPaused(area, period);
        uint256 end = _callAuction.openingEndOf(area, period);
        if (block.timestamp <= end) revert OrderReceiptsOpening(period, end, block.timestamp);
        bytes32 submitted = chunks.hashOf();
        if (submitted != session.ordersHash) revert OrderReceiptsWrongOrders(session.ordersHash, submitted);
    }

    /// @dev Whose credential was valid at the deadline may have been given another key since.
    function _requireReceipt(
        AreaId area,
        bytes32 orderDigest,
        uint32 position,
        uint32 deadline,
        bytes calldata signature
    ) private view {
        address signer = OrderRules.signerOf(receiptDigestOf(orderDigest, position, deadline), signature);
        if (!_credentialRegistry.heldRoleAt(signer, Role.ReceiptSigner, area, deadline)) {
            revert OrderReceiptsInvalidReceipt(signer);
        }
    }

    /// @return Whether the session holds the order, or one in its place; reverts where that is not to be said.
    function _isHeld(ICallAuction.Order calldata order, bytes[] calldata chunks) private view returns (bool) {
        _requireBinding(order.area, order.deliveryPeriod, chunks);
        bytes20 opened = _callAuction.openedOrderOf(
            order.area,
            order.deliveryPeriod,
            order.trader,
            order.side
        );
        if (opened != 0 && PackedOrders.saltIn(opened) >= order.salt) return true;
        Place memory place = _placeOf(order);
        (uint256 found, uint256 chunk, uint256 position) = _find(place, uint8(order.side), chunks);
        return found == 1 && _isInPlaceOf(order, place, chunks[chunk], position);
    }

    /// @return Whether a packed order is valid, and its salt is that of an order of its rank or greater.
    function _isInPlaceOf(
        ICallAuction.Order calldata order,
        Place memory place,
        bytes calldata orders,
        uint256 position
    ) private view returns (bool) {
        OrderTerms terms = orders.termsAt(position, PackedOrders.LENGTH);
        if (terms.saltOf() < order.salt) return false;
        uint256 expiry = place.gateClosure + terms.lifeOf();
        if (expiry > type(uint32).max) return false;
        // Each cast keeps the bits that a packed order has of the field.
        ICallAuction.Order memory packed = ICallAuction.Order({
            product: 0,
            area: order.area,
            trader: order.trader,
            deliveryPeriod: order.deliveryPeriod,
            side: order.side,
            quantity: EnergyWh.wrap(uint32(terms.quantityOf())),
            limitPrice: Price.wrap(int24(terms.limitPriceOf())),
            expiry: uint32(expiry),
            salt: uint64(terms.saltOf()),
            terms: 0
        });
        uint256 start = position * PackedOrders.LENGTH;
        bytes calldata signature = orders[start + PackedOrders.TERMS_LENGTH:start + PackedOrders.LENGTH];
        try _callAuction.requireValidOrder(packed, uint16(terms.entryOf()), signature) returns (
            bytes32 digest
        ) {
            // What only a contract accepts is void among these: the pass over them asks no contract.
            address key = KeyPages.decode(place.entries, terms.entryOf()).key;
            return OrderRules.signerOf(digest, signature) == key;
        } catch {
            return false;
        }
    }

    function _placeOf(ICallAuction.Order calldata order) private view returns (Place memory place) {
        place.gateClosure = _areaRegistry.gateClosureOf(order.area, order.deliveryPeriod);
        place.entries = KeyPages.load(_pagesOf(order));
        uint256 count = place.entries.length / KeyPages.ENTRY_LENGTH;
        uint256 trader = MemberId.unwrap(order.trader);
        while (place.first < count && _memberAt(place.entries, place.first) < trader) ++place.first;
        place.behind = place.first;
        while (place.behind < count && _memberAt(place.entries, place.behind) == trader) ++place.behind;
    }

    function _memberAt(bytes memory entries, uint256 position) private pure returns (uint256) {
        return KeyPages.numberAt(entries, position, KeyPages.ENTRY_LENGTH);
    }

    /// @return pages Of keys, those that count in the order's session.
    function _pagesOf(ICallAuction.Order calldata order) private view returns (address[] memory pages) {
        uint256 gateClosure = _areaRegistry.gateClosureOf(order.area, order.deliveryPeriod);
        (pages, ) = _tradingDays.pagesBefore(order.area, _dayOf(order), gateClosure);
    }

    function _dayOf(ICallAuction.Order calldata order) private pure returns (TradingDay) {
        // A 96th of 32 bits.
        return TradingDay.wrap(uint32(DeliveryPeriod.unwrap(order.deliveryPeriod) / PERIODS_PER_DAY));
    }

    /// @dev An operator that packs as it must has one order of a rank, and none of a greater one before it: any that
    /// is out of its place would be void.
    /// @return found How many orders of the rank there are; `chunk` and `position` are those of the last. Zero where
    /// an order out of place comes before it.
    function _find(
        Place memory place,
        uint256 side,
        bytes[] calldata chunks
    ) private pure returns (uint256 found, uint256 chunk, uint256 position) {
        bool isPassed = false;
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 count = chunks[i].length / PackedOrders.LENGTH;
            for (uint256 j = 0; j < count; ++j) {
                OrderTerms terms = chunks[i].termsAt(j, PackedOrders.LENGTH);
                uint256 index = terms.entryOf();
                if (index < place.first) continue;
                bool isMembers = index < place.behind;
                if (isMembers && terms.sideOf() == side) {
                    if (isPassed) return (0, 0, 0);
                    (found, chunk, position) = (found + 1, i, j);
                } else if (!isMembers || terms.sideOf() > side) {
                    isPassed = true;
                }
            }
        }
    }
}
