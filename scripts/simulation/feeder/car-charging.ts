/** A car stands at its charger from one delivery period to before another, by their position in the run. */
export type CarStay = {
  readonly arrival: number
  /** The first position at which it is away again. */
  readonly departure: number
  /** What it is to have been given by its departure, a whole number of Wh at the charger. */
  readonly neededWh: number
}

export type HomeCar = {
  /** A multiple of 4. */
  readonly chargerW: number
  /** In their sequence, none within another. */
  readonly stays: readonly CarStay[]
}

/** Of a car that stands at its charger. */
export type ChargingState = {
  readonly chargedWh: number
  /** What it was told to put off, and catches up as late as it must. */
  readonly deferredWh: number
}

export const NOT_CHARGED: ChargingState = { chargedWh: 0, deferredWh: 0 }

/** The stay of a car at that position; null while it is away. */
export function stayAt({ stays }: HomeCar, position: number): CarStay | null {
  return stays.find(({ arrival, departure }) => arrival <= position && position < departure) ?? null
}

/**
 * What the car takes at that position, in Wh: all that the charger gives until it has all but what it was told to put off, and
 * that as late as it must.
 */
export function ownCarWh(car: HomeCar, stay: CarStay, state: ChargingState, position: number): number {
  const { least, most } = carBoundsWh(car, stay, state, position)
  return Math.max(least, Math.min(most, stay.neededWh - state.chargedWh - state.deferredWh))
}

/** The nearest to the wish that charger, need and departure allow, in Wh. */
export function possibleCarWh(
  car: HomeCar,
  stay: CarStay,
  state: ChargingState,
  { position, wishWh }: { readonly position: number; readonly wishWh: number },
): number {
  const { least, most } = carBoundsWh(car, stay, state, position)
  return Math.min(most, Math.max(least, wishWh))
}

/** `least` is what it cannot put off, so that it does not leave short. */
export function carBoundsWh(
  { chargerW }: HomeCar,
  { departure, neededWh }: CarStay,
  { chargedWh }: ChargingState,
  position: number,
): { readonly least: number; readonly most: number } {
  const perPeriodWh = Math.floor(chargerW / 4)
  const missingWh = neededWh - chargedWh
  const most = Math.min(perPeriodWh, missingWh)
  const laterWh = perPeriodWh * (departure - position - 1)
  return { least: Math.min(most, Math.max(0, missingWh - laterWh)), most }
}

/** How the car stands after it took the energy in a period; what it took less than by itself is put off, and more is not any more. */
export function chargedAfter(
  car: HomeCar,
  stay: CarStay,
  state: ChargingState,
  { position, carWh }: { readonly position: number; readonly carWh: number },
): ChargingState {
  const chargedWh = state.chargedWh + carWh
  const deferredWh = state.deferredWh + ownCarWh(car, stay, state, position) - carWh
  return { chargedWh, deferredWh: Math.max(0, Math.min(deferredWh, stay.neededWh - chargedWh)) }
}
