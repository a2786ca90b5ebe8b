// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementWorld} from "./SettlementWorld.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {vm} from "../Vm.sol";

// mint
//   given no role of settlement bank, it reverts
//   given the bank, it makes micro-euro: six decimals
contract SettlementCurrencyTest is SettlementWorld {
    function test_mint_makesMicroEuro() public {
        currency.mint(STRANGER, 1_500_000);
        vm.assertEq(currency.balanceOf(STRANGER), 1_500_000, "balance");
        vm.assertEq(currency.totalSupply(), 1_500_000, "supply");
        vm.assertEq(currency.decimals(), 6, "1.50 EUR");
    }

    function test_mint_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(_roleMissing(STRANGER, Role.SettlementBank, EVERY_AREA));
        currency.mint(STRANGER, 1);
    }
}
