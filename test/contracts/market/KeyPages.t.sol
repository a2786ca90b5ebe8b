// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {KeyPages} from "../../../contracts/market/KeyPages.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// encode, decode
//   given any entry, encoding makes 38 bytes as ITradingDays lays them out, and decoding gives it back, also among
//     others
// store, load, loadAll, countOf, entryAt, allowanceOn
//   given any entries on any pages, code is STOP and the entries, and each entry is found on its page by index and by
//     member, with whatever number of entries; one that does not exist is zero
//   given too little gas for the contract, it reverts
// tickOf, priceOf
//   given any price of the market, they are each other's inverse
contract KeyPagesTest {
    uint256 private constant LENGTH = 38;

    function _encodedOf(ITradingDays.Entry memory entry) private pure returns (bytes memory encoded) {
        encoded = new bytes(2 * LENGTH);
        KeyPages.put(encoded, 0, entry);
        // Assembly: Solidity cannot shorten an array. There is room for what is written behind the entry.
        assembly ("memory-safe") {
            mstore(encoded, LENGTH)
        }
    }

    function testFuzz_decode_givesBackWhatWasEncoded(uint256 seed) public pure {
        ITradingDays.Entry memory entry = _drawn(seed, uint24(seed));
        bytes memory encoded = _encodedOf(entry);
        vm.assertEq(encoded, _layoutOf(entry), "layout");
        vm.assertEq(encoded.length, LENGTH, "length");
        vm.assertEq(abi.encode(KeyPages.decode(encoded, 0)), abi.encode(entry), "entry");
    }

    function test_decode_givesBackTheLargestEntry() public pure {
        ITradingDays.Entry memory entry = ITradingDays.Entry({
            memberId: MemberId.wrap(type(uint24).max),
            key: address(type(uint160).max),
            sides: type(uint8).max,
            validPeriods: type(uint8).max,
            quantityLimit: EnergyWh.wrap(type(uint32).max),
            lowestPrice: Price.wrap(4_000_000),
            highestPrice: Price.wrap(4_000_000),
            allowance: type(uint40).max
        });
        bytes memory three = bytes.concat(new bytes(LENGTH), _encodedOf(entry), new bytes(LENGTH));
        ITradingDays.Entry memory least;
        (least.lowestPrice, least.highestPrice) = (Price.wrap(-500_000), Price.wrap(-500_000));
        vm.assertEq(abi.encode(KeyPages.decode(three, 0)), abi.encode(least), "before it");
        vm.assertEq(abi.encode(KeyPages.decode(three, 1)), abi.encode(entry), "the largest");
        vm.assertEq(abi.encode(KeyPages.decode(three, 2)), abi.encode(least), "behind it");
        vm.assertEq(KeyPages.numberAt(three, 1, LENGTH), type(uint24).max, "member");
        vm.assertEq(KeyPages.numberAt(three, 2, LENGTH), 0, "the next member");
        vm.assertEq(KeyPages.allowanceAt(three, 0, LENGTH), 0, "the allowance before");
        vm.assertEq(KeyPages.allowanceAt(three, 1, LENGTH), type(uint40).max, "allowance");
    }

    function testFuzz_tickOf_isTheInverseOfPriceOf(uint16 number) public pure {
        uint16 tick = uint16(number % 45_001);
        int24 price = Price.unwrap(KeyPages.priceOf(tick));
        vm.assertEq(price, int256(uint256(tick)) * 100 - 500_000, "price");
        vm.assertEq(KeyPages.tickOf(Price.wrap(price)), tick, "tick");
    }

    /// @dev Three pages of entries that ascend with gaps, every second member with two keys.
    function testFuzz_pages_keepEveryEntry(uint256 seed) public {
        address[] memory pages = new address[](3);
        ITradingDays.Entry[] memory entries = new ITradingDays.Entry[](60);
        uint256 total = 0;
        uint24 memberId = 0;
        for (uint256 page = 0; page < pages.length; ++page) {
            uint256 count = uint256(keccak256(abi.encode(seed, page))) % 21;
            bytes memory packed = "";
            for (uint256 i = 0; i < count; ++i) {
                if (i % 3 != 2) memberId += 2;
                entries[total] = _drawn(uint256(keccak256(abi.encode(seed, page, i))), memberId);
                if (i % 3 == 2) entries[total].allowance = entries[total - 1].allowance;
                packed = bytes.concat(packed, _encodedOf(entries[total]));
                ++total;
            }
            pages[page] = KeyPages.store(packed);
            vm.assertEq(pages[page].code, bytes.concat(hex"00", packed), "code");
            vm.assertEq(KeyPages.countOf(pages[page], LENGTH), count, "count");
        }
        _requireEntries(pages, entries, total);
    }

    function test_store_holdsAsManyAsAPageMay() public {
        bytes memory entries = new bytes(600 * LENGTH);
        for (uint256 i = 0; i < entries.length; ++i) {
            entries[i] = bytes1(uint8(i % 251));
        }
        address page = KeyPages.store(entries);
        vm.assertEq(page.code, bytes.concat(hex"00", entries), "code");
        vm.assertEq(KeyPages.countOf(page, LENGTH), 600, "count");
    }

    /// @dev A page that its caller pays too little gas for is none: nothing is kept of it.
    function test_store_revertsWhereNoContractComesAbout() public {
        vm.expectRevert(abi.encodeWithSelector(KeyPages.KeyPagesNotStored.selector));
        this.store{gas: 3_000_000}(600);
        vm.assertEq(this.store(600).code.length, 600 * LENGTH + 1, "with enough of it");
    }

    function store(uint256 count) external returns (address) {
        return KeyPages.store(new bytes(count * LENGTH));
    }

    function _requireEntries(
        address[] memory pages,
        ITradingDays.Entry[] memory entries,
        uint256 total
    ) private view {
        bytes memory all = KeyPages.load(pages);
        (uint256 start, uint256 count) = KeyPages.loadAll(pages);
        vm.assertEq(all.length, total * LENGTH, "all");
        vm.assertEq(count, total, "count of all");
        for (uint256 i = 0; i < total; ++i) {
            bytes memory expected = abi.encode(entries[i]);
            uint256 member = MemberId.unwrap(entries[i].memberId);
            vm.assertEq(abi.encode(KeyPages.decode(all, i)), expected, "among all");
            vm.assertEq(abi.encode(KeyPages.entryAt(pages, i)), expected, "by index");
            vm.assertEq(KeyPages.numberAt(all, i, LENGTH), member, "member");
            vm.assertEq(_allowanceIn(pages, member), entries[i].allowance, "by member");
            vm.assertEq(_allowanceIn(pages, member - 1), 0, "of nobody in between");
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(start, mul(i, 38)))
            }
            vm.assertEq(word >> 232, member, "in memory");
        }
        vm.assertEq(KeyPages.entryAt(pages, total).key, address(0), "none behind the last");
        vm.assertEq(MemberId.unwrap(KeyPages.entryAt(pages, total).memberId), 0, "of nobody");
        vm.assertEq(_allowanceIn(pages, type(uint24).max), 0, "of the greatest member");
    }

    function _allowanceIn(address[] memory pages, uint256 memberId) private view returns (uint256 sum) {
        for (uint256 i = 0; i < pages.length; ++i) {
            sum += KeyPages.allowanceOn(pages[i], MemberId.wrap(uint24(memberId)), LENGTH);
        }
    }

    function _drawn(uint256 seed, uint24 memberId) private pure returns (ITradingDays.Entry memory) {
        uint256 random = uint256(keccak256(abi.encode(seed)));
        return
            ITradingDays.Entry({
                memberId: MemberId.wrap(memberId),
                key: address(uint160(random)),
                sides: uint8(random >> 160),
                validPeriods: uint8(random >> 168),
                quantityLimit: EnergyWh.wrap(uint32(random >> 176)),
                lowestPrice: _priceFrom(random >> 208),
                highestPrice: _priceFrom(random >> 224),
                allowance: uint40(uint256(keccak256(abi.encode(random))))
            });
    }

    function _priceFrom(uint256 random) private pure returns (Price) {
        return Price.wrap(int24(int256(random % 45_001) * 100 - 500_000));
    }

    /// @dev As the interface describes it, from nothing of the library.
    function _layoutOf(ITradingDays.Entry memory entry) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                entry.memberId,
                entry.key,
                entry.sides,
                entry.validPeriods,
                entry.quantityLimit,
                uint16(uint256((int256(Price.unwrap(entry.lowestPrice)) + 500_000) / 100)),
                uint16(uint256((int256(Price.unwrap(entry.highestPrice)) + 500_000) / 100)),
                entry.allowance
            );
    }
}
