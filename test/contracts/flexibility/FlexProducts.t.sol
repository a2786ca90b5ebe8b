// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, PowerW, ProductId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// defineProduct
//   given a DSO, the product is its own, whatever the level; given a TSO, of level System alone
//   given a name of none or more than 64 bytes, or a parameter out of its range, it reverts and names the parameter
//   given packed penalty bands or baseline methods, exactly those pass that the domain's rule lets pass
// retireProduct, requireBuyer
//   given somebody else, or a buyer whose credential is gone, they revert; retired twice, it reverts
contract FlexProductsTest is FlexWorld {
    function test_defineProduct_keepsWhatItIsTold() public {
        IFlexProducts.Product memory product = _less();
        vm.expectEmit();
        emit IFlexProducts.ProductDefined(ProductId.wrap(2), AREA, address(this), "another", product);
        ProductId productId = flexProducts.defineProduct(AREA, "another", product);
        vm.assertEq(
            abi.encode(flexProducts.productOf(productId)),
            abi.encode(product),
            "all of its parameters"
        );
        vm.assertEq(AreaId.unwrap(flexProducts.areaOf(productId)), 1, "area");
        vm.assertFalse(flexProducts.isRetired(productId), "on sale");
        vm.assertEq(flexProducts.productCount(), 2, "products");
        (address buyer, bool isTso) = flexProducts.buyerOf(productId);
        vm.assertEq(buyer, address(this), "its buyer");
        vm.assertFalse(isTso, "a DSO");
    }

    function test_defineProduct_byATsoIsOfTheSystem() public {
        vm.prank(TSO);
        ProductId productId = flexProducts.defineProduct(
            AREA,
            "system",
            _system(IFlexProducts.Direction.ConsumeMore)
        );
        (address buyer, bool isTso) = flexProducts.buyerOf(productId);
        vm.assertEq(buyer, TSO, "its buyer");
        vm.assertTrue(isTso, "a TSO");
        vm.expectRevert(_roleMissing(TSO, Role.DSO, AREA));
        vm.prank(TSO);
        flexProducts.defineProduct(AREA, "cell", _less());
    }

    function test_defineProduct_revertsForANameOfNoneOrTooMany() public {
        _expectInvalid("name");
        flexProducts.defineProduct(AREA, "", _less());
        _expectInvalid("name");
        flexProducts.defineProduct(AREA, string(new bytes(65)), _less());
        flexProducts.defineProduct(AREA, string(new bytes(64)), _less());
    }

    function test_defineProduct_revertsForParametersOutOfRange() public {
        IFlexProducts.Product memory product = _less();
        product.activationLead = 366 days + 1;
        _refuse(product, "activationLead");
        product = _less();
        product.longestActivation = 899;
        _refuse(product, "longestActivation");
        product = _less();
        product.recovery = 366 days + 1;
        _refuse(product, "recovery");
        product = _less();
        product.minimumSize = PowerW.wrap(3);
        _refuse(product, "minimumSize");
        product.minimumSize = PowerW.wrap(2 ** 31);
        _refuse(product, "minimumSize");
        product = _less();
        product.availabilityPrice = 100_000_001;
        _refuse(product, "availabilityPrice");
        product = _less();
        product.utilisationPrice = 100_000_001;
        _refuse(product, "utilisationPrice");
        product = _less();
        product.resolution = 7;
        _refuse(product, "resolution");
        product.resolution = 0;
        _refuse(product, "resolution");
    }

    function test_defineProduct_takesTheBoundsThemselves() public {
        IFlexProducts.Product memory product = _less();
        (product.activationLead, product.longestActivation, product.recovery) = (366 days, 900, 366 days);
        product.minimumSize = PowerW.wrap(4);
        (product.availabilityPrice, product.utilisationPrice, product.resolution) = (
            100_000_000,
            100_000_000,
            1
        );
        product.penalty = "";
        flexProducts.defineProduct(AREA, "least", product);
        product.longestActivation = 366 days;
        product.minimumSize = PowerW.wrap(2 ** 31 - 1);
        flexProducts.defineProduct(AREA, "most", product);
    }

    function test_defineProduct_revertsForPenaltiesThatAreNone() public {
        _refusePenalty(bytes.concat(_band(50, 1), "x"));
        _refusePenalty(bytes.concat(_band(50, 1), _band(50, 2)));
        _refusePenalty(bytes.concat(_band(50, 2), _band(60, 1)));
        _refusePenalty(_band(10_001, 1));
        _refusePenalty(_band(0, 100_000_001));
        bytes memory nine;
        for (uint16 i = 0; i < 9; ++i) {
            nine = bytes.concat(nine, _band(i, i));
        }
        _refusePenalty(nine);
        IFlexProducts.Product memory product = _less();
        product.penalty = bytes.concat(_band(0, 0), _band(10_000, 100_000_000));
        flexProducts.defineProduct(AREA, "widest", product);
    }

    function test_defineProduct_takesEveryMethod() public {
        _takeBaseline(_method(0, 7 days, 0, 0, 0, 0, 0, 0));
        _takeBaseline(_method(1, 96, 0, 0, 0, 0, 0, 0));
        _takeBaseline(_method(2, 366, 0, 0, 0, 0, 0, 0));
        _takeBaseline(_method(3, 1, 0, 0, 2, 100, 96, 96));
        _takeBaseline(_method(4, 366, 366, 1, 0, 0, 0, 0));
        bytes memory means = bytes.concat(
            _tenOfTen(),
            _method(3, 10, 0, 0, 0, 0, 0, 0),
            _tenOfTen(),
            _tenOfTen()
        );
        _takeBaseline(bytes.concat(means, _method(0, 0, 0, 0, 0, 0, 0, 0)));
    }

    function test_defineProduct_revertsForBaselinesThatAreNone() public {
        _refuseBaseline("");
        _refuseBaseline(bytes.concat(_tenOfTen(), "x"));
        _refuseBaseline(
            bytes.concat(_tenOfTen(), _tenOfTen(), _tenOfTen(), _tenOfTen(), _tenOfTen(), _tenOfTen())
        );
        _refuseBaseline(_method(5, 1, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(0, 7 days + 1, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(0, 0, 1, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(0, 0, 0, 0, 1, 0, 1, 0));
        _refuseBaseline(_method(1, 0, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(1, 97, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(1, 0, 97, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(2, 0, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(2, 367, 0, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(2, 10, 1, 0, 0, 0, 0, 0));
        _refuseBaseline(_method(2, 10, 0, 1, 0, 0, 0, 0));
        _refuseBaseline(_method(2, 10, 0, 0, 0, 1, 0, 0));
        _refuseBaseline(_method(2, 10, 0, 0, 3, 0, 1, 0));
        _refuseBaseline(_method(3, 10, 0, 0, 1, 101, 1, 0));
        _refuseBaseline(_method(3, 10, 0, 0, 1, 0, 0, 0));
        _refuseBaseline(_method(3, 10, 0, 0, 1, 0, 97, 0));
        _refuseBaseline(_method(3, 10, 0, 0, 1, 0, 1, 97));
        _refuseBaseline(_method(4, 0, 1, 1, 0, 0, 0, 0));
        _refuseBaseline(_method(4, 1, 0, 1, 0, 0, 0, 0));
        _refuseBaseline(_method(4, 1, 1, 0, 0, 0, 0, 0));
        // What always finds a baseline needs nothing in its stead.
        _refuseBaseline(bytes.concat(_method(0, 0, 0, 0, 0, 0, 0, 0), _tenOfTen()));
        _refuseBaseline(bytes.concat(_method(1, 1, 1, 0, 0, 0, 0, 0), _tenOfTen()));
    }

    function testFuzz_defineProduct_takesAscendingBands(
        uint16[4] memory above,
        uint32[4] memory prices
    ) public {
        bytes memory penalty;
        bool isRule = true;
        for (uint256 i = 0; i < 4; ++i) {
            above[i] %= 12_000;
            prices[i] %= 120_000_000;
            penalty = bytes.concat(penalty, _band(above[i], prices[i]));
            if (above[i] > 10_000 || prices[i] > 100_000_000) isRule = false;
            if (i != 0 && (above[i] <= above[i - 1] || prices[i] < prices[i - 1])) isRule = false;
        }
        IFlexProducts.Product memory product = _less();
        product.penalty = penalty;
        if (!isRule) _expectInvalid("penalty");
        flexProducts.defineProduct(AREA, "some", product);
    }

    function test_retireProduct_isForItsBuyerOnce() public {
        vm.expectRevert(
            abi.encodeWithSelector(IFlexProducts.FlexProductsNotTheBuyer.selector, _product, TSO)
        );
        vm.prank(TSO);
        flexProducts.retireProduct(_product);
        vm.expectEmit();
        emit IFlexProducts.ProductRetired(_product);
        flexProducts.retireProduct(_product);
        vm.assertTrue(flexProducts.isRetired(_product), "retired");
        vm.expectRevert(abi.encodeWithSelector(IFlexProducts.FlexProductsRetired.selector, _product));
        flexProducts.retireProduct(_product);
    }

    function test_requireBuyer_asksForTheCredentialStill() public {
        address dso = address(0xd50);
        bytes32[] memory credential = new bytes32[](1);
        credential[0] = _issue(dso, Role.DSO, AREA);
        vm.prank(dso);
        ProductId productId = flexProducts.defineProduct(AREA, "its own", _less());
        flexProducts.requireBuyer(productId, dso);
        credentials.revokeCredentials(credential);
        vm.expectRevert(_roleMissing(dso, Role.DSO, AREA));
        flexProducts.requireBuyer(productId, dso);
    }

    function test_views_revertForProductsThatAreNone() public {
        ProductId none = ProductId.wrap(9);
        bytes memory unknown = abi.encodeWithSelector(IFlexProducts.FlexProductsUnknown.selector, none);
        vm.expectRevert(unknown);
        flexProducts.productOf(none);
        vm.expectRevert(unknown);
        flexProducts.areaOf(none);
        vm.expectRevert(unknown);
        flexProducts.isRetired(none);
        vm.expectRevert(unknown);
        flexProducts.buyerOf(none);
        vm.expectRevert(unknown);
        flexProducts.requireBuyer(none, address(this));
    }

    function _method(
        uint8 method,
        uint24 a,
        uint24 b,
        uint24 c,
        uint8 adjustment,
        uint16 cap,
        uint8 window,
        uint8 gap
    ) private pure returns (bytes memory) {
        return abi.encodePacked(method, a, b, c, adjustment, cap, window, gap);
    }

    function _takeBaseline(bytes memory baseline) private {
        IFlexProducts.Product memory product = _less();
        product.baseline = baseline;
        flexProducts.defineProduct(AREA, "some", product);
    }

    function _refuseBaseline(bytes memory baseline) private {
        IFlexProducts.Product memory product = _less();
        product.baseline = baseline;
        _refuse(product, "baseline");
    }

    function _refusePenalty(bytes memory penalty) private {
        IFlexProducts.Product memory product = _less();
        product.penalty = penalty;
        _refuse(product, "penalty");
    }

    function _refuse(IFlexProducts.Product memory product, string memory parameter) private {
        _expectInvalid(parameter);
        flexProducts.defineProduct(AREA, "some", product);
    }

    function _expectInvalid(string memory parameter) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexProducts.FlexProductsInvalid.selector, parameter));
    }
}
