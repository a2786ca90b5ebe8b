// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A market area: the unit in which orders clear, readings are committed and payments sum to zero.
type AreaId is uint32;

/// @dev A participant of the registry (household, supplier, DSO, tax authority, platform operator), counted from 1.
type MemberId is uint24;

/// @dev Under which a member trades on one day of an area: on open days its member id; on sealed days a number that
/// its market operator draws, counted from 1, which only the operator and the member can link to it.
type TraderNumber is uint24;

/// @dev A UTC quarter-hour, `floor(unix / 900)`.
type DeliveryPeriod is uint32;

/// @dev A UTC day, `floor(unix / 86400)`; it has 96 delivery periods, whatever local clocks do.
type TradingDay is uint32;

/// @dev Energy in watt-hours, unsigned; its direction has a name.
type EnergyWh is uint32;

/// @dev Micro-euro per kWh, signed, in ticks of 100 where it is the price of an order or of a clearing.
type Price is int24;

/// @dev Micro-euro, signed: a positive payment is paid by the account, a negative one is received.
type Money is int64;

/// @dev Power in watts as the mean of a delivery period, unsigned, at most 2^31 - 1; its direction has a name.
type PowerW is uint32;

/// @dev A deviation from the baseline in watts; positive is more consumption, as in UFTP.
type SignedPowerW is int32;

/// @dev A flexibility product, by all of its parameters; counted from 1, as all numbers of flexibility are.
type ProductId is uint32;

/// @dev A place where the grid can be too narrow.
type CongestionPointId is uint32;

/// @dev What an aggregator has pooled under one set of terms.
type PortfolioId is uint32;

/// @dev An availability contract between whoever buys flexibility and a portfolio.
type ReservationId is uint32;

type FlexRequestId is uint32;

type FlexOfferId is uint32;

type FlexOrderId is uint32;

/// @dev Prices of orders and clearings, in micro-euro per kWh: multiples of the tick, from lowest to highest.
int24 constant PRICE_TICK = 100;
int24 constant LOWEST_PRICE = -500_000;
int24 constant HIGHEST_PRICE = 4_000_000;
/// @dev Number of the highest price, `(price - LOWEST_PRICE) / PRICE_TICK`; the lowest has number 0.
uint256 constant HIGHEST_TICK = 45_000;

/// @dev Seconds of a delivery period.
uint256 constant PERIOD_SECONDS = 900;
/// @dev Delivery periods of a trading day.
uint256 constant PERIODS_PER_DAY = 96;
