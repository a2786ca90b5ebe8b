// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {ITradingDays} from "../market/ITradingDays.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, MemberId, Money, TradingDay} from "../types/Types.sol";
import {AreaPools} from "./AreaPools.sol";
import {IAccounts} from "./IAccounts.sol";
import {OpenLocks} from "./OpenLocks.sol";
import {PackedAccount} from "./PackedAccount.sol";
import {PackedPayments} from "./PackedPayments.sol";

contract Accounts is AreaPools, Multicall {
    using OpenLocks for OpenLocks.Walk;
    using PackedPayments for bytes;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What the payments of a run add up to besides members' balances; applied when all are made.
    /// @param supplierPays Its own payment and what it carries, less what is repaid to it: its balance need not cover
    /// in between what the same run brings it. So does `dsoPays`.
    /// @param fund What the guarantee fund holds.
    struct Tally {
        AreaId area;
        MemberId supplier;
        MemberId dso;
        MemberId tso;
        MemberId taxAuthority;
        MemberId platformOperator;
        int256 supplierPays;
        int256 dsoPays;
        uint256 fund;
    }

    IMemberRegistry private immutable _memberRegistry;
    ITradingDays private immutable _tradingDays;

    mapping(MemberId memberId => PackedAccount) private _accounts;
    mapping(MemberId memberId => uint256) private _pledged;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IERC20 currency,
        IMemberRegistry memberRegistry,
        ITradingDays tradingDays
    ) AreaPools(accessManager, credentialRegistry, currency) {
        _memberRegistry = memberRegistry;
        _tradingDays = tradingDays;
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
        if (_memberRegistry.ownerOf(memberId) != msg.sender) revert AccountsNotTheOwner(memberId, msg.sender);
        AreaId area = _memberRegistry.areaOf(memberId);
        uint256 locked = _heldOf(memberId, _accounts[memberId]);
        PackedAccount account = _repay(area, memberId, _accounts[memberId], locked);
        uint256 balance = account.balanceOf();
        if (balance < amount) revert AccountsInsufficientBalance(memberId, balance, amount);
        account = account.minus(amount);
        _requireCovered(memberId, account, locked);

        _accounts[memberId] = account;

        emit Withdrawn(memberId, msg.sender, amount);

        _currency.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IAccounts
    function setCreditLine(MemberId memberId, uint256 amount) external {
        // Reverts for a member that does not exist.
        _memberRegistry.accountOf(memberId);
        _requireRole(Role.CommunityManager, _memberRegistry.areaOf(memberId));
        PackedAccount account = _accounts[memberId].withCreditLine(amount);
        _requireCovered(memberId, account, _heldOf(memberId, account));

        _accounts[memberId] = account;

        emit CreditLineSet(memberId, amount);
    }

    /// @inheritdoc IAccounts
    function applyPayments(AreaId area, TradingDay day, bytes calldata payments) external restricted {
        OpenLocks.Walk memory locks = OpenLocks.begin(_tradingDays, area, day);
        Tally memory tally = Tally(
            area,
            _memberRegistry.supplierOf(area),
            _memberRegistry.dsoOf(area),
            _memberRegistry.tsoOf(area),
            _memberRegistry.taxAuthorityOf(area),
            _memberRegistry.platformOperatorOf(area),
            0,
            0,
            _fundOf(area)
        );
        uint256 count = payments.countOf();
        for (uint256 position = 0; position < count; ++position) {
            (MemberId memberId, Money payment) = payments.paymentAt(position);
            _apply(tally, locks, memberId, Money.unwrap(payment));
        }
        if (tally.supplierPays != 0) _applyWhole(tally.supplier, tally.supplierPays);
        if (tally.dsoPays != 0) _applyWhole(tally.dso, tally.dsoPays);
        _setFund(area, tally.fund);
    }

    /// @inheritdoc IAccounts
    function correct(
        AreaId area,
        MemberId memberId,
        int256 delta
    ) external restricted returns (int256 moved) {
        uint256 amount = SignedMath.abs(delta);
        if (delta < 0) {
            uint256 paid = _takeFromBond(area, amount);
            _credit(area, memberId, paid);
            moved = -int256(paid);
        } else {
            moved = int256(_charge(area, memberId, amount));
        }

        emit Corrected(area, memberId, moved);
    }

    /// @inheritdoc IAccounts
    function reward(
        AreaId area,
        MemberId memberId,
        uint256 amount
    ) external restricted returns (uint256 paid) {
        paid = _takeFromBond(area, amount);
        _credit(area, memberId, paid);

        emit Rewarded(area, memberId, paid);
    }

    /// @inheritdoc IAccounts
    function forfeit(AreaId area, MemberId memberId, uint256 amount) external restricted {
        PackedAccount account = _accountOf(area, memberId);
        uint256 locked = _heldOf(memberId, account);
        account = _repay(area, memberId, account, locked);
        uint256 free = account.freeOf(locked);
        if (free < amount) revert AccountsInsufficientBalance(memberId, free, amount);

        _accounts[memberId] = account.minus(amount);
        _addToBond(area, amount);

        emit Forfeited(area, memberId, amount);
    }

    /// @inheritdoc IAccounts
    function pledge(MemberId memberId, int256 change) external restricted {
        uint256 amount = SignedMath.abs(change);
        uint256 pledged = _pledged[memberId];
        if (change < 0) {
            pledged -= amount;
        } else {
            uint256 free = _freeOf(memberId, _accounts[memberId]);
            if (free < amount) revert AccountsInsufficientBalance(memberId, free, amount);
            pledged += amount;
        }
        _pledged[memberId] = pledged;

        emit Pledged(memberId, pledged);
    }

    /// @inheritdoc IAccounts
    function balanceOf(MemberId memberId) external view returns (uint256) {
        return _accounts[memberId].balanceOf();
    }

    /// @inheritdoc IAccounts
    function debtOf(MemberId memberId) external view returns (uint256) {
        return _accounts[memberId].debtOf();
    }

    /// @inheritdoc IAccounts
    function creditLineOf(MemberId memberId) external view returns (uint256) {
        return _accounts[memberId].creditLineOf();
    }

    /// @inheritdoc IAccounts
    function pledgedOf(MemberId memberId) external view returns (uint256) {
        return _pledged[memberId];
    }

    /// @inheritdoc IAccounts
    function freeOf(MemberId memberId) external view returns (uint256) {
        return _freeOf(memberId, _accounts[memberId]);
    }

    /// @inheritdoc IAccounts
    function fundsOf(MemberId[] calldata memberIds) external view returns (uint256[] memory funds) {
        funds = new uint256[](memberIds.length);
        for (uint256 i = 0; i < memberIds.length; ++i) {
            PackedAccount account = _accounts[memberIds[i]];
            if (account.debtOf() == 0) funds[i] = account.balanceOf() + account.creditLineOf();
        }
    }

    function _deposit(MemberId memberId, uint256 amount) private {
        if (amount == 0) revert AccountsZeroAmount();
        // Reverts for a member that does not exist.
        _memberRegistry.accountOf(memberId);

        _credit(_memberRegistry.areaOf(memberId), memberId, amount);

        emit Deposited(memberId, msg.sender, amount);

        _currency.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _credit(AreaId area, MemberId memberId, uint256 amount) private {
        PackedAccount account = _accountOf(area, memberId).plus(amount);
        if (account.debtOf() != 0) {
            account = _repay(area, memberId, account, _heldOf(memberId, account));
        }
        _accounts[memberId] = account;
    }

    /// @dev Into the bond, out of what the member has free.
    /// @return moved As much as there was.
    function _charge(AreaId area, MemberId memberId, uint256 amount) private returns (uint256 moved) {
        PackedAccount account = _accountOf(area, memberId);
        uint256 locked = _heldOf(memberId, account);
        account = _repay(area, memberId, account, locked);
        moved = Math.min(account.freeOf(locked), amount);

        _accounts[memberId] = account.minus(moved);
        _addToBond(area, moved);
    }

    /// @return The account with its debts repaid out of what is free; for the caller to keep.
    function _repay(
        AreaId area,
        MemberId memberId,
        PackedAccount account,
        uint256 locked
    ) private returns (PackedAccount) {
        (PackedAccount repaid, uint256 toFund, uint256 toSupplier) = account.repaying(locked);
        if (toFund + toSupplier == 0) return account;

        _setFund(area, _fundOf(area) + toFund);
        if (toSupplier != 0) {
            bool isOfDso = _isAggregator(memberId);
            _applyWhole(
                isOfDso ? _memberRegistry.dsoOf(area) : _memberRegistry.supplierOf(area),
                -int256(toSupplier)
            );
        }

        emit DebtRepaid(memberId, toFund, toSupplier);
        return repaid;
    }

    /// @dev One payment of a run.
    function _apply(
        Tally memory tally,
        OpenLocks.Walk memory locks,
        MemberId memberId,
        int256 amount
    ) private {
        if (_isSame(memberId, tally.supplier)) {
            tally.supplierPays += amount;
            return;
        }
        if (_isSame(memberId, tally.dso)) {
            tally.dsoPays += amount;
            return;
        }
        if (
            _isSame(memberId, tally.tso) ||
            _isSame(memberId, tally.taxAuthority) ||
            _isSame(memberId, tally.platformOperator)
        ) {
            _applyWhole(memberId, amount);
            return;
        }
        PackedAccount account = _accountOf(tally.area, memberId);
        if (amount < 0) {
            account = account.plus(uint256(-amount));
        } else {
            uint256 free = account.freeOf(locks.lockedOf(memberId));
            account =
                uint256(amount) <= free
                    ? account.minus(uint256(amount))
                    : _default(tally, memberId, account.minus(free), uint256(amount) - free);
        }
        if (account.debtOf() != 0) account = _repayInto(tally, locks, memberId, account);
        _accounts[memberId] = account;
    }

    /// @param missing What the member cannot pay: the fund does, and the supplier what the fund lacks. What an
    /// aggregator cannot pay the DSO carries, as whose service it failed.
    function _default(
        Tally memory tally,
        MemberId memberId,
        PackedAccount account,
        uint256 missing
    ) private returns (PackedAccount owing) {
        bool isOfDso = _isAggregator(memberId);
        uint256 lent = isOfDso ? 0 : Math.min(tally.fund, missing);
        uint256 carried = missing - lent;
        owing = account.owing(lent, carried);
        tally.fund -= lent;
        if (isOfDso) tally.dsoPays += int256(carried);
        else tally.supplierPays += int256(carried);

        if (lent != 0) emit GuaranteeFundPaid(tally.area, memberId, lent, owing.fundDebtOf());
        if (carried == 0) return owing;
        emit DebtCarried(memberId, isOfDso ? tally.dso : tally.supplier, carried, owing.supplierDebtOf());
    }

    function _repayInto(
        Tally memory tally,
        OpenLocks.Walk memory locks,
        MemberId memberId,
        PackedAccount account
    ) private returns (PackedAccount repaid) {
        uint256 toFund;
        uint256 toSupplier;
        (repaid, toFund, toSupplier) = account.repaying(locks.lockedOf(memberId));
        tally.fund += toFund;
        if (toSupplier != 0) {
            if (_isAggregator(memberId)) tally.dsoPays -= int256(toSupplier);
            else tally.supplierPays -= int256(toSupplier);
        }

        if (toFund + toSupplier != 0) emit DebtRepaid(memberId, toFund, toSupplier);
    }

    /// @dev For those who pay in full or not at all. The casts of amounts here and above fit: money is 64 bits
    /// signed, and no sum of it comes near 255.
    function _applyWhole(MemberId memberId, int256 amount) private {
        PackedAccount account = _accounts[memberId];
        uint256 magnitude = SignedMath.abs(amount);
        if (amount < 0) {
            _accounts[memberId] = account.plus(magnitude);
            return;
        }
        uint256 balance = account.balanceOf();
        if (balance < magnitude) revert AccountsInsufficientBalance(memberId, balance, magnitude);
        _accounts[memberId] = account.minus(magnitude);
    }

    /// @dev The account's area is asked for once, and then kept beside the balance.
    function _accountOf(AreaId area, MemberId memberId) private view returns (PackedAccount account) {
        account = _accounts[memberId];
        if (AreaId.unwrap(account.areaOf()) == AreaId.unwrap(area)) return account;
        if (AreaId.unwrap(_memberRegistry.areaOf(memberId)) != AreaId.unwrap(area)) {
            revert AccountsForeignMember(area, memberId);
        }
        return account.inArea(area);
    }

    function _freeOf(MemberId memberId, PackedAccount account) private view returns (uint256) {
        return Math.saturatingSub(account.freeOf(_heldOf(memberId, account)), account.debtOf());
    }

    /// @return held What of balance and credit line is not free: what open days have locked and, beyond the credit
    /// line, what is pledged.
    function _heldOf(MemberId memberId, PackedAccount account) private view returns (uint256 held) {
        held = _tradingDays.lockedOf(memberId);
        uint256 pledged = _pledged[memberId];
        if (pledged != 0) held = Math.max(held, account.creditLineOf()) + pledged;
    }

    function _requireCovered(MemberId memberId, PackedAccount account, uint256 locked) private pure {
        uint256 available = account.balanceOf() + account.creditLineOf();
        if (available < locked) revert AccountsLocked(memberId, locked, available);
    }

    /// @dev Asked of members in debt alone.
    function _isAggregator(MemberId memberId) private view returns (bool) {
        return _memberRegistry.kindOf(memberId) == IMemberRegistry.Kind.Aggregator;
    }

    function _isSame(MemberId left, MemberId right) private pure returns (bool) {
        return MemberId.unwrap(left) == MemberId.unwrap(right);
    }
}
