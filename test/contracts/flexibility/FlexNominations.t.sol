// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexNominations} from "../../../contracts/flexibility/IFlexNominations.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {PortfolioId, ProductId, TradingDay} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexDay} from "./FlexDay.sol";

// nominate
//   given the second before the gate closes, it is kept as it was committed; given the gate's closure, it reverts
//   given a nomination of the portfolio, product and day, it reverts
//   given a product that has no nomination among its methods, it reverts
contract FlexNominationsTest is FlexDay {
    PortfolioId private constant PORTFOLIO = PortfolioId.wrap(1);
    ProductId private constant PRODUCT = ProductId.wrap(1);
    TradingDay private constant THIRD_DAY = TradingDay.wrap(20_002);
    uint256 private constant GATE_CLOSURE = 20_002 * 86_400 - 3_600;

    function test_nominate_keepsWhatIsCommittedInTime() public {
        vm.warp(GATE_CLOSURE - 1);
        vm.expectEmit();
        emit IFlexNominations.BaselineNominated(PORTFOLIO, PRODUCT, THIRD_DAY, "root", 96, 1_000, 20);
        _nominate();
        IFlexNominations.Nomination memory kept = nominations.nominationOf(PORTFOLIO, PRODUCT, THIRD_DAY);
        vm.assertEq(
            keccak256(abi.encode(kept)),
            keccak256(
                abi.encode(IFlexNominations.Nomination("root", 96, 1_000, 20, uint40(GATE_CLOSURE - 1)))
            ),
            "kept"
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexNominations.FlexNominationsAlreadyNominated.selector,
                PORTFOLIO,
                PRODUCT,
                THIRD_DAY
            )
        );
        _nominate();
    }

    function test_nominate_revertsAtGateClosure() public {
        vm.warp(GATE_CLOSURE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexNominations.FlexNominationsTooLate.selector,
                THIRD_DAY,
                GATE_CLOSURE,
                GATE_CLOSURE
            )
        );
        _nominate();
    }

    function test_nominate_revertsForAProductWithoutNomination() public {
        IFlexProducts.Product memory product = market.productOf(PRODUCT);
        product.baseline = _method(1, 2, 1, 0);
        market.setProduct(PRODUCT, product, false);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexNominations.FlexNominationsNotByNomination.selector, PRODUCT)
        );
        _nominate();
    }

    function _nominate() private {
        nominations.nominate(PORTFOLIO, PRODUCT, THIRD_DAY, "root", 96, 1_000, 20);
    }
}
