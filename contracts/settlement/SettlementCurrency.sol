// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice The euro in which payments are made, issued by the settlement bank; its unit is the micro-euro.
contract SettlementCurrency is ERC20, ERC20Permit, AccessManaged {
    constructor(
        address accessManager
    ) ERC20("Commonwatt Euro", "cwEUR") ERC20Permit("Commonwatt Euro") AccessManaged(accessManager) {}

    /// @notice Restricted to the settlement bank, against money that it holds.
    /// @custom:access role SETTLEMENT_BANK
    function mint(address to, uint256 amount) external restricted {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
