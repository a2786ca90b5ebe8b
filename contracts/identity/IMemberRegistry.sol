// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, EnergyWh, MemberId, Price} from "../types/Types.sol";

/// @notice Who takes part in which area, and with which keys. No personal data: keys and salted commitments only.
interface IMemberRegistry {
    enum Kind {
        Household,
        Supplier,
        DSO,
        TaxAuthority,
        PlatformOperator
    }

    /// @param account Receives withdrawals; acts for the member on the ledger.
    /// @param tradingKey Signs orders and acts for the member on the ledger; zero for a member that does not trade.
    /// @param meterKey Signs meter readings; zero for a member without a meter.
    /// @param quantityLimit The most that one order may ask for or offer, in Wh; at most 1 GWh.
    /// @param connectionPoint Salted commitment to the connection point's identifier.
    struct Registration {
        Kind kind;
        address account;
        address tradingKey;
        address meterKey;
        EnergyWh quantityLimit;
        bytes32 connectionPoint;
    }

    /// @notice What the market checks of a member, in one storage slot.
    /// @param activeUntil Unix time at which the member was deactivated; zero while active.
    struct TradingRight {
        address tradingKey;
        EnergyWh quantityLimit;
        AreaId area;
        uint32 activeUntil;
    }

    /// @notice A key that trades for a member within limits.
    /// @param sides Bit 0 for bids, bit 1 for offers.
    /// @param quantityLimit The most that one of its orders may ask for or offer, in Wh; at most the member's own.
    /// @param lowestPrice Lowest limit price of its orders, `highestPrice` the highest; both on a tick.
    /// @param expiry Unix time; the key trades in sessions whose gate closes no later.
    struct Delegation {
        address key;
        uint8 sides;
        EnergyWh quantityLimit;
        Price lowestPrice;
        Price highestPrice;
        uint32 expiry;
    }

    /// @notice What a day's trading keys are made of. `tradingKey` is zero for whoever does not trade now.
    struct Trader {
        MemberId memberId;
        address tradingKey;
        EnergyWh quantityLimit;
        Delegation delegation;
    }

    event MemberRegistered(
        MemberId indexed memberId,
        AreaId indexed area,
        Kind kind,
        address account,
        address tradingKey,
        address meterKey,
        EnergyWh quantityLimit,
        bytes32 connectionPoint
    );
    event MemberDeactivated(MemberId indexed memberId, AreaId indexed area);
    event TradingDelegated(
        MemberId indexed memberId,
        address indexed key,
        uint8 sides,
        EnergyWh quantityLimit,
        Price lowestPrice,
        Price highestPrice,
        uint32 expiry
    );
    /// @notice From this block on the key signs nothing any more, by revocation or because another took its place.
    event DelegationRevoked(MemberId indexed memberId, address indexed key);

    error MemberRegistryUnknownMember(MemberId memberId);
    error MemberRegistryInactive(MemberId memberId);
    /// @notice Trading and meter keys of registered members are each one member's for ever.
    error MemberRegistryKeyTaken(address key);
    error MemberRegistryInvalidAccount();
    error MemberRegistryLimitTooLarge(EnergyWh quantityLimit, uint256 largest);
    /// @notice An area holds at most `limit` households, so that one transaction can settle it.
    error MemberRegistryAreaFull(AreaId area, uint256 limit);
    error MemberRegistryRoleTaken(AreaId area, Kind kind);
    /// @notice Only the member's account or trading key may do this.
    error MemberRegistryNotTheMember(MemberId memberId, address caller);
    /// @notice A delegation needs a key that is neither the member's account nor its trading key, a side, prices from
    /// low to high on ticks within range, and a time to come.
    error MemberRegistryInvalidDelegation();
    error MemberRegistryNoDelegation(MemberId memberId);
    /// @notice A key that was revoked for the member, be it by this delegation, never trades for it again.
    error MemberRegistryKeyRevoked(MemberId memberId, address key);

    /// @notice Registers members of `area`; ids are given in order. All or none. Restricted to the registrar.
    /// @custom:access role REGISTRAR
    function registerMembers(AreaId area, Registration[] calldata registrations) external;

    /// @notice The member may not trade in sessions whose gate closes from now on. Restricted to the registrar.
    /// @custom:access role REGISTRAR
    function deactivateMember(MemberId memberId) external;

    /// @notice Lets a key trade for the member from the next day on whose keys are published; a key that it replaces
    /// is revoked at once. One key may trade for many members. By the member's account or trading key.
    /// @custom:access the member, by its account or trading key
    function delegateTrading(MemberId memberId, Delegation calldata delegation) external;

    /// @notice Revokes the member's delegated key at once. By the member's account or trading key.
    /// @custom:access the member, by its account or trading key
    function revokeDelegation(MemberId memberId) external;

    function tradingRightOf(MemberId memberId) external view returns (TradingRight memory);
    /// @notice The member's delegation, expired or not; all zero where there is none.
    function delegationOf(MemberId memberId) external view returns (Delegation memory);
    function accountOf(MemberId memberId) external view returns (address);
    function areaOf(MemberId memberId) external view returns (AreaId);
    /// @notice Reverts for a member that does not exist.
    function kindOf(MemberId memberId) external view returns (Kind);
    /// @notice Whether `caller` is the member's account or trading key, and the member is active in `area`.
    function actsFor(AreaId area, MemberId memberId, address caller) external view returns (bool);

    /// @notice The area's supplier, who delivers the residual. Zero where none is registered, as for the others.
    function supplierOf(AreaId area) external view returns (MemberId);
    function dsoOf(AreaId area) external view returns (MemberId);
    function taxAuthorityOf(AreaId area) external view returns (MemberId);
    function platformOperatorOf(AreaId area) external view returns (MemberId);

    function memberCount() external view returns (uint256);
    /// @notice Everybody who was ever registered in the area, of any kind, active or not.
    function memberCountOf(AreaId area) external view returns (uint256);
    /// @notice At most `count` members of the area in the order of their ids, from the one at `from` (counted from 0).
    function membersOf(AreaId area, uint256 from, uint256 count) external view returns (MemberId[] memory);
    /// @notice The same members as `membersOf`, with what trading keys are made of.
    function tradersOf(AreaId area, uint256 from, uint256 count) external view returns (Trader[] memory);

    /// @notice Bit `memberId % 256` of word `memberId / 256` is set when any key of the member was ever revoked.
    function revocationBits(uint256 word) external view returns (uint256);
    /// @notice Unix time at which a key of some member of the area was revoked last; zero for never.
    function lastRevocationOf(AreaId area) external view returns (uint32);
    /// @notice Unix time from which the key signs nothing for the member any more; zero while nobody revoked it. A
    /// deactivation revokes every key of the member.
    function keyRevokedAt(MemberId memberId, address key) external view returns (uint32);
}
