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
  signIn: '/sign-in',
  account: '/account',
  invitations: '/invitations',
  join: '/join',
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

/** What a new home opens: behind the hash the code is in no log, since a browser does not send it with the address. */
export function joinAddress(origin: string, code: string): string {
  return `${origin}${PATHS.join}#${code}`
}

export type LedgerView = { readonly view?: string; readonly kind?: string; readonly memberId?: number }

/** The ledger's events or blocks; what is not given is left out. */
export function ledgerAddress({ view, kind, memberId }: LedgerView = {}): string {
  const given = new URLSearchParams()
  if (view !== undefined && view !== 'events') given.set('view', view)
  if (kind !== undefined && kind !== 'all') given.set('kind', kind)
  if (memberId !== undefined) given.set('home', String(memberId))
  return given.size === 0 ? PATHS.ledger : `${PATHS.ledger}?${given}`
}
