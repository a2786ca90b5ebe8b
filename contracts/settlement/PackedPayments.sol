// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberId, Money} from "../types/Types.sol";

/// @dev Reads packed payments (see ISettlement) straight from calldata.
library PackedPayments {
    uint256 internal constant LENGTH = 11;

    /// @return memberId Whose payment it is.
    /// @return amount Micro-euro; positive pays, negative is paid.
    function paymentAt(
        bytes calldata payments,
        uint256 position
    ) internal pure returns (MemberId memberId, Money amount) {
        uint256 start = position * LENGTH;
        uint88 packed = uint88(bytes11(payments[start:start + LENGTH]));
        // The casts cut the two fields apart; nothing of either is lost.
        memberId = MemberId.wrap(uint24(packed >> 64));
        amount = Money.wrap(int64(uint64(packed)));
    }
}
