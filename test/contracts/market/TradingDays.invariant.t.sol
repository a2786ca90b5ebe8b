// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {CHALLENGES, SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {DeliveryPeriod} from "../../../contracts/types/Types.sol";
import {deploy} from "../Deployment.sol";
import {vm} from "../Vm.sol";
import {TradingDaysHandler} from "./TradingDaysHandler.sol";
import {TradingWeek} from "./TradingWeek.sol";

// Given any sequence of deposits, withdrawals, credit lines, delegations, members that join and leave, days
// published and paid (with charges beyond what members have, in every run), corrections, rewards and forfeits,
// while time passes; with the keys of days sealed from some moment on, or published openly where the operator withheld
// them
//   what open days lock of a member is never more than its balance and credit line
//   what pages promise for open days is what is locked, the same to both keys of a member, and nobody comes twice; on
//     sealed days of the member whom the trader's link names
//   every page was written by the rule for what its members had at that time
//   a member can withdraw and forfeit what is free, and no more
//   at most four days are open
contract TradingDaysInvariantTest is TradingWeek {
    TradingDaysHandler private _handler;

    function setUp() public override {
        super.setUp();
        _registerHouseholds(5);
        _fund(SUPPLIER_ID, 1e16);
        for (uint256 i = 0; i < 3; ++i) {
            _publishDay(i);
        }

        // Payments are the real ones; that sessions were cleared and metered before is not what is tested here.
        EverythingHappened facts = new EverythingHappened();
        settlement = ISettlement(
            deploy("Settlement", abi.encode(manager, credentials, areas, tradingDays, facts, facts, accounts))
        );
        manager.grantRole(SETTLEMENT, address(settlement), 0);
        _handler = new TradingDaysHandler(this);
        _issue(address(_handler), Role.CommunityManager, AREA);
        _issue(address(_handler), Role.MarketOperator, AREA);
        _issue(address(_handler), Role.SettlementBank, EVERY_AREA);
        for (uint256 i = 1; i <= _handler.MOST_MEMBERS(); ++i) {
            _issueHousehold(AREA, _handler.newcomerOf(i), address(0));
        }
        manager.grantRole(CHALLENGES, address(_handler), 0);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev All at once, after the same calls: one play of them decides about every rule.
    function invariant_everyRuleHolds() public view {
        locksNeverExceedBalanceAndCreditLine();
        pagesPromiseWhatIsLocked();
        pagesAreWrittenByTheRule();
        membersTakeWhatIsFreeAndNoMore();
        atMostFourDaysAreOpen();
    }

    function locksNeverExceedBalanceAndCreditLine() public view {
        vm.assertTrue(_handler.isEverybodyCovered(), "covered");
    }

    function pagesPromiseWhatIsLocked() public view {
        vm.assertTrue(_handler.doPagesPromiseWhatIsLocked(), "promised and locked");
    }

    function pagesAreWrittenByTheRule() public view {
        vm.assertTrue(_handler.isByTheRule(), "by the rule");
    }

    function membersTakeWhatIsFreeAndNoMore() public view {
        vm.assertTrue(_handler.isFreeWhatCanBeTaken(), "free");
    }

    function atMostFourDaysAreOpen() public view {
        vm.assertTrue(tradingDays.openDaysOf(AREA).length <= 4, "open days");
    }

    function _calendarOfArea() internal pure override returns (IAreaRegistry.Calendar memory calendar) {
        calendar = _calendar();
        calendar.lastPeriod = DeliveryPeriod.wrap(type(uint32).max);
    }
}

contract EverythingHappened {
    function areCleared(uint32, uint32, uint256) external pure returns (bool) {
        return true;
    }

    function areCommitted(uint32, uint32, uint256) external pure returns (bool) {
        return true;
    }
}
