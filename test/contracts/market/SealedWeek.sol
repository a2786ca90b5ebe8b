// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {MemberId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {TradingWeek} from "./TradingWeek.sol";

/// @dev A trading week whose area is sealed before its first day: five households, of which the second and the fourth
/// delegate, and the third has thrice as much as the others.
abstract contract SealedWeek is TradingWeek {
    using SealedDraw for SealedDraw.Book;

    uint256 internal constant HOUSEHOLDS = 5;

    MemberId internal _first;
    mapping(uint256 number => SealedDraw.Book) internal _books;

    function setUp() public virtual override {
        super.setUp();
        _first = _registerHouseholds(HOUSEHOLDS);
        _delegate(_household(1), address(0xde10), _startOf(5));
        _delegate(_household(3), address(0xde11), _startOf(5));
        _fund(_household(2), 2 * DEPOSIT);
        tradingDays.sealKeys(AREA);
    }

    /// @param number From 0.
    function _household(uint256 number) internal view returns (MemberId) {
        return MemberId.wrap(uint24(MemberId.unwrap(_first) + number));
    }

    function _bookOf(uint256 number) internal returns (SealedDraw.Book storage book) {
        book = _books[number];
        if (address(book.tradingDays) == address(0)) book.open(tradingDays, AREA, _dayAt(number));
    }

    /// @dev The next sealed page of the day, as soon as that is possible, or now.
    function _publishSealed(uint256 number, uint256 seed) internal {
        uint256 opening = _startOf(number) - 1 days;
        if (block.timestamp < opening) vm.warp(opening);
        _bookOf(number).publish(seed);
    }

    function _drawn(uint256 number, uint256 seed) internal returns (SealedDraw.Page memory) {
        uint256 opening = _startOf(number) - 1 days;
        if (block.timestamp < opening) vm.warp(opening);
        return _bookOf(number).draw(seed);
    }

    function _submit(uint256 number, bytes memory entries) internal {
        tradingDays.publishSealedKeys(AREA, _dayAt(number), 600, entries, "root");
    }

    function _wrongEntries(uint256 number) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ITradingDays.TradingDaysWrongEntries.selector, AREA, _dayAt(number));
    }

    /// @dev A part of the page, in entries.
    function _part(
        bytes memory entries,
        uint256 from,
        uint256 count
    ) internal pure returns (bytes memory part) {
        part = new bytes(count * SealedDraw.LENGTH);
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(entries, 32), mul(from, 38)), mul(count, 38))
        }
    }

    function _toPowerOfTwo(uint256 amount) internal pure returns (uint256 power) {
        if (amount == 0) return 0;
        power = 1;
        while (2 * power <= amount) power *= 2;
    }
}
