// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FlexRequestId, PERIOD_SECONDS, PortfolioId, PowerW} from "../types/Types.sol";
import {ActivationTimes} from "./ActivationTimes.sol";
import {FlexAmounts} from "./FlexAmounts.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexRequests} from "./IFlexRequests.sol";
import {PackedPeriods} from "./PackedPeriods.sol";

/// @dev What an offer is held to: the rules of services/domain/flexibility/trading/offer-rules.ts. Every option keeps
/// to them, since each may be ordered alone.
library OfferRules {
    using ActivationTimes for ActivationTimes.Run;
    using PackedPeriods for bytes;

    uint256 private constant MOST_OPTIONS = 10;

    /// @param priceCap Of the request, for a kWh of effect.
    /// @param effect Of the portfolio at the congestion point, in millionths.
    struct Context {
        IFlexProducts.Product product;
        uint256 priceCap;
        uint256 effect;
    }

    /// @param along Summed over requested periods.
    struct Walk {
        uint256 position;
        uint256 first;
        uint256 last;
        uint256 next;
        uint256 along;
        uint256 mostPower;
        ActivationTimes.Run run;
    }

    /// @param requested Packed periods of the request, which are valid.
    /// @return withinCap Bit i is set where option i costs no more than the cap.
    /// @return mostPower The most that is offered in a period in the product's direction.
    function requireValid(
        IFlexRequests.Offer calldata offer,
        bytes calldata requested,
        Context memory context
    ) internal view returns (uint16 withinCap, uint256 mostPower) {
        uint256 count = offer.options.length;
        if (count == 0 || count > MOST_OPTIONS) revert IFlexRequests.FlexOffersInvalid("options", count, 0);
        uint256 earliestEnd = type(uint256).max;
        for (uint256 option = 0; option < count; ++option) {
            Walk memory walk = _requireOption(offer.options[option], requested, context.product, option);
            mostPower = Math.max(mostPower, walk.mostPower);
            earliestEnd = Math.min(earliestEnd, (walk.last + 1) * PERIOD_SECONDS);
            uint256 price = offer.options[option].price;
            if (FlexAmounts.isWithinCap(price, walk.along, context.effect, context.priceCap)) {
                // There are ten bits at most.
                withinCap |= uint16(1 << option);
            }
        }
        if (offer.expiresAt <= block.timestamp || offer.expiresAt > earliestEnd) {
            revert IFlexRequests.FlexOffersInvalid("expiry", 0, 0);
        }
    }

    function commitmentOf(
        IFlexRequests.Offer calldata offer,
        FlexRequestId requestId,
        PortfolioId portfolioId
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(requestId, portfolioId, offer));
    }

    function _requireOption(
        IFlexRequests.Option calldata option,
        bytes calldata requested,
        IFlexProducts.Product memory product,
        uint256 number
    ) private pure returns (Walk memory walk) {
        if (option.price > FlexAmounts.HIGHEST_PRICE || option.price % FlexAmounts.PRICE_STEP != 0) {
            revert IFlexRequests.FlexOffersInvalid("price", number, 0);
        }
        if (option.minActivationFactor == 0 || option.minActivationFactor > FlexAmounts.WHOLE_FACTOR) {
            revert IFlexRequests.FlexOffersInvalid("factor", number, 0);
        }
        uint256 count = option.periods.countOf(PackedPeriods.OFFERED_LENGTH);
        if (count == 0) revert IFlexRequests.FlexOffersInvalid("periods", number, 0);
        for (; walk.position < count; ++walk.position) {
            (uint256 period, int256 power) = option.periods.offeredAt(walk.position);
            if (!PackedPeriods.follows(period, walk.first, walk.last) || power == type(int32).min) {
                revert IFlexRequests.FlexOffersInvalid("periods", number, walk.position);
            }
            if (walk.position == 0) walk.first = period;
            walk.last = period;
            string memory rule = _objectionTo(walk, power, requested, product);
            if (bytes(rule).length != 0) {
                revert IFlexRequests.FlexOffersInvalid(rule, number, walk.position);
            }
        }
        if (walk.along == 0) revert IFlexRequests.FlexOffersInvalid("misses-request", number, 0);
    }

    /// @dev Of the period at which the walk is: both the request's and the option's ascend.
    /// @return rule Empty where there is none.
    function _objectionTo(
        Walk memory walk,
        int256 power,
        bytes calldata requested,
        IFlexProducts.Product memory product
    ) private pure returns (string memory rule) {
        uint256 count = requested.length / PackedPeriods.REQUESTED_LENGTH;
        PackedPeriods.Requested memory asked;
        while (walk.next < count) {
            asked = requested.requestedAt(walk.next);
            if (asked.period >= walk.last) break;
            ++walk.next;
        }
        if (walk.next == count || asked.period != walk.last) return "outside-request";
        uint256 along = FlexAmounts.powerIn(product.direction, power);
        if (!asked.isRequested && (power < asked.minPower || power > asked.maxPower)) {
            return "outside-request";
        }
        if (asked.isRequested && power != 0 && along == 0) return "wrong-direction";
        if (along == 0) return "";
        if (along < PowerW.unwrap(product.minimumSize)) return "below-minimum";
        ActivationTimes.Objection objection = walk.run.extend(walk.last, product);
        if (objection == ActivationTimes.Objection.TooLong) return "too-long";
        if (objection == ActivationTimes.Objection.TooShortRecovery) return "too-short-recovery";
        if (asked.isRequested) walk.along += along;
        walk.mostPower = Math.max(walk.mostPower, along);
    }
}
