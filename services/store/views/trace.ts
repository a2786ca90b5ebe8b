import { isTraded } from '../../domain/grid/calendar.ts'
import { isLeafOf, siblingsOf, type SumRoot } from '../../domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, readingTreeOf, type SaltedReading } from '../../domain/metering/reading-tree.ts'
import type { SessionState } from '../../domain/neighbourhood/session-state.ts'
import { deliveryPeriod, energyWh } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { ReadingLeaf } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { statementLinesOf, type StatementLinesView } from './households.ts'
import { readSteps } from './ledger.ts'
import { readOrdersOf, type HouseholdOrderView } from './orders.ts'
import { readSession, type SessionView } from './sessions.ts'

type Step = { readonly transactionHash: string; readonly blockNumber: number; readonly timestamp: number }

export type TraceView = {
  readonly period: number
  readonly memberId: number
  readonly name: string
  readonly sessionState: SessionState
  readonly isSealed: boolean
  readonly orders: HouseholdOrderView[]
  readonly gateClosure: (Step & { orderCount: number; ordersHash: string }) | null
  readonly clearing: (Step & { priceMicroEuroPerKwh: bigint | null; volumeWh: bigint }) | null
  readonly commitment: (Step & NonNullable<SessionView['readings']>) | null
  readonly reading: TracedReadingView | null
  readonly settlement: (Step & { statementsRoot: string }) | null
  readonly statement: StatementLinesView | null
  readonly payment: { transactionHash: string; amountMicroEuro: bigint } | null
}

type TracedReadingView = {
  readonly position: number
  readonly importStartWh: bigint
  readonly importEndWh: bigint
  readonly exportStartWh: bigint
  readonly exportEndWh: bigint
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly salt: string
  readonly leafHash: string
  readonly siblings: { hash: string; importWh: bigint; exportWh: bigint }[]
  readonly isVerified: boolean | null
}

/** Everything between a household's order and its payment for one period; null where either is not of the area. */
export async function readTrace(
  store: Store,
  area: AreaView,
  now: number,
  period: number,
  memberId: number,
): Promise<TraceView | null> {
  if (!isTraded(area.calendar, deliveryPeriod(period))) return null
  const household = await store.client.household.findUnique({ where: { memberId }, select: { name: true, area: true } })
  if (household === null || household.area !== area.id) return null

  const where = { memberId_period: { memberId, period } }
  const [session, orders, leaves, statement, payment] = await Promise.all([
    readSession(store, area, now, period),
    readOrdersOf(store, area, memberId, [period]),
    store.client.readingLeaf.findMany({ where: { area: area.id, period }, orderBy: { position: 'asc' } }),
    store.client.statement.findUnique({ where }),
    store.client.payment.findUnique({ where: { area_period_memberId: { area: area.id, period, memberId } } }),
  ])
  if (session === null) return null
  const { gateClosed, cleared, readingsCommitted, settled } = session.transactions
  const steps = await readSteps(
    store,
    [gateClosed, cleared, readingsCommitted, settled].filter((hash) => hash !== null),
  )
  const stepOf = (hash: string | null): Step | null => {
    const step = hash === null ? undefined : steps.get(hash)
    if (step === undefined) return null
    return { transactionHash: step.hash, blockNumber: step.blockNumber, timestamp: step.timestamp }
  }
  const gateClosure = stepOf(gateClosed)
  const clearing = stepOf(cleared)
  const commitment = stepOf(readingsCommitted)
  const settlement = stepOf(settled)
  const isSealed = session.state === 'open'

  return {
    period,
    memberId,
    name: household.name,
    sessionState: session.state,
    isSealed,
    orders: isSealed ? [] : (orders.get(period) ?? []),
    gateClosure: gateClosure && {
      ...gateClosure,
      orderCount: session.orderCount ?? 0,
      ordersHash: session.ordersHash ?? '',
    },
    clearing: clearing && {
      ...clearing,
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      volumeWh: session.volumeWh ?? 0n,
    },
    commitment: commitment && session.readings && { ...commitment, ...session.readings },
    reading: tracedReadingOf(leaves, memberId, session.readings),
    settlement: settlement && { ...settlement, statementsRoot: session.settlement?.statementsRoot ?? '' },
    statement: statement && statementLinesOf(statement),
    payment:
      payment === null || settled === null
        ? null
        : { transactionHash: settled, amountMicroEuro: payment.amountMicroEuro },
  }
}

function tracedReadingOf(
  leaves: readonly ReadingLeaf[],
  memberId: number,
  committed: SessionView['readings'],
): TracedReadingView | null {
  const index = leaves.findIndex((leaf) => leaf.memberId === memberId)
  const leaf = leaves[index]
  if (leaf === undefined) return null
  const readings = leaves.map(saltedReadingOf)
  const tree = readingTreeOf(readings)
  const sumLeaf = readingLeafOf(readings[index]!)
  const siblings = siblingsOf(tree, index)
  const root: SumRoot | null = committed && {
    hash: committed.root,
    count: committed.count,
    a: committed.importTotalWh,
    b: committed.exportTotalWh,
  }
  return {
    position: index,
    importStartWh: leaf.importStartWh,
    importEndWh: leaf.importEndWh,
    exportStartWh: leaf.exportStartWh,
    exportEndWh: leaf.exportEndWh,
    importWh: sumLeaf.a,
    exportWh: sumLeaf.b,
    salt: leaf.salt,
    leafHash: readingTreeOf([readings[index]!]).root.hash,
    siblings: siblings.map(decodeSibling),
    isVerified: root && isLeafOf(root, sumLeaf, index, siblings),
  }
}

function saltedReadingOf(leaf: ReadingLeaf): SaltedReading {
  return {
    memberId: leaf.memberId,
    period: deliveryPeriod(leaf.period),
    importStart: energyWh(leaf.importStartWh),
    importEnd: energyWh(leaf.importEndWh),
    exportStart: energyWh(leaf.exportStartWh),
    exportEnd: energyWh(leaf.exportEndWh),
    salt: leaf.salt,
  }
}

/** `hash 32, import 8, export 8` bytes, as 0x-hex. */
function decodeSibling(hex: string): { hash: string; importWh: bigint; exportWh: bigint } {
  return {
    hash: hex.slice(0, 66),
    importWh: BigInt(`0x${hex.slice(66, 82)}`),
    exportWh: BigInt(`0x${hex.slice(82)}`),
  }
}
