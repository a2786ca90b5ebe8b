import { DomainError } from '../../errors.ts'
import type { DeliveryPeriod } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'

/**
 * What a device can do in the periods from `firstPeriod` on: an energy buffer, as S2 has it (FillRateBasedControl). Powers
 * are the mean of a period at the device, positive into it, and multiples of 4 W, so that its energy is whole Wh.
 */
export type FlexibleDevice = {
  /** Address behind its DID. */
  readonly device: string
  readonly memberId: number
  readonly firstPeriod: DeliveryPeriod
  /** How it runs if nobody tells it anything. */
  readonly planW: readonly number[]
  readonly leastW: readonly number[]
  readonly mostW: readonly number[]
  /** When the first period begins; of what only takes, what it was given since. */
  readonly storedWh: number
  /** At the end of each period, such as what a car is to have by its departure. */
  readonly leastStoredWh: readonly number[]
  readonly mostStoredWh: readonly number[]
  /** What one way, in or out, leaves of the energy, in thousandths. */
  readonly efficiencyPermille: number
}

/** What is wished of a device, by period as its plan has them. */
export type FlexWish = {
  readonly direction: FlexDirection
  /** By how much its power is to be moved in the direction, from 0; null where nothing is requested. */
  readonly movedW: readonly (number | null)[]
  /** By how much it may move against the direction where nothing is requested. */
  readonly roomW: readonly number[]
}

const MILLI = 1_000
/** Set-points are whole Wh in a period. */
const STEP_W = 4

type Bounds = { readonly least: number; readonly most: number }

/** Throws `device-flexibility-invalid` where the plan is not within the device's own bounds. */
export function requireFeasible(device: FlexibleDevice): void {
  const { planW, leastW, mostW, leastStoredWh, mostStoredWh } = device
  if ([leastW, mostW, leastStoredWh, mostStoredWh].some(({ length }) => length !== planW.length)) {
    throw new DomainError('device-flexibility-invalid', `${device.device} says not the same periods throughout`)
  }
  const position = faultOf(device, planW)
  if (position === null) return
  const period = device.firstPeriod + position
  throw new DomainError('device-flexibility-invalid', `${device.device} plans beyond its bounds in period ${period}`)
}

/** Whether the powers are within all bounds of the device, in every period. */
export function isFeasible(device: FlexibleDevice, powersW: readonly number[]): boolean {
  return faultOf(device, powersW) === null
}

/** In which period the powers leave the bounds first. */
function faultOf(device: FlexibleDevice, powersW: readonly number[]): number | null {
  let stored = device.storedWh * MILLI
  for (const [position, powerW] of powersW.entries()) {
    stored += movedMilliWh(powerW, device.efficiencyPermille)
    const isWithin =
      powerW >= device.leastW[position]! &&
      powerW <= device.mostW[position]! &&
      stored >= device.leastStoredWh[position]! * MILLI &&
      stored <= device.mostStoredWh[position]! * MILLI
    if (!isWithin) return position
  }
  return null
}

/**
 * The device's powers in all its periods, with its plan moved by up to the wish where something is requested, by no more than
 * the room against the direction elsewhere, and as planned until the first request. What stores makes up for it where its
 * plan would need what it gave; what only takes does so as soon as there is room. Within all bounds of the device, always;
 * its plan itself where nothing else is.
 */
export function rescheduled(device: FlexibleDevice, wish: FlexWish): readonly number[] {
  const bounds = device.planW.map((planW, position) => powerBoundsOf(device, wish, planW, position))
  const levels = reachableLevels(device, bounds)
  const isEager = wish.direction === 'consume-less' && device.leastW.every((leastW) => leastW >= 0)
  const powersW: number[] = []
  let [stored, planned] = [device.storedWh * MILLI, device.storedWh * MILLI]
  for (const [position, planW] of device.planW.entries()) {
    const most = Math.min(bounds[position]!.most, mostPowerFor(levels[position]!.most - stored, device))
    const least = Math.max(bounds[position]!.least, leastPowerFor(levels[position]!.least - stored, device))
    if (least > most) return device.planW
    planned += movedMilliWh(planW, device.efficiencyPermille)
    const catchUpW = isEager && stored < planned ? mostPowerFor(planned - stored, device) : planW
    const movedW = wish.movedW[position] ?? null
    const wishedW = movedW === null ? Math.max(planW, catchUpW) : planW + signOf(wish.direction) * movedW
    const powerW = Math.min(most, Math.max(least, downToStep(wishedW)))
    powersW.push(powerW)
    stored += movedMilliWh(powerW, device.efficiencyPermille)
  }
  return isFeasible(device, powersW) ? powersW : device.planW
}

/** By how much the powers are moved in the direction, against the plan; negative where against the direction. */
export function movedOf(
  device: FlexibleDevice,
  direction: FlexDirection,
  powersW: readonly number[],
): readonly number[] {
  return powersW.map((powerW, position) => {
    const movedW = signOf(direction) * (powerW - device.planW[position]!)
    return movedW === 0 ? 0 : movedW
  })
}

/**
 * The most by which the device can move in all of the periods wished for together, as wishes to it: what it can in each one
 * alone, cut off at the highest level that it can keep up and the wish asks for.
 */
export function heldWish(device: FlexibleDevice, wish: FlexWish): FlexWish {
  const alone = wish.movedW.map((movedW, position) => {
    if (movedW === null) return null
    const only = wish.movedW.map((_, other) => (other === position ? movedW : null))
    // The other requested periods are no room to make up for it.
    const roomW = wish.roomW.map((room, other) => (wish.movedW[other] === null ? room : 0))
    return Math.max(0, movedIn(device, { ...wish, movedW: only, roomW }, position))
  })
  const cutAt = (levelW: number): FlexWish => ({
    ...wish,
    movedW: alone.map((movedW) => (movedW === null ? null : Math.min(levelW, movedW))),
  })
  const isHeld = (levelW: number): boolean => {
    const cut = cutAt(levelW)
    const moved = movedOf(device, wish.direction, rescheduled(device, cut))
    return cut.movedW.every((movedW, position) => movedW === null || moved[position]! >= movedW)
  }
  let [low, high] = [0, Math.floor(Math.max(0, ...alone.map((movedW) => movedW ?? 0)) / STEP_W)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isHeld(middle * STEP_W)) low = middle
    else high = middle - 1
  }
  return cutAt(low * STEP_W)
}

function movedIn(device: FlexibleDevice, wish: FlexWish, position: number): number {
  return movedOf(device, wish.direction, rescheduled(device, wish))[position]!
}

/** Where something is requested the device moves in the direction only; before all of it, it does not move. */
function powerBoundsOf(device: FlexibleDevice, wish: FlexWish, planW: number, position: number): Bounds {
  const [leastW, mostW] = [device.leastW[position]!, device.mostW[position]!]
  const movedW = wish.movedW[position] ?? null
  const isLess = wish.direction === 'consume-less'
  if (movedW !== null) {
    const reach = downToStep(movedW)
    return isLess
      ? { least: Math.max(leastW, planW - reach), most: planW }
      : { least: planW, most: Math.min(mostW, planW + reach) }
  }
  const first = wish.movedW.findIndex((one) => one !== null)
  if (first === -1 || position < first) return { least: planW, most: planW }
  const roomW = downToStep(wish.roomW[position] ?? 0)
  return isLess
    ? { least: planW, most: Math.min(mostW, planW + roomW) }
    : { least: Math.max(leastW, planW - roomW), most: planW }
}

/** Levels at the end of each period, in thousandths of a Wh, from which all later bounds can be kept. */
function reachableLevels(device: FlexibleDevice, bounds: readonly Bounds[]): readonly Bounds[] {
  const levels = device.planW.map((_, position) => ({
    least: device.leastStoredWh[position]! * MILLI,
    most: device.mostStoredWh[position]! * MILLI,
  }))
  for (let position = levels.length - 1; position > 0; position -= 1) {
    const { least, most } = bounds[position]!
    const [before, after] = [levels[position - 1]!, levels[position]!]
    levels[position - 1] = {
      least: Math.max(before.least, after.least - movedMilliWh(most, device.efficiencyPermille)),
      most: Math.min(before.most, after.most - movedMilliWh(least, device.efficiencyPermille)),
    }
  }
  return levels
}

/** By how much the stored energy changes in a period, in thousandths of a Wh; what is lost is rounded up. */
function movedMilliWh(powerW: number, efficiencyPermille: number): number {
  if (powerW >= 0) return Math.floor((powerW * efficiencyPermille) / STEP_W)
  return -Math.ceil((-powerW * MILLI * MILLI) / (STEP_W * efficiencyPermille))
}

/** The highest power that adds no more than that, in thousandths of a Wh. */
function mostPowerFor(milliWh: number, { efficiencyPermille }: FlexibleDevice): number {
  if (milliWh >= 0) return STEP_W * Math.floor(milliWh / efficiencyPermille)
  return -STEP_W * (Math.floor(((-milliWh - 1) * efficiencyPermille) / (MILLI * MILLI)) + 1)
}

/** The lowest power that takes out no more than that, or adds at least that, in thousandths of a Wh. */
function leastPowerFor(milliWh: number, { efficiencyPermille }: FlexibleDevice): number {
  if (milliWh > 0) return STEP_W * Math.ceil(milliWh / efficiencyPermille)
  const steps = Math.floor((-milliWh * efficiencyPermille) / (MILLI * MILLI))
  return steps === 0 ? 0 : -STEP_W * steps
}

function downToStep(powerW: number): number {
  return STEP_W * Math.floor(powerW / STEP_W)
}

function signOf(direction: FlexDirection): 1 | -1 {
  return direction === 'consume-less' ? -1 : 1
}
