import type { PowerW } from '../../units.ts'
import { FULL_EFFECT_PPM } from '../merit-order/candidate.ts'

/** What the DSO knows of a home that an aggregator counts on. */
export type AssetEvidence = {
  /** What its connection carries in either direction. */
  readonly connectionCapacity: PowerW
  /** By how much a W of it changes the flow at the congestion point, in millionths; 0 where it does not lie behind it. */
  readonly effectPpm: number
  /** Days on which all of its periods were metered. */
  readonly meteredDays: number
}

/** What the queue's rule comes to: it waits for more evidence, or it is decided. */
export type QueueRuling =
  | { readonly kind: 'prequalify'; readonly power: PowerW; readonly effectPpm: number }
  /** With the effect that it would have. */
  | { readonly kind: 'wait'; readonly effectPpm: number }
  | { readonly kind: 'reject'; readonly reason: string }

/**
 * By rule a portfolio is prequalified for what it asks where the connections of its homes behind the congestion point carry
 * that, of those that were metered for as many days as are asked for. It waits where they will once more of them are, and is
 * rejected where all of them together never do. Its effect is the least of its homes': whichever of them deliver, the relief
 * is there.
 */
export function ruleOnQueue(asked: PowerW, assets: readonly AssetEvidence[], evidenceDays: number): QueueRuling {
  const behind = assets.filter(({ effectPpm }) => effectPpm > 0)
  const capacityOf = (some: readonly AssetEvidence[]) =>
    some.reduce((sum, { connectionCapacity }) => sum + connectionCapacity, 0n)
  if (capacityOf(behind) < asked) {
    const reason = `${asked} W are more than the ${capacityOf(behind)} W that its ${behind.length} connections there carry`
    return { kind: 'reject', reason }
  }
  const effectPpm = Math.min(FULL_EFFECT_PPM, ...behind.map((asset) => asset.effectPpm))
  const proven = behind.filter(({ meteredDays }) => meteredDays >= evidenceDays)
  return capacityOf(proven) < asked ? { kind: 'wait', effectPpm } : { kind: 'prequalify', power: asked, effectPpm }
}

/**
 * By how much a W of some homes changes the flow at a congestion point whichever of them deliver it, in millionths; 0 where
 * one of them does not lie behind the point, and for no homes at all.
 */
export function sureEffectOf(members: readonly number[], effectOf: ReadonlyMap<number, number>): number {
  if (members.length === 0) return 0
  return Math.min(...members.map((member) => effectOf.get(member) ?? 0))
}
