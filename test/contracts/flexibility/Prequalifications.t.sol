// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {CongestionPointId, PortfolioId, PowerW, ProductId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// requestPrequalification, prequalify, rejectPrequalification
//   given power below the product's least or above what is asked for, an effect of none, or more than a year, they revert
//   given a product or point of another area, or a retired product, requestPrequalification reverts
//   given nothing that waits, they revert; what is prequalified holds while it is renewed, until it is rejected
// capabilityOf is the most that holds in the direction; at most 16 hold at a time
contract PrequalificationsTest is FlexWorld {
    IFlexProducts.Direction private constant LESS = IFlexProducts.Direction.ConsumeLess;
    IFlexProducts.Direction private constant MORE = IFlexProducts.Direction.ConsumeMore;

    function test_prequalify_holdsUntilItsEnd() public {
        IFlexPortfolios.Prequalification memory found = _found();
        vm.assertTrue(found.state == IFlexPortfolios.Queue.Prequalified, "state");
        vm.assertEq(PowerW.unwrap(found.power), PREQUALIFIED, "power");
        vm.assertEq(found.effect, EFFECT, "effect");
        vm.assertEq(found.from, block.timestamp, "from");
        vm.assertEq(_capability(LESS), PREQUALIFIED, "capability");
        vm.assertEq(_capability(MORE), 0, "in the other direction");
        vm.warp(found.until);
        vm.assertEq(_capability(LESS), 0, "over");
    }

    function test_requestPrequalification_renewsWhatHolds() public {
        vm.expectEmit();
        emit IFlexPortfolios.PrequalificationRequested(
            _portfolio,
            _product,
            _point,
            PowerW.wrap(20_000),
            "evidence"
        );
        _ask(20_000);
        vm.assertTrue(_found().state == IFlexPortfolios.Queue.Waiting, "waits");
        vm.assertEq(PowerW.unwrap(_found().power), PREQUALIFIED, "and holds meanwhile");
        vm.assertEq(_capability(LESS), PREQUALIFIED, "capability");
        uint40 until = uint40(block.timestamp + 366 days);
        vm.expectEmit();
        emit IFlexPortfolios.Prequalified(_portfolio, _product, _point, PowerW.wrap(15_000), 1, until);
        _decide(15_000, 1, until);
        vm.assertEq(_capability(LESS), 15_000, "less than was asked for");
    }

    function test_rejectPrequalification_takesBackWhatHolds() public {
        vm.expectEmit();
        emit IFlexPortfolios.PrequalificationRejected(_portfolio, _product, _point, "too slow");
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, "too slow");
        vm.assertTrue(_found().state == IFlexPortfolios.Queue.Rejected, "rejected");
        vm.assertEq(PowerW.unwrap(_found().power), 0, "nothing holds");
        vm.assertEq(_capability(LESS), 0, "capability");
        bytes memory nothing = abi.encodeWithSelector(
            IFlexPortfolios.FlexPortfoliosNothingWaits.selector,
            _portfolio,
            _product,
            _point
        );
        vm.expectRevert(nothing);
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, "again");
        vm.expectRevert(nothing);
        _decide(1, 1, uint40(block.timestamp + 1));
        _ask(MINIMUM);
        _refuseReason("");
        _refuseReason(string(new bytes(257)));
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, string(new bytes(256)));
    }

    function test_requestPrequalification_revertsForWhatIsNone() public {
        _expectInvalid();
        _ask(MINIMUM - 1);
        _expectInvalid();
        _ask(2 ** 31);
        ProductId foreign = flexProducts.defineProduct(OTHER_AREA, "elsewhere", _less());
        _expectInvalid();
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(_portfolio, foreign, _point, PowerW.wrap(MINIMUM), 0);
        CongestionPointId away = congestionPoints.registerPoint(OTHER_AREA, "away", _capacity());
        _expectInvalid();
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(_portfolio, _product, away, PowerW.wrap(MINIMUM), 0);
        flexProducts.retireProduct(_product);
        vm.expectRevert(abi.encodeWithSelector(IFlexProducts.FlexProductsRetired.selector, _product));
        _ask(MINIMUM);
    }

    function test_prequalify_revertsForWhatIsNone() public {
        uint40 present = uint40(block.timestamp);
        _ask(1_000);
        _refuseDecision(0, 1, present + 1);
        _refuseDecision(1_001, 1, present + 1);
        _refuseDecision(1_000, 0, present + 1);
        _refuseDecision(1_000, 1_000_001, present + 1);
        _refuseDecision(1_000, 1, present);
        _refuseDecision(1_000, 1, present + 366 days + 1);
        _decide(1_000, 1_000_000, present + 1);
    }

    function test_capabilityOf_isTheMostOfAll() public {
        ProductId more = flexProducts.defineProduct(AREA, "more", _system(MORE));
        _prequalify(_portfolio, more, 3_000);
        ProductId larger = flexProducts.defineProduct(AREA, "larger", _less());
        _prequalify(_portfolio, larger, 25_000);
        vm.assertEq(_capability(LESS), 25_000, "less");
        vm.assertEq(_capability(MORE), 3_000, "more");
        flexPortfolios.rejectPrequalification(_portfolio, larger, _point, "no more");
        vm.assertEq(_capability(LESS), PREQUALIFIED, "what is left");
    }

    function test_prequalify_isForAtMost16AtATime() public {
        for (uint256 i = 1; i < 16; ++i) {
            _prequalify(_portfolio, flexProducts.defineProduct(AREA, "some", _less()), MINIMUM);
        }
        ProductId next = flexProducts.defineProduct(AREA, "one too many", _less());
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(_portfolio, next, _point, PowerW.wrap(MINIMUM), 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosTooManyPrequalifications.selector,
                _portfolio,
                16
            )
        );
        flexPortfolios.prequalify(
            _portfolio,
            next,
            _point,
            PowerW.wrap(MINIMUM),
            1,
            uint40(block.timestamp + 1)
        );
        // What is over makes room.
        vm.warp(_found().until);
        _prequalify(_portfolio, next, MINIMUM);
        vm.assertEq(_capability(LESS), MINIMUM, "capability");
    }

    function test_requestPrequalification_isForTheAggregator() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                _portfolio,
                address(this)
            )
        );
        flexPortfolios.requestPrequalification(_portfolio, _product, _point, PowerW.wrap(MINIMUM), 0);
        PortfolioId none = PortfolioId.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(IFlexPortfolios.FlexPortfoliosUnknown.selector, none));
        flexPortfolios.requestPrequalification(none, _product, _point, PowerW.wrap(MINIMUM), 0);
    }

    function _ask(uint32 power) private {
        vm.prank(_aggregator);
        flexPortfolios.requestPrequalification(_portfolio, _product, _point, PowerW.wrap(power), "evidence");
    }

    function _decide(uint32 power, uint32 effect, uint40 until) private {
        flexPortfolios.prequalify(_portfolio, _product, _point, PowerW.wrap(power), effect, until);
    }

    function _refuseDecision(uint32 power, uint32 effect, uint40 until) private {
        _expectInvalid();
        _decide(power, effect, until);
    }

    function _refuseReason(string memory reason) private {
        _expectInvalid();
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, reason);
    }

    function _expectInvalid() private {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexPortfolios.FlexPortfoliosInvalidPrequalification.selector)
        );
    }

    function _found() private view returns (IFlexPortfolios.Prequalification memory) {
        return flexPortfolios.prequalificationOf(_portfolio, _product, _point);
    }

    function _capability(IFlexProducts.Direction direction) private view returns (uint256) {
        return PowerW.unwrap(flexPortfolios.capabilityOf(_portfolio, direction));
    }
}
