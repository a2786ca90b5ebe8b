import { wordsOf } from './phrases.ts'

const FUNCTIONS: Readonly<Record<string, string>> = {
  closeGate: 'closed the gate of a session',
  clear: 'cleared a session',
  commitReadings: 'committed meter readings',
  settle: 'settled a delivery period',
  registerMembers: 'registered members',
  deactivateMember: 'deactivated a member',
  openArea: 'opened a market area',
  setDefaultEnergyRates: 'set the supplier’s rates',
  publishEnergyRates: 'published the supplier’s rates',
  setGridTariff: 'set the grid tariff',
  deposit: 'deposited money',
  depositWithPermit: 'deposited money',
  withdraw: 'withdrew money',
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
