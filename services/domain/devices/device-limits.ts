import { DomainError } from '../errors.ts'
import type { CommandAction } from './command.ts'
import type { DeviceKind, KnownDevice } from './device.ts'
import { FULL_CHARGE } from './command-action.ts'

/** On whose behalf a command is sent: never for another reason. */
export const COMMAND_SOURCES = ['owner', 'agent', 'activation', 'aggregator'] as const
export type CommandSource = (typeof COMMAND_SOURCES)[number]

/** What the owner of a device lets be done with it. Powers are 0 or more, in watts; the charge is in thousandths. */
export type DeviceLimits = {
  readonly mostChargeW: number
  readonly mostDischargeW: number
  readonly leastStateOfCharge: number
  readonly mostStateOfCharge: number
  /** Whose commands are sent; nobody else's are. */
  readonly sources: readonly CommandSource[]
  /** Nothing is sent at all, not even for the owner. */
  readonly isPaused: boolean
}

type Rated = Pick<KnownDevice, 'address' | 'kind' | 'ratedPowerW' | 'capabilities'>

/** Until the owner says otherwise: all that the device can, for the owner alone. */
export function limitsUnlessSet({ ratedPowerW }: Pick<KnownDevice, 'ratedPowerW'>): DeviceLimits {
  return {
    mostChargeW: ratedPowerW,
    mostDischargeW: ratedPowerW,
    leastStateOfCharge: 0,
    mostStateOfCharge: FULL_CHARGE,
    sources: ['owner'],
    isPaused: false,
  }
}

/** Throws `limits-invalid` where the limits contradict one another or are above what the device is rated for. */
export function requireValidLimits(limits: DeviceLimits, { ratedPowerW }: Pick<KnownDevice, 'ratedPowerW'>): void {
  if (limits.leastStateOfCharge > limits.mostStateOfCharge) {
    throw new DomainError('limits-invalid', 'leastStateOfCharge is above mostStateOfCharge')
  }
  for (const name of ['mostChargeW', 'mostDischargeW'] as const) {
    if (limits[name] > ratedPowerW) {
      throw new DomainError(
        'limits-invalid',
        `${name} is ${limits[name]}, and the device is rated for ${ratedPowerW} W`,
      )
    }
  }
  if (new Set(limits.sources).size !== limits.sources.length) {
    throw new DomainError('limits-invalid', 'sources names one twice')
  }
}

/** Throws `device-paused` or `command-source-not-allowed`. */
export function requireSourceAllowed(source: CommandSource, { sources, isPaused }: DeviceLimits): void {
  if (isPaused) throw new DomainError('device-paused', 'the owner has paused the device: nothing is sent to it')
  if (!sources.includes(source)) {
    throw new DomainError('command-source-not-allowed', `the owner lets nothing be sent for: ${source}`)
  }
}

/** Throws `command-unsupported` for what the device cannot do, and `command-beyond-limits`, saying which bound, and of a schedule which step. */
export function requireWithinLimits(action: CommandAction, limits: DeviceLimits, device: Rated): void {
  if (!device.capabilities.includes(action.kind)) {
    throw new DomainError('command-unsupported', `device ${device.address} has no ${action.kind}`)
  }
  const most = {
    charge: Math.min(limits.mostChargeW, device.ratedPowerW),
    discharge: Math.min(limits.mostDischargeW, device.ratedPowerW),
  }
  switch (action.kind) {
    case 'set-point':
      return requirePower(action.powerW, most, '')
    case 'schedule':
      return action.steps.forEach(({ powerW }, place) => requirePower(powerW, most, `steps.${place}: `))
    case 'switch':
      return requireSwitch(action.isOn, most, device)
    case 'charge-limit':
      requirePower(action.mostChargeW, most, 'mostChargeW: ')
      requirePower(-action.mostDischargeW, most, 'mostDischargeW: ')
      return requireCharge(action, limits)
  }
}

/**
 * What ends whatever the device was told to hold: it goes on as it likes within the owner's limits. Null where it cannot be
 * told so.
 */
export function releaseOf(device: Rated, limits: DeviceLimits): CommandAction | null {
  const { mostChargeW, mostDischargeW, leastStateOfCharge, mostStateOfCharge } = limits
  const bounds = { mostChargeW, mostDischargeW, leastStateOfCharge, mostStateOfCharge }
  const releases: readonly CommandAction[] = [
    { kind: 'charge-limit', ...bounds },
    { kind: 'switch', isOn: true },
  ]
  return releases.find((release) => isWithinLimits(release, limits, device)) ?? null
}

function isWithinLimits(action: CommandAction, limits: DeviceLimits, device: Rated): boolean {
  try {
    requireWithinLimits(action, limits, device)
    return true
  } catch (error) {
    if (error instanceof DomainError) return false
    throw error
  }
}

type Most = { readonly charge: number; readonly discharge: number }

function requirePower(powerW: number, most: Most, where: string): void {
  if (powerW > most.charge) throw beyond(`${where}${powerW} W into the device, and ${most.charge} W are the most`)
  if (-powerW > most.discharge)
    throw beyond(`${where}${-powerW} W out of the device, and ${most.discharge} W are the most`)
}

function requireCharge(
  { leastStateOfCharge, mostStateOfCharge }: Extract<CommandAction, { kind: 'charge-limit' }>,
  limits: DeviceLimits,
): void {
  if (leastStateOfCharge < limits.leastStateOfCharge) {
    throw beyond(`leastStateOfCharge: ${leastStateOfCharge}, and ${limits.leastStateOfCharge} is the least`)
  }
  if (mostStateOfCharge > limits.mostStateOfCharge) {
    throw beyond(`mostStateOfCharge: ${mostStateOfCharge}, and ${limits.mostStateOfCharge} is the most`)
  }
}

/** In which directions a device runs that is switched on, at up to its rated power. */
const FLOWS: Readonly<Record<DeviceKind, readonly (keyof Most)[]>> = {
  meter: [],
  battery: ['charge', 'discharge'],
  'ev-charger': ['charge'],
  'heat-pump': ['charge'],
  'pv-inverter': ['discharge'],
}

/** What is on runs as it likes: that is within the limits only where they leave it its rated power. */
function requireSwitch(isOn: boolean, most: Most, { kind, ratedPowerW }: Rated): void {
  if (!isOn) return
  for (const flow of FLOWS[kind]) {
    if (most[flow] >= ratedPowerW) continue
    throw beyond(`what is on may ${flow} ${ratedPowerW} W, and ${most[flow]} W are the most: send a set-point`)
  }
}

function beyond(reason: string): DomainError {
  return new DomainError('command-beyond-limits', `beyond the owner's limits: ${reason}`)
}
