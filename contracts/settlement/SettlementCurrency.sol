// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";

/// @notice The euro in which payments are made, issued by the settlement bank; its unit is the micro-euro.
contract SettlementCurrency is ERC20, ERC20Permit, RoleChecked {
    AreaId private constant EVERY_AREA = AreaId.wrap(0);

    constructor(
        ICredentialRegistry credentialRegistry
    ) ERC20("Commonwatt Euro", "cwEUR") ERC20Permit("Commonwatt Euro") RoleChecked(credentialRegistry) {}

    /// @notice By a settlement bank of every area, against money that it holds.
    /// @custom:access credential SettlementBank of every area
    function mint(address to, uint256 amount) external onlyRole(Role.SettlementBank, EVERY_AREA) {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
