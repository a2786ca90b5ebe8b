// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../../contracts/identity/IMemberRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {CHALLENGES, FLEX_ORDERS} from "../../../contracts/types/Roles.sol";
import {MemberId} from "../../../contracts/types/Types.sol";
import {vm} from "../Vm.sol";
import {SettlementWorld} from "./SettlementWorld.sol";

// pledge
//   given more than is free, or more to release than is pledged, it reverts
//   given a pledge, the balance stays and what is free of it shrinks; nobody withdraws it, no credit line covers it, and no
//     challenge takes it
contract AccountsPledgeTest is SettlementWorld {
    uint256 private constant KEY = 11;

    address private _account;
    MemberId private _aggregator;

    function setUp() public override {
        super.setUp();
        _grant(FLEX_ORDERS, address(accounts), IAccounts.pledge.selector);
        _account = vm.addr(KEY);
        _issue(_account, Role.Aggregator, AREA);
        _aggregator = _register(AREA, IMemberRegistry.Kind.Aggregator, KEY);
        _fund(_aggregator, 100);
    }

    function test_pledge_holdsWhatIsFree() public {
        vm.expectEmit();
        emit IAccounts.Pledged(_aggregator, 60);
        accounts.pledge(_aggregator, 60);
        vm.assertEq(accounts.balanceOf(_aggregator), 100, "balance");
        vm.assertEq(accounts.freeOf(_aggregator), 40, "free");
        vm.expectRevert(_tooLittle(40, 41));
        accounts.pledge(_aggregator, 41);
        accounts.pledge(_aggregator, 40);
        vm.assertEq(accounts.pledgedOf(_aggregator), 100, "pledged");
        vm.expectEmit();
        emit IAccounts.Pledged(_aggregator, 10);
        accounts.pledge(_aggregator, -90);
        vm.assertEq(accounts.freeOf(_aggregator), 90, "free again");
    }

    function test_pledge_releasesNoMoreThanThereIs() public {
        accounts.pledge(_aggregator, 60);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        accounts.pledge(_aggregator, -61);
    }

    function test_pledge_cannotBeWithdrawn() public {
        accounts.pledge(_aggregator, 60);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _aggregator, 60, 59));
        vm.prank(_account);
        accounts.withdraw(_aggregator, 41);
        vm.prank(_account);
        accounts.withdraw(_aggregator, 40);
        vm.assertEq(accounts.balanceOf(_aggregator), 60, "what is pledged stays");
    }

    function test_pledge_isCoveredByNoCreditLine() public {
        accounts.setCreditLine(_aggregator, 1_000);
        vm.expectRevert(_tooLittle(100, 101));
        accounts.pledge(_aggregator, 101);
        accounts.pledge(_aggregator, 60);
        vm.assertEq(accounts.freeOf(_aggregator), 40, "free");
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountsLocked.selector, _aggregator, 1_060, 1_059));
        vm.prank(_account);
        accounts.withdraw(_aggregator, 41);
        accounts.setCreditLine(_aggregator, 0);
        vm.assertEq(accounts.freeOf(_aggregator), 40, "with the line and without");
    }

    function test_pledge_isNotForfeited() public {
        _grant(CHALLENGES, address(accounts), IAccounts.forfeit.selector);
        accounts.pledge(_aggregator, 60);
        vm.expectRevert(_tooLittle(40, 41));
        accounts.forfeit(AREA, _aggregator, 41);
        accounts.forfeit(AREA, _aggregator, 40);
    }

    function testFuzz_pledge_neverExceedsTheBalance(uint8[8] memory amounts, uint8 moves) public {
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount = uint256(amounts[i]) + 1;
            uint256 free = accounts.freeOf(_aggregator);
            if ((moves >> i) & 1 == 1) {
                vm.prank(_account);
                try accounts.withdraw(_aggregator, amount) {
                    vm.assertTrue(amount <= free, "withdrawn");
                } catch {
                    vm.assertTrue(amount > free, "not withdrawn");
                }
            } else {
                try accounts.pledge(_aggregator, int256(amount)) {
                    vm.assertTrue(amount <= free, "pledged");
                } catch {
                    vm.assertTrue(amount > free, "not pledged");
                }
            }
            vm.assertTrue(
                accounts.pledgedOf(_aggregator) + accounts.freeOf(_aggregator) ==
                    accounts.balanceOf(_aggregator),
                "the balance is what is pledged and what is free"
            );
        }
    }

    function _tooLittle(uint256 free, uint256 needed) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(IAccounts.AccountsInsufficientBalance.selector, _aggregator, free, needed);
    }
}
