// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SimilarDays} from "../../../contracts/flexibility/SimilarDays.sol";
import {vm} from "../Vm.sol";

// Given the cases of the vectors, which the domain's rule runs as well
//   each mean is the vectors', before and after its adjustment, and an adjustment is made where theirs is
//   each source names ten days, ascending
// Given any fraction, the nearest integer is found, and of two the even one; its opposite is the opposite's
contract SimilarDaysTest {
    using SimilarDays for SimilarDays.Means;

    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/flex-baselines.json");
    }

    function test_vectors_areRecomputed() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".cases", count))) {
            _requireCase(_item(".cases", count++));
        }
        vm.assertTrue(count > 20, "there are vectors");
    }

    function testFuzz_roundHalfEven_isTheNearest(int64 numerator, uint32 denominator) public pure {
        vm.assume(denominator != 0);
        int256 whole = int256(uint256(denominator));
        int256 rounded = SimilarDays.roundHalfEven(numerator, whole);
        int256 twice = 2 * (int256(numerator) - rounded * whole);
        vm.assertTrue(twice <= whole && -twice <= whole, "nearest");
        if (twice == whole || -twice == whole) vm.assertEq(rounded % 2, 0, "even");
        vm.assertEq(SimilarDays.roundHalfEven(-int256(numerator), whole), -rounded, "opposite");
    }

    function read(
        bytes calldata source
    ) external pure returns (bool isSource, uint256[] memory daysUsed, uint256 status) {
        return SimilarDays.read(source);
    }

    function _requireCase(string memory path) private view {
        SimilarDays.Means memory means = _meansOf(path);
        int256 sign = _int(path, ".isConsumeMore") == 1 ? int256(-1) : int256(1);
        vm.assertEq(sign * means.unadjusted(), _int(path, ".unadjustedWh"), path);
        uint256 adjustment = uint256(_int(path, ".adjustment"));
        bool isAdjusted = _int(path, ".isAdjusted") == 1;
        if (adjustment != 0) {
            (bool exists, int256 use) = means.adjusted(adjustment, uint256(_int(path, ".capPercent")));
            vm.assertTrue(exists == isAdjusted, path);
            if (exists) vm.assertEq(sign * use, _int(path, ".baselineWh"), path);
        }
        if (!isAdjusted) vm.assertEq(_int(path, ".baselineWh"), _int(path, ".unadjustedWh"), path);
        _requireSource(
            path,
            adjustment == 0
                ? 0
                : isAdjusted
                    ? 2
                    : 1
        );
    }

    function _requireSource(string memory path, uint256 expected) private view {
        (bool isSource, uint256[] memory daysUsed, uint256 status) = this.read(
            vm.parseJsonBytes(_vectors, string.concat(path, ".source"))
        );
        vm.assertTrue(isSource, path);
        vm.assertEq(daysUsed.length, 10, path);
        for (uint256 i = 1; i < 10; ++i) vm.assertTrue(daysUsed[i] > daysUsed[i - 1], path);
        vm.assertEq(status, expected, path);
    }

    function _meansOf(string memory path) private view returns (SimilarDays.Means memory means) {
        string memory list = string.concat(path, ".days");
        uint256 own = uint256(_int(path, ".own"));
        uint256 compared = _countOf(string.concat(_item(list, 0), ".uses"));
        uint256 window = _countOf(string.concat(path, ".window"));
        means.begin(_countOf(list), compared, window);
        for (uint256 day = 0; vm.keyExistsJson(_vectors, _item(list, day)); ++day) {
            for (uint256 i = 0; i < compared; ++i) {
                means.take(i, own, _int(_item(string.concat(_item(list, day), ".uses"), i), ""));
            }
            for (uint256 i = 0; i < window; ++i) {
                means.expected += _int(_item(string.concat(_item(list, day), ".window"), i), "");
            }
        }
        for (uint256 i = 0; i < window; ++i) {
            means.windowUse += _int(_item(string.concat(path, ".window"), i), "");
        }
    }

    function _countOf(string memory list) private view returns (uint256 count) {
        while (vm.keyExistsJson(_vectors, _item(list, count))) ++count;
    }

    function _int(string memory path, string memory key) private view returns (int256) {
        return vm.parseJsonInt(_vectors, string.concat(path, key));
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
