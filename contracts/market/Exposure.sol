// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {AreaId, DeliveryPeriod} from "../types/Types.sol";

/// @dev What an order puts at risk (see ICallAuction). A bid may have to be paid at its limit, with the platform fee on
/// top, and what was bought and is not needed goes to the supplier at feed-in; who offered and does not deliver buys at
/// retail instead.
library Exposure {
    /// @dev By how much a Wh at a limit price is at risk, in micro-euro per kWh: for a bid `limit - bidBase`, for an
    /// offer `offerBase - limit`, if positive.
    struct Rates {
        int256 bidBase;
        int256 offerBase;
    }

    function ratesOf(
        IAreaRegistry areaRegistry,
        AreaId area,
        DeliveryPeriod period
    ) internal view returns (Rates memory rates) {
        (int24 retail, int24 feedIn, int24 platformFee) = areaRegistry.riskRatesOf(area, period);
        // max(limit, limit - feedIn) = limit - min(0, feedIn), and likewise for offers.
        rates.bidBase = (feedIn < 0 ? int256(feedIn) : int256(0)) - platformFee;
        rates.offerBase = retail > 0 ? int256(retail) : int256(0);
    }

    /// @param side Zero for a bid, one for an offer.
    /// @param quantity Wh, below 2^32.
    /// @param limit Micro-euro per kWh, within 24 bits.
    /// @return Micro-euro, rounded up: never less than what is at risk.
    function riskOf(
        Rates memory rates,
        uint256 side,
        uint256 quantity,
        int256 limit
    ) internal pure returns (uint256) {
        // Products of 32 and 26 bits.
        unchecked {
            int256 risk = side == 0 ? limit - rates.bidBase : rates.offerBase - limit;
            return risk <= 0 ? 0 : (quantity * uint256(risk) + 999) / 1000;
        }
    }
}
