// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClearingUnderProof} from "./ClearingUnderProof.sol";

/// @dev What the SMT checker proves of the shares at the price, in the library's own function: an induction over the
/// orders at the price, like the others. Of an order at the price, `before` Wh are asked for by those before it.
///
/// Products of two unknowns are beyond what the checker decides in general, hence the small lemmas.
contract ShareProof is ClearingUnderProof {
    uint256 private constant ENERGY_LIMIT = 2 ** 64;

    /// @dev With what all orders so far got being floor(before * rest / atPrice), the same holds after the next one.
    function share_keepsTheSum(uint256 before, uint256 quantity, uint256 rest, uint256 atPrice) external {
        _requireShare(before, quantity, rest, atPrice);
        uint256 fill = _shareOf(before, quantity, rest, atPrice);

        unchecked {
            uint256 given = (before * rest) / atPrice;
            uint256 next = ((before + quantity) * rest) / atPrice;
            assert(next >= given);
            assert(fill == next - given);
        }
    }

    function share_startsAtZero(uint256 rest, uint256 atPrice) external pure {
        require(atPrice > 0 && atPrice < ENERGY_LIMIT && rest <= atPrice);
        assert((0 * rest) / atPrice == 0);
    }

    /// @dev Once all that is asked for at the price has had its share, the rest is given, to the Wh.
    function share_endsAtTheRest(uint256 rest, uint256 atPrice) external pure {
        require(atPrice > 0 && atPrice < ENERGY_LIMIT && rest <= atPrice);
        assert((atPrice * rest) / atPrice == rest);
    }

    /// @dev Nobody gets more than it asked for.
    function share_isAtMostTheQuantity(
        uint256 before,
        uint256 quantity,
        uint256 rest,
        uint256 atPrice
    ) external {
        _requireShare(before, quantity, rest, atPrice);
        uint256 fill = _shareOf(before, quantity, rest, atPrice);

        assert(fill <= quantity);
    }

    /// @dev All of it where nothing is left over.
    function share_isWholeWhereAllIsGiven(uint256 before, uint256 quantity, uint256 atPrice) external {
        _requireShare(before, quantity, atPrice, atPrice);
        uint256 fill = _shareOf(before, quantity, atPrice, atPrice);

        assert(fill == quantity);
    }

    function share_isNothingWhereNothingIsLeft(uint256 before, uint256 quantity, uint256 atPrice) external {
        _requireShare(before, quantity, 0, atPrice);
        uint256 fill = _shareOf(before, quantity, 0, atPrice);

        assert(fill == 0);
    }

    function _requireShare(uint256 before, uint256 quantity, uint256 rest, uint256 atPrice) private pure {
        require(atPrice > 0 && atPrice < ENERGY_LIMIT && rest <= atPrice);
        require(quantity <= atPrice && before <= atPrice - quantity);
    }
}
