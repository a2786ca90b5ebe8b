// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {WalletMock} from "../../../contracts/mocks/WalletMock.sol";
import {DeliveryPeriod, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";
import {SealedDraw} from "./SealedDraw.sol";
import {SealedNeighbourhood} from "./SealedNeighbourhood.sol";
import {Session} from "./Session.sol";

// clear, on a sealed day
//   given orders of the day's keys under trader numbers, they clear, and fills have these numbers
//   given orders of registered keys, or under member numbers, they are void
//   given any members whose keys were revoked before gate closure, and any who are revealed before the clearing, before
//     or after the revocation, orders of those who are both are void, and no others
//   given a key revoked after gate closure, or another key of the member, its order takes part
// requireValidOrder
//   given a revoked key, it reverts once its trader is revealed
// commitOrder
//   given a trader's own key, its delegated one or the operator, it commits, the one before the others; registered
//     keys, accounts, keys of other traders and of another period, and anybody for a trader that there is not, do not
//   given a revoked delegated key, it does not commit once its trader is revealed, and the trader's own still does; given
//     that one revoked, neither does the operator
//   given a contract as registered key, it commits by itself
//   given a day of which no page is published, nobody commits
// openOrder
//   given a committed order of a day's key, it is opened and takes part
contract SealedSessionTest is Session, SealedNeighbourhood {
    using SealedDraw for SealedDraw.Book;

    uint256 private constant MEMBERS = 6;
    uint256 private constant DELEGATE = 0xde1e;

    MemberId private _first;
    MemberId private _seller;
    MemberId private _walletMember;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _first = _registerHouseholds(MEMBERS);
        _seller = _member(MEMBERS - 1);
        vm.prank(_accountOf(_first));
        members.delegateTrading(
            _first,
            IMemberRegistry.Delegation({
                key: vm.addr(DELEGATE),
                sides: 3,
                quantityLimit: QUANTITY_LIMIT,
                lowestPrice: Price.wrap(0),
                highestPrice: Price.wrap(300_000),
                expiry: uint32(GATE_CLOSURE)
            })
        );
        WalletMock wallet = new WalletMock(vm.addr(DELEGATE));
        _walletMember = _registerAs(AREA, IMemberRegistry.Kind.Household, address(wallet));
        _fund(_walletMember, DEPOSIT);
    }

    function test_clear_tradesUnderNumbersOfTheDay() public {
        _publishKeys();
        bytes memory orders = _ordered(_bidBy(_first, 1_000), _offerBy(_seller, 700));
        _close(orders);
        // 700 Wh at 0.20 EUR/kWh: the bid is the one that is not filled whole.
        _clear(_claim(200_000, 1_000, 0, 700, 700), orders);
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertEq(session.volume, 700, "volume");
        bytes memory bid = _fillOf(_traderOf(_first), ICallAuction.Side.Bid, 700);
        bytes memory offer = _fillOf(_traderOf(_seller), ICallAuction.Side.Offer, 700);
        bool isBidFirst = MemberId.unwrap(_traderOf(_first)) < MemberId.unwrap(_traderOf(_seller));
        bytes memory fills = isBidFirst ? bytes.concat(bid, offer) : bytes.concat(offer, bid);
        vm.assertEq(session.fillsHash, keccak256(abi.encodePacked(bytes32(0), keccak256(fills))), "fills");
    }

    function test_clear_takesNothingOfRegisteredKeys() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        ICallAuction.Order memory order = _bid(trader, 1_000, 200_000);
        bytes memory signed = _packAs(order, _indexOf(trader), _keyOf(_first));
        bytes memory orders = _ordered(signed, _offerBy(_seller, 700));
        _close(orders);
        _clear(_noTrade(), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 0, "void");
    }

    function test_clear_takesNothingUnderMemberNumbers() public {
        _publishKeys();
        ICallAuction.Order memory order = _bid(_first, 1_000, 200_000);
        bytes memory signed = _packAs(order, _indexOf(_traderOf(_first)), _dayKeyOf(_first));
        bytes memory orders = _ordered(signed, _offerBy(_seller, 700));
        _close(orders);
        _clear(_noTrade(), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 0, "void");
    }

    /// @dev Bit by bit, whose key is revoked, who is revealed, and of these who before the revocation.
    function testFuzz_clear_leavesOutWhoIsRevokedAndRevealed(
        uint8 revoked,
        uint8 revealed,
        uint8 before
    ) public {
        _publishKeys();
        _revealAll(revealed & before);
        vm.warp(GATE_CLOSURE);
        for (uint256 i = 0; i < MEMBERS - 1; ++i) {
            if ((revoked >> i) & 1 == 1) members.deactivateMember(_member(i));
        }
        bytes memory orders = _bidsAndAnOffer();
        _close(orders);
        _revealAll(revealed);
        uint64 bids = 0;
        for (uint256 i = 0; i < MEMBERS - 1; ++i) {
            if (((revoked & revealed) >> i) & 1 == 0) bids += _quantityOf(i);
        }
        _clear(bids == 0 ? _noTrade() : _claim(100_000, bids, bids, 10_000, 0), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, bids, "volume");
    }

    function test_clear_takesWhatWasRevokedAfterGateClosure() public {
        _publishKeys();
        bytes memory orders = _ordered(_bidBy(_first, 1_000), _offerBy(_seller, 700));
        _close(orders);
        vm.warp(GATE_CLOSURE + 1);
        members.deactivateMember(_first);
        _book.reveal(_first);
        _clear(_claim(200_000, 1_000, 0, 700, 700), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 700, "volume");
    }

    function test_clear_takesWhatTheOtherKeySigned() public {
        _publishKeys();
        bytes memory orders = _ordered(_bidBy(_first, 1_000), _offerBy(_seller, 700));
        vm.warp(GATE_CLOSURE - 1);
        vm.prank(_accountOf(_first));
        members.revokeDelegation(_first);
        _book.reveal(_first);
        _close(orders);
        _clear(_claim(200_000, 1_000, 0, 700, 700), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 700, "volume");
    }

    function test_clear_leavesOutWhatARevokedDelegateSigned() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        uint16 index = _indexOf(trader) + 1;
        bytes memory signed = _packAs(_bid(trader, 1_000, 200_000), index, _delegatedKeyOf(_first));
        bytes memory orders = _ordered(signed, _offerBy(_seller, 700));
        vm.warp(GATE_CLOSURE - 1);
        vm.prank(_accountOf(_first));
        members.revokeDelegation(_first);
        _book.reveal(_first);
        _close(orders);
        _clear(_noTrade(), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 0, "void");
    }

    function test_requireValidOrder_knowsRevocationsOfRevealedTraders() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        ICallAuction.Order memory order = _bid(trader, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _dayKeyOf(_first));
        uint16 index = _indexOf(trader);
        vm.warp(GATE_CLOSURE - 10);
        members.deactivateMember(_first);
        vm.warp(GATE_CLOSURE);
        auction.requireValidOrder(order, index, signature);
        _book.reveal(_first);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionKeyRevoked.selector,
                trader,
                vm.addr(_dayKeyOf(_first)),
                uint32(GATE_CLOSURE - 10)
            )
        );
        auction.requireValidOrder(order, index, signature);
    }

    function test_commitOrder_isForTheKeysOfTheDay() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        _commitAs(address(this), trader, 1);
        _commitAs(vm.addr(_delegatedKeyOf(_first)), trader, 2);
        _expectLaneTaken(address(this), trader);
        _commitAs(vm.addr(_dayKeyOf(_first)), trader, 3);
        _expectLaneTaken(address(this), trader);
        _expectLaneTaken(vm.addr(_delegatedKeyOf(_first)), trader);
        vm.assertEq(
            auction.commitmentOf(AREA, FIRST_PERIOD, trader, 0),
            bytes32(uint256(3)),
            "the trader's own"
        );
    }

    function test_commitOrder_refusesRevokedKeysOfRevealedTraders() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        vm.prank(_accountOf(_first));
        members.revokeDelegation(_first);
        _commitAs(address(this), trader, 1);
        _commitAs(vm.addr(_delegatedKeyOf(_first)), trader, 2);
        _book.reveal(_first);
        _expectNotTheMember(vm.addr(_delegatedKeyOf(_first)), trader);
        _commitAs(vm.addr(_dayKeyOf(_first)), trader, 3);
        members.deactivateMember(_first);
        _expectNotTheMember(vm.addr(_dayKeyOf(_first)), trader);
        _expectNotTheMember(address(this), trader);
    }

    function test_commitOrder_refusesWhatTheRegistryKnows() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        // Members 5 and up have trader numbers of others, too: neither is theirs.
        address[4] memory callers = [
            _accountOf(_first),
            vm.addr(DELEGATE),
            vm.addr(_dayKeyOf(_seller)),
            STRANGER
        ];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectNotTheMember(callers[i], trader);
        }
        _expectNotTheMember(_accountOf(_first), _first);
        // Nobody's number: not even the operator commits for it.
        _expectNotTheMember(address(this), MemberId.wrap(uint24(MEMBERS + 2)));
        _expectNotTheMember(address(this), MemberId.wrap(0));
    }

    function test_commitOrder_refusesTheDelegateInAPeriodBeyondItsDelegation() public {
        _publishKeys();
        DeliveryPeriod next = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(FIRST_PERIOD) + 1);
        MemberId trader = _traderOf(_first);
        address delegate = vm.addr(_delegatedKeyOf(_first));
        vm.expectRevert(_notTheMember(trader, delegate));
        vm.prank(delegate);
        auction.commitOrder(AREA, next, trader, 0, bytes32(uint256(1)));
    }

    function test_commitOrder_isForAContractByItself() public {
        _publishKeys();
        _commitAs(_book.linkOf(_walletMember).registeredKey, _traderOf(_walletMember), 1);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 1, "committed");
    }

    function test_commitOrder_isForNobodyBeforeTheDaysKeys() public {
        tradingDays.sealKeys(AREA);
        _expectNotTheMember(_accountOf(_first), _first);
        _expectNotTheMember(address(this), _first);
    }

    /// @dev Where the operator withheld its page, the day is as any open one.
    function test_commitOrder_isForMembersOnADayThatFellBack() public {
        tradingDays.sealKeys(AREA);
        vm.warp(GATE_CLOSURE - 100);
        tradingDays.publishKeys(AREA, DAY, 600);
        _commitAs(_accountOf(_first), _first, 1);
        _commitAs(address(this), _seller, 1);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).forcedCommitted, 2, "both");
    }

    function test_openOrder_opensOrdersOfTheDaysKeys() public {
        _publishKeys();
        MemberId trader = _traderOf(_first);
        ICallAuction.Order memory order = _bid(trader, 1_000, 200_000);
        bytes memory signature = _signatureOf(order, _dayKeyOf(_first));
        bytes32 commitment = keccak256(abi.encodePacked(_digestOf(order), keccak256(signature)));
        _commitAs(vm.addr(_dayKeyOf(_first)), trader, uint256(commitment));
        bytes memory orders = _offerBy(_seller, 700);
        _close(orders);
        auction.openOrder(order, _indexOf(trader), 0, signature);
        bytes memory terms = _termsOf(order, _indexOf(trader));
        auction.clear(AREA, FIRST_PERIOD, _claim(200_000, 1_000, 0, 700, 700), orders, terms);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 700, "volume");
    }

    function _publishKeys() internal override(Neighbourhood, SealedNeighbourhood) {
        SealedNeighbourhood._publishKeys();
    }

    function _revealAll(uint8 bits) private {
        for (uint256 i = 0; i < MEMBERS - 1; ++i) {
            if ((bits >> i) & 1 == 1) _book.reveal(_member(i));
        }
    }

    function _commitAs(address caller, MemberId trader, uint256 commitment) private {
        vm.prank(caller);
        auction.commitOrder(AREA, FIRST_PERIOD, trader, 0, bytes32(commitment));
    }

    function _expectNotTheMember(address caller, MemberId trader) private {
        vm.expectRevert(_notTheMember(trader, caller));
        _commitAs(caller, trader, 1);
    }

    function _expectLaneTaken(address caller, MemberId trader) private {
        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionLaneTaken.selector, trader, 0));
        _commitAs(caller, trader, 9);
    }

    function _member(uint256 number) private view returns (MemberId) {
        return MemberId.wrap(uint24(MemberId.unwrap(_first) + number));
    }

    function _quantityOf(uint256 number) private pure returns (uint32) {
        return uint32(100 << number);
    }

    /// @return orders A bid of every member and the offer of the seller, ascending by trader.
    function _bidsAndAnOffer() private view returns (bytes memory orders) {
        for (uint24 trader = 1; trader <= MEMBERS + 1; ++trader) {
            MemberId member = _book.memberOf(MemberId.wrap(trader));
            if (MemberId.unwrap(member) == MemberId.unwrap(_walletMember)) continue;
            uint256 number = MemberId.unwrap(member) - MemberId.unwrap(_first);
            bytes memory order =
                number == MEMBERS - 1 ? _offerBy(member, 10_000) : _bidBy(member, _quantityOf(number));
            orders = bytes.concat(orders, order);
        }
    }

    function _bidBy(MemberId member, uint32 quantity) private view returns (bytes memory) {
        MemberId trader = _traderOf(member);
        return _packAs(_bid(trader, quantity, 200_000), _indexOf(trader), _dayKeyOf(member));
    }

    function _offerBy(MemberId member, uint32 quantity) private view returns (bytes memory) {
        MemberId trader = _traderOf(member);
        return _packAs(_offer(trader, quantity, 100_000), _indexOf(trader), _dayKeyOf(member));
    }

    /// @return Both, that of the first member and that of the seller, ascending by trader.
    function _ordered(bytes memory ofFirst, bytes memory ofSeller) private view returns (bytes memory) {
        bool isFirst = MemberId.unwrap(_traderOf(_first)) < MemberId.unwrap(_traderOf(_seller));
        return isFirst ? bytes.concat(ofFirst, ofSeller) : bytes.concat(ofSeller, ofFirst);
    }

    function _notTheMember(MemberId memberId, address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICallAuction.CallAuctionNotTheMember.selector, memberId, caller);
    }
}
