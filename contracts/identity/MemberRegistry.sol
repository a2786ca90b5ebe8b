// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AreaId, EnergyWh, MemberId} from "../types/Types.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";

contract MemberRegistry is IMemberRegistry, AccessManaged {
    using SafeCast for uint256;

    /// @dev The most active households of an area.
    uint256 private constant HOUSEHOLD_LIMIT = 1_000;
    /// @dev No connection in any distribution grid carries a GWh in a quarter-hour.
    uint32 private constant LARGEST_QUANTITY_LIMIT = 1_000_000_000;

    struct Member {
        address account;
        Kind kind;
    }

    struct Area {
        uint32 households;
        MemberId supplier;
        MemberId dso;
    }

    uint256 private _memberCount;
    mapping(MemberId memberId => Member) private _members;
    mapping(MemberId memberId => TradingRight) private _tradingRights;
    mapping(AreaId area => Area) private _areas;
    mapping(address key => bool) private _isKeyTaken;

    constructor(address accessManager) AccessManaged(accessManager) {}

    /// @inheritdoc IMemberRegistry
    function registerMembers(AreaId area, Registration[] calldata registrations) external restricted {
        for (uint256 i = 0; i < registrations.length; ++i) {
            _register(area, registrations[i]);
        }
    }

    /// @inheritdoc IMemberRegistry
    function deactivateMember(MemberId memberId) external restricted {
        Member storage member = _members[memberId];
        if (member.account == address(0)) revert MemberRegistryUnknownMember(memberId);
        TradingRight storage right = _tradingRights[memberId];
        if (right.activeUntil != 0) revert MemberRegistryInactive(memberId);

        right.activeUntil = block.timestamp.toUint32();
        if (member.kind == Kind.Household) --_areas[right.area].households;

        emit MemberDeactivated(memberId, right.area);
    }

    /// @inheritdoc IMemberRegistry
    function tradingRightOf(MemberId memberId) external view returns (TradingRight memory) {
        return _tradingRights[memberId];
    }

    /// @inheritdoc IMemberRegistry
    function tradingKeyAt(
        AreaId area,
        MemberId memberId,
        uint256 gateClosure
    ) external view returns (address tradingKey, EnergyWh quantityLimit) {
        TradingRight storage right = _tradingRights[memberId];
        uint256 activeUntil = right.activeUntil;
        bool isActive = activeUntil == 0 || activeUntil > gateClosure;
        if (isActive && AreaId.unwrap(right.area) == AreaId.unwrap(area) && right.tradingKey != address(0)) {
            return (right.tradingKey, right.quantityLimit);
        }
    }

    /// @inheritdoc IMemberRegistry
    function accountOf(MemberId memberId) external view returns (address) {
        address account = _members[memberId].account;
        if (account == address(0)) revert MemberRegistryUnknownMember(memberId);
        return account;
    }

    /// @inheritdoc IMemberRegistry
    function areaOf(MemberId memberId) external view returns (AreaId) {
        return _tradingRights[memberId].area;
    }

    /// @inheritdoc IMemberRegistry
    function supplierOf(AreaId area) external view returns (MemberId) {
        return _areas[area].supplier;
    }

    /// @inheritdoc IMemberRegistry
    function dsoOf(AreaId area) external view returns (MemberId) {
        return _areas[area].dso;
    }

    /// @inheritdoc IMemberRegistry
    function memberCount() external view returns (uint256) {
        return _memberCount;
    }

    function _register(AreaId area, Registration calldata registration) private {
        if (registration.account == address(0)) revert MemberRegistryInvalidAccount();
        if (EnergyWh.unwrap(registration.quantityLimit) > LARGEST_QUANTITY_LIMIT) {
            revert MemberRegistryLimitTooLarge(registration.quantityLimit, LARGEST_QUANTITY_LIMIT);
        }

        _takeKey(registration.tradingKey);
        _takeKey(registration.meterKey);
        MemberId memberId = MemberId.wrap((++_memberCount).toUint24());
        _takePlace(area, memberId, registration.kind);
        _members[memberId] = Member(registration.account, registration.kind);
        _tradingRights[memberId] = TradingRight(registration.tradingKey, registration.quantityLimit, area, 0);

        emit MemberRegistered(
            memberId,
            area,
            registration.kind,
            registration.account,
            registration.tradingKey,
            registration.meterKey,
            registration.quantityLimit,
            registration.connectionPoint
        );
    }

    /// @dev A key stays taken after its member was deactivated: what it signed must keep its one meaning.
    function _takeKey(address key) private {
        if (key == address(0)) return;
        if (_isKeyTaken[key]) revert MemberRegistryKeyTaken(key);

        _isKeyTaken[key] = true;
    }

    function _takePlace(AreaId area, MemberId memberId, Kind kind) private {
        Area storage place = _areas[area];
        if (kind == Kind.Household) {
            if (place.households >= HOUSEHOLD_LIMIT) revert MemberRegistryAreaFull(area, HOUSEHOLD_LIMIT);
            ++place.households;
        } else if (kind == Kind.Supplier) {
            if (MemberId.unwrap(place.supplier) != 0) revert MemberRegistryRoleTaken(area, kind);
            place.supplier = memberId;
        } else {
            if (MemberId.unwrap(place.dso) != 0) revert MemberRegistryRoleTaken(area, kind);
            place.dso = memberId;
        }
    }
}
