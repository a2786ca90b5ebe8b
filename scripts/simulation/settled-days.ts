import { setTimeout as delay } from 'node:timers/promises'
import type { Ledger } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readLastRun, type SettlementRun } from '../../services/chain/settlement-runs.ts'
import {
  RUNS,
  runDueAt,
  tradedPeriodsOf,
  tradingDaysOf,
  type Calendar,
  type Run,
} from '../../services/domain/grid/calendar.ts'
import { correctedReadingOf } from '../../services/domain/metering/estimation.ts'
import { tradingDay, type DeliveryPeriod, type TradingDay } from '../../services/domain/units.ts'
import { settlementActOf, type SettlementAct } from '../../services/market-operator/settlement-act.ts'
import type { Store } from '../../services/store/connect.ts'
import { readOpenEstimates, readReadingBatch, readReadingsBesides } from '../../services/store/readings.ts'
import { findOutdatedStatements } from '../../services/store/statements.ts'
import { AREA } from '../setup/neighbourhood.ts'

/** Tells what the settlement of days comes to while somebody else moves the clock. */
export type SettledDays = {
  /** Resolves when everything is done that is due by the ledger's time. */
  untilDone(): Promise<void>
  /** Unix seconds at which something more is due; null once every day is settled for good. */
  nextDue(): Promise<number | null>
}

type Options = {
  readonly ledger: Ledger
  readonly store: Store
  readonly calendar: Calendar
  readonly until: (condition: () => Promise<boolean>, what: string) => Promise<void>
}

/** The gateway commits its last corrections so long before a run; half the run's delay where that is less. */
const CORRECTION_LEAD_SECONDS = 3_600
/** So long may gateway and operator take for what they may also leave undone. */
const PATIENCE_MS = 5_000
const POLL_MS = 20

type Due = Extract<SettlementAct, { readonly run: Run }>

export function followSettlement({ ledger, store, calendar, until }: Options): SettledDays {
  const { first, last } = tradingDaysOf(calendar)
  const open = new Set<TradingDay>()
  /** Days without a corrected run, though readings were corrected: too late for it. */
  const left = new Set<TradingDay>()
  /** Days and runs before which the last corrections were waited for. */
  const corrected = new Set<string>()
  for (let day: number = first; day <= last; day += 1) open.add(tradingDay(day))

  const actOf = async (day: TradingDay): Promise<{ act: SettlementAct; lastRun: SettlementRun | null }> => {
    const [lastRun, { timestamp }] = await Promise.all([readLastRun(ledger, AREA, day), readLatestBlock(ledger)])
    const known = lastRun === null ? null : { ...lastRun, run: RUNS[lastRun.run]! }
    return { act: settlementActOf(calendar, day, known, timestamp), lastRun }
  }

  const isOutdated = async (day: TradingDay, lastRun: SettlementRun): Promise<boolean> => {
    const periods = tradedPeriodsOf(calendar, day)
    const drawn = { area: AREA, run: lastRun.run }
    return (await findOutdatedStatements(store, drawn, periods[0]!, periods.length)).length > 0
  }

  const isDone = async (day: TradingDay, { kind, run: awaited }: Due): Promise<boolean> => {
    const run = await readLastRun(ledger, AREA, day)
    return run !== null && RUNS[run.run] === awaited && (kind === 'commit' || run.isPaid)
  }

  /** A corrected run is made where readings were corrected by its time; what is corrected later is for the final one. */
  const isCorrected = async (day: TradingDay, due: Due): Promise<boolean> => {
    if (left.has(day)) return false
    const isMade = await within(PATIENCE_MS, () => isDone(day, due))
    if (!isMade) left.add(day)
    return isMade
  }

  /** Before a run the gateway puts what meters counted in the place of estimates, as far as it is known by then. */
  const untilReadingsAreCorrected = async (day: TradingDay): Promise<void> => {
    const { timestamp } = await readLatestBlock(ledger)
    for (const run of ['corrected', 'final'] as const) {
      const due = runDueAt(calendar, day, run)
      if (timestamp < due - leadOf(calendar, run) || timestamp >= due || corrected.has(`${day} ${run}`)) continue
      await within(PATIENCE_MS, async () => !(await hasCorrectionsToCome(store, tradedPeriodsOf(calendar, day))))
      corrected.add(`${day} ${run}`)
    }
  }

  const untilDayIsDone = async (day: TradingDay): Promise<void> => {
    for (;;) {
      const { act, lastRun } = await actOf(day)
      if (act.kind === 'none') open.delete(day)
      if (act.kind === 'none' || act.kind === 'wait') return
      if (act.kind === 'commit' && lastRun !== null && !(await isOutdated(day, lastRun))) {
        if (act.run === 'final') open.delete(day)
        return
      }
      if (act.kind === 'commit' && act.run === 'corrected') {
        if (!(await isCorrected(day, act))) return
      } else {
        await until(() => isDone(day, act), `the ${act.run} run of day ${day} (${act.kind})`)
      }
    }
  }

  const nextDueOf = async (day: TradingDay): Promise<number> => {
    const { act } = await actOf(day)
    const { timestamp } = await readLatestBlock(ledger)
    const due = act.kind === 'wait' ? act.until : runDueAt(calendar, day, 'final')
    const leads = (['corrected', 'final'] as const).map((run) => runDueAt(calendar, day, run) - leadOf(calendar, run))
    return Math.min(due, ...leads.filter((time) => time > timestamp))
  }

  return {
    async untilDone() {
      for (const day of open) {
        await untilReadingsAreCorrected(day)
        await untilDayIsDone(day)
      }
    },
    async nextDue() {
      return open.size === 0 ? null : Math.min(...(await Promise.all([...open].map(nextDueOf))))
    },
  }
}

/** Whether a meter counted what is only estimated for one of the periods, which are consecutive. */
async function hasCorrectionsToCome(store: Store, periods: readonly DeliveryPeriod[]): Promise<boolean> {
  const [first] = periods
  if (first === undefined) return false
  for (const { period, memberIds } of await readOpenEstimates(store, AREA, first)) {
    if (memberIds.length === 0 || period > periods.at(-1)!) continue
    const [batch, readings] = await Promise.all([
      readReadingBatch(store, AREA, period),
      readReadingsBesides(store, period, memberIds),
    ])
    const isCorrectable = batch?.leaves.some(
      (leaf) => correctedReadingOf(leaf, readings.get(leaf.memberId) ?? []) !== null,
    )
    if (isCorrectable) return true
  }
  return false
}

/** Whether the claim came to hold in that time. */
async function within(milliseconds: number, claim: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; ; await delay(POLL_MS)) {
    if (await claim()) return true
    if (Date.now() > deadline) return false
  }
}

function leadOf(calendar: Calendar, run: Run): number {
  const delay = run === 'corrected' ? calendar.correctionDelaySeconds : calendar.finalDelaySeconds
  return Math.min(CORRECTION_LEAD_SECONDS, Math.floor(delay / 2))
}
