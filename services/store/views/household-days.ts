import { PERIODS_PER_DAY, startOfDay, tradingDay } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { Payment } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { daySettlementOf, readRuns, type DaySettlementView, type RunView } from './settlement.ts'
import { TOTAL_SQL } from './statement-lines.ts'

/** A household's day: what it comes to, and what of it each settlement run has moved. */
export type HouseholdDayView = Omit<DaySettlementView, 'runs'> & {
  readonly startsAt: number
  readonly periodCount: number
  readonly estimatedCount: number
  /** By the latest statement of each quarter-hour. */
  readonly totalMicroEuro: bigint
  /** What challenges moved between the household and the market operator's bond. */
  readonly correctionsMicroEuro: bigint
  readonly runs: HouseholdRunView[]
}

export type HouseholdRunView = RunView & {
  /** What the run has the household pay; null where it has no statement in it. */
  readonly paymentMicroEuro: bigint | null
}

type DayRow = { day: number; periodCount: number; estimatedCount: number; totalMicroEuro: bigint }

/** Days in which the household has statements, newest first, each as a whole; both ends inclusive. */
export async function readHouseholdDays(
  store: Store,
  area: AreaView,
  memberId: number,
  { firstPeriod, lastPeriod }: { firstPeriod: number; lastPeriod: number },
): Promise<HouseholdDayView[]> {
  const rows = await selectDays(store, memberId, firstPeriod - (firstPeriod % PERIODS_PER_DAY), lastPeriod)
  const [newest, oldest] = [rows[0], rows.at(-1)]
  if (newest === undefined || oldest === undefined) return []
  const where = { memberId, day: { gte: oldest.day, lte: newest.day } }
  const [runs, leaves, payments, corrections] = await Promise.all([
    readRuns(store, area, oldest.day, newest.day),
    store.client.dayStatement.findMany({ where }),
    store.client.payment.findMany({ where }),
    store.client.challenge.findMany({
      where: { ...where, outcome: { in: ['statement-corrected', 'correction-paid'] } },
    }),
  ])
  const amounts = new Map(
    leaves.map((leaf) => [keyOf(leaf), leaf.chargesMicroEuro - leaf.creditsMicroEuro - leaf.previousMicroEuro]),
  )
  for (const payment of payments) amounts.set(keyOf(payment), payment.amountMicroEuro)
  return rows.map((row) => {
    const settlement = daySettlementOf(row.day, runs.get(row.day))
    return {
      ...row,
      ...settlement,
      startsAt: startOfDay(tradingDay(row.day)),
      correctionsMicroEuro: corrections.reduce(
        (sum, { day, amountMicroEuro }) => (day === row.day ? sum + amountMicroEuro : sum),
        0n,
      ),
      runs: settlement.runs.map((run) => ({ ...run, paymentMicroEuro: paymentOf(amounts, row.day, run) })),
    }
  })
}

/** A run that is paid without a payment to or from the household moved nothing for it. */
function paymentOf(amounts: ReadonlyMap<string, bigint>, day: number, { run, paidAt }: RunView): bigint | null {
  return amounts.get(keyOf({ day, run })) ?? (paidAt === null ? null : 0n)
}

function keyOf({ day, run }: Pick<Payment, 'day' | 'run'>): string {
  return `${day}:${run}`
}

function selectDays(store: Store, memberId: number, firstPeriod: number, lastPeriod: number): Promise<DayRow[]> {
  return store.client.$queryRaw<DayRow[]>`
    SELECT s.period / ${PERIODS_PER_DAY}::int AS day, count(*)::int AS "periodCount",
      count(*) FILTER (WHERE s.quality = 'estimated')::int AS "estimatedCount",
      sum(${TOTAL_SQL})::bigint AS "totalMicroEuro"
    FROM (
      SELECT DISTINCT ON (period) * FROM statements
      WHERE member_id = ${memberId} AND period BETWEEN ${firstPeriod} AND ${lastPeriod}
      ORDER BY period, run DESC
    ) AS s
    GROUP BY 1 ORDER BY 1 DESC`
}
