// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {IMemberRegistry} from "../identity/IMemberRegistry.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId, MemberId, PortfolioId, ProductId} from "../types/Types.sol";
import {ICongestionPoints} from "./ICongestionPoints.sol";
import {IFlexPortfolios} from "./IFlexPortfolios.sol";
import {IFlexProducts} from "./IFlexProducts.sol";
import {Prequalifications} from "./Prequalifications.sol";

contract FlexPortfolios is Prequalifications {
    using SafeCast for uint256;

    uint256 private constant LONGEST_NAME = 64;
    uint256 private constant WHOLE_FEE = 1_000;
    uint256 private constant LONGEST_CONSENT = 366 days;

    struct Portfolio {
        AreaId area;
        MemberId aggregator;
        uint16 feePermille;
        Split split;
    }

    IMemberRegistry private immutable _memberRegistry;

    uint256 private _portfolioCount;
    mapping(PortfolioId portfolioId => Portfolio) private _portfolios;
    /// @dev Ascending by `from`, and apart from one another.
    mapping(ProductId productId => mapping(MemberId memberId => Membership[])) private _memberships;

    constructor(
        ICredentialRegistry credentialRegistry,
        IMemberRegistry memberRegistry,
        IFlexProducts flexProducts,
        ICongestionPoints congestionPoints
    ) Prequalifications(credentialRegistry, flexProducts, congestionPoints) {
        _memberRegistry = memberRegistry;
    }

    /// @inheritdoc IFlexPortfolios
    function openPortfolio(
        AreaId area,
        MemberId aggregator,
        string calldata name,
        uint16 feePermille,
        Split split
    ) external returns (PortfolioId portfolioId) {
        _requireActing(PortfolioId.wrap(0), area, aggregator, msg.sender);
        if (_memberRegistry.kindOf(aggregator) != IMemberRegistry.Kind.Aggregator) {
            revert FlexPortfoliosNotTheAggregator(PortfolioId.wrap(0), msg.sender);
        }
        if (bytes(name).length == 0 || bytes(name).length > LONGEST_NAME || feePermille > WHOLE_FEE) {
            revert FlexPortfoliosInvalidTerms();
        }

        portfolioId = PortfolioId.wrap((++_portfolioCount).toUint32());
        _portfolios[portfolioId] = Portfolio(area, aggregator, feePermille, split);

        emit PortfolioOpened(portfolioId, area, aggregator, name, feePermille, split);
    }

    /// @inheritdoc IFlexPortfolios
    function join(
        PortfolioId portfolioId,
        ProductId productId,
        MemberId memberId,
        uint40 until,
        bytes32 consent
    ) external {
        AreaId area = areaOf(portfolioId);
        if (!_memberRegistry.actsFor(area, memberId, msg.sender)) {
            revert FlexPortfoliosNotTheMember(memberId, msg.sender);
        }
        _requireOnSale(productId);
        if (
            until <= block.timestamp ||
            until > block.timestamp + LONGEST_CONSENT ||
            consent == 0 ||
            AreaId.unwrap(_flexProducts.areaOf(productId)) != AreaId.unwrap(area) ||
            _memberRegistry.kindOf(memberId) != IMemberRegistry.Kind.Household
        ) revert FlexPortfoliosInvalidConsent(until);
        Membership[] storage memberships = _memberships[productId][memberId];
        if (memberships.length != 0) {
            Membership memory last = memberships[memberships.length - 1];
            if (last.until > block.timestamp) {
                revert FlexPortfoliosInOtherPortfolio(memberId, productId, last.portfolioId, last.until);
            }
        }

        uint40 from = block.timestamp.toUint40();
        memberships.push(Membership(portfolioId, from, until));

        emit MemberJoined(portfolioId, productId, memberId, from, until, consent);
    }

    /// @inheritdoc IFlexPortfolios
    function leave(PortfolioId portfolioId, ProductId productId, MemberId memberId) external {
        if (!_memberRegistry.actsFor(areaOf(portfolioId), memberId, msg.sender)) {
            requireAggregator(portfolioId, msg.sender);
        }
        Membership[] storage memberships = _memberships[productId][memberId];
        uint256 count = memberships.length;
        if (count == 0) revert FlexPortfoliosNotIn(portfolioId, productId, memberId);
        Membership storage last = memberships[count - 1];
        if (
            PortfolioId.unwrap(last.portfolioId) != PortfolioId.unwrap(portfolioId) ||
            last.until <= block.timestamp
        ) revert FlexPortfoliosNotIn(portfolioId, productId, memberId);

        last.until = block.timestamp.toUint40();

        emit MemberLeft(portfolioId, productId, memberId, msg.sender);
    }

    /// @inheritdoc IFlexPortfolios
    function aggregatorOf(PortfolioId portfolioId) external view returns (MemberId) {
        return _portfolioOf(portfolioId).aggregator;
    }

    /// @inheritdoc IFlexPortfolios
    function termsOf(PortfolioId portfolioId) external view returns (uint16 feePermille, Split split) {
        Portfolio memory portfolio = _portfolioOf(portfolioId);
        return (portfolio.feePermille, portfolio.split);
    }

    /// @inheritdoc IFlexPortfolios
    function portfolioAt(
        ProductId productId,
        MemberId memberId,
        uint256 time
    ) external view returns (PortfolioId) {
        Membership[] storage memberships = _memberships[productId][memberId];
        (uint256 low, uint256 high) = (0, memberships.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (memberships[middle].from <= time) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return PortfolioId.wrap(0);
        Membership memory latest = memberships[low - 1];
        return time < latest.until ? latest.portfolioId : PortfolioId.wrap(0);
    }

    /// @inheritdoc IFlexPortfolios
    function portfolioCount() external view returns (uint256) {
        return _portfolioCount;
    }

    /// @inheritdoc IFlexPortfolios
    function areaOf(PortfolioId portfolioId) public view override returns (AreaId) {
        return _portfolioOf(portfolioId).area;
    }

    /// @inheritdoc IFlexPortfolios
    function requireAggregator(PortfolioId portfolioId, address caller) public view override {
        Portfolio memory portfolio = _portfolioOf(portfolioId);
        _requireActing(portfolioId, portfolio.area, portfolio.aggregator, caller);
    }

    function _requireActing(
        PortfolioId portfolioId,
        AreaId area,
        MemberId aggregator,
        address caller
    ) private view {
        if (!_memberRegistry.actsFor(area, aggregator, caller)) {
            revert FlexPortfoliosNotTheAggregator(portfolioId, caller);
        }
        _credentialRegistry.requireRole(_memberRegistry.accountOf(aggregator), Role.Aggregator, area);
    }

    function _portfolioOf(PortfolioId portfolioId) private view returns (Portfolio memory portfolio) {
        portfolio = _portfolios[portfolioId];
        if (MemberId.unwrap(portfolio.aggregator) == 0) revert FlexPortfoliosUnknown(portfolioId);
    }
}
