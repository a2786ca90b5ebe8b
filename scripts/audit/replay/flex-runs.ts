import { differ, requireSame, type Place } from '../difference.ts'
import { keccakHex } from '../ledger/keccak.ts'
import type { Accounts, Payment } from './accounts.ts'
import type { Areas } from './areas.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import {
  LONGEST_READINGS_AGE,
  paymentsIn,
  requireSamePayments,
  requireSoundPayments,
  totalOf,
  type Runs,
} from './runs.ts'

/** The settlement of a day's flexibility as it was committed, unless it was voided. Micro-euro; times in unix seconds. */
export type FlexRun = {
  readonly area: number
  readonly day: number
  readonly root: string
  readonly total: bigint
  readonly payments: readonly Payment[]
  readonly paymentsHash: string
  readonly committedAt: number
  readonly readingsAt: number
  readonly place: Place
  isPaid: boolean
}

const INITIAL = 0

/**
 * Replays the settlement of flexibility as far as it moves money: each day once, after its energy was paid, with payments
 * that were committed and sum to zero; void by a challenge alone.
 */
export function createFlexRuns(books: { readonly areas: Areas; readonly runs: Runs; readonly accounts: Accounts }) {
  const { areas, runs: energyRuns, accounts } = books
  const runs = new Map<string, FlexRun>()
  let upheld = new Set<string>()
  let voided = new Set<string>()

  const commit = (event: LedgerEvent, area: number, day: number, place: Place): void => {
    const { fields } = event
    if (runs.has(`${area}:${day}`)) differ('flexibility', 'its flexibility was settled twice', place)
    if ((energyRuns.runOf(area, day, INITIAL)?.paid ?? null) === null) {
      differ('flexibility', 'its flexibility was settled before its energy was paid', place)
    }
    accounts.requireBond(area, place)
    const readingsAt = fields.number('readingsAt')
    if (readingsAt > event.time || readingsAt + LONGEST_READINGS_AGE < event.time) {
      differ('flexibility', `it rests on readings of ${readingsAt}, and was committed at ${event.time}`, place)
    }
    const bytes = fields.bytes('payments')
    const payments = paymentsIn(bytes)
    requireSoundPayments(payments, place)
    const total = totalOf(payments)
    requireSame('payments', 'what they move', total, fields.big('total'), place)
    const committed = { root: fields.text('root'), committedAt: event.time, readingsAt, isPaid: false }
    runs.set(`${area}:${day}`, { area, day, total, payments, paymentsHash: keccakHex(bytes), place, ...committed })
  }

  const pay = (event: LedgerEvent, area: number, day: number, place: Place): void => {
    const run = runOf(area, day, place)
    if (run.isPaid) differ('flexibility', 'its flexibility was paid twice', place)
    const from = run.committedAt + areas.calendarOf(area).challengeWindow
    if (event.time < from)
      differ('flexibility', `it was paid at ${event.time}, while it could be challenged until ${from}`, place)
    const payments = paymentsIn(event.fields.bytes('payments'))
    requireSamePayments(payments, run.payments, 'committed', place)
    requireSame('payments', 'their number', event.fields.number('paymentCount'), payments.length, place)
    run.isPaid = true
    accounts.applyPayments(area, day, payments, place)
  }

  const uphold = (event: LedgerEvent, area: number, day: number, place: Place): void => {
    const run = runOf(area, day, place)
    const until = run.committedAt + areas.calendarOf(area).challengeWindow
    if (event.time >= until) {
      differ('flexibility', `a challenge was decided at ${event.time}, after its window up to ${until}`, place)
    }
    if (event.name === 'FlexChallengeUpheld') upheld.add(`${area}:${day}`)
  }

  const voidRun = (area: number, day: number, place: Place): void => {
    if (runOf(area, day, place).isPaid) differ('flexibility', 'what was paid was voided', place)
    runs.delete(`${area}:${day}`)
    voided.add(`${area}:${day}`)
  }

  const runOf = (area: number, day: number, place: Place): FlexRun =>
    runs.get(`${area}:${day}`) ?? differ('flexibility', 'its flexibility was not settled', place)

  return {
    see: (event: LedgerEvent): void => {
      if (event.contract !== 'flexSettlement' && event.contract !== 'flexChallenges') return
      const [area, day] = [event.fields.value('area'), event.fields.value('day')]
      if (typeof area !== 'number' || typeof day !== 'number') return
      const place = { ...placeOf(event), area, day }
      if (event.name === 'FlexStatementsCommitted') commit(event, area, day, place)
      if (event.name === 'FlexRunPaid') pay(event, area, day, place)
      if (event.name === 'FlexRunVoided') voidRun(area, day, place)
      if (event.contract === 'flexChallenges') uphold(event, area, day, place)
    },
    /** To be called when all events of a transaction were seen. */
    endTransaction: (place: Place): void => {
      const [odd] = [...upheld].filter((run) => !voided.has(run)).concat([...voided].filter((run) => !upheld.has(run)))
      if (odd !== undefined) {
        const [area, day] = odd.split(':').map(Number)
        const what = upheld.has(odd) ? 'was shown to be wrong, and not voided' : 'was voided without a challenge'
        differ('flexibility', `its flexibility ${what}`, { ...place, area, day })
      }
      upheld = new Set()
      voided = new Set()
    },
    all: runs as ReadonlyMap<string, FlexRun>,
  }
}

export type FlexRuns = ReturnType<typeof createFlexRuns>
