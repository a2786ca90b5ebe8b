import type { EnergyWh } from '../units.ts'

export type EnergyRole = 'producing' | 'consuming' | 'balanced'

/** What a household was in a delivery period, seen from outside its meter. */
export function energyRoleOf({ imported, exported }: { imported: EnergyWh; exported: EnergyWh }): EnergyRole {
  if (exported > imported) return 'producing'
  return imported > exported ? 'consuming' : 'balanced'
}
