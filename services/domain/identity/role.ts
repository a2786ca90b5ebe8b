/** What a credential says that its subject is; in the sequence of the contracts' numbers (contracts/types/MarketRoles.sol). */
export const ROLES = [
  'none',
  'prosumer',
  'consumer',
  'community-manager',
  'microgrid-trader',
  'aggregator',
  'supplier',
  'dso',
  'tso',
  'metering-operator',
  'market-operator',
  'settlement-bank',
  'auditor',
  'regulator',
  'tax-authority',
  'platform-operator',
  'receipt-signer',
  'connection-point',
  'meter',
  'gateway',
  'battery',
  'ev-charger',
  'heat-pump',
  'pv-inverter',
] as const

export type Role = (typeof ROLES)[number]

/** With which a household takes part in its community; a consumer only buys. */
export type MembershipRole = 'prosumer' | 'consumer' | 'microgrid-trader'

/** The contracts' number of a role. */
export function roleNumberOf(role: Role): number {
  return ROLES.indexOf(role)
}
