// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexPortfolios} from "../../../contracts/flexibility/IFlexPortfolios.sol";
import {IFlexProducts} from "../../../contracts/flexibility/IFlexProducts.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {FlexOfferId, FlexRequestId, PortfolioId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// sealOffer
//   given not the aggregator, a request that expired, is not open or is under another portfolio's contract, the same offer
//     twice, or more than 16 that are not revoked, it reverts
// openOffer
//   given too early, too late, another content, other periods, or an offer that is not sealed, it reverts
//   given a rule that an option breaks, it reverts and says which, in which option and period
//   given more than is prequalified, it reverts; which options are within the cap is kept
//   the first one draws the seed, and none after it
contract FlexOffersTest is FlexWorld {
    FlexRequestId private constant REQUEST = FlexRequestId.wrap(1);

    function test_openOffer_opensWhatWasSealed() public {
        IFlexRequests.Offer memory offer = _offer();
        flexRequests.requestFlexibility(_request());
        bytes32 commitment = keccak256(abi.encode(REQUEST, _portfolio, offer));
        vm.expectEmit();
        emit IFlexRequests.OfferSealed(FlexOfferId.wrap(1), REQUEST, _portfolio, commitment);
        FlexOfferId offerId = _seal(REQUEST, offer);
        _expectState(offerId, IFlexRequests.OfferState.Sealed);
        vm.warp(EXPIRES);
        vm.expectEmit();
        emit IFlexRequests.OfferOpened(offerId, REQUEST, offer);
        vm.prank(STRANGER);
        flexRequests.openOffer(offerId, offer, _asks());
        _expectState(offerId, IFlexRequests.OfferState.Opened);
        (, , PortfolioId portfolio, bytes32 kept, uint16 withinCap) = flexRequests.offerOf(offerId);
        vm.assertEq(PortfolioId.unwrap(portfolio), 1, "portfolio");
        vm.assertEq(kept, commitment, "commitment");
        vm.assertEq(withinCap, 1, "at the very cap");
        _expectWrongState(offerId, IFlexRequests.OfferState.Opened);
        flexRequests.openOffer(offerId, offer, _asks());
    }

    function test_openOffer_drawsTheSeedOnce() public {
        IFlexRequests.Offer memory offer = _offer();
        flexRequests.requestFlexibility(_request());
        FlexOfferId first = _seal(REQUEST, offer);
        IFlexRequests.Offer memory other = _offer();
        other.salt = "other";
        FlexOfferId second = _seal(REQUEST, other);
        vm.warp(EXPIRES);
        flexRequests.openOffer(first, offer, _asks());
        (, , , bytes32 seed) = flexRequests.requestOf(REQUEST);
        vm.assertTrue(seed != 0, "drawn");
        vm.roll(block.number + 5);
        flexRequests.openOffer(second, other, _asks());
        (, , , bytes32 after_) = flexRequests.requestOf(REQUEST);
        vm.assertEq(after_, seed, "and not again");
    }

    function test_sealOffer_isForTheAggregatorInTime() public {
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexRequestsUnknown.selector, REQUEST));
        _sealAs(_aggregator, "1");
        flexRequests.requestFlexibility(_request());
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexPortfolios.FlexPortfoliosNotTheAggregator.selector,
                _portfolio,
                address(this)
            )
        );
        _sealAs(address(this), "1");
        vm.warp(EXPIRES - 1);
        _sealAs(_aggregator, "1");
        vm.warp(EXPIRES);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexRequestsExpired.selector, REQUEST, EXPIRES, EXPIRES)
        );
        _sealAs(_aggregator, "2");
    }

    function test_sealOffer_revertsTwiceAndBeyond16() public {
        flexRequests.requestFlexibility(_request());
        for (uint256 i = 1; i <= 16; ++i) {
            _sealAs(_aggregator, bytes32(i));
        }
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexOffersDuplicate.selector, bytes32(uint256(7)))
        );
        _sealAs(_aggregator, bytes32(uint256(7)));
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexOffersTooMany.selector, REQUEST, _portfolio)
        );
        _sealAs(_aggregator, bytes32(uint256(17)));
        vm.prank(_aggregator);
        flexOrders.revokeOffer(FlexOfferId.wrap(3));
        _sealAs(_aggregator, bytes32(uint256(17)));
        vm.assertEq(flexRequests.offerCount(), 17, "offers");
    }

    function test_sealOffer_underAContractIsForItsPortfolio() public {
        IFlexRequests.Request memory request = _request();
        request.reservationId = _agreed();
        flexRequests.requestFlexibility(request);
        PortfolioId other = _open(_aggregatorId, _aggregator);
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexOffersInvalid.selector, "portfolio", 0, 0));
        vm.prank(_aggregator);
        flexRequests.sealOffer(REQUEST, other, "1");
        _sealAs(_aggregator, "1");
    }

    function test_sealOffer_revertsOnceTheRequestIsCancelled() public {
        flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(REQUEST, _offer());
        flexRequests.cancelRequest(REQUEST);
        bytes memory cancelled = abi.encodeWithSelector(
            IFlexRequests.FlexRequestsNotOpen.selector,
            REQUEST,
            IFlexRequests.RequestState.Cancelled
        );
        vm.expectRevert(cancelled);
        _sealAs(_aggregator, "2");
        vm.warp(EXPIRES);
        vm.expectRevert(cancelled);
        flexRequests.openOffer(offerId, _offer(), _asks());
    }

    function test_openOffer_revertsTooEarlyAndTooLate() public {
        flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(REQUEST, _offer());
        vm.warp(EXPIRES - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexRequestsStillSealed.selector,
                REQUEST,
                EXPIRES,
                EXPIRES - 1
            )
        );
        flexRequests.openOffer(offerId, _offer(), _asks());
        vm.warp(REVEAL_UNTIL);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexRequestsTooLateToOpen.selector,
                REQUEST,
                REVEAL_UNTIL,
                REVEAL_UNTIL
            )
        );
        flexRequests.openOffer(offerId, _offer(), _asks());
        vm.warp(REVEAL_UNTIL - 1);
        flexRequests.openOffer(offerId, _offer(), _asks());
    }

    function test_openOffer_revertsForOtherContentAndPeriods() public {
        flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(REQUEST, _offer());
        vm.warp(EXPIRES);
        IFlexRequests.Offer memory other = _offer();
        other.options[0].price -= 100;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFlexRequests.FlexOffersWrongCommitment.selector,
                flexRequests.commitmentOf(REQUEST, _portfolio, _offer()),
                flexRequests.commitmentOf(REQUEST, _portfolio, other)
            )
        );
        flexRequests.openOffer(offerId, other, _asks());
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexRequestsWrongPeriods.selector, REQUEST));
        flexRequests.openOffer(offerId, _offer(), _asked(FIRST, -1, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexOffersUnknown.selector, FlexOfferId.wrap(9))
        );
        flexRequests.openOffer(FlexOfferId.wrap(9), _offer(), _asks());
        vm.prank(_aggregator);
        flexOrders.revokeOffer(offerId);
        _expectWrongState(offerId, IFlexRequests.OfferState.Revoked);
        flexRequests.openOffer(offerId, _offer(), _asks());
    }

    function test_openOffer_revertsForOptionsThatAreNone() public {
        IFlexRequests.Offer memory offer = _offer();
        offer.options = new IFlexRequests.Option[](0);
        _refuse(offer, "options", 0, 0);
        offer.options = new IFlexRequests.Option[](11);
        _refuse(offer, "options", 11, 0);
        _refuseOption(_option(150, _power(FIRST, -200)), "price", 0);
        _refuseOption(_option(100_000_000_100, _power(FIRST, -200)), "price", 0);
        IFlexRequests.Option memory option = _option(0, _power(FIRST, -200));
        option.minActivationFactor = 0;
        _refuseOption(option, "factor", 0);
        option.minActivationFactor = 101;
        _refuseOption(option, "factor", 0);
    }

    function test_openOffer_revertsForPeriodsThatAreNone() public {
        _refusePeriods("", "periods", 0);
        _refusePeriods("x", "periods", 0);
        _refusePeriods(bytes.concat(_power(FIRST, -200), _power(FIRST, -200)), "periods", 1);
        _refusePeriods(_power(FIRST, type(int32).min), "periods", 0);
        _refusePeriods(_power(FIRST - 1, -200), "outside-request", 0);
        _refusePeriods(bytes.concat(_power(FIRST, -200), _power(FIRST + 3, -200)), "outside-request", 1);
        _refusePeriods(bytes.concat(_power(FIRST, -200), _power(FIRST + 2, 2_001)), "outside-request", 1);
        _refusePeriods(bytes.concat(_power(FIRST, -200), _power(FIRST + 2, -1)), "outside-request", 1);
        _refusePeriods(bytes.concat(_power(FIRST, -200), _power(FIRST + 1, 1)), "wrong-direction", 1);
        _refusePeriods(_power(FIRST + 2, 2_000), "misses-request", 0);
        _refusePeriods(bytes.concat(_power(FIRST, 0), _power(FIRST + 1, 0)), "misses-request", 0);
        _refusePeriods(_power(FIRST, -99), "below-minimum", 0);
    }

    function test_openOffer_namesTheOption() public {
        IFlexRequests.Offer memory offer = _offer();
        IFlexRequests.Option[] memory options = new IFlexRequests.Option[](2);
        (options[0], options[1]) = (offer.options[0], _option(0, _power(FIRST, -99)));
        offer.options = options;
        _refuse(offer, "below-minimum", 1, 0);
    }

    function test_openOffer_revertsForActivationsTooLongOrTooClose() public {
        bytes memory asks;
        bytes memory long;
        for (uint32 i = 0; i < 8; ++i) {
            asks = bytes.concat(asks, _asked(FIRST + i, -500, 0));
            if (i < 5) long = bytes.concat(long, _power(FIRST + i, -200));
        }
        // Four periods are an hour, which is the most; then one of rest is the least.
        _refuseOf(asks, long, "too-long", 4);
        IFlexProducts.Product memory product = _less();
        product.recovery = 1_800;
        _product = flexProducts.defineProduct(AREA, "resting", product);
        _prequalify(_portfolio, _product, PREQUALIFIED);
        bytes memory close = bytes.concat(_power(FIRST, -200), _power(FIRST + 1, 0), _power(FIRST + 2, -200));
        _refuseOf(asks, close, "too-short-recovery", 2);
        _openOf(asks, bytes.concat(_power(FIRST, -200), _power(FIRST + 3, -200)));
    }

    function test_openOffer_revertsForAnExpiryOutOfRange() public {
        IFlexRequests.Offer memory offer = _offer();
        offer.expiresAt = EXPIRES;
        _refuse(offer, "expiry", 0, 0);
        // The end of its last period, that of the option that ends first.
        offer = _offer();
        offer.expiresAt = uint40(START + 2_701);
        _refuse(offer, "expiry", 0, 0);
        offer.expiresAt = uint40(START + 2_700);
        _opened(offer);
    }

    function test_openOffer_revertsForMoreThanIsPrequalified() public {
        IFlexRequests.Request memory request = _request();
        request.periods = _asked(FIRST, -50_000, 0);
        flexRequests.requestFlexibility(request);
        IFlexRequests.Offer memory offer = _offerOf(_option(0, _power(FIRST, -int32(PREQUALIFIED) - 1)));
        FlexOfferId offerId = _seal(REQUEST, offer);
        IFlexRequests.Offer memory fitting = _offerOf(_option(0, _power(FIRST, -int32(PREQUALIFIED))));
        FlexOfferId other = _seal(REQUEST, fitting);
        vm.warp(EXPIRES);
        vm.expectRevert(_notPrequalified(PREQUALIFIED, PREQUALIFIED + 1));
        flexRequests.openOffer(offerId, offer, request.periods);
        flexRequests.openOffer(other, fitting, request.periods);
    }

    function test_openOffer_revertsWhereNothingIsPrequalified() public {
        flexRequests.requestFlexibility(_request());
        FlexOfferId offerId = _seal(REQUEST, _offer());
        flexPortfolios.rejectPrequalification(_portfolio, _product, _point, "no more");
        vm.warp(EXPIRES);
        vm.expectRevert(_notPrequalified(0, 4_000));
        flexRequests.openOffer(offerId, _offer(), _asks());
    }

    function test_openOffer_keepsWhichOptionsAreWithinTheCap() public {
        bytes memory periods = bytes.concat(_power(FIRST, -4_000), _power(FIRST + 1, -4_000));
        IFlexRequests.Offer memory offer = _offer();
        offer.options = new IFlexRequests.Option[](3);
        offer.options[0] = _option(400_100, periods);
        offer.options[1] = _option(400_000, periods);
        offer.options[2] = _option(100, _power(FIRST, -100));
        (, , , , uint16 withinCap) = flexRequests.offerOf(_opened(offer));
        vm.assertEq(withinCap, 6, "all but the first");
    }

    function test_openOffer_countsPowerInRequestedPeriodsAlone() public {
        bytes memory asks = bytes.concat(_asked(FIRST, -5_000, 0), _room(FIRST + 1, -5_000, 0));
        _refuseOf(asks, _power(FIRST + 1, -4_000), "misses-request", 0);
        IFlexRequests.Request memory request = _request();
        request.periods = asks;
        flexRequests.requestFlexibility(request);
        // 1 kWh, of which a half arrives, is worth 0.20 euro; another one where only room was asked for is worth nothing.
        bytes memory periods = bytes.concat(_power(FIRST, -4_000), _power(FIRST + 1, -4_000));
        IFlexRequests.Offer memory dear = _offerOf(_option(200_100, periods));
        IFlexRequests.Offer memory fair = _offerOf(_option(200_000, periods));
        (FlexOfferId first, FlexOfferId second) = (_seal(REQUEST, dear), _seal(REQUEST, fair));
        vm.warp(EXPIRES);
        flexRequests.openOffer(first, dear, asks);
        flexRequests.openOffer(second, fair, asks);
        (, , , , uint16 withinCap) = flexRequests.offerOf(first);
        vm.assertEq(withinCap, 0, "too dear");
        (, , , , withinCap) = flexRequests.offerOf(second);
        vm.assertEq(withinCap, 1, "at the very cap");
    }

    function _sealAs(address caller, bytes32 commitment) private {
        vm.prank(caller);
        flexRequests.sealOffer(REQUEST, _portfolio, commitment);
    }

    function _refusePeriods(bytes memory periods, string memory rule, uint256 position) private {
        _refuseOption(_option(0, periods), rule, position);
    }

    function _refuseOption(IFlexRequests.Option memory option, string memory rule, uint256 position) private {
        _refuse(_offerOf(option), rule, 0, position);
    }

    function _refuse(
        IFlexRequests.Offer memory offer,
        string memory rule,
        uint256 option,
        uint256 position
    ) private {
        uint256 snapshot = vm.snapshotState();
        FlexOfferId offerId = _seal(flexRequests.requestFlexibility(_request()), offer);
        vm.warp(EXPIRES);
        vm.expectRevert(
            abi.encodeWithSelector(IFlexRequests.FlexOffersInvalid.selector, rule, option, position)
        );
        flexRequests.openOffer(offerId, offer, _asks());
        vm.revertToState(snapshot);
    }

    function _refuseOf(
        bytes memory asks,
        bytes memory periods,
        string memory rule,
        uint256 position
    ) private {
        uint256 snapshot = vm.snapshotState();
        IFlexRequests.Request memory request = _request();
        request.periods = asks;
        IFlexRequests.Offer memory offer = _offerOf(_option(0, periods));
        FlexOfferId offerId = _seal(flexRequests.requestFlexibility(request), offer);
        vm.warp(EXPIRES);
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexOffersInvalid.selector, rule, 0, position));
        flexRequests.openOffer(offerId, offer, asks);
        vm.revertToState(snapshot);
    }

    function _openOf(bytes memory asks, bytes memory periods) private {
        IFlexRequests.Request memory request = _request();
        request.periods = asks;
        IFlexRequests.Offer memory offer = _offerOf(_option(0, periods));
        FlexOfferId offerId = _seal(flexRequests.requestFlexibility(request), offer);
        vm.warp(EXPIRES);
        flexRequests.openOffer(offerId, offer, asks);
    }

    function _expectWrongState(FlexOfferId offerId, IFlexRequests.OfferState state) private {
        vm.expectRevert(abi.encodeWithSelector(IFlexRequests.FlexOffersWrongState.selector, offerId, state));
    }

    function _expectState(FlexOfferId offerId, IFlexRequests.OfferState expected) private view {
        (IFlexRequests.OfferState state, , , , ) = flexRequests.offerOf(offerId);
        vm.assertTrue(state == expected, "state");
    }

    function _notPrequalified(uint256 prequalified, uint256 offered) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IFlexRequests.FlexOffersNotPrequalified.selector,
                _portfolio,
                _product,
                prequalified,
                offered
            );
    }
}
