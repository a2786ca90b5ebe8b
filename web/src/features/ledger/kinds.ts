/** Kinds of events that a reader may ask for, each from one contract. */
export const EVENT_KINDS = [
  { value: 'all', name: 'All', contract: null },
  { value: 'market', name: 'Market', contract: 'callAuction' },
  { value: 'keys', name: 'Keys', contract: 'tradingDays' },
  { value: 'metering', name: 'Metering', contract: 'meterReadings' },
  { value: 'settlement', name: 'Settlement', contract: 'settlement' },
  { value: 'challenges', name: 'Challenges', contract: 'challenges' },
  { value: 'receipts', name: 'Receipts', contract: 'orderReceipts' },
  { value: 'congestion', name: 'Congestion points', contract: 'congestionPoints' },
  { value: 'products', name: 'Flex products', contract: 'flexProducts' },
  { value: 'portfolios', name: 'Portfolios', contract: 'flexPortfolios' },
  { value: 'reserves', name: 'Reserves', contract: 'flexReservations' },
  { value: 'flex-requests', name: 'Flex requests', contract: 'flexRequests' },
  { value: 'flex-orders', name: 'Flex orders', contract: 'flexOrders' },
  { value: 'baselines', name: 'Baselines', contract: 'flexNominations' },
  { value: 'flex-settlement', name: 'Flex settlement', contract: 'flexSettlement' },
  { value: 'flex-challenges', name: 'Flex challenges', contract: 'flexChallenges' },
  { value: 'calendars', name: 'Calendars', contract: 'flexCalendars' },
  { value: 'accounts', name: 'Accounts', contract: 'accounts' },
  { value: 'members', name: 'Members', contract: 'memberRegistry' },
  { value: 'credentials', name: 'Credentials', contract: 'credentialRegistry' },
  { value: 'identities', name: 'Identities', contract: 'didRegistry' },
  { value: 'delegations', name: 'Delegations', contract: 'delegations' },
  { value: 'recovery', name: 'Recovery', contract: 'recovery' },
  { value: 'passkeys', name: 'Passkeys', contract: 'passkeyAccounts' },
  { value: 'area', name: 'Area', contract: 'areaRegistry' },
  { value: 'currency', name: 'Currency', contract: 'settlementCurrency' },
  { value: 'roles', name: 'Roles', contract: 'accessManager' },
  { value: 'council', name: 'Council', contract: 'council' },
  { value: 'pauses', name: 'Pauses', contract: 'tradingPause' },
] as const

export type EventKind = (typeof EVENT_KINDS)[number]['value']

export function parseEventKind(text: string | null): EventKind {
  return EVENT_KINDS.find(({ value }) => value === text)?.value ?? 'all'
}

export function contractOf(kind: EventKind): string | null {
  return EVENT_KINDS.find(({ value }) => value === kind)?.contract ?? null
}
