// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortfolioId, ProductId, TradingDay} from "../types/Types.sol";

/// @notice Nominated baselines: an aggregator commits what the members of a portfolio will take from the grid before
/// the day's gate closes, as the root of a Merkle sum tree whose leaves stay off the ledger.
/// @dev A leaf, big-endian: memberId 3, period 4, baseline 8 (signed Wh, positive towards the member), salt 32; its
/// sums are the baseline where positive, and its amount where negative. Leaves ascend by member and period.
interface IFlexNominations {
    struct Nomination {
        bytes32 root;
        uint32 count;
        uint64 importTotal;
        uint64 exportTotal;
        uint40 committedAt;
    }

    event BaselineNominated(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        TradingDay indexed day,
        bytes32 root,
        uint32 count,
        uint64 importTotal,
        uint64 exportTotal
    );

    error FlexNominationsAlreadyNominated(PortfolioId portfolioId, ProductId productId, TradingDay day);
    error FlexNominationsTooLate(TradingDay day, uint256 gateClosure, uint256 time);
    error FlexNominationsNotByNomination(ProductId productId);

    /// @notice Once per portfolio, product and day, before its gate closure.
    /// @custom:access the portfolio's aggregator
    function nominate(
        PortfolioId portfolioId,
        ProductId productId,
        TradingDay day,
        bytes32 root,
        uint32 count,
        uint64 importTotal,
        uint64 exportTotal
    ) external;
    function nominationOf(
        PortfolioId portfolioId,
        ProductId productId,
        TradingDay day
    ) external view returns (Nomination memory);
}
