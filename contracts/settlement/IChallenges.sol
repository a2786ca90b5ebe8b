// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../metering/IMeterReadings.sol";
import {AreaId, DeliveryPeriod, MemberId, Money, TradingDay} from "../types/Types.sol";

/// @notice Whoever holds a household's statement proves here that it is wrong: the contract recomputes it, corrects
/// it out of the operator's bond, and rewards the challenger. A challenge of what is right costs its sender.
/// @dev Two trees (see MerkleSumTree), both by the market operator.
///
/// Statements of a run, ascending by member. Leaf, big-endian: memberId 3, day 4, run 1, periodCount 2, periodsRoot
/// 32, charges 8, credits 8, previous 8 (signed), salt 32. Its payment is charges - credits - previous; its sums are
/// the payment where that is positive, and its amount where negative. `previous` is what earlier runs of the day have
/// charged the member, with what challenges corrected; the platform operator's, whose bond paid for corrections, takes
/// them in with the opposite sign, so that each run sums to zero.
///
/// Periods of a statement: one leaf for each traded period of the day, ascending. Leaf: period 4, bought 8, sold 8,
/// readingVersion 1, quality 1 (0 metered, 1 estimated, 2 no reading), import 8, export 8, energy 8, imbalance 8,
/// gridTariff 8, levies 8, platformFee 8 (all five signed), salt 32. Its sums are its positive lines added up, and
/// the amounts of its negative ones; those of the root are the statement's charges and credits. The lines are those
/// of SettlementLines, from the readings' latest version at the run's `readingsAt` (of that very second or the one
/// before), or from the first, where that came later.
///
/// What a statement asks too much for is paid back at once out of the operator's bond; what the bond lacks is owed,
/// and the run is not paid before that is. What it asks too little for takes back what other challenges of the run
/// gave the member, as far as it is free, and is left to the next run for the rest: all challenges of a run together
/// never cost the member anything.
///
/// A statement can be wrong in two ways, which add up: a period's sums are not what its lines should be
/// (`challengePeriod`), or the statement and its payment do not follow from the periods' sums (`challengeStatement`).
interface IChallenges {
    struct Statement {
        MemberId memberId;
        TradingDay day;
        uint8 run;
        uint16 periodCount;
        bytes32 periodsRoot;
        uint64 charges;
        uint64 credits;
        Money previous;
        bytes32 salt;
    }

    /// @param a First sum of the leaf as committed, whether or not it is the leaf's own; `b` the second.
    /// @param siblings From the leaf upwards, each `hash 32, a 8, b 8` bytes, followed by the parent's `a 8, b 8`
    /// where that was committed with other sums than its children's.
    struct StatementProof {
        Statement leaf;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    struct PeriodStatement {
        DeliveryPeriod period;
        uint64 bought;
        uint64 sold;
        uint8 readingVersion;
        uint8 quality;
        uint64 imported;
        uint64 exported;
        Money energy;
        Money imbalance;
        Money gridTariff;
        Money levies;
        Money platformFee;
        bytes32 salt;
    }

    /// @param position From 0 for the first traded period of the day. One that the statement left out is challenged
    /// with an empty leaf, and one beyond the day's last likewise needs no reading and no fills.
    struct PeriodProof {
        PeriodStatement leaf;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    /// @param reading The member's. With memberId 0 there is none, which holds where the statement says so or the
    /// version has no leaves.
    /// @param a First sum of its leaf as committed, `b` the second, as for statements.
    struct ReadingProof {
        IMeterReadings.Reading reading;
        uint8 version;
        uint64 a;
        uint64 b;
        uint256 position;
        bytes[] siblings;
    }

    /// @notice The statement was wrong. `delta` moved between member and bond: negative to the member.
    /// @param period Zero where the statement itself was wrong.
    /// @param owed What corrections of the run owe the member now, because the bond lacks it.
    event StatementCorrected(
        AreaId indexed area,
        TradingDay indexed day,
        uint8 run,
        MemberId indexed memberId,
        DeliveryPeriod period,
        int256 delta,
        uint256 owed
    );
    /// @notice What was owed moved out of the bond: `moved` is negative, to the member.
    event CorrectionPaid(
        AreaId indexed area,
        TradingDay indexed day,
        uint8 run,
        MemberId indexed memberId,
        int256 moved
    );
    /// @notice What was challenged was right: the challenger's stake went to the operator's bond.
    event ChallengeRejected(
        AreaId indexed area,
        TradingDay indexed day,
        uint8 run,
        MemberId indexed memberId,
        DeliveryPeriod period,
        MemberId challenger
    );

    /// @notice Only an active member of the area challenges, by its account or trading key; and a member that is
    /// active no more its own statements, by its account.
    error ChallengesNotTheMember(MemberId challenger, address caller);
    error ChallengesNotCommitted(AreaId area, TradingDay day, uint8 run);
    /// @notice The run could be challenged until `end`.
    error ChallengesWindowOver(uint256 end, uint256 time);
    /// @notice What costs the member money is proven in the window's first half, so that it has the second to answer.
    error ChallengesTooLateToCharge(uint256 end, uint256 time);
    /// @notice Only households' statements can be challenged.
    error ChallengesNotAHousehold(MemberId memberId);
    error ChallengesAlreadyCorrected(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId,
        uint256 position
    );
    /// @notice The statement is not the leaf at its position of what was committed.
    error ChallengesWrongStatement(MemberId memberId, uint256 position);
    /// @notice The period is not the leaf at its position of the statement's tree.
    error ChallengesWrongPeriod(DeliveryPeriod period, uint256 position);
    /// @notice The reading is not the member's of that period in version `version`.
    error ChallengesWrongReading(DeliveryPeriod period, uint8 version);
    /// @notice The day is sealed, and under which number the member traded is not revealed (see
    /// ITradingDays.revealTrader): whoever challenges the period reveals it first.
    error ChallengesTraderUnknown(AreaId area, TradingDay day, MemberId memberId);
    error ChallengesWrongFills(bytes32 committed, bytes32 submitted);
    error ChallengesWrongPayments(uint8 run, bytes32 committed, bytes32 submitted);
    /// @notice The nodes are not those of the statement's tree.
    error ChallengesWrongNodes(bytes32 committed, bytes32 submitted);
    error ChallengesNothingOwed(AreaId area, TradingDay day, uint8 run, MemberId memberId);
    error ChallengesBondEmpty(AreaId area, uint256 owed);

    /// @notice Recomputes one period of a statement, within the run's challenge window, once for each position. If it
    /// is right, the challenger's stake of 10 EUR goes to the bond. If not, the member's true lines less its committed
    /// sums are what moves between member and bond, and the first who corrects the member's statements of the run gets
    /// 10 EUR out of what the bond still holds.
    /// @param fills The session's fills, in chunks as they were cleared.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengePeriod(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        PeriodProof calldata period,
        ReadingProof calldata reading,
        bytes[] calldata fills
    ) external;

    /// @notice Recomputes a statement from its periods' committed sums, what earlier runs charged, and its payment:
    /// the same window, stake and reward. What moves is the periods' sums less what was charged before less the
    /// payment.
    /// @param nodes The periods' tree: its leaves, `hash 32, a 8, b 8` each, then the sums, `a 8, b 8` as committed,
    /// of every node with two children but the root, level by level upwards. Empty where there are fewer than two
    /// periods.
    /// @param payments The packed payments of each run up to this one, from the initial one; empty for one left out.
    /// @custom:access a member of the area, by its account or trading key, at its own stake
    function challengeStatement(
        MemberId challenger,
        AreaId area,
        StatementProof calldata statement,
        bytes calldata nodes,
        bytes[] calldata payments
    ) external;

    /// @notice Pays what corrections of the run owe the member, as much as the bond holds of it. Anyone may call it.
    /// @custom:access anyone: nothing is paid but what is owed
    function payCorrections(AreaId area, TradingDay day, uint8 run, MemberId memberId) external;

    /// @notice What corrections of the run owe the member, in micro-euro.
    function owedOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) external view returns (uint256);

    /// @notice What challenges of the run have moved from the bond to the member, in micro-euro: negative, or zero.
    function correctionOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) external view returns (int256);
}
