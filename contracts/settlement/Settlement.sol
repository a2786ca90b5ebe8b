// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {ICallAuction} from "../market/ICallAuction.sol";
import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {AreaId, DeliveryPeriod, MemberId, Money} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";
import {ISettlement} from "./ISettlement.sol";
import {PackedPayments} from "./PackedPayments.sol";

contract Settlement is ISettlement, AccessManaged {
    using PackedPayments for bytes;

    IMemberRegistry private immutable _memberRegistry;
    ICallAuction private immutable _callAuction;
    IMeterReadings private immutable _meterReadings;
    IAccounts private immutable _accounts;

    mapping(AreaId area => mapping(DeliveryPeriod period => bool)) private _isSettled;

    constructor(
        address accessManager,
        IMemberRegistry memberRegistry,
        ICallAuction callAuction,
        IMeterReadings meterReadings,
        IAccounts accounts
    ) AccessManaged(accessManager) {
        _memberRegistry = memberRegistry;
        _callAuction = callAuction;
        _meterReadings = meterReadings;
        _accounts = accounts;
    }

    /// @inheritdoc ISettlement
    function settle(
        AreaId area,
        DeliveryPeriod period,
        bytes32 statementsRoot,
        bytes calldata payments
    ) external restricted {
        if (_isSettled[area][period]) revert SettlementAlreadySettled(area, period);
        if (!_callAuction.isCleared(area, period)) revert SettlementNotCleared(area, period);
        if (!_meterReadings.isCommitted(area, period)) revert SettlementNotMetered(area, period);
        uint256 count = _requireValid(area, payments);

        _isSettled[area][period] = true;

        // A block's gas bounds the count far below 2^32.
        emit PeriodSettled(area, period, statementsRoot, uint32(count), payments);

        _accounts.applyPayments(area, payments);
    }

    /// @inheritdoc ISettlement
    function isSettled(AreaId area, DeliveryPeriod period) external view returns (bool) {
        return _isSettled[area][period];
    }

    /// @return count Payments, each of another member of the area, that sum to zero.
    function _requireValid(AreaId area, bytes calldata payments) private view returns (uint256 count) {
        if (payments.length % PackedPayments.LENGTH != 0) revert SettlementWrongLength(payments.length);
        count = payments.length / PackedPayments.LENGTH;
        uint256 last = 0;
        int256 sum = 0;
        for (uint256 position = 0; position < count; ++position) {
            (MemberId memberId, Money payment) = payments.paymentAt(position);
            int256 amount = Money.unwrap(payment);
            if (MemberId.unwrap(memberId) <= last) revert SettlementNotAscending(position);
            if (AreaId.unwrap(_memberRegistry.areaOf(memberId)) != AreaId.unwrap(area)) {
                revert SettlementForeignMember(position, memberId);
            }
            last = MemberId.unwrap(memberId);
            sum += amount;
        }
        if (sum != 0) revert SettlementNotZeroSum(sum);
    }
}
