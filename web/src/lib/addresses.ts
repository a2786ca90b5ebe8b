/** Every address inside the web app is built here. */
export const PATHS = {
  neighbourhood: '/',
  households: '/households',
  household: '/households/:memberId',
  householdPeriod: '/households/:memberId/periods/:period',
  ledger: '/ledger',
  block: '/ledger/blocks/:number',
  transaction: '/ledger/transactions/:hash',
  session: '/ledger/sessions/:period',
} as const

export function householdAddress(memberId: number): string {
  return `/households/${memberId}`
}

/** One quarter-hour of one household, opened into its trace. */
export function tracePeriodAddress(memberId: number, period: number): string {
  return `/households/${memberId}/periods/${period}`
}

export function blockAddress(number: number): string {
  return `/ledger/blocks/${number}`
}

export function transactionAddress(hash: string): string {
  return `/ledger/transactions/${hash}`
}

/** All that the ledger says about one delivery period. */
export function sessionAddress(period: number): string {
  return `/ledger/sessions/${period}`
}
