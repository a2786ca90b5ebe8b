// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {Money} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";
import {WholeTransactionGas} from "./SettlementGas.t.sol";

// challengePeriod and challengeStatement, given some 500 members of whom each trades and has a reading and a statement, fit
// in one transaction many times over
contract ChallengesGasTest is ChallengeWorld, WholeTransactionGas {
    uint24 private constant OTHERS = 495;
    uint256 private constant TRANSACTION_CAP = 16_777_216;

    IChallenges.StatementProof private _statementShown;
    IChallenges.PeriodProof private _periodShown;
    IChallenges.ReadingProof private _readingShown;
    bytes[] private _fillsShown;

    function setUp() public override {
        super.setUp();
        _periods[0].levies = Money.wrap(Money.unwrap(_periods[0].levies) + 9);
        _takeSums(0);
        _paidLie = 900;
        _seal();
        _statementShown = _statementProof();
        _periodShown = _periodProof(0);
        _readingShown = _readingProof(0, 0);
        _fillsShown = _fills();
    }

    function test_gas_challengePeriod() public {
        IChallenges.StatementProof memory statement = _statementShown;
        IChallenges.PeriodProof memory period = _periodShown;
        IChallenges.ReadingProof memory reading = _readingShown;
        bytes[] memory fills = _fillsShown;
        vm.prank(_addressOf(_bob));
        challenges.challengePeriod(_bob, AREA, statement, period, reading, fills);
        uint256 gas = _gasOf(
            "challengePeriod, 500 members",
            abi.encodeCall(IChallenges.challengePeriod, (_bob, AREA, statement, period, reading, fills))
        );
        vm.snapshotValue("challengePeriod, 500 members, transaction", gas);
        vm.assertTrue(gas < TRANSACTION_CAP / 10, "gas");
    }

    function test_gas_challengeStatement() public {
        IChallenges.StatementProof memory statement = _statementShown;
        bytes memory nodes = _nodes();
        bytes[] memory payments = _payments;
        vm.prank(_addressOf(_bob));
        challenges.challengeStatement(_bob, AREA, statement, nodes, payments);
        uint256 gas = _gasOf(
            "challengeStatement, 500 members",
            abi.encodeCall(IChallenges.challengeStatement, (_bob, AREA, statement, nodes, payments))
        );
        vm.snapshotValue("challengeStatement, 500 members, transaction", gas);
        vm.assertTrue(gas < TRANSACTION_CAP / 10, "gas");
    }

    function _others() internal pure override returns (uint256) {
        return OTHERS;
    }

    /// @dev What the others trade among themselves changes nothing for Alice but for the work.
    function _fills() internal view override returns (bytes[] memory fills) {
        fills = super._fills();
        for (uint24 i = 0; i < OTHERS; ++i) {
            fills[1] = bytes.concat(fills[1], abi.encodePacked(100 + i, uint32(7)));
        }
    }
}
