// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {FlexRun} from "./FlexRun.sol";

/// @dev The day's three calls, and 500 members that are paid for them while three further days are open. What was written
/// in `setUp` is as cold in a test as in a transaction.
abstract contract FullFlexDay is FlexRun, WholeTransactionGas {
    uint24 internal constant MEMBERS = 500;
    uint24 private constant FIRST_MEMBER = 9;
    int64 private constant EACH = -549;
    bytes internal _paid;

    function setUp() public virtual override {
        super.setUp();
        _registerMembers();
        int64 rest = 255_000 + 19_500;
        _paid = bytes.concat(_payment(DSO_ID, 255_000), _payment(TSO_ID, 19_500));
        for (uint24 id = FIRST_MEMBER; id < FIRST_MEMBER + MEMBERS; ++id) {
            _fund(MemberId.wrap(id), 100_000_000);
            int64 amount = id + 1 == FIRST_MEMBER + MEMBERS ? -rest : EACH;
            _paid = bytes.concat(_paid, _payment(MemberId.wrap(id), amount));
            rest += amount;
        }
        for (uint32 i = 1; i <= 3; ++i) {
            _openDay(TradingDay.wrap(TradingDay.unwrap(NEXT_DAY) + i));
        }
        _takeAssets();
    }

    function _commitment() internal view returns (IFlexSettlement.Commitment memory) {
        return IFlexSettlement.Commitment(keccak256("root"), MEMBERS, _totalOf(_paid));
    }

    function _registerMembers() private {
        IMemberRegistry.Registration[] memory registrations = new IMemberRegistry.Registration[](MEMBERS);
        for (uint256 i = 0; i < registrations.length; ++i) {
            address key = address(uint160(10_000 + i));
            registrations[i] = _admitted(AREA, key, key, address(uint160(20_000 + i)))[0];
        }
        members.registerMembers(AREA, registrations);
    }
}

// commitRun and payRun, given 500 assets each of which is paid, cost together at most 8,000 gas an asset and event
contract CommitFlexRunGasTest is FullFlexDay {
    function test_gas_commitRun_500Assets() public {
        IFlexSettlement.Commitment memory commitment = _commitment();
        bytes memory payments = _paid;
        IFlexSettlement.Facts memory facts = _facts();
        uint32 readingsAt = uint32(block.timestamp);
        flexSettlement.commitRun(AREA, DAY, commitment, readingsAt, facts, payments);
        uint256 gas = _gasOf(
            "commitRun, 500 assets",
            abi.encodeCall(IFlexSettlement.commitRun, (AREA, DAY, commitment, readingsAt, facts, payments))
        );
        vm.snapshotValue("commitRun, 500 assets, gas per asset and event", gas / MEMBERS);
        vm.assertTrue(gas / MEMBERS < 1_300, "gas per asset");
    }
}

contract PayFlexRunGasTest is FullFlexDay {
    function setUp() public override {
        super.setUp();
        flexSettlement.commitRun(AREA, DAY, _commitment(), uint32(block.timestamp), _facts(), _paid);
        vm.warp(block.timestamp + WINDOW);
    }

    function test_gas_payRun_500Assets() public {
        bytes memory payments = _paid;
        IFlexSettlement.Facts memory facts = _facts();
        flexSettlement.payRun(AREA, DAY, facts, payments);
        uint256 gas = _gasOf(
            "payRun, 500 assets",
            abi.encodeCall(IFlexSettlement.payRun, (AREA, DAY, facts, payments))
        );
        vm.snapshotValue("payRun, 500 assets, gas per asset and event", gas / MEMBERS);
        vm.assertTrue(gas / MEMBERS < 6_700, "gas per asset");
    }
}
