import type { Calendar } from '../../domain/grid/calendar.ts'
import { siblingsOf, type SumRoot } from '../../domain/metering/merkle-sum-tree.ts'
import type { SaltedReading } from '../../domain/metering/reading-tree.ts'
import type { DayStatement } from '../../domain/settlement/day-statement.ts'
import type { PeriodStatement } from '../../domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, PERIODS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { readStatementTree } from '../erased-statements.ts'
import { readReadingTree } from '../erased-readings.ts'
import type { SettlementRun, Statement as StatementRow } from '../generated/client.ts'
import { runStateOf } from './settlement-runs.ts'

/** A leaf's place in its tree and the way up to the root. */
export type Proof = { readonly root: SumRoot; readonly position: number; readonly siblings: readonly string[] }

export type StatementSummaryView = {
  readonly memberId: number
  readonly day: number
  readonly run: number
  readonly state: 'provisional' | 'committed' | 'held-back' | 'paid'
  readonly periodCount: number
  readonly chargesMicroEuro: bigint
  readonly creditsMicroEuro: bigint
  readonly previousMicroEuro: bigint
  readonly paymentMicroEuro: bigint
  readonly correctionMicroEuro: bigint
  readonly owedMicroEuro: bigint
  readonly withheldMicroEuro: bigint
  readonly committedAt: number | null
  readonly challengeableUntil: number | null
  readonly isChallengeable: boolean
  readonly paidAt: number | null
  readonly committedTransaction: string | null
  readonly paidTransaction: string | null
}

export type PeriodLinesView = {
  readonly period: number
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly readingVersion: number
  readonly quality: 'metered' | 'estimated' | 'none'
  readonly importWh: bigint | null
  readonly exportWh: bigint | null
  readonly energyMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly leviesMicroEuro: bigint
  readonly platformFeeMicroEuro: bigint
  readonly totalMicroEuro: bigint
}

type Place = { readonly area: number; readonly day: number; readonly run: number; readonly memberId: number }

type SummaryRow = {
  day: number
  run: number
  periodCount: number
  charges: bigint
  credits: bigint
  previous: bigint
}

/** What corrections of a run moved for the member, and still owe it. */
type Corrections = { readonly moved: bigint; readonly owed: bigint }

const NO_CORRECTIONS: Corrections = { moved: 0n, owed: 0n }

/** A household's statements of the days from `from` to `to`, both inclusive, newest first; `now` in unix seconds. */
export async function listDayStatements(
  store: Store,
  { id: area, calendar }: { readonly id: number; readonly calendar: Calendar },
  now: number,
  memberId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<StatementSummaryView[]> {
  const [rows, runs, corrections] = await Promise.all([
    store.client.$queryRaw<SummaryRow[]>`
      WITH lines AS (
        SELECT period / ${PERIODS_PER_DAY}::int AS day, run, line
        FROM statements, unnest(ARRAY[energy_micro_euro, imbalance_micro_euro, grid_tariff_micro_euro,
          levies_micro_euro, platform_fee_micro_euro]) AS line
        WHERE area = ${area} AND member_id = ${memberId}
          AND period BETWEEN ${from * PERIODS_PER_DAY}::int AND ${(to + 1) * PERIODS_PER_DAY - 1}::int
      ), drawn AS (
        SELECT day, run, (count(*) / 5)::int AS periods, sum(greatest(line, 0))::bigint AS charges,
          sum(greatest(-line, 0))::bigint AS credits
        FROM lines GROUP BY day, run
      ), committed AS (
        SELECT * FROM day_statements WHERE area = ${area} AND member_id = ${memberId} AND day BETWEEN ${from} AND ${to}
      )
      SELECT coalesce(c.day, d.day) AS day, coalesce(c.run, d.run) AS run,
        coalesce(c.period_count, d.periods) AS "periodCount", coalesce(c.charges_micro_euro, d.charges) AS charges,
        coalesce(c.credits_micro_euro, d.credits) AS credits, coalesce(c.previous_micro_euro, 0)::bigint AS previous
      FROM drawn d FULL JOIN committed c ON c.day = d.day AND c.run = d.run
      ORDER BY 1 DESC, 2 DESC`,
    store.client.settlementRun.findMany({ where: { area, day: { gte: from, lte: to } } }),
    readCorrections(store, { area, memberId, from, to }),
  ])
  const runOf = new Map(runs.map((run) => [`${run.day}:${run.run}`, run]))
  return rows.map((row) => {
    const key = `${row.day}:${row.run}`
    return summaryOf(row, memberId, runOf.get(key), corrections.get(key) ?? NO_CORRECTIONS, calendar, now)
  })
}

/** By day and run. */
async function readCorrections(
  store: Store,
  { area, memberId, from, to }: { area: number; memberId: number; from: number; to: number },
): Promise<Map<string, Corrections>> {
  const rows = await store.client.challenge.findMany({
    where: {
      ...{ area, memberId, day: { gte: from, lte: to } },
      outcome: { in: ['statement-corrected', 'correction-paid'] },
    },
    orderBy: [{ blockNumber: 'asc' }, { logIndex: 'asc' }],
  })
  const corrections = new Map<string, Corrections>()
  for (const { day, run, outcome, amountMicroEuro, owedMicroEuro } of rows) {
    const { moved, owed } = corrections.get(`${day}:${run}`) ?? NO_CORRECTIONS
    corrections.set(`${day}:${run}`, {
      moved: moved + amountMicroEuro,
      // What is paid moves out of the bond, and so is negative.
      owed: outcome === 'correction-paid' ? owed + amountMicroEuro : owedMicroEuro,
    })
  }
  return corrections
}

/** The household's periods of one run of a day, ascending; none where nothing was drawn up. */
export async function readPeriodStatements(store: Store, place: Place): Promise<PeriodStatement[]> {
  const first = place.day * PERIODS_PER_DAY
  const rows = await store.client.statement.findMany({
    where: {
      area: place.area,
      memberId: place.memberId,
      run: place.run,
      period: { gte: first, lt: first + PERIODS_PER_DAY },
    },
    orderBy: { period: 'asc' },
  })
  return rows.map(periodStatementOf)
}

/** The member's leaf of a run with its proof; null where there is none. */
export async function readDayStatement(
  store: Store,
  { area, day, run, memberId }: Place,
): Promise<{ readonly statement: DayStatement; readonly proof: Proof } | null> {
  const { leaves, tree } = await readStatementTree(store, { area, day, run })
  const leaf = leaves.find(({ statement }) => statement.memberId === memberId)
  if (leaf === undefined) return null
  const { position, statement } = leaf
  return { statement, proof: { root: tree.root, position, siblings: siblingsOf(tree, position) } }
}

/** The member's reading in a version of a period's commitment, with its proof; null where it has none. */
export async function readReadingProof(
  store: Store,
  { area, period, version, memberId }: { area: number; period: number; version: number; memberId: number },
): Promise<{ readonly reading: SaltedReading; readonly proof: Proof } | null> {
  const { leaves, tree } = await readReadingTree(store, { area, period, version })
  const leaf = leaves.find(({ reading }) => reading.memberId === memberId)
  if (leaf === undefined) return null
  const { position, reading } = leaf
  return { reading, proof: { root: tree.root, position, siblings: siblingsOf(tree, position) } }
}

/** The readings of a version of a period's commitment that were not erased, ascending by member. */
export async function readReadings(
  store: Store,
  area: number,
  period: number,
  version: number,
): Promise<SaltedReading[]> {
  const { leaves } = await readReadingTree(store, { area, period, version })
  return leaves.map(({ reading }) => reading)
}

export function periodLinesOf(statement: PeriodStatement): PeriodLinesView {
  const { energy, imbalance, gridTariff, levies, platformFee, metered } = statement
  return {
    period: statement.period,
    boughtWh: statement.bought,
    soldWh: statement.sold,
    readingVersion: statement.readingVersion,
    quality: statement.quality,
    importWh: metered?.import ?? null,
    exportWh: metered?.export ?? null,
    energyMicroEuro: energy,
    imbalanceMicroEuro: imbalance,
    gridTariffMicroEuro: gridTariff,
    leviesMicroEuro: levies,
    platformFeeMicroEuro: platformFee,
    totalMicroEuro: energy + imbalance + gridTariff + levies + platformFee,
  }
}

function summaryOf(
  { day, run, periodCount, charges, credits, previous }: SummaryRow,
  memberId: number,
  settlement: SettlementRun | undefined,
  { moved, owed }: Corrections,
  calendar: Calendar,
  now: number,
): StatementSummaryView {
  const challengeableUntil = settlement ? settlement.committedAt + calendar.challengeWindowSeconds : null
  return {
    memberId,
    day,
    run,
    state: settlement ? runStateOf(settlement) : 'provisional',
    periodCount,
    chargesMicroEuro: charges,
    creditsMicroEuro: credits,
    previousMicroEuro: previous,
    paymentMicroEuro: charges - credits - previous,
    correctionMicroEuro: moved,
    owedMicroEuro: owed,
    withheldMicroEuro: settlement?.withheldMicroEuro ?? 0n,
    committedAt: settlement?.committedAt ?? null,
    challengeableUntil,
    isChallengeable: challengeableUntil !== null && now < challengeableUntil,
    paidAt: settlement?.paidAt ?? null,
    committedTransaction: settlement?.committedTransaction ?? null,
    paidTransaction: settlement?.paidTransaction ?? null,
  }
}

function periodStatementOf(row: StatementRow): PeriodStatement {
  const { importWh, exportWh } = row
  return {
    memberId: row.memberId,
    period: deliveryPeriod(row.period),
    bought: energyWh(row.boughtWh),
    sold: energyWh(row.soldWh),
    readingVersion: row.readingVersion,
    quality: qualityOf(row.quality),
    metered: importWh === null || exportWh === null ? null : { import: energyWh(importWh), export: energyWh(exportWh) },
    energy: money(row.energyMicroEuro),
    imbalance: money(row.imbalanceMicroEuro),
    gridTariff: money(row.gridTariffMicroEuro),
    levies: money(row.leviesMicroEuro),
    platformFee: money(row.platformFeeMicroEuro),
    tariffOnly: row.tariffOnlyMicroEuro === null ? null : money(row.tariffOnlyMicroEuro),
    salt: row.salt,
  }
}

function qualityOf(text: string): PeriodStatement['quality'] {
  return text === 'metered' || text === 'estimated' ? text : 'none'
}
