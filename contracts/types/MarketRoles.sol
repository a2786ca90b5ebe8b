// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev What a credential says that its subject is: an actor of the market, a connection to the grid, or a device.
/// The numbers are kept on the ledger: new roles are added at the end.
enum Role {
    None,
    Prosumer,
    Consumer,
    CommunityManager,
    MicrogridTrader,
    Aggregator,
    Supplier,
    DSO,
    TSO,
    MeteringOperator,
    MarketOperator,
    SettlementBank,
    Auditor,
    Regulator,
    TaxAuthority,
    PlatformOperator,
    ReceiptSigner,
    ConnectionPoint,
    Meter,
    Gateway,
    Battery,
    EvCharger,
    HeatPump,
    PvInverter
}
