// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, EnergyWh, MemberId} from "../types/Types.sol";

/// @notice Who takes part in which area, and with which keys. No personal data: keys and salted commitments only.
interface IMemberRegistry {
    enum Kind {
        Household,
        Supplier,
        DSO
    }

    /// @param account Receives withdrawals; may deactivate nothing and sign nothing else.
    /// @param tradingKey Signs orders; zero for a member that does not trade.
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

    error MemberRegistryUnknownMember(MemberId memberId);
    error MemberRegistryInactive(MemberId memberId);
    error MemberRegistryKeyTaken(address key);
    error MemberRegistryInvalidAccount();
    error MemberRegistryLimitTooLarge(EnergyWh quantityLimit, uint256 largest);
    /// @notice An area holds at most `limit` households, so that one transaction can clear and settle it.
    error MemberRegistryAreaFull(AreaId area, uint256 limit);
    error MemberRegistryRoleTaken(AreaId area, Kind kind);

    /// @notice Registers members of `area`; ids are given in order. All or none. Restricted to the registrar.
    function registerMembers(AreaId area, Registration[] calldata registrations) external;

    /// @notice The member may not trade in sessions whose gate closes from now on. Restricted to the registrar.
    function deactivateMember(MemberId memberId) external;

    function tradingRightOf(MemberId memberId) external view returns (TradingRight memory);
    /// @notice With which key and up to which quantity the member trades in sessions of `area` whose gate closes at
    /// `gateClosure`. Both are zero for whoever does not.
    function tradingKeyAt(
        AreaId area,
        MemberId memberId,
        uint256 gateClosure
    ) external view returns (address tradingKey, EnergyWh quantityLimit);
    function accountOf(MemberId memberId) external view returns (address);
    function areaOf(MemberId memberId) external view returns (AreaId);
    /// @notice The area's supplier, who delivers the residual. Zero where none is registered.
    function supplierOf(AreaId area) external view returns (MemberId);
    function dsoOf(AreaId area) external view returns (MemberId);
    function memberCount() external view returns (uint256);
}
