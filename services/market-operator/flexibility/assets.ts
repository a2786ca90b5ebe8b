import { DomainError } from '../../domain/errors.ts'
import { baselineOf, type Baseline } from '../../domain/flexibility/baseline/baseline.ts'
import type { BaselineCase, ControlMember } from '../../domain/flexibility/baseline/baseline-case.ts'
import { encodeBaselineSource } from '../../domain/flexibility/baseline/baseline-source.ts'
import type { LocalCalendar } from '../../domain/flexibility/baseline/local-calendar.ts'
import { fallbackOf, type BaselineMethod } from '../../domain/flexibility/baseline/baseline-method.ts'
import { flowSeriesOf } from '../../domain/flexibility/baseline/period-flow.ts'
import { congestionCuredBy, powerIn } from '../../domain/flexibility/flex-direction.ts'
import { sourceHashOf, type AssetReading } from '../../domain/flexibility/settlement/flex-leaves.ts'
import {
  deliveryPeriod,
  deliveryPeriodAt,
  energyWh,
  PERIODS_PER_DAY,
  signedWh,
  startOf,
  tradingDayOf,
  type DeliveryPeriod,
} from '../../domain/units.ts'
import { sourceKeyOf, type BookedOrder, type FlexBooks } from './books.ts'

export type DrawnAssets = {
  /** By period of the order's calls, ascending by member. */
  readonly byPeriod: ReadonlyMap<DeliveryPeriod, readonly Omit<AssetReading, 'attributed'>[]>
  /** By `sourceKeyOf`. */
  readonly sources: ReadonlyMap<string, string>
}

type Drawing = {
  readonly books: FlexBooks
  readonly calendar: LocalCalendar
  readonly area: number
  /** Unix seconds: on the versions of readings that were the latest then. */
  readonly readingsAt: number
}

/** Days before the activation that a baseline may look back to beyond what its method says, for the offset of the local day. */
const MARGIN_DAYS = 2

/** What each member of the order's portfolio was metered at in each period that it calls, beside its baseline. */
export async function drawAssets(drawing: Drawing, order: BookedOrder): Promise<DrawnAssets> {
  const { books, area, readingsAt } = drawing
  if (order.isCancelled) return { byPeriod: new Map(order.calls.map(({ period }) => [period, []])), sources: new Map() }
  const membersOf = new Map<DeliveryPeriod, readonly number[]>()
  for (const { period } of order.calls) {
    membersOf.set(period, await books.membersAt(order.portfolioId, Number(order.product.id), startOf(period)))
  }
  const members = [...new Set([...membersOf.values()].flat())].sort((one, other) => one - other)
  const window = windowOf(order)
  const flows = await books.readFlowsAt(area, members, window, readingsAt)
  const baselines = await baselinesOf(drawing, order, members, flows)
  const sources = new Map<string, string>()
  const byPeriod = new Map<DeliveryPeriod, Omit<AssetReading, 'attributed'>[]>()
  for (const { period } of order.calls) {
    const asked = await books.readAsked(order.orderId, period)
    const assets = membersOf.get(period)!.map((memberId): Omit<AssetReading, 'attributed'> => {
      const reading = flows.get(memberId)?.find((flow) => flow.period === period)
      const baseline = baselines.get(memberId) ?? null
      const source = baseline && encodeBaselineSource(baseline, period)
      if (source !== null) sources.set(sourceKeyOf(order.orderId, period, memberId), source)
      return {
        memberId,
        baseline: baseline?.periods.find((one) => one.period === period)?.baseline ?? null,
        realised: reading?.flow ?? signedWh(0n),
        quality: reading?.quality ?? 'none',
        readingVersion: reading?.version ?? 0,
        asked: asked.get(memberId) ?? energyWh(0n),
        source: source && sourceHashOf(source),
      }
    })
    byPeriod.set(period, assets)
  }
  return { byPeriod, sources }
}

async function baselinesOf(
  { books, calendar, area, readingsAt }: Drawing,
  order: BookedOrder,
  members: readonly number[],
  flows: Awaited<ReturnType<FlexBooks['readFlowsAt']>>,
): Promise<ReadonlyMap<number, Baseline | null>> {
  const { product, portfolioId } = order
  const activated = activatedOf(order)
  const window = windowOf(order)
  const days = [...new Set(activated.map(tradingDayOf))]
  const productId = Number(product.id)
  const nominations = await Promise.all(days.map((day) => books.readNominations(portfolioId, productId, day)))
  const controlled = usesControlGroup(product.baseline) ? await books.listControlGroup(area, days[0]!) : []
  const controls = controlled.filter((member) => !members.includes(member))
  const [called, controlFlows] = await Promise.all([
    books.readCalledPeriods([...members, ...controls], window.first, window.last),
    books.readFlowsAt(area, controls, window, readingsAt),
  ])
  const controlGroup = controls.map((member): ControlMember => ({
    id: String(member),
    flows: flowSeriesOf(controlFlows.get(member) ?? []),
    activations: called.get(member) ?? [],
  }))
  return new Map(
    members.map((member) => [
      member,
      baselineOrNone(product.baseline, {
        ...{ calendar, activated, controlGroup, notifiedAt: order.orderedAt },
        direction: congestionCuredBy(product.direction),
        flows: flowSeriesOf(flows.get(member) ?? []),
        activations: (called.get(member) ?? []).filter((period) => !activated.includes(period)),
        nominations: nominations.flatMap((day) => day.get(member) ?? []),
      }),
    ]),
  )
}

/** Null where the member's data give none: nothing counts for such a member. */
function baselineOrNone(method: BaselineMethod, activation: BaselineCase): Baseline | null {
  try {
    return baselineOf(method, activation)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    if (error.code.startsWith('nomination-') || isMissing(error.code)) return null
    throw error
  }
}

function isMissing(code: string): boolean {
  return code.startsWith('baseline-') && code !== 'baseline-method-invalid'
}

/** All periods of the order in which something is owed, those of other days too: they are one activation. */
function activatedOf({ periods, product }: BookedOrder): DeliveryPeriod[] {
  return periods.filter(({ power }) => powerIn(product.direction, power) > 0n).map(({ period }) => period)
}

/** From which readings a baseline of the order may be found. */
function windowOf(order: BookedOrder): { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod } {
  const activated = activatedOf(order)
  const { before, after } = reachOf(order.product.baseline)
  const notified = deliveryPeriodAt(order.orderedAt)
  return {
    first: deliveryPeriod(Math.max(0, Math.min(activated[0]!, notified) - before)),
    last: deliveryPeriod(activated.at(-1)! + after),
  }
}

/** Periods that the method and its fallbacks look back and ahead. */
function reachOf(method: BaselineMethod): { readonly before: number; readonly after: number } {
  const fallback = fallbackOf(method)
  const later = fallback === null ? { before: 0, after: 0 } : reachOf(fallback)
  const own = ownReachOf(method)
  return { before: Math.max(own.before, later.before), after: Math.max(own.after, later.after) }
}

function ownReachOf(method: BaselineMethod): { readonly before: number; readonly after: number } {
  switch (method.name) {
    case 'nomination':
      return { before: 0, after: 0 }
    case 'meter-before-meter-after':
      return { before: method.periodsBefore, after: method.periodsAfter }
    case '10-of-10':
    case 'high-5-of-10':
    case 'control-group':
      return { before: (method.lookBackDays + MARGIN_DAYS) * PERIODS_PER_DAY, after: 0 }
  }
}

function usesControlGroup(method: BaselineMethod): boolean {
  const fallback = fallbackOf(method)
  return method.name === 'control-group' || (fallback !== null && usesControlGroup(fallback))
}
