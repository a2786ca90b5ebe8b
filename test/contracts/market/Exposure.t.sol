// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICallAuction} from "../../../contracts/market/ICallAuction.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {ReferenceAuction} from "./ReferenceAuction.sol";

// Given an allowance of ten euro a session
//   a bid has its limit and the platform fee at risk, an offer no fee
//   where feed-in is below zero, a bid has what it costs to give the energy away at risk too
//   a bid whose limit is below what it may cost on top has nothing at risk
//   limit, fee and feed-in are rounded up together
//   the rates are those of the period
// Given any rates, fee, limits and quantities, a bid and an offer of one member clear as the reference does, and alone
// they are refused exactly where the reference finds them void
contract ExposureTest is ReferenceAuction {
    MemberId private _buyer;
    MemberId private _seller;

    function setUp() public override {
        super.setUp();
        _buyer = _registerHouseholds(2);
        _seller = MemberId.wrap(MemberId.unwrap(_buyer) + 1);
        _publishKeys();
    }

    function test_exposure_ofABidHasThePlatformFeeInIt() public {
        _setRates(300_000, 80_000, 5_000);
        // 10 kWh at 0.995 EUR, with half a cent each on top.
        _requireExposure(_bid(_buyer, 10_000, 995_000), ALLOWANCE);
        _requireExposure(_bid(_buyer, 10_000, 995_100), ALLOWANCE + 1_000);
        _requireExposure(_bid(_buyer, 10_000, 4_000_000), 40_050_000);
    }

    function test_exposure_ofAnOfferHasNoFee() public {
        _setRates(1_200_000, 80_000, 5_000);
        _requireExposure(_offer(_buyer, 10_000, 200_000), ALLOWANCE);
        _requireExposure(_offer(_buyer, 10_000, 199_900), ALLOWANCE + 1_000);
    }

    function test_exposure_ofABidWhereFeedInIsBelowZero() public {
        _setRates(300_000, -80_000, 5_000);
        _requireExposure(_bid(_buyer, 10_000, 915_000), ALLOWANCE);
        _requireExposure(_bid(_buyer, 10_000, 915_100), ALLOWANCE + 1_000);
    }

    function test_exposure_isNothingWhereABidIsPaidForMoreThanItMayCost() public {
        areas.publishEnergyRates(AREA, FIRST_PERIOD, abi.encodePacked(int24(300_000), int24(-80_000)));
        areas.setPlatformFee(AREA, 5_000);
        _emptyAllowance();
        // At -0.085 EUR what it is paid covers feed-in and fee.
        _requireExposure(_bid(_buyer, 10_000, -85_000), 0);
        _requireExposure(_bid(_buyer, 10_000, -500_000), 0);
        _requireExposure(_bid(_buyer, 10_000, -84_900), 1_000);
        _requireExposure(_bid(_buyer, 1, -84_900), 1);
    }

    /// @dev A Wh at 0.0001 EUR, with 400 micro-euro per kWh on top and 500 to give it away: one micro-euro in all.
    function test_exposure_isRoundedUpAsAWhole() public {
        _setRates(300_000, -500, 400);
        _emptyAllowance();
        _requireExposure(_bid(_buyer, 1, 100), 1);
        _requireExposure(_bid(_buyer, 1, 200), 2);
        _requireExposure(_bid(_buyer, 999, 100), 999);
        _requireExposure(_bid(_buyer, 0, 4_000_000), 0);
    }

    function testFuzz_exposure_isTheReferences(uint256 seed) public {
        int24 retail = int24(int256(seed % 1_500_000) - 400_000);
        int24 feedIn = retail - int24(int256((seed >> 32) % 100_000));
        _setRates(retail, feedIn, int24(int256((seed >> 64) % 2_000_000)));
        ICallAuction.Order memory bid = _bid(
            _buyer,
            uint32((seed >> 96) % 10_001),
            int24(int256((seed >> 128) % 25_000) * 100 - 500_000)
        );
        ICallAuction.Order memory offer = _offer(
            _buyer,
            uint32((seed >> 160) % 10_001),
            int24(int256((seed >> 192) % 25_000) * 100 - 500_000)
        );
        bytes20[] memory none = new bytes20[](0);
        uint256 voids = _referenceOf(FIRST_PERIOD, _pack(bid), none).voids;
        vm.assertTrue(_isValid(bid) == (voids == 0), "bid");
        voids = _referenceOf(FIRST_PERIOD, _pack(offer), none).voids;
        vm.assertTrue(_isValid(offer) == (voids == 0), "offer");
        bytes memory orders = bytes.concat(
            _pack(bid),
            _pack(offer),
            _pack(_bid(_seller, 500, 100_000)),
            _pack(_offer(_seller, 500, 100_000))
        );
        _close(orders);
        Outcome memory outcome = _referenceOf(FIRST_PERIOD, orders, none);
        _clear(outcome.claim, orders);
        vm.assertEq(
            auction.sessionOf(AREA, FIRST_PERIOD).fillsHash,
            _chainOfFills(outcome.fills),
            "both together"
        );
    }

    function _setRates(int24 retail, int24 feedIn, int24 platformFee) private {
        areas.setDefaultEnergyRates(AREA, retail, feedIn);
        areas.setPlatformFee(AREA, platformFee);
    }

    /// @dev The buyer gets a new number, in whose name nothing may be risked, and the seller stays.
    function _emptyAllowance() private {
        vm.warp(LONG_BEFORE + 1);
        _buyer = _registerHousehold();
        vm.prank(_accountOf(_buyer));
        accounts.withdraw(_buyer, DEPOSIT);
        _publishKeys();
        vm.assertEq(tradingDays.allowanceOf(AREA, DAY, _buyer), 0, "nothing");
    }

    /// @dev In what is refused it is named; what is not refused is within the allowance.
    function _requireExposure(ICallAuction.Order memory order, uint256 exposure) private {
        uint256 allowance = tradingDays.allowanceOf(AREA, DAY, order.trader);
        uint16 index = _indexOf(order.trader);
        bytes memory signature = _signatureOf(order, _keyOf(order.trader));
        if (exposure > allowance) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICallAuction.CallAuctionOverAllowance.selector,
                    order.trader,
                    exposure,
                    allowance
                )
            );
        }
        auction.requireValidOrder(order, index, signature);
        uint256 voids = _referenceOf(FIRST_PERIOD, _pack(order), new bytes20[](0)).voids;
        vm.assertEq(voids, exposure > allowance ? 1 : 0, "the reference's");
    }

    function _isValid(ICallAuction.Order memory order) private view returns (bool) {
        uint16 index = _indexOf(order.trader);
        try auction.requireValidOrder(order, index, _signatureOf(order, _keyOf(order.trader))) returns (
            bytes32
        ) {
            return true;
        } catch {
            return false;
        }
    }
}
