import { readingDomain } from '../chain/readings.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import { MEASUREMENT_DAYS_KEPT } from '../domain/devices/measurement-rules.ts'
import { PERIODS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_PERIOD } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import {
  pruneMeasurements,
  readLastMeasurements,
  writeMeasurements,
  type StoredMeasurement,
} from '../store/device-measurements.ts'
import { listSpokenWith } from '../store/devices.ts'
import { fingerprintOf } from '../store/fingerprint.ts'
import { listMeterExchanges, type MeterExchange } from '../store/meter-exchanges.ts'
import { readLastCounters } from '../store/readings.ts'
import type { RefusedMessage } from '../store/refused-messages.ts'
import { createBatchRecorder } from './batch-recorder.ts'
import type { Patiently } from './database-patience.ts'
import { createDeviceDesk, type RefreshedDesk } from './device-desk.ts'
import type { DeviceHealth } from './device-health.ts'
import type { LedgerTime } from './ledger-time.ts'
import { MEASURED_FORMAT } from './measured-text.ts'
import { createMeasurementIntake } from './measurement-intake.ts'
import type { ReadingIntake } from './reading-intake.ts'
import { createRegisterReader } from './register-reader.ts'
import { repeat } from './repeating.ts'
import { whenChanged } from './when-changed.ts'

/** So long a device that is new is not known. */
const REFRESH_MS = 2_000
const PRUNE_MS = 60_000

export type MeasurementParts = {
  readonly health: Pick<DeviceHealth, 'onMeasured' | 'onSeen'>
  /** See `MeasurementIntakeOptions`. */
  readonly isStepped: boolean
  readonly intake: ReadingIntake
  readonly key: SigningKey
  readonly ledger: Ledger
  readonly onDefect: (error: unknown) => void
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
  readonly patiently: Patiently
  readonly store: Store
  readonly time: Pick<LedgerTime, 'now' | 'nowMs' | 'refresh'>
}

/** Takes what devices measure, and makes readings of meters that cannot sign. Resolves once their register is loaded. */
export async function startMeasurements(
  parts: MeasurementParts,
): Promise<{ readonly desk: RefreshedDesk; readonly stop: () => void }> {
  const { health, intake, key, ledger, onDefect, onRefused, patiently, store, time } = parts
  const { nowMs } = time
  let exchanges = new Map<string, readonly MeterExchange[]>()
  const registers = createRegisterReader({
    domain: readingDomain(ledger),
    key,
    intake,
    readLastCounters: (memberId) => patiently(() => readLastCounters(store, memberId)),
    exchangesOf: (address) => exchanges.get(address) ?? [],
  })
  const measurements = createMeasurementIntake({
    nowMs,
    isStepped: parts.isStepped,
    refresh: time.refresh,
    recorder: createBatchRecorder({
      insert: (rows: readonly StoredMeasurement[]) => patiently(() => writeMeasurements(store, rows)),
      onFailure: onDefect,
    }),
    registers,
    readLast: (addresses) => patiently(() => readLastMeasurements(store, addresses)),
    onMeasured: health.onMeasured,
    onRefused: ({ address, protocol }, { code, message: reason }, payload) => {
      const topic = `${protocol} ${address}`
      onRefused({ topic, code, reason, payload, device: address, protocol, format: MEASURED_FORMAT })
    },
  })
  const listDevices = whenChanged(
    () => fingerprintOf(store, ['devices']),
    () => listSpokenWith(store),
  )
  const desk = createDeviceDesk({
    listDevices: () => patiently(listDevices),
    intake: measurements,
    health,
    onRefused,
    nowMs,
    onDefect,
  })
  const refresh = async (): Promise<void> => {
    exchanges = await patiently(() => listMeterExchanges(store, time.now() - MEASUREMENT_DAYS_KEPT * SECONDS_PER_DAY))
    await desk.refresh()
  }
  await refresh()
  const stopRefreshing = repeat(REFRESH_MS, refresh, onDefect)
  const oldest = () => Math.floor(time.now() / SECONDS_PER_PERIOD) - MEASUREMENT_DAYS_KEPT * PERIODS_PER_DAY
  const stopPruning = repeat(PRUNE_MS, () => patiently(() => pruneMeasurements(store, oldest())), onDefect)
  return {
    desk,
    stop() {
      stopRefreshing()
      stopPruning()
    },
  }
}
