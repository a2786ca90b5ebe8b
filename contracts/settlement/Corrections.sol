// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AreaId, DeliveryPeriod, MemberId, TradingDay} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";
import {IChallenges} from "./IChallenges.sol";
import {ISettlement} from "./ISettlement.sol";

/// @dev What comes of a challenge once it is judged: who pays whom, and what waits for the operator's bond.
abstract contract Corrections is IChallenges {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev Stands for the statement itself among the positions of its periods.
    uint256 internal constant WHOLE_STATEMENT = type(uint256).max;

    /// @dev 10 EUR each.
    uint256 private constant STAKE = 10_000_000;
    uint256 private constant REWARD = 10_000_000;

    /// @dev Who challenges what, and how it was judged.
    /// @param statementPosition Of the statement among those of the run; `position` of the period in the statement.
    /// @param first First traded period of the day, `count` of them.
    /// @param end Until when the run can be challenged.
    /// @param isRight Whether what was challenged is what it should be.
    /// @param delta What the member should pay more than it was stated to, in micro-euro.
    struct Claim {
        MemberId challenger;
        AreaId area;
        uint256 statementPosition;
        uint256 position;
        uint256 first;
        uint256 count;
        uint256 window;
        uint256 end;
        bool hasReading;
        bool isRight;
        int256 delta;
    }

    /// @param delta What was decided so far: what moved, and what is owed.
    struct Decision {
        bool isMade;
        bool hadReading;
        int240 delta;
    }

    /// @param moved As in `correctionOf`, never above zero; `owed` as in `owedOf`.
    struct Balance {
        int120 moved;
        uint120 owed;
        bool isRewarded;
    }

    IAccounts internal immutable _accounts;
    ISettlement internal immutable _settlement;

    /// @dev A place is a period of a statement, or the statement itself, at its position among those of the run:
    /// whoever commits two statements of a member answers for both.
    mapping(bytes32 member => mapping(bytes32 place => Decision)) private _decisions;
    mapping(bytes32 member => Balance) private _balances;

    constructor(IAccounts accounts, ISettlement settlement) {
        _accounts = accounts;
        _settlement = settlement;
    }

    /// @inheritdoc IChallenges
    function payCorrections(AreaId area, TradingDay day, uint8 run, MemberId memberId) external {
        Balance storage balance = _balances[_keyOf(area, day, run, memberId)];
        uint256 owed = balance.owed;
        if (owed == 0) revert ChallengesNothingOwed(area, day, run, memberId);

        // The accounts call nobody back, and what moves depends on what the bond holds.
        int256 moved = _accounts.correct(area, memberId, -owed.toInt256());
        if (moved == 0) revert ChallengesBondEmpty(area, owed);
        balance.owed = (owed - (-moved).toUint256()).toUint120();
        balance.moved += moved.toInt120();

        emit CorrectionPaid(area, day, run, memberId, moved);

        _settlement.withhold(area, day, run, moved);
    }

    /// @inheritdoc IChallenges
    function correctionOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) external view returns (int256) {
        return _correctionOf(area, day, run, memberId);
    }

    /// @inheritdoc IChallenges
    function owedOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) external view returns (uint256) {
        return _balances[_keyOf(area, day, run, memberId)].owed;
    }

    /// @dev Punishes the challenger where what it challenged is right; otherwise corrects it and rewards the
    /// challenger.
    function _decide(Claim memory claim, Statement calldata leaf) internal {
        DeliveryPeriod period = DeliveryPeriod.wrap(
            claim.position == WHOLE_STATEMENT ? 0 : (claim.first + claim.position).toUint32()
        );
        bytes32 key = _keyOf(claim.area, leaf.day, leaf.run, leaf.memberId);
        Decision storage decision = _decisions[key][
            keccak256(abi.encode(claim.statementPosition, claim.position))
        ];
        // A statement may deny a reading that there is: who does not show it must not keep others from showing it.
        if (decision.isMade && (decision.hadReading || !claim.hasReading)) {
            revert ChallengesAlreadyCorrected(claim.area, leaf.day, leaf.run, leaf.memberId, claim.position);
        }
        if (claim.isRight) {
            emit ChallengeRejected(claim.area, leaf.day, leaf.run, leaf.memberId, period, claim.challenger);

            _accounts.forfeit(claim.area, claim.challenger, STAKE);
            return;
        }
        int256 delta = claim.delta - decision.delta;
        _requireAnswerable(claim, delta);

        (decision.isMade, decision.hadReading) = (true, claim.hasReading);
        Balance storage balance = _balances[key];
        (int256 moved, int256 owedMore) = _move(claim.area, leaf.memberId, balance, delta);
        decision.delta += (moved - owedMore).toInt240();
        balance.moved += moved.toInt120();
        balance.owed = (uint256(balance.owed).toInt256() + owedMore).toUint256().toUint120();

        emit StatementCorrected(claim.area, leaf.day, leaf.run, leaf.memberId, period, moved, balance.owed);

        if (owedMore != 0) _settlement.withhold(claim.area, leaf.day, leaf.run, owedMore);
        if (balance.isRewarded) return;
        balance.isRewarded = true;
        _accounts.reward(claim.area, claim.challenger, REWARD);
    }

    function _correctionOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) internal view returns (int256) {
        return _balances[_keyOf(area, day, run, memberId)].moved;
    }

    /// @dev Pays the member out of the bond, where what the bond lacks is owed; or takes back what challenges gave
    /// it, and no more: what a statement asks too little for is the next run's, and no challenge takes from whom it
    /// may have been made against.
    /// @return moved With the sign of `delta`.
    /// @return owedMore What the member is owed more, or less, than before.
    function _move(
        AreaId area,
        MemberId memberId,
        Balance storage balance,
        int256 delta
    ) private returns (int256 moved, int256 owedMore) {
        if (delta == 0) return (0, 0);
        // The accounts call nobody back, and what moves depends on what they hold.
        if (delta < 0) {
            moved = _accounts.correct(area, memberId, delta);
            return (moved, moved - delta);
        }
        uint256 unpaid = Math.min(uint256(delta), balance.owed);
        uint256 given = Math.min(uint256(delta) - unpaid, (-int256(balance.moved)).toUint256());
        if (given != 0) moved = _accounts.correct(area, memberId, given.toInt256());
        owedMore = -unpaid.toInt256();
    }

    function _requireAnswerable(Claim memory claim, int256 delta) private view {
        uint256 answerable = claim.end - claim.window / 2;
        if (delta > 0 && block.timestamp >= answerable) {
            revert ChallengesTooLateToCharge(answerable, block.timestamp);
        }
    }

    function _keyOf(
        AreaId area,
        TradingDay day,
        uint8 run,
        MemberId memberId
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(area, day, run, memberId));
    }
}
