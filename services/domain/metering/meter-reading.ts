import type { DeliveryPeriod, EnergyWh } from '../units.ts'

/** What a meter says of itself: its cumulative registers at the end of a delivery period. */
export type MeterReading = {
  readonly deliveryPeriod: DeliveryPeriod
  /** Counts the meter's readings upwards; it may skip, never repeat. */
  readonly sequence: number
  readonly importRegister: EnergyWh
  readonly exportRegister: EnergyWh
}

/** The same statement, whatever its signature: signing twice may give two signatures. */
export function isSameReading(one: MeterReading, other: MeterReading): boolean {
  return (
    one.deliveryPeriod === other.deliveryPeriod &&
    one.sequence === other.sequence &&
    one.importRegister === other.importRegister &&
    one.exportRegister === other.exportRegister
  )
}
