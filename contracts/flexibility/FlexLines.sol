// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFlexSettlement} from "./IFlexSettlement.sol";

/// @dev What an order comes to in a delivery period, and what of it is whose: energy in Wh, money in micro-euro. The
/// rules are those of services/domain/flexibility/settlement and of its pool, figure by figure.
///
/// Nothing here overflows: energy and money are 64 bits, prices 32.
library FlexLines {
    using SafeCast for uint256;

    uint256 private constant BAND_LENGTH = 6;
    uint256 private constant FULL_PERMILLE = 1_000;
    /// @dev Wh times micro-euro per kWh is so many times micro-euro, as W times micro-euro per kW is.
    uint256 private constant SCALE = 1_000;

    /// @dev Micro-euro per kWh.
    struct Rates {
        int256 retail;
        int256 feedIn;
    }

    /// @dev Settles what is owed of a call from the Wh by which the assets moved along less those moved against.
    /// One-sided: more than what is owed is neither paid nor punished.
    /// @param price Of the period's whole call: what is owed of it costs as much in proportion, rounded down.
    /// @param ordered Wh of the whole call; `served` those that other services left of it.
    /// @param penalty Packed bands (see IFlexProducts).
    function settledOf(
        uint256 price,
        uint256 ordered,
        uint256 served,
        int256 response,
        bytes memory penalty
    ) internal pure returns (IFlexSettlement.Settled memory settled) {
        if (served == 0) return settled;
        uint256 owed = served == ordered ? price : (price * served) / ordered;
        int256 missing = int256(served) - response;
        uint256 deficiency = missing > 0 ? uint256(missing) : 0;
        uint256 delivered =
            response <= 0
                ? 0
                : missing > 0
                    ? uint256(response)
                    : served;
        settled.served = served.toUint64();
        settled.delivered = delivered.toUint64();
        settled.deficiency = deficiency.toUint64();
        settled.price = owed.toUint64();
        settled.payment = ((owed * delivered) / served).toUint64();
        settled.penalty = penaltyOf(penalty, served, deficiency).toUint64();
    }

    /// @dev Each band prices the part of the deficiency that lies in it. Bands start at a whole Wh, rounded up, and
    /// the sum of all is rounded down.
    function penaltyOf(
        bytes memory bands,
        uint256 ordered,
        uint256 deficiency
    ) internal pure returns (uint256) {
        uint256 sum = 0;
        uint256 count = bands.length / BAND_LENGTH;
        for (uint256 i = 0; i < count; ++i) {
            (uint256 above, uint256 price) = _bandAt(bands, i);
            uint256 from = _startOf(above, ordered);
            if (deficiency <= from) break;
            uint256 until = deficiency;
            if (i + 1 < count) {
                (uint256 next, ) = _bandAt(bands, i + 1);
                uint256 end = _startOf(next, ordered);
                if (end < until) until = end;
            }
            if (until > from) sum += (until - from) * price;
        }
        return sum / SCALE;
    }

    /// @dev What is missing at most of an order that delivers nothing still counts as none; zero without a penalty.
    function deadbandPermilleOf(bytes memory bands) internal pure returns (uint256 permille) {
        if (bands.length >= BAND_LENGTH) (permille, ) = _bandAt(bands, 0);
    }

    /// @param price Micro-euro per kW and period; `available` in W. Rounded down.
    function availabilityPaymentOf(uint256 price, uint256 available) internal pure returns (uint256) {
        return (price * available) / SCALE;
    }

    /// @dev The thousandths that an activation or a test proves; all of them where no more is missing than the
    /// deadband.
    function provenPermilleOf(
        uint256 ordered,
        uint256 delivered,
        uint256 deadbandPermille
    ) internal pure returns (uint256) {
        if (ordered == 0) return 0;
        if ((ordered - delivered) * FULL_PERMILLE <= ordered * deadbandPermille) return FULL_PERMILLE;
        return (delivered * FULL_PERMILLE) / ordered;
    }

    /// @dev What `own` adds to the rounded part of all that comes up to it: the parts of all sum to `amount`. So are
    /// a price shared over the Wh of an order's periods, delivered Wh over those that assets moved, and money over
    /// Wh. Zero where `total` is.
    function cumulativeShareOf(
        uint256 amount,
        uint256 before,
        uint256 own,
        uint256 total
    ) internal pure returns (uint256) {
        if (total == 0) return 0;
        return (amount * (before + own)) / total - (amount * before) / total;
    }

    /// @return What the aggregator keeps of a payment, rounded down.
    function feeOf(uint256 payment, uint256 feePermille) internal pure returns (uint256) {
        return (payment * feePermille) / FULL_PERMILLE;
    }

    /// @dev The correction of a member's imbalance for what it delivered: never positive, and rounded down.
    /// @param delivered Signed: positive where the member consumed less, negative where it consumed more.
    /// @param metered Net import, `traded` bought less sold.
    function correctionOf(
        int256 delivered,
        int256 metered,
        int256 traded,
        Rates memory rates
    ) internal pure returns (int256) {
        int256 settled = _imbalanceCostOf(metered - traded, rates);
        int256 corrected = _imbalanceCostOf(metered + delivered - traded, rates);
        int256 energy = -(delivered * (delivered > 0 ? rates.retail : rates.feedIn));
        return _floor(corrected + energy - settled);
    }

    /// @dev What an aggregator pays the supplier for the Wh that its members delivered; rounded down.
    function compensationOf(uint256 delivered, Rates memory rates) internal pure returns (int256) {
        return _floor(int256(delivered) * (rates.retail - rates.feedIn));
    }

    function _imbalanceCostOf(int256 difference, Rates memory rates) private pure returns (int256) {
        return difference * (difference > 0 ? rates.retail : rates.feedIn);
    }

    function _startOf(uint256 abovePermille, uint256 ordered) private pure returns (uint256) {
        return (ordered * abovePermille + FULL_PERMILLE - 1) / FULL_PERMILLE;
    }

    function _bandAt(
        bytes memory bands,
        uint256 position
    ) private pure returns (uint256 abovePermille, uint256 price) {
        uint256 packed = 0;
        for (uint256 i = position * BAND_LENGTH; i < (position + 1) * BAND_LENGTH; ++i) {
            packed = (packed << 8) | uint8(bands[i]);
        }
        return (packed >> 32, uint32(packed));
    }

    /// @dev Rounded down, also below zero, where division would round towards it.
    function _floor(int256 amount) private pure returns (int256) {
        int256 scale = int256(SCALE);
        int256 quotient = amount / scale;
        return amount % scale < 0 ? quotient - 1 : quotient;
    }
}
