import type { components } from './generated/api.ts'
import { ApiError, NOT_UNDERSTOOD, problemOf, UNREACHABLE } from './problem.ts'

type Schemas = components['schemas']
export type Neighbourhood = Schemas['Neighbourhood']
export type SessionSummary = Schemas['SessionSummary']
export type SessionPage = Schemas['SessionPage']
export type Session = Schemas['Session']
export type HouseholdPage = Schemas['HouseholdPage']
export type Household = Schemas['Household']
export type HouseholdPeriod = Schemas['HouseholdPeriod']
export type HouseholdPeriodPage = Schemas['HouseholdPeriodPage']
export type HouseholdSummary = Schemas['HouseholdSummary']
export type HouseholdOrdersPage = Schemas['HouseholdOrdersPage']
export type Block = Schemas['Block']
export type BlockPage = Schemas['BlockPage']
export type BlockDetail = Schemas['BlockDetail']
export type Transaction = Schemas['Transaction']
export type TransactionSummary = Schemas['TransactionSummary']
export type LedgerEvent = Schemas['LedgerEvent']
export type LedgerEventPage = Schemas['LedgerEventPage']
export type Trace = Schemas['Trace']
export type Order = Schemas['Order']
export type RefusalPage = Schemas['RefusalPage']
export type Health = Schemas['Health']
export type ProjectionEvent = Schemas['ProjectionEvent']
export type HealthEvent = Schemas['HealthEvent']
export type SessionState = Schemas['SessionState']
export type SettlementState = Schemas['SettlementState']
export type HouseholdDay = Schemas['HouseholdDay']
export type PeriodStatement = Schemas['PeriodStatement']
export type Run = Schemas['Run']
export type Challenge = Schemas['Challenge']
export type WhoAmI = Schemas['WhoAmI']
export type LedgerIdentity = Schemas['LedgerIdentity']

export type EventFilter = { contract?: string; period?: number; memberId?: number; before?: string; limit?: number }
type Page = { before?: number; limit?: number }

export const api = {
  neighbourhood: (signal: AbortSignal) => getJson<Neighbourhood>('/api/neighbourhood', signal),
  sessions: (page: Page, signal: AbortSignal) => getJson<SessionPage>(withQuery('/api/sessions', page), signal),
  session: (period: number, signal: AbortSignal) => getJson<Session>(`/api/sessions/${period}`, signal),
  households: (page: { after?: number; limit?: number }, signal: AbortSignal) =>
    getJson<HouseholdPage>(withQuery('/api/households', page), signal),
  household: (memberId: number, signal: AbortSignal) => getJson<Household>(`/api/households/${memberId}`, signal),
  householdPeriods: (memberId: number, page: Page, signal: AbortSignal) =>
    getJson<HouseholdPeriodPage>(withQuery(`/api/households/${memberId}/periods`, page), signal),
  householdSummary: (memberId: number, days: number, signal: AbortSignal) =>
    getJson<HouseholdSummary>(withQuery(`/api/households/${memberId}/summary`, { days }), signal),
  householdOrders: (memberId: number, page: Page, signal: AbortSignal) =>
    getJson<HouseholdOrdersPage>(withQuery(`/api/households/${memberId}/orders`, page), signal),
  ledger: (signal: AbortSignal) => getJson<LedgerIdentity>('/api/ledger', signal),
  blocks: (page: Page, signal: AbortSignal) => getJson<BlockPage>(withQuery('/api/ledger/blocks', page), signal),
  block: (number: number, signal: AbortSignal) => getJson<BlockDetail>(`/api/ledger/blocks/${number}`, signal),
  transaction: (hash: string, signal: AbortSignal) =>
    getJson<Transaction>(`/api/ledger/transactions/${encodeURIComponent(hash)}`, signal),
  events: (filter: EventFilter, signal: AbortSignal) =>
    getJson<LedgerEventPage>(withQuery('/api/ledger/events', filter), signal),
  trace: (period: number, memberId: number, signal: AbortSignal) =>
    getJson<Trace>(`/api/ledger/trace/${period}/${memberId}`, signal),
  order: (digest: string, signal: AbortSignal) => getJson<Order>(`/api/orders/${encodeURIComponent(digest)}`, signal),
  refusals: (signal: AbortSignal) => getJson<RefusalPage>('/api/refusals?limit=50', signal),
  me: (signal: AbortSignal) => getJson<WhoAmI>('/api/me', signal),
  /** Answers 503 with the same document where a part is not well. */
  health: (signal: AbortSignal) => getJson<Health>('/health', signal, [503]),
} as const

export const STREAM_ADDRESS = '/api/stream'

/** The address with every given parameter; those not given are left out. */
export function withQuery(address: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]],
  )
  return given.length === 0 ? address : `${address}?${new URLSearchParams(given)}`
}

/** Reads JSON, or throws the problem that the api answers with. */
export async function getJson<T>(address: string, signal: AbortSignal, alsoFine: readonly number[] = []): Promise<T> {
  const response = await fetch(address, { signal, headers: { accept: 'application/json' } }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new ApiError(UNREACHABLE)
  })
  return bodyOf<T>(response, alsoFine)
}

/** The answer's JSON, or the problem that it is. */
export async function bodyOf<T>(response: Response, alsoFine: readonly number[] = []): Promise<T> {
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok && !alsoFine.includes(response.status)) {
    const isGateway = body === null && response.status >= 502 && response.status <= 504
    throw new ApiError(isGateway ? UNREACHABLE : problemOf(body, response.status))
  }
  if (body === null) throw new ApiError(NOT_UNDERSTOOD)
  return body as T
}
