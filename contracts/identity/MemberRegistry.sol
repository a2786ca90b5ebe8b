// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AreaId, EnergyWh, HIGHEST_PRICE, LOWEST_PRICE, MemberId, Price, PRICE_TICK} from "../types/Types.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";
import {PackedDelegation} from "./PackedDelegation.sol";

contract MemberRegistry is IMemberRegistry, AccessManaged {
    using PackedDelegation for Delegation;
    using PackedDelegation for uint256;
    using SafeCast for uint256;

    /// @dev The most active households of an area.
    uint256 private constant HOUSEHOLD_LIMIT = 1_000;
    /// @dev No connection in any distribution grid carries a GWh in a quarter-hour.
    uint32 private constant LARGEST_QUANTITY_LIMIT = 1_000_000_000;
    uint8 private constant BOTH_SIDES = 3;

    struct Member {
        address account;
        Kind kind;
    }

    uint256 private _memberCount;
    mapping(MemberId memberId => Member) private _members;
    mapping(MemberId memberId => TradingRight) private _tradingRights;
    mapping(MemberId memberId => uint256 packedDelegation) private _delegations;
    mapping(AreaId area => MemberId[]) private _membersOf;
    mapping(AreaId area => uint256) private _households;
    mapping(AreaId area => mapping(Kind kind => MemberId)) private _counterparties;
    mapping(address key => bool) private _isKeyTaken;
    mapping(uint256 word => uint256) private _revocationBits;
    mapping(AreaId area => uint32) private _lastRevocations;
    /// @dev Of delegated keys, which are not taken: nobody could keep a key to itself by delegating to it first.
    mapping(MemberId memberId => mapping(address key => uint32)) private _revokedAt;

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
        _markRevocation(memberId);
        if (member.kind == Kind.Household) --_households[right.area];

        emit MemberDeactivated(memberId, right.area);
    }

    /// @inheritdoc IMemberRegistry
    function delegateTrading(MemberId memberId, Delegation calldata delegation) external {
        _requireActing(memberId);
        _requireValid(memberId, delegation);
        EnergyWh limit = _tradingRights[memberId].quantityLimit;
        if (EnergyWh.unwrap(delegation.quantityLimit) > EnergyWh.unwrap(limit)) {
            revert MemberRegistryLimitTooLarge(delegation.quantityLimit, EnergyWh.unwrap(limit));
        }

        _revokeDelegation(memberId);
        if (_revokedAt[memberId][delegation.key] != 0) {
            revert MemberRegistryKeyRevoked(memberId, delegation.key);
        }
        _delegations[memberId] = delegation.pack();

        emit TradingDelegated(
            memberId,
            delegation.key,
            delegation.sides,
            delegation.quantityLimit,
            delegation.lowestPrice,
            delegation.highestPrice,
            delegation.expiry
        );
    }

    /// @inheritdoc IMemberRegistry
    function revokeDelegation(MemberId memberId) external {
        _requireActing(memberId);
        if (_delegations[memberId] == 0) revert MemberRegistryNoDelegation(memberId);

        _revokeDelegation(memberId);
        delete _delegations[memberId];
    }

    /// @inheritdoc IMemberRegistry
    function tradingRightOf(MemberId memberId) external view returns (TradingRight memory) {
        return _tradingRights[memberId];
    }

    /// @inheritdoc IMemberRegistry
    function delegationOf(MemberId memberId) external view returns (Delegation memory) {
        return _delegations[memberId].unpack();
    }

    /// @inheritdoc IMemberRegistry
    function accountOf(MemberId memberId) external view returns (address) {
        return _memberOf(memberId).account;
    }

    /// @inheritdoc IMemberRegistry
    function areaOf(MemberId memberId) external view returns (AreaId) {
        return _tradingRights[memberId].area;
    }

    /// @inheritdoc IMemberRegistry
    function kindOf(MemberId memberId) external view returns (Kind) {
        return _memberOf(memberId).kind;
    }

    /// @inheritdoc IMemberRegistry
    function actsFor(AreaId area, MemberId memberId, address caller) external view returns (bool) {
        TradingRight storage right = _tradingRights[memberId];
        return
            AreaId.unwrap(right.area) == AreaId.unwrap(area) &&
            right.activeUntil == 0 &&
            _isAccountOrKey(memberId, caller);
    }

    /// @inheritdoc IMemberRegistry
    function supplierOf(AreaId area) external view returns (MemberId) {
        return _counterparties[area][Kind.Supplier];
    }

    /// @inheritdoc IMemberRegistry
    function dsoOf(AreaId area) external view returns (MemberId) {
        return _counterparties[area][Kind.DSO];
    }

    /// @inheritdoc IMemberRegistry
    function taxAuthorityOf(AreaId area) external view returns (MemberId) {
        return _counterparties[area][Kind.TaxAuthority];
    }

    /// @inheritdoc IMemberRegistry
    function platformOperatorOf(AreaId area) external view returns (MemberId) {
        return _counterparties[area][Kind.PlatformOperator];
    }

    /// @inheritdoc IMemberRegistry
    function memberCount() external view returns (uint256) {
        return _memberCount;
    }

    /// @inheritdoc IMemberRegistry
    function memberCountOf(AreaId area) external view returns (uint256) {
        return _membersOf[area].length;
    }

    /// @inheritdoc IMemberRegistry
    function membersOf(
        AreaId area,
        uint256 from,
        uint256 count
    ) external view returns (MemberId[] memory part) {
        MemberId[] storage all = _membersOf[area];
        part = new MemberId[](_lengthOfPart(all.length, from, count));
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = all[from + i];
        }
    }

    /// @inheritdoc IMemberRegistry
    function tradersOf(
        AreaId area,
        uint256 from,
        uint256 count
    ) external view returns (Trader[] memory part) {
        MemberId[] storage all = _membersOf[area];
        part = new Trader[](_lengthOfPart(all.length, from, count));
        for (uint256 i = 0; i < part.length; ++i) {
            _takeTrader(part[i], all[from + i]);
        }
    }

    /// @inheritdoc IMemberRegistry
    function revocationBits(uint256 word) external view returns (uint256) {
        return _revocationBits[word];
    }

    /// @inheritdoc IMemberRegistry
    function lastRevocationOf(AreaId area) external view returns (uint32) {
        return _lastRevocations[area];
    }

    /// @inheritdoc IMemberRegistry
    function keyRevokedAt(MemberId memberId, address key) external view returns (uint32) {
        uint32 activeUntil = _tradingRights[memberId].activeUntil;
        uint32 revokedAt = _revokedAt[memberId][key];
        if (revokedAt == 0) return activeUntil;
        if (activeUntil == 0) return revokedAt;
        return activeUntil < revokedAt ? activeUntil : revokedAt;
    }

    function _register(AreaId area, Registration calldata registration) private {
        if (registration.account == address(0)) revert MemberRegistryInvalidAccount();
        if (EnergyWh.unwrap(registration.quantityLimit) > LARGEST_QUANTITY_LIMIT) {
            revert MemberRegistryLimitTooLarge(registration.quantityLimit, LARGEST_QUANTITY_LIMIT);
        }

        if (registration.tradingKey != address(0)) _takeKey(registration.tradingKey);
        if (registration.meterKey != address(0)) _takeKey(registration.meterKey);
        MemberId memberId = MemberId.wrap((++_memberCount).toUint24());
        _takePlace(area, memberId, registration.kind);
        _members[memberId] = Member(registration.account, registration.kind);
        _tradingRights[memberId] = TradingRight(registration.tradingKey, registration.quantityLimit, area, 0);
        _membersOf[area].push(memberId);

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
        if (_isKeyTaken[key]) revert MemberRegistryKeyTaken(key);

        _isKeyTaken[key] = true;
    }

    function _takePlace(AreaId area, MemberId memberId, Kind kind) private {
        if (kind == Kind.Household) {
            if (_households[area] >= HOUSEHOLD_LIMIT) revert MemberRegistryAreaFull(area, HOUSEHOLD_LIMIT);
            ++_households[area];
        } else {
            if (MemberId.unwrap(_counterparties[area][kind]) != 0) revert MemberRegistryRoleTaken(area, kind);
            _counterparties[area][kind] = memberId;
        }
    }

    /// @dev The member's delegated key, if it has one, signs nothing any more.
    function _revokeDelegation(MemberId memberId) private {
        address key = _delegations[memberId].unpack().key;
        if (key == address(0)) return;

        _revokedAt[memberId][key] = block.timestamp.toUint32();
        _markRevocation(memberId);

        emit DelegationRevoked(memberId, key);
    }

    function _markRevocation(MemberId memberId) private {
        uint256 id = MemberId.unwrap(memberId);
        _revocationBits[id / 256] |= 1 << (id % 256);
        _lastRevocations[_tradingRights[memberId].area] = block.timestamp.toUint32();
    }

    function _takeTrader(Trader memory trader, MemberId memberId) private view {
        trader.memberId = memberId;
        TradingRight storage right = _tradingRights[memberId];
        if (right.tradingKey == address(0) || right.activeUntil != 0) return;
        if (_members[memberId].kind != Kind.Household) return;

        trader.tradingKey = right.tradingKey;
        trader.quantityLimit = right.quantityLimit;
        trader.delegation = _delegations[memberId].unpack();
    }

    function _memberOf(MemberId memberId) private view returns (Member memory member) {
        member = _members[memberId];
        if (member.account == address(0)) revert MemberRegistryUnknownMember(memberId);
    }

    function _requireActing(MemberId memberId) private view {
        if (!_isAccountOrKey(memberId, msg.sender)) revert MemberRegistryNotTheMember(memberId, msg.sender);
        if (_tradingRights[memberId].activeUntil != 0) revert MemberRegistryInactive(memberId);
    }

    /// @dev Nobody calls from address zero, so that a member without a trading key has none here.
    function _isAccountOrKey(MemberId memberId, address caller) private view returns (bool) {
        return
            caller != address(0) &&
            (_members[memberId].account == caller || _tradingRights[memberId].tradingKey == caller);
    }

    function _requireValid(MemberId memberId, Delegation calldata delegation) private view {
        int24 lowest = Price.unwrap(delegation.lowestPrice);
        int24 highest = Price.unwrap(delegation.highestPrice);
        if (
            delegation.key == address(0) ||
            _isAccountOrKey(memberId, delegation.key) ||
            delegation.sides == 0 ||
            delegation.sides > BOTH_SIDES ||
            delegation.expiry <= block.timestamp ||
            lowest < LOWEST_PRICE ||
            lowest > highest ||
            highest > HIGHEST_PRICE ||
            lowest % PRICE_TICK != 0 ||
            highest % PRICE_TICK != 0
        ) revert MemberRegistryInvalidDelegation();
    }

    function _lengthOfPart(uint256 length, uint256 from, uint256 count) private pure returns (uint256) {
        return Math.min(count, Math.saturatingSub(length, from));
    }
}
