// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, TradingDay} from "../types/Types.sol";

/// @notice Turns a cleared and metered trading day of an area into payments that sum to zero, in up to three runs.
/// @dev Runs: 0 initial, 1 corrected (may be left out), 2 final. The market operator commits a run's statements and
/// its payments; both may be challenged for the area's challenge window (see IChallenges); then anyone has the
/// payments made. A later run pays what its lines differ from what the earlier runs charged.
///
/// Payments are packed, 11 bytes each, ascending by member: memberId 3, amount 8 (signed, big-endian, micro-euro;
/// positive pays). None is zero.
interface ISettlement {
    /// @param root Root of the Merkle sum tree over the statements, one leaf per member (see IChallenges).
    /// @param count Statements in it.
    /// @param total Both sums of the root: what the members pay, and what they are paid, in micro-euro.
    struct Commitment {
        bytes32 root;
        uint32 count;
        uint64 total;
    }

    /// @param committedAt Unix time; zero while nothing is committed.
    /// @param readingsAt Unix time: the statements are drawn on the versions of readings that were the latest then.
    struct Run {
        bytes32 root;
        uint32 count;
        uint64 total;
        uint32 committedAt;
        uint32 readingsAt;
        bool isPaid;
        bytes32 paymentsHash;
    }

    event StatementsCommitted(
        AreaId indexed area,
        TradingDay indexed day,
        uint8 run,
        bytes32 root,
        uint32 count,
        uint64 total,
        uint32 readingsAt,
        bytes payments
    );
    /// @notice Corrections of the run for `amount` wait for the operator's bond; the run is paid once it is zero.
    event RunWithheld(AreaId indexed area, TradingDay indexed day, uint8 run, uint256 amount);
    event RunPaid(
        AreaId indexed area,
        TradingDay indexed day,
        uint8 run,
        uint32 paymentCount,
        bytes payments
    );

    error SettlementUnknownRun(uint8 run);
    /// @notice No delivery period of the day is traded in the area.
    error SettlementNothingTraded(AreaId area, TradingDay day);
    error SettlementNotCleared(AreaId area, TradingDay day);
    error SettlementNotMetered(AreaId area, TradingDay day);
    error SettlementAlreadyCommitted(AreaId area, TradingDay day, uint8 run);
    /// @notice Runs follow one another: the initial one first, none after a later one.
    error SettlementOutOfSequence(AreaId area, TradingDay day, uint8 run);
    /// @notice The run before must be paid first.
    error SettlementNotPaid(AreaId area, TradingDay day, uint8 run);
    /// @notice The run may be committed, or paid, from `from` on.
    error SettlementTooEarly(TradingDay day, uint8 run, uint256 from, uint256 time);
    error SettlementNotCommitted(AreaId area, TradingDay day, uint8 run);
    error SettlementAlreadyPaid(AreaId area, TradingDay day, uint8 run);
    /// @notice The readings' versions are older than `oldest`, or not yet known.
    error SettlementReadingsTooOld(uint256 readingsAt, uint256 oldest, uint256 time);
    /// @notice The run is not paid before corrections for `amount` micro-euro are.
    error SettlementWithheld(AreaId area, TradingDay day, uint8 run, uint256 amount);
    error SettlementWrongPayments(bytes32 committed, bytes32 submitted);
    error SettlementWrongLength(uint256 length);
    error SettlementNotAscending(uint256 position);
    error SettlementZeroPayment(uint256 position);
    /// @notice The payments do not sum to zero: `sum` micro-euro would appear or vanish.
    error SettlementNotZeroSum(int256 sum);
    /// @notice The payments move another total than the statements.
    error SettlementWrongTotal(uint64 committed, uint256 submitted);

    /// @notice Once per area, day and run. The initial run when every traded period of the day is cleared and metered;
    /// the corrected and the final one after their delays (see IAreaRegistry), when the last one is paid. Restricted
    /// to the market operator, whose bond must be whole.
    /// @param readingsAt At most an hour ago, so that what was drawn before an interruption is drawn anew.
    /// @param payments Packed; they sum to zero, and move the commitment's total.
    /// @custom:access credential MarketOperator of the area
    function commitStatements(
        AreaId area,
        TradingDay day,
        uint8 run,
        Commitment calldata commitment,
        uint32 readingsAt,
        bytes calldata payments
    ) external;

    /// @notice Raises or lowers what corrections of the run wait for. Restricted to the contract that decides
    /// challenges.
    /// @custom:access role CHALLENGES
    function withhold(AreaId area, TradingDay day, uint8 run, int256 change) external;

    /// @notice Frees what a day has locked whose initial run is still not paid so long after the day's end as a final
    /// run and its challenge window take: what failed must not keep the area from trading. Anyone may call it.
    /// @custom:access anyone: a day is free once every deadline has passed
    function releaseUnpaidDay(AreaId area, TradingDay day) external;

    /// @notice Makes a run's payments, all or none, once its challenge window is over. Anyone may call it, once. The
    /// initial run's payment frees what the day had locked.
    /// @custom:access anyone: nothing is paid but what was committed
    function payRun(AreaId area, TradingDay day, uint8 run, bytes calldata payments) external;

    /// @notice All zero where nothing is committed.
    function runOf(AreaId area, TradingDay day, uint8 run) external view returns (Run memory);
    /// @notice What corrections of the run wait for, in micro-euro.
    function withheldOf(AreaId area, TradingDay day, uint8 run) external view returns (uint256);
    function isPaid(AreaId area, TradingDay day, uint8 run) external view returns (bool);
    /// @return isCommitted Whether any run is committed; `run` is the latest that is.
    function lastRunOf(AreaId area, TradingDay day) external view returns (bool isCommitted, uint8 run);
}
