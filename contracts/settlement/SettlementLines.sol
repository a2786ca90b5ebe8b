// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {TraderNumber} from "../types/Types.sol";

/// @dev What a household pays for one delivery period, line by line, from its fills, its reading and the tariff.
/// Positive lines are paid by the household, in micro-euro; supplier, DSO, tax authority and platform operator get
/// exactly the sums of theirs.
///
/// energy: price times Wh, by cumulative rounding down over the traders ascending, bids and offers apart, so that
/// what buyers pay is what sellers get. imbalance: metered less traded net energy, a shortage at the retail rate, a
/// surplus at the feed-in rate. gridTariff: the import, up to the Wh bought of others at the local rate, the rest at
/// the full one. levies: on the import. platformFee: on the Wh bought. All but energy are rounded down, in the
/// household's favour. Who has no reading has metered nothing.
///
/// Nothing here overflows: energy is below 2^64 Wh and rates are 24 bits.
library SettlementLines {
    uint256 private constant FILL_LENGTH = 7;
    uint256 private constant OFFER = 1 << 31;
    /// @dev Wh times micro-euro per kWh is so many times micro-euro.
    int256 private constant SCALE = 1_000;

    /// @param boughtBefore Wh bought by traders with lower numbers, `soldBefore` sold by them.
    struct Traded {
        uint256 boughtBefore;
        uint256 bought;
        uint256 soldBefore;
        uint256 sold;
    }

    /// @dev Wh; both zero without a reading.
    struct Metered {
        uint256 imported;
        uint256 exported;
    }

    struct Lines {
        int256 energy;
        int256 imbalance;
        int256 gridTariff;
        int256 levies;
        int256 platformFee;
    }

    /// @param fills The chunks of a session's fills (see ICallAuction.OrdersCleared).
    function tradedOf(
        bytes[] calldata fills,
        TraderNumber trader
    ) internal pure returns (Traded memory traded) {
        uint256 member = TraderNumber.unwrap(trader);
        for (uint256 i = 0; i < fills.length; ++i) {
            bytes calldata chunk = fills[i];
            for (uint256 start = 0; start + FILL_LENGTH <= chunk.length; start += FILL_LENGTH) {
                uint256 fill = uint56(bytes7(chunk[start:start + FILL_LENGTH]));
                uint256 filledMember = fill >> 32;
                if (filledMember > member) continue;
                uint256 quantity = fill & (OFFER - 1);
                if (fill & OFFER == 0) {
                    if (filledMember == member) traded.bought += quantity;
                    else traded.boughtBefore += quantity;
                } else {
                    if (filledMember == member) traded.sold += quantity;
                    else traded.soldBefore += quantity;
                }
            }
        }
    }

    /// @param price The session's, in micro-euro per kWh.
    function linesOf(
        int256 price,
        IAreaRegistry.Tariff memory tariff,
        Traded memory traded,
        Metered memory metered
    ) internal pure returns (Lines memory lines) {
        int256 bought = int256(traded.bought);
        int256 sold = int256(traded.sold);
        lines.energy =
            _shareOf(price, traded.boughtBefore, traded.bought) -
            _shareOf(price, traded.soldBefore, traded.sold);
        lines.platformFee = _floor(bought * tariff.platformFee);

        int256 imported = int256(metered.imported);
        int256 shortage = imported - int256(metered.exported) - (bought - sold);
        lines.imbalance = _floor(shortage * (shortage > 0 ? tariff.retail : tariff.feedIn));
        // What a member bought of itself came from no neighbour.
        int256 local = bought > sold ? bought - sold : int256(0);
        if (local > imported) local = imported;
        lines.gridTariff = _floor(local * tariff.gridLocal + (imported - local) * tariff.grid);
        lines.levies = _floor(imported * tariff.levy);
    }

    /// @return charges The positive lines added up.
    /// @return credits The negative ones, as an amount.
    function sumsOf(Lines memory lines) internal pure returns (uint256 charges, uint256 credits) {
        int256[5] memory all = [
            lines.energy,
            lines.imbalance,
            lines.gridTariff,
            lines.levies,
            lines.platformFee
        ];
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] > 0) charges += uint256(all[i]);
            else credits += uint256(-all[i]);
        }
    }

    /// @dev What `quantity` adds to the rounded price of all that was traded by traders with lower numbers.
    function _shareOf(int256 price, uint256 before, uint256 quantity) private pure returns (int256) {
        return _floor(int256(before + quantity) * price) - _floor(int256(before) * price);
    }

    /// @dev Rounded down, also below zero, where division would round towards it.
    function _floor(int256 amount) private pure returns (int256) {
        int256 quotient = amount / SCALE;
        return amount % SCALE < 0 ? quotient - 1 : quotient;
    }
}
