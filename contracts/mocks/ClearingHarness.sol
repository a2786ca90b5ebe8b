// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clearing} from "../market/Clearing.sol";
import {ICallAuction} from "../market/ICallAuction.sol";

/// @notice The clearing library's pass over a book, for tests that compare it with the same rule elsewhere.
/// @dev Goes about it as the auction does: where a claim says that nothing crosses, orders are watched and get nothing.
contract ClearingHarness {
    using Clearing for Clearing.Tally;

    struct BookOrder {
        bool isBid;
        uint32 quantity;
        int24 limit;
    }

    /// @notice What every order gets, in Wh, in the sequence given. Reverts as the library does for a false claim.
    function fillsOf(
        BookOrder[] calldata book,
        ICallAuction.ClearingClaim calldata claim
    ) external pure returns (uint32[] memory fills) {
        ICallAuction.ClearingClaim memory stated = claim;
        Clearing.Tally memory tally = Clearing.begin(stated);
        fills = new uint32[](book.length);
        for (uint256 i = 0; i < book.length; ++i) {
            fills[i] = _fillOf(tally, book[i]);
        }
        tally.requireTrue(stated);
    }

    /// @notice Which of the claims are accepted for the book.
    function areAccepted(
        BookOrder[] calldata book,
        ICallAuction.ClearingClaim[] calldata claims
    ) external view returns (bool[] memory accepted) {
        accepted = new bool[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            try this.fillsOf(book, claims[i]) {
                accepted[i] = true;
            } catch {
                accepted[i] = false;
            }
        }
    }

    function _fillOf(Clearing.Tally memory tally, BookOrder calldata order) private pure returns (uint32) {
        (bool isBid, uint256 quantity, int256 limit) = (order.isBid, order.quantity, order.limit);
        if (!tally.claimsTrade) tally.watch(isBid, quantity, limit);
        uint256 fill = isBid ? tally.addBid(quantity, limit) : tally.addOffer(quantity, limit);
        // Wrong where the claim is; then nothing of this remains.
        return tally.claimsTrade ? uint32(fill) : 0;
    }
}
