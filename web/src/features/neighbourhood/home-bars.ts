import type { EnergyFlows } from '../../../../services/domain/neighbourhood/energy-flows.ts'
import { homeSentence } from './home-words.ts'
import type { HomeInPicture } from './picture.ts'

type Bar = { readonly mark: 'sun' | 'leaf' | 'grid-in' | 'grid-out'; readonly width: string }

export type HomeBars = {
  readonly memberId: number
  readonly name: string
  /** Whether its quarter-hours may be seen. */
  readonly isShown: boolean
  readonly sentence: string
  /** Wh given away, and taken; null where there is no reading. */
  readonly gave: bigint | null
  readonly took: bigint | null
  readonly left: readonly Bar[]
  readonly right: readonly Bar[]
}

/** Bars on one scale for all homes: the largest amount given or taken fills its half. */
export function barsOf(homes: readonly HomeInPicture[]): HomeBars[] {
  const most = Math.max(
    1,
    ...homes.flatMap(({ flows }) => (flows === null ? [] : [Number(gaveOf(flows)), Number(tookOf(flows))])),
  )
  const barOf = (mark: Bar['mark'], energy: bigint): Bar[] =>
    energy === 0n ? [] : [{ mark, width: `${(Number(energy) / most) * 100}%` }]
  return homes.map((home) => ({
    memberId: home.memberId,
    name: home.name,
    isShown: home.state !== 'not shown',
    sentence: homeSentence(home),
    gave: home.flows && gaveOf(home.flows),
    took: home.flows && tookOf(home.flows),
    left: home.flows ? [...barOf('grid-out', home.flows.toGrid), ...barOf('sun', home.flows.toNeighbours)] : [],
    right: home.flows ? [...barOf('leaf', home.flows.fromNeighbours), ...barOf('grid-in', home.flows.fromGrid)] : [],
  }))
}

function gaveOf(flows: EnergyFlows): bigint {
  return flows.toNeighbours + flows.toGrid
}

function tookOf(flows: EnergyFlows): bigint {
  return flows.fromNeighbours + flows.fromGrid
}
