// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {TradingWeek} from "./TradingWeek.sol";

// Given an area of 500 households, of which nothing was read before in the transaction, and no further day open
//   a sealed page of all of them costs at most 31,000 gas a member and day, its data included, and fits a transaction;
//     an open one, on a day that fell back, costs less
//   a reveal costs at most 170,000 gas, its data included
contract SealedKeysGasTest is TradingWeek, WholeTransactionGas {
    using SealedDraw for SealedDraw.Book;

    uint256 private constant MEMBERS = 500;
    /// @dev The most that one transaction may use (EIP-7825).
    uint256 private constant TRANSACTION_GAS_CAP = 16_777_216;

    SealedDraw.Book private _book;
    bytes private _publication;
    MemberId private _first;

    /// @dev All that warms storage or code happens here, in a transaction of its own.
    function setUp() public override {
        super.setUp();
        _first = _registerHouseholds(MEMBERS);
        tradingDays.sealKeys(AREA);
        _book.open(tradingDays, AREA, DAY);
        SealedDraw.Page memory page = _book.draw(1);
        _book.keep(page);
        _publication = abi.encodeCall(
            ITradingDays.publishSealedKeys,
            (AREA, DAY, 600, page.entries, page.root)
        );
    }

    function test_gas_publishSealedKeys_500Members() public {
        uint256 gas = _call("publishSealedKeys, 500 members", _publication);
        vm.snapshotValue("publishSealedKeys, 500 members, transaction", gas);
        vm.snapshotValue("publishSealedKeys, 500 members, gas per member and day", gas / MEMBERS);
        vm.assertTrue(gas < TRANSACTION_GAS_CAP, vm.toString(gas));
        vm.assertTrue(gas / MEMBERS <= 31_000, vm.toString(gas));
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), MEMBERS, "all");
    }

    function test_gas_publishKeys_500Members() public {
        vm.warp(_startOf(0) + 1 hours);
        uint256 gas = _call(
            "publishKeys, 500 members",
            abi.encodeCall(ITradingDays.publishKeys, (AREA, DAY, 600))
        );
        vm.snapshotValue("publishKeys, 500 members, gas per member and day", gas / MEMBERS);
        vm.assertTrue(gas / MEMBERS <= 28_000, vm.toString(gas));
        vm.assertEq(tradingDays.entryCountOf(AREA, DAY), MEMBERS, "all");
    }

    /// @dev What publishing wrote is warm in here: cooled, it costs as much as another day.
    function test_gas_revealTrader_500Members() public {
        _call("publishSealedKeys before a reveal", _publication);
        (uint256 page, uint256 place) = _book.find(MemberId.wrap(uint24(MemberId.unwrap(_first) + 250)));
        ITradingDays.Link[] memory links = _book.pages[page];
        bytes32[] memory siblings = SealedDraw.siblingsOf(links, place);
        vm.cool(address(tradingDays));
        uint256 gas = _call(
            "revealTrader, 500 members",
            abi.encodeCall(ITradingDays.revealTrader, (page, links[place], siblings))
        );
        vm.snapshotValue("revealTrader, 500 members, transaction", gas);
        vm.assertTrue(gas <= 170_000, vm.toString(gas));
        vm.assertEq(tradingDays.revealedCountOf(AREA, DAY), 1, "revealed");
    }

    /// @return gas Of the transaction that makes this call to the trading days.
    function _call(string memory name, bytes memory data) private returns (uint256 gas) {
        address target = address(tradingDays);

        (bool isDone, bytes memory reason) = target.call(data);
        gas = _gasOf(name, data);

        vm.assertTrue(isDone, string(reason));
    }
}
