// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterReadings} from "../../../contracts/metering/IMeterReadings.sol";
import {MARKET_OPERATOR, SETTLEMENT_BANK} from "../../../contracts/types/Roles.sol";
import {DeliveryPeriod} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";
import {AccountsHandler} from "./AccountsHandler.sol";

// Given any sequence of deposits, withdrawals and settlements, of which some are refused
//   the balances add up to the tokens held: no cent appears, none is lost
//   nobody has a balance and a debt at once
//   every member has what it was given less what it was charged, but for what the supplier carries for it
contract AccountsInvariantTest is Neighbourhood {
    AccountsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _registerHouseholds(6);
        vm.warp(START + 1 days);
        for (uint32 id = DeliveryPeriod.unwrap(FIRST_PERIOD); id <= DeliveryPeriod.unwrap(LAST_PERIOD); ++id) {
            DeliveryPeriod period = DeliveryPeriod.wrap(id);
            auction.closeGate(AREA, period, 0, keccak256(""));
            auction.clear(AREA, period, _noTrade(), "");
            readings.commitReadings(AREA, period, IMeterReadings.Commitment(bytes32(0), 0, 0, 0));
        }

        _handler = new AccountsHandler();
        _handler.begin(this);
        manager.grantRole(SETTLEMENT_BANK, address(_handler), 0);
        manager.grantRole(MARKET_OPERATOR, address(_handler), 0);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_balancesAddUpToTheTokensHeld() public view {
        vm.assertEq(_handler.sumOfBalances(), _handler.tokensHeld(), "balances and tokens");
    }

    function invariant_nobodyHasBothABalanceAndADebt() public view {
        vm.assertFalse(_handler.hasBothBalanceAndDebt(), "balance and debt");
    }

    function invariant_everyMemberHasWhatItWasGivenLessWhatItWasCharged() public view {
        vm.assertTrue(_handler.booksAgree(), "books");
    }
}
