// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, ProductId} from "../types/Types.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {ProductRules} from "./ProductRules.sol";

contract FlexProducts is IFlexProducts, RoleChecked {
    using ProductRules for Product;
    using SafeCast for uint256;

    uint256 private constant LONGEST_NAME = 64;

    struct Listing {
        address buyer;
        AreaId area;
        bool isTso;
        bool isRetired;
    }

    uint256 private _productCount;
    mapping(ProductId productId => Product) private _products;
    mapping(ProductId productId => Listing) private _listings;

    constructor(ICredentialRegistry credentialRegistry) RoleChecked(credentialRegistry) {}

    /// @inheritdoc IFlexProducts
    function defineProduct(
        AreaId area,
        string calldata name,
        Product calldata product
    ) external returns (ProductId productId) {
        bool isTso =
            product.level == Level.System && _credentialRegistry.heldBy(msg.sender, Role.TSO, area) != 0;
        if (!isTso) _requireRole(Role.DSO, area);
        if (bytes(name).length == 0 || bytes(name).length > LONGEST_NAME) revert FlexProductsInvalid("name");
        product.requireValid();

        productId = ProductId.wrap((++_productCount).toUint32());
        _products[productId] = product;
        _listings[productId] = Listing(msg.sender, area, isTso, false);

        emit ProductDefined(productId, area, msg.sender, name, product);
    }

    /// @inheritdoc IFlexProducts
    function retireProduct(ProductId productId) external {
        requireBuyer(productId, msg.sender);
        Listing storage listing = _listings[productId];
        if (listing.isRetired) revert FlexProductsRetired(productId);

        listing.isRetired = true;

        emit ProductRetired(productId);
    }

    /// @inheritdoc IFlexProducts
    function productOf(ProductId productId) external view returns (Product memory) {
        _listingOf(productId);
        return _products[productId];
    }

    /// @inheritdoc IFlexProducts
    function areaOf(ProductId productId) external view returns (AreaId) {
        return _listingOf(productId).area;
    }

    /// @inheritdoc IFlexProducts
    function isRetired(ProductId productId) external view returns (bool) {
        return _listingOf(productId).isRetired;
    }

    /// @inheritdoc IFlexProducts
    function buyerOf(ProductId productId) external view returns (address buyer, bool isTso) {
        Listing memory listing = _listingOf(productId);
        return (listing.buyer, listing.isTso);
    }

    /// @inheritdoc IFlexProducts
    function productCount() external view returns (uint256) {
        return _productCount;
    }

    /// @inheritdoc IFlexProducts
    function requireBuyer(ProductId productId, address caller) public view {
        Listing memory listing = _listingOf(productId);
        if (listing.buyer != caller) revert FlexProductsNotTheBuyer(productId, caller);
        _credentialRegistry.requireRole(caller, listing.isTso ? Role.TSO : Role.DSO, listing.area);
    }

    function _listingOf(ProductId productId) private view returns (Listing memory listing) {
        listing = _listings[productId];
        if (listing.buyer == address(0)) revert FlexProductsUnknown(productId);
    }
}
