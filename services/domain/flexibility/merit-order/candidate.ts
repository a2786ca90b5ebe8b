import { DomainError } from '../../errors.ts'
import { endOf, energyOver, startOf, type DeliveryPeriod, type PowerW } from '../../units.ts'
import { deviationOf } from '../flex-direction.ts'
import { activationFactor } from '../trading/activation-factor.ts'
import { optionOf, type FlexOffer, type FlexOption } from '../trading/flex-offer.ts'
import { requireOption, type FlexOrder } from '../trading/flex-order.ts'
import { flexPriceAtOrBelow } from '../trading/flex-price.ts'
import { needOf, type FlexRequest } from '../trading/flex-request.ts'
import { reservedPowerAt, type FlexReservation, type ReservationRelease } from '../trading/flex-reservation.ts'
import { runsOf, secondsOf } from '../trading/flex-periods.ts'
import type { FlexProduct } from '../trading/product.ts'

/** What a request can be answered with: an offer, or a reserve under contract that is activated directly. */
export type FlexCandidate = {
  readonly kind: 'offer' | 'reserve'
  /** Of the offer, or of the contract; no two candidates of a request have the same. */
  readonly id: string
  /** How much a W of it changes the flow at the congestion point, in millionths of a W. */
  readonly effectPpm: number
  /** Of which at most one is ordered. */
  readonly options: readonly FlexOption[]
}

/** All of the relief arrives: nothing lies between the portfolio and the congestion point. */
export const FULL_EFFECT_PPM = 1_000_000

const MOST_SCHEDULES = 10
const SMALLEST_PART = activationFactor(1)

export function candidateOfOffer({ id, options }: FlexOffer, effectPpm: number): FlexCandidate {
  return { kind: 'offer', id, effectPpm, options }
}

/**
 * A contracted reserve as a candidate: what is reserved in the periods in which power is requested, at the contract's
 * utilisation price, in any part. Where the product does not let it be active in all of them, each option is a schedule that
 * begins in another period and then goes on wherever it may. Null where nothing of it helps.
 */
export function candidateOfReserve(
  reservation: FlexReservation,
  releases: readonly ReservationRelease[],
  context: { readonly request: FlexRequest; readonly product: FlexProduct; readonly effectPpm: number },
): FlexCandidate | null {
  const { request, product, effectPpm } = context
  const usable = request.periods.flatMap((requested) => {
    const power = reservedPowerAt(reservation, releases, requested.period)
    return needOf(requested) === null || power < product.minimumSize ? [] : [{ period: requested.period, power }]
  })
  const schedules = schedulesOf(usable, product)
  if (schedules.length === 0) return null
  const options = schedules.map((schedule, index) => directOptionOf(schedule, index, reservation, product))
  return { kind: 'reserve', id: reservation.contract, effectPpm, options }
}

/**
 * The rules of an order that activates a reserve directly, without an offer. Throws `flex-contract-unknown`,
 * `flex-option-unknown`, and what `requireOption` does.
 */
export function requireDirectOrder(order: FlexOrder, reserve: FlexCandidate): void {
  if (reserve.kind !== 'reserve' || order.offer !== null || order.contract !== reserve.id) {
    throw new DomainError('flex-contract-unknown', `the order is no direct activation of ${reserve.id}`, {
      offer: order.offer,
      contract: order.contract,
    })
  }
  requireOption(order, optionOf(reserve, order.option))
}

type Reserved = { readonly period: DeliveryPeriod; readonly power: PowerW }

function directOptionOf(
  schedule: readonly Reserved[],
  index: number,
  { utilisationPrice }: FlexReservation,
  { direction }: FlexProduct,
): FlexOption {
  const energy = schedule.reduce((sum, { power }) => sum + energyOver(power), 0n)
  return {
    reference: `direct-${index + 1}`,
    price: flexPriceAtOrBelow((energy * utilisationPrice) / 1_000n),
    minActivationFactor: SMALLEST_PART,
    periods: schedule.map(({ period, power }) => ({ period, power: deviationOf(direction, power) })),
  }
}

/** The schedule from the first usable period on and, unless it has all of them, those from the next ones. */
function schedulesOf(usable: readonly Reserved[], product: FlexProduct): Reserved[][] {
  const schedules: Reserved[][] = []
  for (let start = 0; start < Math.min(usable.length, MOST_SCHEDULES); start += 1) {
    schedules.push(scheduleFrom(usable.slice(start), product))
    if (schedules[0]!.length === usable.length) break
  }
  return schedules
}

function scheduleFrom(
  usable: readonly Reserved[],
  { longestActivationSeconds, recoverySeconds }: FlexProduct,
): Reserved[] {
  const taken: Reserved[] = []
  for (const reserved of usable) {
    const run = runsOf(taken.map(({ period }) => period)).at(-1)
    const continues = run !== undefined && run.last + 1 === reserved.period
    const isShort = run !== undefined && secondsOf({ ...run, last: reserved.period }) <= longestActivationSeconds
    const isRested = run === undefined || startOf(reserved.period) - endOf(run.last) >= recoverySeconds
    if (continues ? isShort : isRested) taken.push(reserved)
  }
  return taken
}
