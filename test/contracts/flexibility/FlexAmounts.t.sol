// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FlexAmounts} from "../../../contracts/flexibility/FlexAmounts.sol";
import {PackedCalls} from "../../../contracts/flexibility/PackedCalls.sol";
import {PackedPeriods} from "../../../contracts/flexibility/PackedPeriods.sol";
import {PenaltyBands} from "../../../contracts/flexibility/PenaltyBands.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {vm} from "../Vm.sol";

// Given the cases of the vectors, which the domain's rules run as well
//   power and price at a factor, the cap, the price of a reserve and the pledge are the vectors'
// Given any power, price and factor
//   a part is never more than the whole, nor dearer for a W; what is within the cap stays so in any part
// Given any periods or calls, they are read as they were packed
contract FlexAmountsTest {
    using PackedCalls for uint256[4];
    using PackedPeriods for bytes;
    using PenaltyBands for bytes;

    string private _vectors;
    uint256[4] private _words;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/flex-order.json");
    }

    function test_vectors_scaleByTheFactor() public view {
        uint256 count = 0;
        for (; vm.keyExistsJson(_vectors, _item(".scaling", count)); ++count) {
            string memory item = _item(".scaling", count);
            uint256 factor = _number(item, ".factor");
            int256 power = vm.parseJsonInt(_vectors, string.concat(item, ".power"));
            int256 ordered = vm.parseJsonInt(_vectors, string.concat(item, ".orderedPower"));
            vm.assertEq(FlexAmounts.powerAt(factor, power), ordered, item);
            uint256 price = FlexAmounts.priceAt(factor, _number(item, ".price"));
            vm.assertEq(price, _number(item, ".orderedPrice"), item);
        }
        vm.assertTrue(count > 5, "there are vectors");
    }

    function test_vectors_tellWhatIsWithinTheCap() public view {
        uint256 count = 0;
        for (; vm.keyExistsJson(_vectors, _item(".cap", count)); ++count) {
            string memory item = _item(".cap", count);
            bool isWithinCap = FlexAmounts.isWithinCap(
                _number(item, ".price"),
                _number(item, ".power"),
                _number(item, ".effectPpm"),
                _number(item, ".priceCap")
            );
            vm.assertTrue(isWithinCap == (_number(item, ".isWithinCap") == 1), item);
        }
        vm.assertTrue(count > 5, "there are vectors");
    }

    function test_vectors_priceAReserve() public view {
        uint256 count = 0;
        for (; vm.keyExistsJson(_vectors, _item(".direct", count)); ++count) {
            string memory item = _item(".direct", count);
            uint256 energy = 0;
            for (uint256 i = 0; vm.keyExistsJson(_vectors, _itemOf(item, ".powers", i)); ++i) {
                energy += FlexAmounts.energyOver(_number(_itemOf(item, ".powers", i), ""));
            }
            vm.assertEq(energy, _number(item, ".energyWh"), item);
            uint256 price = FlexAmounts.priceOf(energy, _number(item, ".utilisationPrice"));
            vm.assertEq(price, _number(item, ".price"), item);
        }
        vm.assertTrue(count > 2, "there are vectors");
    }

    function test_vectors_pledgeWhatIsOwedWithoutDelivery() public view {
        uint256 count = 0;
        for (; vm.keyExistsJson(_vectors, _item(".pledge", count)); ++count) {
            string memory item = _item(".pledge", count);
            bytes memory bands = _bandsOf(item);
            uint256 pledge = 0;
            for (uint256 i = 0; vm.keyExistsJson(_vectors, _itemOf(item, ".powers", i)); ++i) {
                uint256 energy = FlexAmounts.energyOver(_number(_itemOf(item, ".powers", i), ""));
                pledge += bands.penaltyOf(energy, energy);
            }
            vm.assertEq(pledge, _number(item, ".pledge"), item);
        }
        vm.assertTrue(count > 5, "there are vectors");
    }

    function testFuzz_parts_areNeverDearerThanTheWhole(
        uint8 factor,
        uint32 power,
        uint64 price,
        uint32 effect,
        uint32 cap
    ) public pure {
        factor = 1 + (factor % 100);
        power = 1 + (power % (2 ** 31 - 1));
        price = (price % 1_000_000_001) * 100;
        (effect, cap) = (1 + (effect % 1_000_000), cap % 100_000_001);
        uint256 part = uint256(FlexAmounts.powerAt(factor, int256(uint256(power))));
        uint256 partOfPrice = FlexAmounts.priceAt(factor, price);
        vm.assertTrue(part <= power && part != 0, "no more than the whole");
        vm.assertTrue(partOfPrice * power <= uint256(price) * part, "nor dearer for a W");
        vm.assertTrue(partOfPrice % 100 == 0, "on the step");
        if (FlexAmounts.isWithinCap(price, power, effect, cap)) {
            vm.assertTrue(FlexAmounts.isWithinCap(partOfPrice, part, effect, cap), "within the cap");
        }
    }

    function testFuzz_powerIn_isOfOneDirection(int32 power) public pure {
        vm.assume(power != type(int32).min);
        uint256 less = FlexAmounts.powerIn(IFlexProducts.Direction.ConsumeLess, power);
        uint256 more = FlexAmounts.powerIn(IFlexProducts.Direction.ConsumeMore, power);
        vm.assertEq(int256(more) - int256(less), int256(power), "all of it");
        vm.assertTrue(less == 0 || more == 0, "in one direction");
    }

    function testFuzz_periods_areReadAsTheyWerePacked(
        uint32[5] memory periods,
        int32[5] memory powers
    ) public view {
        bytes memory packed = PackedPeriods.roomFor(5);
        bytes memory expected;
        for (uint256 i = 0; i < 5; ++i) {
            packed.put(i, periods[i], powers[i]);
            expected = bytes.concat(expected, abi.encodePacked(periods[i], powers[i]));
        }
        vm.assertEq(packed, expected, "as abi.encodePacked does");
        for (uint256 i = 0; i < 5; ++i) {
            (uint256 period, int256 power) = packed.placedAt(i);
            vm.assertTrue(period == periods[i] && power == powers[i], "of memory");
            (period, power) = this.offeredAt(packed, i);
            vm.assertTrue(period == periods[i] && power == powers[i], "of calldata");
        }
    }

    function testFuzz_requested_isReadAsItWasPacked(
        uint32 period,
        bool isRequested,
        int32 least,
        int32 most
    ) public view {
        bytes memory packed = abi.encodePacked(uint32(1), uint8(0), int32(0), int32(0));
        packed = bytes.concat(packed, abi.encodePacked(period, isRequested, least, most));
        PackedPeriods.Requested memory found = this.requestedAt(packed, 1);
        vm.assertEq(
            keccak256(abi.encode(found)),
            keccak256(abi.encode(PackedPeriods.Requested(period, isRequested, least, most))),
            "as it was packed"
        );
    }

    function testFuzz_calls_areReadAsTheyWerePacked(uint256 seed, uint8 length, uint8 place) public {
        length = 1 + (length % 8);
        PackedCalls.ServiceCall[] memory calls = new PackedCalls.ServiceCall[](0);
        for (uint256 i = 0; i < length; ++i) {
            _words.insert(calls, place % (i + 1), _callOf(uint256(keccak256(abi.encode(seed, i)))));
            PackedCalls.ServiceCall[] memory found = _words.load();
            vm.assertEq(found.length, i + 1, "one more");
            vm.assertEq(
                keccak256(abi.encode(found[place % (i + 1)])),
                keccak256(abi.encode(_callOf(uint256(keccak256(abi.encode(seed, i)))))),
                "in its place"
            );
            calls = found;
        }
        PackedCalls.ServiceCall[] memory rest = _words.remove(calls, place % length);
        vm.assertEq(keccak256(abi.encode(_words.load())), keccak256(abi.encode(rest)), "one less");
        vm.assertEq(rest.length, uint256(length) - 1, "one less");
    }

    function offeredAt(bytes calldata packed, uint256 position) external pure returns (uint256, int256) {
        return packed.offeredAt(position);
    }

    function requestedAt(
        bytes calldata packed,
        uint256 position
    ) external pure returns (PackedPeriods.Requested memory) {
        return packed.requestedAt(position);
    }

    function _bandsOf(string memory item) private view returns (bytes memory bands) {
        for (uint256 i = 0; vm.keyExistsJson(_vectors, _itemOf(item, ".bands", i)); ++i) {
            string memory band = _itemOf(item, ".bands", i);
            bands = bytes.concat(
                bands,
                abi.encodePacked(uint16(_number(band, ".abovePermille")), uint32(_number(band, ".price")))
            );
        }
    }

    function _number(string memory item, string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_vectors, string.concat(item, key));
    }

    function _callOf(uint256 seed) private pure returns (PackedCalls.ServiceCall memory) {
        return
            PackedCalls.ServiceCall({
                orderId: 1 + (uint32(seed) >> 1),
                ordered: uint32(seed >> 32),
                served: uint32(seed >> 64),
                rank: uint8(seed >> 96),
                direction: IFlexProducts.Direction(uint8((seed >> 104) & 1))
            });
    }

    function _itemOf(
        string memory item,
        string memory list,
        uint256 position
    ) private pure returns (string memory) {
        return _item(string.concat(item, list), position);
    }

    function _item(string memory list, uint256 position) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(position), "]");
    }
}
