import { deliveryPeriod, powerW, SECONDS_PER_PERIOD, signedW, type PowerW, type Rate } from '../../units.ts'
import { deviationOf, powerIn, type FlexDirection } from '../flex-direction.ts'
import { activationFactor, powerAt, type ActivationFactor } from '../trading/activation-factor.ts'
import type { FlexOption, FlexPower } from '../trading/flex-offer.ts'
import { flexPrice } from '../trading/flex-price.ts'
import { needOf, type RequestedPeriod } from '../trading/flex-request.ts'
import type { FlexProduct } from '../trading/product.ts'
import { heldWish, movedOf, rescheduled, type FlexibleDevice, type FlexWish } from './device-flexibility.ts'
import { mostPriceOf, offerPriceOf, unitPriceOf, type PoolTerms } from './offer-price.ts'
import { reliablePowerOf } from './pool-size.ts'

/** A device that an aggregator may call. */
export type PoolAsset = {
  readonly flexibility: FlexibleDevice
  readonly reliabilityPermille: number
  /** What its owner asks for a kWh that it moves, in micro-euro. */
  readonly ask: Rate
}

/** What a pool answers: a request, its product, and for how much of it the portfolio is prequalified. */
export type PoolRequest = {
  readonly product: Pick<FlexProduct, 'direction' | 'minimumSize' | 'longestActivationSeconds' | 'recoverySeconds'>
  /** Ascending. */
  readonly periods: readonly RequestedPeriod[]
  readonly priceCap: Rate
  readonly effectPpm: number
  readonly prequalified: PowerW
}

export type PoolPolicy = PoolTerms & {
  /** How likely all of an offer is delivered, in thousandths. */
  readonly targetPermille: number
  readonly mostOffers: number
}

/** An offer of some of the pool's devices; its options use the same devices, and so exclude each other. */
export type PoolOffer = {
  readonly devices: readonly string[]
  readonly options: readonly Omit<FlexOption, 'reference'>[]
}

/** W by period. */
type Powers = ReadonlyMap<number, number>

const MOST_OPTIONS = 10

/**
 * What a pool offers for a request: devices whose owners ask the same make an offer of their own, so that the buyer can take
 * them by merit, and those that are too few for the product's minimum size join the next dearer ones. Each offer has an option for all of the
 * requested periods, and others for parts of them in which the devices last for more power. What is offered is delivered with
 * the target reliability; what devices take later or earlier instead is offered as rebound, within the room that the request
 * leaves; behind its last period they do as they must. No option is dearer than the request's cap, and together the offers
 * are no more than is prequalified. Throws `pool-fee-covers-nothing` and `pool-target-invalid`.
 */
export function offersOfPool(
  assets: readonly PoolAsset[],
  request: PoolRequest,
  policy: PoolPolicy,
): readonly PoolOffer[] {
  const left = new Map<number, number>()
  const room = roomOf(request)
  for (const { period } of request.periods) left.set(period, Number(request.prequalified))
  const offers: PoolOffer[] = []
  let waiting: readonly PoolAsset[] = []
  for (const group of groupsOf(assets, policy.mostOffers)) {
    const pooled = [...waiting, ...group]
    const options = optionsOf(pooled, { request, policy, left, room })
    if (options.length === 0) {
      waiting = pooled
      continue
    }
    waiting = []
    offers.push({ devices: pooled.map(({ flexibility }) => flexibility.device), options })
    for (const [period, powerW] of largestOf(options, request.product.direction, 'along')) {
      left.set(period, left.get(period)! - powerW)
    }
    for (const [period, powerW] of largestOf(options, request.product.direction, 'against')) {
      room.set(period, room.get(period)! - powerW)
    }
  }
  return offers
}

/** Whether the devices deliver all of an option with the target reliability, as they can now. */
export function coversOption(
  assets: readonly PoolAsset[],
  { periods }: Pick<FlexOption, 'periods'>,
  request: PoolRequest,
  targetPermille: number,
): boolean {
  const { direction } = request.product
  const offered = periods.flatMap(({ period, power }): [number, PowerW][] => {
    const along = powerIn(direction, power)
    return along > 0n ? [[period, along]] : []
  })
  const window = new Set(offered.map(([period]) => period))
  const left = new Map(offered.map(([period, power]) => [period, Number(power)]))
  const { along } = poolPowersOf(assets, window, { request, policy: { targetPermille }, left, room: roomOf(request) })
  return offered.every(([period, power]) => (along.get(period) ?? 0) >= power)
}

/** By what owners ask, the cheapest first; neighbours share a group where there are more prices than offers. */
function groupsOf(assets: readonly PoolAsset[], mostOffers: number): PoolAsset[][] {
  const sorted = [...assets].sort((one, other) => Number(one.ask - other.ask) || byDevice(one, other))
  const byAsk = [...Map.groupBy(sorted, ({ ask }) => ask).values()]
  if (byAsk.length <= mostOffers) return byAsk
  return Array.from({ length: mostOffers }, (_, group) =>
    byAsk
      .slice(Math.floor((group * byAsk.length) / mostOffers), Math.floor(((group + 1) * byAsk.length) / mostOffers))
      .flat(),
  )
}

function byDevice(one: PoolAsset, other: PoolAsset): number {
  return one.flexibility.device < other.flexibility.device ? -1 : 1
}

/** How far devices may move against the direction in the request's available periods. */
function roomOf({ periods, product }: PoolRequest): Map<number, number> {
  return new Map(
    periods.map(({ period, disposition, minPower, maxPower }) => {
      const against = product.direction === 'consume-less' ? maxPower : -minPower
      return [period, disposition === 'available' ? Number(against) : 0]
    }),
  )
}

type OptionContext = {
  readonly request: PoolRequest
  readonly policy: Pick<PoolPolicy, 'targetPermille'>
  /** W that may be offered still, by period. */
  readonly left: Powers
  readonly room: Powers
}

function optionsOf(
  pooled: readonly PoolAsset[],
  context: OptionContext & { readonly policy: PoolPolicy },
): readonly PoolOffer['options'][number][] {
  const { request, policy } = context
  const highestAsk = pooled.reduce((highest, { ask }) => (ask > highest ? ask : highest), pooled[0]!.ask)
  const unitPrice = unitPriceOf(highestAsk, policy)
  const found: { readonly powers: Powers; readonly option: PoolOffer['options'][number] }[] = []
  for (const window of windowsOf(request)) {
    const { along, against } = poolPowersOf(pooled, window, context)
    const adds = found.every(({ powers }) => [...along].some(([period, powerW]) => powerW > (powers.get(period) ?? 0)))
    const option = adds ? optionOf(along, against, unitPrice, request) : null
    if (option !== null) found.push({ powers: along, option })
    if (found.length === MOST_OPTIONS) break
  }
  return found.map(({ option }) => option)
}

/** Null where nothing is left of it, or it would cost more than the cap allows. */
function optionOf(
  along: Powers,
  against: Powers,
  unitPrice: Rate,
  request: PoolRequest,
): PoolOffer['options'][number] | null {
  const { direction, minimumSize } = request.product
  const powers = [...along.values()].map((power) => powerW(BigInt(power)))
  const price = offerPriceOf(unitPrice, powers)
  if (powers.length === 0 || price > mostPriceOf(request, powers)) return null
  const smallest = powers.reduce((least, power) => (power < least ? power : least), powers[0]!)
  const periods = [
    ...[...along].map(([period, power]) => flexPowerOf(period, deviationOf(direction, powerW(BigInt(power))))),
    ...[...against].map(([period, power]) => flexPowerOf(period, -deviationOf(direction, powerW(BigInt(power))))),
  ]
  return {
    price: flexPrice(price),
    minActivationFactor: smallestFactor(smallest, minimumSize),
    periods: periods.sort((one, other) => one.period - other.period),
  }
}

function flexPowerOf(period: number, power: bigint): FlexPower {
  return { period: deliveryPeriod(period), power: signedW(power) }
}

/** The smallest part that leaves the product's minimum size of the smallest power. */
function smallestFactor(smallest: PowerW, minimumSize: PowerW): ActivationFactor {
  let hundredths = 1
  while (powerAt(activationFactor(hundredths), signedW(smallest)) < minimumSize) hundredths += 1
  return activationFactor(hundredths)
}

/** What the devices deliver together in the window, by period, and what they take back in available periods. */
function poolPowersOf(
  pooled: readonly PoolAsset[],
  window: ReadonlySet<number>,
  { request, policy, left, room }: OptionContext,
): { readonly along: Powers; readonly against: Powers } {
  const { direction, minimumSize } = request.product
  const roomLeft = new Map(room)
  const lastPeriod = request.periods.at(-1)?.period ?? 0
  const moved = pooled.map((asset) => {
    const { flexibility } = asset
    const wish = windowWishOf(flexibility, window, { direction, room: roomLeft, lastPeriod })
    const movedW = movedOf(flexibility, direction, rescheduled(flexibility, heldWish(flexibility, wish)))
    movedW.forEach((powerW, position) => {
      const period = flexibility.firstPeriod + position
      if (powerW < 0 && roomLeft.has(period)) roomLeft.set(period, roomLeft.get(period)! + powerW)
    })
    return { asset, movedIn: (period: number) => movedW[period - flexibility.firstPeriod] ?? 0 }
  })
  const offered = request.periods.flatMap((requested): [number, number][] => {
    const { period } = requested
    const need = needOf(requested)
    if (need === null || !window.has(period)) return []
    const devices = moved.map(({ asset: { flexibility, reliabilityPermille }, movedIn }) => ({
      ...{ id: flexibility.device, reliabilityPermille },
      power: powerW(BigInt(Math.max(0, movedIn(period)))),
    }))
    const reliable = Number(reliablePowerOf(devices, policy.targetPermille))
    const power = Math.min(reliable, Number(need.power), left.get(period) ?? 0)
    return power < minimumSize ? [] : [[period, power]]
  })
  const along = new Map(inAllowedRuns(offered, request.product))
  const against = new Map(
    along.size === 0
      ? []
      : [...room].flatMap(([period, before]): [number, number][] => {
          const taken = before - roomLeft.get(period)!
          return taken > 0 ? [[period, taken]] : []
        }),
  )
  return { along, against }
}

/** All that the device can in the window, and against it where there is room, or behind the last period as it must. */
export function windowWishOf(
  device: FlexibleDevice,
  window: ReadonlySet<number>,
  {
    direction,
    room,
    lastPeriod,
  }: { readonly direction: FlexDirection; readonly room: Powers; readonly lastPeriod: number },
): FlexWish {
  const widthW = (position: number) => device.mostW[position]! - device.leastW[position]!
  const periodAt = (position: number) => device.firstPeriod + position
  return {
    direction,
    movedW: device.planW.map((_, position) => (window.has(periodAt(position)) ? widthW(position) : null)),
    roomW: device.planW.map((_, position) =>
      periodAt(position) > lastPeriod ? widthW(position) : Math.max(0, room.get(periodAt(position)) ?? 0),
    ),
  }
}

/** The requested periods as the product lets them be active, then halves and quarters of them. */
function windowsOf({ periods, product }: PoolRequest): ReadonlySet<number>[] {
  const requested = periods.flatMap((one): [number, number][] => (needOf(one) === null ? [] : [[one.period, 0]]))
  const windows: ReadonlySet<number>[] = []
  for (const parts of [1, 2, 4]) {
    const length = Math.ceil(requested.length / parts)
    for (let first = 0; first < requested.length; first += length) {
      const part = inAllowedRuns(requested.slice(first, first + length), product)
      const isNew = windows.every((window) => window.size !== part.length || part.some(([one]) => !window.has(one)))
      if (isNew) windows.push(new Set(part.map(([period]) => period)))
    }
  }
  return windows
}

/** Those of the ascending periods that are in no run longer than the product allows, with the recovery between runs. */
function inAllowedRuns<Item extends readonly [period: number, power: number]>(
  items: readonly Item[],
  { longestActivationSeconds, recoverySeconds }: PoolRequest['product'],
): Item[] {
  const longest = Math.floor(longestActivationSeconds / SECONDS_PER_PERIOD)
  const recovery = Math.ceil(recoverySeconds / SECONDS_PER_PERIOD)
  const kept: Item[] = []
  let runLength = 0
  for (const item of items) {
    const last = kept.at(-1)
    const gap = last === undefined ? Infinity : item[0] - last[0] - 1
    const continues = gap === 0 && runLength < longest
    // Without recovery a run that is as long as it may be still needs a period between it and the next.
    if (!continues && gap < Math.max(1, recovery)) continue
    runLength = continues ? runLength + 1 : 1
    kept.push(item)
  }
  return kept
}

function largestOf(
  options: readonly PoolOffer['options'][number][],
  direction: FlexDirection,
  way: 'along' | 'against',
): Map<number, number> {
  const largest = new Map<number, number>()
  const isNegative = (direction === 'consume-less') === (way === 'along')
  for (const { periods } of options) {
    for (const { period, power } of periods) {
      const magnitude = Number(isNegative ? -power : power)
      if (magnitude > 0) largest.set(period, Math.max(largest.get(period) ?? 0, magnitude))
    }
  }
  return largest
}
