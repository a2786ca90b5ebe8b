// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PERIOD_SECONDS, PERIODS_PER_DAY, PortfolioId, ProductId, TradingDay} from "../types/Types.sol";
import {BaselineMethods} from "./BaselineMethods.sol";
import {IFlexNominations} from "./IFlexNominations.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

contract FlexNominations is IFlexNominations {
    using BaselineMethods for bytes;
    using SafeCast for uint256;

    IFlexProducts private immutable _products;
    IFlexPortfolios private immutable _portfolios;

    mapping(PortfolioId portfolioId => mapping(ProductId productId => mapping(TradingDay day => Nomination)))
        private _nominations;

    constructor(IFlexProducts flexProducts, IFlexPortfolios flexPortfolios) {
        _products = flexProducts;
        _portfolios = flexPortfolios;
    }

    /// @inheritdoc IFlexNominations
    function nominate(
        PortfolioId portfolioId,
        ProductId productId,
        TradingDay day,
        bytes32 root,
        uint32 count,
        uint64 importTotal,
        uint64 exportTotal
    ) external {
        _portfolios.requireAggregator(portfolioId, msg.sender);
        _requireOpen(productId, day);
        if (_nominations[portfolioId][productId][day].committedAt != 0) {
            revert FlexNominationsAlreadyNominated(portfolioId, productId, day);
        }

        _nominations[portfolioId][productId][day] = Nomination(
            root,
            count,
            importTotal,
            exportTotal,
            block.timestamp.toUint40()
        );

        emit BaselineNominated(portfolioId, productId, day, root, count, importTotal, exportTotal);
    }

    /// @inheritdoc IFlexNominations
    function nominationOf(
        PortfolioId portfolioId,
        ProductId productId,
        TradingDay day
    ) external view returns (Nomination memory) {
        return _nominations[portfolioId][productId][day];
    }

    /// @dev Of several nominations among a product's methods the first says when the gate closes.
    function _requireOpen(ProductId productId, TradingDay day) private view {
        bytes memory methods = _products.productOf(productId).baseline;
        uint256 count = methods.methodCountOf();
        for (uint256 i = 0; i < count; ++i) {
            BaselineMethods.Method memory method = methods.methodAt(i);
            if (method.name != IFlexProducts.Method.Nomination) continue;
            uint256 start = uint256(TradingDay.unwrap(day)) * PERIODS_PER_DAY * PERIOD_SECONDS;
            uint256 gateClosure = start - method.a;
            if (block.timestamp >= gateClosure) {
                revert FlexNominationsTooLate(day, gateClosure, block.timestamp);
            }
            return;
        }
        revert FlexNominationsNotByNomination(productId);
    }
}
