// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId} from "../types/Types.sol";

/// @notice Stops trading in an area for a while, where something is wrong. A session whose gate closes in a pause is
/// not traded; nobody's money is touched, and what was traded before is settled as ever. Area 0 stands for every area.
/// @dev What is said takes effect with the next second: whether an area was paused up to now never changes any more.
interface ITradingPause {
    /// @param from Unix time from which trading is paused; `until` that up to which it is, not included.
    /// @param reasonHash Of a text that says why, like those below.
    event TradingPaused(
        AreaId indexed area,
        uint40 from,
        uint40 until,
        bytes32 reasonHash,
        address indexed by
    );
    event PauseExtended(AreaId indexed area, uint40 until, bytes32 reasonHash, address indexed by);
    /// @notice Trading goes on from `endedAt` on.
    event PauseEnded(AreaId indexed area, uint40 endedAt, bytes32 reasonHash, address indexed by);

    error TradingPauseAlreadyPaused(AreaId area, uint256 until);
    error TradingPauseNotPaused(AreaId area);
    /// @notice A pause ends after `earliest`, and no later than `latest`.
    error TradingPauseInvalidEnd(uint256 until, uint256 earliest, uint256 latest);
    error TradingPauseNotTheGuardian(address caller);

    /// @notice Pauses trading from the next second on, for at most 72 hours. Restricted to the guardian.
    /// @custom:access role GUARDIAN
    function pause(AreaId area, uint40 until, bytes32 reasonHash) external;

    /// @notice Moves the end of a pause that has not ended, by at most 30 days from now. Restricted to the consortium.
    /// @custom:access role CONSORTIUM
    function extendPause(AreaId area, uint40 until, bytes32 reasonHash) external;

    /// @notice Lets trading go on from the next second on. By the guardian or the consortium.
    /// @custom:access the guardian or the consortium
    function endPause(AreaId area, bytes32 reasonHash) external;

    /// @notice Whether trading in the area, or in every area, is paused at `time`; as is known now where it is to
    /// come.
    function isPausedAt(AreaId area, uint256 time) external view returns (bool);

    /// @notice Unix time up to which the area itself is paused, as was said last; zero where it is not.
    function pausedUntil(AreaId area) external view returns (uint256);
}
