// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAreaRegistry} from "../../../contracts/grid/IAreaRegistry.sol";
import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {ITradingDays} from "../../../contracts/market/ITradingDays.sol";
import {DeliveryPeriod, EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Session} from "./Session.sol";

/// @dev The auction by the words of its interface, without a thought for gas: which orders count, at which price they
/// clear and what each gets. It shares no line with the contracts that it is compared with.
abstract contract ReferenceAuction is Session {
    /// @dev An order that counts, or may.
    /// @param quantity Wh; `filled` of it in the end.
    /// @param limit Micro-euro per kWh.
    /// @param exposure Micro-euro at risk, of which `allowance` may be.
    struct Wish {
        uint256 rank;
        uint256 quantity;
        int256 limit;
        uint256 salt;
        uint256 exposure;
        uint256 allowance;
        bytes20 terms;
        bool isOpened;
        uint256 filled;
    }

    /// @param voids How many of the operator's orders are void.
    /// @param wishes Those that count, ascending by rank.
    /// @param fills Of each chunk, as published; `forced` the opened orders' terms that belong to each.
    struct Outcome {
        ICallAuction.ClearingClaim claim;
        uint256 voids;
        Wish[] wishes;
        bytes[] fills;
        bytes[] forced;
        uint256 volume;
    }

    function _referenceOf(
        DeliveryPeriod period,
        bytes memory orders,
        bytes20[] memory opened
    ) internal view returns (Outcome memory) {
        return _referenceOf(period, _chunksOf(orders), opened);
    }

    /// @param chunks Packed orders, as the operator commits them.
    /// @param opened Terms of all opened orders, in any sequence.
    function _referenceOf(
        DeliveryPeriod period,
        bytes[] memory chunks,
        bytes20[] memory opened
    ) internal view returns (Outcome memory outcome) {
        (Wish[] memory batch, uint256[] memory lastRanks) = _batchOf(period, chunks);
        outcome.voids = _countOf(chunks) - batch.length;
        Wish[] memory standing = _standingOf(period, opened);
        outcome.wishes = _withinAllowance(_merged(batch, standing));
        _settle(outcome);
        outcome.fills = new bytes[](lastRanks.length);
        outcome.forced = new bytes[](lastRanks.length);
        for (uint256 i = 0; i < outcome.wishes.length; ++i) {
            Wish memory wish = outcome.wishes[i];
            if (wish.filled == 0) continue;
            uint256 chunk = _chunkOf(lastRanks, wish.rank);
            outcome.fills[chunk] = bytes.concat(
                outcome.fills[chunk],
                _fillOf(MemberId.wrap(uint24(wish.rank / 2)), ICallAuction.Side(wish.rank % 2), wish.filled)
            );
        }
        for (uint256 i = 0; i < standing.length; ++i) {
            uint256 chunk = _chunkOf(lastRanks, standing[i].rank);
            outcome.forced[chunk] = bytes.concat(outcome.forced[chunk], standing[i].terms);
        }
    }

    /// @return batch The operator's orders that are not void.
    /// @return lastRanks Rank of the last of them up to the end of each chunk; one chunk at least.
    function _batchOf(
        DeliveryPeriod period,
        bytes[] memory chunks
    ) private view returns (Wish[] memory batch, uint256[] memory lastRanks) {
        batch = new Wish[](_countOf(chunks));
        lastRanks = new uint256[](chunks.length == 0 ? 1 : chunks.length);
        ITradingDays.Entry[] memory entries = tradingDays.entriesOf(AREA, DAY, 0, type(uint16).max);
        bytes32 separator = _separatorOf(address(auction));
        uint256 found = 0;
        for (uint256 i = 0; i < chunks.length; ++i) {
            for (uint256 start = 0; start < chunks[i].length; start += ORDER_LENGTH) {
                bytes memory packed = _slice(chunks[i], start, ORDER_LENGTH);
                (bool isValid, Wish memory wish) = _judge(period, entries, separator, packed);
                if (isValid && _fitsBehind(batch, found, wish)) batch[found++] = wish;
            }
            lastRanks[i] = found == 0 ? 0 : batch[found - 1].rank;
        }
        assembly ("memory-safe") {
            mstore(batch, found)
        }
    }

    function _countOf(bytes[] memory chunks) private pure returns (uint256 count) {
        for (uint256 i = 0; i < chunks.length; ++i) {
            count += chunks[i].length / ORDER_LENGTH;
        }
    }

    /// @dev Rules that an order must keep together with those before it.
    function _fitsBehind(Wish[] memory batch, uint256 found, Wish memory wish) private pure returns (bool) {
        uint256 exposure = wish.exposure;
        for (uint256 i = 0; i < found; ++i) {
            if (batch[i].rank >= wish.rank) return false;
            if (batch[i].rank / 2 == wish.rank / 2) exposure += batch[i].exposure;
        }
        return exposure <= wish.allowance;
    }

    /// @dev Rules that an order must keep alone.
    function _judge(
        DeliveryPeriod period,
        ITradingDays.Entry[] memory entries,
        bytes32 separator,
        bytes memory packed
    ) private view returns (bool isValid, Wish memory wish) {
        uint256 index = _number(packed, 0, 2);
        if (index >= entries.length) return (false, wish);
        ITradingDays.Entry memory entry = entries[index];
        if (_number(packed, 6, 2) > 45_000) return (false, wish);
        wish = _wishOf(period, entry, packed);
        if (!_isWithin(period, entry, wish)) return (false, wish);

        uint256 gateClosure = _gateClosureOf(period);
        uint256 expiry = gateClosure + _number(packed, 8, 4);
        if (expiry > type(uint32).max) return (false, wish);
        if (members.keyRevokedAt(entry.memberId, entry.key, gateClosure) != 0) return (false, wish);

        bytes32 digest = _digestBy(separator, period, entry.memberId, wish, uint32(expiry));
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(
            digest,
            bytes32(_number(packed, 20, 32)),
            bytes32(_number(packed, 52, 32))
        );
        isValid = failure == ECDSA.RecoverError.NoError && signer == entry.key;
    }

    function _wishOf(
        DeliveryPeriod period,
        ITradingDays.Entry memory entry,
        bytes memory packed
    ) private view returns (Wish memory wish) {
        uint256 amount = _number(packed, 2, 4);
        wish.quantity = amount % 2 ** 31;
        wish.rank = uint256(MemberId.unwrap(entry.memberId)) * 2 + amount / 2 ** 31;
        wish.limit = int256(_number(packed, 6, 2)) * 100 - 500_000;
        wish.salt = _number(packed, 12, 8);
        wish.allowance = entry.allowance;
        wish.exposure = _exposureOf(period, wish);
        wish.terms = bytes20(bytes32(_number(packed, 0, 20) << 96));
    }

    function _isWithin(
        DeliveryPeriod period,
        ITradingDays.Entry memory entry,
        Wish memory wish
    ) private pure returns (bool) {
        if (wish.rank % 2 == 0 && entry.sides != 1 && entry.sides != 3) return false;
        if (wish.rank % 2 == 1 && entry.sides != 2 && entry.sides != 3) return false;
        if (DeliveryPeriod.unwrap(period) % 96 >= entry.validPeriods) return false;
        if (wish.quantity > EnergyWh.unwrap(entry.quantityLimit)) return false;
        return
            wish.limit >= Price.unwrap(entry.lowestPrice) && wish.limit <= Price.unwrap(entry.highestPrice);
    }

    function _exposureOf(DeliveryPeriod period, Wish memory wish) private view returns (uint256) {
        IAreaRegistry.Tariff memory tariff = areas.tariffOf(AREA, period);
        int256 first = wish.rank % 2 == 0 ? wish.limit : -wish.limit;
        int256 second = wish.rank % 2 == 0 ? wish.limit - tariff.feedIn : tariff.retail - wish.limit;
        int256 worst = first > second ? first : second;
        if (wish.rank % 2 == 0) worst += tariff.platformFee;
        if (worst < 0) worst = 0;
        uint256 product = wish.quantity * uint256(worst);
        return product / 1000 + (product % 1000 == 0 ? 0 : 1);
    }

    function _digestBy(
        bytes32 separator,
        DeliveryPeriod period,
        MemberId memberId,
        Wish memory wish,
        uint32 expiry
    ) private pure returns (bytes32) {
        ICallAuction.Order memory order = _order(
            memberId,
            ICallAuction.Side(wish.rank % 2),
            uint32(wish.quantity),
            int24(wish.limit),
            uint64(wish.salt)
        );
        order.deliveryPeriod = period;
        order.expiry = expiry;
        return keccak256(abi.encodePacked(hex"1901", separator, _structHashOf(order)));
    }

    /// @return standing Ascending by rank: of each rank the one with the greatest salt, of equals the first.
    function _standingOf(
        DeliveryPeriod period,
        bytes20[] memory opened
    ) private view returns (Wish[] memory standing) {
        standing = new Wish[](opened.length);
        ITradingDays.Entry[] memory entries = tradingDays.entriesOf(AREA, DAY, 0, type(uint16).max);
        uint256 found = 0;
        for (uint256 i = 0; i < opened.length; ++i) {
            bytes memory packed = bytes.concat(opened[i], new bytes(64));
            Wish memory wish = _wishOf(period, entries[_number(packed, 0, 2)], packed);
            wish.isOpened = true;
            uint256 place = 0;
            while (place < found && standing[place].rank < wish.rank) ++place;
            if (place < found && standing[place].rank == wish.rank) {
                if (wish.salt > standing[place].salt) standing[place] = wish;
                continue;
            }
            for (uint256 j = found++; j > place; --j) {
                standing[j] = standing[j - 1];
            }
            standing[place] = wish;
        }
        assembly ("memory-safe") {
            mstore(standing, found)
        }
    }

    function _merged(
        Wish[] memory batch,
        Wish[] memory standing
    ) private pure returns (Wish[] memory merged) {
        merged = new Wish[](batch.length + standing.length);
        (uint256 i, uint256 j, uint256 found) = (0, 0, 0);
        while (i < batch.length || j < standing.length) {
            if (j == standing.length || (i < batch.length && batch[i].rank < standing[j].rank)) {
                merged[found++] = batch[i++];
            } else if (i == batch.length || standing[j].rank < batch[i].rank) {
                merged[found++] = standing[j++];
            } else {
                merged[found++] = batch[i].salt > standing[j].salt ? batch[i] : standing[j];
                (i, j) = (i + 1, j + 1);
            }
        }
        assembly ("memory-safe") {
            mstore(merged, found)
        }
    }

    function _withinAllowance(Wish[] memory merged) private pure returns (Wish[] memory kept) {
        kept = new Wish[](merged.length);
        uint256 found = 0;
        for (uint256 i = 0; i < merged.length; ++i) {
            bool hasBid = found != 0 && kept[found - 1].rank / 2 == merged[i].rank / 2;
            uint256 others = hasBid ? kept[found - 1].exposure : 0;
            if (merged[i].exposure + others <= merged[i].allowance) kept[found++] = merged[i];
        }
        assembly ("memory-safe") {
            mstore(kept, found)
        }
    }

    /// @dev Price, volume and fills of the wishes that count.
    function _settle(Outcome memory outcome) private pure {
        (bool trades, int256 price) = _priceOf(outcome.wishes);
        if (!trades) return;
        ICallAuction.ClearingClaim memory claim = _sumsAt(outcome.wishes, price);
        outcome.claim = claim;
        uint256 volume = claim.bidsAtOrAbove;
        if (claim.offersAtOrBelow < volume) volume = claim.offersAtOrBelow;
        outcome.volume = volume;
        uint256[2] memory rest = [volume - claim.bidsAbove, volume - claim.offersBelow];
        uint256[2] memory total = [
            uint256(claim.bidsAtOrAbove - claim.bidsAbove),
            claim.offersAtOrBelow - claim.offersBelow
        ];
        uint256[2] memory seen;
        for (uint256 i = 0; i < outcome.wishes.length; ++i) {
            Wish memory wish = outcome.wishes[i];
            uint256 side = wish.rank % 2;
            int256 better = side == 0 ? wish.limit - price : price - wish.limit;
            if (better > 0) wish.filled = wish.quantity;
            if (better != 0 || wish.quantity == 0) continue;
            uint256 before = (seen[side] * rest[side]) / total[side];
            seen[side] += wish.quantity;
            wish.filled = (seen[side] * rest[side]) / total[side] - before;
        }
    }

    /// @dev The midpoint of the limits that clear, rounded to the tick towards zero; none where nothing crosses.
    function _priceOf(Wish[] memory wishes) private pure returns (bool trades, int256 price) {
        int256 lowest = type(int256).max;
        int256 highest = type(int256).min;
        for (uint256 i = 0; i < wishes.length; ++i) {
            if (wishes[i].quantity == 0) continue;
            for (uint256 j = 0; j < wishes.length; ++j) {
                if (wishes[i].rank % 2 == 1 || wishes[j].rank % 2 == 0 || wishes[j].quantity == 0) continue;
                if (wishes[i].limit >= wishes[j].limit) trades = true;
            }
            if (!_isClearing(wishes, wishes[i].limit)) continue;
            if (wishes[i].limit < lowest) lowest = wishes[i].limit;
            if (wishes[i].limit > highest) highest = wishes[i].limit;
        }
        if (trades) price = ((lowest + highest) / 200) * 100;
    }

    /// @dev Whether nothing strictly better than the price is left unfilled at it.
    function _isClearing(Wish[] memory wishes, int256 price) internal pure returns (bool) {
        ICallAuction.ClearingClaim memory sums = _sumsAt(wishes, price);
        return sums.bidsAbove <= sums.offersAtOrBelow && sums.offersBelow <= sums.bidsAtOrAbove;
    }

    function _sumsAt(
        Wish[] memory wishes,
        int256 price
    ) internal pure returns (ICallAuction.ClearingClaim memory sums) {
        sums.price = Price.wrap(int24(price));
        for (uint256 i = 0; i < wishes.length; ++i) {
            (uint64 quantity, int256 limit) = (uint64(wishes[i].quantity), wishes[i].limit);
            if (wishes[i].rank % 2 == 0) {
                if (limit >= price) sums.bidsAtOrAbove += quantity;
                if (limit > price) sums.bidsAbove += quantity;
            } else {
                if (limit <= price) sums.offersAtOrBelow += quantity;
                if (limit < price) sums.offersBelow += quantity;
            }
        }
    }

    /// @dev The first chunk that ends at or behind the rank; the last one for whatever is left.
    function _chunkOf(uint256[] memory lastRanks, uint256 rank) private pure returns (uint256 chunk) {
        while (chunk + 1 < lastRanks.length && lastRanks[chunk] < rank) ++chunk;
    }

    function _gateClosureOf(DeliveryPeriod period) internal pure returns (uint256) {
        return uint256(DeliveryPeriod.unwrap(period)) * 900 - 300;
    }

    /// @return number The big-endian number of `length` bytes, 32 at most, at `start`.
    function _number(
        bytes memory source,
        uint256 start,
        uint256 length
    ) internal pure returns (uint256 number) {
        for (uint256 i = 0; i < length; ++i) {
            number = number * 256 + uint8(source[start + i]);
        }
    }

    /// @return hash Chain over the fills of every chunk.
    function _chainOfFills(bytes[] memory fills) internal pure returns (bytes32 hash) {
        for (uint256 i = 0; i < fills.length; ++i) {
            hash = keccak256(abi.encodePacked(hash, keccak256(fills[i])));
        }
    }
}
