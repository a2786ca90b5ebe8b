// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, MemberId} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";
import {RoleChecked} from "./RoleChecked.sol";

/// @dev Which households hold the credentials that trading asks for, and from when on which keys sign nothing.
abstract contract MemberStanding is IMemberRegistry, RoleChecked {
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    uint8 private constant BIDS = 1;
    uint8 private constant BOTH_SIDES = 3;

    /// @param sides Zero where the credentials are not there.
    struct Standing {
        uint8 sides;
        uint40 tradesUntil;
    }

    /// @dev Times at which a household lost its standing; zero where it had it again.
    mapping(MemberId memberId => Checkpoints.Trace208) private _losses;
    mapping(MemberId memberId => mapping(address key => uint32)) private _revokedAt;
    mapping(uint256 word => uint256) private _revocationBits;
    mapping(AreaId area => uint32) private _lastRevocations;

    /// @inheritdoc IMemberRegistry
    function revocationBits(uint256 word) external view returns (uint256) {
        return _revocationBits[word];
    }

    /// @inheritdoc IMemberRegistry
    function lastRevocationOf(AreaId area) external view returns (uint32) {
        return _lastRevocations[area];
    }

    /// @dev The key signs nothing any more.
    function _revokeKey(AreaId area, MemberId memberId, address key) internal {
        _revokedAt[memberId][key] = block.timestamp.toUint32();
        _markRevocation(area, memberId);
    }

    function _loseStanding(AreaId area, MemberId memberId) internal {
        _losses[memberId].push(block.timestamp.toUint48(), block.timestamp.toUint208());
        _markRevocation(area, memberId);
    }

    function _regainStanding(MemberId memberId) internal {
        _losses[memberId].push(block.timestamp.toUint48(), 0);
    }

    function _markRevocation(AreaId area, MemberId memberId) internal {
        uint256 id = MemberId.unwrap(memberId);
        _revocationBits[id / 256] |= 1 << (id % 256);
        _lastRevocations[area] = block.timestamp.toUint32();
    }

    function _isRevoked(MemberId memberId, address key) internal view returns (bool) {
        return _revokedAt[memberId][key] != 0;
    }

    /// @return The first of the times that is not zero and not behind `time`.
    function _revokedBy(
        MemberId memberId,
        address key,
        uint256 activeUntil,
        uint256 time
    ) internal view returns (uint256) {
        uint256 revokedAt = _earlier(activeUntil, _revokedAt[memberId][key], time);
        return _earlier(revokedAt, _losses[memberId].upperLookupRecent(time.toUint48()), time);
    }

    /// @return standing By what the account holds of the area itself: a change of that is told.
    /// @return connectionPoint That of the DSO's credential.
    function _standingOf(
        address account,
        AreaId area
    ) internal view returns (Standing memory standing, bytes32 connectionPoint) {
        ICredentialRegistry.Credential memory connection = _heldOf(account, Role.ConnectionPoint, area);
        if (connection.issuer == address(0)) return (standing, 0);
        connectionPoint = connection.connectionPoint;
        (standing.sides, standing.tradesUntil) = (BOTH_SIDES, _expiryOf(account, Role.Prosumer, area));
        if (standing.tradesUntil == 0) standing.tradesUntil = _expiryOf(account, Role.MicrogridTrader, area);
        if (standing.tradesUntil == 0) {
            (standing.sides, standing.tradesUntil) = (BIDS, _expiryOf(account, Role.Consumer, area));
        }
        if (standing.tradesUntil == 0) standing.sides = 0;
        standing.tradesUntil = uint40(Math.min(standing.tradesUntil, connection.validUntil));
    }

    function _expiryOf(address account, Role role, AreaId area) private view returns (uint40) {
        return _heldOf(account, role, area).validUntil;
    }

    /// @return credential All zero where none of the area itself is held.
    function _heldOf(
        address account,
        Role role,
        AreaId area
    ) private view returns (ICredentialRegistry.Credential memory credential) {
        bytes32 credentialId = _credentialRegistry.heldBy(account, role, area);
        if (credentialId == 0) return credential;
        credential = _credentialRegistry.credentialOf(credentialId);
        if (AreaId.unwrap(credential.area) != AreaId.unwrap(area)) delete credential;
    }

    function _earlier(uint256 left, uint256 right, uint256 time) private pure returns (uint256) {
        if (left > time) left = 0;
        if (right > time) right = 0;
        if (left == 0 || right == 0) return left + right;
        return Math.min(left, right);
    }
}
