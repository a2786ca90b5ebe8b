// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod, FlexOrderId, ReservationId, TradingDay} from "../types/Types.sol";

/// @notice Settles a day's flex orders of an area once, after its initial energy run was paid: what was delivered is
/// paid, what was not is fined, members get their shares and are settled as if nothing had been delivered, and the
/// supplier is compensated; all payments sum to zero.
/// @dev The market operator commits; whoever holds a leaf may show that a figure is wrong (see IFlexChallenges),
/// which makes all of it void, to be committed anew; after the area's challenge window anyone has the payments made.
///
/// Deliveries, packed, 60 bytes for each order and period of the day that calls anything, ascending by order and
/// period: orderId 4, period 4, moved 8, opposed 8, assetCount 4, assetsRoot 32. Moved are the Wh by which the assets
/// moved in the product's direction, and opposed those by which others moved the other way: both sums of a Merkle sum
/// tree over assets. Delivered is clamp(moved - opposed, 0, served), missing max(0, served - (moved - opposed)),
/// where served are the Wh of the power called; what is paid for it and the penalty follow on the ledger.
///
/// Availability, packed, 12 bytes each, ascending by reservation and period: reservationId 4, period 4, available 4
/// (W). Of any period that is over, once, when a later test or activation is settled or the contract is over.
///
/// Payments as in ISettlement. What each buyer pays is checked against what follows from deliveries and availability.
///
/// A cancelled order moved nothing: its whole price is paid, nobody is fined, and its assets are none.
///
/// All that is called of a reservation on a day is one proof of what is available: the thousandths that were
/// delivered, or all where no more was missing than the deadband of the product. It counts from when the day is paid;
/// before the first one the prequalification proves all. Availability of a period is due once a later proof counts,
/// or every deadline has passed since the contract's last window.
///
/// Statements: a Merkle sum tree, ascending by member (see IFlexChallenges). The commitment's total is what is paid
/// by all together, buyers too.
interface IFlexSettlement {
    struct Commitment {
        bytes32 root;
        uint32 count;
        uint64 total;
    }

    /// @param data Packed deliveries and availability, and the packed periods of each order in the sequence of
    /// orders.
    struct Facts {
        bytes deliveries;
        bytes availability;
        bytes[] orders;
    }

    /// @param committedAt Zero while nothing is committed, and again when it was void.
    /// @param readingsAt Unix time: drawn on the versions of readings that were the latest then.
    struct Run {
        bytes32 root;
        uint32 count;
        uint64 total;
        uint32 committedAt;
        uint32 readingsAt;
        bool isPaid;
        bytes32 deliveriesHash;
        bytes32 availabilityHash;
        bytes32 paymentsHash;
    }

    /// @notice What an order comes to in a period, all in Wh and micro-euro.
    struct Settled {
        uint64 served;
        uint64 delivered;
        uint64 deficiency;
        uint64 price;
        uint64 payment;
        uint64 penalty;
    }

    event FlexStatementsCommitted(
        AreaId indexed area,
        TradingDay indexed day,
        bytes32 root,
        uint32 count,
        uint64 total,
        uint32 readingsAt,
        bytes deliveries,
        bytes availability,
        bytes payments
    );
    event DeliverySettled(
        FlexOrderId indexed orderId,
        DeliveryPeriod indexed period,
        uint64 served,
        uint64 delivered,
        uint64 deficiency,
        uint64 price,
        uint64 payment,
        uint64 penalty
    );
    event AvailabilitySettled(
        ReservationId indexed reservationId,
        DeliveryPeriod indexed period,
        uint32 available,
        uint64 payment
    );
    event FlexRunVoided(AreaId indexed area, TradingDay indexed day);
    event FlexRunPaid(AreaId indexed area, TradingDay indexed day, uint32 paymentCount, bytes payments);
    event PledgesReleased(AreaId indexed area, TradingDay indexed day);

    error FlexSettlementNothingCalled(AreaId area, TradingDay day);
    error FlexSettlementTooEarly(TradingDay day, uint256 from, uint256 time);
    error FlexSettlementEnergyNotPaid(AreaId area, TradingDay day);
    error FlexSettlementAlreadyCommitted(AreaId area, TradingDay day);
    error FlexSettlementNotCommitted(AreaId area, TradingDay day);
    error FlexSettlementAlreadyPaid(AreaId area, TradingDay day);
    /// @notice Deliveries are ascending, of this day and area, and of all calls of it.
    error FlexSettlementWrongDelivery(uint256 position);
    error FlexSettlementWrongCount(uint256 called, uint256 given);
    error FlexSettlementWrongOrder(FlexOrderId orderId);
    /// @notice More than was reserved, or proved; or settled before, or not yet due.
    error FlexSettlementWrongAvailability(ReservationId reservationId, DeliveryPeriod period, uint256 most);
    /// @notice Another run pays availability: it is paid or void first.
    error FlexSettlementAvailabilityPending(AreaId area, TradingDay day);
    error FlexSettlementWrongLength(uint256 length);
    error FlexSettlementReadingsTooOld(uint256 readingsAt, uint256 oldest, uint256 time);
    error FlexSettlementInvalidPayments(uint256 position);
    error FlexSettlementNotZeroSum(int256 sum);
    error FlexSettlementWrongTotal(uint64 committed, uint256 submitted);
    /// @notice A buyer pays what follows from deliveries and availability.
    error FlexSettlementWrongBuyerPayment(int256 expected, int256 submitted);
    error FlexSettlementWrongPayments(bytes32 committed, bytes32 submitted);

    /// @notice The market operator's bond must be whole. An order's payments follow from its price, shared over its
    /// periods by cumulative rounding.
    /// @custom:access credential MarketOperator of the area
    function commitRun(
        AreaId area,
        TradingDay day,
        Commitment calldata commitment,
        uint32 readingsAt,
        Facts calldata facts,
        bytes calldata payments
    ) external;
    /// @custom:access role FLEX_CHALLENGES
    function voidRun(AreaId area, TradingDay day) external;
    /// @notice Makes the payments and frees what the aggregators pledged. Anyone may call it, once the challenge
    /// window is over.
    /// @custom:access anyone: nothing is paid but what was committed
    function payRun(AreaId area, TradingDay day, Facts calldata facts, bytes calldata payments) external;
    /// @notice Frees the pledges of orders that call something on a day that was not settled when every deadline had
    /// passed. An order of several days is free when each of them is settled or beyond its deadlines.
    /// @custom:access anyone: a day is free once every deadline has passed
    function releaseUnpaidDay(AreaId area, TradingDay day, FlexOrderId[] calldata orders) external;

    function runOf(AreaId area, TradingDay day) external view returns (Run memory);
    /// @notice Thousandths of a reservation that are proved in the period: the weaker of the proofs next to it that
    /// count.
    function provenPermilleOf(
        ReservationId reservationId,
        DeliveryPeriod period
    ) external view returns (uint256);
}
