// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The packed periods of requests, offers and orders (see IFlexRequests).
library PackedPeriods {
    uint256 internal constant REQUESTED_LENGTH = 13;
    uint256 internal constant OFFERED_LENGTH = 8;
    uint256 private constant MOST_PERIODS = 96;
    /// @dev From the first to the last: a local day on which clocks are put back.
    uint256 private constant LONGEST_SPAN = 100;

    struct Requested {
        uint256 period;
        bool isRequested;
        int256 minPower;
        int256 maxPower;
    }

    /// @return count Zero where the length is none of so many parts, or of too many.
    function countOf(bytes calldata packed, uint256 length) internal pure returns (uint256 count) {
        if (packed.length % length != 0) return 0;
        count = packed.length / length;
        if (count > MOST_PERIODS) count = 0;
    }

    /// @dev Positions must be below the count.
    function requestedAt(
        bytes calldata packed,
        uint256 position
    ) internal pure returns (Requested memory requested) {
        uint256 start = position * REQUESTED_LENGTH;
        uint104 word = uint104(bytes13(packed[start:start + REQUESTED_LENGTH]));
        // The casts cut the parts apart; nothing of them is lost.
        requested.period = uint32(word >> 72);
        requested.isRequested = uint8(word >> 64) == 1;
        requested.minPower = int32(uint32(word >> 32));
        requested.maxPower = int32(uint32(word));
    }

    /// @return Whether the byte is one of both that it may be.
    function isDisposition(bytes calldata packed, uint256 position) internal pure returns (bool) {
        return uint8(packed[position * REQUESTED_LENGTH + 4]) <= 1;
    }

    function offeredAt(
        bytes calldata packed,
        uint256 position
    ) internal pure returns (uint256 period, int256 power) {
        uint256 start = position * OFFERED_LENGTH;
        uint64 word = uint64(bytes8(packed[start:start + OFFERED_LENGTH]));
        (period, power) = (word >> 32, int32(uint32(word)));
    }

    /// @return Whether a period may come after those from `first` to `last`; `last` is zero before the first one.
    function follows(uint256 period, uint256 first, uint256 last) internal pure returns (bool) {
        return period > last && (last == 0 || period - first < LONGEST_SPAN);
    }

    /// @dev The same of bytes in memory. The position must be below the count.
    function placedAt(
        bytes memory packed,
        uint256 position
    ) internal pure returns (uint256 period, int256 power) {
        uint256 word;
        // Assembly: one word holds a whole period.
        assembly ("memory-safe") {
            word := shr(192, mload(add(add(packed, 32), shl(3, position))))
        }
        // The casts cut the parts apart; nothing of them is lost.
        (period, power) = (word >> 32, int32(uint32(word)));
    }

    /// @dev Appends a period to `packed` at the position. There must be room for 24 bytes behind it.
    function put(bytes memory packed, uint256 position, uint256 period, int256 power) internal pure {
        uint256 word = ((period << 32) | uint32(int32(power))) << 192;
        // Assembly: bytes cannot be written by eight in Solidity.
        assembly ("memory-safe") {
            mstore(add(add(packed, 32), shl(3, position)), word)
        }
    }

    /// @return packed Empty, with room for so many periods.
    function roomFor(uint256 count) internal pure returns (bytes memory packed) {
        packed = new bytes((count + 3) * OFFERED_LENGTH);
        // Assembly: what is behind the last period is room to write in, and no part of it.
        assembly ("memory-safe") {
            mstore(packed, shl(3, count))
        }
    }
}
