// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {SealedPages} from "../../../contracts/market/SealedPages.sol";
import {AreaId, MemberId, TraderNumber, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";

// Given sealed pages that were made elsewhere
//   links have their leaves, these their places in the tree, and the page says what the open one would
//   the lock page is that of the open page's members
// Given any two pages of words
//   they are the same if and only if the words are, in whatever sequence
// Given any number of leaves, each is at its index and at no other
contract SealedPagesTest {
    function test_vectors_areVerified() public view {
        string memory vectors = vm.readFile("test/vectors/sealed-keys.json");
        uint256 count = 0;
        for (
            string memory path = ".cases[0]";
            vm.keyExistsJson(vectors, path);
            path = _item(".cases", ++count)
        ) {
            bytes memory open = vm.parseJsonBytes(vectors, string.concat(path, ".openEntries"));
            bytes memory entries = vm.parseJsonBytes(vectors, string.concat(path, ".entries"));
            vm.assertTrue(SealedPages.isSame(open, entries), "says the same");
            bytes memory lockPage = vm.parseJsonBytes(vectors, string.concat(path, ".lockPage"));
            vm.assertEq(bytes.concat(hex"00", SealedPages.locksOf(open)), lockPage, "locks");
            _requireLinks(vectors, path);
        }
        vm.assertEq(count, 3, "cases");
    }

    function test_countTraders_countsNumbersOnceOrTwice() public view {
        string memory vectors = vm.readFile("test/vectors/sealed-keys.json");
        bytes memory five = vm.parseJsonBytes(vectors, ".cases[0].entries");
        vm.assertEq(SealedPages.countTraders(five, 0), 5, "five");
        vm.assertEq(SealedPages.countTraders("", 5), 5, "nobody");
        bytes memory later = vm.parseJsonBytes(vectors, ".cases[1].entries");
        vm.assertEq(SealedPages.countTraders(later, 300), 301, "another");
    }

    /// @dev Up to eight words of few different ones, so that they are the same now and then.
    function testFuzz_isSame_whereTheWordsAre(uint256 seed, uint8 length) public pure {
        uint256 count = length % 9;
        uint256[] memory left = new uint256[](count);
        uint256[] memory right = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            left[i] = uint256(keccak256(abi.encode(seed, i))) % 3;
            right[i] = uint256(keccak256(abi.encode(seed, i + count))) % 3;
        }
        vm.assertTrue(SealedPages.isSame(_page(left), _page(left)), "itself");
        vm.assertTrue(
            SealedPages.isSame(_page(left), _page(right)) == (_countsOf(left) == _countsOf(right)),
            "the same words"
        );
    }

    function test_isSame_isNotFooledByWordsThatAddUpOrMultiply() public pure {
        uint256[] memory left = new uint256[](2);
        uint256[] memory right = new uint256[](2);
        (left[0], left[1], right[0], right[1]) = (1, 6, 2, 5);
        vm.assertFalse(SealedPages.isSame(_page(left), _page(right)), "the same sum");
        (left[0], left[1], right[0], right[1]) = (3, 4, 2, 6);
        vm.assertFalse(SealedPages.isSame(_page(left), _page(right)), "the same product");
        // Of three entries, one of two members' own and one delegated: whose it is counts.
        vm.assertFalse(
            SealedPages.isSame(
                abi.encodePacked(_entry(1, 7), _entry(1, 8), _entry(2, 9)),
                abi.encodePacked(_entry(1, 7), _entry(2, 9), _entry(2, 8))
            ),
            "another's delegated entry"
        );
        vm.assertFalse(
            SealedPages.isSame(
                abi.encodePacked(_entry(1, 7), _entry(1, 8)),
                abi.encodePacked(_entry(1, 7), _entry(2, 8))
            ),
            "two traders of one"
        );
    }

    function testFuzz_isLeaf_atItsIndexAlone(uint256 seed, uint8 size) public view {
        uint256 count = 1 + (size % 20);
        ITradingDays.Link[] memory links = new ITradingDays.Link[](count);
        for (uint256 i = 0; i < count; ++i) {
            links[i].salt = keccak256(abi.encode(seed, i));
        }
        bytes32 root = SealedDraw.rootOf(links);
        uint256 place = seed % count;
        bytes32 leaf = keccak256(abi.encode(links[place]));
        bytes32[] memory siblings = SealedDraw.siblingsOf(links, place);
        for (uint256 index = 0; index < count; ++index) {
            vm.assertTrue(this.isLeaf(root, leaf, index, count, siblings) == (index == place), "its place");
        }
        vm.assertFalse(this.isLeaf(root, leaf, place, 2 * count + 1, siblings), "of a higher tree");
    }

    function isLeaf(
        bytes32 root,
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata siblings
    ) external pure returns (bool) {
        return SealedPages.isLeaf(root, leaf, index, count, siblings);
    }

    function _requireLinks(string memory vectors, string memory path) private view {
        bytes32 root = vm.parseJsonBytes32(vectors, string.concat(path, ".root"));
        string memory all = string.concat(path, ".links");
        uint256 count = 0;
        while (vm.keyExistsJson(vectors, _item(all, count))) ++count;
        for (uint256 i = 0; i < count; ++i) {
            string memory one = _item(all, i);
            bytes32 leaf = keccak256(abi.encode(_linkAt(vectors, one)));
            vm.assertEq(leaf, vm.parseJsonBytes32(vectors, string.concat(one, ".hash")), "leaf");
            bytes32[] memory siblings = _siblingsAt(vectors, string.concat(one, ".siblings"));
            vm.assertTrue(this.isLeaf(root, leaf, i, count, siblings), "in its place");
        }
        if (count == 0) vm.assertEq(root, bytes32(0), "nobody's");
    }

    function _linkAt(
        string memory vectors,
        string memory path
    ) private pure returns (ITradingDays.Link memory link) {
        link.area = AreaId.wrap(uint32(_uint(vectors, path, ".area")));
        link.day = TradingDay.wrap(uint32(_uint(vectors, path, ".day")));
        link.trader = TraderNumber.wrap(uint24(_uint(vectors, path, ".trader")));
        link.memberId = MemberId.wrap(uint24(_uint(vectors, path, ".memberId")));
        link.key = vm.parseJsonAddress(vectors, string.concat(path, ".key"));
        link.registeredKey = vm.parseJsonAddress(vectors, string.concat(path, ".registeredKey"));
        link.delegatedKey = vm.parseJsonAddress(vectors, string.concat(path, ".delegatedKey"));
        link.registeredDelegate = vm.parseJsonAddress(vectors, string.concat(path, ".registeredDelegate"));
        link.salt = vm.parseJsonBytes32(vectors, string.concat(path, ".salt"));
    }

    function _siblingsAt(
        string memory vectors,
        string memory path
    ) private view returns (bytes32[] memory siblings) {
        uint256 count = 0;
        while (vm.keyExistsJson(vectors, _item(path, count))) ++count;
        siblings = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            siblings[i] = vm.parseJsonBytes32(vectors, _item(path, i));
        }
    }

    function _uint(
        string memory vectors,
        string memory path,
        string memory field
    ) private pure returns (uint256) {
        return vm.parseJsonUint(vectors, string.concat(path, field));
    }

    function _item(string memory path, uint256 index) private pure returns (string memory) {
        return string.concat(path, "[", vm.toString(index), "]");
    }

    /// @dev A page with one entry for each word.
    function _page(uint256[] memory words) private pure returns (bytes memory page) {
        for (uint256 i = 0; i < words.length; ++i) {
            page = bytes.concat(page, _entry(i + 1, words[i]));
        }
    }

    function _entry(uint256 number, uint256 attributes) private pure returns (bytes memory) {
        return abi.encodePacked(uint24(number), address(1), uint120(attributes));
    }

    function _countsOf(uint256[] memory words) private pure returns (uint256 counts) {
        for (uint256 i = 0; i < words.length; ++i) {
            counts += 1 << (8 * words[i]);
        }
    }
}
