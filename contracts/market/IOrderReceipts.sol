// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId, TraderNumber, TradingDay} from "../types/Types.sol";
import {ICallAuction} from "./ICallAuction.sol";

/// @notice What the operator's receipt for an order is worth: an order with a receipt that is left out of its session
/// is paid for out of the operator's bond. Where a member replaced the operator, its fine stands for all receipts of
/// the session; in a session that was paused they are worth nothing.
/// @dev Receipt, as EIP-712 data in the domain ("Commonwatt", "1", chain, this contract), signed by a holder of the
/// role RECEIPT_SIGNER: `OrderReceipt(bytes32 orderDigest,uint32 position,uint32 deadline)`. `position` counts the
/// session's accepted orders from 1, in the sequence of their arrival; `deadline` is gate closure.
interface IOrderReceipts {
    event OrderLeftOut(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        MemberId indexed memberId,
        bytes32 orderDigest,
        uint32 position
    );
    /// @notice The order was not left out: the challenger's stake went to the operator's bond.
    event ChallengeRejected(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        MemberId indexed challenger,
        bytes32 orderDigest
    );

    /// @notice Only the member whose order it is proves that it was left out: by its account or, while it is active,
    /// its trading key.
    error OrderReceiptsNotTheMember(MemberId memberId, address caller);
    /// @notice The order is of a sealed day, and which member its trader is is not revealed (see
    /// ITradingDays.revealTrader).
    error OrderReceiptsTraderUnknown(AreaId area, TradingDay day, TraderNumber trader);
    error OrderReceiptsGateNotClosed(AreaId area, DeliveryPeriod period);
    /// @notice Committed orders can still be opened until `end`.
    error OrderReceiptsOpening(DeliveryPeriod period, uint256 end, uint256 time);
    /// @notice `signer` signs no receipts.
    error OrderReceiptsInvalidReceipt(address signer);
    /// @notice It is proven already that this order, or another of its member and side, was left out.
    error OrderReceiptsAlreadyProven(bytes32 orderDigest);
    /// @notice These are not the orders that the gate was closed with, in its chunks.
    error OrderReceiptsWrongOrders(bytes32 committed, bytes32 submitted);
    /// @notice What only a contract can verify is put on the ledger by its member, and cannot be left out there.
    error OrderReceiptsContractAccount(MemberId memberId);
    /// @notice A member replaced the operator: the session holds nothing but what is on the ledger.
    error OrderReceiptsOperatorReplaced(AreaId area, DeliveryPeriod period);
    /// @notice Trading was paused: the session has no orders, and receipts are worth nothing in it.
    error OrderReceiptsPaused(AreaId area, DeliveryPeriod period);
    /// @notice The bond holds only `paid` of the reward, which can be claimed when it is filled again.
    error OrderReceiptsBondTooSmall(AreaId area, uint256 paid, uint256 reward);

    /// @notice Proves that an order with a receipt was left out, for 100 EUR out of the operator's bond. It was not
    /// where `holdsOrder` is true: then the challenger's stake of 10 EUR goes to the bond. Reverts as
    /// `ICallAuction.openOrder` for an order that was not valid at gate closure.
    /// @param challenger The order's member; on sealed days the one that its trader is revealed to be.
    /// @param signature The order's, 64 bytes (EIP-2098) or 65, by the key with the entry `entryIndex`.
    /// @param position As in the receipt, like `deadline`.
    /// @param receiptSignature 64 or 65 bytes.
    /// @param chunks All orders that the gate was closed with, in chunks as they were committed.
    /// @custom:access the order's member, by its account or trading key
    function proveLeftOut(
        MemberId challenger,
        ICallAuction.Order calldata order,
        bytes calldata signature,
        uint16 entryIndex,
        uint32 position,
        uint32 deadline,
        bytes calldata receiptSignature,
        bytes[] calldata chunks
    ) external;

    /// @notice Whether the session holds the order or one in its place: the orders that the gate was closed with hold
    /// exactly one of its rank, in its place in the sequence and valid, or one of its rank was opened on the ledger,
    /// whose salt is its own or greater. Reverts until the gate is closed and nothing can be opened any more.
    /// @param chunks As in `proveLeftOut`.
    function holdsOrder(
        ICallAuction.Order calldata order,
        bytes[] calldata chunks
    ) external view returns (bool);

    /// @notice What the operator signs for a receipt.
    function receiptDigestOf(
        bytes32 orderDigest,
        uint32 position,
        uint32 deadline
    ) external view returns (bytes32);
    function isLeftOut(bytes32 orderDigest) external view returns (bool);
}
