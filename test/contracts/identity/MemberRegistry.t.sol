// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {AreaId, EnergyWh, MemberId} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";

// registerMembers
//   given no credential as community manager, it reverts
//   given members, it gives them consecutive ids, and what is asked of them later is what was registered
//   given a trading key or a meter's key that anybody has as such, nobody is registered; whoever names a meter's key
//     as its own for trading keeps nobody from registering the meter
//   given no account, it reverts
//   given a limit of more than 1 GWh an order, it reverts
//   given an area with a supplier, DSO, tax authority or platform operator, it reverts for a second, though another
//     area may have its own
//   given an area with 1,000 active households, it reverts for one more, until one is deactivated; counterparties
//     do not count
// deactivateMember
//   given no credential as community manager, an unknown member, or one that is inactive, it reverts
//   given an active member, it keeps the time, every key of the member is revoked from then on, its bit is set, and
//     its keys stay taken
// membersOf, memberCountOf, tradersOf
//   given any part of the list, they are the area's members in sequence, and nothing beyond its end
//   given whoever does not trade (a counterparty, a member without trading key, an inactive one), it has no trading
//     key
// actsFor
//   given account or trading key of an active member of the area, it is true; given anybody else, false
contract MemberRegistryTest is Marketplace {
    function test_registerMembers_keepsWhatWasRegistered() public {
        uint256 before = members.memberCount();
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(50), address(51), address(52));
        vm.expectEmit();
        emit IMemberRegistry.MemberRegistered(
            MemberId.wrap(uint24(before + 1)),
            AREA,
            IMemberRegistry.Kind.Household,
            address(50),
            address(51),
            address(52),
            QUANTITY_LIMIT,
            _connectionOf(address(50))
        );
        members.registerMembers(AREA, one);

        MemberId memberId = MemberId.wrap(uint24(before + 1));
        IMemberRegistry.TradingRight memory right = members.tradingRightOf(memberId);
        vm.assertEq(members.memberCount(), before + 1, "count");
        vm.assertEq(right.tradingKey, address(51), "trading key");
        vm.assertEq(EnergyWh.unwrap(right.quantityLimit), EnergyWh.unwrap(QUANTITY_LIMIT), "limit");
        vm.assertEq(AreaId.unwrap(members.areaOf(memberId)), AreaId.unwrap(AREA), "area");
        vm.assertEq(right.activeUntil, 0, "active");
        vm.assertEq(members.accountOf(memberId), address(50), "account");
        vm.assertTrue(members.kindOf(memberId) == IMemberRegistry.Kind.Household, "kind");
        vm.assertEq(members.delegationOf(memberId).key, address(0), "no delegation");
        vm.assertEq(members.keyRevokedAt(memberId, address(51), block.timestamp), 0, "not revoked");
    }

    function test_registerMembers_knowsTheAreasCounterparties() public {
        IMemberRegistry.Kind[4] memory kinds = _counterparties();
        for (uint256 i = 0; i < kinds.length; ++i) {
            vm.assertEq(_counterpartyOf(AREA, kinds[i]), i + 1, "of the area");
            vm.assertTrue(members.kindOf(MemberId.wrap(uint24(i + 1))) == kinds[i], "kind");
            vm.assertEq(_counterpartyOf(OTHER_AREA, kinds[i]), 0, "none elsewhere");
            MemberId other = _register(OTHER_AREA, kinds[i], 0);
            vm.assertEq(_counterpartyOf(OTHER_AREA, kinds[i]), MemberId.unwrap(other), "its own");
            vm.assertEq(_counterpartyOf(AREA, kinds[i]), i + 1, "still of the area");
        }
    }

    function test_registerMembers_revertsForASecondOfACounterparty() public {
        IMemberRegistry.Kind[4] memory kinds = _counterparties();
        for (uint256 i = 0; i < kinds.length; ++i) {
            IMemberRegistry.Registration[] memory one = _admitted(
                AREA,
                address(this),
                address(0),
                address(0)
            );
            one[0].kind = kinds[i];
            vm.expectRevert(
                abi.encodeWithSelector(IMemberRegistry.MemberRegistryRoleTaken.selector, AREA, kinds[i])
            );
            members.registerMembers(AREA, one);
            members.deactivateMember(MemberId.wrap(uint24(i + 1)));
            vm.expectRevert(
                abi.encodeWithSelector(IMemberRegistry.MemberRegistryRoleTaken.selector, AREA, kinds[i])
            );
            members.registerMembers(AREA, one);
        }
    }

    function test_registerMembers_revertsForAKeyThatIsTaken() public {
        _register(AREA, IMemberRegistry.Kind.Household, 5);
        address tradingKey = vm.addr(5);
        address meterKey = vm.addr(1_000_005);
        _expectKeyTaken(tradingKey, address(7), tradingKey);
        _expectKeyTaken(address(7), meterKey, meterKey);
        members.registerMembers(AREA, _admitted(AREA, address(this), address(7), address(8)));
    }

    function test_registerMembers_takesAMeterWhoseKeySomebodyElseNamed() public {
        _register(AREA, IMemberRegistry.Kind.Household, 5);
        MemberId memberId = MemberId.wrap(uint24(members.memberCount()));
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(50), address(51), address(52));
        vm.prank(members.accountOf(memberId));
        members.replaceTradingKey(memberId, address(52));
        members.registerMembers(AREA, one);
        vm.assertEq(members.memberCount(), MemberId.unwrap(memberId) + 1, "registered");
    }

    function test_registerMembers_revertsForALimitBeyondAnyConnection() public {
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(this), address(8), address(9));
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
        two[0] = _admitted(AREA, address(50), address(8), address(9))[0];
        two[1] = _admitted(AREA, address(51), address(10), address(11))[0];
        two[1].account = address(0);
        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryInvalidAccount.selector));
        members.registerMembers(AREA, two);
        vm.assertEq(members.memberCount(), before, "nobody");
        vm.assertEq(members.memberCountOf(AREA), before, "nobody in the list");
    }

    function test_registrar_isNobodyElse() public {
        bytes memory unauthorized = _roleMissing(STRANGER, Role.CommunityManager, AREA);
        vm.expectRevert(unauthorized);
        vm.prank(STRANGER);
        members.registerMembers(AREA, new IMemberRegistry.Registration[](0));
        vm.expectRevert(unauthorized);
        vm.prank(STRANGER);
        members.deactivateMember(SUPPLIER_ID);
    }

    function test_registerMembers_revertsWhereTheAreaIsFull() public {
        IMemberRegistry.Registration[] memory full = new IMemberRegistry.Registration[](1_000);
        for (uint256 i = 0; i < full.length; ++i) {
            full[i] = _admitted(AREA, address(uint160(10_000 + i)), address(0), address(0))[0];
        }
        members.registerMembers(AREA, full);
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(50), address(0), address(0));
        bytes memory isFull = abi.encodeWithSelector(
            IMemberRegistry.MemberRegistryAreaFull.selector,
            AREA,
            1_000
        );
        vm.expectRevert(isFull);
        members.registerMembers(AREA, one);
        members.registerMembers(OTHER_AREA, _admitted(OTHER_AREA, address(50), address(0), address(0)));
        members.deactivateMember(SUPPLIER_ID);
        vm.expectRevert(isFull);
        members.registerMembers(AREA, one);

        members.deactivateMember(MemberId.wrap(1_004));
        members.registerMembers(AREA, one);
        vm.assertEq(members.memberCountOf(AREA), 1_005, "inactive members stay in the list");
        one = _admitted(AREA, address(51), address(0), address(0));
        vm.expectRevert(isFull);
        members.registerMembers(AREA, one);
    }

    function test_deactivateMember_revokesEveryKeyAndKeepsThemTaken() public {
        _registerHouseholds(251);
        MemberId memberId = MemberId.wrap(255);
        address key = members.tradingRightOf(memberId).tradingKey;
        vm.warp(LONG_BEFORE + 5);
        vm.expectEmit();
        emit IMemberRegistry.MemberDeactivated(memberId, AREA);
        members.deactivateMember(memberId);
        vm.assertEq(members.tradingRightOf(memberId).activeUntil, LONG_BEFORE + 5, "time");
        vm.assertEq(members.keyRevokedAt(memberId, key, block.timestamp), LONG_BEFORE + 5, "its key");
        vm.assertEq(
            members.keyRevokedAt(memberId, address(99), block.timestamp),
            LONG_BEFORE + 5,
            "any other"
        );
        vm.assertEq(members.keyRevokedAt(MemberId.wrap(254), key, block.timestamp), 0, "nobody else's");
        vm.assertEq(members.revocationBits(0), 1 << 255, "bit");
        _expectKeyTaken(key, address(7), key);

        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryInactive.selector, memberId));
        members.deactivateMember(memberId);
    }

    function test_revocationBits_areOfTheWordOfTheMember() public {
        _registerHouseholds(253);
        members.deactivateMember(MemberId.wrap(256));
        members.deactivateMember(MemberId.wrap(257));
        members.deactivateMember(SUPPLIER_ID);
        vm.assertEq(members.revocationBits(0), 2, "word 0");
        vm.assertEq(members.revocationBits(1), 3, "word 1");
        vm.assertEq(members.revocationBits(2), 0, "word 2");
    }

    function test_everythingOfNobody_reverts() public {
        MemberId unknown = MemberId.wrap(99);
        bytes memory error_ = abi.encodeWithSelector(
            IMemberRegistry.MemberRegistryUnknownMember.selector,
            unknown
        );
        vm.expectRevert(error_);
        members.deactivateMember(unknown);
        vm.expectRevert(error_);
        members.accountOf(unknown);
        vm.expectRevert(error_);
        members.kindOf(unknown);
    }

    function test_membersOf_isAnyPartOfTheListInSequence() public {
        MemberId first = _registerHouseholds(3);
        _register(OTHER_AREA, IMemberRegistry.Kind.Household, 5);
        MemberId last = _registerHousehold();
        vm.assertEq(members.memberCountOf(AREA), 8, "count");
        vm.assertEq(members.memberCountOf(OTHER_AREA), 1, "of the other area");
        MemberId[] memory all = members.membersOf(AREA, 0, 100);
        vm.assertEq(all.length, 8, "all");
        vm.assertEq(MemberId.unwrap(all[0]), 1, "supplier");
        vm.assertEq(MemberId.unwrap(all[4]), MemberId.unwrap(first), "household");
        vm.assertEq(MemberId.unwrap(all[7]), MemberId.unwrap(last), "across the other area's");
        vm.assertEq(members.membersOf(AREA, 8, 100).length, 0, "at the end");
        vm.assertEq(members.membersOf(AREA, type(uint256).max, type(uint256).max).length, 0, "beyond it");
        vm.assertEq(members.membersOf(AREA, 2, 0).length, 0, "none");
        MemberId[] memory part = members.membersOf(AREA, 7, type(uint256).max);
        vm.assertEq(part.length, 1, "the last");
        vm.assertEq(MemberId.unwrap(part[0]), MemberId.unwrap(last), "the last one");
    }

    function test_tradersOf_hasKeysOfThoseWhoTrade() public {
        MemberId trading = _registerHousehold();
        MemberId inactive = _registerHousehold();
        members.deactivateMember(inactive);
        _register(AREA, IMemberRegistry.Kind.Household, 0);
        IMemberRegistry.Registration[] memory other = _admitted(
            OTHER_AREA,
            address(this),
            address(61),
            address(62)
        );
        other[0].kind = IMemberRegistry.Kind.Supplier;
        members.registerMembers(OTHER_AREA, other);

        IMemberRegistry.Trader[] memory traders = members.tradersOf(AREA, 0, 100);
        vm.assertEq(traders.length, members.memberCountOf(AREA), "everybody");
        for (uint256 i = 0; i < traders.length; ++i) {
            bool trades = _same(traders[i].memberId, trading);
            vm.assertEq(traders[i].tradingKey, trades ? _accountOf(trading) : address(0), "key");
            vm.assertEq(
                EnergyWh.unwrap(traders[i].quantityLimit),
                trades ? EnergyWh.unwrap(QUANTITY_LIMIT) : 0,
                "limit"
            );
        }
        vm.assertEq(members.tradersOf(OTHER_AREA, 0, 9)[0].tradingKey, address(0), "a supplier with a key");
        vm.assertEq(members.tradersOf(AREA, traders.length - 1, 5).length, 1, "the last");
        vm.assertEq(members.tradersOf(AREA, traders.length, 5).length, 0, "beyond it");
    }

    function test_actsFor_isTrueForAccountAndTradingKeyOfAnActiveMember() public {
        members.registerMembers(AREA, _admitted(AREA, address(50), address(51), address(52)));
        MemberId memberId = MemberId.wrap(uint24(members.memberCount()));
        vm.assertTrue(members.actsFor(AREA, memberId, address(50)), "account");
        vm.assertTrue(members.actsFor(AREA, memberId, address(51)), "trading key");
        vm.assertFalse(members.actsFor(AREA, memberId, address(52)), "meter key");
        vm.assertFalse(members.actsFor(AREA, memberId, STRANGER), "stranger");
        vm.assertFalse(members.actsFor(OTHER_AREA, memberId, address(50)), "another area");
        vm.assertFalse(members.actsFor(AreaId.wrap(0), MemberId.wrap(99), address(0)), "nobody");
        vm.assertFalse(members.actsFor(AREA, SUPPLIER_ID, address(0)), "no trading key");
        members.deactivateMember(memberId);
        vm.assertFalse(members.actsFor(AREA, memberId, address(50)), "inactive");
    }

    function _counterpartyOf(AreaId area, IMemberRegistry.Kind kind) private view returns (uint256) {
        if (kind == IMemberRegistry.Kind.Supplier) return MemberId.unwrap(members.supplierOf(area));
        if (kind == IMemberRegistry.Kind.DSO) return MemberId.unwrap(members.dsoOf(area));
        if (kind == IMemberRegistry.Kind.TaxAuthority) return MemberId.unwrap(members.taxAuthorityOf(area));
        return MemberId.unwrap(members.platformOperatorOf(area));
    }

    function _counterparties() private pure returns (IMemberRegistry.Kind[4] memory) {
        return
            [
                IMemberRegistry.Kind.Supplier,
                IMemberRegistry.Kind.DSO,
                IMemberRegistry.Kind.TaxAuthority,
                IMemberRegistry.Kind.PlatformOperator
            ];
    }

    function _expectKeyTaken(address tradingKey, address meterKey, address taken) private {
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(this), tradingKey, meterKey);
        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryKeyTaken.selector, taken));
        members.registerMembers(AREA, one);
    }
}
