// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {AreaId, DeliveryPeriod} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// openArea
//   given no role of registrar, area zero, an area that is open, or a calendar that ends before it begins, has no lead
//     or one longer than time before its first period, it reverts
// setDefaultEnergyRates, setGridTariff
//   given no role, an unknown area, or the first gate closure, it reverts
//   given feed-in above retail, a rate that no order could follow, a negative grid tariff, or a local rate above the
//     full one, it reverts
// publishEnergyRates
//   given no role, an unknown area, a period whose gate has closed, one with rates, or bytes that are no rates, it reverts
//   given rates, they take the place of the defaults in their periods and in no other, also across storage slots
// gateClosureOf
//   given a traded period, it is the lead before its start; given another, it reverts
contract AreaRegistryTest is Neighbourhood {
    function test_openArea_revertsForWhatIsNoCalendar() public {
        uint32 first = DeliveryPeriod.unwrap(FIRST_PERIOD);
        _expectInvalid(first, first - 1, 300);
        _expectInvalid(first, first, 0);
        _expectInvalid(1, first, 901);
        areas.openArea(AreaId.wrap(9), _calendar(1, 1, 900));
    }

    function test_openArea_revertsForAreaZeroAndTwice() public {
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryUnknownArea.selector, 0));
        areas.openArea(AreaId.wrap(0), _calendar(10, 20, 300));
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryAreaExists.selector, AREA));
        areas.openArea(AREA, _calendar(10, 20, 300));
    }

    function test_everyChange_revertsForAnybodyElse() public {
        bytes memory unauthorized = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            STRANGER
        );
        vm.prank(STRANGER);
        vm.expectRevert(unauthorized);
        areas.openArea(AreaId.wrap(9), _calendar(10, 20, 300));
        vm.prank(STRANGER);
        vm.expectRevert(unauthorized);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        vm.prank(STRANGER);
        vm.expectRevert(unauthorized);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(2, 1));
        vm.prank(STRANGER);
        vm.expectRevert(unauthorized);
        areas.setGridTariff(AREA, 2, 1);
    }

    function test_everyChange_revertsForAnUnknownArea() public {
        AreaId unknown = AreaId.wrap(9);
        bytes memory error_ = abi.encodeWithSelector(IAreaRegistry.AreaRegistryUnknownArea.selector, unknown);
        vm.expectRevert(error_);
        areas.setDefaultEnergyRates(unknown, 2, 1);
        vm.expectRevert(error_);
        areas.publishEnergyRates(unknown, FIRST_PERIOD, _rates(2, 1));
        vm.expectRevert(error_);
        areas.setGridTariff(unknown, 2, 1);
        vm.expectRevert(error_);
        areas.tariffOf(unknown, FIRST_PERIOD);
        vm.expectRevert(error_);
        areas.gateClosureOf(unknown, FIRST_PERIOD);
    }

    function test_setDefaultEnergyRates_appliesWhereNoneArePublished() public {
        areas.setDefaultEnergyRates(AREA, 300_055, -80_001);
        areas.setGridTariff(AREA, 80_000, 40_000);
        _requireTariff(FIRST_PERIOD, 300_055, -80_001);
        IAreaRegistry.Tariff memory tariff = areas.tariffOf(AREA, LAST_PERIOD);
        vm.assertEq(tariff.grid, int256(80_000), "grid");
        vm.assertEq(tariff.gridLocal, int256(40_000), "local");
    }

    function test_rates_revertOnceTheyBind() public {
        bytes memory tooLate = abi.encodeWithSelector(
            IAreaRegistry.AreaRegistryRatesTooLate.selector,
            FIRST_PERIOD
        );
        vm.warp(GATE_CLOSURE - 1);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(tooLate);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        vm.expectRevert(tooLate);
        areas.setGridTariff(AREA, 2, 1);
        vm.expectRevert(tooLate);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(2, 1));
        areas.publishEnergyRates(AREA, LAST_PERIOD, _rates(2, 1));
    }

    function test_rates_revertWhereTheyAreNone() public {
        bytes memory invalid = abi.encodeWithSelector(IAreaRegistry.AreaRegistryInvalidRates.selector);
        vm.expectRevert(invalid);
        areas.setDefaultEnergyRates(AREA, 100, 101);
        vm.expectRevert(invalid);
        areas.setDefaultEnergyRates(AREA, 4_000_001, 0);
        vm.expectRevert(invalid);
        areas.setDefaultEnergyRates(AREA, 0, -500_001);
        vm.expectRevert(invalid);
        areas.setGridTariff(AREA, 1, 2);
        vm.expectRevert(invalid);
        areas.setGridTariff(AREA, 1, -1);
        vm.expectRevert(invalid);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, "");
        vm.expectRevert(invalid);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, bytes.concat(_rates(2, 1), hex"00"));
        vm.expectRevert(invalid);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, bytes.concat(_rates(2, 1), _rates(1, 2)));
    }

    function test_publishEnergyRates_takesTheDefaultsPlaceInItsPeriods() public {
        areas.setDefaultEnergyRates(AREA, 7, 6);
        uint32 first = DeliveryPeriod.unwrap(FIRST_PERIOD) + 2;
        bytes memory rates = bytes.concat(
            _rates(0, 0),
            _rates(100, -100),
            _rates(300_000, 80_000),
            _rates(5, -500_000)
        );
        vm.expectEmit();
        emit IAreaRegistry.EnergyRatesPublished(AREA, DeliveryPeriod.wrap(first), rates);
        areas.publishEnergyRates(AREA, DeliveryPeriod.wrap(first), rates);

        _requireTariff(DeliveryPeriod.wrap(first - 1), 7, 6);
        _requireTariff(DeliveryPeriod.wrap(first), 0, 0);
        _requireTariff(DeliveryPeriod.wrap(first + 1), 100, -100);
        _requireTariff(DeliveryPeriod.wrap(first + 2), 300_000, 80_000);
        _requireTariff(DeliveryPeriod.wrap(first + 3), 5, -500_000);
        _requireTariff(DeliveryPeriod.wrap(first + 4), 7, 6);
    }

    function test_publishEnergyRates_revertsForAPeriodThatHasRates() public {
        DeliveryPeriod next = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + 1);
        areas.publishEnergyRates(AREA, next, _rates(0, 0));
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryRatesPublished.selector, next));
        areas.publishEnergyRates(AREA, FIRST_PERIOD, bytes.concat(_rates(2, 1), _rates(2, 1)));
    }

    function test_gateClosureOf_isTheLeadBeforeDelivery() public {
        vm.assertEq(areas.gateClosureOf(AREA, FIRST_PERIOD), START - 300, "first");
        vm.assertEq(areas.gateClosureOf(AREA, LAST_PERIOD), START + 9 * 900 - 300, "last");
        uint32[2] memory outside = [
            DeliveryPeriod.unwrap(FIRST_PERIOD) - 1,
            DeliveryPeriod.unwrap(LAST_PERIOD) + 1
        ];
        for (uint256 i = 0; i < outside.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAreaRegistry.AreaRegistryPeriodNotTraded.selector, AREA, outside[i])
            );
            areas.gateClosureOf(AREA, DeliveryPeriod.wrap(outside[i]));
        }
    }

    function _requireTariff(DeliveryPeriod period, int24 retail, int24 feedIn) private view {
        IAreaRegistry.Tariff memory tariff = areas.tariffOf(AREA, period);
        vm.assertEq(tariff.retail, int256(retail), "retail");
        vm.assertEq(tariff.feedIn, int256(feedIn), "feed-in");
    }

    function _expectInvalid(uint32 first, uint32 last, uint32 lead) private {
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryInvalidCalendar.selector));
        areas.openArea(AreaId.wrap(9), _calendar(first, last, lead));
    }

    function _calendar(
        uint32 first,
        uint32 last,
        uint32 lead
    ) private pure returns (IAreaRegistry.Calendar memory) {
        return IAreaRegistry.Calendar(DeliveryPeriod.wrap(first), DeliveryPeriod.wrap(last), lead, 300);
    }

    function _rates(int24 retail, int24 feedIn) private pure returns (bytes memory) {
        return abi.encodePacked(retail, feedIn);
    }
}
