import type { KnownDevice } from '../domain/devices/device.ts'
import { checkValue, measuredTimeOf } from '../domain/devices/measurement-rules.ts'
import type { Measured } from '../domain/devices/measurement.ts'
import type { Quantity } from '../domain/devices/quantity.ts'
import { DomainError } from '../domain/errors.ts'
import type { StoredMeasurement } from '../store/device-measurements.ts'
import type { BatchRecorder } from './batch-recorder.ts'
import { formatMeasured } from './measured-text.ts'
import { endedPeriodAt, type RegisterReader } from './register-reader.ts'

export type MeasurementIntake = {
  /**
   * Resolves once what was measured is durable, and the reading that it makes, to true; to false where it should be offered
   * again. What fails a rule goes to `onRefused`, and throws where nothing else was measured.
   */
  readonly take: (device: KnownDevice, measured: readonly Measured[]) => Promise<boolean>
  /** Loads what devices that are new here measured last, and forgets those that are not among them. */
  readonly setDevices: (addresses: readonly string[]) => Promise<void>
}

export type MeasurementIntakeOptions = {
  /** Unix milliseconds by the ledger's clock. */
  readonly nowMs: () => number
  /** Whether the ledger's clock moves with blocks alone: what was measured now is of the latest. */
  readonly isStepped: boolean
  /** Asks the ledger what time it is. */
  readonly refresh: () => Promise<unknown>
  readonly recorder: BatchRecorder<StoredMeasurement>
  readonly registers: RegisterReader
  readonly readLast: (addresses: readonly string[]) => Promise<Map<string, StoredMeasurement[]>>
  readonly onMeasured: (device: string, measuredAtMs: number) => void
  readonly onRefused: (device: KnownDevice, refusal: DomainError, payload: Buffer) => void
}

type DeviceState = {
  readonly last: Map<Quantity, StoredMeasurement>
  sequence: number
  /** What is under way of the device: one after the other. */
  working: Promise<unknown>
}

const MS_PER_HOUR = 3_600_000n
/** What a register advances at least before its rate is looked at, in Wh: it may count in steps. */
const REGISTER_STEP_WH = 1_000n
const OWN_REGISTERS: ReadonlySet<Quantity> = new Set(['consumed-register', 'produced-register'])

/** Decides on everything that devices measure, and has what is accepted written. */
export function createMeasurementIntake(options: MeasurementIntakeOptions): MeasurementIntake {
  const { nowMs, recorder } = options
  let states = new Map<string, DeviceState>()

  const timeOf = async (measuredAtMs: number | null) => {
    if (measuredAtMs === null ? options.isStepped : measuredAtMs > nowMs()) await options.refresh()
    return measuredTimeOf(measuredAtMs, nowMs())
  }

  const measurementOf = async (device: KnownDevice, state: DeviceState, one: Measured): Promise<StoredMeasurement> => {
    checkValue(one, device.ratedPowerW)
    const { atMs, isDoubtful } = await timeOf(one.measuredAtMs)
    const { quantity, value } = one
    const isReset = OWN_REGISTERS.has(quantity) && checkOwnRegister(state.last.get(quantity), value, atMs, device)
    const quality = isDoubtful || isReset ? 'doubtful' : one.quality
    return { device: device.address, quantity, value, measuredAtMs: atMs, quality, sequence: 0 }
  }

  const accept = async (device: KnownDevice, state: DeviceState, measured: readonly Measured[]) => {
    const accepted: StoredMeasurement[] = []
    const refusals: DomainError[] = []
    for (const one of measured) {
      try {
        accepted.push(await measurementOf(device, state, one))
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        refusals.push(error)
        options.onRefused(device, error, formatMeasured([one]))
      }
    }
    if (accepted.length === 0 && refusals.length > 0) throw refusals[0]!
    return accepted.toSorted((one, other) => one.measuredAtMs - other.measuredAtMs)
  }

  const write = async (state: DeviceState, accepted: readonly StoredMeasurement[]): Promise<void> => {
    let written: Promise<unknown> | null = null
    for (const one of accepted) {
      const last = state.last.get(one.quantity)
      if (last !== undefined && last.measuredAtMs === one.measuredAtMs && last.value === one.value) continue
      state.sequence += 1
      const measurement = { ...one, sequence: state.sequence }
      if (last === undefined || last.measuredAtMs <= one.measuredAtMs) state.last.set(one.quantity, measurement)
      options.onMeasured(one.device, one.measuredAtMs)
      written = recorder.add(measurement)
    }
    await written
  }

  /** Has the reading made of what a meter counted, where that is at the end of a delivery period. */
  const read = async (device: KnownDevice, counted: ReadonlyMap<Quantity, StoredMeasurement>, atMs: number) => {
    const period = endedPeriodAt(atMs)
    const [imported, exported] = [counted.get('import-register'), counted.get('export-register')]
    if (period === null || imported === undefined || endedPeriodAt(imported.measuredAtMs) !== period) return true
    if (exported !== undefined && endedPeriodAt(exported.measuredAtMs) !== period) return true
    const sample = { atMs, importWh: imported.value, exportWh: exported?.value ?? null }
    try {
      return await options.registers.take(device.address, sample)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      options.onRefused(device, error, formatMeasured([imported, ...(exported === undefined ? [] : [exported])]))
      return true
    }
  }

  const takeOf = async (device: KnownDevice, state: DeviceState, measured: readonly Measured[]): Promise<boolean> => {
    if (recorder.isFull()) return false
    const counted = new Map(state.last)
    const accepted = await accept(device, state, measured)
    await write(state, accepted)
    if (device.kind !== 'meter' || device.isSigning || device.memberId === null) return true
    for (const [atMs, together] of Map.groupBy(accepted, ({ measuredAtMs }) => measuredAtMs)) {
      for (const one of together) counted.set(one.quantity, one)
      if (!(await read(device, counted, atMs))) return false
    }
    return true
  }

  return {
    take(device, measured) {
      const state = states.get(device.address)
      if (state === undefined) return Promise.resolve(false)
      const work = state.working.then(() => takeOf(device, state, measured))
      state.working = work.catch(() => undefined)
      return work
    },

    async setDevices(addresses) {
      const added = addresses.filter((address) => !states.has(address))
      const loaded = added.length === 0 ? new Map<string, StoredMeasurement[]>() : await options.readLast(added)
      states = new Map(addresses.map((address) => [address, states.get(address) ?? stateOf(loaded.get(address) ?? [])]))
    },
  }
}

function stateOf(measurements: readonly StoredMeasurement[]): DeviceState {
  return {
    last: new Map(measurements.map((one) => [one.quantity, one])),
    sequence: Math.max(0, ...measurements.map(({ sequence }) => sequence)),
    working: Promise.resolve(),
  }
}

/** Whether the device began to count anew. Throws `measurement-implausible` where it counts more than it can. */
function checkOwnRegister(
  last: StoredMeasurement | undefined,
  value: bigint,
  atMs: number,
  { ratedPowerW }: KnownDevice,
): boolean {
  if (last === undefined || atMs < last.measuredAtMs) return false
  const most = (BigInt(ratedPowerW) * 2n * BigInt(Math.ceil(atMs - last.measuredAtMs))) / MS_PER_HOUR + REGISTER_STEP_WH
  if (ratedPowerW > 0 && value - last.value > most) {
    throw new DomainError(
      'measurement-implausible',
      `the ${last.quantity} went from ${last.value} Wh to ${value} Wh, and no more than ${most} Wh can have flowed: is it in another unit?`,
      { quantity: last.quantity, last: last.value, value },
    )
  }
  return value < last.value
}
