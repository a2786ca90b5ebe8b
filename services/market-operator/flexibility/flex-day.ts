import { readCalendar } from '../../chain/areas.ts'
import {
  commitFlexRunCall,
  readFlexRun,
  unpackDeliveries,
  type FlexRun,
  type FlexRunFacts,
} from '../../chain/flex-settlement.ts'
import { readCommittedFlexRun } from '../../chain/flex-run-events.ts'
import { packFlexPowers } from '../../chain/flex-periods.ts'
import { readLatestBlock } from '../../chain/ledger-clock.ts'
import { DomainError } from '../../domain/errors.ts'
import type { LocalCalendar } from '../../domain/flexibility/baseline/local-calendar.ts'
import { energyWh, money, type TradingDay } from '../../domain/units.ts'
import { outboxOf } from '../../store/outbox.ts'
import { formatEuro } from '../amounts.ts'
import { exclusively } from '../exclusive.ts'
import type { Operation } from '../operation.ts'
import { dateOf } from '../settlement-day.ts'
import type { FlexBooks } from './books.ts'
import { drawFlexibility, type DrawnFlexDay } from './drawing.ts'

type OfDay = { readonly area: number; readonly day: TradingDay; readonly calendar: LocalCalendar }

export type Outcome = 'committed' | 'nothing' | 'waiting'

const MOST_ATTEMPTS = 4
/** Too long ago for anything that is drawn on it to be committed. */
const LONG_AGO = 0
const NO_ROOT = `0x${'00'.repeat(32)}`

/**
 * Commits the day's settlement of flexibility, and logs it; again without effect. It is `nothing` where nothing
 * was called on the day, and `waiting` while the projections are behind. A run that was void is drawn anew, under a purpose of its own.
 */
export function settleFlexibility(operation: Operation, books: FlexBooks, of: OfDay): Promise<Outcome> {
  return exclusively(operation, () => settleNow(operation, books, of))
}

async function settleNow(operation: Operation, books: FlexBooks, { area, day, calendar }: OfDay): Promise<Outcome> {
  const { ledger, log } = operation
  if ((await readFlexRun(ledger, { area, day })) !== null) return 'committed'
  const { attempt, isSigned } = await nextAttemptOf(operation, area, day)
  // What is signed is sent as it is, whatever would be drawn now: its leaves are kept.
  if (isSigned) return resend(operation, { area, day, attempt })
  for (let draw = 1; ; draw += 1) {
    // Of the ledger itself: the clock may still be at an earlier block, before versions that are drawn on.
    const { timestamp: readingsAt } = await readLatestBlock(ledger)
    const found = await drawFlexibility(operation, books, { area, day, readingsAt, calendar, attempt })
    if (found === 'nothing') return 'nothing'
    if (found === 'behind') return 'waiting'
    await books.keepDay(area, day, found.drawn, found.sources)
    try {
      await commit(operation, { area, day, attempt }, found)
      return 'committed'
    } catch (error) {
      const isTooLate = error instanceof DomainError && error.code === 'flex-settlement-readings-too-old'
      if (!isTooLate || draw === MOST_ATTEMPTS) throw error
      log.info({ day }, `flexibility of ${dateOf(day)} is drawn anew: it would have come too late`)
    }
  }
}

type Attempt = { readonly area: number; readonly day: TradingDay; readonly attempt: number }

function purposeOf({ area, day, attempt }: Attempt): string {
  return `commit-flexibility:${area}:${day}:${attempt}`
}

/** The first attempt that has not been mined: each of those before was, and is void by now. */
async function nextAttemptOf(
  { store }: Operation,
  area: number,
  day: TradingDay,
): Promise<{ readonly attempt: number; readonly isSigned: boolean }> {
  const outbox = outboxOf(store, 'operator')
  for (let attempt = 0; ; attempt += 1) {
    const entry = await outbox.find(purposeOf({ area, day, attempt }))
    if (entry?.status !== 'mined') return { attempt, isSigned: entry?.status === 'signed' }
  }
}

/**
 * Waits for what was signed before an interruption. Were that refused, nothing may be signed in its place, since it alone
 * knows on which readings it rests: so the ledger would refuse this call, and all is drawn anew.
 */
async function resend({ sender, log }: Operation, of: Attempt): Promise<Outcome> {
  const nothing = { root: NO_ROOT, count: 0, total: money(0n) }
  const call = commitFlexRunCall(of, nothing, LONG_AGO, { deliveries: [], availability: [], orders: [] }, [])
  try {
    await sender.send(purposeOf(of), call)
    return 'committed'
  } catch (error) {
    if (!(error instanceof DomainError) || !error.code.startsWith('flex-settlement-')) throw error
    log.info({ day: of.day, code: error.code }, `flexibility of ${dateOf(of.day)} is drawn anew: ${error.message}`)
    return 'waiting'
  }
}

async function commit(operation: Operation, of: Attempt, { drawn, readingsAt, ...found }: DrawnFlexDay): Promise<void> {
  const { sender, log } = operation
  const { root, payments, total } = drawn
  const statements = { root: root.hash, count: root.count, total }
  await sender.send(purposeOf(of), commitFlexRunCall(of, statements, readingsAt, factsOf(drawn, found), payments))
  const delivered = drawn.calls.reduce((sum, { settled }) => sum + settled.delivered, 0n)
  log.info(
    { day: of.day, calls: drawn.calls.length, statements: root.count },
    `flexibility of ${dateOf(of.day)} settled: ${drawn.calls.length} calls, ${delivered} Wh delivered, ` +
      `${formatEuro(total)} to be paid`,
  )
}

function factsOf(drawn: DrawnFlexDay['drawn'], found: Pick<DrawnFlexDay, 'orders' | 'availability'>): FlexRunFacts {
  return {
    deliveries: drawn.deliveries.map(({ orderId, period, assets: { root } }) => ({
      ...{ orderId, period, assetCount: root.count, assetsRoot: root.hash },
      ...{ moved: energyWh(root.a), opposed: energyWh(root.b) },
    })),
    availability: found.availability,
    orders: found.orders.map(({ periods }) => periods),
  }
}

/**
 * Pays a committed run once it can be challenged no more, by what the ledger itself says of it; false before. Again without
 * effect.
 */
export async function payFlexibility(
  { ledger, clock, sender, log }: Operation,
  books: FlexBooks,
  { area, day }: Pick<OfDay, 'area' | 'day'>,
): Promise<boolean> {
  const run = await readFlexRun(ledger, { area, day })
  if (run === null) return false
  if (run.isPaid) return true
  const { challengeWindowSeconds } = await readCalendar(ledger, area)
  if (clock.now() < run.committedAt + challengeWindowSeconds) return false
  const { payments, ...facts } = await packedRunOf({ ledger }, books, { area, day, run })
  try {
    await sender.send(`pay-flexibility:${area}:${day}`, {
      contract: 'flexSettlement',
      function: 'payRun',
      arguments: [area, day, facts, payments],
    })
  } catch (error) {
    // Anyone may pay a run: somebody was faster.
    if (!(error instanceof DomainError) || error.code !== 'flex-settlement-already-paid') throw error
  }
  log.info({ day }, `flexibility of ${dateOf(day)} paid: ${formatEuro(run.total)}`)
  return true
}

async function packedRunOf(
  { ledger }: Pick<Operation, 'ledger'>,
  books: FlexBooks,
  { area, day, run }: { readonly area: number; readonly day: TradingDay; readonly run: FlexRun },
) {
  const committed = await readCommittedFlexRun(ledger, area, day, run)
  const orderIds = [...new Set(unpackDeliveries(committed.deliveries).map(({ orderId }) => orderId))]
  const periods = await books.readPeriods(orderIds)
  return { ...committed, orders: orderIds.map((orderId) => packFlexPowers(periods.get(orderId) ?? [])) }
}
