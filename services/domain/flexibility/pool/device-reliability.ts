import type { EnergyWh } from '../../units.ts'

/** What a device was asked for in an activation, and what it delivered of that. */
export type PastDelivery = { readonly asked: EnergyWh; readonly delivered: EnergyWh }

const PERMILLE = 1_000n

/**
 * How likely the device delivers what it is asked for, in thousandths, rounded down: its mean delivery ratio, as if one
 * activation more had failed. So one that has never been tried counts nothing, and one that never failed becomes reliable
 * with the number of times. Delivery above what was asked makes up for no other activation.
 */
export function reliabilityOf(past: readonly PastDelivery[]): number {
  const tried = past.filter(({ asked }) => asked > 0n)
  const ratios = tried.map(({ asked, delivered }) => ((delivered < asked ? delivered : asked) * PERMILLE) / asked)
  const sum = ratios.reduce((total, ratio) => total + ratio, 0n)
  return Number(sum / BigInt(tried.length + 1))
}
