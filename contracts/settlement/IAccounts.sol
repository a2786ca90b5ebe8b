// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, MemberId, TradingDay} from "../types/Types.sol";

/// @notice Deposits in the settlement currency, out of which payments are made; each area's guarantee fund, given by
/// its community; and the bond of each area's market operator. All amounts are micro-euro.
/// @dev The collateral rule: no balance is ever negative, and none falls below what open trading days have locked
/// beyond the member's credit line, nor below what is pledged besides. The rest is free. What a household cannot pay
/// out of what is free is paid by its area's guarantee fund, and what the fund lacks is carried by the supplier,
/// whose customer it is. Both are debts of the household. What an aggregator cannot pay is carried by the DSO, and
/// its debt. Whatever of its balance is free when its account next moves, and so whatever reaches the account, repays
/// them, the fund first. Supplier, DSO, tax authority and platform operator pay in full, or nobody is paid.
interface IAccounts {
    event Deposited(MemberId indexed memberId, address indexed from, uint256 amount);
    event Withdrawn(MemberId indexed memberId, address indexed to, uint256 amount);
    event CreditLineSet(MemberId indexed memberId, uint256 amount);
    event FundContributed(AreaId indexed area, address indexed from, uint256 amount);
    event BondDeposited(AreaId indexed area, address indexed from, uint256 amount);
    event BondWithdrawalAnnounced(AreaId indexed area, uint256 amount, uint256 availableAt);
    event BondWithdrawn(AreaId indexed area, address indexed to, uint256 amount);
    /// @notice The guarantee fund paid `amount` for the member, whose debt to it is now `debt`.
    event GuaranteeFundPaid(AreaId indexed area, MemberId indexed memberId, uint256 amount, uint256 debt);
    /// @notice The supplier, or for an aggregator the DSO, paid `amount` for the member, whose debt to it is now
    /// `debt`.
    event DebtCarried(MemberId indexed memberId, MemberId indexed supplier, uint256 amount, uint256 debt);
    /// @notice The member repaid to the fund and to the supplier, or to the DSO where it is an aggregator.
    event DebtRepaid(MemberId indexed memberId, uint256 toFund, uint256 toSupplier);
    /// @notice What moved between member and bond: negative from the bond to the member.
    event Corrected(AreaId indexed area, MemberId indexed memberId, int256 moved);
    event Rewarded(AreaId indexed area, MemberId indexed memberId, uint256 amount);
    event Forfeited(AreaId indexed area, MemberId indexed memberId, uint256 amount);
    /// @notice The operator neglected its duty: so much moved from its bond to the guarantee fund.
    event Fined(AreaId indexed area, uint256 amount);
    /// @notice The member has pledged so much in all.
    event Pledged(MemberId indexed memberId, uint256 pledged);

    /// @notice `balance` is what the member may use for this: all of it, or what is free of it.
    error AccountsInsufficientBalance(MemberId memberId, uint256 balance, uint256 needed);
    error AccountsNotTheOwner(MemberId memberId, address caller);
    error AccountsZeroAmount();
    /// @notice Open trading days and pledges hold `locked` of balance and credit line, of which only `available`
    /// would be left.
    error AccountsLocked(MemberId memberId, uint256 locked, uint256 available);
    error AccountsForeignMember(AreaId area, MemberId memberId);
    error AccountsBondTooSmall(AreaId area, uint256 bond, uint256 needed);
    error AccountsNoBondWithdrawal(AreaId area);
    error AccountsBondWithdrawalTooEarly(AreaId area, uint256 availableAt, uint256 time);

    /// @notice Takes `amount` of the caller's tokens (approved before) into the member's account.
    /// @custom:access anyone: it takes the caller's own tokens
    function deposit(MemberId memberId, uint256 amount) external;
    /// @notice The same with the caller's ERC-2612 permit in place of an approval.
    /// @custom:access anyone: it takes the caller's own tokens
    function depositWithPermit(
        MemberId memberId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
    /// @notice Pays out to the member's account address; only that address may ask. Debts are repaid first, and what
    /// is left of balance and credit line must cover what open trading days have locked.
    /// @custom:access the owner of the member's account
    function withdraw(MemberId memberId, uint256 amount) external;
    /// @notice How far a member may trade beyond its balance; it must still cover what is locked. By a community
    /// manager of its area.
    /// @custom:access credential CommunityManager of the member's area
    function setCreditLine(MemberId memberId, uint256 amount) external;
    /// @notice Takes the caller's tokens (approved before) into the area's guarantee fund, from where only members in
    /// default take.
    /// @custom:access anyone: it takes the caller's own tokens
    function contribute(AreaId area, uint256 amount) external;
    /// @notice Takes the caller's tokens (approved before) into the market operator's bond.
    /// @custom:access anyone: it takes the caller's own tokens
    function depositBond(AreaId area, uint256 amount) external;
    /// @notice Takes the place of what was announced before; zero announces nothing. By a market operator of
    /// the area.
    /// @custom:access credential MarketOperator of the area
    function announceBondWithdrawal(AreaId area, uint256 amount) external;
    /// @notice Pays out what was announced 14 days before, or what the bond still holds of it, to the caller.
    /// By a market operator of the area.
    /// @custom:access credential MarketOperator of the area
    function withdrawBond(AreaId area) external;

    /// @notice Applies a run's payments, checked by the settlement contract, to which it is restricted: all or none.
    /// What the day itself has locked is free for its own payments.
    /// @param payments As in ISettlement; each of another member of the area.
    /// @custom:access role SETTLEMENT
    function applyPayments(AreaId area, TradingDay day, bytes calldata payments) external;
    /// @notice Moves a proven difference between the member and the bond, or as much of it as there is: negative pays
    /// the member out of the bond, positive pays the bond out of what the member has free, its debts repaid.
    /// Restricted to the contracts that decide challenges, like the next three.
    /// @return moved What moved, with the sign of `delta`.
    /// @custom:access role CHALLENGES
    function correct(AreaId area, MemberId memberId, int256 delta) external returns (int256 moved);
    /// @notice Pays the member out of the bond, as much as it holds.
    /// @return paid What it was paid.
    /// @custom:access role CHALLENGES
    function reward(AreaId area, MemberId memberId, uint256 amount) external returns (uint256 paid);
    /// @notice Moves what the member has free into the bond; reverts where that is too little.
    /// @custom:access role CHALLENGES
    function forfeit(AreaId area, MemberId memberId, uint256 amount) external;
    /// @notice Moves what the operator neglects into the guarantee fund, out of its bond, as much as it holds. Nobody
    /// gains by it who could bring it about.
    /// @custom:access role CHALLENGES
    function fine(AreaId area, uint256 amount) external;
    /// @notice Holds more of what the member has free, or less again where negative, for what its flex orders may
    /// cost it. No credit line covers a pledge. Restricted to the contract that takes flex orders.
    /// @custom:access role FLEX_ORDERS
    function pledge(MemberId memberId, int256 change) external;

    function balanceOf(MemberId memberId) external view returns (uint256);
    /// @notice What the member owes to fund and supplier, or DSO, together.
    function debtOf(MemberId memberId) external view returns (uint256);
    function creditLineOf(MemberId memberId) external view returns (uint256);
    function pledgedOf(MemberId memberId) external view returns (uint256);
    /// @notice What the member could withdraw now, its debts repaid.
    function freeOf(MemberId memberId) external view returns (uint256);
    function fundOf(AreaId area) external view returns (uint256);
    function bondOf(AreaId area) external view returns (uint256);
    /// @notice What is announced to leave the bond, and from when it may; zero for nothing.
    function bondWithdrawalOf(AreaId area) external view returns (uint256 amount, uint256 availableAt);
    /// @notice Balance plus credit line of each member; zero for one in debt.
    function fundsOf(MemberId[] calldata memberIds) external view returns (uint256[] memory);
    /// @notice Reverts where the area's bond, less what is announced to leave it, is less than it must be for the
    /// operator to act.
    function requireBond(AreaId area) external view;
}
