import { accuracyWith, NO_TRIALS } from '../domain/flexibility/baseline/accuracy.ts'
import { baselineVersionOf, fallbackOf, type BaselineMethod } from '../domain/flexibility/baseline/baseline-method.ts'
import type { ControlMember } from '../domain/flexibility/baseline/baseline-case.ts'
import {
  coversDay,
  localDayAfter,
  localDayOf,
  localQuarterHourOf,
  type LocalDay,
} from '../domain/flexibility/baseline/local-calendar.ts'
import { flowSeriesOf, type FlowSeries } from '../domain/flexibility/baseline/period-flow.ts'
import { trialDayOf } from '../domain/flexibility/baseline/trial.ts'
import { congestionCuredBy } from '../domain/flexibility/flex-direction.ts'
import { baselineInflationFindingOf } from '../domain/flexibility/gaming/baseline-inflation.ts'
import { GUARD_THRESHOLDS, type Finding } from '../domain/flexibility/gaming/finding.ts'
import type { GuardedAsset, PastActivation } from '../domain/flexibility/gaming/guarded-asset.ts'
import { raisedBeforeEventFindingsOf } from '../domain/flexibility/gaming/raised-before-event.ts'
import { withheldDaysFindingOf } from '../domain/flexibility/gaming/withheld-days.ts'
import { withheldWindowsFindingOf } from '../domain/flexibility/gaming/withheld-windows.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import { deliveryPeriod, deliveryPeriodAt, PERIODS_PER_DAY, type DeliveryPeriod } from '../domain/units.ts'
import { watchOffers } from './inc-dec-guard.ts'
import type { ManagedPoint } from './market.ts'
import type { Operation } from './operation.ts'

/** How far back activations and readings are looked at. */
const LOOK_BACK_DAYS = 90
const ADJACENT_DAYS = 3
const FEWEST_CONTROLS = 3
/** An asset is tried in the hours in which it was called, or in the evening where it was not yet. */
const EVENING = Array.from({ length: 12 }, (_, index) => 68 + index)
const ADJUSTMENT = { kind: 'additive', capPercent: 20, windowPeriods: 8, gapPeriods: 4 } as const
/** Beside the product's own, so that the DSO can choose by figures. */
const COMPARED: readonly BaselineMethod[] = [
  { name: 'meter-before-meter-after', periodsBefore: 4, periodsAfter: 4 },
  { name: '10-of-10', lookBackDays: 45, adjustment: ADJUSTMENT, fallback: null },
  { name: 'high-5-of-10', lookBackDays: 45, adjustment: ADJUSTMENT, fallback: null },
]

type Watched = {
  readonly product: FlexProduct
  readonly memberId: number
  readonly asset: GuardedAsset
  /** The last local day that is over, of which readings are there. */
  readonly lastDay: LocalDay
}

/**
 * Once a day and for each of the DSO's products, looks at all homes that were called: whether what they used looks like
 * gaming, which is kept with its evidence for the DSO to judge, and how right each baseline method would have been on the last
 * day. Resolves to whether it looked.
 */
export function createGuards(operation: Operation): () => Promise<boolean> {
  const { clock, calendar, market } = operation
  let lookedOn: LocalDay | null = null
  return async () => {
    const now = deliveryPeriodAt(clock.now())
    // Readings of the day before are late by some hours at most.
    const { day: today, quarter } = localQuarterHourOf(calendar, now)
    if (today === lookedOn || quarter < PERIODS_PER_DAY / 2) return false
    for (const product of await market.listProducts()) {
      for (const point of await market.listPoints()) await watchPoint(operation, product, point, now)
    }
    lookedOn = today
    return true
  }
}

async function watchPoint(
  operation: Operation,
  product: FlexProduct,
  point: ManagedPoint,
  now: DeliveryPeriod,
): Promise<void> {
  const { records, calendar } = operation
  const { area, effectOf } = point
  const first = deliveryPeriod(Math.max(calendar.firstPeriod, now - LOOK_BACK_DAYS * PERIODS_PER_DAY))
  await watchOffers(operation, product, point, { first, last: now })
  const members = [...effectOf.keys()]
  const activations = await records.readActivations(Number(product.id), first, now)
  const called = members.filter((member) => activations.has(member))
  if (called.length === 0) return
  const flows = await records.readFlows(area, members, first, now)
  const seriesOf = (member: number): FlowSeries => flowSeriesOf(flows.get(member) ?? [])
  const controlGroup = members
    .filter((member) => !activations.has(member))
    .map((member): ControlMember => ({ id: String(member), flows: seriesOf(member), activations: [] }))
  for (const memberId of called) {
    const asset: GuardedAsset = {
      ...{ calendar, direction: congestionCuredBy(product.direction), flows: seriesOf(memberId), controlGroup },
      ...{ activations: activations.get(memberId)!, otherActivations: [], fewestMembers: FEWEST_CONTROLS },
    }
    await watchAsset(operation, { product, memberId, asset, lastDay: localDayAfter(localDayOf(calendar, now), -1) })
  }
}

async function watchAsset(operation: Operation, watched: Watched): Promise<void> {
  const { records, log } = operation
  const { product, memberId } = watched
  for (const finding of findingsOf(watched)) {
    await records.keepFinding(Number(product.id), memberId, finding)
    log.warn(
      { memberId, productId: product.id, kind: finding.kind, rule: finding.rule },
      `member ${memberId}: ${finding.kind}, ${finding.conspicuousPairs} of ${finding.pairs} comparisons; look at the evidence`,
    )
  }
  for (const method of methodsOf(product)) await tryMethod(operation, watched, method)
}

/** What the guards say of an asset that was called. */
export function findingsOf({ product, asset, lastDay }: Watched): Finding[] {
  const thresholds = GUARD_THRESHOLDS
  const { lookBackDays, ...window } = windowOf(product.baseline)
  const search = { ...window, lookBackDays, thresholds }
  const firstDay = localDayAfter(lastDay, -lookBackDays)
  const isCovered = coversDay(asset.calendar, firstDay)
  const found = [
    baselineInflationFindingOf(asset, { adjacentDays: ADJACENT_DAYS, lookBackDays, thresholds }),
    withheldWindowsFindingOf(asset, search),
    isCovered
      ? withheldDaysFindingOf(asset, { firstDay, lastDay, quarters: quartersOf(asset), lookBackDays, thresholds })
      : null,
  ]
  return [...raisedBeforeEventFindingsOf(asset, search), ...found.filter((finding) => finding !== null)]
}

/** The periods before a notification that decide about a baseline, and how far days are looked back. */
function windowOf(method: BaselineMethod): { windowPeriods: number; gapPeriods: number; lookBackDays: number } {
  const usual = { windowPeriods: ADJUSTMENT.windowPeriods, gapPeriods: ADJUSTMENT.gapPeriods, lookBackDays: 45 }
  if (method.name === 'meter-before-meter-after') {
    return { ...usual, windowPeriods: Math.max(1, method.periodsBefore), gapPeriods: 0 }
  }
  if (method.name !== '10-of-10' && method.name !== 'high-5-of-10') return usual
  const { windowPeriods, gapPeriods } = method.adjustment ?? usual
  return { windowPeriods, gapPeriods, lookBackDays: method.lookBackDays }
}

function quartersOf({ calendar, activations }: Pick<GuardedAsset, 'calendar' | 'activations'>): readonly number[] {
  const quarters = activations.flatMap(({ activated }) =>
    activated.map((period) => localQuarterHourOf(calendar, period).quarter),
  )
  return quarters.length === 0 ? EVENING : [...new Set(quarters)].sort((one, other) => one - other)
}

/** The product's own and its fallbacks, and those that it is compared with; each formula once. Nominations are no formula. */
function methodsOf({ baseline }: FlexProduct): BaselineMethod[] {
  const own: BaselineMethod[] = []
  for (let next: BaselineMethod | null = baseline; next !== null; next = fallbackOf(next)) own.push(next)
  const alone = own.map((method) => ('fallback' in method ? { ...method, fallback: null } : method))
  const all = [...alone, ...COMPARED].filter(({ name }) => name !== 'nomination')
  return all.filter((method, index) => all.findIndex(({ name }) => name === method.name) === index)
}

/** Adds the last day to what is known of the method, unless it is in it or there was an activation. */
async function tryMethod({ records }: Operation, watched: Watched, method: BaselineMethod): Promise<void> {
  const { product, memberId, asset, lastDay } = watched
  const key = { productId: Number(product.id), memberId, version: baselineVersionOf(method) }
  const known = await records.readAccuracy(key)
  if (known !== null && known.lastDay >= lastDay) return
  const activations = asset.activations.flatMap(({ activated }: PastActivation) => activated)
  const trial = trialDayOf(
    method,
    { ...asset, activations, nominations: [] },
    { day: lastDay, quarters: quartersOf(asset), noticeSeconds: product.activationLeadSeconds },
  )
  if (trial === null) return
  await records.keepAccuracy(key, accuracyWith(known?.accuracy ?? NO_TRIALS, trial), lastDay)
}
