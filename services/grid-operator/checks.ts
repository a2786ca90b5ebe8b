import { DomainError } from '../domain/errors.ts'
import { flowSeriesOf } from '../domain/flexibility/baseline/period-flow.ts'
import type { PastForecast } from '../domain/flexibility/forecast/forecast-error.ts'
import {
  afterCalls,
  forecastPoint,
  loadingOf,
  withoutCalls,
  type PointConnection,
  type PointForecast,
} from '../domain/flexibility/forecast/point-forecast.ts'
import { proposeRequests } from '../domain/flexibility/forecast/request-proposal.ts'
import { needOf, type RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import {
  deliveryPeriod,
  deliveryPeriodAt,
  firstPeriodOf,
  lastPeriodOf,
  PERIODS_PER_DAY,
  startOf,
  startOfDay,
  tradingDay,
  tradingDayAt,
  type DeliveryPeriod,
  type SignedWh,
  type TradingDay,
} from '../domain/units.ts'
import type { ManagedPoint } from './market.ts'
import type { Operation } from './operation.ts'

/** So many days of readings a forecast rests on. */
const LOOK_BACK_DAYS = 28
const SECONDS_PER_HOUR = 3_600

/**
 * Looks once in every delivery period at what the congestion points are going to carry: the day after from an hour of the day
 * on, what is left of today and of the day after again every few periods. Proposes a request where more is needed than was
 * asked for before; resolves to whether it looked.
 */
export function createChecks(operation: Operation): () => Promise<boolean> {
  const { clock, market, announce, settings } = operation
  let last = -1
  const unforecast = new Set<string>()
  return async () => {
    const now = clock.now()
    const period = deliveryPeriodAt(now)
    if (period <= last) return false
    const today = tradingDayAt(now)
    const isDayAheadDue = now >= startOfDay(today) + settings.dayAheadHour * SECONDS_PER_HOUR
    const days = isDayAheadDue ? [today, tradingDay(today + 1)] : [today]
    const isIntraday = settings.intradayPeriods > 0 && period % settings.intradayPeriods === 0
    for (const point of await market.listPoints()) {
      for (const day of days) await checkDay(operation, point, day, { now, isIntraday, unforecast })
    }
    last = period
    const open = (await market.listRequests()).filter(({ revealUntil }) => revealUntil >= now)
    announce.checked({ deliveryPeriod: period, day: days.at(-1)!, requests: open.map(({ requestId }) => requestId) })
    return true
  }
}

type Look = {
  readonly now: number
  readonly isIntraday: boolean
  /** Points and days of which it was said already that they cannot be forecast yet. */
  readonly unforecast: Set<string>
}

/** Forecasts what is left of the day, unless that was done and it is not time for it again, and proposes what is needed. */
async function checkDay(
  operation: Operation,
  managed: ManagedPoint,
  day: TradingDay,
  { now, isIntraday, unforecast }: Look,
): Promise<void> {
  const { records, log } = operation
  const { pointId } = managed
  const periods = orderablePeriodsOf(operation, day, now)
  if (periods.length === 0) return
  const known = await records.readFirstForecasts(pointId, periods[0]!, periods.at(-1)!)
  const isFirst = known.length < periods.length
  if (!isFirst && !isIntraday) return
  const forecasts = await forecastNow(operation, managed, periods).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'forecast-without-history') throw error
    const key = `${pointId}:${day}`
    if (!unforecast.has(key)) {
      unforecast.add(key)
      log.info({ pointId, day, code: error.code }, `${managed.point.address} cannot be forecast yet: ${error.message}`)
    }
    return null
  })
  if (forecasts === null) return
  await records.keepForecast(pointId, now, forecasts)
  const calls = await operation.market.listCalls(pointId, periods[0]!, periods.at(-1)!)
  await propose(operation, managed, day, { now, forecasts: afterCalls(forecasts, calls) })
}

/** Those of the day for which an order can still come in time. */
export function orderablePeriodsOf(
  { settings }: Pick<Operation, 'settings'>,
  day: TradingDay,
  now: number,
): DeliveryPeriod[] {
  const earliest = now + settings.offerSeconds + settings.openingSeconds
  return Array.from({ length: PERIODS_PER_DAY }, (_, index) => deliveryPeriod(firstPeriodOf(day) + index)).filter(
    (period) => startOf(period) > earliest,
  )
}

async function forecastNow(
  { records, settings, calendar, market, clock }: Operation,
  { pointId, area, effectOf }: ManagedPoint,
  periods: readonly DeliveryPeriod[],
): Promise<PointForecast[]> {
  const members = [...effectOf.keys()]
  const knownUntil = deliveryPeriod(deliveryPeriodAt(clock.now()) - 1)
  const first = deliveryPeriod(Math.max(0, periods[0]! - LOOK_BACK_DAYS * PERIODS_PER_DAY))
  const [flows, named] = await Promise.all([
    records.readFlows(area, members, first, knownUntil),
    records.readNamed(members, periods),
  ])
  const connections = members.map((member): PointConnection => {
    const series = flowSeriesOf(flows.get(member) ?? [])
    const metered = new Map<DeliveryPeriod, SignedWh>(Array.from(series, ([period, { flow }]) => [period, flow]))
    return { effectPpm: effectOf.get(member)!, named: named.get(member) ?? new Map(), metered }
  })
  const [calls, forecasts] = await Promise.all([
    market.listCalls(pointId, first, knownUntil),
    records.readFirstForecasts(pointId, first, knownUntil),
  ])
  const realised = withoutCalls(loadingOf(connections), calls)
  const past = forecasts.flatMap(({ period, expected }): PastForecast[] => {
    const power = realised.get(period)
    return power === undefined ? [] : [{ period, forecast: expected, realised: power }]
  })
  const { riskPermille, marginW } = settings
  return forecastPoint({ calendar, periods, connections, knownUntil, past, riskPermille, marginW })
}

async function propose(
  operation: Operation,
  { pointId, point }: ManagedPoint,
  day: TradingDay,
  { now, forecasts }: { readonly now: number; readonly forecasts: readonly PointForecast[] },
): Promise<void> {
  const { market, records, settings, log } = operation
  // What portfolios are fit for here comes first, so that a community's point asks by the community's product.
  const products = [...(await market.listProductsAt(pointId)), ...(await market.listProducts())]
  for (const { direction, periods } of proposeRequests(point, forecasts, settings.stepW)) {
    const product = products.find((one) => one.direction === direction)
    const worst = periods.reduce((most, period) => Math.max(most, Number(needOf(period)?.power ?? 0n)), 0)
    if (product === undefined) {
      log.warn(
        { pointId, day, direction },
        `${point.address} needs ${worst} W, and there is no product to ${direction}`,
      )
      continue
    }
    const wanted = periodsInTime(periods, product, now, settings)
    if (wanted === null || !(await isNews(operation, { pointId, product, day }, wanted))) continue
    const proposalId = `${pointId}:${product.id}:${day}:${deliveryPeriodAt(now)}`
    const proposal = {
      ...{ proposalId, pointId, productId: Number(product.id), day, direction },
      ...{ priceCap: settings.priceCap, periods: wanted },
    }
    await records.addProposal(proposal, settings.approval === 'rule')
    log.info({ pointId, day, proposalId }, `${point.address} is going to need up to ${worst} W to ${direction}`)
  }
}

/** Without the periods for which the product's lead time leaves none to offer and to order; null where nothing is left. */
function periodsInTime(
  periods: readonly RequestedPeriod[],
  { activationLeadSeconds }: FlexProduct,
  now: number,
  { offerSeconds, openingSeconds }: Operation['settings'],
): readonly RequestedPeriod[] | null {
  const earliest = now + offerSeconds + openingSeconds + activationLeadSeconds
  const inTime = periods.filter(({ period }) => startOf(period) > earliest)
  return inTime.some((period) => needOf(period) !== null) ? inTime : null
}

/** Nothing is asked for twice: neither what is being asked for, nor what nobody offered before. */
async function isNews(
  { market, records, settings }: Operation,
  { pointId, product, day }: { readonly pointId: number; readonly product: FlexProduct; readonly day: TradingDay },
  periods: readonly RequestedPeriod[],
): Promise<boolean> {
  const productId = Number(product.id)
  if ((await records.countOpenProposals(pointId, productId, day)) > 0) return false
  const [first, last] = [firstPeriodOf(day), lastPeriodOf(day)]
  const unmet = new Map<DeliveryPeriod, bigint>()
  for (const made of await market.listRequests()) {
    const isOfDay = made.request.periods.some(({ period }) => first <= period && period <= last)
    if (made.pointId !== pointId || made.productId !== productId || made.state !== 'open' || !isOfDay) continue
    const selection = await records.readSelection(made.requestId)
    if (selection === null || !selection.isDone) return false
    for (const { period, power } of selection.unmet) {
      if (power > (unmet.get(period) ?? 0n)) unmet.set(period, power)
    }
  }
  return periods.some((period) => (needOf(period)?.power ?? 0n) >= (unmet.get(period.period) ?? 0n) + settings.stepW)
}
