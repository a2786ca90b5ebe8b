// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberId, Money} from "../types/Types.sol";

/// @dev Reads packed payments (see ISettlement) straight from calldata.
library PackedPayments {
    uint256 internal constant LENGTH = 11;

    function countOf(bytes calldata payments) internal pure returns (uint256) {
        return payments.length / LENGTH;
    }

    /// @dev The position lies within the payments, as every one below their count does.
    /// @return memberId Whose payment it is.
    /// @return amount Micro-euro; positive pays, negative is paid.
    function paymentAt(
        bytes calldata payments,
        uint256 position
    ) internal pure returns (MemberId memberId, Money amount) {
        uint256 packed;
        // Assembly: a checked slice costs 170 gas more a payment, and each is read twice.
        assembly ("memory-safe") {
            packed := shr(168, calldataload(add(payments.offset, mul(position, LENGTH))))
        }
        // The casts cut the two fields apart; nothing of either is lost.
        memberId = MemberId.wrap(uint24(packed >> 64));
        amount = Money.wrap(int64(uint64(packed)));
    }

    /// @return amount What the payments, in whatever sequence, charge the member all in all; zero where it has none.
    function amountOf(bytes calldata payments, MemberId memberId) internal pure returns (int256 amount) {
        uint256 count = countOf(payments);
        for (uint256 position = 0; position < count; ++position) {
            (MemberId payer, Money payment) = paymentAt(payments, position);
            if (MemberId.unwrap(payer) == MemberId.unwrap(memberId)) amount += Money.unwrap(payment);
        }
    }
}
