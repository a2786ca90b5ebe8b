import { readCalendar } from '../chain/areas.ts'
import { readOpeningEnd } from '../chain/opened-orders.ts'
import { readSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import { deliveryPeriod, deliveryPeriodAt, endOf, firstPeriodOf, type DeliveryPeriod } from '../domain/units.ts'
import { readGridCalendar } from '../runtime/grid-calendar.ts'
import type { Health } from '../runtime/health.ts'
import { runLoop, type Loop } from '../runtime/loop.ts'
import { readFinishedDays } from '../store/finished-days.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { clearSession } from './clearing.ts'
import { createFlexibilityDuty } from './flexibility/flex-duty.ts'
import { booksOfStore } from './flexibility/store-books.ts'
import { closeSessionGate, type TradingSession } from './gate-closure.ts'
import { createLedgerOrders, openLedgerOrders } from './ledger-orders.ts'
import type { Operation } from './operation.ts'
import { createReveals } from './reveals.ts'
import { createSettlementDuty, firstUnsettledDay } from './settlement-duty.ts'
import { drawStatements } from './settlement.ts'
import { publishNextKeys } from './trading-keys.ts'

type Held = 'cleared' | 'opening'

/**
 * Keeps an area's market going, in loops that do not wait for one another: the days' trading keys, orders that go over
 * the ledger, gates and clearings, statements of single periods, settlement of days. Each works oldest first and from
 * where the ledger says that it is.
 */
export async function startDuties(operation: Operation, health: Health, area: number): Promise<Loop> {
  const { ledger, clock } = operation
  const calendar = await readCalendar(ledger, area)
  let nextSession = await firstPeriodWhere(
    calendar,
    clock.now() + calendar.gateClosureLeadSeconds,
    async (period) => (await readSession(ledger, area, period)).state !== 'cleared',
  )
  const finished = await readFinishedDays(operation.store, area)
  const unsettled = await firstUnsettledDay(operation, area, calendar, finished)
  let nextStatements: number = Math.max(calendar.firstPeriod, firstPeriodOf(unsettled))
  const ledgerOrders = createLedgerOrders(operation, calendar)
  const settlement = createSettlementDuty(operation, area, calendar, finished)

  const holdSession = async (period: DeliveryPeriod): Promise<Held> => {
    const session: TradingSession = { area, period, gateClosure: gateClosureOf(calendar, period) }
    const binding = await closeSessionGate(operation, session)
    await openLedgerOrders(operation, session, binding)
    const openingEnd = await readOpeningEnd(ledger, area, period)
    if (openingEnd !== null && clock.now() <= openingEnd) return 'opening'
    await clearSession(operation, session, binding)
    return 'cleared'
  }

  const isGateClosed = async (period: DeliveryPeriod): Promise<boolean> =>
    (await readSession(ledger, area, period)).state !== 'open'

  const holdNextSession = async (): Promise<boolean> => {
    if (nextSession > calendar.lastPeriod) return false
    const period = deliveryPeriod(nextSession)
    if (clock.now() < gateClosureOf(calendar, period)) return false
    try {
      if ((await holdSession(period)) === 'opening') return false
    } catch (error) {
      if (!(error instanceof DomainError) || !(await isGateClosed(period))) throw error
      // What cannot be cleared must not keep the next gates open: the statements come back to it.
      health.trouble(`session of period ${period}`, `${error.message} (${error.code})`)
    }
    nextSession += 1
    return true
  }

  const drawNextStatements = async (): Promise<boolean> => {
    if (nextStatements > calendar.lastPeriod || nextStatements >= nextSession) return false
    const period = deliveryPeriod(nextStatements)
    if (clock.now() < endOf(period)) return false
    if ((await readSession(ledger, area, period)).state !== 'cleared') {
      return (await holdSession(period)) === 'cleared'
    }
    health.recovered(`session of period ${period}`)
    if ((await drawStatements(operation, area, period)) === null) return false
    nextStatements += 1
    return true
  }

  const duties: Readonly<Record<string, () => Promise<boolean>>> = {
    'trading keys': () => publishNextKeys(operation, area, calendar),
    'revoked traders': createReveals(operation, area, calendar),
    'orders on the ledger': () => ledgerOrders.commitNew(area, deliveryPeriod(nextSession)),
    sessions: holdNextSession,
    statements: drawNextStatements,
    settlement,
    flexibility: createFlexibilityDuty(operation, booksOfStore(operation), {
      ...{ area, calendar, localCalendar: readGridCalendar(clock.now()) },
    }),
  }
  const loops = Object.entries(duties).map(([name, step]) =>
    runLoop({ name: `${name} of area ${area}`, clock, health, step, isStoreUnreachable }),
  )
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) }
}

/** The first period of the calendar, up to `now` (unix seconds), for which the claim holds, as it does for all later ones. */
async function firstPeriodWhere(
  calendar: Calendar,
  now: number,
  claim: (period: DeliveryPeriod) => Promise<boolean>,
): Promise<number> {
  let low: number = calendar.firstPeriod
  let high = Math.max(low, Math.min(calendar.lastPeriod, deliveryPeriodAt(now)) + 1)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await claim(deliveryPeriod(middle))) high = middle
    else low = middle + 1
  }
  return low
}
