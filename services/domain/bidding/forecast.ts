import {
  deliveryPeriod,
  PERIODS_PER_DAY,
  signedWh,
  type DeliveryPeriod,
  type EnergyWh,
  type SignedWh,
} from '../units.ts'

/** `perfect` knows what will be recorded; `persistence` expects yesterday's same quarter-hour again. */
export type ForecastMethod = 'perfect' | 'persistence'

/** The same quarter-hour a day (86,400 s) earlier; null before the first day. */
export function sameQuarterHourYesterday(period: DeliveryPeriod): DeliveryPeriod | null {
  return period < PERIODS_PER_DAY ? null : deliveryPeriod(period - PERIODS_PER_DAY)
}

/** What is expected to flow towards the prosumer: load minus what the PV makes. */
export function expectedNetOf(load: EnergyWh, pv: EnergyWh): SignedWh {
  return signedWh(load - pv)
}
