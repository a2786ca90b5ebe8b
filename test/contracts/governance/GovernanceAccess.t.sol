// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ITradingPause} from "../../../contracts/governance/ITradingPause.sol";
import {ICredentialRegistry} from "../../../contracts/identity/ICredentialRegistry.sol";
import {IAccounts} from "../../../contracts/settlement/IAccounts.sol";
import {Role} from "../../../contracts/types/MarketRoles.sol";
import {ACCREDITATION} from "../../../contracts/types/Roles.sol";
import {Outsiders} from "../Outsiders.sol";
import {vm} from "../Vm.sol";

// Every function of access manager and pause that not anybody may call, called by a stranger.
contract GovernanceAccessTest is Outsiders {
    bytes4 private constant ADMINISTRATOR_MISSING = IAccessManager.AccessManagerUnauthorizedAccount.selector;

    /// @custom:refuses TradingPause.pause
    function test_pause_refusesOutsiders() public {
        _expectRefusal(
            address(pauses),
            _zeros(ITradingPause.pause.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses TradingPause.extendPause
    function test_extendPause_refusesOutsiders() public {
        _expectRefusal(
            address(pauses),
            _zeros(ITradingPause.extendPause.selector),
            IAccessManaged.AccessManagedUnauthorized.selector
        );
    }

    /// @custom:refuses TradingPause.endPause
    function test_endPause_refusesOutsiders() public {
        _expectRefusal(
            address(pauses),
            _zeros(ITradingPause.endPause.selector),
            ITradingPause.TradingPauseNotTheGuardian.selector
        );
    }

    /// @custom:refuses AccessManager.labelRole
    function test_labelRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.labelRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.setRoleAdmin
    function test_setRoleAdmin_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.setRoleAdmin.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.setRoleGuardian
    function test_setRoleGuardian_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setRoleGuardian.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setGrantDelay
    function test_setGrantDelay_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setGrantDelay.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetAdminDelay
    function test_setTargetAdminDelay_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetAdminDelay.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetClosed
    function test_setTargetClosed_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetClosed.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.setTargetFunctionRole
    function test_setTargetFunctionRole_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.setTargetFunctionRole.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.updateAuthority
    function test_updateAuthority_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            _zeros(IAccessManager.updateAuthority.selector),
            ADMINISTRATOR_MISSING
        );
    }

    /// @custom:refuses AccessManager.grantRole
    function test_grantRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.grantRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.revokeRole
    function test_revokeRole_refusesOutsiders() public {
        _expectRefusal(address(manager), _zeros(IAccessManager.revokeRole.selector), ADMINISTRATOR_MISSING);
    }

    /// @custom:refuses AccessManager.renounceRole
    function test_renounceRole_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(IAccessManager.renounceRole, (0, address(this))),
            IAccessManager.AccessManagerBadConfirmation.selector
        );
    }

    /// @custom:refuses AccessManager.schedule
    function test_schedule_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(
                IAccessManager.schedule,
                (address(accounts), _zeros(IAccounts.applyPayments.selector), 0)
            ),
            IAccessManager.AccessManagerUnauthorizedCall.selector
        );
    }

    /// @custom:refuses AccessManager.execute
    function test_execute_refusesOutsiders() public {
        _expectRefusal(
            address(manager),
            abi.encodeCall(
                IAccessManager.execute,
                (address(accounts), _zeros(IAccounts.applyPayments.selector))
            ),
            IAccessManager.AccessManagerUnauthorizedCall.selector
        );
    }

    /// @custom:refuses AccessManager.consumeScheduledOp
    function test_consumeScheduledOp_refusesOutsiders() public {
        // Asked back, a caller without code does not say that it is called.
        vm.prank(STRANGER);
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, ) = address(manager).call(_zeros(IAccessManager.consumeScheduledOp.selector));
        vm.assertFalse(isDone, "an outsider was let in");
    }

    /// @custom:refuses AccessManager.cancel
    function test_cancel_refusesOutsiders() public {
        manager.revokeRole(ACCREDITATION, address(this));
        manager.grantRole(ACCREDITATION, address(this), 1 days);
        bytes memory data = abi.encodeCall(
            ICredentialRegistry.accreditIssuer,
            (STRANGER, Role.Supplier, AREA)
        );
        manager.schedule(address(credentials), data, 0);
        _expectRefusal(
            address(manager),
            abi.encodeCall(IAccessManager.cancel, (address(this), address(credentials), data)),
            IAccessManager.AccessManagerUnauthorizedCancel.selector
        );
        manager.cancel(address(this), address(credentials), data);
    }

    /// @custom:refuses AccessManaged.setAuthority
    function test_setAuthority_refusesOutsiders() public {
        address[5] memory managed = [
            address(credentials),
            address(accounts),
            address(tradingDays),
            address(settlement),
            address(pauses)
        ];
        for (uint256 i = 0; i < managed.length; ++i) {
            _expectRefusal(
                managed[i],
                _zeros(IAccessManaged.setAuthority.selector),
                IAccessManaged.AccessManagedUnauthorized.selector
            );
        }
    }
}
