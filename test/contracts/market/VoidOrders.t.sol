// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given a bid of the first household and an offer of the third that trade, and an order of the second between them
//   when it keeps every rule, it takes part, by the second's own key or by its delegated one
//   when any of its bytes is another, it is void, and the others clear as if it were not there
//   when its entry does not exist, or was published at gate closure, it is void
//   when its rank is that of an order before it, or below, it is void; but not behind a void order only
//   when its side, period, quantity or price is outside its key's limits, it is void; at the limits it is not
//   when its expiry is beyond all time, it is void
//   when its signature is a stranger's, malleable or nobody's, it is void
//   when its key was revoked before or at gate closure, it is void; after that it is not
//     and so it is where the keys were published in two pages, and the revocation came between them
//   when it puts more at risk than the allowance, alone or with its member's bid, it is void; to the full it is not
//     a void bid puts nothing at risk, nor does one for nothing
// Given any batch of random, spoilt and foreign orders, it clears as the reference does
contract VoidOrdersTest is ReferenceAuction {
    uint256 private constant DELEGATED_KEY = 0xde1e;
    uint256 private constant GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    MemberId private _buyer;
    MemberId private _middle;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        areas.setDefaultEnergyRates(AREA, 300_000, 80_000);
        _buyer = _registerHouseholds(3);
        _middle = MemberId.wrap(MemberId.unwrap(_buyer) + 1);
        _seller = MemberId.wrap(MemberId.unwrap(_buyer) + 2);
    }

    function test_orderOfItsOwnKey_takesPart() public {
        _publishKeys();
        _requireCounts(_pack(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfADelegatedKey_takesPart() public {
        _delegate(uint32(GATE_CLOSURE));
        _requireCounts(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function testFuzz_orderWithAnyByteChanged_isVoid(uint256 order, uint256 position, uint8 change) public {
        _delegate(uint32(GATE_CLOSURE));
        bytes memory orders = bytes.concat(
            _pack(_bid(_buyer, 1_000, 200_000)),
            _pack(_offer(_buyer, 300, 180_000)),
            _packDelegated(_bid(_middle, 400, 150_000)),
            _pack(_offer(_middle, 500, 50_000)),
            _pack(_offer(_seller, 1_000, 100_000))
        );
        position = (order % 5) * ORDER_LENGTH + (position % ORDER_LENGTH);
        orders[position] ^= bytes1(change == 0 ? 1 : change);

        Outcome memory outcome = _requireAsReference(orders);
        vm.assertEq(outcome.voids, 1, "the changed order, and no other");
    }

    function testFuzz_anyBatch_clearsAsTheReference(uint256 seed) public {
        _delegate(uint32(GATE_CLOSURE));
        bytes memory orders = "";
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            orders = bytes.concat(orders, _randomOrder(seed));
        }
        _requireAsReference(orders);
    }

    function test_orderOfAnUnknownEntry_isVoid() public {
        _publishKeys();
        _requireVoid(_packAs(_offer(_middle, 500, 50_000), 3, _keyOf(_middle)));
    }

    function test_orderOfTheLastEntryThereCanBe_isVoid() public {
        _publishKeys();
        _requireVoid(_packAs(_offer(_middle, 500, 50_000), type(uint16).max, _keyOf(_middle)));
    }

    function test_orderOfAnEntryPublishedAtGateClosure_isVoid() public {
        _publishKeys();
        MemberId late = _registerHousehold();
        vm.warp(GATE_CLOSURE);
        _publishKeys();
        bytes memory orders = bytes.concat(_tradingOrders(""), _pack(_offer(late, 500, 50_000)));
        // The reference knows nothing of the time at which keys are published.
        _close(orders);
        _clear(_claim(150_000, 1_000, 1_000, 1_000, 1_000), orders);
        vm.assertEq(auction.sessionOf(AREA, FIRST_PERIOD).volume, 1_000, "without the late one");
    }

    function test_orderOfAnEntryPublishedASecondBeforeGateClosure_takesPart() public {
        _publishKeys();
        MemberId late = _registerHousehold();
        vm.warp(GATE_CLOSURE - 1);
        _publishKeys();
        bytes memory orders = bytes.concat(_tradingOrders(""), _pack(_offer(late, 500, 50_000)));
        _requireCleared(orders, _claim(100_000, 1_000, 1_000, 1_500, 500));
    }

    function test_orderOfARankAgain_isVoid() public {
        _publishKeys();
        ICallAuction.Order memory again = _order(_buyer, ICallAuction.Side.Bid, 900, 250_000, 8);
        _requireVoid(_pack(again));
    }

    function test_orderOfALowerRank_isVoid() public {
        _publishKeys();
        bytes memory orders = bytes.concat(_tradingOrders(""), _pack(_offer(_middle, 500, 50_000)));
        _requireCleared(orders, _claim(150_000, 1_000, 1_000, 1_000, 1_000));
    }

    function test_orderBehindAVoidOneOfAHigherRank_takesPart() public {
        _publishKeys();
        bytes memory spoilt = _pack(_bid(_seller, 100, 300_000));
        spoilt[83] ^= 0x01;
        _requireCounts(bytes.concat(spoilt, _pack(_offer(_middle, 500, 50_000))));
    }

    function test_orderOfASideThatIsNotDelegated_isVoid() public {
        _delegateAs(1, 600, 40_000, 60_000, uint32(GATE_CLOSURE));
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfAPeriodWhoseGateClosesAfterTheDelegation_isVoid() public {
        _delegate(uint32(GATE_CLOSURE - 1));
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOverTheDelegatedQuantity_isVoid() public {
        _delegateAs(3, 499, 40_000, 60_000, uint32(GATE_CLOSURE));
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderUnderTheDelegatedPrices_isVoid() public {
        _delegateAs(3, 600, 50_100, 60_000, uint32(GATE_CLOSURE));
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOverTheDelegatedPrices_isVoid() public {
        _delegateAs(3, 600, 40_000, 49_900, uint32(GATE_CLOSURE));
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderAtEveryLimitOfItsDelegation_takesPart() public {
        _delegateAs(2, 500, 50_000, 50_000, uint32(GATE_CLOSURE));
        _requireCounts(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOverTheMembersQuantity_isVoid() public {
        _publishKeys();
        _requireVoid(_pack(_offer(_middle, 10_001, 50_000)));
    }

    function test_orderOfTheMembersWholeQuantity_takesPart() public {
        _publishKeys();
        bytes memory orders = _tradingOrders(_pack(_offer(_middle, 10_000, 50_000)));
        _requireCleared(orders, _claim(50_000, 1_000, 1_000, 10_000, 0));
    }

    function test_orderOverTheHighestPrice_isVoid() public {
        _publishKeys();
        _requireVoid(_pack(_bid(_middle, 1, 4_000_100)));
    }

    function test_orderAtTheHighestPrice_takesPart() public {
        _publishKeys();
        bytes memory orders = _tradingOrders(_pack(_bid(_middle, 1, 4_000_000)));
        _requireCleared(orders, _claim(200_000, 1_001, 1, 1_000, 1_000));
    }

    function test_orderAtTheLowestPrice_takesPart() public {
        _publishKeys();
        bytes memory orders = _tradingOrders(_pack(_offer(_middle, 1, -500_000)));
        _requireCleared(orders, _claim(100_000, 1_000, 1_000, 1_001, 1));
    }

    function test_orderThatExpiresAfterAllTime_isVoid() public {
        _publishKeys();
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        // Signed as if time began anew, packed so that the sum runs over.
        order.expiry = uint32(GATE_CLOSURE - 10);
        bytes memory signature = _signatureOf(order, _keyOf(_middle));
        order.expiry = uint32(GATE_CLOSURE);
        bytes memory packed = bytes.concat(_termsOf(order, 1), signature);
        for (uint256 i = 8; i < 12; ++i) {
            packed[i] = bytes1(i == 11 ? 0xf6 : 0xff);
        }
        _requireVoid(packed);
    }

    function test_orderThatExpiresAtTheEndOfAllTime_takesPart() public {
        _publishKeys();
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        order.expiry = type(uint32).max;
        _requireCounts(_pack(order));
    }

    function test_orderSignedByAStranger_isVoid() public {
        _publishKeys();
        _requireVoid(_packAs(_offer(_middle, 500, 50_000), 1, 0xbad));
    }

    function test_orderOfAnotherMembersEntry_isVoid() public {
        _publishKeys();
        // What the second signed for itself cannot be taken for the third's.
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        _requireVoid(_packAs(order, 2, _keyOf(_middle)));
    }

    /// @dev The other s of a signature is in the upper half of the group's order, where as good as none has 255 bits
    /// only: what can be written down of it loses its top bit.
    function test_orderWithAMalleableSignature_isVoid() public {
        _publishKeys();
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(_middle), _digestOf(order));
        uint256 other = GROUP_ORDER - uint256(s);
        vm.assertTrue(
            ecrecover(_digestOf(order), 55 - v, r, bytes32(other)) == _accountOf(_middle),
            "signed"
        );
        bytes32 vs = bytes32((other & (type(uint256).max >> 1)) | (uint256(28 - v) << 255));
        _requireVoid(bytes.concat(_termsOf(order, 1), r, vs));
    }

    function test_orderWithoutASignature_isVoid() public {
        _publishKeys();
        _requireVoid(bytes.concat(_termsOf(_offer(_middle, 500, 50_000), 1), new bytes(64)));
    }

    function test_orderOfAnotherSession_isVoid() public {
        _publishKeys();
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        bytes memory terms = _termsOf(order, 1);
        order.deliveryPeriod = LAST_PERIOD;
        _requireVoid(bytes.concat(terms, _signatureOf(order, _keyOf(_middle))));
    }

    function test_orderOfAnotherArea_isVoid() public {
        _publishKeys();
        ICallAuction.Order memory order = _offer(_middle, 500, 50_000);
        order.area = OTHER_AREA;
        _requireVoid(_pack(order));
    }

    function test_orderOfAKeyRevokedBeforeGateClosure_isVoid() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(GATE_CLOSURE - 1);
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfAKeyRevokedAtGateClosure_isVoid() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(GATE_CLOSURE);
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfAKeyRevokedAfterGateClosure_takesPart() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(GATE_CLOSURE + 1);
        _requireCounts(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfTheOwnKey_takesPartThoughTheDelegatedOneIsRevoked() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(GATE_CLOSURE - 1);
        _requireCounts(_pack(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfAKeyRevokedBetweenTwoPages_isVoid() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(GATE_CLOSURE - 20);
        _registerHousehold();
        vm.warp(GATE_CLOSURE - 10);
        _publishKeys();
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfAKeyRevokedInTheSecondOfItsPublication_isVoid() public {
        _delegate(uint32(GATE_CLOSURE));
        _revokeAt(block.timestamp);
        _requireVoid(_packDelegated(_offer(_middle, 500, 50_000)));
    }

    function test_orderOfADeactivatedMember_isVoid() public {
        _publishKeys();
        vm.warp(GATE_CLOSURE);
        members.deactivateMember(_middle);
        _requireVoid(_pack(_offer(_middle, 500, 50_000)));
    }

    function test_orderOverTheAllowance_isVoid() public {
        _publishKeys();
        // 2,500.1 Wh at four euro: ten euro are allowed.
        _requireVoid(_pack(_bid(_middle, 2_501, 4_000_000)));
    }

    function test_orderOfTheWholeAllowance_takesPart() public {
        _publishKeys();
        bytes memory orders = _tradingOrders(_pack(_bid(_middle, 2_500, 4_000_000)));
        _requireCleared(orders, _claim(4_000_000, 2_500, 0, 1_000, 1_000));
    }

    function test_offerThatExceedsTheAllowanceWithItsMembersBid_isVoid() public {
        _publishKeys();
        bytes memory bid = _pack(_bid(_middle, 2_000, 4_000_000));
        // Eight euro, and with 0.25 euro per kWh two more.
        bytes memory offer = _pack(_offer(_middle, 8_001, 50_000));
        _requireCleared(_tradingOrders(bytes.concat(bid, offer)), _claim(4_000_000, 2_000, 0, 1_000, 1_000));
    }

    function test_offerThatExhaustsTheAllowanceWithItsMembersBid_takesPart() public {
        _publishKeys();
        bytes memory bid = _pack(_bid(_middle, 2_000, 4_000_000));
        bytes memory offer = _pack(_offer(_middle, 8_000, 50_000));
        // 2,000 wanted at any price and 1,000 at 0.2, of 8,000 offered at 0.05.
        _requireCleared(_tradingOrders(bytes.concat(bid, offer)), _claim(50_000, 3_000, 3_000, 8_000, 0));
    }

    function test_offerBehindAVoidBidOfItsMember_takesPart() public {
        _publishKeys();
        bytes memory bid = _pack(_bid(_middle, 2_000, 4_000_000));
        bid[83] ^= 0x01;
        bytes memory offer = _pack(_offer(_middle, 8_001, 50_000));
        _requireCleared(_tradingOrders(bytes.concat(bid, offer)), _claim(50_000, 1_000, 1_000, 8_001, 0));
    }

    function test_offerBehindABidForNothing_takesPart() public {
        _publishKeys();
        bytes memory bid = _pack(_bid(_middle, 0, 4_000_000));
        bytes memory offer = _pack(_offer(_middle, 500, 50_000));
        _requireCounts(bytes.concat(bid, offer));
    }

    /// @dev Void or not, the batch is refused where it is not the one that was committed.
    function test_clear_refusesAnotherBatch() public {
        _publishKeys();
        bytes memory orders = _tradingOrders("");
        _close(orders);
        bytes32 committed = _chainOf(orders);
        orders[83] ^= 0x01;
        vm.expectRevert(
            abi.encodeWithSelector(ICallAuction.CallAuctionWrongOrders.selector, committed, _chainOf(orders))
        );
        _clear(_claim(150_000, 1_000, 1_000, 1_000, 1_000), orders);
    }

    /// @dev The second household's order changes neither price nor volume of the others.
    function _requireVoid(bytes memory packed) private {
        _requireCleared(_tradingOrders(packed), _claim(150_000, 1_000, 1_000, 1_000, 1_000));
    }

    /// @dev The second household offers 500 Wh at 0.05 and sells them.
    function _requireCounts(bytes memory packed) private {
        _requireCleared(_tradingOrders(packed), _claim(100_000, 1_000, 1_000, 1_500, 500));
    }

    function _requireCleared(bytes memory orders, ICallAuction.ClearingClaim memory claim) private {
        Outcome memory outcome = _requireAsReference(orders);
        vm.assertEq(keccak256(abi.encode(outcome.claim)), keccak256(abi.encode(claim)), "as expected");
    }

    function _requireAsReference(bytes memory orders) private returns (Outcome memory outcome) {
        if (block.timestamp < GATE_CLOSURE) vm.warp(GATE_CLOSURE);
        auction.closeGate(AREA, FIRST_PERIOD, uint32(orders.length / ORDER_LENGTH), _chainOf(orders));
        outcome = _referenceOf(FIRST_PERIOD, orders, new bytes20[](0));
        _clear(outcome.claim, orders);
        ICallAuction.Session memory session = auction.sessionOf(AREA, FIRST_PERIOD);
        vm.assertEq(session.volume, outcome.volume, "volume");
        vm.assertEq(Price.unwrap(session.price), Price.unwrap(outcome.claim.price), "price");
        vm.assertEq(session.fillsHash, _chainOfFills(outcome.fills), "fills");
    }

    function _tradingOrders(bytes memory between) private view returns (bytes memory) {
        return
            bytes.concat(
                _pack(_bid(_buyer, 1_000, 200_000)),
                between,
                _pack(_offer(_seller, 1_000, 100_000))
            );
    }

    function _randomOrder(uint256 seed) private view returns (bytes memory packed) {
        uint24 household = uint24(seed % 3);
        ICallAuction.Order memory order = _order(
            MemberId.wrap(MemberId.unwrap(_buyer) + household),
            ICallAuction.Side((seed >> 8) % 2),
            uint32((seed >> 16) % 3 == 0 ? (seed >> 24) % 11_000 : (seed >> 24) % 700),
            int24(int256((seed >> 48) % 5) * 30_000),
            uint64(seed >> 64)
        );
        bool isDelegated = household == 1 && (seed >> 128) % 2 == 0;
        packed = isDelegated ? _packDelegated(order) : _pack(order);
        if ((seed >> 136) % 5 == 0) {
            packed[(seed >> 144) % ORDER_LENGTH] ^= bytes1(uint8(1 << ((seed >> 160) % 8)));
        }
    }

    /// @dev The delegated key's entry is behind its member's own: the third.
    function _packDelegated(ICallAuction.Order memory order) private view returns (bytes memory) {
        return _packAs(order, 2, DELEGATED_KEY);
    }

    function _delegate(uint32 expiry) private {
        _delegateAs(3, 600, 0, 250_000, expiry);
    }

    function _delegateAs(
        uint8 sides,
        uint32 quantityLimit,
        int24 lowest,
        int24 highest,
        uint32 expiry
    ) private {
        vm.prank(_accountOf(_middle));
        members.delegateTrading(
            _middle,
            IMemberRegistry.Delegation({
                key: vm.addr(DELEGATED_KEY),
                sides: sides,
                quantityLimit: EnergyWh.wrap(quantityLimit),
                lowestPrice: Price.wrap(lowest),
                highestPrice: Price.wrap(highest),
                expiry: expiry
            })
        );
        _publishKeys();
    }

    function _revokeAt(uint256 time) private {
        vm.warp(time);
        vm.prank(_accountOf(_middle));
        members.revokeDelegation(_middle);
    }
}
