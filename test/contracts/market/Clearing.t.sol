// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clearing} from "../../../contracts/market/Clearing.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {Price} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";

// Given a book in which something crosses
//   when the claim is what the rule gives, it is accepted and the fills are those of the rule
//   when the price is one tick off, or any other, it is refused
//     outside the interval of prices that clear, with the sums found there (NotClearing)
//     inside it, with the midpoint that was expected (WrongPrice)
//   when one sum is one Wh off, it is refused
//   when it claims that nothing crosses, it is refused
// Given a book in which nothing crosses
//   when it claims so, it is accepted and every fill is zero
//   when it claims a price, even one that clears with true sums, it is refused
// Given any book
//   bought equals sold equals the volume, and no fill exceeds its order or is worse than its limit
//   orders for nothing change nothing
contract ClearingTest {
    using Clearing for Clearing.Tally;

    struct BookOrder {
        bool isBid;
        uint32 quantity;
        int24 limit;
    }

    string private _vectors;

    function setUp() public {
        _vectors = vm.readFile("test/vectors/clearing.json");
    }

    function test_vectors_areAcceptedWithTheirFills() public view {
        uint256 count = _forEachVector(this.requireVectorAccepted);
        vm.assertTrue(count > 10, "there are vectors");
    }

    function test_vectors_areRefusedWithAnyFigureOneOff() public view {
        _forEachVector(this.requireVectorGuarded);
    }

    function test_requireTrue_namesTheExpectedPriceInsideTheInterval() public {
        BookOrder[] memory book = _book(2);
        book[0] = BookOrder(true, 10, 300);
        book[1] = BookOrder(false, 10, 100);

        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongPrice.selector,
                Price.wrap(300),
                Price.wrap(200)
            )
        );
        this.fillsOf(book, ICallAuction.ClearingClaim(Price.wrap(300), 10, 0, 10, 10));
    }

    function test_requireTrue_namesTheSumsFoundOutsideTheInterval() public {
        BookOrder[] memory book = _book(2);
        book[0] = BookOrder(true, 10, 300);
        book[1] = BookOrder(false, 10, 100);
        ICallAuction.ClearingClaim memory claimed = ICallAuction.ClearingClaim(
            Price.wrap(400),
            10,
            10,
            10,
            10
        );
        ICallAuction.ClearingClaim memory found = ICallAuction.ClearingClaim(Price.wrap(400), 0, 0, 10, 10);

        vm.expectRevert(abi.encodeWithSelector(ICallAuction.CallAuctionNotClearing.selector, claimed, found));
        this.fillsOf(book, claimed);
    }

    function test_requireTrue_refusesAPriceWhereNothingCrosses() public {
        BookOrder[] memory book = _book(2);
        book[0] = BookOrder(true, 10, 100);
        book[1] = BookOrder(false, 10, 300);
        ICallAuction.ClearingClaim memory nothing;
        ICallAuction.ClearingClaim memory claimed = ICallAuction.ClearingClaim(Price.wrap(200), 0, 0, 0, 0);

        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionWrongPrice.selector,
                Price.wrap(200),
                Price.wrap(0)
            )
        );
        this.fillsOf(book, claimed);
        vm.assertEq(this.fillsOf(book, nothing)[0] + this.fillsOf(book, nothing)[1], 0, "nothing is filled");
    }

    function test_requireTrue_refusesThatNothingCrossesWhereSomethingDoes() public {
        BookOrder[] memory book = _book(2);
        book[0] = BookOrder(true, 10, -100);
        book[1] = BookOrder(false, 10, -100);
        ICallAuction.ClearingClaim memory nothing;

        vm.expectRevert(
            abi.encodeWithSelector(
                ICallAuction.CallAuctionNotClearing.selector,
                nothing,
                ICallAuction.ClearingClaim(Price.wrap(0), 0, 0, 10, 10)
            )
        );
        this.fillsOf(book, nothing);
    }

    function testFuzz_requireTrue_acceptsExactlyTheMidpointOfAllPricesThatClear(uint256 seed) public view {
        BookOrder[] memory book = _randomBook(seed);
        (bool trades, int24 expected) = _priceByTryingEveryTick(book);
        for (int24 limit = -500; limit <= 500; limit += 100) {
            ICallAuction.ClearingClaim memory claim = _trueSumsAt(book, limit);
            bool isRight = trades && limit == expected;
            vm.assertTrue(_isAccepted(book, claim) == isRight || _isNoTrade(claim), "only the right price");
        }
        ICallAuction.ClearingClaim memory nothing;
        vm.assertTrue(_isAccepted(book, nothing) == !trades, "no trade exactly where nothing crosses");
    }

    function testFuzz_fills_balanceAndRespectEveryLimit(uint256 seed) public view {
        BookOrder[] memory book = _randomBook(seed);
        (bool trades, int24 price) = _priceByTryingEveryTick(book);
        vm.assume(trades);
        ICallAuction.ClearingClaim memory claim = _trueSumsAt(book, price);
        uint256[] memory fills = this.fillsOf(book, claim);
        uint256 bought = 0;
        uint256 sold = 0;
        for (uint256 i = 0; i < book.length; ++i) {
            vm.assertTrue(fills[i] <= book[i].quantity, "no more than asked for");
            if (fills[i] == 0) continue;
            vm.assertTrue(
                book[i].isBid ? book[i].limit >= price : book[i].limit <= price,
                "no worse than its limit"
            );
            if (book[i].isBid) bought += fills[i];
            else sold += fills[i];
        }
        vm.assertEq(bought, sold, "bought is sold");
        vm.assertEq(bought, Clearing.volumeOf(claim), "and both are the volume");
    }

    function testFuzz_ordersForNothing_changeNothing(uint256 seed, int24 limit) public view {
        BookOrder[] memory book = _randomBook(seed);
        (bool trades, int24 price) = _priceByTryingEveryTick(book);
        ICallAuction.ClearingClaim memory claim;
        if (trades) claim = _trueSumsAt(book, price);
        BookOrder[] memory larger = _book(book.length + 2);
        larger[0] = BookOrder(true, 0, limit);
        larger[1] = BookOrder(false, 0, limit);
        for (uint256 i = 0; i < book.length; ++i) {
            larger[i + 2] = book[i];
        }
        uint256[] memory fills = this.fillsOf(book, claim);
        uint256[] memory others = this.fillsOf(larger, claim);
        vm.assertEq(others[0] + others[1], 0, "nothing for nothing");
        for (uint256 i = 0; i < book.length; ++i) {
            vm.assertEq(others[i + 2], fills[i], "the same for the others");
        }
    }

    /// @dev Runs the pass as the auction does; external so that its reverts can be caught.
    function fillsOf(
        BookOrder[] memory book,
        ICallAuction.ClearingClaim memory claim
    ) external pure returns (uint256[] memory fills) {
        Clearing.Tally memory tally = Clearing.begin(claim);
        fills = new uint256[](book.length);
        bool isTrade = Clearing.volumeOf(claim) != 0;
        for (uint256 i = 0; i < book.length; ++i) {
            BookOrder memory order = book[i];
            uint256 fill =
                order.isBid
                    ? tally.addBid(order.quantity, order.limit)
                    : tally.addOffer(order.quantity, order.limit);
            // Where nothing crosses, orders are watched, and nobody gets anything.
            if (isTrade) fills[i] = fill;
            else tally.watch(order.isBid, order.quantity, order.limit);
        }
        tally.requireTrue(claim);
    }

    function requireVectorAccepted(string memory path) external view {
        (BookOrder[] memory book, ICallAuction.ClearingClaim memory claim) = _readVector(path);
        uint256[] memory fills = this.fillsOf(book, claim);
        for (uint256 i = 0; i < book.length; ++i) {
            string memory key = string.concat(path, ".fillsWh[", vm.toString(i), "]");
            vm.assertEq(fills[i], vm.parseJsonUint(_vectors, key), key);
        }
        vm.assertEq(
            Clearing.volumeOf(claim),
            vm.parseJsonUint(_vectors, string.concat(path, ".volumeWh")),
            path
        );
    }

    function requireVectorGuarded(string memory path) external view {
        (BookOrder[] memory book, ICallAuction.ClearingClaim memory claim) = _readVector(path);
        for (uint256 figure = 0; figure < 5; ++figure) {
            for (int256 step = -1; step <= 1; step += 2) {
                ICallAuction.ClearingClaim memory changed = _changed(claim, figure, step);
                vm.assertFalse(
                    _isAccepted(book, changed),
                    string.concat(path, " figure ", vm.toString(figure))
                );
            }
        }
        if (!_isNoTrade(claim)) {
            ICallAuction.ClearingClaim memory nothing;
            vm.assertFalse(_isAccepted(book, nothing), path);
        }
        uint256[] memory fills = this.fillsOf(book, claim);
        for (uint256 i = 0; i < book.length; ++i) {
            if (fills[i] == 0) continue;
            book[i].quantity -= 1;
            vm.assertFalse(
                _isAccepted(book, claim),
                string.concat(path, " with 1 Wh less in an order that trades")
            );
            book[i].quantity += 1;
        }
    }

    function _forEachVector(
        function(string memory) external view visit
    ) private view returns (uint256 count) {
        string memory path = ".cases[0]";
        while (vm.keyExistsJson(_vectors, path)) {
            visit(path);
            path = string.concat(".cases[", vm.toString(++count), "]");
        }
    }

    function _readVector(
        string memory path
    ) private view returns (BookOrder[] memory book, ICallAuction.ClearingClaim memory claim) {
        uint256 count = 0;
        while (vm.keyExistsJson(_vectors, _orderPath(path, count))) ++count;
        book = _book(count);
        for (uint256 i = 0; i < count; ++i) {
            string memory order = _orderPath(path, i);
            book[i] = BookOrder({
                isBid: keccak256(bytes(vm.parseJsonString(_vectors, string.concat(order, ".side")))) ==
                    keccak256("bid"),
                quantity: uint32(vm.parseJsonUint(_vectors, string.concat(order, ".quantityWh"))),
                limit: int24(vm.parseJsonInt(_vectors, string.concat(order, ".limitPrice")))
            });
        }
        claim.bidsAtOrAbove = uint64(vm.parseJsonUint(_vectors, string.concat(path, ".claim.bidsAtOrAbove")));
        claim.bidsAbove = uint64(vm.parseJsonUint(_vectors, string.concat(path, ".claim.bidsAbove")));
        claim.offersAtOrBelow = uint64(
            vm.parseJsonUint(_vectors, string.concat(path, ".claim.offersAtOrBelow"))
        );
        claim.offersBelow = uint64(vm.parseJsonUint(_vectors, string.concat(path, ".claim.offersBelow")));
        if (claim.bidsAtOrAbove != 0) {
            claim.price = Price.wrap(int24(vm.parseJsonInt(_vectors, string.concat(path, ".price"))));
        }
    }

    function _orderPath(string memory path, uint256 index) private pure returns (string memory) {
        return string.concat(path, ".orders[", vm.toString(index), "]");
    }

    function _changed(
        ICallAuction.ClearingClaim memory claim,
        uint256 figure,
        int256 step
    ) private pure returns (ICallAuction.ClearingClaim memory) {
        int256 price = Price.unwrap(claim.price);
        uint64[4] memory sums = [
            claim.bidsAtOrAbove,
            claim.bidsAbove,
            claim.offersAtOrBelow,
            claim.offersBelow
        ];
        // A sum of zero wraps to the largest there is: a lie, too.
        unchecked {
            if (figure == 4) price += step * 100;
            else sums[figure] += uint64(int64(step));
        }
        return ICallAuction.ClearingClaim(Price.wrap(int24(price)), sums[0], sums[1], sums[2], sums[3]);
    }

    /// @dev Up to 8 orders with limits from -400 to 400 and quantities from 0 to 7: ties and crossings abound.
    function _randomBook(uint256 seed) private pure returns (BookOrder[] memory book) {
        book = _book(seed % 9);
        for (uint256 i = 0; i < book.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            book[i] = BookOrder({
                isBid: random & 1 == 0,
                quantity: uint32((random >> 8) % 8),
                limit: (int24(uint24((random >> 64) % 9)) - 4) * 100
            });
        }
    }

    /// @dev The rule by its words: of all ticks that clear, the midpoint; a trade where some bid reaches some offer.
    function _priceByTryingEveryTick(
        BookOrder[] memory book
    ) private pure returns (bool trades, int24 price) {
        for (uint256 i = 0; i < book.length; ++i) {
            for (uint256 j = 0; j < book.length; ++j) {
                if (book[i].quantity == 0 || book[j].quantity == 0) continue;
                if (book[i].isBid && !book[j].isBid && book[i].limit >= book[j].limit) trades = true;
            }
        }
        if (!trades) return (false, 0);
        int256 lowest = type(int256).max;
        int256 highest = type(int256).min;
        for (int24 tick = -500; tick <= 500; tick += 100) {
            ICallAuction.ClearingClaim memory sums = _trueSumsAt(book, tick);
            if (sums.bidsAbove > sums.offersAtOrBelow || sums.offersBelow > sums.bidsAtOrAbove) continue;
            if (tick < lowest) lowest = tick;
            if (tick > highest) highest = tick;
        }
        int256 sum = lowest + highest;
        int256 magnitude = ((sum < 0 ? -sum : sum) / 200) * 100;
        price = int24(sum < 0 ? -magnitude : magnitude);
    }

    function _trueSumsAt(
        BookOrder[] memory book,
        int24 price
    ) private pure returns (ICallAuction.ClearingClaim memory claim) {
        claim.price = Price.wrap(price);
        for (uint256 i = 0; i < book.length; ++i) {
            if (book[i].isBid && book[i].limit >= price) claim.bidsAtOrAbove += book[i].quantity;
            if (book[i].isBid && book[i].limit > price) claim.bidsAbove += book[i].quantity;
            if (!book[i].isBid && book[i].limit <= price) claim.offersAtOrBelow += book[i].quantity;
            if (!book[i].isBid && book[i].limit < price) claim.offersBelow += book[i].quantity;
        }
    }

    function _isAccepted(
        BookOrder[] memory book,
        ICallAuction.ClearingClaim memory claim
    ) private view returns (bool) {
        try this.fillsOf(book, claim) {
            return true;
        } catch {
            return false;
        }
    }

    function _isNoTrade(ICallAuction.ClearingClaim memory claim) private pure returns (bool) {
        return Price.unwrap(claim.price) == 0 && claim.bidsAtOrAbove == 0 && claim.offersAtOrBelow == 0;
    }

    function _book(uint256 count) private pure returns (BookOrder[] memory) {
        return new BookOrder[](count);
    }
}
