import { peakOf, periodsAbove } from './feeder/feeder-plan.ts'
import type { BoughtFlexibility } from './bought-flexibility.ts'
import type { Rows } from './report-rows.ts'

/** What a feeder may draw, and what it would have drawn if no device had been told anything, by period, in W. */
export type FeederLimit = {
  readonly limitW: number
  readonly unmanagedW: readonly number[]
  /** The same by the home's position and then by period, as net flow in Wh. */
  readonly unmanagedWh: readonly (readonly number[])[]
  /** Whether flexibility is bought against it. */
  readonly isBoughtAgainst: boolean
}

/** What became of a feeder's overload: powers are means of a period, in W; money is positive where it is paid. */
export type FlexibilityLine = {
  readonly limitW: number
  /** Periods in which more was to be drawn than the limit, and in which it was by the meters. */
  readonly overloadPeriodsUnmanaged: number
  readonly overloadPeriods: number
  readonly peakWUnmanaged: number
  readonly peakW: number
} & { readonly [Key in keyof BoughtFlexibility]: BoughtFlexibility[Key] | null }

/** Where nothing was to be bought. */
const NOTHING_BOUGHT: { readonly [Key in keyof BoughtFlexibility]: null } = {
  orderedWh: null,
  deliveredWh: null,
  costMicroEuro: null,
  leastCostMicroEuro: null,
  paidMicroEuro: null,
  worstHouseholdChangeMicroEuro: null,
  requests: null,
}

export function flexibilityLineOf(
  { leavesOf }: Pick<Rows, 'leavesOf'>,
  limit: FeederLimit,
  bought: BoughtFlexibility | null,
): FlexibilityLine {
  const { limitW, unmanagedW } = limit
  const meteredW = [...leavesOf.values()].map((leaves) => {
    const netWh = leaves.reduce(
      (sum, leaf) => sum + leaf.importEndWh - leaf.importStartWh - (leaf.exportEndWh - leaf.exportStartWh),
      0n,
    )
    return 4 * Number(netWh)
  })
  return {
    limitW,
    overloadPeriodsUnmanaged: periodsAbove(unmanagedW, limitW),
    overloadPeriods: periodsAbove(meteredW, limitW),
    peakWUnmanaged: peakOf(unmanagedW),
    peakW: peakOf(meteredW),
    ...(bought ?? NOTHING_BOUGHT),
  }
}
