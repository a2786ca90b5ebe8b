/** Names of everything that is fetched. The first part says what, a `period` in it says what it depends on. */
export const queryKeys = {
  neighbourhood: () => ['neighbourhood'],
  sessions: (limit: number) => ['sessions', { limit }],
  session: (period: number) => ['session', { period }],
  households: () => ['households'],
  household: (memberId: number) => ['household', { memberId }],
  householdPeriods: (memberId: number, before: number | null) => ['household-periods', { memberId, before }],
  householdSummary: (memberId: number, days: number) => ['household-summary', { memberId, days }],
  householdOrders: (memberId: number) => ['household-orders', { memberId }],
  blocks: (before: number | null) => ['blocks', { before }],
  block: (number: number) => ['block', { number }],
  transaction: (hash: string) => ['transaction', { hash }],
  events: (filter: Readonly<Record<string, unknown>>) => ['events', filter],
  trace: (period: number, memberId: number) => ['trace', { period, memberId }],
  refusals: () => ['refusals'],
  health: () => ['health'],
  me: () => ['me'],
  signIns: () => ['sign-ins'],
  apiKeys: () => ['api-keys'],
  consents: () => ['consents'],
  invitations: () => ['invitations'],
  joining: () => ['joining'],
  tradingKeys: () => ['trading-keys'],
  erasure: (memberId: number) => ['erasure', { memberId }],
} as const

/** What is on the ledger for good: a block or a transaction never changes once it is read. */
const FINAL = new Set<unknown>(['block', 'transaction'])
const OWN_PACE = new Set<unknown>([
  'health',
  'me',
  'sign-ins',
  'api-keys',
  'consents',
  'invitations',
  'joining',
  'trading-keys',
  'erasure',
])

/** Whether new blocks that touched `periods` may have changed what this key names. */
export function isAffected(key: readonly unknown[], periods: ReadonlySet<number>): boolean {
  const [what, parameters] = key
  if (FINAL.has(what) || OWN_PACE.has(what)) return false
  if (typeof parameters !== 'object' || parameters === null) return true
  const { period, before } = parameters as { period?: unknown; before?: unknown }
  if (typeof period === 'number') return periods.has(period)
  // An older page is a page of the past: only its first page grows.
  return what === 'household-periods' || before === null || before === undefined
}
