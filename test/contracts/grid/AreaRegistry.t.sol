// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, DeliveryPeriod} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";

// openArea
//   given no credential as regulator, area zero, or an area that is open, it reverts
//   given a calendar that ends before it begins, has no lead or one longer than time before its first period, or
//     lets the final run come before the corrected one, it reverts
//   given a calendar, every field of it is kept and announced
// setDefaultEnergyRates, setGridTariff, setLevy, setPlatformFee
//   given no credential, an unknown area, or the first gate closure, they revert
//   given feed-in above retail, a rate that no order could follow, a negative grid tariff, a local rate above the
//     full one, or a negative levy or fee, they revert
//   given valid rates, each sets its own part of the tariff and leaves the others
// publishEnergyRates, publishGridRates
//   given no credential, an unknown area, a period whose gate has closed, one with rates (zero too), periods beyond the
//     last that there is, or bytes that are no rates, they revert, and none of the rates is kept
//   given rates, they take the place of the defaults in their periods and in no other, also across storage slots, and
//     either kind without the other
// gateClosureOf
//   given a traded period, it is the lead before its start; given another, it reverts
contract AreaRegistryTest is Marketplace {
    AreaId private constant NEW_AREA = AreaId.wrap(9);

    function test_openArea_keepsAndAnnouncesTheCalendar() public {
        IAreaRegistry.Calendar memory calendar = _validCalendar();
        vm.expectEmit();
        emit IAreaRegistry.AreaOpened(
            NEW_AREA,
            DeliveryPeriod.wrap(10),
            DeliveryPeriod.wrap(20),
            301,
            302,
            303,
            304,
            305,
            306
        );
        areas.openArea(NEW_AREA, calendar);
        bytes memory kept = abi.encode(areas.calendarOf(NEW_AREA));
        vm.assertEq(kept, abi.encode(calendar), "every field");
    }

    function test_openArea_revertsForWhatIsNoCalendar() public {
        IAreaRegistry.Calendar memory calendar = _validCalendar();
        calendar.lastPeriod = DeliveryPeriod.wrap(9);
        _expectInvalid(calendar);
        calendar = _validCalendar();
        calendar.gateClosureLead = 0;
        _expectInvalid(calendar);
        calendar.gateClosureLead = 9_001;
        _expectInvalid(calendar);
        calendar = _validCalendar();
        calendar.correctionDelay = 307;
        _expectInvalid(calendar);
    }

    function test_openArea_acceptsTheExtremesOfACalendar() public {
        IAreaRegistry.Calendar memory calendar = _validCalendar();
        calendar.lastPeriod = calendar.firstPeriod;
        calendar.gateClosureLead = 9_000;
        calendar.finalDelay = calendar.correctionDelay;
        areas.openArea(NEW_AREA, calendar);
        vm.assertEq(areas.gateClosureOf(NEW_AREA, calendar.firstPeriod), 0, "the epoch");
    }

    function test_openArea_revertsForAreaZeroAndTwice() public {
        IAreaRegistry.Calendar memory calendar = _validCalendar();
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryUnknownArea.selector, 0));
        areas.openArea(AreaId.wrap(0), calendar);
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryAreaExists.selector, AREA));
        areas.openArea(AREA, calendar);
    }

    function test_everyChange_revertsForAnybodyElse() public {
        _expectMissing(Role.Regulator, NEW_AREA);
        areas.openArea(NEW_AREA, _validCalendar());
        _expectMissing(Role.Supplier, AREA);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        _expectMissing(Role.Supplier, AREA);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(2, 1));
        _expectMissing(Role.DSO, AREA);
        areas.setGridTariff(AREA, 2, 1);
        _expectMissing(Role.DSO, AREA);
        areas.publishGridRates(AREA, FIRST_PERIOD, _rates(2, 1));
        _expectMissing(Role.TaxAuthority, AREA);
        areas.setLevy(AREA, 1);
        _expectMissing(Role.PlatformOperator, AREA);
        areas.setPlatformFee(AREA, 1);
    }

    function test_everyCall_revertsForAnUnknownArea() public {
        bytes memory error_ = abi.encodeWithSelector(
            IAreaRegistry.AreaRegistryUnknownArea.selector,
            NEW_AREA
        );
        vm.expectRevert(error_);
        areas.setDefaultEnergyRates(NEW_AREA, 2, 1);
        vm.expectRevert(error_);
        areas.publishEnergyRates(NEW_AREA, FIRST_PERIOD, _rates(2, 1));
        vm.expectRevert(error_);
        areas.setGridTariff(NEW_AREA, 2, 1);
        vm.expectRevert(error_);
        areas.publishGridRates(NEW_AREA, FIRST_PERIOD, _rates(2, 1));
        vm.expectRevert(error_);
        areas.setLevy(NEW_AREA, 1);
        vm.expectRevert(error_);
        areas.setPlatformFee(NEW_AREA, 1);
        vm.expectRevert(error_);
        areas.calendarOf(NEW_AREA);
        vm.expectRevert(error_);
        areas.tariffOf(NEW_AREA, FIRST_PERIOD);
        vm.expectRevert(error_);
        areas.gateClosureOf(NEW_AREA, FIRST_PERIOD);
    }

    function test_defaults_setEachItsOwnPartOfTheTariff() public {
        _requireTariff(FIRST_PERIOD, IAreaRegistry.Tariff(0, 0, 0, 0, 0, 0));
        vm.expectEmit();
        emit IAreaRegistry.PlatformFeeSet(AREA, 5_001);
        areas.setPlatformFee(AREA, 5_001);
        vm.expectEmit();
        emit IAreaRegistry.LevySet(AREA, 20_001);
        areas.setLevy(AREA, 20_001);
        vm.expectEmit();
        emit IAreaRegistry.GridTariffSet(AREA, 80_000, 40_000);
        areas.setGridTariff(AREA, 80_000, 40_000);
        vm.expectEmit();
        emit IAreaRegistry.DefaultEnergyRatesSet(AREA, 300_055, -80_001);
        areas.setDefaultEnergyRates(AREA, 300_055, -80_001);

        IAreaRegistry.Tariff memory all = IAreaRegistry.Tariff(
            300_055,
            -80_001,
            80_000,
            40_000,
            20_001,
            5_001
        );
        _requireTariff(FIRST_PERIOD, all);
        _requireTariff(LAST_PERIOD, all);
        areas.setLevy(AREA, 0);
        all.levy = 0;
        _requireTariff(FIRST_PERIOD, all);
        bytes memory other = abi.encode(areas.tariffOf(OTHER_AREA, FIRST_PERIOD));
        vm.assertEq(other, abi.encode(IAreaRegistry.Tariff(0, 0, 0, 0, 0, 0)), "another area");
    }

    function test_riskRatesOf_areThoseOfThePeriodAndTheFee() public {
        areas.setPlatformFee(AREA, 5_001);
        areas.setDefaultEnergyRates(AREA, 300_055, -80_001);
        areas.publishEnergyRates(AREA, LAST_PERIOD, abi.encodePacked(int24(200_000), int24(-7)));
        _requireRiskRates(FIRST_PERIOD, 300_055, -80_001);
        _requireRiskRates(LAST_PERIOD, 200_000, -7);
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryUnknownArea.selector, NEW_AREA));
        areas.riskRatesOf(NEW_AREA, FIRST_PERIOD);
    }

    function test_rates_revertOnceTheyBind() public {
        vm.warp(GATE_CLOSURE - 1);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        areas.setGridTariff(AREA, 2, 1);
        areas.setLevy(AREA, 1);
        areas.setPlatformFee(AREA, 1);
        vm.warp(GATE_CLOSURE);
        bytes memory tooLate = abi.encodeWithSelector(
            IAreaRegistry.AreaRegistryRatesTooLate.selector,
            FIRST_PERIOD
        );
        vm.expectRevert(tooLate);
        areas.setDefaultEnergyRates(AREA, 2, 1);
        vm.expectRevert(tooLate);
        areas.setGridTariff(AREA, 2, 1);
        vm.expectRevert(tooLate);
        areas.setLevy(AREA, 1);
        vm.expectRevert(tooLate);
        areas.setPlatformFee(AREA, 1);
        vm.expectRevert(tooLate);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(2, 1));
        vm.expectRevert(tooLate);
        areas.publishGridRates(AREA, FIRST_PERIOD, _rates(2, 1));
        areas.publishEnergyRates(AREA, LAST_PERIOD, _rates(2, 1));
        areas.publishGridRates(AREA, LAST_PERIOD, _rates(2, 1));
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
        areas.setLevy(AREA, -1);
        vm.expectRevert(invalid);
        areas.setPlatformFee(AREA, -1);
        areas.setDefaultEnergyRates(AREA, 4_000_000, -500_000);
        areas.setDefaultEnergyRates(AREA, -7, -7);
    }

    function test_publishedRates_revertWhereTheyAreNone() public {
        bytes[4] memory wrong = [
            bytes(""),
            hex"0000000000",
            bytes.concat(_rates(2, 1), hex"00"),
            bytes.concat(_rates(2, 1), _rates(1, 2))
        ];
        bytes memory invalid = abi.encodeWithSelector(IAreaRegistry.AreaRegistryInvalidRates.selector);
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(invalid);
            areas.publishEnergyRates(AREA, FIRST_PERIOD, wrong[i]);
            vm.expectRevert(invalid);
            areas.publishGridRates(AREA, FIRST_PERIOD, wrong[i]);
        }
        vm.expectRevert(invalid);
        areas.publishGridRates(AREA, FIRST_PERIOD, _rates(2, -1));
        vm.expectRevert(invalid);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(4_000_001, 0));
        // None of what came before a wrong pair was kept.
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates(2, 1));
        areas.publishGridRates(AREA, FIRST_PERIOD, _rates(2, 1));
    }

    function test_publishEnergyRates_takesTheDefaultsPlaceInItsPeriods() public {
        areas.setDefaultEnergyRates(AREA, 7, 6);
        areas.setGridTariff(AREA, 5, 4);
        areas.setLevy(AREA, 3);
        areas.setPlatformFee(AREA, 2);
        bytes memory rates = bytes.concat(_rates(0, 0), _rates(100, -100), _rates(5, -500_000));
        DeliveryPeriod first = _after(2);
        vm.expectEmit();
        emit IAreaRegistry.EnergyRatesPublished(AREA, first, rates);
        areas.publishEnergyRates(AREA, first, rates);

        _requireTariff(_after(1), IAreaRegistry.Tariff(7, 6, 5, 4, 3, 2));
        _requireTariff(_after(2), IAreaRegistry.Tariff(0, 0, 5, 4, 3, 2));
        _requireTariff(_after(3), IAreaRegistry.Tariff(100, -100, 5, 4, 3, 2));
        _requireTariff(_after(4), IAreaRegistry.Tariff(5, -500_000, 5, 4, 3, 2));
        _requireTariff(_after(5), IAreaRegistry.Tariff(7, 6, 5, 4, 3, 2));
    }

    function test_publishGridRates_takesTheDefaultsPlaceInItsPeriods() public {
        areas.setDefaultEnergyRates(AREA, 7, 6);
        areas.setGridTariff(AREA, 5, 4);
        areas.publishEnergyRates(AREA, _after(4), _rates(9, 8));
        bytes memory rates = bytes.concat(_rates(0, 0), _rates(8_388_607, 8_388_607), _rates(11, 0));
        DeliveryPeriod first = _after(2);
        vm.expectEmit();
        emit IAreaRegistry.GridRatesPublished(AREA, first, rates);
        areas.publishGridRates(AREA, first, rates);

        _requireTariff(_after(1), IAreaRegistry.Tariff(7, 6, 5, 4, 0, 0));
        _requireTariff(_after(2), IAreaRegistry.Tariff(7, 6, 0, 0, 0, 0));
        _requireTariff(_after(3), IAreaRegistry.Tariff(7, 6, 8_388_607, 8_388_607, 0, 0));
        _requireTariff(_after(4), IAreaRegistry.Tariff(9, 8, 11, 0, 0, 0));
        _requireTariff(_after(5), IAreaRegistry.Tariff(7, 6, 5, 4, 0, 0));
    }

    function test_publishedRates_revertForAPeriodThatHasThem() public {
        DeliveryPeriod next = _after(1);
        areas.publishEnergyRates(AREA, next, _rates(0, 0));
        bytes memory published = abi.encodeWithSelector(
            IAreaRegistry.AreaRegistryRatesPublished.selector,
            next
        );
        vm.expectRevert(published);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, bytes.concat(_rates(2, 1), _rates(2, 1)));

        areas.publishGridRates(AREA, next, _rates(0, 0));
        vm.expectRevert(published);
        areas.publishGridRates(AREA, FIRST_PERIOD, bytes.concat(_rates(2, 1), _rates(2, 1)));
        _requireTariff(FIRST_PERIOD, IAreaRegistry.Tariff(0, 0, 0, 0, 0, 0));
        areas.publishEnergyRates(OTHER_AREA, next, _rates(2, 1));
    }

    function test_publishedRates_revertBeyondTheLastPeriodThereIs() public {
        DeliveryPeriod last = DeliveryPeriod.wrap(type(uint32).max);
        areas.publishGridRates(AREA, last, _rates(2, 1));
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 32, 1 << 32)
        );
        areas.publishEnergyRates(AREA, last, bytes.concat(_rates(2, 1), _rates(2, 1)));
    }

    function testFuzz_publishedRates_areEachPeriodsOwn(uint256 seed, uint8 offset, uint8 count) public {
        uint32 start = uint32(offset) % 8;
        uint32 length = 1 + (uint32(count) % 12);
        bytes memory energy = "";
        bytes memory grid = "";
        for (uint256 i = 0; i < length; ++i) {
            IAreaRegistry.Tariff memory drawn = _drawn(seed, i);
            energy = bytes.concat(energy, _rates(drawn.retail, drawn.feedIn));
            grid = bytes.concat(grid, _rates(drawn.grid, drawn.gridLocal));
        }
        areas.publishGridRates(AREA, _after(start), grid);
        areas.publishEnergyRates(AREA, _after(start), energy);
        for (uint32 i = 0; i < length; ++i) {
            _requireTariff(_after(start + i), _drawn(seed, i));
        }
        _requireTariff(_after(start + length), IAreaRegistry.Tariff(0, 0, 0, 0, 0, 0));
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

    /// @dev Rates that are valid, spread over all there are.
    function _drawn(uint256 seed, uint256 number) private pure returns (IAreaRegistry.Tariff memory tariff) {
        uint256 random = uint256(keccak256(abi.encode(seed, number)));
        int24 low = int24(int256(random % 4_500_001) - 500_000);
        int24 high = int24(int256((random >> 64) % 4_500_001) - 500_000);
        (tariff.feedIn, tariff.retail) = low < high ? (low, high) : (high, low);
        tariff.grid = int24(int256((random >> 128) % 8_388_608));
        tariff.gridLocal = int24(int256((random >> 192) % (uint256(uint24(tariff.grid)) + 1)));
    }

    function _requireTariff(DeliveryPeriod period, IAreaRegistry.Tariff memory expected) private view {
        IAreaRegistry.Tariff memory tariff = areas.tariffOf(AREA, period);
        vm.assertEq(tariff.retail, int256(expected.retail), "retail");
        vm.assertEq(tariff.feedIn, int256(expected.feedIn), "feed-in");
        vm.assertEq(tariff.grid, int256(expected.grid), "grid");
        vm.assertEq(tariff.gridLocal, int256(expected.gridLocal), "local");
        vm.assertEq(tariff.levy, int256(expected.levy), "levy");
        vm.assertEq(tariff.platformFee, int256(expected.platformFee), "fee");
    }

    function _requireRiskRates(
        DeliveryPeriod period,
        int24 expectedRetail,
        int24 expectedFeedIn
    ) private view {
        (int24 retail, int24 feedIn, int24 platformFee) = areas.riskRatesOf(AREA, period);
        vm.assertEq(retail, int256(expectedRetail), "retail");
        vm.assertEq(feedIn, int256(expectedFeedIn), "feed-in");
        vm.assertEq(platformFee, int256(5_001), "fee");
    }

    function _expectInvalid(IAreaRegistry.Calendar memory calendar) private {
        vm.expectRevert(abi.encodeWithSelector(IAreaRegistry.AreaRegistryInvalidCalendar.selector));
        areas.openArea(NEW_AREA, calendar);
    }

    /// @dev The next call comes from somebody without a credential.
    function _expectMissing(Role role, AreaId area) private {
        vm.expectRevert(_roleMissing(STRANGER, role, area));
        vm.prank(STRANGER);
    }

    function _validCalendar() private pure returns (IAreaRegistry.Calendar memory) {
        return
            IAreaRegistry.Calendar({
                firstPeriod: DeliveryPeriod.wrap(10),
                lastPeriod: DeliveryPeriod.wrap(20),
                gateClosureLead: 301,
                readingDeadline: 302,
                operatorDeadline: 303,
                challengeWindow: 304,
                correctionDelay: 305,
                finalDelay: 306
            });
    }

    function _after(uint32 count) private pure returns (DeliveryPeriod) {
        return DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + count);
    }

    function _rates(int24 first, int24 second) private pure returns (bytes memory) {
        return abi.encodePacked(first, second);
    }
}
