/** What a credential says that its subject is; the position in the list is the number that the ledger keeps. */
export const MARKET_ROLES = [
  'None',
  'Prosumer',
  'Consumer',
  'CommunityManager',
  'MicrogridTrader',
  'Aggregator',
  'Supplier',
  'DSO',
  'TSO',
  'MeteringOperator',
  'MarketOperator',
  'SettlementBank',
  'Auditor',
  'Regulator',
  'TaxAuthority',
  'PlatformOperator',
  'ReceiptSigner',
  'ConnectionPoint',
  'Meter',
  'Gateway',
  'Battery',
  'EvCharger',
  'HeatPump',
  'PvInverter',
] as const

export type MarketRole = Exclude<(typeof MARKET_ROLES)[number], 'None'>
