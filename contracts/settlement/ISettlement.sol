// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, MemberId} from "../types/Types.sol";

/// @notice Turns the cleared and metered delivery period of an area into payments that sum to zero.
interface ISettlement {
    /// @param statementsRoot Root over the statements' leaves, one per paying or paid member; kept off the ledger.
    /// @param payments Ascending by member: memberId 3, amount 8 bytes (signed, big-endian, micro-euro; positive pays).
    event PeriodSettled(
        AreaId indexed area,
        DeliveryPeriod indexed period,
        bytes32 statementsRoot,
        uint32 paymentCount,
        bytes payments
    );

    error SettlementNotCleared(AreaId area, DeliveryPeriod period);
    error SettlementNotMetered(AreaId area, DeliveryPeriod period);
    error SettlementAlreadySettled(AreaId area, DeliveryPeriod period);
    error SettlementWrongLength(uint256 length);
    error SettlementNotAscending(uint256 position);
    error SettlementForeignMember(uint256 position, MemberId memberId);
    /// @notice The payments do not sum to zero: `sum` micro-euro would appear or vanish.
    error SettlementNotZeroSum(int256 sum);

    /// @notice Once per area and period. Restricted to the market operator.
    function settle(
        AreaId area,
        DeliveryPeriod period,
        bytes32 statementsRoot,
        bytes calldata payments
    ) external;

    function isSettled(AreaId area, DeliveryPeriod period) external view returns (bool);
}
