// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {AreaId, MemberId, Money} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";
import {PackedPayments} from "./PackedPayments.sol";

contract Accounts is IAccounts, AccessManaged, Multicall {
    using PackedPayments for bytes;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev A member in debt has no balance: whatever reaches it repays first.
    struct Account {
        uint128 balance;
        uint128 debt;
    }

    IERC20 private immutable _currency;
    IMemberRegistry private immutable _memberRegistry;

    mapping(MemberId memberId => Account) private _accounts;

    constructor(
        address accessManager,
        IERC20 currency,
        IMemberRegistry memberRegistry
    ) AccessManaged(accessManager) {
        _currency = currency;
        _memberRegistry = memberRegistry;
    }

    /// @inheritdoc IAccounts
    function deposit(MemberId memberId, uint256 amount) external {
        _deposit(memberId, amount);
    }

    /// @inheritdoc IAccounts
    function depositWithPermit(
        MemberId memberId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // Whoever saw the permit may have used it already; what counts is the allowance that the deposit meets.
        try
            IERC20Permit(address(_currency)).permit(msg.sender, address(this), amount, deadline, v, r, s)
        {} catch {}
        _deposit(memberId, amount);
    }

    /// @inheritdoc IAccounts
    function withdraw(MemberId memberId, uint256 amount) external {
        if (amount == 0) revert AccountsZeroAmount();
        if (_memberRegistry.accountOf(memberId) != msg.sender)
            revert AccountsNotTheOwner(memberId, msg.sender);
        Account storage account = _accounts[memberId];
        if (account.balance < amount) revert AccountsInsufficientBalance(memberId, account.balance, amount);

        account.balance -= amount.toUint128();

        emit Withdrawn(memberId, msg.sender, amount);

        _currency.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IAccounts
    function applyPayments(AreaId area, bytes calldata payments) external restricted {
        MemberId supplier = _memberRegistry.supplierOf(area);
        MemberId dso = _memberRegistry.dsoOf(area);
        uint256 count = payments.length / PackedPayments.LENGTH;

        // The supplier's own payment, what it carries and what is repaid to it meet in one figure that is applied last,
        // so that its balance need not cover in between what the same settlement brings it.
        int256 supplierPays = 0;
        for (uint256 position = 0; position < count; ++position) {
            (MemberId memberId, Money payment) = payments.paymentAt(position);
            int256 amount = Money.unwrap(payment);
            if (_isSame(memberId, supplier)) supplierPays += amount;
            else if (_isSame(memberId, dso)) _applyWhole(dso, amount);
            else if (amount > 0) supplierPays += _charge(memberId, supplier, uint256(amount)).toInt256();
            else supplierPays -= _credit(memberId, supplier, SignedMath.abs(amount)).toInt256();
        }
        _applyWhole(supplier, supplierPays);
    }

    /// @inheritdoc IAccounts
    function balanceOf(MemberId memberId) external view returns (uint256) {
        return _accounts[memberId].balance;
    }

    /// @inheritdoc IAccounts
    function debtOf(MemberId memberId) external view returns (uint256) {
        return _accounts[memberId].debt;
    }

    function _deposit(MemberId memberId, uint256 amount) private {
        if (amount == 0) revert AccountsZeroAmount();
        // Reverts for a member that does not exist.
        _memberRegistry.accountOf(memberId);

        MemberId supplier = _memberRegistry.supplierOf(_memberRegistry.areaOf(memberId));
        uint256 repaid = _credit(memberId, supplier, amount);
        _accounts[supplier].balance += repaid.toUint128();

        emit Deposited(memberId, msg.sender, amount);

        _currency.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @return carried What the household's balance did not cover, for the supplier to pay.
    function _charge(MemberId memberId, MemberId supplier, uint256 amount) private returns (uint256 carried) {
        Account storage account = _accounts[memberId];
        uint256 balance = account.balance;
        if (balance >= amount) {
            account.balance = (balance - amount).toUint128();
            return 0;
        }

        carried = amount - balance;
        uint256 debt = account.debt + carried;
        account.balance = 0;
        account.debt = debt.toUint128();

        emit DebtCarried(memberId, supplier, carried, debt);
    }

    /// @return repaid What of the amount went to the supplier because the household owed it.
    function _credit(MemberId memberId, MemberId supplier, uint256 amount) private returns (uint256 repaid) {
        Account storage account = _accounts[memberId];
        repaid = Math.min(account.debt, amount);
        account.balance += (amount - repaid).toUint128();
        if (repaid == 0) return 0;

        uint256 debt = account.debt - repaid;
        account.debt = debt.toUint128();

        emit DebtRepaid(memberId, supplier, repaid, debt);
    }

    /// @dev For supplier and DSO, for whom nobody pays.
    function _applyWhole(MemberId memberId, int256 amount) private {
        Account storage account = _accounts[memberId];
        uint256 magnitude = SignedMath.abs(amount);
        if (amount > 0) {
            if (account.balance < magnitude)
                revert AccountsInsufficientBalance(memberId, account.balance, magnitude);
            account.balance -= magnitude.toUint128();
        } else if (amount < 0) {
            account.balance += magnitude.toUint128();
        }
    }

    function _isSame(MemberId left, MemberId right) private pure returns (bool) {
        return MemberId.unwrap(left) == MemberId.unwrap(right);
    }
}
