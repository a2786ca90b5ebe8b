import { imbalanceOf } from '../settlement/imbalance.ts'
import { energyWh, signedWh, type EnergyWh } from '../units.ts'

/** A home's energy of one delivery period by where it came from and went to, in Wh. */
export type EnergyFlows = {
  readonly fromNeighbours: EnergyWh
  readonly toNeighbours: EnergyWh
  /** What the supplier delivered beyond the trades; `toGrid` what it took. */
  readonly fromGrid: EnergyWh
  readonly toGrid: EnergyWh
}

const NONE = energyWh(0n)

/** Splits what was metered by what was traded: the difference is the supplier's. */
export function energyFlowsOf(metered: { import: bigint; export: bigint }, bought: bigint, sold: bigint): EnergyFlows {
  const { direction, quantity } = imbalanceOf(signedWh(metered.import - metered.export), signedWh(bought - sold))
  return {
    fromNeighbours: energyWh(bought),
    toNeighbours: energyWh(sold),
    fromGrid: direction === 'shortage' ? quantity : NONE,
    toGrid: direction === 'surplus' ? quantity : NONE,
  }
}
