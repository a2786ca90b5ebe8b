// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {SealedDraw} from "./SealedDraw.sol";

/// @dev A neighbourhood whose keys are sealed when it publishes them.
abstract contract SealedNeighbourhood is Neighbourhood {
    using SealedDraw for SealedDraw.Book;

    SealedDraw.Book internal _book;

    function _publishKeys() internal virtual override {
        if (tradingDays.sealedSince(AREA) == 0) {
            tradingDays.sealKeys(AREA);
            _book.open(tradingDays, AREA, DAY);
        }
        while (!tradingDays.isPublished(AREA, DAY)) _book.publish(_seed());
    }

    /// @dev The sequence of traders follows from it.
    function _seed() internal pure virtual returns (uint256) {
        return 1;
    }

    /// @return The member's number of the day, as orders have it.
    function _traderOf(MemberId memberId) internal view returns (MemberId) {
        return _book.traderOf(memberId);
    }

    /// @return Private key of the member's key of the day.
    function _dayKeyOf(MemberId memberId) internal view returns (uint256) {
        return SealedDraw.privateKeyOf(_book.linkOf(memberId).registeredKey, DAY);
    }

    /// @return Private key of its delegated key of the day.
    function _delegatedKeyOf(MemberId memberId) internal view returns (uint256) {
        return SealedDraw.privateKeyOf(_book.linkOf(memberId).registeredDelegate, DAY);
    }
}
