// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PERIOD_SECONDS, PowerW} from "../types/Types.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev Which parameters make a product: the same bounds as in services/domain/flexibility.
library ProductRules {
    uint256 private constant LONGEST_SECONDS = 366 days;
    uint256 private constant HIGHEST_PRICE = 100_000_000;
    uint256 private constant MOST_POWER = 2 ** 31 - 1;
    /// @dev A period at less makes less than a Wh, which could not be settled.
    uint256 private constant SMALLEST_SIZE = 4;

    uint256 private constant BAND_LENGTH = 6;
    uint256 private constant MOST_BANDS = 8;
    uint256 private constant MOST_PERMILLE = 10_000;

    uint256 private constant METHOD_LENGTH = 15;
    uint256 private constant MOST_METHODS = 5;
    uint256 private constant MOST_LOOK_BACK_DAYS = 366;
    uint256 private constant MOST_WINDOW_PERIODS = 96;
    uint256 private constant MOST_NOMINATION_LEAD = 7 days;
    uint256 private constant MOST_CAP_PERCENT = 100;
    uint256 private constant MULTIPLICATIVE = 2;

    /// @param a Of the method, as `b` and `c`.
    /// @param adjustment All zero where there is none, `cap`, `window` and `gap` as well.
    struct Terms {
        IFlexProducts.Method method;
        uint256 a;
        uint256 b;
        uint256 c;
        uint256 adjustment;
        uint256 cap;
        uint256 window;
        uint256 gap;
    }

    function requireValid(IFlexProducts.Product calldata product) internal pure {
        _require(product.activationLead <= LONGEST_SECONDS, "activationLead");
        _requireWithin(product.longestActivation, PERIOD_SECONDS, LONGEST_SECONDS, "longestActivation");
        _require(product.recovery <= LONGEST_SECONDS, "recovery");
        _requireWithin(PowerW.unwrap(product.minimumSize), SMALLEST_SIZE, MOST_POWER, "minimumSize");
        _require(product.availabilityPrice <= HIGHEST_PRICE, "availabilityPrice");
        _require(product.utilisationPrice <= HIGHEST_PRICE, "utilisationPrice");
        _require(product.resolution != 0 && PERIOD_SECONDS % product.resolution == 0, "resolution");
        _requirePenalty(product.penalty);
        _requireBaseline(product.baseline);
    }

    /// @dev Bands ascend, and what is missing more is not cheaper.
    function _requirePenalty(bytes calldata penalty) private pure {
        _require(penalty.length % BAND_LENGTH == 0, "penalty");
        _require(penalty.length <= MOST_BANDS * BAND_LENGTH, "penalty");
        (uint256 lowest, uint256 cheapest) = (0, 0);
        for (uint256 start = 0; start < penalty.length; start += BAND_LENGTH) {
            uint256 above = uint16(bytes2(penalty[start:start + 2]));
            uint256 price = uint32(bytes4(penalty[start + 2:start + BAND_LENGTH]));
            _requireWithin(above, lowest, MOST_PERMILLE, "penalty");
            _requireWithin(price, cheapest, HIGHEST_PRICE, "penalty");
            (lowest, cheapest) = (above + 1, price);
        }
    }

    /// @dev A method that always finds a baseline has nothing that stands in for it.
    function _requireBaseline(bytes calldata baseline) private pure {
        _require(baseline.length != 0 && baseline.length % METHOD_LENGTH == 0, "baseline");
        _require(baseline.length <= MOST_METHODS * METHOD_LENGTH, "baseline");
        for (uint256 start = 0; start < baseline.length; start += METHOD_LENGTH) {
            Terms memory terms = _termsOf(baseline[start:start + METHOD_LENGTH]);
            bool isLast = start + METHOD_LENGTH == baseline.length;
            if (terms.method == IFlexProducts.Method.Nomination) {
                _require(isLast && terms.a <= MOST_NOMINATION_LEAD && terms.b == 0, "baseline");
            } else if (terms.method == IFlexProducts.Method.MeterBeforeMeterAfter) {
                _require(
                    isLast && terms.a <= MOST_WINDOW_PERIODS && terms.b <= MOST_WINDOW_PERIODS,
                    "baseline"
                );
                _require(terms.a + terms.b != 0, "baseline");
            } else {
                _requireWithin(terms.a, 1, MOST_LOOK_BACK_DAYS, "baseline");
            }
            if (terms.method == IFlexProducts.Method.ControlGroup) {
                _requireWithin(terms.b, 1, MOST_LOOK_BACK_DAYS, "baseline");
                _require(terms.c != 0, "baseline");
            } else {
                _require(terms.c == 0, "baseline");
            }
            _requireAdjustment(terms);
        }
    }

    /// @dev Of the means of similar days alone.
    function _requireAdjustment(Terms memory terms) private pure {
        bool isMean =
            terms.method == IFlexProducts.Method.TenOfTen ||
                terms.method == IFlexProducts.Method.HighFiveOfTen;
        if (isMean) _require(terms.b == 0, "baseline");
        if (terms.adjustment == 0) {
            _require(terms.cap + terms.window + terms.gap == 0, "baseline");
            return;
        }
        _require(isMean && terms.adjustment <= MULTIPLICATIVE && terms.cap <= MOST_CAP_PERCENT, "baseline");
        _requireWithin(terms.window, 1, MOST_WINDOW_PERIODS, "baseline");
        _require(terms.gap <= MOST_WINDOW_PERIODS, "baseline");
    }

    function _termsOf(bytes calldata packed) private pure returns (Terms memory terms) {
        _require(uint8(packed[0]) <= uint8(type(IFlexProducts.Method).max), "baseline");
        terms.method = IFlexProducts.Method(uint8(packed[0]));
        terms.a = uint24(bytes3(packed[1:4]));
        terms.b = uint24(bytes3(packed[4:7]));
        terms.c = uint24(bytes3(packed[7:10]));
        terms.adjustment = uint8(packed[10]);
        terms.cap = uint16(bytes2(packed[11:13]));
        terms.window = uint8(packed[13]);
        terms.gap = uint8(packed[14]);
    }

    function _requireWithin(
        uint256 value,
        uint256 least,
        uint256 most,
        string memory parameter
    ) private pure {
        _require(value >= least && value <= most, parameter);
    }

    function _require(bool holds, string memory parameter) private pure {
        if (!holds) revert IFlexProducts.FlexProductsInvalid(parameter);
    }
}
