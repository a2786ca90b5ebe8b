// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChallenges} from "../../../contracts/settlement/IChallenges.sol";
import {ISettlement} from "../../../contracts/settlement/ISettlement.sol";
import {StatementLeaves} from "../../../contracts/settlement/StatementLeaves.sol";
import {DeliveryPeriod, MemberId, Money, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given the days of the vectors, which the domain's rule makes
//   every statement is found under its run's root by the figures it is made of
//   every period is found under its statement's root by the figures in its bytes
//   neither is with a figure one off
contract StatementLeavesTest {
    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/settlement-days.json");
    }

    function test_vectors_areProven() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".cases", count))) {
            _requireDay(_item(".cases", count++));
        }
        vm.assertTrue(count > 1, "there are vectors");
    }

    function isStatementOf(
        IChallenges.StatementProof calldata proof,
        ISettlement.Run memory run
    ) external pure returns (bool) {
        return StatementLeaves.isStatementOf(proof, run);
    }

    function isPeriodOf(
        IChallenges.PeriodProof calldata proof,
        IChallenges.Statement calldata statement
    ) external pure returns (bool) {
        return StatementLeaves.isPeriodOf(proof, statement);
    }

    function _requireDay(string memory path) private view {
        ISettlement.Run memory run;
        run.root = vm.parseJsonBytes32(_vectors, string.concat(path, ".root.hash"));
        run.count = uint32(_uint(path, ".root.count"));
        run.total = uint64(_uint(path, ".root.a"));
        vm.assertEq(run.total, _uint(path, ".root.b"), "zero sum");
        for (uint256 i = 0; i < run.count; ++i) {
            string memory item = _item(string.concat(path, ".statements"), i);
            _requireStatement(item, run, uint32(_uint(path, ".day")), uint8(_uint(path, ".run")));
        }
    }

    function _requireStatement(
        string memory path,
        ISettlement.Run memory run,
        uint32 day,
        uint8 number
    ) private view {
        IChallenges.StatementProof memory proof;
        proof.leaf = IChallenges.Statement({
            memberId: MemberId.wrap(uint24(_uint(path, ".memberId"))),
            day: TradingDay.wrap(day),
            run: number,
            periodCount: uint16(_uint(path, ".periodCount")),
            periodsRoot: vm.parseJsonBytes32(_vectors, string.concat(path, ".periodsRoot")),
            charges: uint64(_uint(path, ".charges")),
            credits: uint64(_uint(path, ".credits")),
            previous: Money.wrap(int64(vm.parseJsonInt(_vectors, string.concat(path, ".previous")))),
            salt: vm.parseJsonBytes32(_vectors, string.concat(path, ".salt"))
        });
        (proof.a, proof.b) = (uint64(_uint(path, ".a")), uint64(_uint(path, ".b")));
        proof.position = _uint(path, ".position");
        proof.siblings = _siblingsOf(path);
        vm.assertTrue(this.isStatementOf(proof, run), path);
        for (uint256 i = 0; vm.keyExistsJson(_vectors, _item(string.concat(path, ".periods"), i)); ++i) {
            _requirePeriod(_item(string.concat(path, ".periods"), i), i, proof.leaf);
        }
        ++proof.leaf.charges;
        vm.assertFalse(this.isStatementOf(proof, run), path);
    }

    function _requirePeriod(
        string memory path,
        uint256 position,
        IChallenges.Statement memory statement
    ) private view {
        IChallenges.PeriodProof memory proof;
        proof.leaf = this.decode(vm.parseJsonBytes(_vectors, string.concat(path, ".leaf")));
        (proof.a, proof.b) = (uint64(_uint(path, ".a")), uint64(_uint(path, ".b")));
        proof.position = position;
        proof.siblings = _siblingsOf(path);
        vm.assertEq(DeliveryPeriod.unwrap(proof.leaf.period), _uint(path, ".period"), path);
        vm.assertTrue(this.isPeriodOf(proof, statement), path);
        ++proof.leaf.imported;
        vm.assertFalse(this.isPeriodOf(proof, statement), path);
    }

    /// @dev The fields of a period's leaf, cut out of its bytes.
    function decode(bytes calldata leaf) external pure returns (IChallenges.PeriodStatement memory period) {
        period.period = DeliveryPeriod.wrap(uint32(bytes4(leaf[:4])));
        period.bought = uint64(bytes8(leaf[4:12]));
        period.sold = uint64(bytes8(leaf[12:20]));
        period.readingVersion = uint8(leaf[20]);
        period.quality = uint8(leaf[21]);
        period.imported = uint64(bytes8(leaf[22:30]));
        period.exported = uint64(bytes8(leaf[30:38]));
        period.energy = _money(leaf[38:46]);
        period.imbalance = _money(leaf[46:54]);
        period.gridTariff = _money(leaf[54:62]);
        period.levies = _money(leaf[62:70]);
        period.platformFee = _money(leaf[70:78]);
        period.salt = bytes32(leaf[78:]);
    }

    function _money(bytes calldata field) private pure returns (Money) {
        return Money.wrap(int64(uint64(bytes8(field))));
    }

    function _siblingsOf(string memory path) private view returns (bytes[] memory siblings) {
        string memory list = string.concat(path, ".siblings");
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(list, count))) ++count;
        siblings = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            siblings[i] = vm.parseJsonBytes(_vectors, _item(list, i));
        }
    }

    function _uint(string memory path, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_vectors, string.concat(path, key));
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
