// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICongestionPoints} from "../../../contracts/flexibility/ICongestionPoints.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, CongestionPointId, DeliveryPeriod, PowerW} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {FlexWorld} from "./FlexWorld.sol";

// registerPoint
//   given an address of none, too many bytes or another point's, or power beyond 31 bits, it reverts
// setCapacity, setLimit, removeLimit, connect, disconnect
//   given no DSO of the point's area, or no point, they revert
// setLimit
//   given one that ends before it begins, in the past or upon another one, it reverts; at most 64 that are not over
// capacityAt is that of the limit of the period, or else the usual one
// connect, disconnect
//   given an effect of none or above one, no connection point, or one that does not lie there, they revert
contract CongestionPointsTest is FlexWorld {
    bytes32 private constant HOME = keccak256("home");

    function test_registerPoint_keepsAreaAndCapacity() public {
        vm.expectEmit();
        emit ICongestionPoints.PointRegistered(
            CongestionPointId.wrap(2),
            OTHER_AREA,
            "ean.123456789012345678",
            PowerW.wrap(100_000),
            PowerW.wrap(80_000)
        );
        CongestionPointId pointId = congestionPoints.registerPoint(
            OTHER_AREA,
            "ean.123456789012345678",
            _capacity()
        );
        vm.assertEq(AreaId.unwrap(congestionPoints.areaOf(pointId)), 2, "area");
        vm.assertEq(congestionPoints.pointCount(), 2, "points");
        _expectCapacity(pointId, FIRST, 100_000, 80_000);
    }

    function test_registerPoint_revertsForAddressesThatAreNone() public {
        string[3] memory addresses = ["", string(new bytes(256)), "ea1.2026-01.example.dso:feeder-n"];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ICongestionPoints.CongestionPointsInvalidAddress.selector,
                    addresses[i]
                )
            );
            congestionPoints.registerPoint(AREA, addresses[i], _capacity());
        }
        congestionPoints.registerPoint(AREA, string(new bytes(255)), _capacity());
    }

    function test_setCapacity_revertsForPowerBeyond31Bits() public {
        ICongestionPoints.Capacity memory capacity = _capacity();
        capacity.feedIn = PowerW.wrap(2 ** 31);
        bytes memory invalid = abi.encodeWithSelector(
            ICongestionPoints.CongestionPointsInvalidPower.selector,
            capacity.feedIn
        );
        vm.expectRevert(invalid);
        congestionPoints.setCapacity(_point, capacity);
        (capacity.feedIn, capacity.consumption) = (PowerW.wrap(0), capacity.feedIn);
        vm.expectRevert(invalid);
        congestionPoints.registerPoint(AREA, "another", capacity);
        capacity.consumption = PowerW.wrap(2 ** 31 - 1);
        vm.expectEmit();
        emit ICongestionPoints.CapacityChanged(_point, capacity.consumption, capacity.feedIn);
        congestionPoints.setCapacity(_point, capacity);
        _expectCapacity(_point, FIRST, 2 ** 31 - 1, 0);
    }

    function test_setLimit_holdsInItsPeriodsAlone() public {
        vm.expectEmit();
        emit ICongestionPoints.LimitSet(
            _point,
            1,
            DeliveryPeriod.wrap(FIRST),
            DeliveryPeriod.wrap(FIRST + 1),
            PowerW.wrap(50),
            PowerW.wrap(40)
        );
        uint256 number = _limit(FIRST, FIRST + 1);
        _expectCapacity(_point, FIRST - 1, 100_000, 80_000);
        _expectCapacity(_point, FIRST, 50, 40);
        _expectCapacity(_point, FIRST + 1, 50, 40);
        _expectCapacity(_point, FIRST + 2, 100_000, 80_000);
        vm.expectEmit();
        emit ICongestionPoints.LimitRemoved(_point, number);
        congestionPoints.removeLimit(_point, number);
        _expectCapacity(_point, FIRST, 100_000, 80_000);
        vm.expectRevert(
            abi.encodeWithSelector(ICongestionPoints.CongestionPointsNoLimit.selector, _point, number)
        );
        congestionPoints.removeLimit(_point, number);
    }

    function test_setLimit_revertsUponAnotherOneAndInThePast() public {
        _limit(FIRST, FIRST + 2);
        _refuseLimit(FIRST + 2, FIRST + 3);
        _refuseLimit(FIRST - 1, FIRST);
        _refuseLimit(FIRST + 1, FIRST + 1);
        _refuseLimit(FIRST + 9, FIRST + 8);
        uint32 present = uint32(block.timestamp / 900);
        _refuseLimit(present - 1, present + 1);
        _limit(present, present + 1);
        _limit(FIRST + 3, FIRST + 3);
    }

    function test_setLimit_isForAtMost64ThatAreNotOver() public {
        for (uint32 i = 0; i < 64; ++i) {
            _limit(FIRST + 2 * i, FIRST + 2 * i);
        }
        vm.expectRevert(
            abi.encodeWithSelector(ICongestionPoints.CongestionPointsTooManyLimits.selector, _point, 64)
        );
        _limit(FIRST + 500, FIRST + 500);
        vm.warp(START + 900);
        uint256 number = _limit(FIRST + 500, FIRST + 500);
        vm.assertEq(number, 65, "the first one is over");
    }

    function testFuzz_capacityAt_isThatOfTheLimitOfThePeriod(uint32[6] memory starts, uint32 asked) public {
        bool[64] memory isLimited;
        for (uint256 i = 0; i < 6; ++i) {
            uint32 first = starts[i] % 60;
            bool isFree = !(isLimited[first] || isLimited[first + 1] || isLimited[first + 2]);
            if (!isFree) {
                _refuseLimit(FIRST + first, FIRST + first + 2);
                continue;
            }
            _limit(FIRST + first, FIRST + first + 2);
            (isLimited[first], isLimited[first + 1], isLimited[first + 2]) = (true, true, true);
        }
        bool isWithin = isLimited[asked % 64];
        _expectCapacity(_point, FIRST + (asked % 64), isWithin ? 50 : 100_000, isWithin ? 40 : 80_000);
    }

    function test_connect_takesThePlaceOfTheFormerEffect() public {
        _connect(HOME, 500_000);
        vm.expectEmit();
        emit ICongestionPoints.ConnectionSet(_point, HOME, 1_000_000);
        _connect(HOME, 1_000_000);
        vm.assertEq(congestionPoints.effectOf(_point, HOME), 1_000_000, "effect");
        bytes32[] memory homes = new bytes32[](1);
        homes[0] = HOME;
        vm.expectEmit();
        emit ICongestionPoints.ConnectionRemoved(_point, HOME);
        congestionPoints.disconnect(_point, homes);
        vm.assertEq(congestionPoints.effectOf(_point, HOME), 0, "none");
        vm.expectRevert(
            abi.encodeWithSelector(ICongestionPoints.CongestionPointsNotConnected.selector, _point, HOME)
        );
        congestionPoints.disconnect(_point, homes);
    }

    function test_connect_revertsForEffectsThatAreNone() public {
        _refuseEffect(HOME, 0);
        _refuseEffect(HOME, 1_000_001);
        _refuseEffect(0, 1);
    }

    function test_commands_revertForPointsThatAreNone() public {
        CongestionPointId none = CongestionPointId.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(ICongestionPoints.CongestionPointsUnknown.selector, none));
        congestionPoints.setCapacity(none, _capacity());
        vm.expectRevert(
            abi.encodeWithSelector(
                ICongestionPoints.CongestionPointsUnknown.selector,
                CongestionPointId.wrap(0)
            )
        );
        congestionPoints.capacityAt(CongestionPointId.wrap(0), DeliveryPeriod.wrap(1));
    }

    function test_commands_areForTheDsoOfThePointsArea() public {
        address other = address(0xd50);
        _issue(other, Role.DSO, OTHER_AREA);
        vm.expectRevert(_roleMissing(other, Role.DSO, AREA));
        vm.prank(other);
        congestionPoints.setCapacity(_point, _capacity());
    }

    function _limit(uint32 first, uint32 last) private returns (uint256) {
        return congestionPoints.setLimit(_point, _limitOf(first, last));
    }

    function _limitOf(uint32 first, uint32 last) private pure returns (ICongestionPoints.Limit memory) {
        return
            ICongestionPoints.Limit(
                DeliveryPeriod.wrap(first),
                DeliveryPeriod.wrap(last),
                ICongestionPoints.Capacity(PowerW.wrap(50), PowerW.wrap(40))
            );
    }

    function _refuseLimit(uint32 first, uint32 last) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ICongestionPoints.CongestionPointsInvalidLimit.selector,
                DeliveryPeriod.wrap(first),
                DeliveryPeriod.wrap(last)
            )
        );
        _limit(first, last);
    }

    function _connect(bytes32 connectionPoint, uint32 effect) private {
        ICongestionPoints.Connection[] memory connections = new ICongestionPoints.Connection[](1);
        connections[0] = ICongestionPoints.Connection(connectionPoint, effect);
        congestionPoints.connect(_point, connections);
    }

    function _refuseEffect(bytes32 connectionPoint, uint32 effect) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ICongestionPoints.CongestionPointsInvalidEffect.selector,
                connectionPoint,
                effect
            )
        );
        _connect(connectionPoint, effect);
    }

    function _expectCapacity(
        CongestionPointId pointId,
        uint32 period,
        uint256 consumption,
        uint256 feedIn
    ) private view {
        ICongestionPoints.Capacity memory capacity = congestionPoints.capacityAt(
            pointId,
            DeliveryPeriod.wrap(period)
        );
        vm.assertEq(PowerW.unwrap(capacity.consumption), consumption, "consumption");
        vm.assertEq(PowerW.unwrap(capacity.feedIn), feedIn, "feed-in");
    }
}
