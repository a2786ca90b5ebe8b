// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, EnergyWh, HIGHEST_PRICE, LOWEST_PRICE, MemberId, Price, PRICE_TICK} from "../types/Types.sol";
import {ICredentialRegistry} from "./ICredentialRegistry.sol";
import {IDidRegistry} from "./IDidRegistry.sol";
import {IMemberRegistry} from "./IMemberRegistry.sol";
import {MemberStanding} from "./MemberStanding.sol";
import {PackedDelegation} from "./PackedDelegation.sol";
import {RoleChecked} from "./RoleChecked.sol";

contract MemberRegistry is MemberStanding {
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
        uint8 sides;
        uint40 tradesUntil;
    }

    IDidRegistry private immutable _didRegistry;

    uint256 private _memberCount;
    mapping(MemberId memberId => Member) private _members;
    mapping(MemberId memberId => TradingRight) private _tradingRights;
    mapping(MemberId memberId => uint256 packedDelegation) private _delegations;
    mapping(AreaId area => MemberId[]) private _membersOf;
    mapping(AreaId area => uint256) private _households;
    mapping(AreaId area => mapping(Kind kind => MemberId)) private _counterparties;
    /// @dev Apart: whoever names a key as its own does not prove that it has it, and meters' keys are public before
    /// they are registered.
    mapping(address key => bool) private _isTradingKey;
    mapping(address key => bool) private _isMeterKey;
    mapping(address account => mapping(AreaId area => MemberId)) private _householdsOf;

    constructor(
        ICredentialRegistry credentialRegistry,
        IDidRegistry didRegistry
    ) RoleChecked(credentialRegistry) {
        _didRegistry = didRegistry;
    }

    /// @inheritdoc IMemberRegistry
    function registerMembers(
        AreaId area,
        Registration[] calldata registrations
    ) external onlyRole(Role.CommunityManager, area) {
        for (uint256 i = 0; i < registrations.length; ++i) {
            _register(area, registrations[i]);
        }
    }

    /// @inheritdoc IMemberRegistry
    function deactivateMember(MemberId memberId) external {
        Member memory member = _memberOf(memberId);
        TradingRight storage right = _tradingRights[memberId];
        AreaId area = right.area;
        _requireRole(Role.CommunityManager, area);
        if (right.activeUntil != 0) revert MemberRegistryInactive(memberId);

        right.activeUntil = block.timestamp.toUint32();
        _markRevocation(area, memberId);
        if (member.kind == Kind.Household) --_households[area];

        emit MemberDeactivated(memberId, area);
    }

    /// @inheritdoc IMemberRegistry
    function noteCredentials(address account, AreaId area) external {
        MemberId memberId = _householdsOf[account][area];
        if (MemberId.unwrap(memberId) == 0) return;
        Member storage member = _members[memberId];
        (Standing memory standing, ) = _standingOf(account, area);
        (uint8 sides, uint40 tradesUntil) = (member.sides, member.tradesUntil);
        if (standing.sides == sides && standing.tradesUntil == tradesUntil) return;

        member.sides = standing.sides;
        member.tradesUntil = standing.tradesUntil;
        if (standing.sides == 0) _loseStanding(area, memberId);
        else if (sides == 0) _regainStanding(memberId);

        emit MemberStandingChanged(memberId, standing.sides != 0, standing.sides, standing.tradesUntil);
    }

    /// @inheritdoc IMemberRegistry
    function replaceTradingKey(MemberId memberId, address key) external {
        TradingRight storage right = _tradingRights[memberId];
        address former = right.tradingKey;
        if (ownerOf(memberId) != msg.sender) revert MemberRegistryNotTheMember(memberId, msg.sender);
        if (right.activeUntil != 0) revert MemberRegistryInactive(memberId);
        if (key == address(0) || former == address(0) || key == _delegations[memberId].unpack().key) {
            revert MemberRegistryInvalidKey(key);
        }
        if (_isRevoked(memberId, key)) revert MemberRegistryKeyRevoked(memberId, key);

        _takeKey(_isTradingKey, key);
        right.tradingKey = key;
        _revokeKey(right.area, memberId, former);

        emit TradingKeyReplaced(memberId, former, key);
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
        if (_isRevoked(memberId, delegation.key)) {
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
    function householdOf(address account, AreaId area) external view returns (MemberId) {
        return _householdsOf[account][area];
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
            _isOwnerOrKey(memberId, caller);
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
    function tsoOf(AreaId area) external view returns (MemberId) {
        return _counterparties[area][Kind.TSO];
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
    function keyRevokedAt(MemberId memberId, address key, uint256 time) external view returns (uint32) {
        // No time in the past exceeds the present, which has its own check.
        return uint32(_revokedBy(memberId, key, _tradingRights[memberId].activeUntil, time));
    }

    /// @inheritdoc IMemberRegistry
    function ownerOf(MemberId memberId) public view returns (address) {
        return _didRegistry.identityOwner(_memberOf(memberId).account);
    }

    function _register(AreaId area, Registration calldata registration) private {
        if (registration.account == address(0)) revert MemberRegistryInvalidAccount();
        if (EnergyWh.unwrap(registration.quantityLimit) > LARGEST_QUANTITY_LIMIT) {
            revert MemberRegistryLimitTooLarge(registration.quantityLimit, LARGEST_QUANTITY_LIMIT);
        }

        Standing memory standing = _requireCredentials(area, registration);
        if (registration.tradingKey != address(0)) _takeKey(_isTradingKey, registration.tradingKey);
        if (registration.meterKey != address(0)) _takeKey(_isMeterKey, registration.meterKey);
        MemberId memberId = MemberId.wrap((++_memberCount).toUint24());
        _takePlace(area, memberId, registration);
        _members[memberId] = Member(
            registration.account,
            registration.kind,
            standing.sides,
            standing.tradesUntil
        );
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
    function _takeKey(mapping(address key => bool) storage taken, address key) private {
        if (taken[key]) revert MemberRegistryKeyTaken(key);

        taken[key] = true;
    }

    function _takePlace(AreaId area, MemberId memberId, Registration calldata registration) private {
        (Kind kind, address account) = (registration.kind, registration.account);
        if (kind == Kind.Household) {
            if (_households[area] >= HOUSEHOLD_LIMIT) revert MemberRegistryAreaFull(area, HOUSEHOLD_LIMIT);
            if (MemberId.unwrap(_householdsOf[account][area]) != 0) {
                revert MemberRegistryAccountTaken(area, account);
            }
            ++_households[area];
            _householdsOf[account][area] = memberId;
        } else if (kind != Kind.Aggregator) {
            if (MemberId.unwrap(_counterparties[area][kind]) != 0) revert MemberRegistryRoleTaken(area, kind);
            _counterparties[area][kind] = memberId;
        }
    }

    /// @dev The member's delegated key, if it has one, signs nothing any more.
    function _revokeDelegation(MemberId memberId) private {
        address key = _delegations[memberId].unpack().key;
        if (key == address(0)) return;

        _revokeKey(_tradingRights[memberId].area, memberId, key);

        emit DelegationRevoked(memberId, key);
    }

    function _takeTrader(Trader memory trader, MemberId memberId) private view {
        trader.memberId = memberId;
        TradingRight storage right = _tradingRights[memberId];
        if (right.tradingKey == address(0) || right.activeUntil != 0) return;
        Member memory member = _members[memberId];
        if (member.kind != Kind.Household || member.sides == 0) return;

        trader.tradingKey = right.tradingKey;
        trader.sides = member.sides;
        trader.quantityLimit = right.quantityLimit;
        trader.tradesUntil = member.tradesUntil;
        trader.delegation = _delegations[memberId].unpack();
    }

    function _memberOf(MemberId memberId) private view returns (Member memory member) {
        member = _members[memberId];
        if (member.account == address(0)) revert MemberRegistryUnknownMember(memberId);
    }

    /// @return standing Of a household; all zero for others.
    function _requireCredentials(
        AreaId area,
        Registration calldata registration
    ) private view returns (Standing memory standing) {
        (Kind kind, address account) = (registration.kind, registration.account);
        if (registration.meterKey != address(0)) {
            _credentialRegistry.requireRole(registration.meterKey, Role.Meter, area);
        }
        if (kind != Kind.Household) {
            _credentialRegistry.requireRole(account, _roleOf(kind), area);
            return standing;
        }
        bytes32 connectionPoint;
        (standing, connectionPoint) = _standingOf(account, area);
        if (standing.sides == 0) revert MemberRegistryCredentialMissing(area, account);
        if (registration.connectionPoint == 0 || registration.connectionPoint != connectionPoint) {
            revert MemberRegistryWrongConnectionPoint(registration.connectionPoint, connectionPoint);
        }
    }

    function _requireActing(MemberId memberId) private view {
        if (!_isOwnerOrKey(memberId, msg.sender)) revert MemberRegistryNotTheMember(memberId, msg.sender);
        if (_tradingRights[memberId].activeUntil != 0) revert MemberRegistryInactive(memberId);
    }

    /// @dev Nobody calls from address zero, so that a member without a trading key has none here.
    function _isOwnerOrKey(MemberId memberId, address caller) private view returns (bool) {
        if (caller == address(0)) return false;
        if (_tradingRights[memberId].tradingKey == caller) return true;
        address account = _members[memberId].account;
        return account != address(0) && _didRegistry.identityOwner(account) == caller;
    }

    function _requireValid(MemberId memberId, Delegation calldata delegation) private view {
        int24 lowest = Price.unwrap(delegation.lowestPrice);
        int24 highest = Price.unwrap(delegation.highestPrice);
        if (
            delegation.key == address(0) ||
            _isOwnerOrKey(memberId, delegation.key) ||
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

    function _roleOf(Kind kind) private pure returns (Role) {
        if (kind == Kind.Supplier) return Role.Supplier;
        if (kind == Kind.DSO) return Role.DSO;
        if (kind == Kind.Aggregator) return Role.Aggregator;
        if (kind == Kind.TSO) return Role.TSO;
        return kind == Kind.TaxAuthority ? Role.TaxAuthority : Role.PlatformOperator;
    }

    function _lengthOfPart(uint256 length, uint256 from, uint256 count) private pure returns (uint256) {
        return Math.min(count, Math.saturatingSub(length, from));
    }
}
