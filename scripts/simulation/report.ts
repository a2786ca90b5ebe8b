import { deliveryPeriod, startOf } from '../../services/domain/units.ts'
import type { Invariant } from './invariants.ts'
import { checkInvariants } from './report-checks.ts'
import { readRows, type ReportSources, type Rows } from './report-rows.ts'

/** What a household or all of them pay, in micro-euro; positive pays, negative receives. */
export type MoneyLines = { market: number; imbalance: number; gridTariff: number; tariffOnly: number }

export type Report = {
  readonly from: string
  readonly to: string
  readonly forecast: string
  readonly periods: number
  readonly households: number
  readonly energyWh: {
    readonly load: number
    readonly pv: number
    readonly traded: number
    readonly gridImport: number
    readonly gridExport: number
  }
  readonly moneyMicroEuro: {
    readonly sign: string
    readonly households: Readonly<Record<string, MoneyLines>>
    readonly total: MoneyLines
    /** The other side of the households' payments. */
    readonly counterparties: { readonly supplier: number; readonly dso: number }
    readonly sum: number
  }
  readonly clearings: readonly {
    readonly period: number
    readonly priceMicroEuroPerKwh: number | null
    readonly volumeWh: number
    readonly orders: number
  }[]
  /** Quarter-hours without a reading, household by household. */
  readonly gaps: readonly {
    readonly household: string
    readonly from: string
    readonly to: string
    readonly periods: number
  }[]
  readonly gas: {
    readonly perOrder: number | null
    readonly perReading: number | null
    readonly perHouseholdPeriod: number
    readonly total: number
    readonly setUp: number
  }
  readonly invariants: readonly Invariant[]
  readonly wallSeconds: number
}

/** Draws the report from the ledger's projection and the statements, and checks every invariant on the way. */
export async function reportOf(sources: ReportSources): Promise<Report> {
  const { recording, memberIds } = sources
  const { firstPeriod, periods } = recording
  const rows = await readRows(sources.store, firstPeriod, periods)

  const nameOf = new Map(memberIds.map((memberId, position) => [memberId, recording.households[position]!.name]))
  const households = Object.fromEntries(recording.households.map(({ name }) => [name, noMoney()]))
  const counterparties = { supplier: 0, dso: 0 }
  const energy = { load: 0, pv: 0, traded: 0, gridImport: 0, gridExport: 0 }
  for (const statement of rows.statements) {
    const name = nameOf.get(statement.memberId)
    if (name === undefined) {
      counterparties.supplier += Number(statement.imbalanceMicroEuro)
      counterparties.dso += Number(statement.gridTariffMicroEuro)
      continue
    }
    addMoney(households[name]!, statement)
    if (statement.importWh === null || statement.exportWh === null) continue
    const difference = Number(statement.importWh - statement.exportWh - (statement.boughtWh - statement.soldWh))
    if (difference > 0) energy.gridImport += difference
    else energy.gridExport -= difference
  }
  for (const { loadWh, pvWh } of recording.households) {
    energy.load += loadWh.reduce<number>((sum, load) => sum + (load ?? 0), 0)
    energy.pv += pvWh.reduce<number>((sum, pv) => sum + (pv ?? 0), 0)
  }
  energy.traded = rows.sessions.reduce((sum, { volumeWh }) => sum + Number(volumeWh ?? 0n), 0)
  const total = Object.values(households).reduce((sum, lines) => addLines(sum, lines), noMoney())

  const iso = (period: number) => new Date(startOf(deliveryPeriod(period)) * 1000).toISOString()
  return {
    from: iso(firstPeriod),
    to: iso(firstPeriod + periods),
    forecast: sources.forecast,
    periods,
    households: recording.households.length,
    energyWh: energy,
    moneyMicroEuro: {
      sign: 'positive pays, negative receives',
      households,
      total,
      counterparties,
      sum: total.market + total.imbalance + total.gridTariff + counterparties.supplier + counterparties.dso,
    },
    clearings: rows.sessions.map((session) => ({
      period: session.period,
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      volumeWh: Number(session.volumeWh ?? 0n),
      orders: session.orderCount,
    })),
    gaps: gapsOf(rows, sources, nameOf),
    gas: gasOf(rows, recording.households.length * periods),
    invariants: await checkInvariants(rows, sources),
    wallSeconds: sources.wallSeconds,
  }
}

const SESSION_FUNCTIONS = [
  'callAuction.closeGate',
  'callAuction.clear',
  'meterReadings.commitReadings',
  'settlement.settle',
]

function gasOf(rows: Rows, householdPeriods: number): Report['gas'] {
  const gas = new Map<string, number>()
  let setUp = 0
  for (const transaction of rows.transactions) {
    const name = `${transaction.contract ?? ''}.${transaction.function ?? ''}`
    if (SESSION_FUNCTIONS.includes(name)) gas.set(name, (gas.get(name) ?? 0) + Number(transaction.gasUsed))
    else setUp += Number(transaction.gasUsed)
  }
  const used = (...names: string[]) => names.reduce((sum, name) => sum + (gas.get(name) ?? 0), 0)
  const total = used(...SESSION_FUNCTIONS)
  const each = (amount: number, count: number) => (count === 0 ? null : Math.round(amount / count))
  return {
    perOrder: each(used('callAuction.closeGate', 'callAuction.clear'), rows.fills.length),
    perReading: each(used('meterReadings.commitReadings'), rows.leaves.length),
    perHouseholdPeriod: Math.round(total / householdPeriods),
    total,
    setUp,
  }
}

function gapsOf(
  rows: Rows,
  { recording, memberIds }: ReportSources,
  nameOf: ReadonlyMap<number, string>,
): Report['gaps'] {
  const known = new Set(rows.leaves.map(({ memberId, period }) => `${memberId}:${period}`))
  const iso = (period: number) => new Date(startOf(deliveryPeriod(period)) * 1000).toISOString()
  return memberIds.flatMap((memberId) => {
    const gaps: { household: string; from: string; to: string; periods: number }[] = []
    let start: number | null = null
    for (let position = 0; position <= recording.periods; position += 1) {
      const period = recording.firstPeriod + position
      const isGap = position < recording.periods && !known.has(`${memberId}:${period}`)
      if (isGap) {
        start ??= period
      } else if (start !== null) {
        gaps.push({ household: nameOf.get(memberId)!, from: iso(start), to: iso(period), periods: period - start })
        start = null
      }
    }
    return gaps
  })
}

function noMoney(): MoneyLines {
  return { market: 0, imbalance: 0, gridTariff: 0, tariffOnly: 0 }
}

function addMoney(lines: MoneyLines, statement: Rows['statements'][number]): void {
  lines.market += Number(statement.marketMicroEuro)
  lines.imbalance += Number(statement.imbalanceMicroEuro)
  lines.gridTariff += Number(statement.gridTariffMicroEuro)
  lines.tariffOnly += Number(statement.tariffOnlyMicroEuro ?? 0n)
}

function addLines(one: MoneyLines, other: MoneyLines): MoneyLines {
  return {
    market: one.market + other.market,
    imbalance: one.imbalance + other.imbalance,
    gridTariff: one.gridTariff + other.gridTariff,
    tariffOnly: one.tariffOnly + other.tariffOnly,
  }
}
