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
    /// @dev As the test runner asks for it.
    struct FuzzInterface {
        address addr;
        string[] artifacts;
    }

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

        _handler = new AccountsHandler(members, accounts, settlement, currency, FIRST_PERIOD, LAST_PERIOD);
        manager.grantRole(SETTLEMENT_BANK, address(_handler), 0);
        manager.grantRole(MARKET_OPERATOR, address(_handler), 0);
    }

    function excludeContracts() public view returns (address[] memory contracts) {
        contracts = new address[](8);
        contracts[0] = address(manager);
        contracts[1] = address(members);
        contracts[2] = address(areas);
        contracts[3] = address(auction);
        contracts[4] = address(readings);
        contracts[5] = address(currency);
        contracts[6] = address(accounts);
        contracts[7] = address(settlement);
    }

    /// @dev Beside many other contracts, the runner does not recognise the handler by its code alone.
    function targetInterfaces() public view returns (FuzzInterface[] memory targets) {
        targets = new FuzzInterface[](1);
        targets[0] = FuzzInterface(address(_handler), new string[](1));
        targets[0].artifacts[0] = "AccountsHandler";
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
