// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, DeliveryPeriod} from "../types/Types.sol";

/// @notice Market areas: their calendar and their tariffs.
interface IAreaRegistry {
    /// @param firstPeriod First delivery period that is traded.
    /// @param lastPeriod Last one, inclusive; the type's maximum for an area without an end.
    /// @param gateClosureLead Seconds before delivery at which a session's gate closes; at least one.
    /// @param readingDeadline Seconds after the end of delivery at which missing readings are no longer waited for.
    /// @param operatorDeadline Seconds after gate closure from which any member may have a session cleared without the
    /// operator; at least 120.
    /// @param challengeWindow Seconds after a run's statements are committed in which they may be challenged.
    /// @param correctionDelay Seconds after the end of a day from which its corrected run may be committed.
    /// @param finalDelay The same for its final run; at least `correctionDelay`.
    struct Calendar {
        DeliveryPeriod firstPeriod;
        DeliveryPeriod lastPeriod;
        uint32 gateClosureLead;
        uint32 readingDeadline;
        uint32 operatorDeadline;
        uint32 challengeWindow;
        uint32 correctionDelay;
        uint32 finalDelay;
    }

    /// @notice Rates in micro-euro per kWh (not bound to ticks). `retail` is what the supplier asks for a shortage,
    /// `feedIn` what it pays for a surplus; `grid` and `gridLocal` are the grid tariff for energy from outside and
    /// from inside the area; `levy` is due to the tax authority on every kWh imported, `platformFee` to the platform
    /// operator on every kWh bought in the market.
    struct Tariff {
        int24 retail;
        int24 feedIn;
        int24 grid;
        int24 gridLocal;
        int24 levy;
        int24 platformFee;
    }

    event AreaOpened(
        AreaId indexed area,
        DeliveryPeriod firstPeriod,
        DeliveryPeriod lastPeriod,
        uint32 gateClosureLead,
        uint32 readingDeadline,
        uint32 operatorDeadline,
        uint32 challengeWindow,
        uint32 correctionDelay,
        uint32 finalDelay
    );
    event DefaultEnergyRatesSet(AreaId indexed area, int24 retail, int24 feedIn);
    /// @param rates Per period from `firstPeriod`: retail, feed-in, 3 bytes each, big-endian.
    event EnergyRatesPublished(AreaId indexed area, DeliveryPeriod indexed firstPeriod, bytes rates);
    event GridTariffSet(AreaId indexed area, int24 grid, int24 gridLocal);
    /// @param rates Per period from `firstPeriod`: grid, grid local, 3 bytes each, big-endian.
    event GridRatesPublished(AreaId indexed area, DeliveryPeriod indexed firstPeriod, bytes rates);
    event LevySet(AreaId indexed area, int24 levy);
    event PlatformFeeSet(AreaId indexed area, int24 platformFee);

    error AreaRegistryUnknownArea(AreaId area);
    error AreaRegistryAreaExists(AreaId area);
    error AreaRegistryInvalidCalendar();
    error AreaRegistryInvalidRates();
    /// @notice Rates are published before the gate of the period's session closes, and once.
    error AreaRegistryRatesTooLate(DeliveryPeriod period);
    error AreaRegistryRatesPublished(DeliveryPeriod period);
    error AreaRegistryPeriodNotTraded(AreaId area, DeliveryPeriod period);

    /// @notice By a regulator of the area.
    /// @custom:access credential Regulator of the area
    function openArea(AreaId area, Calendar calldata calendar) external;
    /// @notice By a supplier of the area. Feed-in never exceeds retail. Applies where no rates were published.
    /// Only before the area's first gate closes, so that nobody's order meets other rates than it was placed at.
    /// @custom:access credential Supplier of the area
    function setDefaultEnergyRates(AreaId area, int24 retail, int24 feedIn) external;
    /// @notice By a supplier of the area. Once per period, before the gate of its session closes.
    /// @custom:access credential Supplier of the area
    function publishEnergyRates(AreaId area, DeliveryPeriod firstPeriod, bytes calldata rates) external;
    /// @notice By a DSO of the area. The local rate never exceeds the full rate, and neither is negative.
    /// Applies where no grid rates were published. Only before the area's first gate closes.
    /// @custom:access credential DSO of the area
    function setGridTariff(AreaId area, int24 grid, int24 gridLocal) external;
    /// @notice The grid tariff by time of use. By a DSO of the area. Once per period, before the gate of its session
    /// closes.
    /// @custom:access credential DSO of the area
    function publishGridRates(AreaId area, DeliveryPeriod firstPeriod, bytes calldata rates) external;
    /// @notice By a tax authority of the area. Never negative. Only before the area's first gate closes.
    /// @custom:access credential TaxAuthority of the area
    function setLevy(AreaId area, int24 levy) external;
    /// @notice By a platform operator of the area. Never negative. Only before the area's first gate closes.
    /// @custom:access credential PlatformOperator of the area
    function setPlatformFee(AreaId area, int24 platformFee) external;

    function calendarOf(AreaId area) external view returns (Calendar memory);
    function tariffOf(AreaId area, DeliveryPeriod period) external view returns (Tariff memory);
    /// @notice The part of the tariff that decides how much an order puts at risk.
    function riskRatesOf(
        AreaId area,
        DeliveryPeriod period
    ) external view returns (int24 retail, int24 feedIn, int24 platformFee);
    /// @notice Unix time at which the session's gate closes. Reverts for a period that is not traded.
    function gateClosureOf(AreaId area, DeliveryPeriod period) external view returns (uint256);
}
