import { wordsOf } from './phrases.ts'

const FUNCTIONS: Readonly<Record<string, string>> = {
  publishKeys: 'published trading keys of a day',
  commitOrder: 'put a sealed order on the ledger',
  openOrder: 'opened an order on the ledger',
  closeGate: 'closed the gate of a session',
  replaceOperator: 'replaced the operator in a session',
  clear: 'checked the orders of a session',
  abandonClearing: 'began a clearing anew',
  commitReadings: 'committed meter readings',
  correctReadings: 'corrected meter readings',
  commitStatements: 'committed the statements of a day',
  payRun: 'had a day paid',
  payCorrections: 'had paid what a correction owed',
  releaseUnpaidDay: 'freed what an unpaid day had locked',
  proveLeftOut: 'challenged that an order was left out',
  challengePeriod: 'challenged a quarter-hour of a statement',
  challengeStatement: 'challenged a statement',
  registerMembers: 'registered members',
  deactivateMember: 'deactivated a member',
  delegateTrading: 'let a key trade for a member',
  revokeDelegation: 'let a key trade no more',
  openArea: 'opened a market area',
  setDefaultEnergyRates: 'set the supplier’s rates',
  publishEnergyRates: 'published the supplier’s rates',
  setGridTariff: 'set the grid tariff',
  publishGridRates: 'published the grid tariff',
  setLevy: 'set the levies',
  setPlatformFee: 'set the platform’s fee',
  deposit: 'deposited money',
  depositWithPermit: 'deposited money',
  withdraw: 'withdrew money',
  setCreditLine: 'set a credit line',
  contribute: 'gave money to the guarantee fund',
  depositBond: 'put money into the operator’s bond',
  announceBondWithdrawal: 'announced to take money out of the operator’s bond',
  withdrawBond: 'took money out of the operator’s bond',
  approve: 'allowed a deposit',
  mint: 'issued money',
  transfer: 'moved money',
  grantRole: 'gave a role',
  labelRole: 'named a role',
  setTargetFunctionRole: 'reserved functions for a role',
}

type Called = {
  readonly recipient: string | null
  readonly contract: string | null
  readonly function: string | null
}

/** What a transaction did, as the end of a sentence: `cleared a session`. */
export function transactionWordsOf(called: Called): string {
  if (called.recipient === null) return 'created a contract'
  if (called.function === null) return 'called something that is not known here'
  return FUNCTIONS[called.function] ?? `called ${wordsOf(called.function)}`
}
