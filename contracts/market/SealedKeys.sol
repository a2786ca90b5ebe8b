// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Role} from "../types/MarketRoles.sol";
import {
    AreaId,
    DeliveryPeriod,
    MemberId,
    PERIODS_PER_DAY,
    TraderNumber,
    TradingDay
} from "../types/Types.sol";
import {DayPages} from "./DayPages.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {KeyPages} from "./KeyPages.sol";
import {SealedPages} from "./SealedPages.sol";

/// @dev Which areas' keys are sealed, and which traders of sealed days are revealed.
abstract contract SealedKeys is DayPages, RoleChecked {
    using SafeCast for uint256;

    /// @dev Whose key a day's key is: the one of the registry from which it was derived.
    struct Origin {
        address key;
        MemberId memberId;
    }

    /// @dev What is revealed of a day's traders.
    struct Revelations {
        uint32 count;
        mapping(TraderNumber trader => MemberId) members;
        mapping(MemberId memberId => TraderNumber) traders;
        mapping(TraderNumber trader => mapping(address key => Origin)) origins;
        mapping(uint256 word => uint256) bits;
    }

    mapping(AreaId area => uint40) internal _sealedAt;
    mapping(AreaId area => mapping(TradingDay day => Revelations)) private _revelations;

    constructor(
        IMemberRegistry memberRegistry,
        ICredentialRegistry credentialRegistry
    ) DayPages(memberRegistry) RoleChecked(credentialRegistry) {}

    /// @inheritdoc ITradingDays
    function sealKeys(AreaId area) external onlyRole(Role.MarketOperator, area) {
        if (_sealedAt[area] != 0) revert TradingDaysAlreadySealed(area);

        _sealedAt[area] = block.timestamp.toUint40();

        emit KeysSealed(area);
    }

    /// @inheritdoc ITradingDays
    function revealTrader(uint256 page, Link calldata link, bytes32[] calldata siblings) external {
        _requireLink(page, link, siblings);
        Revelations storage revelations = _revelations[link.area][link.day];
        MemberId known = revelations.members[link.trader];
        if (MemberId.unwrap(known) == MemberId.unwrap(link.memberId)) return;
        if (MemberId.unwrap(known) != 0) revert TradingDaysTraderTaken(link.trader, known);

        ++revelations.count;
        revelations.members[link.trader] = link.memberId;
        revelations.traders[link.memberId] = link.trader;
        mapping(address key => Origin) storage origins = revelations.origins[link.trader];
        origins[link.key] = Origin(link.registeredKey, link.memberId);
        if (link.delegatedKey != address(0)) {
            origins[link.delegatedKey] = Origin(link.registeredDelegate, link.memberId);
        }
        uint256 number = TraderNumber.unwrap(link.trader);
        revelations.bits[number / 256] |= 1 << (number % 256);

        emit TraderRevealed(link.area, link.day, link.trader, link.memberId);
    }

    /// @inheritdoc ITradingDays
    function sealedSince(AreaId area) external view returns (uint256) {
        return _sealedAt[area];
    }

    /// @inheritdoc ITradingDays
    function isSealedDay(AreaId area, TradingDay day) external view returns (bool) {
        return _isSealedDay(area, day);
    }

    /// @inheritdoc ITradingDays
    function linksRootOf(AreaId area, TradingDay day, uint256 page) external view returns (bytes32) {
        Seal[] storage seals = _days[area][day].seals;
        return page < seals.length ? seals[page].linksRoot : bytes32(0);
    }

    /// @inheritdoc ITradingDays
    function traderOf(
        AreaId area,
        TradingDay day,
        MemberId memberId
    ) external view returns (TraderNumber trader, bool isKnown) {
        if (!_isSealedDay(area, day)) return (TraderNumber.wrap(MemberId.unwrap(memberId)), true);
        trader = _revelations[area][day].traders[memberId];
        isKnown = TraderNumber.unwrap(trader) != 0 || !_hasKeys(area, day, memberId);
    }

    /// @inheritdoc ITradingDays
    function memberOf(AreaId area, TradingDay day, TraderNumber trader) external view returns (MemberId) {
        if (!_isSealedDay(area, day)) return MemberId.wrap(TraderNumber.unwrap(trader));
        return _revelations[area][day].members[trader];
    }

    /// @inheritdoc ITradingDays
    function keysOf(
        AreaId area,
        DeliveryPeriod period,
        TraderNumber trader
    ) external view returns (bool isSealed, address key, address delegatedKey) {
        // A 96th of 32 bits.
        TradingDay day = TradingDay.wrap(uint32(DeliveryPeriod.unwrap(period) / PERIODS_PER_DAY));
        if (!_isSealedDay(area, day)) return (false, address(0), address(0));
        Page[] storage pages = _days[area][day].pages;
        uint256 periodOfDay = DeliveryPeriod.unwrap(period) % PERIODS_PER_DAY;
        for (uint256 i = 0; i < pages.length; ++i) {
            (Entry memory own, Entry memory delegated) = KeyPages.entriesOn(
                pages[i].code,
                TraderNumber.unwrap(trader)
            );
            if (own.key == address(0)) continue;
            mapping(address key => Origin) storage origins = _revelations[area][day].origins[trader];
            if (periodOfDay < own.validPeriods && !_isRevoked(origins[own.key])) key = own.key;
            if (periodOfDay < delegated.validPeriods && !_isRevoked(origins[delegated.key])) {
                delegatedKey = delegated.key;
            }
            break;
        }
        isSealed = true;
    }

    /// @inheritdoc ITradingDays
    function keyRevokedAt(
        AreaId area,
        TradingDay day,
        TraderNumber trader,
        address key,
        uint256 time
    ) external view returns (uint32) {
        if (!_isSealed(_days[area][day])) {
            return _memberRegistry.keyRevokedAt(MemberId.wrap(TraderNumber.unwrap(trader)), key, time);
        }
        return _revokedAt(_revelations[area][day].origins[trader][key], time);
    }

    /// @inheritdoc ITradingDays
    function revealedCountOf(AreaId area, TradingDay day) external view returns (uint256) {
        return _revelations[area][day].count;
    }

    /// @inheritdoc ITradingDays
    function revealedBits(AreaId area, TradingDay day, uint256 word) external view returns (uint256) {
        return _revelations[area][day].bits[word];
    }

    function _isSealedDay(AreaId area, TradingDay day) internal view returns (bool) {
        if (_sealedAt[area] == 0) return false;
        Page[] storage pages = _days[area][day].pages;
        return pages.length == 0 || pages[0].isSealed;
    }

    function _isRevoked(Origin memory origin) private view returns (bool) {
        return _revokedAt(origin, block.timestamp) != 0;
    }

    function _revokedAt(Origin memory origin, uint256 time) private view returns (uint32) {
        if (MemberId.unwrap(origin.memberId) == 0) return 0;
        return _memberRegistry.keyRevokedAt(origin.memberId, origin.key, time);
    }

    function _requireLink(uint256 page, Link calldata link, bytes32[] calldata siblings) private view {
        Day storage keys = _days[link.area][link.day];
        if (page >= keys.seals.length) revert TradingDaysWrongLink(page, link.memberId);
        Seal storage page_ = keys.seals[page];
        (uint256 index, bool isThere) = KeyPages.find(
            page_.lockCode,
            MemberId.unwrap(link.memberId),
            KeyPages.LOCK_LENGTH
        );
        uint256 count = KeyPages.countOf(page_.lockCode, KeyPages.LOCK_LENGTH);
        bytes32 leaf = keccak256(abi.encode(link));
        if (!isThere || !SealedPages.isLeaf(page_.linksRoot, leaf, index, count, siblings)) {
            revert TradingDaysWrongLink(page, link.memberId);
        }
        (Entry memory own, Entry memory delegated) = KeyPages.entriesOn(
            keys.pages[page].code,
            TraderNumber.unwrap(link.trader)
        );
        if (own.key == address(0) || own.key != link.key || delegated.key != link.delegatedKey) {
            revert TradingDaysWrongKeys(link.trader, link.key, link.delegatedKey);
        }
    }

    function _hasKeys(AreaId area, TradingDay day, MemberId memberId) private view returns (bool) {
        (address[] memory pages, uint256 entryLength) = _lockPagesOf(area, day);
        for (uint256 i = 0; i < pages.length; ++i) {
            (, bool isThere) = KeyPages.find(pages[i], MemberId.unwrap(memberId), entryLength);
            if (isThere) return true;
        }
        return false;
    }
}
