/** A battery behind the meter of a home. */
export type HomeBattery = {
  /** What may be stored. */
  readonly capacityWh: number
  /** The most that it takes or gives, a multiple of 4. */
  readonly powerW: number
  /** What one way, in or out, leaves of the energy, in thousandths. */
  readonly efficiencyPermille: number
}

const MILLI = 1_000

/**
 * What a battery that maximises the self-consumption of its home takes in a period from the home's load less what its roof
 * makes, in Wh; negative where it gives. It takes what would be fed in, and gives what would be drawn, but nothing to a
 * car: it would be empty by night, and the energy be lost twice.
 */
export function ownBatteryWh(battery: HomeBattery, storedMilliWh: number, drawnWh: number): number {
  return possibleBatteryWh(battery, storedMilliWh, -drawnWh)
}

/** The nearest to the wish that power and charge allow in a period, in Wh at its terminals. */
export function possibleBatteryWh(battery: HomeBattery, storedMilliWh: number, wishWh: number): number {
  const { least, most } = batteryBoundsWh(battery, storedMilliWh)
  return Math.min(most, Math.max(least, wishWh))
}

/** The most that it gives (not above 0) and takes in a period, in Wh at its terminals, rounded towards zero. */
export function batteryBoundsWh(
  { capacityWh, powerW, efficiencyPermille }: HomeBattery,
  storedMilliWh: number,
): { readonly least: number; readonly most: number } {
  const powerWh = Math.floor(powerW / 4)
  const available = Math.floor((storedMilliWh * efficiencyPermille) / (MILLI * MILLI))
  const room = Math.floor((capacityWh * MILLI - storedMilliWh) / efficiencyPermille)
  return { least: available === 0 ? 0 : -Math.min(powerWh, available), most: Math.min(powerWh, room) }
}

/** What is stored after it took the energy (gave it, where negative), in thousandths of a Wh; losses rounded up. */
export function storedAfter({ efficiencyPermille }: HomeBattery, storedMilliWh: number, takenWh: number): number {
  return takenWh >= 0
    ? storedMilliWh + takenWh * efficiencyPermille
    : storedMilliWh - Math.ceil((-takenWh * MILLI * MILLI) / efficiencyPermille)
}
