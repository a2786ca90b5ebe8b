// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {CHALLENGES} from "../../../contracts/types/Roles.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SettlementHandler} from "./SettlementHandler.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// Given any sequence of deposits, withdrawals, credit lines, contributions, bonds paid in and out, days opened, settlement
// runs (initial, corrected, final) with whatever payments, corrections, rewards and forfeits, of which some are refused
//   balances, guarantee fund and bond add up to the tokens held: no cent appears, none is lost
//   nobody's balance is below what its open days have locked beyond its credit line
//   whoever's account has just moved has a debt only where nothing of its balance is free
//   the payments of every run that was accepted sum to zero
//   every household has what it was given less what it was charged, but for its debts; supplier and guarantee fund have
//     what they were given less what they paid for others
contract SettlementInvariantTest is SettlementWorld {
    uint24 private constant HOUSEHOLDS = 5;
    uint32 private constant DAYS = 5;

    SettlementHandler private _handler;

    function setUp() public override {
        super.setUp();
        for (uint24 i = 0; i < HOUSEHOLDS; ++i) {
            _registerHousehold();
        }
        for (uint32 i = 0; i < DAYS; ++i) {
            _finishDay(TradingDay.wrap(TradingDay.unwrap(DAY) + i));
        }
        // All days are cleared and metered; now to the time before the first of them.
        vm.warp(LONG_BEFORE);

        _handler = new SettlementHandler(this);
        _issue(address(_handler), Role.CommunityManager, AREA);
        _issue(address(_handler), Role.SettlementBank, EVERY_AREA);
        _issue(address(_handler), Role.MarketOperator, AREA);
        manager.grantRole(CHALLENGES, address(_handler), 0);
    }

    /// @dev A short window and no delays, so that a few days hold many runs.
    function _calendar() internal pure override returns (IAreaRegistry.Calendar memory calendar) {
        calendar = super._calendar();
        calendar.challengeWindow = 100;
        calendar.correctionDelay = 0;
        calendar.finalDelay = 0;
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev All at once, after the same calls: one play of them decides about every rule.
    function invariant_everyRuleHolds() public view {
        balancesFundAndBondAddUpToTheTokensHeld();
        nobodysBalanceIsBelowWhatIsLockedBeyondItsCreditLine();
        nobodyWhoseAccountMovedOwesBesideWhatIsFree();
        paymentsOfEveryRunSumToZero();
        everyMemberHasWhatItWasGivenLessWhatItWasCharged();
    }

    function balancesFundAndBondAddUpToTheTokensHeld() public view {
        uint256 sum = accounts.fundOf(AREA) + accounts.bondOf(AREA);
        for (uint24 id = 1; id <= _handler.LAST_MEMBER(); ++id) {
            sum += accounts.balanceOf(MemberId.wrap(id));
        }
        vm.assertEq(sum, currency.balanceOf(address(accounts)), "balances, fund, bond and tokens");
    }

    function nobodysBalanceIsBelowWhatIsLockedBeyondItsCreditLine() public view {
        for (uint24 id = 1; id <= _handler.LAST_MEMBER(); ++id) {
            MemberId memberId = MemberId.wrap(id);
            uint256 funds = accounts.balanceOf(memberId) + accounts.creditLineOf(memberId);
            vm.assertTrue(funds >= tradingDays.lockedOf(memberId), "collateral");
        }
    }

    function nobodyWhoseAccountMovedOwesBesideWhatIsFree() public view {
        vm.assertFalse(_handler.owedBesideFree(), "debt beside free balance");
    }

    function paymentsOfEveryRunSumToZero() public view {
        vm.assertEq(_handler.sumOfPayments(), 0, "payments");
    }

    function everyMemberHasWhatItWasGivenLessWhatItWasCharged() public view {
        int256 owed = 0;
        for (uint24 id = 2; id <= _handler.LAST_MEMBER(); ++id) {
            MemberId memberId = MemberId.wrap(id);
            int256 debt = int256(accounts.debtOf(memberId));
            vm.assertEq(int256(accounts.balanceOf(memberId)) - debt, _handler.net(id), "balance less debt");
            owed += debt;
        }
        vm.assertEq(
            int256(accounts.balanceOf(SUPPLIER_ID)) + int256(accounts.fundOf(AREA)) + owed,
            _handler.net(1) + _handler.contributed(),
            "supplier and fund, with what is owed to them"
        );
    }
}
