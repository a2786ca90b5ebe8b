// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Roles of the AccessManager, one per actor; 0 is its own administrator.
uint64 constant REGISTRAR = 1;
uint64 constant MARKET_OPERATOR = 2;
uint64 constant METERING_OPERATOR = 3;
uint64 constant SUPPLIER = 4;
uint64 constant DSO = 5;
uint64 constant SETTLEMENT_BANK = 6;
/// @dev Held by the Settlement contract alone.
uint64 constant SETTLEMENT = 7;
/// @dev Held by the key with which the api signs order receipts.
uint64 constant RECEIPT_SIGNER = 8;
/// @dev Held by the contracts CallAuction, OrderReceipts and Challenges alone.
uint64 constant CHALLENGES = 9;
/// @dev Held by the council, for what it decides at once.
uint64 constant CONSORTIUM = 10;
/// @dev Held by whoever pauses trading, and cancels what the council has scheduled.
uint64 constant GUARDIAN = 11;
/// @dev Held by the council, whose accreditations of issuers wait a day.
uint64 constant ACCREDITATION = 12;
/// @dev Held by the council, whose credit lines wait two days.
uint64 constant CREDIT = 13;
/// @dev Held by nobody: the guardian of this role cancels what the administrator has scheduled.
uint64 constant ADMINISTRATION = 14;
