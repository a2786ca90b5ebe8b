import type { HealthChange, WatchedDevice } from '../store/device-health.ts'
import type { DeviceReport } from './adapters/adapter.ts'

/** Notes how devices do, in the gateway's memory until it is written; of devices that are not known nothing is noted. */
export type DeviceHealth = {
  /** It was heard, and may have told of itself. */
  readonly onSeen: (device: string, report?: DeviceReport) => void
  /** A signed reading of it was accepted. */
  readonly onReading: (
    device: string,
    reading: { readonly sequence: number; readonly isLate: boolean; readonly skipped: number },
  ) => void
  /** A measurement of it was accepted, taken at this time, unix milliseconds by the ledger's clock. */
  readonly onMeasured: (device: string, measuredAtMs: number) => void
  /** Something in its name was refused: nobody knows whether it sent it. */
  readonly onRefused: (device: string) => void
  /** Takes up devices that are new, and forgets those that are gone. */
  readonly refresh: () => Promise<void>
  /** Resolves when all that was noted before is written, and the periods that are over are counted. */
  readonly flush: () => Promise<void>
}

export type HealthOptions = {
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
  /** The same list while none has changed. */
  readonly watch: () => Promise<readonly WatchedDevice[]>
  readonly write: (changes: readonly HealthChange[]) => Promise<void>
  /** Counts what was waited for on the day, in the periods before `upto`. */
  readonly countDay: (area: number, day: number, upto: number) => Promise<void>
  /** Of each area. */
  readonly readingDeadlines: ReadonlyMap<number, number>
}

type Noted = { -readonly [Name in keyof Omit<HealthChange, 'device' | 'periods'>]: HealthChange[Name] } & {
  readonly periods: Set<number>
}

const LARGEST_BATCH = 1_000
const PERIODS_PER_DAY = 96
const SECONDS_PER_PERIOD = 900
/** What a gateway that was away counts again: readings that came late do not change it. */
const PERIODS_COUNTED_AGAIN = 2 * PERIODS_PER_DAY
const LONGEST_FIRMWARE = 100
const LARGEST_OFFSET_MS = 2 ** 31 - 1
const CONTROL = /\p{Cc}/gu

export function createDeviceHealth(options: HealthOptions): DeviceHealth {
  const { now, readingDeadlines } = options
  let known: readonly WatchedDevice[] | null = null
  let watched = new Map<string, WatchedDevice>()
  const counted = new Map<number, number>()
  let noted = new Map<string, Noted>()

  const noteOn = (device: string): Noted | null => {
    if (!watched.has(device)) return null
    const known = noted.get(device) ?? nothing()
    noted.set(device, known)
    return known
  }
  const deadlineOf = (device: string): number => readingDeadlines.get(watched.get(device)?.area ?? -1) ?? 0

  const countPeriods = async (): Promise<void> => {
    for (const [area, deadline] of readingDeadlines) {
      const upto = Math.floor((now() - deadline) / SECONDS_PER_PERIOD)
      const from = counted.get(area) ?? upto - PERIODS_COUNTED_AGAIN
      if (upto <= from) continue
      const days = new Set<number>()
      const first = Math.max(from, upto - PERIODS_COUNTED_AGAIN)
      for (let period = first; period < upto; period += 1) days.add(Math.floor(period / PERIODS_PER_DAY))
      for (const day of days) await options.countDay(area, day, upto)
      counted.set(area, upto)
    }
  }

  return {
    onSeen(device, report = {}) {
      const note = noteOn(device)
      if (note === null) return
      note.lastSeenAt = now()
      if (report.firmware !== undefined) note.firmware = printable(report.firmware)
      if (report.clockOffsetMs !== undefined) note.clockOffsetMs = bounded(report.clockOffsetMs)
    },
    onReading(device, { sequence, isLate, skipped }) {
      const note = noteOn(device)
      if (note === null) return
      note.lost += skipped
      note.lastSequence = Math.max(sequence, note.lastSequence ?? sequence)
      note.lastSeenAt = now()
      note.received += 1
      if (isLate) note.late += 1
    },
    onMeasured(device, measuredAtMs) {
      const note = noteOn(device)
      if (note === null) return
      const at = now()
      const period = Math.floor(measuredAtMs / 1_000 / SECONDS_PER_PERIOD)
      const isInTime = at <= (period + 1) * SECONDS_PER_PERIOD + deadlineOf(device)
      note.lastSeenAt = at
      note.received += 1
      if (!isInTime) note.late += 1
      // What a clock that is ahead says of periods to come is not there yet.
      else if (period <= Math.floor(at / SECONDS_PER_PERIOD)) note.periods.add(period)
    },
    onRefused(device) {
      const note = noteOn(device)
      if (note !== null) note.refused += 1
    },
    async refresh() {
      const devices = await options.watch()
      if (devices === known) return
      known = devices
      watched = new Map(devices.map((device) => [device.address, device]))
    },
    async flush() {
      const changes = [...noted].map(([device, { periods, ...note }]) => ({ device, ...note, periods: [...periods] }))
      noted = new Map()
      for (let start = 0; start < changes.length; start += LARGEST_BATCH) {
        await options.write(changes.slice(start, start + LARGEST_BATCH))
      }
      await countPeriods()
    },
  }
}

function nothing(): Noted {
  return {
    ...{ received: 0, late: 0, refused: 0, lost: 0 },
    ...{ lastSeenAt: null, lastSequence: null, clockOffsetMs: null, firmware: null },
    periods: new Set(),
  }
}

function printable(text: string): string {
  return text.replaceAll(CONTROL, '').toWellFormed().slice(0, LONGEST_FIRMWARE).toWellFormed()
}

function bounded(milliseconds: number): number {
  return Math.max(-LARGEST_OFFSET_MS, Math.min(LARGEST_OFFSET_MS, Math.round(milliseconds) || 0))
}
