import type { CongestionDirection } from './baseline/baseline-case.ts'
import { energyWh, powerW, signedW, type EnergyWh, type PowerW, type SignedW, type SignedWh } from '../units.ts'

/**
 * What a flexible portfolio does: it takes less from the grid than its baseline (uses less or produces more), or takes
 * more (uses more or produces less).
 */
export const FLEX_DIRECTIONS = ['consume-less', 'consume-more'] as const
export type FlexDirection = (typeof FLEX_DIRECTIONS)[number]

/** Which congestion the direction cures: too much drawn from the grid, or too much fed into it. */
export function congestionCuredBy(direction: FlexDirection): CongestionDirection {
  return direction === 'consume-less' ? 'consumption' : 'feed-in'
}

/** The direction of a deviation from the baseline, in which positive is more consumption; null where there is none. */
export function directionOf(deviation: SignedW): FlexDirection | null {
  if (deviation === 0n) return null
  return deviation < 0n ? 'consume-less' : 'consume-more'
}

/** How far a power deviates in the direction; 0 where it deviates in the other one. */
export function powerIn(direction: FlexDirection, deviation: SignedW): PowerW {
  const along = direction === 'consume-less' ? -deviation : deviation
  return powerW(along > 0n ? along : 0n)
}

/** A power in the direction as a deviation from the baseline. */
export function deviationOf(direction: FlexDirection, power: PowerW): SignedW {
  return signedW(direction === 'consume-less' ? -power : power)
}

/** By how much less than the baseline was consumed, or more in the other direction; negative where it was the opposite. */
export function responseOf(direction: FlexDirection, baseline: SignedWh, realised: SignedWh): bigint {
  return direction === 'consume-less' ? baseline - realised : realised - baseline
}

/** Energy between nothing and the bound. */
export function clampedEnergy(energy: bigint, most: EnergyWh): EnergyWh {
  if (energy <= 0n) return energyWh(0n)
  return energy < most ? energyWh(energy) : most
}
