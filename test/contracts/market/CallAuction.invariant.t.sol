// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {DeliveryPeriod, EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Vm, vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given any sequence of sessions, with orders of own and delegated keys, good ones, spoilt ones and ones of other
// sessions, opened ones, keys that are revoked before, at and after gate closure, operators that are replaced, rates
// below zero, a platform fee, and claims that are false
//   energy bought equals energy sold, and is the volume
//   no fill is more than its order asks for, or worse than its limit
//   the accepted price is the midpoint of all that clear, and no false claim is accepted
//   every fill is of an order of its owner for that session, that stood at gate closure, and no order is filled twice
contract CallAuctionInvariantTest {
    AuctionHandler private _handler;

    function setUp() public {
        _handler = new AuctionHandler();
        _handler.setUp();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev All at once, after the same calls: one play of them decides about every rule.
    function invariant_everyRuleHolds() public view {
        energyBoughtEqualsEnergySold();
        noFillWorseThanItsLimit();
        acceptedPriceIsTheRules();
        orderUsedAtMostOnceByItsOwnerInTime();
    }

    function energyBoughtEqualsEnergySold() public view {
        vm.assertEq(_handler.unbalanced(), 0, "sessions whose energy does not balance");
    }

    function noFillWorseThanItsLimit() public view {
        vm.assertEq(_handler.worse(), 0, "fills worse than their orders");
    }

    function acceptedPriceIsTheRules() public view {
        vm.assertEq(_handler.wrong(), 0, "sessions with a price that is not the rule's");
    }

    function orderUsedAtMostOnceByItsOwnerInTime() public view {
        vm.assertEq(_handler.misused(), 0, "fills of no good order");
    }

    /// @dev What the invariants are worth: the handler's sessions do trade, and have orders of every kind.
    function test_handler_playsSessionsThatMatter() public {
        for (uint256 seed = 1; seed <= 10; ++seed) {
            _handler.play(uint256(keccak256(abi.encode(seed))));
        }
        _handler.play(212561033876);
        vm.assertTrue(_handler.traded() >= 4, "sessions trade");
        vm.assertTrue(_handler.voids() >= 4, "orders are void");
        vm.assertTrue(_handler.openings() >= 4, "orders are opened");
        vm.assertTrue(_handler.replaced() >= 1, "operators are replaced");
        vm.assertTrue(_handler.refused() >= 10, "claims are refused");
        vm.assertEq(
            _handler.unbalanced() + _handler.worse() + _handler.wrong() + _handler.misused(),
            0,
            "and keep every rule"
        );
    }
}

/// @dev Plays one session of four households a call, chosen by the fuzzer, and counts what breaks a rule. Fills are
/// read from the events of the auction, and held against what was signed.
contract AuctionHandler is ReferenceAuction {
    uint24 private constant HOUSEHOLDS = 4;
    uint256 private constant DELEGATED = 10_000;

    uint256 public unbalanced;
    uint256 public worse;
    uint256 public wrong;
    uint256 public misused;
    uint256 public traded;
    uint256 public voids;
    uint256 public openings;
    uint256 public replaced;
    uint256 public refused;

    uint24 private _first;
    DeliveryPeriod private _period;
    uint256 private _random;
    /// @dev What the session's owners signed for it, and the key of each.
    ICallAuction.Order[] private _signed;
    address[] private _signers;
    bytes20[] private _openedTerms;
    bytes private _former;

    function setUp() public override {
        if (address(auction) != address(0)) return;
        super.setUp();
        areas.setPlatformFee(AREA, 7_000);
        areas.setDefaultEnergyRates(AREA, 160_000, 80_000);
        areas.publishEnergyRates(AREA, FIRST_PERIOD, _rates());
        for (uint24 i = 0; i < HOUSEHOLDS; ++i) {
            MemberId memberId = _register(
                AREA,
                IMemberRegistry.Kind.Household,
                1_001 + members.memberCount()
            );
            if (i == 0) _first = MemberId.unwrap(memberId);
            // A million micro-euro a session.
            _fund(memberId, 384_000_000);
            _delegate(memberId, i);
        }
        _publishKeys();
        _period = FIRST_PERIOD;
    }

    /// @dev Plays the next session; none after the last period.
    function play(uint256 seed) external {
        DeliveryPeriod period = _period;
        if (DeliveryPeriod.unwrap(period) > DeliveryPeriod.unwrap(LAST_PERIOD)) return;
        _random = uint256(keccak256(abi.encode(seed, period)));
        uint256 gateClosure = _gateClosureOf(period);
        delete _signed;
        delete _signers;
        delete _openedTerms;

        vm.warp(gateClosure - 1);
        uint256 revocation = _roll(6);
        if (revocation == 0) _revoke();
        uint256 count = _roll(4);
        ICallAuction.Order[] memory kept = new ICallAuction.Order[](count);
        for (uint256 i = 0; i < count; ++i) {
            kept[i] = _commit(i);
        }
        bytes memory orders = _batch();
        vm.warp(gateClosure);
        if (revocation == 1) _revoke();
        // In one session of six the gate stays open, in another the operator does not clear what it closed with.
        uint256 neglect = _roll(6);
        if (neglect == 0) _replaceOperator(period);
        else auction.closeGate(AREA, period, uint32(orders.length / ORDER_LENGTH), _chainOf(orders));
        for (uint256 i = 0; i < count; ++i) {
            _open(kept[i]);
        }
        vm.warp(block.timestamp + 61);
        if (revocation == 2) _revoke();
        if (neglect == 1 && orders.length != 0) _replaceOperator(period);
        _clearAndJudge(period, neglect < 2 ? bytes("") : orders);
        _former = orders;
        _period = DeliveryPeriod.wrap(DeliveryPeriod.unwrap(period) + 1);
    }

    function _clearAndJudge(DeliveryPeriod period, bytes memory orders) private {
        Outcome memory outcome = _referenceOf(period, orders, _openedTerms);
        voids += outcome.voids;
        _claimFalsely(period, orders, outcome);
        vm.recordLogs();
        auction.clear(AREA, period, outcome.claim, orders, outcome.forced[0]);

        _judgePrice(period, outcome);
        _judgeFills(period, _fillsInLogs());
        if (auction.sessionOf(AREA, period).fillsHash != _chainOfFills(outcome.fills)) ++misused;
    }

    /// @dev A household does, as soon as it may; the operator fills its bond again.
    function _replaceOperator(DeliveryPeriod period) private {
        vm.warp(_gateClosureOf(period) + OPERATOR_DEADLINE);
        MemberId memberId = MemberId.wrap(_first);
        vm.prank(_accountOf(memberId));
        auction.replaceOperator(memberId, AREA, period);
        _payBond(AREA, 100_000_000);
        ++replaced;
    }

    /// @dev A claim with one figure changed, or of nothing at all, by whoever.
    function _claimFalsely(DeliveryPeriod period, bytes memory orders, Outcome memory outcome) private {
        ICallAuction.ClearingClaim memory claim = outcome.claim;
        claim = _claim(
            Price.unwrap(claim.price),
            claim.bidsAtOrAbove,
            claim.bidsAbove,
            claim.offersAtOrBelow,
            claim.offersBelow
        );
        uint64 step = uint64(1 + _roll(3));
        uint256 figure = _roll(6);
        if (figure == 0) claim.bidsAtOrAbove += step;
        else if (figure == 1) claim.bidsAbove += step;
        else if (figure == 2) claim.offersAtOrBelow += step;
        else if (figure == 3) claim.offersBelow += step;
        else if (figure == 4) claim.price = Price.wrap(Price.unwrap(claim.price) + int24(uint24(step)) * 100);
        else if (claim.bidsAtOrAbove == 0) claim.price = Price.wrap(100);
        else claim = _noTrade();
        vm.prank(address(uint160(1 + _roll(9))));
        try auction.clear(AREA, period, claim, orders, outcome.forced[0]) {
            ++wrong;
        } catch {
            ++refused;
        }
    }

    /// @dev The price by the rule's own words, tried tick by tick.
    function _judgePrice(DeliveryPeriod period, Outcome memory outcome) private {
        ICallAuction.Session memory session = auction.sessionOf(AREA, period);
        if (session.hasTrade != (outcome.volume != 0) || session.volume != outcome.volume) ++wrong;
        if (!session.hasTrade) {
            if (Price.unwrap(session.price) != 0) ++wrong;
            return;
        }
        ++traded;
        int256 lowest = type(int256).max;
        int256 highest = type(int256).min;
        // Limits are multiples of 20,000, between which nothing changes but at them.
        for (int256 price = -80_000; price <= 200_000; price += 10_000) {
            if (!_isClearing(outcome.wishes, price)) continue;
            if (price < lowest) lowest = price;
            if (price > highest) highest = price;
        }
        if (Price.unwrap(session.price) != (lowest + highest) / 2) ++wrong;
    }

    function _judgeFills(DeliveryPeriod period, bytes memory fills) private {
        ICallAuction.Session memory session = auction.sessionOf(AREA, period);
        uint256[2] memory sums;
        uint256 lastRank = 0;
        for (uint256 i = 0; i < fills.length; i += 7) {
            uint256 amount = _number(fills, i + 3, 4);
            uint256 rank = _number(fills, i, 3) * 2 + amount / 2 ** 31;
            uint256 filled = amount % 2 ** 31;
            sums[rank % 2] += filled;
            (bool isOwners, bool isWithin) = _find(rank, filled, Price.unwrap(session.price));
            if (rank <= lastRank || filled == 0 || !isOwners) ++misused;
            if (!isWithin) ++worse;
            lastRank = rank;
        }
        if (sums[0] != sums[1] || sums[0] != session.volume) ++unbalanced;
        if (session.fillsHash != keccak256(abi.encodePacked(bytes32(0), keccak256(fills)))) ++misused;
    }

    /// @return isOwners Whether the owner signed such an order, with a key that stood at gate closure.
    /// @return isWithin Whether one of those wants as much at that price.
    function _find(
        uint256 rank,
        uint256 filled,
        int256 price
    ) private view returns (bool isOwners, bool isWithin) {
        for (uint256 i = 0; i < _signed.length; ++i) {
            ICallAuction.Order memory order = _signed[i];
            if (uint256(MemberId.unwrap(order.trader)) * 2 + uint256(order.side) != rank) continue;
            uint256 gateClosure = _gateClosureOf(order.deliveryPeriod);
            if (order.expiry < gateClosure) continue;
            if (members.keyRevokedAt(order.trader, _signers[i], gateClosure) != 0) continue;
            isOwners = true;
            int256 limit = Price.unwrap(order.limitPrice);
            if (order.side == ICallAuction.Side.Bid ? price > limit : price < limit) continue;
            if (filled <= EnergyWh.unwrap(order.quantity)) isWithin = true;
        }
    }

    function _fillsInLogs() private returns (bytes memory fills) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ICallAuction.OrdersCleared.selector) continue;
            (, , fills) = abi.decode(logs[i].data, (bytes32, uint32, bytes));
        }
    }

    /// @dev Ascending by rank for the most part: some are missing, some come twice, some are spoilt.
    function _batch() private returns (bytes memory orders) {
        for (uint256 i = 0; i < 2 * HOUSEHOLDS; ++i) {
            uint256 fate = _roll(12);
            if (fate < 3) continue;
            bytes memory packed = _sign(_wish(uint24(i / 2), ICallAuction.Side(i % 2)));
            if (fate == 3) packed[_roll(ORDER_LENGTH)] ^= bytes1(uint8(1 << _roll(8)));
            orders = fate == 4 ? bytes.concat(packed, orders) : bytes.concat(orders, packed);
            if (fate == 5) orders = bytes.concat(orders, packed);
            if (fate == 6 && _former.length != 0) {
                uint256 position = _roll(_former.length / ORDER_LENGTH);
                orders = bytes.concat(orders, _slice(_former, position * ORDER_LENGTH, ORDER_LENGTH));
            }
        }
    }

    function _wish(
        uint24 household,
        ICallAuction.Side side
    ) private returns (ICallAuction.Order memory order) {
        uint32 quantity = _roll(8) == 0 ? 10_000 : uint32(_roll(12));
        // Bids are dearer than offers on the whole, so that sessions trade.
        int256 limit = int256(_roll(9)) * 20_000 - 60_000;
        if (side == ICallAuction.Side.Bid) limit += 60_000;
        order = _order(MemberId.wrap(_first + household), side, quantity, int24(limit), uint64(_roll(4)));
        order.deliveryPeriod = _period;
        order.expiry = uint32(_gateClosureOf(_period) + _roll(2) * 600);
    }

    /// @dev Signed by the member's own key or, as often, by its delegated one.
    function _sign(ICallAuction.Order memory order) private returns (bytes memory) {
        uint24 household = MemberId.unwrap(order.trader) - _first;
        uint256 delegated = _roll(2);
        uint256 key = _keyOf(order.trader) + delegated * DELEGATED;
        _signed.push(order);
        _signers.push(vm.addr(key));
        return _packAs(order, uint16(household * 2 + delegated), key);
    }

    function _commit(uint256 i) private returns (ICallAuction.Order memory order) {
        order = _wish(uint24(_roll(HOUSEHOLDS)), ICallAuction.Side(_roll(2)));
        // Where a lane is taken twice, only the later one can be opened.
        auction.commitOrder(
            AREA,
            _period,
            order.trader,
            uint8(i % 2),
            keccak256(abi.encodePacked(_digestOf(order), keccak256(_ownSignatureOf(order))))
        );
        _signed.push(order);
        _signers.push(_accountOf(order.trader));
    }

    /// @dev Opens the order if it can be.
    function _open(ICallAuction.Order memory order) private {
        uint16 index = uint16((MemberId.unwrap(order.trader) - _first) * 2);
        bytes memory signature = _ownSignatureOf(order);
        for (uint8 lane = 0; lane < 2; ++lane) {
            try auction.openOrder(order, index, lane, signature) {
                _openedTerms.push(bytes20(_termsOf(order, index)));
                ++openings;
                return;
            } catch {
                continue;
            }
        }
    }

    function _ownSignatureOf(ICallAuction.Order memory order) private view returns (bytes memory) {
        return _longSignatureOf(order, _keyOf(order.trader));
    }

    /// @return rates Of ten periods: what is given away may cost nothing, little or more than it was bought for.
    function _rates() private pure returns (bytes memory rates) {
        int24[5] memory feedIns = [int24(80_000), -40_000, 0, -93_000, -7_001];
        for (uint256 i = 0; i < 10; ++i) {
            rates = bytes.concat(
                rates,
                abi.encodePacked(i == 9 ? int24(-7_001) : int24(160_000), feedIns[i % 5])
            );
        }
    }

    function _delegate(MemberId memberId, uint24 household) private {
        vm.prank(_accountOf(memberId));
        members.delegateTrading(
            memberId,
            IMemberRegistry.Delegation({
                key: vm.addr(_keyOf(memberId) + DELEGATED),
                sides: household == 0 ? 1 : 3,
                quantityLimit: EnergyWh.wrap(household == 1 ? 9 : 10_000),
                lowestPrice: Price.wrap(household == 2 ? int24(0) : int24(-500_000)),
                highestPrice: Price.wrap(household == 2 ? int24(100_000) : int24(4_000_000)),
                expiry: uint32(household == 3 ? GATE_CLOSURE + 900 * 3 : GATE_CLOSURE + 1 days)
            })
        );
    }

    /// @dev Revokes the delegation of somebody who still has one.
    function _revoke() private {
        MemberId memberId = MemberId.wrap(_first + uint24(_roll(HOUSEHOLDS)));
        if (members.delegationOf(memberId).key == address(0)) return;
        vm.prank(_accountOf(memberId));
        members.revokeDelegation(memberId);
    }

    /// @return A number below `sides`.
    function _roll(uint256 sides) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % sides;
    }
}
