// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {FLEX_SETTLEMENT, SETTLEMENT} from "../../../contracts/types/Roles.sol";
import {AreaId, FlexOrderId, TradingDay} from "../../../contracts/types/Types.sol";
import {deploy} from "../Deployment.sol";
import {SumTrees} from "../metering/SumTrees.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

/// @dev A market of flexibility whose orders are settled. The test itself stands in for the settlement of energy, which
/// is paid, and is the market operator.
abstract contract FlexSettled is FlexWorld {
    uint256 internal constant DAY_END = DAY_START + 1 days;
    uint256 internal constant WINDOW = 3_600;
    uint256 internal constant DSO_DEPOSIT = 1_000_000_000;

    IFlexSettlement public flexSettlement;

    function setUp() public virtual override {
        super.setUp();
        bytes memory arguments = abi.encode(manager, credentials, areas, members, this, accounts);
        arguments = bytes.concat(arguments, abi.encode(flexProducts, flexReservations, flexOrders));
        flexSettlement = IFlexSettlement(deploy("FlexSettlement", arguments));
        _grant(SETTLEMENT, address(accounts), IAccounts.applyPayments.selector);
        manager.grantRole(SETTLEMENT, address(flexSettlement), 0);
        manager.grantRole(FLEX_SETTLEMENT, address(flexSettlement), 0);
        _fund(DSO_ID, DSO_DEPOSIT);
    }

    function isPaid(AreaId, TradingDay, uint8) external pure returns (bool) {
        return true;
    }

    /// @dev By a call of its own, so that a refusal can be expected.
    function commitRun(TradingDay day, IFlexSettlement.Facts memory facts, bytes memory payments) external {
        flexSettlement.commitRun(
            AREA,
            day,
            IFlexSettlement.Commitment("root", 1, _paidBy(payments)),
            uint32(block.timestamp),
            facts,
            payments
        );
    }

    function _commitAndPay(
        uint256 time,
        TradingDay day,
        IFlexSettlement.Facts memory facts,
        bytes memory payments
    ) internal {
        vm.warp(time);
        this.commitRun(day, facts, payments);
        vm.warp(time + WINDOW);
        flexSettlement.payRun(AREA, day, facts, payments);
    }

    /// @dev One order in one period of which so many Wh were moved.
    function _factsOf(
        FlexOrderId orderId,
        uint32 period,
        int32 power,
        uint64 moved
    ) internal pure returns (IFlexSettlement.Facts memory facts) {
        bytes32 root = moved == 0 ? bytes32(0) : SumTrees.leafOf("asset", moved, 0).hash;
        uint32 count = moved == 0 ? 0 : 1;
        facts.deliveries = abi.encodePacked(orderId, period, moved, uint64(0), count, root);
        facts.orders = new bytes[](1);
        facts.orders[0] = _power(period, power);
    }

    /// @dev What the DSO pays, and the aggregator has; negative the other way.
    function _dsoPays(int64 amount) internal view returns (bytes memory) {
        return abi.encodePacked(DSO_ID, amount, _aggregatorId, -amount);
    }

    function _dayAfter(TradingDay day) internal pure returns (TradingDay) {
        return TradingDay.wrap(TradingDay.unwrap(day) + 1);
    }

    function _paidBy(bytes memory payments) private pure returns (uint64 total) {
        for (uint256 start = 0; start < payments.length; start += 11) {
            uint64 word = 0;
            for (uint256 i = 3; i < 11; ++i) word = (word << 8) | uint8(payments[start + i]);
            if (int64(word) > 0) total += word;
        }
    }
}
