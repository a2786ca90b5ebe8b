import { createHash } from 'node:crypto'
import type { CommandAction } from '../domain/devices/command.ts'
import { releaseOf, type DeviceLimits } from '../domain/devices/device-limits.ts'
import type { KnownDevice } from '../domain/devices/device.ts'
import { deliveryPeriod, endOf, SECONDS_PER_DAY, startOf } from '../domain/units.ts'
import type { DispatchedPeriod, FlexDispatch } from '../store/flexibility/dispatches.ts'

/** What a device is to be told now. */
export type DueCommand = {
  /** UUID, the same for the same command of a dispatch. */
  readonly id: string
  readonly action: CommandAction
  /** Unix seconds. */
  readonly expiresAt: number
}

type Told = { readonly device: KnownDevice; readonly limits: DeviceLimits }
type Timing = { readonly now: number; readonly leadSeconds: number }

/** No command is valid for more than a day; a schedule that lasts longer is told before it begins all the same. */
const LONGEST_SCHEDULE_SECONDS = 22 * 3_600
/** For so long a device is told to go on as it likes. */
const RELEASE_SECONDS = 3_600

/** Whether the device can be told what to take at all. */
export function isCommandable({ capabilities }: Pick<KnownDevice, 'capabilities'>): boolean {
  return capabilities.includes('schedule') || capabilities.includes('set-point')
}

/**
 * What a device is to have been told by now for a dispatch: its schedule where it knows schedules, as soon as a command can last so long, else the set-point of
 * the period that begins within the lead, and behind the last one to go on as it likes. Null where it is nothing, or
 * the device cannot be told so.
 */
export function dueCommandOf(
  { id, schedule }: Pick<FlexDispatch, 'id' | 'schedule'>,
  told: Told,
  { now, leadSeconds }: Timing,
): DueCommand | null {
  const [first, last] = [schedule[0]!, schedule.at(-1)!]
  if (told.device.capabilities.includes('schedule')) {
    const [begin, end] = [startOf(deliveryPeriod(first.period)), endOf(deliveryPeriod(last.period))]
    const expiresAt = Math.min(end, begin + LONGEST_SCHEDULE_SECONDS)
    if (expiresAt > now + SECONDS_PER_DAY || now >= end) return null
    const steps = schedule.map(({ period, powerW }) => ({ from: startOf(deliveryPeriod(period)), powerW }))
    return commandOf(id, 'schedule', { kind: 'schedule', steps }, expiresAt)
  }
  const horizon = now + leadSeconds
  if (startOf(deliveryPeriod(first.period)) > horizon) return null
  if (endOf(deliveryPeriod(last.period)) <= horizon) return releaseCommandOf({ id, schedule }, told)
  const position = schedule.findLastIndex(({ period }) => startOf(deliveryPeriod(period)) <= horizon)
  const [from, to] = samePowerAround(schedule, position)
  const action = { kind: 'set-point', powerW: schedule[position]!.powerW } as const
  return commandOf(id, `set-point ${schedule[from]!.period}`, action, endOf(deliveryPeriod(schedule[to]!.period)))
}

/** Has a device that is needed no more go on as it likes; null where it cannot be told so. */
export function releaseCommandOf(
  { id, schedule }: Pick<FlexDispatch, 'id' | 'schedule'>,
  told: Told,
): DueCommand | null {
  const action = releaseOf(told.device, told.limits)
  const expiresAt = endOf(deliveryPeriod(schedule.at(-1)!.period)) + RELEASE_SECONDS
  return action === null ? null : commandOf(id, 'release', action, expiresAt)
}

/** The first and the last position of the run of one power. */
function samePowerAround(schedule: readonly DispatchedPeriod[], position: number): readonly [number, number] {
  const { powerW } = schedule[position]!
  let [from, to] = [position, position]
  while (from > 0 && schedule[from - 1]!.powerW === powerW) from -= 1
  while (to < schedule.length - 1 && schedule[to + 1]!.powerW === powerW) to += 1
  return [from, to]
}

function commandOf(dispatch: string, key: string, action: CommandAction, expiresAt: number): DueCommand {
  return { id: uuidOf(`${dispatch} ${key}`), action, expiresAt }
}

/** A UUID (version 8) out of a name: the first 16 bytes of its SHA-256. */
export function uuidOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
