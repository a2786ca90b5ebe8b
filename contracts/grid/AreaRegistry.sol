// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, DeliveryPeriod, HIGHEST_PRICE, LOWEST_PRICE, PERIOD_SECONDS} from "../types/Types.sol";
import {IAreaRegistry} from "./IAreaRegistry.sol";

contract AreaRegistry is IAreaRegistry, RoleChecked {
    using SafeCast for uint256;

    /// @dev Bytes of one period's rates: retail 3, feed-in 3; or grid 3, grid local 3.
    uint256 private constant RATES_LENGTH = 6;
    /// @dev Published rates fill 64 bits each, so that four periods share a storage slot.
    uint256 private constant PERIODS_PER_SLOT = 4;
    /// @dev Twice what the opening of orders takes: who closes in time has as long again to clear.
    uint32 private constant SHORTEST_OPERATOR_DEADLINE = 120;
    uint64 private constant PUBLISHED = 1 << 48;

    mapping(AreaId area => Calendar) private _calendars;
    mapping(AreaId area => Tariff) private _defaultTariffs;
    mapping(AreaId area => mapping(uint256 group => uint64[PERIODS_PER_SLOT])) private _energyRates;
    mapping(AreaId area => mapping(uint256 group => uint64[PERIODS_PER_SLOT])) private _gridRates;

    constructor(ICredentialRegistry credentialRegistry) RoleChecked(credentialRegistry) {}

    /// @inheritdoc IAreaRegistry
    function openArea(AreaId area, Calendar calldata calendar) external onlyRole(Role.Regulator, area) {
        if (AreaId.unwrap(area) == 0) revert AreaRegistryUnknownArea(area);
        if (_isOpen(_calendars[area])) revert AreaRegistryAreaExists(area);
        uint256 firstPeriod = DeliveryPeriod.unwrap(calendar.firstPeriod);
        if (
            firstPeriod > DeliveryPeriod.unwrap(calendar.lastPeriod) ||
            calendar.gateClosureLead == 0 ||
            calendar.gateClosureLead > firstPeriod * PERIOD_SECONDS ||
            calendar.correctionDelay > calendar.finalDelay ||
            calendar.operatorDeadline < SHORTEST_OPERATOR_DEADLINE
        ) revert AreaRegistryInvalidCalendar();

        _calendars[area] = calendar;

        emit AreaOpened(
            area,
            calendar.firstPeriod,
            calendar.lastPeriod,
            calendar.gateClosureLead,
            calendar.readingDeadline,
            calendar.operatorDeadline,
            calendar.challengeWindow,
            calendar.correctionDelay,
            calendar.finalDelay
        );
    }

    /// @inheritdoc IAreaRegistry
    function setDefaultEnergyRates(
        AreaId area,
        int24 retail,
        int24 feedIn
    ) external onlyRole(Role.Supplier, area) {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        _requireEnergyRates(retail, feedIn);

        Tariff storage tariff = _defaultTariffs[area];
        tariff.retail = retail;
        tariff.feedIn = feedIn;

        emit DefaultEnergyRatesSet(area, retail, feedIn);
    }

    /// @inheritdoc IAreaRegistry
    function publishEnergyRates(
        AreaId area,
        DeliveryPeriod firstPeriod,
        bytes calldata rates
    ) external onlyRole(Role.Supplier, area) {
        _publish(_energyRates[area], area, firstPeriod, rates, _requireEnergyRates);

        emit EnergyRatesPublished(area, firstPeriod, rates);
    }

    /// @inheritdoc IAreaRegistry
    function setGridTariff(AreaId area, int24 grid, int24 gridLocal) external onlyRole(Role.DSO, area) {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        _requireGridRates(grid, gridLocal);

        Tariff storage tariff = _defaultTariffs[area];
        tariff.grid = grid;
        tariff.gridLocal = gridLocal;

        emit GridTariffSet(area, grid, gridLocal);
    }

    /// @inheritdoc IAreaRegistry
    function publishGridRates(
        AreaId area,
        DeliveryPeriod firstPeriod,
        bytes calldata rates
    ) external onlyRole(Role.DSO, area) {
        _publish(_gridRates[area], area, firstPeriod, rates, _requireGridRates);

        emit GridRatesPublished(area, firstPeriod, rates);
    }

    /// @inheritdoc IAreaRegistry
    function setLevy(AreaId area, int24 levy) external onlyRole(Role.TaxAuthority, area) {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        if (levy < 0) revert AreaRegistryInvalidRates();

        _defaultTariffs[area].levy = levy;

        emit LevySet(area, levy);
    }

    /// @inheritdoc IAreaRegistry
    function setPlatformFee(AreaId area, int24 platformFee) external onlyRole(Role.PlatformOperator, area) {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        if (platformFee < 0) revert AreaRegistryInvalidRates();

        _defaultTariffs[area].platformFee = platformFee;

        emit PlatformFeeSet(area, platformFee);
    }

    /// @inheritdoc IAreaRegistry
    function calendarOf(AreaId area) external view returns (Calendar memory) {
        return _calendarOf(area);
    }

    /// @inheritdoc IAreaRegistry
    function tariffOf(AreaId area, DeliveryPeriod period) external view returns (Tariff memory tariff) {
        _calendarOf(area);
        tariff = _defaultTariffs[area];
        uint64 energy = _publishedAt(_energyRates[area], period);
        if (energy != 0) (tariff.retail, tariff.feedIn) = _decodeRates(uint48(energy));
        uint64 grid = _publishedAt(_gridRates[area], period);
        if (grid != 0) (tariff.grid, tariff.gridLocal) = _decodeRates(uint48(grid));
    }

    /// @inheritdoc IAreaRegistry
    function riskRatesOf(
        AreaId area,
        DeliveryPeriod period
    ) external view returns (int24 retail, int24 feedIn, int24 platformFee) {
        Tariff memory tariff = _defaultTariffs[area];
        platformFee = tariff.platformFee;
        uint64 energy = _publishedAt(_energyRates[area], period);
        if (energy != 0) {
            (retail, feedIn) = _decodeRates(uint48(energy));
        } else {
            _calendarOf(area);
            (retail, feedIn) = (tariff.retail, tariff.feedIn);
        }
    }

    /// @inheritdoc IAreaRegistry
    function gateClosureOf(AreaId area, DeliveryPeriod period) external view returns (uint256) {
        Calendar memory calendar = _calendarOf(area);
        uint256 number = DeliveryPeriod.unwrap(period);
        if (
            number < DeliveryPeriod.unwrap(calendar.firstPeriod) ||
            number > DeliveryPeriod.unwrap(calendar.lastPeriod)
        ) revert AreaRegistryPeriodNotTraded(area, period);
        return number * PERIOD_SECONDS - calendar.gateClosureLead;
    }

    /// @param requireValid Reverts where the two rates of a period are none.
    function _publish(
        mapping(uint256 group => uint64[PERIODS_PER_SLOT]) storage published,
        AreaId area,
        DeliveryPeriod firstPeriod,
        bytes calldata rates,
        function(int24, int24) pure requireValid
    ) private {
        _calendarOf(area);
        if (rates.length == 0 || rates.length % RATES_LENGTH != 0) revert AreaRegistryInvalidRates();
        _requireGateOpen(area, firstPeriod);

        uint256 period = DeliveryPeriod.unwrap(firstPeriod);
        for (uint256 start = 0; start < rates.length; start += RATES_LENGTH) {
            uint48 pair = uint48(bytes6(rates[start:start + RATES_LENGTH]));
            (int24 first, int24 second) = _decodeRates(pair);
            requireValid(first, second);
            DeliveryPeriod deliveryPeriod = DeliveryPeriod.wrap(period.toUint32());
            if (_publishedAt(published, deliveryPeriod) != 0)
                revert AreaRegistryRatesPublished(deliveryPeriod);

            published[period / PERIODS_PER_SLOT][period % PERIODS_PER_SLOT] = PUBLISHED | pair;
            ++period;
        }
    }

    /// @return The period's rates with the bit PUBLISHED; zero where none were published.
    function _publishedAt(
        mapping(uint256 group => uint64[PERIODS_PER_SLOT]) storage published,
        DeliveryPeriod period
    ) private view returns (uint64) {
        uint256 number = DeliveryPeriod.unwrap(period);
        return published[number / PERIODS_PER_SLOT][number % PERIODS_PER_SLOT];
    }

    function _calendarOf(AreaId area) private view returns (Calendar memory calendar) {
        calendar = _calendars[area];
        if (!_isOpen(calendar)) revert AreaRegistryUnknownArea(area);
    }

    /// @dev Whoever placed an order relied on the rates: they are settled before its session's gate closes.
    function _requireGateOpen(AreaId area, DeliveryPeriod period) private view {
        if (
            block.timestamp + _calendarOf(area).gateClosureLead >=
            DeliveryPeriod.unwrap(period) * PERIOD_SECONDS
        ) revert AreaRegistryRatesTooLate(period);
    }

    function _requireEnergyRates(int24 retail, int24 feedIn) private pure {
        if (feedIn > retail || feedIn < LOWEST_PRICE || retail > HIGHEST_PRICE)
            revert AreaRegistryInvalidRates();
    }

    function _requireGridRates(int24 grid, int24 gridLocal) private pure {
        if (gridLocal < 0 || gridLocal > grid) revert AreaRegistryInvalidRates();
    }

    function _decodeRates(uint48 rates) private pure returns (int24 first, int24 second) {
        // The casts cut the two halves apart; nothing of either is lost.
        first = int24(uint24(rates >> 24));
        second = int24(uint24(rates));
    }

    /// @dev An area's lead is never zero, so an empty calendar is told from an open one.
    function _isOpen(Calendar memory calendar) private pure returns (bool) {
        return calendar.gateClosureLead != 0;
    }
}
