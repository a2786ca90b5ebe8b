// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";

import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

/// @dev An area of 500 members, all of whom pay or are paid for a whole day while three further days are open. What was
/// written in `setUp` is as cold in a test as in a transaction.
abstract contract FullArea is SettlementWorld, WholeTransactionGas {
    uint24 internal constant MEMBERS = 500;
    bytes internal _payments;

    function setUp() public virtual override {
        super.setUp();
        _registerMembers();
        for (uint24 id = 1; id <= MEMBERS; ++id) {
            _fund(MemberId.wrap(id), 100_000_000);
            int64 amount = id % 2 == 0 ? int64(2_345_678) : -2_345_678;
            _payments = bytes.concat(_payments, _payment(MemberId.wrap(id), amount));
        }
        _depositBond();
        for (uint32 i = 0; i < 4; ++i) {
            _openDay(TradingDay.wrap(TradingDay.unwrap(NEXT_DAY) + i));
        }
        _finishDay(NEXT_DAY);
    }

    function _registerMembers() private {
        IMemberRegistry.Registration[] memory registrations = new IMemberRegistry.Registration[](MEMBERS - 4);
        for (uint256 i = 0; i < registrations.length; ++i) {
            address key = address(uint160(1_000 + i));
            registrations[i] = _admitted(AREA, key, key, address(uint160(2_000 + i)))[0];
        }
        members.registerMembers(AREA, registrations);
    }
}

// commitStatements and payRun, given 500 members, 96 periods and three further open days, cost together at most 12,000 gas
// a member
contract CommitStatementsGasTest is FullArea {
    function test_gas_commitStatements_500Members() public {
        ISettlement.Commitment memory commitment = ISettlement.Commitment(
            keccak256("root"),
            MEMBERS,
            _totalOf(_payments)
        );
        bytes memory payments = _payments;
        uint32 readingsAt = uint32(block.timestamp);
        settlement.commitStatements(AREA, NEXT_DAY, 0, commitment, readingsAt, payments);
        uint256 gas = _gasOf(
            "commitStatements, 500 members",
            abi.encodeCall(
                ISettlement.commitStatements,
                (AREA, NEXT_DAY, 0, commitment, readingsAt, payments)
            )
        );
        vm.snapshotValue("commitStatements, 500 members, gas per member", gas / MEMBERS);
        vm.assertTrue(gas / MEMBERS < 2_000, "gas per member");
    }
}

contract PayRunGasTest is FullArea {
    function setUp() public override {
        super.setUp();
        _commitRun(NEXT_DAY, 0, _payments);
        vm.warp(block.timestamp + WINDOW);
    }

    function test_gas_payRun_500Members() public {
        bytes memory payments = _payments;
        settlement.payRun(AREA, NEXT_DAY, 0, payments);
        uint256 gas = _gasOf(
            "payRun, 500 members",
            abi.encodeCall(ISettlement.payRun, (AREA, NEXT_DAY, 0, payments))
        );
        vm.snapshotValue("payRun, 500 members, gas per member", gas / MEMBERS);
        vm.assertTrue(gas / MEMBERS < 10_000, "gas per member");
    }
}
