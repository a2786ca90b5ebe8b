// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {AreaId, MemberId, TraderNumber, TradingDay} from "../types/Types.sol";
import {ITradingDays} from "./ITradingDays.sol";

/// @dev What ITradingDays.keyRevokedAt says, for whoever knows whether the day is sealed: an open day's members are
/// asked for without the way through the trading days.
library RevokedKeys {
    struct Source {
        IMemberRegistry memberRegistry;
        ITradingDays tradingDays;
        AreaId area;
        TradingDay day;
        bool isSealed;
    }

    /// @return A word with a bit for every member of whom keys may have been revoked; on sealed days for every trader.
    function bitsOf(Source memory source, uint256 word) internal view returns (uint256) {
        if (!source.isSealed) return source.memberRegistry.revocationBits(word);
        return source.tradingDays.revealedBits(source.area, source.day, word);
    }

    /// @param memberId On sealed days the trader number.
    /// @return Unix time from which the key has signed nothing, as it stood at `time`; zero for never.
    function revokedAt(
        Source memory source,
        MemberId memberId,
        address key,
        uint256 time
    ) internal view returns (uint256) {
        if (!source.isSealed) return source.memberRegistry.keyRevokedAt(memberId, key, time);
        TraderNumber trader = TraderNumber.wrap(MemberId.unwrap(memberId));
        return source.tradingDays.keyRevokedAt(source.area, source.day, trader, key, time);
    }
}
