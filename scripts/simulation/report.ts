import { deliveryPeriod, startOf } from '../../services/domain/units.ts'
import { boughtFlexibilityOf } from './bought-flexibility.ts'
import type { Invariant } from './invariants.ts'
import { checkInvariants } from './report-checks.ts'
import { deviceLinesOf, type DeviceLine } from './report-devices.ts'
import { flexibilityLineOf, type FeederLimit, type FlexibilityLine } from './report-flexibility.ts'
import { readRows, type ReportSources, type Rows } from './report-rows.ts'

/** What those receive whom households pay beside their trades: negative, as it is received. */
export type Counterparties = { supplier: number; dso: number; taxAuthority: number; platformOperator: number }

/** What a household or all of them pay, in micro-euro; positive pays, negative receives. */
export type MoneyLines = {
  market: number
  imbalance: number
  gridTariff: number
  levies: number
  platformFee: number
  tariffOnly: number
}

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
    readonly counterparties: Counterparties
    readonly sum: number
  }
  readonly clearings: readonly {
    readonly period: number
    readonly priceMicroEuroPerKwh: number | null
    readonly volumeWh: number
    readonly orders: number
  }[]
  readonly settlements: readonly {
    readonly day: string
    readonly run: 'initial' | 'corrected' | 'final'
    readonly statements: number
    readonly paidMicroEuro: number
  }[]
  /** Quarter-hours whose reading is missing, or was estimated, household by household. */
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
    /** Keys and allowances, and settlement: a household and trading day. */
    readonly perKeyDay: number | null
    readonly perStatementDay: number | null
    readonly total: number
    readonly setUp: number
  }
  /** By kind and protocol. */
  readonly devices: readonly DeviceLine[]
  /** Of a feeder with a limit. */
  readonly flexibility?: FlexibilityLine
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
  const counterparties: Counterparties = { supplier: 0, dso: 0, taxAuthority: 0, platformOperator: 0 }
  const energy = { load: 0, pv: 0, traded: 0, gridImport: 0, gridExport: 0 }
  for (const statement of rows.statements) {
    const name = nameOf.get(statement.memberId)
    if (name === undefined) {
      counterparties.supplier += Number(statement.imbalanceMicroEuro)
      counterparties.dso += Number(statement.gridTariffMicroEuro)
      counterparties.taxAuthority += Number(statement.leviesMicroEuro)
      counterparties.platformOperator += Number(statement.platformFeeMicroEuro)
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
      sum: paidOf(total) + Object.values(counterparties).reduce((sum, amount) => sum + amount, 0),
    },
    clearings: rows.sessions.map((session) => ({
      period: session.period,
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      volumeWh: Number(session.volumeWh ?? 0n),
      orders: session.orderCount,
    })),
    settlements: rows.runs.map(({ day, run, statementCount, totalMicroEuro }) => ({
      day: new Date(day * 86_400_000).toISOString().slice(0, 10),
      run: RUNS[run] ?? 'final',
      statements: statementCount,
      paidMicroEuro: Number(totalMicroEuro),
    })),
    gaps: gapsOf(rows, sources, nameOf),
    gas: gasOf(rows, recording.households.length * periods),
    devices: await deviceLinesOf(sources.store, firstPeriod, periods),
    ...(sources.limit === undefined ? {} : { flexibility: await flexibilityOf(rows, sources, sources.limit) }),
    invariants: await checkInvariants(rows, sources),
    wallSeconds: sources.wallSeconds,
  }
}

async function flexibilityOf(rows: Rows, sources: ReportSources, limit: FeederLimit): Promise<FlexibilityLine> {
  const { firstPeriod } = sources.recording
  const positionOf = new Map(sources.memberIds.map((memberId, position) => [memberId, position]))
  const plannedWh = (memberId: number, period: number) =>
    limit.unmanagedWh[positionOf.get(memberId)!]![period - firstPeriod]!
  const bought = limit.isBoughtAgainst ? await boughtFlexibilityOf(sources, rows, plannedWh) : null
  return flexibilityLineOf(rows, limit, bought)
}

const RUNS = ['initial', 'corrected', 'final'] as const

/** What trading costs on the ledger; everything else is the set-up. */
const TRADING_FUNCTIONS = {
  keys: ['tradingDays.publishKeys'],
  orders: ['callAuction.closeGate', 'callAuction.clear', 'callAuction.commitOrder', 'callAuction.openOrder'],
  readings: ['meterReadings.commitReadings', 'meterReadings.correctReadings'],
  settlement: ['settlement.commitStatements', 'settlement.payRun'],
} as const

function gasOf(rows: Rows, householdPeriods: number): Report['gas'] {
  const gas = new Map<string, number>()
  let all = 0
  for (const transaction of rows.transactions) {
    const name = `${transaction.contract ?? ''}.${transaction.function ?? ''}`
    gas.set(name, (gas.get(name) ?? 0) + Number(transaction.gasUsed))
    all += Number(transaction.gasUsed)
  }
  const usedFor = (part: keyof typeof TRADING_FUNCTIONS) =>
    TRADING_FUNCTIONS[part].reduce((sum, name) => sum + (gas.get(name) ?? 0), 0)
  const total = usedFor('keys') + usedFor('orders') + usedFor('readings') + usedFor('settlement')
  const each = (amount: number, count: number) => (count === 0 ? null : Math.round(amount / count))
  const households = rows.members.filter(({ kind }) => kind === 'household').length
  const days = new Set(rows.runs.map(({ day }) => day)).size
  return {
    perOrder: each(usedFor('orders'), rows.fills.length),
    perReading: each(usedFor('readings'), rows.leaves.length),
    perHouseholdPeriod: Math.round(total / householdPeriods),
    perKeyDay: each(usedFor('keys'), households * days),
    perStatementDay: each(usedFor('settlement'), households * days),
    total,
    setUp: all - total,
  }
}

function gapsOf(
  rows: Rows,
  { recording, memberIds }: ReportSources,
  nameOf: ReadonlyMap<number, string>,
): Report['gaps'] {
  const metered = rows.leaves.filter(({ quality }) => quality === 'metered')
  const known = new Set(metered.map(({ memberId, period }) => `${memberId}:${period}`))
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

/** What the lines come to; the tariff alone is what they are compared with. */
export function paidOf({ market, imbalance, gridTariff, levies, platformFee }: MoneyLines): number {
  return market + imbalance + gridTariff + levies + platformFee
}

function noMoney(): MoneyLines {
  return { market: 0, imbalance: 0, gridTariff: 0, levies: 0, platformFee: 0, tariffOnly: 0 }
}

function addMoney(lines: MoneyLines, statement: Rows['statements'][number]): void {
  lines.market += Number(statement.energyMicroEuro)
  lines.imbalance += Number(statement.imbalanceMicroEuro)
  lines.gridTariff += Number(statement.gridTariffMicroEuro)
  lines.levies += Number(statement.leviesMicroEuro)
  lines.platformFee += Number(statement.platformFeeMicroEuro)
  lines.tariffOnly += Number(statement.tariffOnlyMicroEuro ?? 0n)
}

function addLines(one: MoneyLines, other: MoneyLines): MoneyLines {
  const names = Object.keys(one) as (keyof MoneyLines)[]
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as MoneyLines
}
