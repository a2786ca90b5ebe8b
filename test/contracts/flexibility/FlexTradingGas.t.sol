// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFlexOrders} from "../../../contracts/flexibility/IFlexOrders.sol";
import {IFlexRequests} from "../../../contracts/flexibility/IFlexRequests.sol";
import {FlexOfferId, FlexRequestId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {WholeTransactionGas} from "../WholeTransactionGas.sol";
import {FlexWorld} from "./FlexWorld.sol";

/// @dev A request for eight periods, and an offer of four of them. What was written in `setUp` is as cold in a test as in a
/// transaction.
abstract contract OneOffer is FlexWorld, WholeTransactionGas {
    FlexRequestId internal _requestId;
    FlexOfferId internal _offerId;
    bytes internal _askedPeriods;

    function setUp() public virtual override {
        super.setUp();
        for (uint32 i = 0; i < 8; ++i) {
            _askedPeriods = bytes.concat(_askedPeriods, _asked(FIRST + i, -5_000, 0));
        }
        IFlexRequests.Request memory request = _request();
        request.periods = _askedPeriods;
        _requestId = flexRequests.requestFlexibility(request);
    }

    function _fourPeriods() internal pure returns (IFlexRequests.Offer memory) {
        bytes memory periods;
        for (uint32 i = 0; i < 4; ++i) {
            periods = bytes.concat(periods, _power(FIRST + i, -4_000));
        }
        return _offerOf(_option(400_000, periods));
    }
}

// sealOffer costs at most 160,000 gas, openOffer of four periods out of eight at most 170,000
contract SealOfferGasTest is OneOffer {
    function test_gas_sealOffer() public {
        bytes32 commitment = keccak256("commitment");
        vm.prank(_aggregator);
        flexRequests.sealOffer(_requestId, _portfolio, commitment);
        uint256 gas = _gasOf(
            "sealOffer",
            abi.encodeCall(IFlexRequests.sealOffer, (_requestId, _portfolio, commitment))
        );
        vm.snapshotValue("sealOffer, whole transaction", gas);
        vm.assertTrue(gas < 160_000, "gas");
    }
}

contract OpenOfferGasTest is OneOffer {
    function setUp() public override {
        super.setUp();
        _offerId = _seal(_requestId, _fourPeriods());
        vm.warp(EXPIRES);
    }

    function test_gas_openOffer() public {
        IFlexRequests.Offer memory offer = _fourPeriods();
        bytes memory asked = _askedPeriods;
        flexRequests.openOffer(_offerId, offer, asked);
        uint256 gas = _gasOf(
            "openOffer, 4 periods",
            abi.encodeCall(IFlexRequests.openOffer, (_offerId, offer, asked))
        );
        vm.snapshotValue("openOffer, 4 periods, whole transaction", gas);
        vm.assertTrue(gas < 170_000, "gas");
    }
}

// orderOffer of four periods costs at most 450,000 gas
contract OrderOfferGasTest is OneOffer {
    function setUp() public override {
        super.setUp();
        _offerId = _seal(_requestId, _fourPeriods());
        vm.warp(EXPIRES);
        flexRequests.openOffer(_offerId, _fourPeriods(), _askedPeriods);
    }

    function test_gas_orderOffer() public {
        IFlexRequests.Offer memory offer = _fourPeriods();
        flexOrders.orderOffer(_offerId, offer, 0, 50, "reference");
        uint256 gas = _gasOf(
            "orderOffer, 4 periods",
            abi.encodeCall(IFlexOrders.orderOffer, (_offerId, offer, 0, 50, "reference"))
        );
        vm.snapshotValue("orderOffer, 4 periods, whole transaction", gas);
        vm.assertTrue(gas < 450_000, "gas");
    }
}
