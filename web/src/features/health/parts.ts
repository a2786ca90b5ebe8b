import type { Health } from '../../lib/api-client.ts'
import { countOf } from '../../lib/formats.ts'
import type { Tone } from '../../ui/StatusBadge.tsx'

type State = Health['status']
export type Part = { readonly name: string; readonly does: string; readonly state: State; readonly detail: string }

/** What each part does, for a reader who has never heard of it. */
const PROCESSES = {
  gateway: { name: 'Gateway', does: 'takes the meters’ readings and commits them to the ledger' },
  agent: { name: 'Agents', does: 'place each home’s orders' },
  'market-operator': { name: 'Market operator', does: 'closes gates, clears and settles' },
  'grid-operator': { name: 'Grid operator', does: 'foresees congestion and orders flexibility against it' },
  aggregator: { name: 'Aggregator', does: 'offers what homes can shift, and tells their devices what was ordered' },
  registrar: { name: 'Registrar', does: 'lets new homes in, with their credentials' },
  indexer: { name: 'Indexer', does: 'reads the ledger into the database' },
} as const

export const STATE_WORDS: Record<State, { readonly name: string; readonly tone: Tone }> = {
  ok: { name: 'well', tone: 'good' },
  degraded: { name: 'struggling', tone: 'waiting' },
  down: { name: 'not running', tone: 'bad' },
}

/** Every part of the system, in the order in which data flows. */
export function partsOf(health: Health): Part[] {
  const { processes, ledger, projection, database, broker } = health
  const processOf = (name: keyof typeof PROCESSES): Part => ({
    ...PROCESSES[name],
    state: processes[name].state,
    detail: processes[name].detail,
  })
  return [
    { name: 'Message broker', does: 'carries the meters’ messages', ...stateOf(broker) },
    processOf('gateway'),
    processOf('agent'),
    processOf('market-operator'),
    processOf('grid-operator'),
    processOf('aggregator'),
    processOf('registrar'),
    { name: 'Ledger', does: 'holds every order, price, reading and payment', ...stateOf(ledger) },
    processOf('indexer'),
    { name: 'Projection', does: lagWords(projection.lagBlocks), ...stateOf(projection) },
    { name: 'Database', does: 'keeps what this page shows', ...stateOf(database) },
  ]
}

function stateOf({ state, detail }: { state: State; detail: string }): Pick<Part, 'state' | 'detail'> {
  return { state, detail }
}

function lagWords(lagBlocks: number | null): string {
  if (lagBlocks === null) return 'shows the ledger as rows'
  return lagBlocks === 0
    ? 'shows the ledger up to its latest block'
    : `is ${countOf(lagBlocks, 'block')} behind the ledger`
}
