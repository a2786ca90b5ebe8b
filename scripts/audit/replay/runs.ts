import { differ, requireSame, type Place } from '../difference.ts'
import { isSame, numberAt } from '../ledger/hex.ts'
import { keccakHex } from '../ledger/keccak.ts'
import type { Accounts, Payment } from './accounts.ts'
import { SECONDS_PER_DAY, type Areas } from './areas.ts'
import { fieldsOf, placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Readings } from './readings.ts'
import type { Sessions } from './sessions.ts'
import type { AbiValue } from '../abi.ts'

export const RUN_NAMES = ['initial', 'corrected', 'final'] as const
const INITIAL = 0
const CORRECTED = 1
const FINAL = 2
const PAYMENT_LENGTH = 11
/** Seconds from the versions of readings that a run rests on to its commitment. */
export const LONGEST_READINGS_AGE = 3_600

/** A settlement run of an area and day as it was committed, and whether it was paid. Micro-euro; times in unix seconds. */
export type Run = {
  readonly area: number
  readonly day: number
  readonly run: number
  readonly root: string
  readonly count: number
  readonly total: bigint
  readonly payments: readonly Payment[]
  readonly paymentsHash: string
  readonly committedAt: number
  /** Its statements rest on the versions of the readings that were the latest then. */
  readonly readingsAt: number
  readonly place: Place
  /** What corrections of it wait for: until that is zero it is not paid. */
  withheld: bigint
  paid: {
    readonly at: number
    readonly place: Place
    readonly gasUsed: number
  } | null
}

/** Replays settlement runs: their sequence and times, and that what is paid was committed and sums to zero. */
export function createRuns(books: {
  readonly areas: Areas
  readonly sessions: Sessions
  readonly readings: Readings
  readonly accounts: Accounts
}) {
  const { areas, sessions, readings, accounts } = books
  const runs = new Map<string, Run>()

  const runOf = (area: number, day: number, run: number): Run | undefined => runs.get(`${area}:${day}:${run}`)

  const commit = (event: LedgerEvent): void => {
    const { fields } = event
    const area = fields.number('area')
    const day = fields.number('day')
    const run = fields.number('run')
    const place = { ...placeOf(event), area, day }
    requireTurn(area, day, run, event.time, place)
    accounts.requireBond(area, place)
    const readingsAt = fields.number('readingsAt')
    if (readingsAt > event.time || readingsAt + LONGEST_READINGS_AGE < event.time) {
      differ('runs', `its statements rest on readings of ${readingsAt}, and were committed at ${event.time}`, place)
    }
    const bytes = fields.bytes('payments')
    const payments = paymentsIn(bytes)
    requireSameAsCalled(event, payments, place)
    requireSoundPayments(payments, place)
    const total = totalOf(payments)
    requireSame('payments', 'what they move', total, fields.big('total'), place)
    runs.set(`${area}:${day}:${run}`, {
      area,
      day,
      run,
      root: fields.text('root'),
      count: fields.number('count'),
      total,
      payments,
      paymentsHash: keccakHex(bytes),
      committedAt: event.time,
      readingsAt,
      place,
      withheld: 0n,
      paid: null,
    })
  }

  const requireTurn = (area: number, day: number, run: number, time: number, place: Place): void => {
    if (run > FINAL) differ('runs', `there is no run ${run}`, place)
    if (runOf(area, day, run) !== undefined) differ('runs', `its ${RUN_NAMES[run]} run was committed twice`, place)
    if (run === INITIAL) {
      const periods = areas.tradedPeriodsOf(area, day)
      if (periods.length === 0) differ('runs', 'nothing is traded on that day', place)
      for (const period of periods) {
        const where = { ...place, period }
        if (sessions.clearedOf(area, period) === null)
          differ('runs', 'a period was settled before it was cleared', where)
        if (!readings.isCommitted(area, period))
          differ('runs', 'a period was settled before its readings were committed', where)
      }
      return
    }
    const last = [FINAL, CORRECTED, INITIAL].map((each) => runOf(area, day, each)).find((each) => each !== undefined)
    if (last === undefined || last.run > run) differ('runs', `its ${RUN_NAMES[run]} run is out of sequence`, place)
    if (last.paid === null)
      differ('runs', `its ${RUN_NAMES[run]} run was committed before the one before was paid`, place)
    const { correctionDelay, finalDelay } = areas.calendarOf(area)
    const from = (day + 1) * SECONDS_PER_DAY + (run === CORRECTED ? correctionDelay : finalDelay)
    if (time < from) differ('runs', `its ${RUN_NAMES[run]} run was committed at ${time}, before ${from}`, place)
  }

  const pay = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const day = event.fields.number('day')
    const place = { ...placeOf(event), area, day }
    const run =
      runOf(area, day, event.fields.number('run')) ?? differ('runs', 'a run was paid that was never committed', place)
    if (run.paid !== null) differ('runs', `its ${RUN_NAMES[run.run]} run was paid twice`, place)
    const from = run.committedAt + areas.calendarOf(area).challengeWindow
    if (event.time < from)
      differ('runs', `it was paid at ${event.time}, while it could be challenged until ${from}`, place)
    if (run.withheld !== 0n)
      differ('runs', `it was paid while ${run.withheld} micro-euro of corrections waited for the bond`, place)
    const bytes = event.fields.bytes('payments')
    const payments = paymentsIn(bytes)
    requireSameAsPaid(event, payments, place)
    requireSamePayments(payments, run.payments, 'committed', place)
    requireSame('payments', 'their hash', keccakHex(bytes), run.paymentsHash, place)
    requireSame('payments', 'their number', event.fields.number('paymentCount'), payments.length, place)
    run.paid = { at: event.time, place, gasUsed: event.transaction.gasUsed }
    accounts.applyPayments(area, day, payments, place)
  }

  /** Of what is withheld, the challenges tell how much it has to be. */
  const withhold = (event: LedgerEvent): void => {
    const [area, day, number] = ['area', 'day', 'run'].map(event.fields.number) as [number, number, number]
    const run =
      runOf(area, day, number) ??
      differ('runs', 'a run was held back that was never committed', { ...placeOf(event), area, day })
    run.withheld = event.fields.big('amount')
  }

  return {
    see: (event: LedgerEvent): void => {
      if (event.name === 'StatementsCommitted') commit(event)
      if (event.name === 'RunPaid') pay(event)
      if (event.name === 'RunWithheld') withhold(event)
    },
    runOf,
    all: runs as ReadonlyMap<string, Run>,
  }
}

export type Runs = ReturnType<typeof createRuns>

/** Packed payments: member 3, amount 8, signed. */
export function paymentsIn(bytes: Uint8Array): Payment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / PAYMENT_LENGTH) }, (_, place) => ({
    memberId: numberAt(bytes, place * PAYMENT_LENGTH, 3),
    amount: view.getBigInt64(place * PAYMENT_LENGTH + 3),
  }))
}

/** What those pay who pay, in micro-euro. */
export function totalOf(payments: readonly Payment[]): bigint {
  return payments.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n)
}

/** The event repeats the call, and so tells whose payment was changed in it. */
function requireSameAsPaid(event: LedgerEvent, payments: readonly Payment[], place: Place): void {
  const call = event.calls.find(({ name, fields }) => name === 'payRun' && fields.number('day') === place.day)
  if (call === undefined) return
  requireSamePayments(payments, paymentsIn(call.fields.bytes('payments')), 'submitted', place)
}

/** Names the member whose payment is another. */
export function requireSamePayments(
  payments: readonly Payment[],
  others: readonly Payment[],
  how: 'submitted' | 'committed',
  place: Place,
): void {
  for (let index = 0; index < Math.max(others.length, payments.length); index += 1) {
    const one = payments[index]
    const other = others[index]
    if (one?.memberId === other?.memberId && one?.amount === other?.amount) continue
    const member = other?.memberId ?? one?.memberId
    const message = `a payment is ${one?.amount ?? 'missing'} micro-euro, and was ${how} as ${other?.amount ?? 'none'}`
    differ('payments', message, { ...place, member })
  }
}

/** Ascending by member, none of them of nothing, and with a sum of zero. */
export function requireSoundPayments(payments: readonly Payment[], place: Place): void {
  let last = 0
  let sum = 0n
  for (const { memberId, amount } of payments) {
    const where = { ...place, member: memberId }
    if (memberId <= last) differ('payments', 'it is not behind the member before it', where)
    if (amount === 0n) differ('payments', 'a payment of nothing', where)
    last = memberId
    sum += amount
  }
  if (sum !== 0n) differ('payments', `they sum to ${sum} micro-euro, and not to zero`, place)
}

function requireSameAsCalled(event: LedgerEvent, payments: readonly Payment[], place: Place): void {
  const { fields } = event
  const calls = event.calls.filter(
    (call) =>
      call.name === 'commitStatements' &&
      call.fields.number('area') === fields.number('area') &&
      call.fields.number('day') === fields.number('day') &&
      call.fields.number('run') === fields.number('run'),
  )
  const [only] = calls
  if (only === undefined) return
  if (calls.length === 1) {
    requireSamePayments(payments, paymentsIn(only.fields.bytes('payments')), 'submitted', place)
  }
  const same = calls.some((call) => {
    const commitment = fieldsOf(call.fields.value('commitment') as Record<string, AbiValue>)
    return (
      commitment.text('root') === fields.text('root') &&
      commitment.number('count') === fields.number('count') &&
      commitment.big('total') === fields.big('total') &&
      call.fields.number('readingsAt') === fields.number('readingsAt') &&
      isSame(call.fields.bytes('payments'), fields.bytes('payments'))
    )
  })
  if (!same) differ('statements', `the root ${fields.text('root')} is not what the market operator committed`, place)
}
