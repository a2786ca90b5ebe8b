// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICredentialRegistry} from "../identity/ICredentialRegistry.sol";
import {RoleChecked} from "../identity/RoleChecked.sol";
import {Role} from "../types/MarketRoles.sol";
import {AreaId} from "../types/Types.sol";
import {IAccounts} from "./IAccounts.sol";

/// @dev What belongs to an area and to no member: its guarantee fund and its operator's bond.
abstract contract AreaPools is IAccounts, AccessManaged, RoleChecked {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What an operator that acts has at stake at least: 1,000 EUR.
    uint256 private constant MINIMUM_BOND = 1_000_000_000;
    uint256 private constant BOND_NOTICE = 14 days;

    /// @param announced What may leave the bond from `availableAt` on.
    struct Pool {
        uint128 fund;
        uint128 bond;
        uint128 announced;
        uint64 availableAt;
    }

    IERC20 internal immutable _currency;

    mapping(AreaId area => Pool) private _pools;

    constructor(
        address accessManager,
        ICredentialRegistry credentialRegistry,
        IERC20 currency
    ) AccessManaged(accessManager) RoleChecked(credentialRegistry) {
        _currency = currency;
    }

    /// @inheritdoc IAccounts
    function contribute(AreaId area, uint256 amount) external {
        if (amount == 0) revert AccountsZeroAmount();

        _pools[area].fund += amount.toUint128();

        emit FundContributed(area, msg.sender, amount);

        _currency.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IAccounts
    function depositBond(AreaId area, uint256 amount) external {
        if (amount == 0) revert AccountsZeroAmount();

        _pools[area].bond += amount.toUint128();

        emit BondDeposited(area, msg.sender, amount);

        _currency.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IAccounts
    function announceBondWithdrawal(
        AreaId area,
        uint256 amount
    ) external onlyRole(Role.MarketOperator, area) {
        uint256 availableAt = amount == 0 ? 0 : block.timestamp + BOND_NOTICE;

        Pool storage pool = _pools[area];
        pool.announced = amount.toUint128();
        pool.availableAt = availableAt.toUint64();

        emit BondWithdrawalAnnounced(area, amount, availableAt);
    }

    /// @inheritdoc IAccounts
    function withdrawBond(AreaId area) external onlyRole(Role.MarketOperator, area) {
        Pool storage pool = _pools[area];
        uint256 availableAt = pool.availableAt;
        if (availableAt == 0) revert AccountsNoBondWithdrawal(area);
        if (block.timestamp < availableAt) {
            revert AccountsBondWithdrawalTooEarly(area, availableAt, block.timestamp);
        }

        uint256 amount = _takeFromBond(area, pool.announced);
        pool.announced = 0;
        pool.availableAt = 0;

        emit BondWithdrawn(area, msg.sender, amount);

        _currency.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IAccounts
    function fine(AreaId area, uint256 amount) external restricted {
        uint256 taken = _takeFromBond(area, amount);
        _setFund(area, _fundOf(area) + taken);

        emit Fined(area, taken);
    }

    /// @inheritdoc IAccounts
    function fundOf(AreaId area) external view returns (uint256) {
        return _fundOf(area);
    }

    /// @inheritdoc IAccounts
    function bondOf(AreaId area) external view returns (uint256) {
        return _pools[area].bond;
    }

    /// @inheritdoc IAccounts
    function bondWithdrawalOf(AreaId area) external view returns (uint256 amount, uint256 availableAt) {
        Pool storage pool = _pools[area];
        return (pool.announced, pool.availableAt);
    }

    /// @inheritdoc IAccounts
    function requireBond(AreaId area) external view {
        Pool storage pool = _pools[area];
        // What may leave at any time stands for nothing.
        uint256 bond = Math.saturatingSub(pool.bond, pool.announced);
        if (bond < MINIMUM_BOND) revert AccountsBondTooSmall(area, bond, MINIMUM_BOND);
    }

    function _fundOf(AreaId area) internal view returns (uint256) {
        return _pools[area].fund;
    }

    function _setFund(AreaId area, uint256 fund) internal {
        _pools[area].fund = fund.toUint128();
    }

    function _addToBond(AreaId area, uint256 amount) internal {
        _pools[area].bond += amount.toUint128();
    }

    /// @return taken As much as the bond held of the amount.
    function _takeFromBond(AreaId area, uint256 amount) internal returns (uint256 taken) {
        uint256 bond = _pools[area].bond;
        taken = Math.min(amount, bond);
        _pools[area].bond = (bond - taken).toUint128();
    }
}
