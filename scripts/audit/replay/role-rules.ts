import type { ContractName } from '../../../services/chain/ledger.ts'
import { ACCREDITATIONS } from './credentials.ts'
import type { LedgerEvent } from './ledger-event.ts'

/** Roles of the access manager by their numbers in contracts/types/Roles.sol; 0 administers the others. */
export const ROLE_NAMES: Readonly<Record<string, string>> = {
  0: 'administrator',
  7: 'settlement',
  9: 'challenges',
  10: 'consortium',
  11: 'guardian',
  12: 'accreditation',
  14: 'administration',
  15: 'flex orders',
  16: 'flex settlement',
  17: 'flex challenges',
}
export const CONSORTIUM = 10n
export const GUARDIAN = 11n
export const ACCREDITATION = 12n
export const ADMINISTRATOR = 0n
export const PUBLIC = 2n ** 64n - 1n

const accredits = ({ fields }: LedgerEvent): boolean => ACCREDITATIONS[fields.number('accreditation')] === 'active'

/** Which role each restricted function asks for, and which event says that it was called: all of its name, or those meant. */
export const RESTRICTED: readonly (readonly [
  ContractName,
  event: string,
  functions: readonly string[],
  role: bigint,
  isMeant?: (event: LedgerEvent) => boolean,
])[] = [
  ['credentialRegistry', 'AccreditationChanged', ['accreditIssuer'], ACCREDITATION, accredits],
  [
    'credentialRegistry',
    'AccreditationChanged',
    ['suspendIssuer', 'removeIssuer'],
    CONSORTIUM,
    (event) => !accredits(event),
  ],
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
  ['accounts', 'Pledged', 'flexOrders', 'accounts', 'pledge'],
  ['flexRequests', 'OfferRevoked', 'flexOrders', 'flexRequests', 'noteRevoked'],
  ['flexSettlement', 'FlexRunPaid', 'flexSettlement', 'accounts', 'applyPayments'],
  ['flexOrders', 'PledgeReleased', 'flexOrders', 'accounts', 'pledge'],
  ['flexSettlement', 'FlexRunVoided', 'flexChallenges', 'flexSettlement', 'voidRun'],
  ['flexChallenges', 'FlexChallengeUpheld', 'flexChallenges', 'accounts', 'reward'],
  ['flexChallenges', 'FlexChallengeRejected', 'flexChallenges', 'accounts', 'forfeit'],
]

/** Roles that belong to contracts of ours alone: whoever else held one could move everybody's money. */
export const HELD_BY: readonly (readonly [
  role: bigint,
  holders: readonly ContractName[],
  functions: readonly InternalFunction[],
])[] = [
  [
    7n,
    ['settlement', 'flexSettlement'],
    [
      ['accounts', 'applyPayments'],
      ['tradingDays', 'releaseDay'],
    ],
  ],
  [
    9n,
    ['callAuction', 'orderReceipts', 'challenges', 'flexChallenges'],
    [
      ['accounts', 'correct'],
      ['accounts', 'reward'],
      ['accounts', 'forfeit'],
      ['accounts', 'fine'],
    ],
  ],
  [
    15n,
    ['flexOrders'],
    [
      ['accounts', 'pledge'],
      ['flexRequests', 'noteOrdered'],
      ['flexRequests', 'noteRevoked'],
    ],
  ],
  [16n, ['flexSettlement'], [['flexOrders', 'releasePledge']]],
  [17n, ['flexChallenges'], [['flexSettlement', 'voidRun']]],
]
export type InternalFunction = readonly [ContractName, name: string]
