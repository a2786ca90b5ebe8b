// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AreaId} from "../types/Types.sol";

/// @dev All that is kept of a member's account, in one storage slot, from its lower end: area 32 bits (zero until it
/// is first needed), balance 72, debt to the guarantee fund 48, debt to the supplier 48, credit line 48. Micro-euro.
/// One word is read and written where a struct would cost a read and a write for every field that changes.
type PackedAccount is uint256;

using {
    areaOf,
    balanceOf,
    fundDebtOf,
    supplierDebtOf,
    debtOf,
    creditLineOf,
    freeOf,
    inArea,
    withCreditLine,
    plus,
    minus,
    owing,
    repaying
} for PackedAccount global;

uint256 constant BALANCE_SHIFT = 32;
uint256 constant FUND_DEBT_SHIFT = 104;
uint256 constant SUPPLIER_DEBT_SHIFT = 152;
uint256 constant CREDIT_LINE_SHIFT = 200;

// The casts cut a field out of the word; each shift puts its field at the lower end.

function areaOf(PackedAccount account) pure returns (AreaId) {
    return AreaId.wrap(uint32(PackedAccount.unwrap(account)));
}

function balanceOf(PackedAccount account) pure returns (uint256) {
    return uint72(PackedAccount.unwrap(account) >> BALANCE_SHIFT);
}

function fundDebtOf(PackedAccount account) pure returns (uint256) {
    return uint48(PackedAccount.unwrap(account) >> FUND_DEBT_SHIFT);
}

function supplierDebtOf(PackedAccount account) pure returns (uint256) {
    return uint48(PackedAccount.unwrap(account) >> SUPPLIER_DEBT_SHIFT);
}

function debtOf(PackedAccount account) pure returns (uint256) {
    return fundDebtOf(account) + supplierDebtOf(account);
}

function creditLineOf(PackedAccount account) pure returns (uint256) {
    return uint48(PackedAccount.unwrap(account) >> CREDIT_LINE_SHIFT);
}

/// @return The part of the balance that open days have not locked beyond the credit line.
function freeOf(PackedAccount account, uint256 locked) pure returns (uint256) {
    uint256 balance = balanceOf(account);
    uint256 creditLine = creditLineOf(account);
    if (locked <= creditLine) return balance;
    // Neither difference is taken below zero.
    unchecked {
        uint256 beyond = locked - creditLine;
        return balance > beyond ? balance - beyond : 0;
    }
}

function inArea(PackedAccount account, AreaId area) pure returns (PackedAccount) {
    return
        PackedAccount.wrap(
            (PackedAccount.unwrap(account) & ~uint256(type(uint32).max)) | AreaId.unwrap(area)
        );
}

function withCreditLine(PackedAccount account, uint256 creditLine) pure returns (PackedAccount) {
    uint256 others = PackedAccount.unwrap(account) & ((1 << CREDIT_LINE_SHIFT) - 1);
    return PackedAccount.wrap(others | (uint256(SafeCast.toUint48(creditLine)) << CREDIT_LINE_SHIFT));
}

/// @dev Reverts where the balance would not fit, which is more euros than there are.
function plus(PackedAccount account, uint256 amount) pure returns (PackedAccount) {
    SafeCast.toUint72(balanceOf(account) + amount);
    // The sum fits in its field, so that it carries into no other.
    unchecked {
        return PackedAccount.wrap(PackedAccount.unwrap(account) + (amount << BALANCE_SHIFT));
    }
}

/// @dev The balance must cover the amount.
function minus(PackedAccount account, uint256 amount) pure returns (PackedAccount) {
    assert(amount <= balanceOf(account));
    unchecked {
        return PackedAccount.wrap(PackedAccount.unwrap(account) - (amount << BALANCE_SHIFT));
    }
}

/// @dev Reverts where a debt would exceed 48 bits, 281 million EUR.
function owing(PackedAccount account, uint256 toFund, uint256 toSupplier) pure returns (PackedAccount) {
    SafeCast.toUint48(fundDebtOf(account) + toFund);
    SafeCast.toUint48(supplierDebtOf(account) + toSupplier);
    return
        PackedAccount.wrap(
            PackedAccount.unwrap(account) + (toFund << FUND_DEBT_SHIFT) + (toSupplier << SUPPLIER_DEBT_SHIFT)
        );
}

/// @notice Repays debts, the fund first, out of what is free of the balance.
/// @return after_ The account then.
/// @return toFund What the fund gets; `toSupplier` what the supplier gets.
function repaying(
    PackedAccount account,
    uint256 locked
) pure returns (PackedAccount after_, uint256 toFund, uint256 toSupplier) {
    uint256 free = freeOf(account, locked);
    toFund = Math.min(fundDebtOf(account), free);
    toSupplier = Math.min(supplierDebtOf(account), free - toFund);
    uint256 word = PackedAccount.unwrap(account) - ((toFund + toSupplier) << BALANCE_SHIFT);
    word -= (toFund << FUND_DEBT_SHIFT) + (toSupplier << SUPPLIER_DEBT_SHIFT);
    after_ = PackedAccount.wrap(word);
}
