import { setTimeout as delay } from 'node:timers/promises'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { readTariff } from '../chain/areas.ts'
import { clearCall } from '../chain/clearing-claims.ts'
import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readOpenedOrders, readOpeningEnd } from '../chain/opened-orders.ts'
import { readSession, type LedgerSession } from '../chain/sessions.ts'
import { readSessionKeys } from '../chain/trading-days.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import { clearingOf } from '../domain/market/clearing.ts'
import type { Order } from '../domain/market/order.ts'
import { countingOrdersOf, type KeyedOrder } from '../domain/market/validity.ts'
import {
  deliveryPeriod,
  deliveryPeriodAt,
  PERIODS_PER_DAY,
  tradingDayOf,
  type DeliveryPeriod,
} from '../domain/units.ts'
import type { Log } from '../runtime/log.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import type { Signal } from './signal.ts'

export type Replacement = {
  readonly area: number
  readonly calendar: Calendar
  readonly ledger: Ledger
  readonly clock: LedgerClock
  /** Fires when there is a new block. */
  readonly news: Signal
  /** The one of our members that acts in a session: the first that has an order in it; null where none has. */
  readonly actingMember: (period: DeliveryPeriod) => Promise<number | null>
  /** Sends in the name of the member, by its trading key. */
  readonly senderOf: (memberId: number) => TransactionSender
  readonly log: Log
}

/** A ledger whose time runs faster than the world's would have every operator late: so long it gets by the wall clock. */
const PATIENCE_MS = 10_000
/** Patience ends without a new block, too. */
const LOOK_AGAIN_MS = 1_000
/** Sessions that have waited longer than a day are a person's to look at. */
const SESSIONS_WATCHED = PERIODS_PER_DAY
/** Somebody else was faster, or the operator came back after all. */
const OVERTAKEN = [
  'call-auction-already-cleared',
  'call-auction-nothing-withheld',
  'call-auction-operator-in-time',
  'call-auction-opening',
]

/**
 * Replaces an operator that lets its deadline pass in sessions in which our members have orders, and clears those sessions
 * with what is on the ledger, so that delivery and settlement go on. Stops with `stop`.
 */
export function startReplacing(replacement: Replacement): { stop: () => Promise<void> } {
  const { calendar, clock, news, log } = replacement
  /** When each session that is due was first seen to wait, by the wall clock. */
  const waiting = new Map<DeliveryPeriod, number>()
  let isStopped = false
  let watchedTo = lastDueAt(calendar, clock.now()) - SESSIONS_WATCHED

  const look = async () => {
    const lastDue = lastDueAt(calendar, clock.now())
    for (let period = Math.max(calendar.firstPeriod, watchedTo + 1); period <= lastDue; period += 1) {
      waiting.set(deliveryPeriod(period), performance.now())
    }
    watchedTo = Math.max(watchedTo, lastDue)
    for (const [period, since] of waiting) {
      if (period <= lastDue - SESSIONS_WATCHED) waiting.delete(period)
      else if (!isStopped) await lookAt(period, performance.now() - since >= PATIENCE_MS)
    }
  }

  const lookAt = async (period: DeliveryPeriod, isOutOfPatience: boolean) => {
    try {
      const session = await readSession(replacement.ledger, replacement.area, period)
      if (session.state === 'cleared') waiting.delete(period)
      else if (isOutOfPatience) await act(replacement, period, session)
    } catch (error) {
      if (isStopped) return
      if (!(error instanceof DomainError) && !isStoreUnreachable(error)) throw error
      const reason = error instanceof DomainError ? error.message : 'the database does not answer'
      log.warn({ period }, `period ${period} waits for its operator, and nothing could be done: ${reason}`)
    }
  }

  const run = async () => {
    while (!isStopped) {
      const next = news.next()
      await look()
      await (waiting.size === 0 ? next : Promise.race([next, delay(LOOK_AGAIN_MS)]))
    }
  }
  const ended = run()
  return {
    async stop() {
      isStopped = true
      news.fire()
      await ended
    },
  }
}

/** The last session in which the operator may be late at `now`, in unix seconds; before the first where there is none. */
function lastDueAt(calendar: Calendar, now: number): number {
  const { gateClosureLeadSeconds, operatorDeadlineSeconds, lastPeriod } = calendar
  return Math.min(lastPeriod, deliveryPeriodAt(now + gateClosureLeadSeconds - operatorDeadlineSeconds))
}

async function act(replacement: Replacement, period: DeliveryPeriod, session: LedgerSession): Promise<void> {
  const { calendar, clock } = replacement
  const gateClosure = gateClosureOf(calendar, period)
  const isWithheld = session.state === 'open' || session.orderCount > 0
  const deadline = Math.max(gateClosure, session.gateClosedAt ?? 0) + calendar.operatorDeadlineSeconds
  if (isWithheld && clock.now() < deadline) return
  const memberId = await replacement.actingMember(period)
  if (memberId === null) return
  if (isWithheld) await replaceOperator(replacement, period, memberId)
  else await clearWithoutOperator(replacement, { area: replacement.area, period, gateClosure }, memberId)
}

async function replaceOperator(
  { area, senderOf, log }: Replacement,
  period: DeliveryPeriod,
  memberId: number,
): Promise<void> {
  const isReplaced = await unlessOvertaken(() =>
    senderOf(memberId).send(`replace-operator:${area}:${period}`, {
      contract: 'callAuction',
      function: 'replaceOperator',
      arguments: [memberId, area, period],
    }),
  )
  if (isReplaced) log.warn({ period, memberId }, `member ${memberId} replaced the silent operator in period ${period}`)
}

/** With the orders that were opened on the ledger, mostly none. */
async function clearWithoutOperator(
  { ledger, clock, senderOf, log }: Replacement,
  session: { readonly area: number; readonly period: DeliveryPeriod; readonly gateClosure: number },
  memberId: number,
): Promise<void> {
  const { area, period, gateClosure } = session
  const openingEnd = await readOpeningEnd(ledger, area, period)
  if (openingEnd !== null && clock.now() <= openingEnd) return
  const [keys, rates] = await Promise.all([
    readSessionKeys(ledger, area, tradingDayOf(period), gateClosure),
    readTariff(ledger, area, period),
  ])
  const opened = await readOpenedOrders(ledger, session, keys)
  const counting = countingOrdersOf<Order, KeyedOrder<Order>>([], opened, rates)
  const { claim } = clearingOf(counting.map(({ order }) => order))
  const forcedTerms = concatBytes(...opened.map(({ terms }) => hexToBytes(terms.slice(2))))
  const isCleared = await unlessOvertaken(() =>
    senderOf(memberId).send(
      `clear-without-operator:${area}:${period}`,
      clearCall(session, claim, { orders: new Uint8Array(), forcedTerms }),
    ),
  )
  if (isCleared) log.warn({ period, memberId }, `member ${memberId} cleared period ${period} without the operator`)
}

async function unlessOvertaken(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof DomainError && OVERTAKEN.includes(error.code)) return false
    throw error
  }
}
