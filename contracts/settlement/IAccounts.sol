// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, MemberId} from "../types/Types.sol";

/// @notice Deposits in the settlement currency, out of which payments are made.
/// @dev The collateral rule: no balance is ever negative. What a household cannot pay is carried by its area's
/// supplier, kept as the household's debt, and repaid to the supplier out of whatever next reaches the household's
/// account. A supplier or DSO that cannot pay makes the settlement revert.
interface IAccounts {
    event Deposited(MemberId indexed memberId, address indexed from, uint256 amount);
    event Withdrawn(MemberId indexed memberId, address indexed to, uint256 amount);
    /// @notice The supplier paid `amount` for the member, whose debt is now `debt`.
    event DebtCarried(MemberId indexed memberId, MemberId indexed supplier, uint256 amount, uint256 debt);
    event DebtRepaid(MemberId indexed memberId, MemberId indexed supplier, uint256 amount, uint256 debt);

    error AccountsInsufficientBalance(MemberId memberId, uint256 balance, uint256 needed);
    error AccountsNotTheOwner(MemberId memberId, address caller);
    error AccountsZeroAmount();

    /// @notice Takes `amount` micro-euro of the caller's tokens (approved before) into the member's account.
    function deposit(MemberId memberId, uint256 amount) external;
    function depositWithPermit(
        MemberId memberId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
    /// @notice Pays out to the member's account address; only that address may ask.
    function withdraw(MemberId memberId, uint256 amount) external;
    /// @notice Applies payments that the settlement contract has checked. Restricted to the settlement contract.
    /// @param payments As in `ISettlement.PeriodSettled`.
    function applyPayments(AreaId area, bytes calldata payments) external;

    function balanceOf(MemberId memberId) external view returns (uint256);
    function debtOf(MemberId memberId) external view returns (uint256);
}
