// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {CONSORTIUM, GUARDIAN} from "../types/Roles.sol";
import {AreaId} from "../types/Types.sol";
import {ITradingPause} from "./ITradingPause.sol";

contract TradingPause is ITradingPause, AccessManaged {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    AreaId private constant EVERY_AREA = AreaId.wrap(0);
    uint256 private constant LONGEST_PAUSE = 72 hours;
    uint256 private constant LONGEST_EXTENSION = 30 days;

    /// @dev From a time on, up to when trading is paused.
    mapping(AreaId area => Checkpoints.Trace208) private _ends;

    constructor(address accessManager) AccessManaged(accessManager) {}

    /// @inheritdoc ITradingPause
    function pause(AreaId area, uint40 until, bytes32 reasonHash) external restricted {
        uint40 from = _next();
        uint256 end = _ends[area].latest();
        if (end > from) revert TradingPauseAlreadyPaused(area, end);
        _requireEnd(until, from, from + LONGEST_PAUSE);

        _ends[area].push(from, until);

        emit TradingPaused(area, from, until, reasonHash, msg.sender);
    }

    /// @inheritdoc ITradingPause
    function extendPause(AreaId area, uint40 until, bytes32 reasonHash) external restricted {
        uint40 from = _requirePaused(area);
        _requireEnd(until, _ends[area].latest(), from + LONGEST_EXTENSION);

        _ends[area].push(from, until);

        emit PauseExtended(area, until, reasonHash, msg.sender);
    }

    /// @inheritdoc ITradingPause
    function endPause(AreaId area, bytes32 reasonHash) external {
        if (!_holds(GUARDIAN) && !_holds(CONSORTIUM)) revert TradingPauseNotTheGuardian(msg.sender);
        uint40 endedAt = _requirePaused(area);

        _ends[area].push(endedAt, 0);

        emit PauseEnded(area, endedAt, reasonHash, msg.sender);
    }

    /// @inheritdoc ITradingPause
    function isPausedAt(AreaId area, uint256 time) external view returns (bool) {
        return _isPausedAt(area, time) || _isPausedAt(EVERY_AREA, time);
    }

    /// @inheritdoc ITradingPause
    function pausedUntil(AreaId area) external view returns (uint256) {
        uint256 end = _ends[area].latest();
        return end > block.timestamp ? end : 0;
    }

    function _isPausedAt(AreaId area, uint256 time) private view returns (bool) {
        return time < _ends[area].upperLookupRecent(time.toUint48());
    }

    /// @return next The next second, in which the area is paused.
    function _requirePaused(AreaId area) private view returns (uint40 next) {
        next = _next();
        if (_ends[area].latest() <= next) revert TradingPauseNotPaused(area);
    }

    function _holds(uint64 role) private view returns (bool) {
        (bool isMember, uint32 delay) = IAccessManager(authority()).hasRole(role, msg.sender);
        return isMember && delay == 0;
    }

    function _next() private view returns (uint40) {
        return (block.timestamp + 1).toUint40();
    }

    function _requireEnd(uint40 until, uint256 earliest, uint256 latest) private pure {
        if (until <= earliest || until > latest) revert TradingPauseInvalidEnd(until, earliest, latest);
    }
}
