// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICongestionPoints} from "../../../contracts/flexibility/ICongestionPoints.sol";
import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {IFlexReservations} from "../../../contracts/flexibility/IFlexReservations.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {FlexOfferId, FlexOrderId, MemberId, ReservationId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// Every function of the contracts of flexibility that not anybody may call, called by a stranger.
contract FlexAccessTest is FlexWorld {
    bytes4 private constant NOT_THE_BUYER = IFlexProducts.FlexProductsNotTheBuyer.selector;
    bytes4 private constant NOT_THE_AGGREGATOR = IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector;
    bytes4 private constant UNAUTHORIZED = IAccessManaged.AccessManagedUnauthorized.selector;

    MemberId private _member;
    ReservationId private _reserve;
    FlexOfferId private _offerId;
    FlexOrderId private _orderId;

    function setUp() public override {
        super.setUp();
        _member = _registerHousehold();
        _reserve = _agreed();
        _offerId = _opened(_offer());
        _orderId = flexOrders.orderReserve(_reserve, _power(FIRST, -1_000), 0);
    }

    /// @custom:refuses FlexProducts.defineProduct
    function test_defineProduct_refusesOutsiders() public {
        _expectRoleMissing(
            address(flexProducts),
            abi.encodeCall(IFlexProducts.defineProduct, (AREA, "some", _less()))
        );
    }

    /// @custom:refuses FlexProducts.retireProduct
    function test_retireProduct_refusesOutsiders() public {
        _expectRefusal(
            address(flexProducts),
            abi.encodeCall(IFlexProducts.retireProduct, (_product)),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses CongestionPoints.registerPoint
    function test_registerPoint_refusesOutsiders() public {
        _expectRoleMissing(
            address(congestionPoints),
            abi.encodeCall(ICongestionPoints.registerPoint, (AREA, "some", _capacity()))
        );
    }

    /// @custom:refuses CongestionPoints.setCapacity
    function test_setCapacity_refusesOutsiders() public {
        _expectOfPointRefused(ICongestionPoints.setCapacity.selector);
    }

    /// @custom:refuses CongestionPoints.setLimit
    function test_setLimit_refusesOutsiders() public {
        _expectOfPointRefused(ICongestionPoints.setLimit.selector);
    }

    /// @custom:refuses CongestionPoints.removeLimit
    function test_removeLimit_refusesOutsiders() public {
        _expectOfPointRefused(ICongestionPoints.removeLimit.selector);
    }

    /// @custom:refuses CongestionPoints.connect
    function test_connect_refusesOutsiders() public {
        _expectOfPointRefused(ICongestionPoints.connect.selector);
    }

    /// @custom:refuses CongestionPoints.disconnect
    function test_disconnect_refusesOutsiders() public {
        _expectOfPointRefused(ICongestionPoints.disconnect.selector);
    }

    /// @custom:refuses FlexPortfolios.openPortfolio
    function test_openPortfolio_refusesOutsiders() public {
        _expectRefusal(
            address(flexPortfolios),
            abi.encodeCall(
                IFlexPortfolios.openPortfolio,
                (AREA, _aggregatorId, "some", 0, IFlexPortfolios.Split.ByDelivery)
            ),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexPortfolios.join
    function test_join_refusesOutsiders() public {
        _expectRefusal(
            address(flexPortfolios),
            abi.encodeCall(IFlexPortfolios.join, (_portfolio, _product, _member, FOR_EVER, "consent")),
            IFlexPortfolios.FlexPortfoliosNotTheMember.selector
        );
    }

    /// @custom:refuses FlexPortfolios.leave
    function test_leave_refusesOutsiders() public {
        _expectRefusal(
            address(flexPortfolios),
            abi.encodeCall(IFlexPortfolios.leave, (_portfolio, _product, _member)),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexPortfolios.requestPrequalification
    function test_requestPrequalification_refusesOutsiders() public {
        _expectRefusal(
            address(flexPortfolios),
            _about(IFlexPortfolios.requestPrequalification.selector, 1),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexPortfolios.prequalify
    function test_prequalify_refusesOutsiders() public {
        _expectRoleMissing(
            address(flexPortfolios),
            bytes.concat(
                IFlexPortfolios.prequalify.selector,
                abi.encode(_portfolio, _product, _point),
                new bytes(4_096)
            )
        );
    }

    /// @custom:refuses FlexPortfolios.rejectPrequalification
    function test_rejectPrequalification_refusesOutsiders() public {
        _expectRoleMissing(
            address(flexPortfolios),
            abi.encodeCall(IFlexPortfolios.rejectPrequalification, (_portfolio, _product, _point, "some"))
        );
    }

    /// @custom:refuses FlexReservations.propose
    function test_propose_refusesOutsiders() public {
        _expectRefusal(
            address(flexReservations),
            abi.encodeCall(IFlexReservations.propose, (_reservation(), "")),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexReservations.agree
    function test_agree_refusesOutsiders() public {
        ReservationId proposed = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        _expectRefusal(
            address(flexReservations),
            abi.encodeCall(IFlexReservations.agree, (proposed)),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexReservations.withdraw
    function test_withdraw_refusesOutsiders() public {
        ReservationId proposed = flexReservations.propose(_reservation(), _window(FIRST, FIRST, MINIMUM));
        _expectRefusal(
            address(flexReservations),
            abi.encodeCall(IFlexReservations.withdraw, (proposed)),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexReservations.release
    function test_release_refusesOutsiders() public {
        _expectRefusal(
            address(flexReservations),
            abi.encodeCall(IFlexReservations.release, (_reserve, 0, "")),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexRequests.requestFlexibility
    function test_requestFlexibility_refusesOutsiders() public {
        _expectRefusal(
            address(flexRequests),
            abi.encodeCall(IFlexRequests.requestFlexibility, (_request())),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexRequests.cancelRequest
    function test_cancelRequest_refusesOutsiders() public {
        _expectRefusal(address(flexRequests), _about(IFlexRequests.cancelRequest.selector, 1), NOT_THE_BUYER);
    }

    /// @custom:refuses FlexRequests.sealOffer
    function test_sealOffer_refusesOutsiders() public {
        _expectRefusal(
            address(flexRequests),
            bytes.concat(IFlexRequests.sealOffer.selector, abi.encode(1, _portfolio, 1)),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexRequests.noteOrdered
    function test_noteOrdered_refusesOutsiders() public {
        _expectRefusal(
            address(flexRequests),
            abi.encodeCall(IFlexRequests.noteOrdered, (_offerId)),
            UNAUTHORIZED
        );
    }

    /// @custom:refuses FlexRequests.noteRevoked
    function test_noteRevoked_refusesOutsiders() public {
        _expectRefusal(
            address(flexRequests),
            abi.encodeCall(IFlexRequests.noteRevoked, (_offerId)),
            UNAUTHORIZED
        );
    }

    /// @custom:refuses FlexOrders.orderOffer
    function test_orderOffer_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.orderOffer, (_offerId, _offer(), 0, 100, 0)),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexOrders.orderReserve
    function test_orderReserve_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.orderReserve, (_reserve, _power(FIRST, -1_000), 0)),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexOrders.testReserve
    function test_testReserve_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.testReserve, (_reserve, _power(FIRST, -1_000), 0)),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexOrders.revokeOffer
    function test_revokeOffer_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.revokeOffer, (_offerId)),
            NOT_THE_AGGREGATOR
        );
    }

    /// @custom:refuses FlexOrders.cancelOrder
    function test_cancelOrder_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.cancelOrder, (_orderId)),
            NOT_THE_BUYER
        );
    }

    /// @custom:refuses FlexOrders.releasePledge
    function test_releasePledge_refusesOutsiders() public {
        _expectRefusal(
            address(flexOrders),
            abi.encodeCall(IFlexOrders.releasePledge, (_orderId)),
            UNAUTHORIZED
        );
    }

    /// @custom:refuses Accounts.pledge
    function test_pledge_refusesOutsiders() public {
        _expectRefusal(address(accounts), abi.encodeCall(IAccounts.pledge, (_aggregatorId, 1)), UNAUTHORIZED);
    }

    function _expectOfPointRefused(bytes4 selector) private {
        _expectRoleMissing(address(congestionPoints), _about(selector, 1));
    }

    function _expectRoleMissing(address target, bytes memory data) private {
        bytes memory reason = _reasonOf(target, data);
        vm.assertEq(reason, _roleMissing(STRANGER, Role.DSO, AREA), "it was refused, but not for the role");
    }

    function _expectRefusal(address target, bytes memory data, bytes4 error_) private {
        bytes memory reason = _reasonOf(target, data);
        vm.assertEq(bytes32(bytes4(reason)), bytes32(error_), "it was refused, but not as an outsider");
    }

    function _reasonOf(address target, bytes memory data) private returns (bytes memory reason) {
        bool isDone;
        vm.prank(STRANGER);
        // solhint-disable-next-line avoid-low-level-calls
        (isDone, reason) = target.call(data);
        vm.assertFalse(isDone, "an outsider was let in");
    }

    /// @dev Of the first of its kind, with zeros for everything else.
    function _about(bytes4 selector, uint256 id) private pure returns (bytes memory) {
        return bytes.concat(selector, abi.encode(id), new bytes(4_096));
    }
}
