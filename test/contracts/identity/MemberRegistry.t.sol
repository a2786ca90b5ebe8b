// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {AreaId, EnergyWh, MemberId} from "../../../contracts/types/Types.sol";
import {Neighbourhood} from "../Neighbourhood.sol";
import {vm} from "../Vm.sol";

// registerMembers
//   given no role of registrar, it reverts
//   given members, it gives them consecutive ids, and what is asked of them later is what was registered
//   given a key that anybody has, as trading or as meter key, even twice in one call, nobody is registered
//   given no account, it reverts
//   given a limit of more than 1 GWh an order, it reverts
//   given an area with a supplier or a DSO, it reverts for a second, though another area may have its own
//   given an area with 1,000 active households, it reverts for one more, until one is deactivated
// deactivateMember
//   given no role of registrar, an unknown member, or one that is inactive, it reverts
//   given an active member, it keeps the time, and the member's keys stay taken
// tradingKeyAt
//   given a member of the area that trades, it is its key and limit, also after it was deactivated for gates closed before
//   given another area, nobody, a member without a trading key, or one deactivated by then, it is zero
contract MemberRegistryTest is Neighbourhood {
    function test_registerMembers_keepsWhatWasRegistered() public {
        uint256 before = members.memberCount();
        vm.expectEmit();
        emit IMemberRegistry.MemberRegistered(
            MemberId.wrap(uint24(before + 1)),
            AREA,
            IMemberRegistry.Kind.Household,
            vm.addr(5),
            vm.addr(5),
            vm.addr(1_000_005),
            QUANTITY_LIMIT,
            bytes32(0)
        );
        MemberId memberId = _register(AREA, IMemberRegistry.Kind.Household, 5);

        IMemberRegistry.TradingRight memory right = members.tradingRightOf(memberId);
        vm.assertEq(members.memberCount(), before + 1, "count");
        vm.assertEq(right.tradingKey, vm.addr(5), "trading key");
        vm.assertEq(EnergyWh.unwrap(right.quantityLimit), EnergyWh.unwrap(QUANTITY_LIMIT), "limit");
        vm.assertEq(AreaId.unwrap(members.areaOf(memberId)), AreaId.unwrap(AREA), "area");
        vm.assertEq(right.activeUntil, 0, "active");
        vm.assertEq(members.accountOf(memberId), vm.addr(5), "account");
    }

    function test_registerMembers_knowsTheAreasSupplierAndDso() public {
        vm.assertEq(MemberId.unwrap(members.supplierOf(AREA)), MemberId.unwrap(SUPPLIER_ID), "supplier");
        vm.assertEq(MemberId.unwrap(members.dsoOf(AREA)), MemberId.unwrap(DSO_ID), "DSO");
        vm.assertEq(MemberId.unwrap(members.supplierOf(OTHER_AREA)), 0, "none elsewhere");
        MemberId other = _register(OTHER_AREA, IMemberRegistry.Kind.Supplier, 0);
        vm.assertEq(MemberId.unwrap(members.supplierOf(OTHER_AREA)), MemberId.unwrap(other), "its own");
    }

    function test_registerMembers_revertsForASecondSupplierOrDso() public {
        _expectRefusal(
            _household(address(this), address(0), address(0), IMemberRegistry.Kind.Supplier),
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryRoleTaken.selector,
                AREA,
                IMemberRegistry.Kind.Supplier
            )
        );
        _expectRefusal(
            _household(address(this), address(0), address(0), IMemberRegistry.Kind.DSO),
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryRoleTaken.selector,
                AREA,
                IMemberRegistry.Kind.DSO
            )
        );
    }

    function test_registerMembers_revertsForAKeyThatIsTaken() public {
        _register(AREA, IMemberRegistry.Kind.Household, 5);
        address tradingKey = vm.addr(5);
        address meterKey = vm.addr(1_000_005);
        _expectKeyTaken(tradingKey, address(7), tradingKey);
        _expectKeyTaken(meterKey, address(7), meterKey);
        _expectKeyTaken(address(7), meterKey, meterKey);
        _expectKeyTaken(address(7), tradingKey, tradingKey);
        _expectKeyTaken(address(7), address(7), address(7));
    }

    function test_registerMembers_revertsForALimitBeyondAnyConnection() public {
        IMemberRegistry.Registration[] memory one = new IMemberRegistry.Registration[](1);
        one[0] = _household(address(this), address(8), address(9), IMemberRegistry.Kind.Household);
        one[0].quantityLimit = EnergyWh.wrap(1_000_000_001);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryLimitTooLarge.selector,
                EnergyWh.wrap(1_000_000_001),
                1_000_000_000
            )
        );
        members.registerMembers(AREA, one);

        one[0].quantityLimit = EnergyWh.wrap(1_000_000_000);
        members.registerMembers(AREA, one);
    }

    function test_registerMembers_registersAllOrNone() public {
        uint256 before = members.memberCount();
        IMemberRegistry.Registration[] memory two = new IMemberRegistry.Registration[](2);
        two[0] = _household(address(this), address(8), address(9), IMemberRegistry.Kind.Household);
        two[1] = _household(address(0), address(10), address(11), IMemberRegistry.Kind.Household);
        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryInvalidAccount.selector));
        members.registerMembers(AREA, two);
        vm.assertEq(members.memberCount(), before, "nobody");
    }

    function test_registerMembers_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        members.registerMembers(AREA, new IMemberRegistry.Registration[](0));
    }

    function test_registerMembers_revertsWhereTheAreaIsFull() public {
        IMemberRegistry.Registration[] memory full = new IMemberRegistry.Registration[](1_000);
        for (uint256 i = 0; i < full.length; ++i) {
            full[i] = _household(address(this), address(0), address(0), IMemberRegistry.Kind.Household);
        }
        members.registerMembers(AREA, full);
        IMemberRegistry.Registration memory one = _household(
            address(this),
            address(0),
            address(0),
            IMemberRegistry.Kind.Household
        );
        _expectRefusal(
            one,
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryAreaFull.selector, AREA, 1_000)
        );

        members.deactivateMember(MemberId.wrap(uint24(members.memberCount())));
        _registerHousehold();
    }

    function test_deactivateMember_keepsTheTime() public {
        MemberId memberId = _registerHousehold();
        vm.expectEmit();
        emit IMemberRegistry.MemberDeactivated(memberId, AREA);
        members.deactivateMember(memberId);
        vm.assertEq(members.tradingRightOf(memberId).activeUntil, block.timestamp, "time");
        address key = members.tradingRightOf(memberId).tradingKey;
        _expectKeyTaken(key, address(7), key);

        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryInactive.selector, memberId));
        members.deactivateMember(memberId);
    }

    function test_deactivateMember_revertsForNobody() public {
        MemberId unknown = MemberId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryUnknownMember.selector, unknown)
        );
        members.deactivateMember(unknown);
    }

    function test_deactivateMember_revertsForAnybodyElse() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        members.deactivateMember(SUPPLIER_ID);
    }

    function test_tradingKeyAt_isTheKeyAndTheLimit() public {
        MemberId memberId = _register(AREA, IMemberRegistry.Kind.Household, 5);
        (address key, EnergyWh limit) = members.tradingKeyAt(AREA, memberId, block.timestamp);
        vm.assertEq(key, vm.addr(5), "key");
        vm.assertEq(EnergyWh.unwrap(limit), EnergyWh.unwrap(QUANTITY_LIMIT), "limit");

        members.deactivateMember(memberId);
        (key, ) = members.tradingKeyAt(AREA, memberId, block.timestamp - 1);
        vm.assertEq(key, vm.addr(5), "for a gate that closed before");
    }

    function test_tradingKeyAt_isZeroForWhoeverDoesNotTrade() public {
        MemberId memberId = _register(AREA, IMemberRegistry.Kind.Household, 5);
        _requireNoKey(OTHER_AREA, memberId);
        _requireNoKey(AREA, MemberId.wrap(99));
        _requireNoKey(AreaId.wrap(0), MemberId.wrap(99));
        _requireNoKey(AREA, SUPPLIER_ID);
        members.deactivateMember(memberId);
        _requireNoKey(AREA, memberId);
    }

    function test_accountOf_revertsForNobody() public {
        MemberId unknown = MemberId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryUnknownMember.selector, unknown)
        );
        members.accountOf(unknown);
    }

    function _requireNoKey(AreaId area, MemberId memberId) private view {
        (address key, EnergyWh limit) = members.tradingKeyAt(area, memberId, block.timestamp);
        vm.assertEq(key, address(0), "key");
        vm.assertEq(EnergyWh.unwrap(limit), 0, "limit");
    }

    function _expectKeyTaken(address tradingKey, address meterKey, address taken) private {
        _expectRefusal(
            _household(address(this), tradingKey, meterKey, IMemberRegistry.Kind.Household),
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryKeyTaken.selector, taken)
        );
    }

    function _expectRefusal(IMemberRegistry.Registration memory registration, bytes memory error_) private {
        IMemberRegistry.Registration[] memory registrations = new IMemberRegistry.Registration[](1);
        registrations[0] = registration;
        vm.expectRevert(error_);
        members.registerMembers(AREA, registrations);
    }

    function _household(
        address account,
        address tradingKey,
        address meterKey,
        IMemberRegistry.Kind kind
    ) private pure returns (IMemberRegistry.Registration memory) {
        return IMemberRegistry.Registration(kind, account, tradingKey, meterKey, QUANTITY_LIMIT, bytes32(0));
    }
}
