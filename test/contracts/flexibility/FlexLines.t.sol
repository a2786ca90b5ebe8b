// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FlexLines} from "../../../contracts/flexibility/FlexLines.sol";
import {IFlexSettlement} from "../../../contracts/flexibility/IFlexSettlement.sol";
import {vm} from "../Vm.sol";

// Given the cases of the vectors, which the domain's rule runs as well
//   each period's delivered, missing, price, payment and penalty are the vectors', and the price's parts sum to it
// Given a call that another service displaced in part
//   the price of what is owed is that of the whole in proportion, rounded down
// Given one that was displaced whole, nothing is delivered, missing, paid or fined
// Given any call, what is delivered never exceeds what is served, nor what is paid the price
// Given any parts, shares by cumulative rounding sum to the amount
// Given any penalty, more that is missing never costs less
// Given any member, the correction is never charged, and nothing where nothing was delivered
contract FlexLinesTest {
    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/flex-settlement.json");
    }

    function test_vectors_areRecomputed() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".cases", count))) {
            _requireCase(_item(".cases", count++));
        }
        vm.assertTrue(count > 50, "there are vectors");
    }

    function test_settledOf_takesThePriceOfWhatIsServed() public pure {
        IFlexSettlement.Settled memory settled = FlexLines.settledOf(1_001, 1_000, 500, 250, "");
        vm.assertEq(settled.served, 500, "served");
        vm.assertEq(settled.price, 500, "half of the price, rounded down");
        vm.assertEq(settled.payment, 250, "half of it");
        vm.assertEq(settled.deficiency, 250, "missing of what is served");
    }

    function testFuzz_settledOf_ofNothingServedIsNothing(
        uint64 price,
        uint32 ordered,
        int64 response
    ) public pure {
        IFlexSettlement.Settled memory settled = FlexLines.settledOf(
            price,
            ordered,
            0,
            response,
            _band(0, 44_000)
        );
        IFlexSettlement.Settled memory nothing;
        vm.assertEq(keccak256(abi.encode(settled)), keccak256(abi.encode(nothing)), "nothing");
    }

    function testFuzz_settledOf_neverPaysMoreThanThePrice(
        uint64 price,
        uint32 ordered,
        uint32 served,
        int64 response
    ) public pure {
        vm.assume(ordered != 0);
        uint256 owed = uint256(served) % (uint256(ordered) + 1);
        IFlexSettlement.Settled memory settled = FlexLines.settledOf(price, ordered, owed, response, "");
        vm.assertTrue(settled.payment <= settled.price && settled.price <= price, "paid");
        vm.assertTrue(settled.delivered <= owed, "delivered");
        if (response >= int256(owed)) vm.assertEq(settled.payment, settled.price, "delivered whole");
        if (owed != 0 && response <= int256(owed)) {
            vm.assertEq(int256(uint256(settled.deficiency)), int256(owed) - response, "missing");
        }
    }

    function testFuzz_cumulativeShareOf_sumsToTheAmount(uint64 amount, uint32[8] memory weights) public pure {
        uint256 total = 0;
        for (uint256 i = 0; i < 8; ++i) total += weights[i];
        uint256 before = 0;
        uint256 shared = 0;
        for (uint256 i = 0; i < 8; ++i) {
            uint256 share = FlexLines.cumulativeShareOf(amount, before, weights[i], total);
            if (weights[i] == 0) vm.assertEq(share, 0, "of nothing");
            shared += share;
            before += weights[i];
        }
        vm.assertEq(shared, total == 0 ? 0 : amount, "sum");
    }

    function testFuzz_penaltyOf_neverFalls(
        uint32 ordered,
        uint40 missing,
        uint40 more,
        uint32[3] memory prices
    ) public pure {
        bytes memory bands = "";
        uint256 price = 0;
        for (uint256 i = 0; i < 3; ++i) {
            price += prices[i] % 1_000_000;
            bands = bytes.concat(bands, _band(uint16(i * 333), uint32(price)));
        }
        uint256 less = FlexLines.penaltyOf(bands, ordered, missing);
        vm.assertTrue(less <= FlexLines.penaltyOf(bands, ordered, uint256(missing) + more), "monotone");
        // No Wh costs more than the dearest band.
        vm.assertTrue(less * 1_000 <= uint256(missing) * price, "at most the dearest price");
    }

    function testFuzz_correctionOf_isNeverCharged(
        int32 delivered,
        int32 metered,
        int32 traded,
        int24 retail,
        int24 feedIn
    ) public pure {
        vm.assume(retail >= feedIn);
        FlexLines.Rates memory rates = FlexLines.Rates(retail, feedIn);
        vm.assertTrue(FlexLines.correctionOf(delivered, metered, traded, rates) <= 0, "received");
        vm.assertEq(FlexLines.correctionOf(0, metered, traded, rates), 0, "nothing delivered");
    }

    function testFuzz_provenPermilleOf_isWholeWithinTheDeadband(
        uint32 ordered,
        uint32 delivered,
        uint16 deadband
    ) public pure {
        vm.assume(ordered != 0 && delivered <= ordered);
        uint256 permille = deadband % 1_001;
        uint256 proven = FlexLines.provenPermilleOf(ordered, delivered, permille);
        bool isWithin = uint256(ordered - delivered) * 1_000 <= uint256(ordered) * permille;
        if (isWithin) vm.assertEq(proven, 1_000, "whole");
        else vm.assertEq(proven, (uint256(delivered) * 1_000) / ordered, "its part");
    }

    function _requireCase(string memory path) private view {
        uint256 price = _uint(path, ".price");
        string memory list = string.concat(path, ".periods");
        uint256 total = 0;
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(list, count))) {
            total += _uint(_item(list, count++), ".orderedWh");
        }
        uint256 before = 0;
        IFlexSettlement.Settled memory sum;
        for (uint256 i = 0; i < count; ++i) {
            uint256 ordered = _uint(_item(list, i), ".orderedWh");
            IFlexSettlement.Settled memory settled = _settled(
                path,
                _item(list, i),
                FlexLines.cumulativeShareOf(price, before, ordered, total)
            );
            before += ordered;
            _requirePeriod(_item(list, i), settled);
            sum.price += settled.price;
            sum.payment += settled.payment;
            sum.penalty += settled.penalty;
        }
        vm.assertEq(sum.price, price, path);
        vm.assertEq(sum.payment, _uint(path, ".payment"), path);
        vm.assertEq(sum.penalty, _uint(path, ".penalty"), path);
    }

    function _settled(
        string memory path,
        string memory period,
        uint256 price
    ) private view returns (IFlexSettlement.Settled memory) {
        uint256 ordered = _uint(period, ".orderedWh");
        int256 moved = _int(period, ".baselineWh") - _int(period, ".realisedWh");
        if (_uint(path, ".isConsumeMore") == 1) moved = -moved;
        return FlexLines.settledOf(price, ordered, ordered, moved, _bandsOf(string.concat(path, ".bands")));
    }

    function _requirePeriod(string memory path, IFlexSettlement.Settled memory settled) private view {
        vm.assertEq(settled.delivered, _uint(path, ".deliveredWh"), path);
        vm.assertEq(settled.deficiency, _uint(path, ".deficiencyWh"), path);
        vm.assertEq(settled.price, _uint(path, ".price"), path);
        vm.assertEq(settled.payment, _uint(path, ".payment"), path);
        vm.assertEq(settled.penalty, _uint(path, ".penalty"), path);
    }

    function _bandsOf(string memory list) private view returns (bytes memory bands) {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(list, count))) {
            string memory band = _item(list, count++);
            bands = bytes.concat(
                bands,
                _band(uint16(_uint(band, ".abovePermille")), uint32(_uint(band, ".price")))
            );
        }
    }

    function _band(uint16 above, uint32 price) private pure returns (bytes memory) {
        return abi.encodePacked(above, price);
    }

    function _uint(string memory path, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_vectors, string.concat(path, key));
    }

    function _int(string memory path, string memory key) private view returns (int256) {
        return vm.parseJsonInt(_vectors, string.concat(path, key));
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
