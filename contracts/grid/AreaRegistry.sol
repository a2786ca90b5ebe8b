// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AreaId, DeliveryPeriod, HIGHEST_PRICE, LOWEST_PRICE, PERIOD_SECONDS} from "../types/Types.sol";
import {IAreaRegistry} from "./IAreaRegistry.sol";

contract AreaRegistry is IAreaRegistry, AccessManaged {
    using SafeCast for uint256;

    /// @dev Bytes of one period's rates: retail 3, feed-in 3.
    uint256 private constant RATES_LENGTH = 6;
    /// @dev Published rates fill 64 bits each, so that four periods share a storage slot.
    uint256 private constant PERIODS_PER_SLOT = 4;
    uint64 private constant PUBLISHED = 1 << 48;

    mapping(AreaId area => Calendar) private _calendars;
    mapping(AreaId area => Tariff) private _defaultTariffs;
    mapping(AreaId area => mapping(uint256 group => uint64[PERIODS_PER_SLOT])) private _publishedRates;

    constructor(address accessManager) AccessManaged(accessManager) {}

    /// @inheritdoc IAreaRegistry
    function openArea(AreaId area, Calendar calldata calendar) external restricted {
        if (AreaId.unwrap(area) == 0) revert AreaRegistryUnknownArea(area);
        if (_isOpen(_calendars[area])) revert AreaRegistryAreaExists(area);
        uint256 firstPeriod = DeliveryPeriod.unwrap(calendar.firstPeriod);
        if (
            firstPeriod > DeliveryPeriod.unwrap(calendar.lastPeriod) ||
            calendar.gateClosureLead == 0 ||
            calendar.gateClosureLead > firstPeriod * PERIOD_SECONDS
        ) revert AreaRegistryInvalidCalendar();

        _calendars[area] = calendar;

        emit AreaOpened(
            area,
            calendar.firstPeriod,
            calendar.lastPeriod,
            calendar.gateClosureLead,
            calendar.readingDeadline
        );
    }

    /// @inheritdoc IAreaRegistry
    function setDefaultEnergyRates(AreaId area, int24 retail, int24 feedIn) external restricted {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        _requireValidRates(retail, feedIn);

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
    ) external restricted {
        _calendarOf(area);
        if (rates.length == 0 || rates.length % RATES_LENGTH != 0) revert AreaRegistryInvalidRates();
        _requireGateOpen(area, firstPeriod);

        uint256 period = DeliveryPeriod.unwrap(firstPeriod);
        for (uint256 start = 0; start < rates.length; start += RATES_LENGTH) {
            _publishRates(area, period, uint48(bytes6(rates[start:start + RATES_LENGTH])));
            ++period;
        }

        emit EnergyRatesPublished(area, firstPeriod, rates);
    }

    /// @inheritdoc IAreaRegistry
    function setGridTariff(AreaId area, int24 grid, int24 gridLocal) external restricted {
        _requireGateOpen(area, _calendarOf(area).firstPeriod);
        if (gridLocal < 0 || gridLocal > grid) revert AreaRegistryInvalidRates();

        Tariff storage tariff = _defaultTariffs[area];
        tariff.grid = grid;
        tariff.gridLocal = gridLocal;

        emit GridTariffSet(area, grid, gridLocal);
    }

    /// @inheritdoc IAreaRegistry
    function calendarOf(AreaId area) external view returns (Calendar memory) {
        return _calendarOf(area);
    }

    /// @inheritdoc IAreaRegistry
    function tariffOf(AreaId area, DeliveryPeriod period) external view returns (Tariff memory tariff) {
        _calendarOf(area);
        tariff = _defaultTariffs[area];
        uint256 number = DeliveryPeriod.unwrap(period);
        uint64 published = _publishedRates[area][number / PERIODS_PER_SLOT][number % PERIODS_PER_SLOT];
        if (published != 0) (tariff.retail, tariff.feedIn) = _decodeRates(uint48(published));
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

    function _publishRates(AreaId area, uint256 period, uint48 rates) private {
        (int24 retail, int24 feedIn) = _decodeRates(rates);
        _requireValidRates(retail, feedIn);
        DeliveryPeriod deliveryPeriod = DeliveryPeriod.wrap(period.toUint32());
        uint64[PERIODS_PER_SLOT] storage group = _publishedRates[area][period / PERIODS_PER_SLOT];
        if (group[period % PERIODS_PER_SLOT] != 0) revert AreaRegistryRatesPublished(deliveryPeriod);

        group[period % PERIODS_PER_SLOT] = PUBLISHED | rates;
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

    function _requireValidRates(int24 retail, int24 feedIn) private pure {
        if (feedIn > retail || feedIn < LOWEST_PRICE || retail > HIGHEST_PRICE)
            revert AreaRegistryInvalidRates();
    }

    function _decodeRates(uint48 rates) private pure returns (int24 retail, int24 feedIn) {
        // The casts cut the two halves apart; nothing of either is lost.
        retail = int24(uint24(rates >> 24));
        feedIn = int24(uint24(rates));
    }

    /// @dev An area's lead is never zero, so an empty calendar is told from an open one.
    function _isOpen(Calendar memory calendar) private pure returns (bool) {
        return calendar.gateClosureLead != 0;
    }
}
