import { readCalendar } from '../chain/areas.ts'
import { isCommitted, isSettled, readSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import type { FilledOrder } from '../domain/settlement/statement.ts'
import { deliveryPeriod, deliveryPeriodAt, endOf, type DeliveryPeriod } from '../domain/units.ts'
import { clearSession, fillsOfCleared } from './clearing.ts'
import { closeSessionGate, type TradingSession } from './gate-closure.ts'
import type { Health } from './health.ts'
import { runLoop, type Loop } from './loop.ts'
import type { Operation } from './operation.ts'
import { settlePeriod } from './settlement.ts'

/**
 * Keeps an area's market going: one loop closes gates and clears sessions, one settles, each oldest first and from
 * where the ledger says that it is.
 */
export async function startDuties(operation: Operation, health: Health, area: number): Promise<Loop> {
  const { ledger, clock } = operation
  const calendar = await readCalendar(ledger, area)
  const fillsByPeriod = new Map<DeliveryPeriod, FilledOrder[]>()
  let nextSession = await firstPeriodWhere(
    calendar,
    clock.now() + calendar.gateClosureLeadSeconds,
    async (period) => (await readSession(ledger, area, period)).state !== 'cleared',
  )
  let nextSettlement = await firstPeriodWhere(
    calendar,
    clock.now(),
    async (period) => !(await isSettled(ledger, area, period)),
  )

  const sessionOf = (period: DeliveryPeriod): TradingSession => ({
    area,
    period,
    gateClosure: gateClosureOf(calendar, period),
  })

  const runSession = async (period: DeliveryPeriod): Promise<void> => {
    const session = sessionOf(period)
    const binding = await closeSessionGate(operation, session)
    fillsByPeriod.set(period, await clearSession(operation, session, binding))
  }

  const holdNextSession = async (): Promise<boolean> => {
    if (nextSession > calendar.lastPeriod) return false
    const period = deliveryPeriod(nextSession)
    if (clock.now() < gateClosureOf(calendar, period)) return false
    try {
      await runSession(period)
    } catch (error) {
      if (!(error instanceof DomainError) || !(await isGateClosed(period))) throw error
      // What cannot be cleared must not keep the next gates open: the settlement comes back to it.
      health.trouble(`session of period ${period}`, `${error.message} (${error.code})`)
    }
    nextSession += 1
    return true
  }

  const isGateClosed = async (period: DeliveryPeriod): Promise<boolean> =>
    (await readSession(ledger, area, period)).state !== 'open'

  const settleNextPeriod = async (): Promise<boolean> => {
    if (nextSettlement > calendar.lastPeriod || nextSettlement >= nextSession) return false
    const period = deliveryPeriod(nextSettlement)
    if (clock.now() < endOf(period)) return false
    const [session, isMetered] = await Promise.all([
      readSession(ledger, area, period),
      isCommitted(ledger, area, period),
    ])
    if (session.state !== 'cleared') {
      await runSession(period)
      return true
    }
    health.recovered(`session of period ${period}`)
    if (!isMetered) return false
    const fills = fillsByPeriod.get(period) ?? (await fillsOfCleared(operation, sessionOf(period), session))
    await settlePeriod(operation, area, period, session, fills)
    fillsByPeriod.delete(period)
    nextSettlement += 1
    return true
  }

  const loops = [
    runLoop({ name: `sessions of area ${area}`, clock, health, step: holdNextSession }),
    runLoop({ name: `settlement of area ${area}`, clock, health, step: settleNextPeriod }),
  ]
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
