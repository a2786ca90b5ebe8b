// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, EnergyWh, MemberId, Price} from "../types/Types.sol";

/// @notice Who takes part in which area, and with which keys. No personal data: keys and salted commitments only.
///
/// Members hold credentials of the area (see ICredentialRegistry): a household one as prosumer, microgrid trader or
/// consumer and one of its connection point, its meter's key one as a meter; all others the one of their name. There
/// may be several aggregators in an area, and one of each other kind that is no household. A household that loses one,
/// be it for a while, trades no more from that block on; one whose credentials expire, from then on. A consumer only
/// buys.
interface IMemberRegistry {
    enum Kind {
        Household,
        Supplier,
        DSO,
        TaxAuthority,
        PlatformOperator,
        Aggregator,
        TSO
    }

    /// @param account The member's identity: whoever owns it by the DidRegistry acts for the member on the ledger and
    /// withdraws. A household has it alone in its area.
    /// @param tradingKey Signs orders and acts for the member on the ledger; zero for a member that does not trade.
    /// @param meterKey Signs meter readings; zero for a member without a meter.
    /// @param quantityLimit The most that one order may ask for or offer, in Wh; at most 1 GWh.
    /// @param connectionPoint Salted commitment to the connection point's identifier, as in the DSO's credential.
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
    /// @param sides Bit 0 for bids, bit 1 for offers.
    /// @param tradesUntil Unix time; the member trades in sessions whose gate closes before.
    struct Trader {
        MemberId memberId;
        address tradingKey;
        uint8 sides;
        EnergyWh quantityLimit;
        uint40 tradesUntil;
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
    /// @notice The household's credentials are other ones now, or their status is.
    /// @param isStanding Whether it holds those that trading asks for.
    /// @param tradesUntil When the first of them expires, as unix time.
    event MemberStandingChanged(MemberId indexed memberId, bool isStanding, uint8 sides, uint40 tradesUntil);
    event TradingKeyReplaced(MemberId indexed memberId, address indexed former, address indexed key);
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
    /// @notice The account is a household of the area already.
    error MemberRegistryAccountTaken(AreaId area, address account);
    /// @notice The account lacks a valid credential of the area as prosumer, microgrid trader or consumer, or one of
    /// its connection point.
    error MemberRegistryCredentialMissing(AreaId area, address account);
    /// @notice The DSO's credential names another connection point, or none.
    error MemberRegistryWrongConnectionPoint(bytes32 connectionPoint, bytes32 credentials);
    /// @notice No key, that of a member without one, or the one to which the member delegates.
    error MemberRegistryInvalidKey(address key);
    error MemberRegistryLimitTooLarge(EnergyWh quantityLimit, uint256 largest);
    /// @notice An area holds at most `limit` households, so that one transaction can settle it.
    error MemberRegistryAreaFull(AreaId area, uint256 limit);
    error MemberRegistryRoleTaken(AreaId area, Kind kind);
    /// @notice Only the owner of the member's account or its trading key may do this, or the owner alone.
    error MemberRegistryNotTheMember(MemberId memberId, address caller);
    /// @notice A delegation needs a key that is neither the member's account nor its trading key, a side, prices from
    /// low to high on ticks within range, and a time to come.
    error MemberRegistryInvalidDelegation();
    error MemberRegistryNoDelegation(MemberId memberId);
    /// @notice A key that was revoked for the member, be it by this delegation, never trades for it again.
    error MemberRegistryKeyRevoked(MemberId memberId, address key);

    /// @notice Registers members of `area`; ids are given in order. All or none. By a community manager of the area.
    /// @custom:access credential CommunityManager of the area
    function registerMembers(AreaId area, Registration[] calldata registrations) external;

    /// @notice The member may not trade in sessions whose gate closes from now on. By a community manager of its area.
    /// @custom:access credential CommunityManager of the member's area
    function deactivateMember(MemberId memberId) external;

    /// @notice Looks anew at the credentials of the area's household with this account, if there is one. The
    /// credential registry calls it whenever one is issued or changes; anyone may, when one became valid or expired.
    /// @custom:access anyone: credentials alone decide what it finds
    function noteCredentials(address account, AreaId area) external;

    /// @notice Revokes the member's trading key at once; the new one trades from the next day on whose keys are
    /// published. By the owner of the member's account.
    /// @custom:access the owner of the member's account
    function replaceTradingKey(MemberId memberId, address key) external;

    /// @notice Lets a key trade for the member from the next day on whose keys are published; a key that it replaces
    /// is revoked at once. One key may trade for many members. By the owner of the
    /// member's account or its trading key.
    /// @custom:access the member, by its account's owner or trading key
    function delegateTrading(MemberId memberId, Delegation calldata delegation) external;

    /// @notice Revokes the member's delegated key at once. By the owner of the member's account or its trading key.
    /// @custom:access the member, by its account's owner or trading key
    function revokeDelegation(MemberId memberId) external;

    function tradingRightOf(MemberId memberId) external view returns (TradingRight memory);
    /// @notice The member's delegation, expired or not; all zero where there is none.
    function delegationOf(MemberId memberId) external view returns (Delegation memory);
    function accountOf(MemberId memberId) external view returns (address);
    /// @notice Who owns the member's account, by the DidRegistry. Reverts for a member that does not exist.
    function ownerOf(MemberId memberId) external view returns (address);
    /// @notice The area's household with this account, active or not; zero for none.
    function householdOf(address account, AreaId area) external view returns (MemberId);
    function areaOf(MemberId memberId) external view returns (AreaId);
    /// @notice Reverts for a member that does not exist.
    function kindOf(MemberId memberId) external view returns (Kind);
    /// @notice Whether `caller` is the owner of the member's account or its trading key, and the member is active in
    /// `area`.
    function actsFor(AreaId area, MemberId memberId, address caller) external view returns (bool);

    /// @notice The area's supplier, who delivers the residual. Zero where none is registered, as for the others.
    function supplierOf(AreaId area) external view returns (MemberId);
    function dsoOf(AreaId area) external view returns (MemberId);
    function tsoOf(AreaId area) external view returns (MemberId);
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
    /// @notice Unix time from which the key has signed nothing for the member, as it stood at `time`: since a
    /// revocation of the key, a loss of the member's standing or its deactivation. Zero where the key signed at
    /// `time`.
    function keyRevokedAt(MemberId memberId, address key, uint256 time) external view returns (uint32);
}
