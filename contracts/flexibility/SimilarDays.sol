// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev Means of similar days with their same-day adjustment, exact up to the end (see similar-days.ts and
/// same-day-adjustment.ts in services/domain/flexibility/baseline).
///
/// Nothing here overflows: a use is 64 bits, and days, periods and percent are a few hundred.
library SimilarDays {
    uint256 private constant ADDITIVE = 1;
    uint256 private constant DAY_LENGTH = 4;
    int256 private constant PERCENT = 100;

    /// @dev Sums over the days, in Wh of use: positive in the direction of the congestion.
    /// @param own Of the period; `total` of all the order's periods on the day.
    /// @param sums Of each of them.
    /// @param expected Of the window on the days; `windowUse` on the activated one.
    struct Means {
        int256 dayCount;
        int256 periodCount;
        int256 windowCount;
        int256 own;
        int256 total;
        int256[] sums;
        int256 expected;
        int256 windowUse;
    }

    /// @return isSource Whether it is what a source of similar days is.
    /// @return daysUsed Local days.
    /// @return status Of the adjustment.
    function read(
        bytes calldata source
    ) internal pure returns (bool isSource, uint256[] memory daysUsed, uint256 status) {
        if (source.length < 3) return (false, daysUsed, 0);
        uint256 count = uint8(source[1]);
        if (source.length != 3 + count * DAY_LENGTH) return (false, daysUsed, 0);
        daysUsed = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 start = 2 + i * DAY_LENGTH;
            daysUsed[i] = uint32(bytes4(source[start:start + DAY_LENGTH]));
        }
        status = uint8(source[source.length - 1]);
        isSource = status <= 2;
    }

    /// @return How many days are chosen.
    function countOf(IFlexProducts.Method method, bool isDayOff) internal pure returns (uint256) {
        if (method == IFlexProducts.Method.TenOfTen) return 10;
        return isDayOff ? 3 : 5;
    }

    function begin(
        Means memory means,
        uint256 dayCount,
        uint256 periodCount,
        uint256 windowCount
    ) internal pure {
        means.dayCount = int256(dayCount);
        means.periodCount = int256(periodCount);
        means.windowCount = int256(windowCount);
        means.sums = new int256[](periodCount);
    }

    /// @param position Of the order's period; `own` that of the one whose baseline is wanted.
    function take(Means memory means, uint256 position, uint256 own, int256 use) internal pure {
        means.sums[position] += use;
        means.total += use;
        if (position == own) means.own += use;
    }

    function unadjusted(Means memory means) internal pure returns (int256) {
        return roundHalfEven(means.own, means.dayCount);
    }

    /// @return exists Whether there is such an adjustment: a factor needs use in the direction.
    function adjusted(
        Means memory means,
        uint256 adjustment,
        uint256 capPercent
    ) internal pure returns (bool exists, int256 use) {
        int256 cap = int256(capPercent);
        return adjustment == ADDITIVE ? (true, _shifted(means, cap)) : _scaled(means, cap);
    }

    /// @dev The nearest integer; of two that are as near, the even one. The denominator is above zero.
    function roundHalfEven(int256 numerator, int256 denominator) internal pure returns (int256) {
        int256 truncated = numerator / denominator;
        uint256 twice = 2 * SignedMath.abs(numerator % denominator);
        bool isAway = twice > uint256(denominator) || (twice == uint256(denominator) && truncated % 2 != 0);
        if (!isAway) return truncated;
        return numerator < 0 ? truncated - 1 : truncated + 1;
    }

    /// @dev All over days times window times periods times a hundred.
    function _shifted(Means memory means, int256 cap) private pure returns (int256) {
        int256 found = (means.windowUse * means.dayCount - means.expected) * means.periodCount * PERCENT;
        int256 most = int256(SignedMath.abs(means.total)) * cap * means.windowCount;
        int256 shift = SignedMath.max(-most, SignedMath.min(found, most));
        int256 scale = means.windowCount * means.periodCount * PERCENT;
        return roundHalfEven(means.own * scale + shift, means.dayCount * scale);
    }

    /// @dev The factor is the window's use over what was expected of it, from 1 - cap to 1 + cap.
    function _scaled(Means memory means, int256 cap) private pure returns (bool exists, int256 use) {
        if (means.expected <= 0) return (false, 0);
        for (uint256 i = 0; i < means.sums.length; ++i) {
            if (means.sums[i] < 0) return (false, 0);
        }
        int256 found = means.windowUse * means.dayCount * PERCENT;
        int256 least = means.expected * (PERCENT - cap);
        int256 most = means.expected * (PERCENT + cap);
        int256 factor = SignedMath.max(least, SignedMath.min(found, most));
        return (true, roundHalfEven(means.own * factor, means.dayCount * means.expected * PERCENT));
    }
}
