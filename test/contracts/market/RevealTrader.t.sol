// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {DeliveryPeriod, MemberId, TraderNumber, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {SealedWeek} from "./SealedWeek.sol";

// revealTrader
//   given any member's link and siblings, anybody reveals it, and nobody else's; a second time changes nothing
//   given a link with any other field, another page, other or more siblings, it reverts
//   given a page with a link that names another key than its trader has, or none, it reverts
//   given a page whose links give one trader to two members, the first counts
//   given a link of another day, area or ledger, it reverts
// traderOf, memberOf
//   given an open day, members are their own traders
//   given a sealed day, they are nobody's until revealed; a member without keys is known to have no number
// keysOf
//   given a sealed day, they are the day's keys where they trade in the period; nobody's where there is no such trader
//   given an open day, there are none
// keyRevokedAt
//   given an open day, it is what the registry says of the key; given a sealed one, nothing until the trader is
//     revealed, then what the registry says of the key from which the day's is derived
contract RevealTraderTest is SealedWeek {
    using SealedDraw for SealedDraw.Book;

    function testFuzz_revealTrader_revealsOneAlone(uint256 seed, uint256 place) public {
        _publishSealed(0, seed);
        MemberId member = _household(place % HOUSEHOLDS);
        ITradingDays.Link memory link = _books[0].linkOf(member);
        _requireUnknown(member, link.trader);

        vm.expectEmit();
        emit ITradingDays.TraderRevealed(AREA, DAY, link.trader, member);
        _books[0].reveal(member);
        (TraderNumber trader, bool isKnown) = tradingDays.traderOf(AREA, DAY, member);
        vm.assertEq(TraderNumber.unwrap(trader), TraderNumber.unwrap(link.trader), "trader");
        vm.assertTrue(isKnown, "known");
        vm.assertEq(
            MemberId.unwrap(tradingDays.memberOf(AREA, DAY, link.trader)),
            MemberId.unwrap(member),
            "member"
        );
        vm.assertEq(tradingDays.revealedCountOf(AREA, DAY), 1, "one");
        vm.assertEq(
            tradingDays.revealedBits(AREA, DAY, 0),
            1 << TraderNumber.unwrap(link.trader),
            "its bit alone"
        );
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            if (i == place % HOUSEHOLDS) continue;
            _requireUnknown(_household(i), _books[0].linkOf(_household(i)).trader);
        }
    }

    function test_revealTrader_changesNothingASecondTime() public {
        _publishSealed(0, 1);
        _books[0].reveal(_household(1));
        vm.recordLogs();
        vm.prank(STRANGER);
        _books[0].reveal(_household(1));
        vm.assertEq(vm.getRecordedLogs().length, 0, "nothing to tell");
        vm.assertEq(tradingDays.revealedCountOf(AREA, DAY), 1, "one");
    }

    /// @dev Traders above 256 have their bits in further words; here all are below.
    function test_revealTrader_revealsEverybody() public {
        _publishSealed(0, 1);
        _registerHousehold();
        _publishSealed(0, 2);
        for (uint256 i = 0; i <= HOUSEHOLDS; ++i) {
            _books[0].reveal(_household(i));
        }
        vm.assertEq(tradingDays.revealedBits(AREA, DAY, 0), 0x7e, "traders 1 to 6");
        vm.assertEq(tradingDays.revealedBits(AREA, DAY, 1), 0, "nobody further");
    }

    function testFuzz_revealTrader_refusesAnyOtherLink(uint256 seed, uint256 field, uint256 value) public {
        _publishSealed(0, seed);
        (uint256 page, uint256 place) = _books[0].find(_household(seed % HOUSEHOLDS));
        ITradingDays.Link memory link = _books[0].pages[page][place];
        bytes32 leaf = keccak256(abi.encode(link));
        bytes32[] memory siblings = SealedDraw.siblingsOf(_books[0].pages[page], place);
        // Area, day and member decide what it is compared with, each in its own test.
        _change(link, field % 6, value);
        vm.assume(keccak256(abi.encode(link)) != leaf);
        vm.expectRevert(_wrongLink(page, link.memberId));
        tradingDays.revealTrader(page, link, siblings);
    }

    function test_revealTrader_refusesOtherSiblings() public {
        _publishSealed(0, 1);
        ITradingDays.Link memory link = _books[0].linkOf(_first);
        bytes32[] memory siblings = SealedDraw.siblingsOf(_books[0].pages[0], 0);
        vm.assertEq(siblings.length, 3, "of eight leaves");
        bytes32[] memory fewer = new bytes32[](2);
        (fewer[0], fewer[1]) = (siblings[0], siblings[1]);
        bytes32[] memory more = new bytes32[](4);
        (more[0], more[1], more[2]) = (siblings[0], siblings[1], siblings[2]);
        bytes32[] memory other = SealedDraw.siblingsOf(_books[0].pages[0], 1);
        bytes32[][3] memory all = [fewer, more, other];
        for (uint256 i = 0; i < all.length; ++i) {
            vm.expectRevert(_wrongLink(0, _first));
            tradingDays.revealTrader(0, link, all[i]);
        }
        vm.expectRevert(_wrongLink(1, _first));
        tradingDays.revealTrader(1, link, siblings);
        tradingDays.revealTrader(0, link, siblings);
    }

    function test_revealTrader_refusesAnotherDayAreaAndLedger() public {
        _publishSealed(0, 1);
        _publishSealed(1, 2);
        ITradingDays.Link memory link = _books[0].linkOf(_first);
        bytes32[] memory siblings = SealedDraw.siblingsOf(_books[0].pages[0], 0);
        link.day = _dayAt(1);
        vm.expectRevert(_wrongLink(0, _first));
        tradingDays.revealTrader(0, link, siblings);
        (link.day, link.area) = (DAY, OTHER_AREA);
        vm.expectRevert(_wrongLink(0, _first));
        tradingDays.revealTrader(0, link, siblings);
        // Where the same was published with other salts, as on any other ledger.
        link = _books[1].linkOf(_first);
        siblings = SealedDraw.siblingsOf(_books[0].pages[0], 0);
        vm.expectRevert(_wrongLink(0, _first));
        tradingDays.revealTrader(0, link, siblings);
    }

    /// @dev The root may be the operator's own; the place of a member in the tree may not.
    function test_revealTrader_refusesALeafOutOfItsPlace() public {
        SealedDraw.Page memory page = _drawn(0, 1);
        (page.links[0], page.links[1]) = (page.links[1], page.links[0]);
        _publishWithLinks(page);
        for (uint256 i = 0; i < 2; ++i) {
            ITradingDays.Link memory link = page.links[i];
            bytes32[] memory siblings = SealedDraw.siblingsOf(page.links, i);
            vm.expectRevert(_wrongLink(0, link.memberId));
            tradingDays.revealTrader(0, link, siblings);
        }
    }

    function test_revealTrader_refusesAMemberThatIsNotThere() public {
        SealedDraw.Page memory page = _drawn(0, 1);
        page.links[0].memberId = SUPPLIER_ID;
        _publishWithLinks(page);
        bytes32[] memory siblings = SealedDraw.siblingsOf(page.links, 0);
        vm.expectRevert(_wrongLink(0, SUPPLIER_ID));
        tradingDays.revealTrader(0, page.links[0], siblings);
    }

    function test_revealTrader_refusesKeysThatTheTraderDoesNotHave() public {
        SealedDraw.Page memory page = _drawn(0, 1);
        page.links[0].key = address(0xbad);
        page.links[1].delegatedKey = address(0);
        page.links[2].delegatedKey = address(0xbad);
        page.links[3].trader = TraderNumber.wrap(uint24(HOUSEHOLDS + 1));
        (page.links[4].trader, page.links[4].key) = (TraderNumber.wrap(0), address(0));
        _publishWithLinks(page);
        for (uint256 i = 0; i < HOUSEHOLDS; ++i) {
            ITradingDays.Link memory link = page.links[i];
            bytes32[] memory siblings = SealedDraw.siblingsOf(page.links, i);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITradingDays.TradingDaysWrongKeys.selector,
                    link.trader,
                    link.key,
                    link.delegatedKey
                )
            );
            tradingDays.revealTrader(0, link, siblings);
        }
    }

    function test_revealTrader_givesATraderToOneMember() public {
        SealedDraw.Page memory page = _drawn(0, 1);
        (page.links[2].trader, page.links[2].key) = (page.links[0].trader, page.links[0].key);
        _publishWithLinks(page);
        tradingDays.revealTrader(0, page.links[2], SealedDraw.siblingsOf(page.links, 2));
        bytes32[] memory siblings = SealedDraw.siblingsOf(page.links, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingDays.TradingDaysTraderTaken.selector,
                page.links[0].trader,
                _household(2)
            )
        );
        tradingDays.revealTrader(0, page.links[0], siblings);
    }

    /// @dev What a day was is revealed when it is over and settled, too: for whoever challenges its later runs.
    function test_revealTrader_isForSettledDays() public {
        _publishSealed(0, 1);
        _release(0);
        vm.warp(_startOf(9));
        _books[0].reveal(_first);
        vm.assertEq(tradingDays.revealedCountOf(AREA, DAY), 1, "revealed");
    }

    function test_revealTrader_knowsTheOnlyMemberOfAPage() public {
        for (uint256 i = 1; i < HOUSEHOLDS; ++i) {
            members.deactivateMember(_household(i));
        }
        _publishSealed(0, 1);
        vm.assertEq(
            tradingDays.linksRootOf(AREA, DAY, 0),
            keccak256(abi.encode(_books[0].linkOf(_first))),
            "its leaf is the root"
        );
        _books[0].reveal(_first);
        vm.assertEq(tradingDays.revealedCountOf(AREA, DAY), 1, "revealed");
    }

    function test_traderOf_knowsWhoHasNoKeys() public {
        members.deactivateMember(_first);
        _publishSealed(0, 1);
        MemberId[3] memory without = [_first, SUPPLIER_ID, MemberId.wrap(0)];
        for (uint256 i = 0; i < without.length; ++i) {
            (TraderNumber trader, bool isKnown) = tradingDays.traderOf(AREA, DAY, without[i]);
            vm.assertEq(TraderNumber.unwrap(trader), 0, "no number");
            vm.assertTrue(isKnown, "which is known");
        }
        vm.assertEq(
            MemberId.unwrap(tradingDays.memberOf(AREA, DAY, TraderNumber.wrap(1_000))),
            0,
            "nobody's number"
        );
    }

    function test_keysOf_areThoseOfTheDayInTheirPeriods() public {
        // The fourth member's delegation is over after ten periods.
        _delegate(_household(3), address(0xde12), _startOf(0) + 10 * 900 - 301);
        _publishSealed(0, 1);
        ITradingDays.Link memory link = _books[0].linkOf(_household(3));
        uint32 period = uint32(_startOf(0) / 900);
        _requireKeys(period + 9, link.trader, link.key, link.delegatedKey);
        _requireKeys(period + 10, link.trader, link.key, address(0));
        _requireKeys(period + 10, _books[0].linkOf(_first).trader, _books[0].linkOf(_first).key, address(0));
        _requireKeys(period, TraderNumber.wrap(0), address(0), address(0));
        _requireKeys(period, TraderNumber.wrap(uint24(HOUSEHOLDS + 1)), address(0), address(0));
        (bool isSealed, address key, address delegatedKey) = tradingDays.keysOf(
            OTHER_AREA,
            DeliveryPeriod.wrap(period),
            link.trader
        );
        vm.assertFalse(isSealed, "another area is open");
        vm.assertEq(key, address(0), "no key");
        vm.assertEq(delegatedKey, address(0), "no delegated key");
    }

    function test_keyRevokedAt_isThatOfTheRegisteredKeyOnceRevealed() public {
        _publishSealed(0, 1);
        ITradingDays.Link memory link = _books[0].linkOf(_household(1));
        uint256 revokedAt = _startOf(0) - 1 days + 5;
        vm.warp(revokedAt);
        vm.prank(_accountOf(_household(1)));
        members.revokeDelegation(_household(1));
        vm.warp(revokedAt + 10);
        _requireRevokedAt(link.trader, link.delegatedKey, revokedAt + 10, 0);
        _books[0].reveal(_household(1));
        _requireRevokedAt(link.trader, link.delegatedKey, revokedAt + 10, revokedAt);
        _requireRevokedAt(link.trader, link.delegatedKey, revokedAt - 1, 0);
        _requireRevokedAt(link.trader, link.key, revokedAt + 10, 0);
        _requireRevokedAt(link.trader, link.registeredDelegate, revokedAt + 10, 0);
        _requireRevokedAt(_books[0].linkOf(_first).trader, link.delegatedKey, revokedAt + 10, 0);
        // What comes after the reveal counts as well.
        vm.warp(revokedAt + 20);
        members.deactivateMember(_household(1));
        _requireRevokedAt(link.trader, link.key, revokedAt + 20, revokedAt + 20);
    }

    function test_keyRevokedAt_isTheRegistrysOnAnOpenDay() public {
        vm.warp(_startOf(0) + 1 hours);
        tradingDays.publishKeys(AREA, DAY, 600);
        members.deactivateMember(_first);
        TraderNumber trader = TraderNumber.wrap(MemberId.unwrap(_first));
        _requireRevokedAt(trader, _accountOf(_first), block.timestamp, block.timestamp);
        vm.assertEq(
            MemberId.unwrap(tradingDays.memberOf(AREA, DAY, trader)),
            MemberId.unwrap(_first),
            "itself"
        );
    }

    function _publishWithLinks(SealedDraw.Page memory page) private {
        tradingDays.publishSealedKeys(AREA, DAY, 600, page.entries, SealedDraw.rootOf(page.links));
    }

    function _change(ITradingDays.Link memory link, uint256 field, uint256 value) private pure {
        if (field == 0) link.trader = TraderNumber.wrap(uint24(value));
        if (field == 1) link.key = address(uint160(value));
        if (field == 2) link.registeredKey = address(uint160(value));
        if (field == 3) link.delegatedKey = address(uint160(value));
        if (field == 4) link.registeredDelegate = address(uint160(value));
        if (field == 5) link.salt = bytes32(value);
    }

    function _requireUnknown(MemberId member, TraderNumber number) private view {
        (TraderNumber trader, bool isKnown) = tradingDays.traderOf(AREA, DAY, member);
        vm.assertEq(TraderNumber.unwrap(trader), 0, "no number");
        vm.assertFalse(isKnown, "not known");
        vm.assertEq(MemberId.unwrap(tradingDays.memberOf(AREA, DAY, number)), 0, "nobody");
    }

    function _requireKeys(
        uint32 period,
        TraderNumber trader,
        address expected,
        address expectedDelegate
    ) private view {
        (bool isSealed, address key, address delegatedKey) = tradingDays.keysOf(
            AREA,
            DeliveryPeriod.wrap(period),
            trader
        );
        vm.assertTrue(isSealed, "sealed");
        vm.assertEq(key, expected, "key");
        vm.assertEq(delegatedKey, expectedDelegate, "delegated key");
    }

    function _requireRevokedAt(
        TraderNumber trader,
        address key,
        uint256 time,
        uint256 expected
    ) private view {
        vm.assertEq(tradingDays.keyRevokedAt(AREA, DAY, trader, key, time), expected, "revoked at");
    }

    function _wrongLink(uint256 page, MemberId member) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITradingDays.TradingDaysWrongLink.selector, page, member);
    }
}
