// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Roles of the AccessManager, which are not those of the market (MarketRoles.sol); 0 is its own administrator.
/// @dev Held by the Settlement contract alone.
uint64 constant SETTLEMENT = 7;
/// @dev Held by the contracts CallAuction, OrderReceipts and Challenges alone.
uint64 constant CHALLENGES = 9;
/// @dev Held by the consortium's council: accredits issuers of credentials.
uint64 constant CONSORTIUM = 10;
