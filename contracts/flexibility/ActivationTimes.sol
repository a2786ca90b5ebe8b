// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PERIOD_SECONDS} from "../types/Types.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev How long an activation lasts, and how long an asset rests before the next one.
library ActivationTimes {
    enum Objection {
        None,
        TooLong,
        TooShortRecovery
    }

    /// @param first The first period of the activation that lasts still; `last` the last one so far. Zero before any.
    struct Run {
        uint256 first;
        uint256 last;
    }

    /// @param period In which power is activated; above those of the calls before.
    function extend(
        Run memory run,
        uint256 period,
        IFlexProducts.Product memory product
    ) internal pure returns (Objection) {
        if (run.last == 0 || period != run.last + 1) {
            bool isRested = run.last == 0 || (period - run.last - 1) * PERIOD_SECONDS >= product.recovery;
            if (!isRested) return Objection.TooShortRecovery;
            run.first = period;
        }
        run.last = period;
        bool isShort = (period - run.first + 1) * PERIOD_SECONDS <= product.longestActivation;
        return isShort ? Objection.None : Objection.TooLong;
    }
}
