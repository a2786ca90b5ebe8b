import type { HouseholdPeriod, HouseholdPeriodPage, SessionState } from '../../lib/api-client.ts'
import { energyFlowsOf, type EnergyFlows } from '../../../../services/domain/neighbourhood/energy-flows.ts'
import { quarterHourStatementOf, type QuarterHourStatement } from './statement-lines.ts'

export type QuarterHour = {
  readonly period: number
  readonly state: SessionState
  /** Whether the meters have spoken: only then does a missing reading mean `no reading`. */
  readonly isMetered: boolean
  readonly bought: bigint
  readonly sold: bigint
  /** Wh; null where there is no reading, or none yet. */
  readonly metered: { readonly import: bigint; readonly export: bigint } | null
  /** Whether the reading was missing and worked out by rule. */
  readonly isEstimated: boolean
  readonly flows: EnergyFlows | null
  /** Micro-euro per kWh. */
  readonly price: bigint | null
  /** Null until the market operator drew it up. */
  readonly statement: QuarterHourStatement | null
}

export type QuarterHours = {
  readonly items: readonly QuarterHour[]
  /** Where the page of earlier ones begins; null on the last. */
  readonly earlier: number | null
}

/** A household's delivery periods as the api lists them, newest first. */
export function quarterHoursOf(page: HouseholdPeriodPage): QuarterHours {
  return { items: page.items.map(quarterHourOf), earlier: page.nextBefore }
}

function quarterHourOf(item: HouseholdPeriod): QuarterHour {
  const bought = BigInt(item.boughtWh)
  const sold = BigInt(item.soldWh)
  const metered = item.reading && { import: BigInt(item.reading.importWh), export: BigInt(item.reading.exportWh) }
  return {
    period: item.period,
    state: item.sessionState,
    isMetered: item.sessionState === 'metered' || item.sessionState === 'settled',
    bought,
    sold,
    metered,
    isEstimated: item.reading?.quality === 'estimated',
    flows: metered && energyFlowsOf(metered, bought, sold),
    price: item.priceMicroEuroPerKwh === null ? null : BigInt(item.priceMicroEuroPerKwh),
    statement: item.statement && quarterHourStatementOf(item.statement),
  }
}

/** What the chart draws of a quarter-hour, in kWh: into the home above zero, out of it below. */
export type ChartQuarterHour = {
  readonly period: number
  readonly fromNeighbours: number | null
  readonly fromGrid: number | null
  readonly toNeighbours: number | null
  readonly toGrid: number | null
  /** Zero where there is no reading: where the chart puts its mark. */
  readonly noReading: 0 | null
}

/** Ascending, without the quarter-hours that are not metered yet. */
export function chartQuarterHoursOf(items: readonly QuarterHour[]): ChartQuarterHour[] {
  return items
    .filter(({ isMetered, flows }) => isMetered || flows !== null)
    .map(({ period, flows }) => ({
      period,
      fromNeighbours: flows && Number(flows.fromNeighbours) / 1e3,
      fromGrid: flows && Number(flows.fromGrid) / 1e3,
      toNeighbours: flows && -Number(flows.toNeighbours) / 1e3,
      toGrid: flows && -Number(flows.toGrid) / 1e3,
      noReading: flows === null ? (0 as const) : null,
    }))
    .sort((left, right) => left.period - right.period)
}
