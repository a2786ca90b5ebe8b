// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAreaRegistry} from "../grid/IAreaRegistry.sol";
import {
    DeliveryPeriod,
    EnergyWh,
    HIGHEST_PRICE,
    LOWEST_PRICE,
    MemberId,
    PERIODS_PER_DAY,
    Price,
    PRICE_TICK
} from "../types/Types.sol";
import {Exposure} from "./Exposure.sol";
import {ICallAuction} from "./ICallAuction.sol";
import {ITradingDays} from "./ITradingDays.sol";
import {PackedOrders} from "./PackedOrders.sol";

/// @dev The rules of one order, each with its error: what OrderPass tests without a word for every order of a batch.
library OrderRules {
    using Exposure for Exposure.Rates;

    uint256 private constant COMPACT_SIGNATURE_LENGTH = 64;

    function requireWithinEntry(
        ICallAuction.Order calldata order,
        ITradingDays.Entry memory entry,
        uint256 entryIndex
    ) internal pure {
        if (order.product != 0 || order.terms != 0) {
            revert ICallAuction.CallAuctionUnknownProduct(order.product, order.terms);
        }
        if (entry.key == address(0) || MemberId.unwrap(entry.memberId) != MemberId.unwrap(order.trader))
            revert ICallAuction.CallAuctionUnknownEntry(entryIndex, order.trader);
        _requirePrice(order.limitPrice);
        uint256 quantity = EnergyWh.unwrap(order.quantity);
        if (quantity > EnergyWh.unwrap(entry.quantityLimit) || quantity > PackedOrders.LARGEST_QUANTITY) {
            revert ICallAuction.CallAuctionOverLimit(order.trader, order.quantity, entry.quantityLimit);
        }
        if (
            (entry.sides >> uint8(order.side)) & 1 == 0 ||
            DeliveryPeriod.unwrap(order.deliveryPeriod) % PERIODS_PER_DAY >= entry.validPeriods ||
            Price.unwrap(order.limitPrice) < Price.unwrap(entry.lowestPrice) ||
            Price.unwrap(order.limitPrice) > Price.unwrap(entry.highestPrice)
        ) revert ICallAuction.CallAuctionOutsideDelegation(order.trader, entry.key);
    }

    /// @param revokedAt By gate closure, zero for never: a key that was revoked after it signed for what was binding by
    /// then.
    function requireStanding(
        ICallAuction.Order calldata order,
        address key,
        uint256 gateClosure,
        uint256 revokedAt
    ) internal pure {
        if (order.expiry < gateClosure) revert ICallAuction.CallAuctionExpired(order.expiry, gateClosure);
        // Times have 32 bits.
        if (revokedAt != 0) {
            revert ICallAuction.CallAuctionKeyRevoked(order.trader, key, uint32(revokedAt));
        }
    }

    function requireCovered(
        IAreaRegistry areaRegistry,
        ICallAuction.Order calldata order,
        uint256 allowance
    ) internal view {
        uint256 exposure = Exposure.ratesOf(areaRegistry, order.area, order.deliveryPeriod).riskOf(
            uint8(order.side),
            EnergyWh.unwrap(order.quantity),
            Price.unwrap(order.limitPrice)
        );
        if (exposure > allowance) {
            revert ICallAuction.CallAuctionOverAllowance(order.trader, exposure, allowance);
        }
    }

    /// @param signature 64 bytes (EIP-2098) or 65 of an account, or whatever the contract at `key` accepts (EIP-1271).
    function requireSigned(
        MemberId trader,
        address key,
        bytes32 digest,
        bytes calldata signature
    ) internal view {
        // No entry's key is zero, which is the signer where there is none.
        if (signerOf(digest, signature) == key) return;
        if (!SignatureChecker.isValidSignatureNowCalldata(key, digest, signature)) {
            revert ICallAuction.CallAuctionInvalidSignature(trader);
        }
    }

    /// @param signature 64 bytes (EIP-2098) or 65.
    /// @return signer Zero where it is nobody's.
    function signerOf(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        if (signature.length == COMPACT_SIGNATURE_LENGTH) {
            (signer, , ) = ECDSA.tryRecover(digest, bytes32(signature[:32]), bytes32(signature[32:]));
        } else {
            (signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        }
    }

    function _requirePrice(Price price) private pure {
        int24 limit = Price.unwrap(price);
        if (limit < LOWEST_PRICE || limit > HIGHEST_PRICE || limit % PRICE_TICK != 0) {
            revert ICallAuction.CallAuctionInvalidPrice(price);
        }
    }
}
