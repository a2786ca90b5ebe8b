// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PERIOD_SECONDS} from "../types/Types.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {IFlexRequests} from "./IFlexRequests.sol";
import {PackedPeriods} from "./PackedPeriods.sol";

/// @dev What a request is held to: the rules of services/domain/flexibility/trading/flex-request.ts.
library RequestRules {
    using PackedPeriods for bytes;

    uint256 private constant HIGHEST_CAP = 100_000_000;

    /// @dev Offers are opened before the lead of the first requested period, so that there is time to order.
    function requireValid(
        IFlexRequests.Request calldata request,
        IFlexProducts.Product memory product
    ) internal view {
        if (request.priceCap > HIGHEST_CAP) revert IFlexRequests.FlexRequestsInvalid("price-cap", 0);
        uint256 firstRequested = _requirePeriods(request.periods, product.direction);
        uint256 latest = firstRequested * PERIOD_SECONDS;
        latest = latest > product.activationLead ? latest - product.activationLead : 0;
        if (
            request.expiresAt <= block.timestamp ||
            request.revealUntil <= request.expiresAt ||
            request.revealUntil > latest
        ) revert IFlexRequests.FlexRequestsInvalid("expiry", 0);
    }

    function _requirePeriods(
        bytes calldata periods,
        IFlexProducts.Direction direction
    ) private pure returns (uint256 firstRequested) {
        uint256 count = periods.countOf(PackedPeriods.REQUESTED_LENGTH);
        if (count == 0) revert IFlexRequests.FlexRequestsInvalid("periods", 0);
        (uint256 first, uint256 last) = (0, 0);
        for (uint256 position = 0; position < count; ++position) {
            PackedPeriods.Requested memory requested = periods.requestedAt(position);
            if (
                !periods.isDisposition(position) ||
                !PackedPeriods.follows(requested.period, first, last) ||
                requested.minPower == type(int32).min
            ) revert IFlexRequests.FlexRequestsInvalid("periods", position);
            if (position == 0) first = requested.period;
            last = requested.period;
            _requireBounds(requested, direction, position);
            if (requested.isRequested && firstRequested == 0) firstRequested = requested.period;
        }
        if (firstRequested == 0) revert IFlexRequests.FlexRequestsInvalid("without-requested-period", 0);
    }

    function _requireBounds(
        PackedPeriods.Requested memory requested,
        IFlexProducts.Direction direction,
        uint256 position
    ) private pure {
        (int256 least, int256 most) = (requested.minPower, requested.maxPower);
        if (least > most) revert IFlexRequests.FlexRequestsInvalid("bounds-crossed", position);
        if (!requested.isRequested) {
            if (least > 0 || most < 0) revert IFlexRequests.FlexRequestsInvalid("room-invalid", position);
            return;
        }
        if ((least < 0 && most > 0) || (least == 0 && most == 0)) {
            revert IFlexRequests.FlexRequestsInvalid("without-direction", position);
        }
        bool isLess = least < 0;
        if (isLess != (direction == IFlexProducts.Direction.ConsumeLess)) {
            revert IFlexRequests.FlexRequestsInvalid("wrong-direction", position);
        }
    }
}
