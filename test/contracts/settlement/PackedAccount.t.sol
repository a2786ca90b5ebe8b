// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PackedAccount} from "../../../contracts/settlement/PackedAccount.sol";
import {AreaId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given any values of the five fields, each is read as it was written, and no other changes
// Given what exceeds its field, it reverts: balance 72 bits, debts and credit line 48
// Given more than the balance, minus fails
contract PackedAccountTest {
    struct Fields {
        uint32 area;
        uint72 balance;
        uint48 fundDebt;
        uint48 supplierDebt;
        uint48 creditLine;
    }

    function testFuzz_fields_areApart(Fields memory fields) public pure {
        PackedAccount account = _pack(fields);
        _requireFields(account, fields);

        fields.area = ~fields.area;
        account = account.inArea(AreaId.wrap(fields.area));
        _requireFields(account, fields);

        fields.creditLine = ~fields.creditLine;
        account = account.withCreditLine(fields.creditLine);
        _requireFields(account, fields);

        uint256 room = type(uint72).max - fields.balance;
        account = account.plus(room);
        fields.balance = type(uint72).max;
        _requireFields(account, fields);

        account = account.minus(fields.balance);
        fields.balance = 0;
        _requireFields(account, fields);
    }

    function testFuzz_repaying_takesWhatIsFreeTheFundFirst(Fields memory fields, uint48 locked) public pure {
        PackedAccount account = _pack(fields);
        uint256 beyond = locked > fields.creditLine ? locked - fields.creditLine : 0;
        uint256 free = fields.balance > beyond ? fields.balance - beyond : 0;
        vm.assertEq(account.freeOf(locked), free, "free");
        (PackedAccount repaid, uint256 toFund, uint256 toSupplier) = account.repaying(locked);
        vm.assertEq(toFund, free < fields.fundDebt ? free : fields.fundDebt, "to the fund");
        free -= toFund;
        vm.assertEq(toSupplier, free < fields.supplierDebt ? free : fields.supplierDebt, "to the supplier");
        // Neither exceeds the debt it is taken from, nor both together the balance.
        fields.balance -= uint72(toFund + toSupplier);
        fields.fundDebt -= uint48(toFund);
        fields.supplierDebt -= uint48(toSupplier);
        _requireFields(repaid, fields);
    }

    function test_fields_revertWhereTheyOverflow() public {
        PackedAccount full = _pack(
            Fields(1, type(uint72).max, type(uint48).max, type(uint48).max, type(uint48).max)
        );
        vm.expectRevert(_overflow(72, uint256(1) << 72));
        this.plus(full, 1);
        vm.expectRevert(_overflow(48, uint256(1) << 48));
        this.owing(full, 1, 0);
        vm.expectRevert(_overflow(48, uint256(1) << 48));
        this.owing(full, 0, 1);
        vm.expectRevert(_overflow(48, uint256(1) << 48));
        this.withCreditLine(full, uint256(1) << 48);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 1));
        this.minus(full, uint256(1) << 72);
    }

    function plus(PackedAccount account, uint256 amount) external pure returns (PackedAccount) {
        return account.plus(amount);
    }

    function minus(PackedAccount account, uint256 amount) external pure returns (PackedAccount) {
        return account.minus(amount);
    }

    function owing(
        PackedAccount account,
        uint256 toFund,
        uint256 toSupplier
    ) external pure returns (PackedAccount) {
        return account.owing(toFund, toSupplier);
    }

    function withCreditLine(PackedAccount account, uint256 amount) external pure returns (PackedAccount) {
        return account.withCreditLine(amount);
    }

    function _pack(Fields memory fields) private pure returns (PackedAccount account) {
        account = account.inArea(AreaId.wrap(fields.area)).plus(fields.balance);
        account = account.owing(fields.fundDebt, fields.supplierDebt).withCreditLine(fields.creditLine);
    }

    function _requireFields(PackedAccount account, Fields memory fields) private pure {
        vm.assertEq(AreaId.unwrap(account.areaOf()), uint256(fields.area), "area");
        vm.assertEq(account.balanceOf(), uint256(fields.balance), "balance");
        vm.assertEq(account.fundDebtOf(), uint256(fields.fundDebt), "debt to the fund");
        vm.assertEq(account.supplierDebtOf(), uint256(fields.supplierDebt), "debt to the supplier");
        vm.assertEq(account.debtOf(), uint256(fields.fundDebt) + fields.supplierDebt, "debt");
        vm.assertEq(account.creditLineOf(), uint256(fields.creditLine), "credit line");
    }

    function _overflow(uint8 bits, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, bits, value);
    }
}
