// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {SettlementLines} from "../../../contracts/settlement/SettlementLines.sol";
import {TraderNumber} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given the cases of the vectors, which the domain's rule runs as well
//   each household's fills, lines and sums are the vectors', to the micro-euro
//   supplier, DSO, tax authority and platform operator get exactly the sums of the households' lines
//   the energy lines of a session sum to zero
// Given fills in one chunk or in several, what was traded is the same
// Given any session, energy lines sum to zero and share the rounded whole
// Given any household, no line but energy exceeds its exact value, and each is less than a micro-euro below it
contract SettlementLinesTest {
    using SettlementLines for SettlementLines.Lines;

    uint24 private constant MOST_MEMBERS = 8;

    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/settlement-lines.json");
    }

    function test_vectors_areRecomputed() public view {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _item(".cases", count))) {
            _requireCase(_item(".cases", count++));
        }
        vm.assertTrue(count > 10, "there are vectors");
    }

    function test_tradedOf_readsChunksAsOne() public view {
        bytes[] memory one = new bytes[](1);
        one[0] = bytes.concat(_fill(1, 5, false), _fill(2, 7, false), _fill(2, 3, true), _fill(3, 9, true));
        bytes[] memory several = new bytes[](3);
        several[0] = _fill(1, 5, false);
        several[2] = bytes.concat(_fill(2, 7, false), _fill(2, 3, true), _fill(3, 9, true));
        SettlementLines.Traded memory traded = this.tradedOf(one, TraderNumber.wrap(2));
        vm.assertEq(
            keccak256(abi.encode(traded)),
            keccak256(abi.encode(SettlementLines.Traded(5, 7, 0, 3))),
            "of one chunk"
        );
        vm.assertEq(
            keccak256(abi.encode(this.tradedOf(several, TraderNumber.wrap(2)))),
            keccak256(abi.encode(traded)),
            "of three"
        );
    }

    function testFuzz_energyLines_sumToZero(uint256 seed, int24 price) public view {
        bytes[] memory fills = new bytes[](1);
        uint32 rest = 0;
        for (uint24 id = 1; id <= MOST_MEMBERS; ++id) {
            uint32 bought = uint32(uint256(keccak256(abi.encode(seed, id))) % 20_000);
            fills[0] = bytes.concat(fills[0], _fill(id, bought, false));
            rest += bought;
            // What was bought by all so far is sold by some of them.
            uint32 sold =
                id == MOST_MEMBERS ? rest : uint32(uint256(keccak256(abi.encode(id, seed))) % (rest + 1));
            fills[0] = bytes.concat(fills[0], _fill(id, sold, true));
            rest -= sold;
        }
        int256 sum = 0;
        IAreaRegistry.Tariff memory tariff;
        SettlementLines.Metered memory metered;
        for (uint24 id = 1; id <= MOST_MEMBERS; ++id) {
            SettlementLines.Traded memory traded = this.tradedOf(fills, TraderNumber.wrap(id));
            sum += SettlementLines.linesOf(price, tariff, traded, metered).energy;
        }
        vm.assertEq(sum, 0, "sum");
    }

    function testFuzz_lines_areRoundedInTheMembersFavour(
        uint32[4] memory energy,
        int24[4] memory rates
    ) public pure {
        IAreaRegistry.Tariff memory tariff = IAreaRegistry.Tariff({
            retail: rates[0],
            feedIn: rates[1],
            grid: rates[2] < 0 ? int24(0) : rates[2],
            gridLocal: 0,
            levy: rates[3] < 0 ? int24(0) : rates[3],
            platformFee: 77
        });
        SettlementLines.Traded memory traded = SettlementLines.Traded(0, energy[0], 0, energy[1]);
        SettlementLines.Lines memory lines = SettlementLines.linesOf(
            0,
            tariff,
            traded,
            SettlementLines.Metered(energy[2], energy[3])
        );
        int256 net = int256(uint256(energy[2])) - int256(uint256(energy[3]));
        int256 shortage = net - (int256(uint256(energy[0])) - int256(uint256(energy[1])));
        _requireFloor(lines.imbalance, shortage * (shortage > 0 ? tariff.retail : tariff.feedIn));
        _requireFloor(lines.levies, int256(uint256(energy[2])) * tariff.levy);
        _requireFloor(lines.platformFee, int256(uint256(energy[0])) * 77);
        uint256 local = energy[0] > energy[1] ? energy[0] - energy[1] : 0;
        uint256 outside = local < energy[2] ? energy[2] - local : 0;
        _requireFloor(lines.gridTariff, int256(outside) * tariff.grid);
        (uint256 charges, uint256 credits) = lines.sumsOf();
        vm.assertEq(
            int256(charges) - int256(credits),
            lines.energy + lines.imbalance + lines.gridTariff + lines.levies + lines.platformFee,
            "sums"
        );
    }

    function tradedOf(
        bytes[] calldata fills,
        TraderNumber trader
    ) external pure returns (SettlementLines.Traded memory) {
        return SettlementLines.tradedOf(fills, trader);
    }

    function _requireFloor(int256 line, int256 exact) private pure {
        vm.assertTrue(line * 1_000 <= exact && exact < (line + 1) * 1_000, "rounded down");
    }

    function _requireCase(string memory path) private view {
        IAreaRegistry.Tariff memory tariff = _tariffOf(string.concat(path, ".tariff"));
        int256 price = vm.parseJsonInt(_vectors, string.concat(path, ".price"));
        bytes[] memory fills = new bytes[](1);
        fills[0] = vm.parseJsonBytes(_vectors, string.concat(path, ".fills"));
        SettlementLines.Lines memory households;
        SettlementLines.Lines memory counterparties;
        uint256 count = 0;
        string memory list = string.concat(path, ".statements");
        while (vm.keyExistsJson(_vectors, _item(list, count))) {
            string memory statement = _item(list, count++);
            if (_uint(statement, ".isHousehold") == 1) {
                _requireHousehold(statement, price, tariff, fills);
                _add(households, _linesOf(statement));
            } else {
                _add(counterparties, _linesOf(statement));
            }
        }
        vm.assertTrue(count != 0, "statements");
        vm.assertEq(households.energy + counterparties.energy, 0, "energy");
        vm.assertEq(households.imbalance, -counterparties.imbalance, "imbalance");
        vm.assertEq(households.gridTariff, -counterparties.gridTariff, "grid tariff");
        vm.assertEq(households.levies, -counterparties.levies, "levies");
        vm.assertEq(households.platformFee, -counterparties.platformFee, "platform fee");
    }

    function _requireHousehold(
        string memory path,
        int256 price,
        IAreaRegistry.Tariff memory tariff,
        bytes[] memory fills
    ) private view {
        TraderNumber trader = TraderNumber.wrap(uint24(_uint(path, ".memberId")));
        SettlementLines.Traded memory traded = this.tradedOf(fills, trader);
        vm.assertEq(traded.bought, _uint(path, ".boughtWh"), path);
        vm.assertEq(traded.sold, _uint(path, ".soldWh"), path);
        SettlementLines.Lines memory lines = SettlementLines.linesOf(
            price,
            tariff,
            traded,
            SettlementLines.Metered(_uint(path, ".importWh"), _uint(path, ".exportWh"))
        );
        vm.assertEq(keccak256(abi.encode(lines)), keccak256(abi.encode(_linesOf(path))), path);
        (uint256 charges, uint256 credits) = lines.sumsOf();
        vm.assertEq(charges, _uint(path, ".charges"), path);
        vm.assertEq(credits, _uint(path, ".credits"), path);
    }

    function _linesOf(string memory path) private view returns (SettlementLines.Lines memory) {
        return
            SettlementLines.Lines(
                vm.parseJsonInt(_vectors, string.concat(path, ".energy")),
                vm.parseJsonInt(_vectors, string.concat(path, ".imbalance")),
                vm.parseJsonInt(_vectors, string.concat(path, ".gridTariff")),
                vm.parseJsonInt(_vectors, string.concat(path, ".levies")),
                vm.parseJsonInt(_vectors, string.concat(path, ".platformFee"))
            );
    }

    function _tariffOf(string memory path) private view returns (IAreaRegistry.Tariff memory) {
        return
            IAreaRegistry.Tariff(
                _rate(path, ".retail"),
                _rate(path, ".feedIn"),
                _rate(path, ".grid"),
                _rate(path, ".gridLocal"),
                _rate(path, ".levy"),
                _rate(path, ".platformFee")
            );
    }

    function _rate(string memory path, string memory key) private view returns (int24) {
        return int24(vm.parseJsonInt(_vectors, string.concat(path, key)));
    }

    function _uint(string memory path, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_vectors, string.concat(path, key));
    }

    function _add(SettlementLines.Lines memory sum, SettlementLines.Lines memory lines) private pure {
        sum.energy += lines.energy;
        sum.imbalance += lines.imbalance;
        sum.gridTariff += lines.gridTariff;
        sum.levies += lines.levies;
        sum.platformFee += lines.platformFee;
    }

    function _fill(uint24 memberId, uint32 quantity, bool isOffer) private pure returns (bytes memory) {
        return abi.encodePacked(memberId, isOffer ? quantity | (uint32(1) << 31) : quantity);
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }
}
