import { formatEnergy } from '../../lib/formats.ts'
import type { EnergyFlows } from '../../../../services/domain/neighbourhood/energy-flows.ts'
import type { HomeInPicture } from './picture.ts'

const PARTS: readonly { readonly flow: keyof EnergyFlows; readonly words: string }[] = [
  { flow: 'toNeighbours', words: 'to neighbours' },
  { flow: 'toGrid', words: 'to the grid' },
  { flow: 'fromNeighbours', words: 'from neighbours' },
  { flow: 'fromGrid', words: 'from the grid' },
]

/** A home's flows in words, such as `home_03: 0.62 kWh to neighbours, 0.10 kWh to the grid`. */
export function homeSentence({ name, state, flows }: Pick<HomeInPicture, 'name' | 'state' | 'flows'>): string {
  if (state === 'not shown') return `${name}: not shown to you`
  if (flows === null) return `${name}: no reading`
  const parts = PARTS.filter(({ flow }) => flows[flow] > 0n)
  if (parts.length === 0) return `${name}: neither gave nor took energy`
  return `${name}: ${parts.map(({ flow, words }) => `${formatEnergy(flows[flow])} kWh ${words}`).join(', ')}`
}
