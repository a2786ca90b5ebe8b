import { SECONDS_PER_PERIOD } from '../../../../services/domain/units.ts'
import { withQuery } from '../../lib/api-client.ts'

/** What a home's data is taken along as: each a document. */
export const DOCUMENTS = [
  { value: 'green-button', name: 'Energy (Green Button, XML)' },
  { value: 'readings', name: 'Energy (CSV)' },
  { value: 'meter-readings', name: 'What the meter said (CSV)' },
  { value: 'orders', name: 'Orders and fills (CSV)' },
  { value: 'statements', name: 'Statements (CSV)' },
  { value: 'day-statements', name: 'Statements by day (CSV)' },
  { value: 'payments', name: 'Payments (CSV)' },
  { value: 'household', name: 'The home itself (CSV)' },
  { value: 'credentials', name: 'Credentials (CSV)' },
  { value: 'delegations', name: 'Delegations (CSV)' },
  { value: 'consents', name: 'Consents (CSV)' },
  { value: 'sign-ins', name: 'Sign-ins (CSV)' },
  { value: 'flex-memberships', name: 'Flexibility: consents (CSV)' },
  { value: 'flex-dispatches', name: 'Flexibility: what was asked for (CSV)' },
  { value: 'flex-deliveries', name: 'Flexibility: what was delivered (CSV)' },
  { value: 'flex-entries', name: 'Flexibility: what it earned (CSV)' },
  { value: 'flex-statements', name: 'Flexibility: statements by day (CSV)' },
  { value: 'nominated-baselines', name: 'Flexibility: nominated baselines (CSV)' },
  { value: 'flex-findings', name: 'Flexibility: what guards found (CSV)' },
  { value: 'baseline-accuracies', name: 'Flexibility: accuracy of baselines (CSV)' },
] as const

export type DocumentName = (typeof DOCUMENTS)[number]['value']

/** Where the document is, of the reader's calendar days from the first to the last. Throws in words for days that are none. */
export function exportAddress(memberId: number, document: DocumentName, firstDay: string, lastDay: string): string {
  const from = periodAt(firstDay, '00:00:00')
  const to = periodAt(lastDay, '23:59:59')
  if (Number.isNaN(from) || Number.isNaN(to) || to < from)
    throw new Error('Choose a first day and a last day after it.')
  const format = document === 'green-button' ? { format: document } : { format: 'csv', table: document }
  return withQuery(`/api/households/${memberId}/export`, { ...format, from, to })
}

function periodAt(day: string, time: string): number {
  return Math.floor(new Date(`${day}T${time}`).getTime() / 1_000 / SECONDS_PER_PERIOD)
}
