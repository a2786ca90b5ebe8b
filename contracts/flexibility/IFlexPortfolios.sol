// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AreaId, CongestionPointId, MemberId, PortfolioId, PowerW, ProductId} from "../types/Types.sol";
import {IFlexProducts} from "./IFlexProducts.sol";

/// @notice What aggregators have pooled: portfolios with published terms, the members whose assets are in them by
/// their own consent, and for how much of which product a DSO has prequalified them.
/// @dev The asset that the ledger knows is a member's connection point, where delivery is measured; which devices
/// behind it take part, and with which limits, is in the consent, of which the ledger keeps the salted digest. A
/// member is in one portfolio for a product at a time.
interface IFlexPortfolios {
    /// @dev How revenue and penalty are split among members: by what each delivered, or by Shapley's value.
    enum Split {
        ByDelivery,
        Shapley
    }

    enum Queue {
        None,
        Waiting,
        Prequalified,
        Rejected
    }

    /// @param from Unix time from which the member takes part; `until` that up to which it does, not included.
    struct Membership {
        PortfolioId portfolioId;
        uint40 from;
        uint40 until;
    }

    /// @param power In the product's direction in any period.
    /// @param effect By how much a W of the portfolio changes the flow at the congestion point, in millionths.
    struct Prequalification {
        Queue state;
        PowerW power;
        uint32 effect;
        uint40 from;
        uint40 until;
    }

    event PortfolioOpened(
        PortfolioId indexed portfolioId,
        AreaId indexed area,
        MemberId indexed aggregator,
        string name,
        uint16 feePermille,
        Split split
    );
    event MemberJoined(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        MemberId indexed memberId,
        uint40 from,
        uint40 until,
        bytes32 consent
    );
    event MemberLeft(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        MemberId indexed memberId,
        address by
    );
    /// @param evidence Digest of what the aggregator shows for it.
    event PrequalificationRequested(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        CongestionPointId indexed pointId,
        PowerW power,
        bytes32 evidence
    );
    event Prequalified(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        CongestionPointId indexed pointId,
        PowerW power,
        uint32 effect,
        uint40 until
    );
    event PrequalificationRejected(
        PortfolioId indexed portfolioId,
        ProductId indexed productId,
        CongestionPointId indexed pointId,
        string reason
    );

    error FlexPortfoliosUnknown(PortfolioId portfolioId);
    error FlexPortfoliosInvalidTerms();
    /// @notice Only an active aggregator of the area, by its account, acts for its portfolios.
    error FlexPortfoliosNotTheAggregator(PortfolioId portfolioId, address caller);
    error FlexPortfoliosNotTheMember(MemberId memberId, address caller);
    /// @notice The member is in a portfolio for the product until `until`: it leaves that one first.
    error FlexPortfoliosInOtherPortfolio(
        MemberId memberId,
        ProductId productId,
        PortfolioId portfolioId,
        uint40 until
    );
    /// @notice A consent is for at most a year, and for a product and portfolio of the member's area.
    error FlexPortfoliosInvalidConsent(uint40 until);
    error FlexPortfoliosNotIn(PortfolioId portfolioId, ProductId productId, MemberId memberId);
    error FlexPortfoliosNothingWaits(PortfolioId portfolioId, ProductId productId, CongestionPointId pointId);
    error FlexPortfoliosInvalidPrequalification();
    /// @notice At most 16 of a portfolio hold at a time.
    error FlexPortfoliosTooManyPrequalifications(PortfolioId portfolioId, uint256 most);

    /// @notice By a member of the kind aggregator, whose account holds the credential. The fee is in thousandths of
    /// what is paid for delivery, and at most all of it. Terms never change: other terms are another portfolio.
    /// @custom:access an aggregator of the area, by its account's owner or trading key
    function openPortfolio(
        AreaId area,
        MemberId aggregator,
        string calldata name,
        uint16 feePermille,
        Split split
    ) external returns (PortfolioId portfolioId);

    /// @notice The member's consent, from now on. By whoever acts for the member.
    /// @param consent Salted digest of the consent credential, which names devices and limits.
    /// @custom:access the member, by its account's owner or trading key
    function join(
        PortfolioId portfolioId,
        ProductId productId,
        MemberId memberId,
        uint40 until,
        bytes32 consent
    ) external;
    /// @notice From this block on. By whoever acts for the member, or by the portfolio's aggregator.
    /// @custom:access the member, or the portfolio's aggregator
    function leave(PortfolioId portfolioId, ProductId productId, MemberId memberId) external;

    /// @notice Enters the DSO's queue, again after a rejection or to renew; what is prequalified holds meanwhile.
    /// @custom:access the portfolio's aggregator
    function requestPrequalification(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        PowerW power,
        bytes32 evidence
    ) external;
    /// @notice At most what is asked for, for at most a year.
    /// @custom:access credential DSO of the point's area
    function prequalify(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        PowerW power,
        uint32 effect,
        uint40 until
    ) external;
    /// @notice Also takes back what is prequalified. The reason is 1 to 256 bytes.
    /// @custom:access credential DSO of the point's area
    function rejectPrequalification(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId,
        string calldata reason
    ) external;

    function areaOf(PortfolioId portfolioId) external view returns (AreaId);
    function aggregatorOf(PortfolioId portfolioId) external view returns (MemberId);
    function termsOf(PortfolioId portfolioId) external view returns (uint16 feePermille, Split split);
    /// @notice Zero where the member was in none.
    function portfolioAt(
        ProductId productId,
        MemberId memberId,
        uint256 time
    ) external view returns (PortfolioId);
    function prequalificationOf(
        PortfolioId portfolioId,
        ProductId productId,
        CongestionPointId pointId
    ) external view returns (Prequalification memory);
    /// @notice The most that the portfolio is prequalified for now in the direction, at any point and for any product.
    function capabilityOf(
        PortfolioId portfolioId,
        IFlexProducts.Direction direction
    ) external view returns (PowerW);
    /// @notice Reverts unless `caller` acts for the portfolio's aggregator, which is active and holds its credential.
    function requireAggregator(PortfolioId portfolioId, address caller) external view;
    function portfolioCount() external view returns (uint256);
}
