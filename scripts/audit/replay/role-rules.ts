import type { ContractName } from '../../../services/chain/ledger.ts'

/** Roles by their numbers in contracts/types/Roles.sol; 0 administers the others. */
export const ROLE_NAMES: Readonly<Record<string, string>> = {
  0: 'administrator',
  1: 'registrar',
  2: 'market operator',
  3: 'metering operator',
  4: 'supplier',
  5: 'DSO',
  6: 'settlement bank',
  7: 'settlement',
  8: 'receipt signer',
  9: 'challenges',
  10: 'consortium',
  11: 'guardian',
  12: 'accreditation',
  13: 'credit',
  14: 'administration',
}
export const MARKET_OPERATOR = 2n
export const RECEIPT_SIGNER = 8n
export const CONSORTIUM = 10n
export const GUARDIAN = 11n
const CREDIT = 13n
export const ADMINISTRATOR = 0n
export const PUBLIC = 2n ** 64n - 1n

/** Which role each restricted function asks for, and which event says that it was called. */
export const RESTRICTED: readonly (readonly [
  ContractName,
  event: string,
  functions: readonly string[],
  role: bigint,
])[] = [
  ['memberRegistry', 'MemberRegistered', ['registerMembers'], 1n],
  ['memberRegistry', 'MemberDeactivated', ['deactivateMember'], 1n],
  ['areaRegistry', 'AreaOpened', ['openArea'], 1n],
  ['areaRegistry', 'LevySet', ['setLevy'], 1n],
  ['areaRegistry', 'PlatformFeeSet', ['setPlatformFee'], 1n],
  ['areaRegistry', 'DefaultEnergyRatesSet', ['setDefaultEnergyRates'], 4n],
  ['areaRegistry', 'EnergyRatesPublished', ['publishEnergyRates'], 4n],
  ['areaRegistry', 'GridTariffSet', ['setGridTariff'], 5n],
  ['areaRegistry', 'GridRatesPublished', ['publishGridRates'], 5n],
  ['meterReadings', 'ReadingsCommitted', ['commitReadings', 'correctReadings'], 3n],
  ['settlement', 'StatementsCommitted', ['commitStatements'], MARKET_OPERATOR],
  ['accounts', 'CreditLineSet', ['setCreditLine'], CREDIT],
  ['accounts', 'BondWithdrawalAnnounced', ['announceBondWithdrawal'], MARKET_OPERATOR],
  ['accounts', 'BondWithdrawn', ['withdrawBond'], MARKET_OPERATOR],
  ['tradingPause', 'TradingPaused', ['pause'], GUARDIAN],
  ['tradingPause', 'PauseExtended', ['extendPause'], CONSORTIUM],
]

/** Which function of the access manager each change of it is made by. */
export const ADMINISTRATION: Readonly<Record<string, string>> = {
  RoleLabel: 'labelRole',
  RoleGranted: 'grantRole',
  RoleRevoked: 'revokeRole',
  RoleAdminChanged: 'setRoleAdmin',
  RoleGuardianChanged: 'setRoleGuardian',
  RoleGrantDelayChanged: 'setGrantDelay',
  TargetAdminDelayUpdated: 'setTargetAdminDelay',
  TargetClosed: 'setTargetClosed',
  TargetFunctionRoleUpdated: 'setTargetFunctionRole',
}

/** Calls that one contract makes of another: whoever made the transaction needs no role, the contract does. */
export const BETWEEN_CONTRACTS: readonly (readonly [
  ContractName,
  event: string,
  by: ContractName,
  target: ContractName,
  name: string,
])[] = [
  ['tradingDays', 'DayReleased', 'settlement', 'tradingDays', 'releaseDay'],
  ['settlement', 'RunPaid', 'settlement', 'accounts', 'applyPayments'],
  ['orderReceipts', 'OrderLeftOut', 'orderReceipts', 'accounts', 'reward'],
  ['orderReceipts', 'ChallengeRejected', 'orderReceipts', 'accounts', 'forfeit'],
  ['settlement', 'RunWithheld', 'challenges', 'settlement', 'withhold'],
  ['challenges', 'StatementCorrected', 'challenges', 'accounts', 'correct'],
  ['challenges', 'CorrectionPaid', 'challenges', 'accounts', 'correct'],
  ['challenges', 'ChallengeRejected', 'challenges', 'accounts', 'forfeit'],
  ['accounts', 'Fined', 'callAuction', 'accounts', 'fine'],
]

/** Roles that belong to contracts of ours alone: whoever else held one could move everybody's money. */
export const HELD_BY: readonly (readonly [
  role: bigint,
  holders: readonly ContractName[],
  functions: readonly InternalFunction[],
])[] = [
  [
    7n,
    ['settlement'],
    [
      ['accounts', 'applyPayments'],
      ['tradingDays', 'releaseDay'],
    ],
  ],
  [
    9n,
    ['callAuction', 'orderReceipts', 'challenges'],
    [
      ['accounts', 'correct'],
      ['accounts', 'reward'],
      ['accounts', 'forfeit'],
      ['accounts', 'fine'],
    ],
  ],
]
export type InternalFunction = readonly [ContractName, name: string]
