import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../../errors.ts'
import { money, powerW, type DeliveryPeriod, type Money, type PowerW, type Rate } from '../../units.ts'
import { powerIn } from '../flex-direction.ts'
import { priceAt, type ActivationFactor } from '../trading/activation-factor.ts'
import type { FlexOption } from '../trading/flex-offer.ts'
import { needOf, type FlexRequest } from '../trading/flex-request.ts'
import type { FlexProduct } from '../trading/product.ts'
import { FULL_EFFECT_PPM, type FlexCandidate } from './candidate.ts'
import type { Column, Covering } from './covering.ts'
import { cheapestChoice } from './search.ts'

/** What decides which candidates are ordered. */
export type MeritOrderFacts = {
  readonly request: FlexRequest
  readonly product: Pick<FlexProduct, 'direction' | 'minimumSize'>
  /** A set, whose sequence means nothing; every option keeps to the rules of offers (see `requireOptionAnswers`). */
  readonly candidates: readonly FlexCandidate[]
  /** 32 bytes (0x-hex) that nobody knew before offers closed. Candidates take part in the sequence of their lots. */
  readonly seed: string
}

/** An option to order, and which part of it. */
export type ChosenOption = {
  readonly kind: FlexCandidate['kind']
  readonly id: string
  readonly option: string
  readonly activationFactor: ActivationFactor
  readonly price: Money
}

/** Why an option takes no part. */
export type PassedOver = {
  readonly id: string
  readonly option: string
  readonly code: 'above-cap' | 'no-effect' | 'below-minimum'
}

export type MeritOrder = {
  /** Ascending by id. */
  readonly chosen: readonly ChosenOption[]
  readonly passedOver: readonly PassedOver[]
  /** What all orders cost, in micro-euro. */
  readonly cost: Money
  /** What is left of the need, where something is. */
  readonly unmet: readonly { readonly period: DeliveryPeriod; readonly power: PowerW }[]
  /** Micro-euro by which another choice could be cheaper at most, unmet needs valued; 0 where this is the cheapest of all. */
  readonly gap: Money
}

/**
 * What counts for a kW of need that stays unmet, in times the price cap: the need comes before the cost, and an option that
 * is paid for within the cap is only left out where less than a tenth of it would be of use.
 */
export const UNMET_PRICE_IN_CAPS = 10n

/** Work that a merit order may take, in changed cells: some tenth of a second. Who has more time may allow more. */
export const MOST_WORK = 16_000_000

const LARGEST_EXACT = 2 ** 53
/** Periods of a kWh, in W: 1,000 W for an hour of four periods. */
const WATT_PERIODS_PER_KWH = 4_000n

/**
 * The orders that meet the request's need at the least cost: a pure function of the request, of the set of candidates and of
 * the seed. What a W of an option counts for is its effect at the congestion point; none costs more for a kWh of effect in
 * requested periods than the cap. Prices are compared before an order's price is rounded down (by less than 0.0001 euro), an
 * effect is credited rounded down to the W, and rebound is counted rounded up and kept within the room of available periods.
 * Of equally cheap choices the one counts that the search finds first when it takes candidates in the sequence of their lots,
 * SHA-256 of seed and id: since the seed is not known before offers close, neither time, nor name, nor splitting an offer
 * gains anything by it.
 * Throws `flex-candidate-twice`, `seed-invalid`, and `flex-request-too-large` where sums would not be exact.
 */
export function meritOrderOf(facts: MeritOrderFacts, mostWork: number = MOST_WORK): MeritOrder {
  const { request, product } = facts
  const entries = entriesOf(facts)
  const admitted = entries.filter(({ code }) => code === null)
  const covering = coveringOf(facts, admitted)
  requireExact(covering)
  const { choice, objective, bound } = cheapestChoice(covering, mostWork)
  const chosen = admitted.flatMap(({ candidate, option }, place) => {
    const factor = choice[place]! as ActivationFactor
    if (factor === 0) return []
    const { kind, id } = candidate
    const { reference, price } = option
    return [{ kind, id, option: reference, activationFactor: factor, price: priceAt(factor, price) }]
  })
  const passedOver = entries.flatMap(({ candidate, option, code }) =>
    code === null ? [] : [{ id: candidate.id, option: option.reference, code }],
  )
  return {
    chosen: sortedById(chosen),
    passedOver: sortedById(passedOver),
    cost: money(chosen.reduce((sum, { price }) => sum + price, 0n)),
    unmet: unmetOf(request, product, admitted, choice),
    gap: money(BigInt(Math.ceil((objective - bound) / 100))),
  }
}

type Entry = {
  readonly candidate: FlexCandidate
  readonly option: FlexOption
  readonly code: PassedOver['code'] | null
}

/** Options in the sequence of the lots, of one candidate in that of their references. */
function entriesOf({ request, product, candidates, seed }: MeritOrderFacts): Entry[] {
  const requested = new Set(request.periods.filter((period) => needOf(period) !== null).map(({ period }) => period))
  const limits = { ...product, requested, cap: request.priceCap }
  return inSequenceOfLots(candidates, seed).flatMap((candidate) => {
    const options = [...candidate.options].sort((one, other) => (one.reference < other.reference ? -1 : 1))
    return options.map((option) => ({ candidate, option, code: objectionTo(option, candidate, limits) }))
  })
}

function inSequenceOfLots(candidates: readonly FlexCandidate[], seed: string): FlexCandidate[] {
  if (!/^0x[0-9a-f]{64}$/.test(seed))
    throw new DomainError('seed-invalid', 'a seed is 32 bytes, as 0x and 64 hex digits')
  const bytes = hexToBytes(seed.slice(2))
  const drawn = candidates.map((candidate) => ({
    candidate,
    lot: bytesToHex(sha256(concatBytes(bytes, utf8ToBytes(candidate.id)))),
  }))
  drawn.sort((one, other) => (one.lot < other.lot ? -1 : 1))
  const twice = drawn.find(({ lot }, index) => drawn[index + 1]?.lot === lot)
  if (twice !== undefined) {
    throw new DomainError('flex-candidate-twice', `${twice.candidate.id} is there twice`, { id: twice.candidate.id })
  }
  return drawn.map(({ candidate }) => candidate)
}

function objectionTo(
  option: FlexOption,
  { effectPpm }: FlexCandidate,
  limits: MeritOrderFacts['product'] & { readonly cap: Rate; readonly requested: ReadonlySet<DeliveryPeriod> },
): PassedOver['code'] | null {
  const { direction, minimumSize, requested, cap } = limits
  const along = option.periods.map(({ period, power }) => ({ period, power: powerIn(direction, power) }))
  if (along.some(({ power }) => power > 0n && power < minimumSize)) return 'below-minimum'
  const power = along.reduce((sum, offered) => (requested.has(offered.period) ? sum + offered.power : sum), 0n)
  if (power === 0n || effectPpm <= 0) return 'no-effect'
  const scale = WATT_PERIODS_PER_KWH * BigInt(FULL_EFFECT_PPM)
  return option.price * scale > cap * power * BigInt(effectPpm) ? 'above-cap' : null
}

function coveringOf({ request, product }: MeritOrderFacts, admitted: readonly Entry[]): Covering {
  const needed = request.periods.flatMap((period) => {
    const need = needOf(period)
    return need === null ? [] : [{ period: period.period, power: Number(need.power) }]
  })
  const spared = request.periods.filter(({ disposition }) => disposition === 'available')
  const isLess = product.direction === 'consume-less'
  const rows = new Map<string, number>()
  needed.forEach(({ period }, row) => rows.set(`along:${period}`, row))
  const rooms = spared.flatMap(({ period, minPower, maxPower }, index) => {
    rows.set(`along:${period}`, needed.length + 2 * index)
    rows.set(`against:${period}`, needed.length + 2 * index + 1)
    const [along, against] = isLess ? [-minPower, maxPower] : [maxPower, -minPower]
    return [Number(along) * 100, Number(against) * 100]
  })
  const groups: number[][] = []
  const columns = admitted.map((entry, place) => {
    if (entry.candidate === admitted[place - 1]?.candidate) groups.at(-1)!.push(place)
    else groups.push([place])
    return columnOf(entry, groups.length - 1, { product, rows, needs: needed.length })
  })
  return {
    needs: Float64Array.from(needed, ({ power }) => power * 100),
    rooms: Float64Array.from(rooms),
    unmetPrice: Number(unmetPriceOf(request)),
    columns,
    groups,
  }
}

/** Micro-euro for each W and period, rounded up; at least 1, so that what costs nothing is used. */
function unmetPriceOf({ priceCap }: FlexRequest): bigint {
  const price = (priceCap * UNMET_PRICE_IN_CAPS + WATT_PERIODS_PER_KWH - 1n) / WATT_PERIODS_PER_KWH
  return price > 0n ? price : 1n
}

function columnOf(
  { candidate, option }: Entry,
  group: number,
  context: {
    readonly product: MeritOrderFacts['product']
    readonly rows: ReadonlyMap<string, number>
    readonly needs: number
  },
): Column {
  const { direction, minimumSize } = context.product
  const opposite = direction === 'consume-less' ? 'consume-more' : 'consume-less'
  let least: number = option.minActivationFactor
  const cells: (readonly [number, number])[] = []
  for (const { period, power } of option.periods) {
    const along = powerIn(direction, power)
    if (along > 0n) least = Math.max(least, leastFactorOf(along, minimumSize))
    const row = context.rows.get(`${along > 0n ? 'along' : 'against'}:${period}`)
    const magnitude = along > 0n ? along : powerIn(opposite, power)
    const effect = effectOf(magnitude, candidate.effectPpm, row !== undefined && row < context.needs)
    if (row !== undefined && effect > 0) cells.push([row, effect])
  }
  cells.sort(([one], [other]) => one - other)
  return {
    group,
    price: Number(option.price),
    least,
    rows: Int32Array.from(cells, ([row]) => row),
    values: Float64Array.from(cells, ([, value]) => value),
  }
}

/** The smallest factor at which what is ordered is not below the minimum size. */
function leastFactorOf(offered: PowerW, minimumSize: PowerW): number {
  return minimumSize <= 0n ? 1 : Number(((minimumSize - 1n) * 100n) / offered) + 1
}

/** Relief is credited rounded down to the W, and what takes room is counted rounded up. */
function effectOf(power: PowerW, effectPpm: number, isRelief: boolean): number {
  const whole = BigInt(FULL_EFFECT_PPM)
  return Number((power * BigInt(effectPpm) + (isRelief ? 0n : whole - 1n)) / whole)
}

function requireExact({ needs, columns, unmetPrice }: Covering): void {
  const unmet = needs.reduce((sum, need) => sum + need, 0) * unmetPrice
  const cost = columns.reduce((sum, { price }) => sum + price * 100, 0)
  const covered = columns.reduce((sum, { values }) => sum + values.reduce((total, value) => total + value, 0) * 100, 0)
  if (unmet + cost < LARGEST_EXACT && covered < LARGEST_EXACT) return
  throw new DomainError('flex-request-too-large', 'needs, prices or powers are too large to be summed exactly')
}

function unmetOf(
  request: FlexRequest,
  { direction }: MeritOrderFacts['product'],
  admitted: readonly Entry[],
  choice: Uint8Array,
): MeritOrder['unmet'] {
  const covered = new Map<DeliveryPeriod, bigint>()
  admitted.forEach(({ candidate, option }, place) => {
    for (const { period, power } of option.periods) {
      const effect = BigInt(effectOf(powerIn(direction, power), candidate.effectPpm, true))
      covered.set(period, (covered.get(period) ?? 0n) + effect * BigInt(choice[place]!))
    }
  })
  return request.periods.flatMap((requested) => {
    const { period } = requested
    const left = (needOf(requested)?.power ?? 0n) * 100n - (covered.get(period) ?? 0n)
    return left > 0n ? [{ period, power: powerW((left + 99n) / 100n) }] : []
  })
}

function sortedById<Item extends { readonly id: string; readonly option: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) =>
    one.id < other.id || (one.id === other.id && one.option < other.option) ? -1 : 1,
  )
}
