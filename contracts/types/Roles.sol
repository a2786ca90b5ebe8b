// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Roles of the AccessManager, which are not those of the market (MarketRoles.sol); 0 is its own administrator.
/// @dev Held by the contracts Settlement and FlexSettlement alone.
uint64 constant SETTLEMENT = 7;
/// @dev Held by the contracts CallAuction, OrderReceipts, Challenges and FlexChallenges alone.
uint64 constant CHALLENGES = 9;
/// @dev Held by the council, for what it decides at once.
uint64 constant CONSORTIUM = 10;
/// @dev Held by whoever pauses trading, and cancels what the council has scheduled.
uint64 constant GUARDIAN = 11;
/// @dev Held by the council, whose accreditations of issuers wait a day.
uint64 constant ACCREDITATION = 12;
/// @dev Held by nobody: the guardian of this role cancels what the administrator has scheduled.
uint64 constant ADMINISTRATION = 14;
/// @dev Held by the FlexOrders contract alone.
uint64 constant FLEX_ORDERS = 15;
/// @dev Held by the FlexSettlement contract alone.
uint64 constant FLEX_SETTLEMENT = 16;
/// @dev Held by the FlexChallenges contract alone.
uint64 constant FLEX_CHALLENGES = 17;
