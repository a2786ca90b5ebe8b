// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {EnergyWh, MemberId, Price} from "../../../contracts/types/Types.sol";
import {Marketplace} from "../Marketplace.sol";
import {vm} from "../Vm.sol";

// delegateTrading
//   given neither account nor trading key of the member (a stranger, the delegated key, the registrar), it reverts
//   given an inactive member, it reverts
//   given no key, no side or more than two, an expiry that is not to come, or prices out of range, out of sequence
//     or off the tick, it reverts
//   given a limit above the member's own, it reverts
//   given the member's own trading key or account, it reverts
//   given a key that was revoked for the member, or the one delegated now, it reverts, and the delegation before stays
//   given a key that another member has, or delegated to, it trades for both
//   given a key that is registered later, its owner is not kept from it
//   given a delegation, every field is kept, announced, and part of what trading keys are made of
//   given one after another, the key before is revoked at once
// revokeDelegation
//   given neither account nor trading key, an inactive member, or no delegation, it reverts
//   given a delegation, its key is revoked at once and for ever, and the member's own key is not revoked
// keyRevokedAt
//   given a key revoked before or after its member was deactivated, it is the earlier time
contract DelegationTest is Marketplace {
    address private constant KEY = address(0xde1e);
    address private constant NEXT_KEY = address(0xde1f);

    MemberId private _member;
    address private _account;

    function setUp() public override {
        super.setUp();
        _member = _registerHousehold();
        _account = _accountOf(_member);
    }

    function test_delegateTrading_keepsAndAnnouncesEveryField() public {
        vm.expectEmit();
        emit IMemberRegistry.TradingDelegated(
            _member,
            KEY,
            2,
            EnergyWh.wrap(9_999),
            Price.wrap(-500_000),
            Price.wrap(4_000_000),
            type(uint32).max
        );
        IMemberRegistry.Delegation memory delegation = IMemberRegistry.Delegation({
            key: KEY,
            sides: 2,
            quantityLimit: EnergyWh.wrap(9_999),
            lowestPrice: Price.wrap(-500_000),
            highestPrice: Price.wrap(4_000_000),
            expiry: type(uint32).max
        });
        _delegate(delegation);
        _requireDelegation(delegation);
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), 0, "not revoked");
        vm.assertEq(members.revocationBits(0), 0, "no bit");
    }

    function testFuzz_delegateTrading_keepsWhatWasDelegated(
        address key,
        uint256 seed,
        uint32 limit,
        uint32 expiry
    ) public {
        vm.assume(key != address(0) && key != _account);
        int24 left = int24(int256(seed % 45_001) * 100 - 500_000);
        int24 right = int24(int256((seed >> 64) % 45_001) * 100 - 500_000);
        IMemberRegistry.Delegation memory delegation = IMemberRegistry.Delegation({
            key: key,
            sides: uint8(1 + ((seed >> 128) % 3)),
            quantityLimit: EnergyWh.wrap(limit % (EnergyWh.unwrap(QUANTITY_LIMIT) + 1)),
            lowestPrice: Price.wrap(left < right ? left : right),
            highestPrice: Price.wrap(left < right ? right : left),
            expiry: uint32(LONG_BEFORE + 1 + (expiry % (type(uint32).max - LONG_BEFORE)))
        });
        _delegate(delegation);
        _requireDelegation(delegation);
    }

    function test_delegateTrading_keepsTheLargestLimitThereIs() public {
        IMemberRegistry.Registration[] memory one = _admitted(AREA, address(this), address(71), address(0));
        one[0].quantityLimit = EnergyWh.wrap(1_000_000_000);
        members.registerMembers(AREA, one);
        _member = MemberId.wrap(uint24(members.memberCount()));
        _account = address(71);
        IMemberRegistry.Delegation memory delegation = _valid(KEY);
        delegation.quantityLimit = EnergyWh.wrap(1_000_000_000);
        delegation.sides = 3;
        _delegate(delegation);
        _requireDelegation(delegation);
    }

    function test_delegateTrading_revertsForWhatIsNoDelegation() public {
        IMemberRegistry.Delegation memory delegation = _valid(address(0));
        _expectInvalid(delegation);
        delegation = _valid(KEY);
        delegation.sides = 0;
        _expectInvalid(delegation);
        delegation.sides = 4;
        _expectInvalid(delegation);
        delegation = _valid(KEY);
        delegation.expiry = uint32(block.timestamp);
        _expectInvalid(delegation);
        _expectInvalidPrices(-500_100, 0);
        _expectInvalidPrices(0, 4_000_100);
        _expectInvalidPrices(100, 0);
        _expectInvalidPrices(-99, 100);
        _expectInvalidPrices(0, 150);
        delegation.expiry = uint32(block.timestamp + 1);
        delegation.lowestPrice = delegation.highestPrice;
        _delegate(delegation);
    }

    function test_delegateTrading_revertsAboveTheMembersOwnLimit() public {
        IMemberRegistry.Delegation memory delegation = _valid(KEY);
        delegation.quantityLimit = EnergyWh.wrap(10_001);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryLimitTooLarge.selector,
                EnergyWh.wrap(10_001),
                10_000
            )
        );
        _delegate(delegation);
        delegation.quantityLimit = EnergyWh.wrap(10_000);
        _delegate(delegation);
    }

    function test_delegation_revertsForAnybodyElse() public {
        _delegate(_valid(KEY));
        address[3] memory others = [STRANGER, KEY, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory error_ = abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryNotTheMember.selector,
                _member,
                others[i]
            );
            vm.expectRevert(error_);
            vm.prank(others[i]);
            members.delegateTrading(_member, _valid(NEXT_KEY));
            vm.expectRevert(error_);
            vm.prank(others[i]);
            members.revokeDelegation(_member);
        }
        MemberId unknown = MemberId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMemberRegistry.MemberRegistryNotTheMember.selector,
                unknown,
                address(this)
            )
        );
        members.delegateTrading(unknown, _valid(NEXT_KEY));
    }

    function test_delegation_isTheAccountsAndTheTradingKeys() public {
        members.registerMembers(AREA, _admitted(AREA, address(70), address(71), address(72)));
        _member = MemberId.wrap(uint24(members.memberCount()));
        _account = address(70);
        _delegate(_valid(KEY));
        vm.prank(address(71));
        members.revokeDelegation(_member);
        _account = address(71);
        _delegate(_valid(NEXT_KEY));
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryNotTheMember.selector, _member, address(72))
        );
        vm.prank(address(72));
        members.revokeDelegation(_member);
    }

    function test_delegation_revertsForAnInactiveMember() public {
        _delegate(_valid(KEY));
        members.deactivateMember(_member);
        bytes memory inactive = abi.encodeWithSelector(
            IMemberRegistry.MemberRegistryInactive.selector,
            _member
        );
        vm.expectRevert(inactive);
        _delegate(_valid(NEXT_KEY));
        vm.expectRevert(inactive);
        vm.prank(_account);
        members.revokeDelegation(_member);
    }

    function test_delegateTrading_revertsForTheMembersOwnKeys() public {
        members.registerMembers(AREA, _admitted(AREA, address(70), address(71), address(72)));
        _member = MemberId.wrap(uint24(members.memberCount()));
        _account = address(70);
        _expectInvalid(_valid(address(70)));
        _expectInvalid(_valid(address(71)));
    }

    /// @dev Whatever is somebody else's: its keys, and the one to which it delegated.
    function test_delegateTrading_letsOneKeyTradeForMany() public {
        MemberId other = _registerHousehold();
        address[3] memory keys = [KEY, _accountOf(other), vm.addr(1_000_000 + MemberId.unwrap(other))];
        vm.prank(_accountOf(other));
        members.delegateTrading(other, _valid(KEY));
        for (uint256 i = 0; i < keys.length; ++i) {
            _delegate(_valid(keys[i]));
            _requireDelegation(_valid(keys[i]));
        }
        // Its delegation to somebody else does not concern the other's.
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), LONG_BEFORE, "revoked for the one");
        vm.assertEq(members.keyRevokedAt(other, KEY, block.timestamp), 0, "and not for the other");
        vm.assertEq(
            members.keyRevokedAt(other, _accountOf(other), block.timestamp),
            0,
            "nor the other's own"
        );
        vm.assertEq(members.revocationBits(0), 1 << MemberId.unwrap(_member), "bit");
        vm.assertEq(abi.encode(members.delegationOf(other)), abi.encode(_valid(KEY)), "delegation");
    }

    /// @dev Whoever names a key first cannot keep its owner from registering it.
    function test_delegateTrading_doesNotTakeAKeyFromWhoIsRegisteredWithIt() public {
        _delegate(_valid(KEY));
        MemberId owner = _registerAs(AREA, IMemberRegistry.Kind.Household, KEY);
        vm.assertEq(members.tradingRightOf(owner).tradingKey, KEY, "its trading key");
        _revoke();
        vm.assertEq(members.keyRevokedAt(owner, KEY, block.timestamp), 0, "which stands");
        vm.assertTrue(members.actsFor(AREA, owner, KEY), "and acts for it");
        vm.assertFalse(members.actsFor(AREA, _member, KEY), "and for nobody else");
    }

    function test_delegateTrading_revertsForAKeyThatWasRevokedBefore() public {
        _delegate(_valid(KEY));
        // Nor does the key delegated now take its own place.
        _expectRevoked(KEY);
        _requireDelegation(_valid(KEY));
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), 0, "it stands");
        _delegate(_valid(NEXT_KEY));
        _expectRevoked(KEY);
        _revoke();
        _expectRevoked(KEY);
        _expectRevoked(NEXT_KEY);
    }

    function test_delegateTrading_revokesTheKeyBefore() public {
        _delegate(_valid(KEY));
        vm.warp(LONG_BEFORE + 7);
        vm.expectEmit();
        emit IMemberRegistry.DelegationRevoked(_member, KEY);
        _delegate(_valid(NEXT_KEY));
        _requireDelegation(_valid(NEXT_KEY));
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), LONG_BEFORE + 7, "the key before");
        vm.assertEq(members.keyRevokedAt(_member, NEXT_KEY, block.timestamp), 0, "the new one");
        vm.assertEq(members.keyRevokedAt(_member, _account, block.timestamp), 0, "the member's own");
        vm.assertEq(members.revocationBits(0), 1 << MemberId.unwrap(_member), "bit");
    }

    function test_revokeDelegation_revokesItsKeyAlone() public {
        _delegate(_valid(KEY));
        vm.warp(LONG_BEFORE + 7);
        vm.expectEmit();
        emit IMemberRegistry.DelegationRevoked(_member, KEY);
        _revoke();
        IMemberRegistry.Delegation memory none;
        _requireDelegation(none);
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), LONG_BEFORE + 7, "its key");
        vm.assertEq(members.keyRevokedAt(_member, _account, block.timestamp), 0, "the member's own");
        vm.assertEq(members.revocationBits(0), 1 << MemberId.unwrap(_member), "bit");

        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryNoDelegation.selector, _member));
        _revoke();
        _expectRevoked(KEY);
        // The next delegation finds nothing to revoke, and does not move the time.
        vm.warp(LONG_BEFORE + 9);
        _delegate(_valid(NEXT_KEY));
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), LONG_BEFORE + 7, "still then");
    }

    function test_keyRevokedAt_isTheEarlierTime() public {
        _delegate(_valid(KEY));
        vm.warp(LONG_BEFORE + 7);
        _delegate(_valid(NEXT_KEY));
        vm.warp(LONG_BEFORE + 9);
        members.deactivateMember(_member);
        vm.assertEq(members.keyRevokedAt(_member, KEY, block.timestamp), LONG_BEFORE + 7, "revoked before");
        vm.assertEq(
            members.keyRevokedAt(_member, NEXT_KEY, block.timestamp),
            LONG_BEFORE + 9,
            "with its member"
        );
        vm.assertEq(
            members.keyRevokedAt(_member, _account, block.timestamp),
            LONG_BEFORE + 9,
            "the member's own"
        );
        vm.assertEq(members.tradersOf(AREA, 4, 1)[0].delegation.key, address(0), "trades no more");
    }

    function _delegate(IMemberRegistry.Delegation memory delegation) private {
        vm.prank(_account);
        members.delegateTrading(_member, delegation);
    }

    function _revoke() private {
        vm.prank(_account);
        members.revokeDelegation(_member);
    }

    function _expectRevoked(address key) private {
        vm.expectRevert(
            abi.encodeWithSelector(IMemberRegistry.MemberRegistryKeyRevoked.selector, _member, key)
        );
        _delegate(_valid(key));
    }

    function _expectInvalidPrices(int24 lowest, int24 highest) private {
        IMemberRegistry.Delegation memory delegation = _valid(KEY);
        delegation.lowestPrice = Price.wrap(lowest);
        delegation.highestPrice = Price.wrap(highest);
        _expectInvalid(delegation);
    }

    function _expectInvalid(IMemberRegistry.Delegation memory delegation) private {
        vm.expectRevert(abi.encodeWithSelector(IMemberRegistry.MemberRegistryInvalidDelegation.selector));
        _delegate(delegation);
    }

    /// @dev Both as it is asked for and as trading keys are made of it.
    function _requireDelegation(IMemberRegistry.Delegation memory expected) private view {
        vm.assertEq(abi.encode(members.delegationOf(_member)), abi.encode(expected), "delegation");
        IMemberRegistry.Trader memory trader = members.tradersOf(AREA, MemberId.unwrap(_member) - 1, 1)[0];
        vm.assertEq(abi.encode(trader.delegation), abi.encode(expected), "trader's delegation");
    }

    function _valid(address key) private pure returns (IMemberRegistry.Delegation memory) {
        return
            IMemberRegistry.Delegation({
                key: key,
                sides: 1,
                quantityLimit: EnergyWh.wrap(5_000),
                lowestPrice: Price.wrap(-100),
                highestPrice: Price.wrap(200_000),
                expiry: uint32(LONG_BEFORE + 30 days)
            });
    }
}
