// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, CongestionPointId, PortfolioId, PowerW, ProductId} from "../types/Types.sol";
import {ICongestionPoints} from "./ICongestionPoints.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @dev For how much of which product at which point a DSO has found a portfolio fit.
abstract contract Prequalifications is IFlexPortfolios, RoleChecked {
    using SafeCast for uint256;

    uint256 private constant LONGEST_PREQUALIFICATION = 366 days;
    uint256 private constant LONGEST_REASON = 256;
    uint256 private constant MOST_PREQUALIFICATIONS = 16;
    uint256 private constant MOST_POWER = 2 ** 31 - 1;
    uint256 private constant FULL_EFFECT = 1_000_000;

    /// @param asked What the aggregator asked for last.
    struct Entry {
        Prequalification prequalification;
        PowerW asked;
    }

    /// @dev The same as the prequalification of product and point, once more, so that those of a portfolio are found.
    struct Ability {
        ProductId productId;
        CongestionPointId pointId;
        PowerW power;
        uint40 until;
        IFlexProducts.Direction direction;
    }

    IFlexProducts internal immutable _flexProducts;
    ICongestionPoints private immutable _congestionPoints;

    mapping(PortfolioId portfolioId => mapping(ProductId productId => mapping(CongestionPointId pointId => Entry)))
        private _entries;
    mapping(PortfolioId portfolioId => Ability[]) private _abilities;

    constructor(
        ICredentialRegistry credentialRegistry,
        IFlexProducts flexProducts,
        ICongestionPoints congestionPoints
    ) RoleChecked(credentialRegistry) {
        _flexProducts = flexProducts;
        _congestionPoints = congestionPoints;
    }

    /// @inheritdoc IFlexPortfolios
    function requestPrequalification(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        PowerW power,
        bytes32 evidence
    ) external {
        requireAggregator(portfolioId, msg.sender);
        _requireOnSale(productId);
        uint256 area = AreaId.unwrap(areaOf(portfolioId));
        if (
            AreaId.unwrap(_flexProducts.areaOf(productId)) != area ||
            AreaId.unwrap(_congestionPoints.areaOf(pointId)) != area ||
            PowerW.unwrap(power) < PowerW.unwrap(_flexProducts.productOf(productId).minimumSize) ||
            PowerW.unwrap(power) > MOST_POWER
        ) revert FlexPortfoliosInvalidPrequalification();

        Entry storage entry = _entries[portfolioId][productId][pointId];
        entry.prequalification.state = Queue.Waiting;
        entry.asked = power;

        emit PrequalificationRequested(portfolioId, productId, pointId, power, evidence);
    }

    /// @inheritdoc IFlexPortfolios
    function prequalify(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        PowerW power,
        uint32 effect,
        uint40 until
    ) external {
        _requireRole(Role.DSO, _congestionPoints.areaOf(pointId));
        Entry storage entry = _entries[portfolioId][productId][pointId];
        if (entry.prequalification.state != Queue.Waiting) {
            revert FlexPortfoliosNothingWaits(portfolioId, productId, pointId);
        }
        if (
            PowerW.unwrap(power) == 0 ||
            PowerW.unwrap(power) > PowerW.unwrap(entry.asked) ||
            effect == 0 ||
            effect > FULL_EFFECT ||
            until <= block.timestamp ||
            until > block.timestamp + LONGEST_PREQUALIFICATION
        ) revert FlexPortfoliosInvalidPrequalification();

        uint40 from = block.timestamp.toUint40();
        entry.prequalification = Prequalification(Queue.Prequalified, power, effect, from, until);
        IFlexProducts.Direction direction = _flexProducts.productOf(productId).direction;
        _setAbility(portfolioId, Ability(productId, pointId, power, until, direction));

        emit Prequalified(portfolioId, productId, pointId, power, effect, until);
    }

    /// @inheritdoc IFlexPortfolios
    function rejectPrequalification(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        string calldata reason
    ) external {
        _requireRole(Role.DSO, _congestionPoints.areaOf(pointId));
        Entry storage entry = _entries[portfolioId][productId][pointId];
        Queue state = entry.prequalification.state;
        if (state != Queue.Waiting && state != Queue.Prequalified) {
            revert FlexPortfoliosNothingWaits(portfolioId, productId, pointId);
        }
        if (bytes(reason).length == 0 || bytes(reason).length > LONGEST_REASON) {
            revert FlexPortfoliosInvalidPrequalification();
        }

        entry.prequalification = Prequalification(Queue.Rejected, PowerW.wrap(0), 0, 0, 0);
        _dropAbility(portfolioId, productId, pointId);

        emit PrequalificationRejected(portfolioId, productId, pointId, reason);
    }

    /// @inheritdoc IFlexPortfolios
    function prequalificationOf(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId
    ) external view returns (Prequalification memory) {
        return _entries[portfolioId][productId][pointId].prequalification;
    }

    /// @inheritdoc IFlexPortfolios
    function capabilityOf(
        PortfolioId portfolioId,
        IFlexProducts.Direction direction
    ) external view returns (PowerW) {
        Ability[] storage abilities = _abilities[portfolioId];
        uint256 most = 0;
        for (uint256 i = 0; i < abilities.length; ++i) {
            Ability memory ability = abilities[i];
            if (ability.direction == direction && ability.until > block.timestamp) {
                most = Math.max(most, PowerW.unwrap(ability.power));
            }
        }
        return PowerW.wrap(most.toUint32());
    }

    /// @inheritdoc IFlexPortfolios
    function areaOf(PortfolioId portfolioId) public view virtual returns (AreaId);

    /// @inheritdoc IFlexPortfolios
    function requireAggregator(PortfolioId portfolioId, address caller) public view virtual;

    function _requireOnSale(ProductId productId) internal view {
        if (_flexProducts.isRetired(productId)) revert IFlexProducts.FlexProductsRetired(productId);
    }

    /// @dev In place of the one of the same product and point, or else of one that is over.
    function _setAbility(PortfolioId portfolioId, Ability memory ability) private {
        Ability[] storage abilities = _abilities[portfolioId];
        _dropAbility(portfolioId, ability.productId, ability.pointId);
        for (uint256 i = 0; i < abilities.length; ++i) {
            if (abilities[i].until > block.timestamp) continue;
            abilities[i] = ability;
            return;
        }
        if (abilities.length == MOST_PREQUALIFICATIONS) {
            revert FlexPortfoliosTooManyPrequalifications(portfolioId, MOST_PREQUALIFICATIONS);
        }
        abilities.push(ability);
    }

    function _dropAbility(PortfolioId portfolioId, ProductId productId, CongestionPointId pointId) private {
        Ability[] storage abilities = _abilities[portfolioId];
        for (uint256 i = 0; i < abilities.length; ++i) {
            if (
                ProductId.unwrap(abilities[i].productId) == ProductId.unwrap(productId) &&
                CongestionPointId.unwrap(abilities[i].pointId) == CongestionPointId.unwrap(pointId)
            ) {
                abilities[i] = abilities[abilities.length - 1];
                abilities.pop();
                return;
            }
        }
    }
}
