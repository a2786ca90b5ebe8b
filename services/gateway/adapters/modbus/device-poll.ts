import type { DeviceKind } from '../../../domain/devices/device.ts'
import type { Measured } from '../../../domain/devices/measurement.ts'
import type { DeviceReport } from '../adapter.ts'
import { ModbusRefusal, type ModbusSession } from './modbus-session.ts'
import { readModel, readModelMap, type SunSpecModel } from './sunspec-map.ts'
import { measurementsOf, measuringModelsOf, reportOf } from './sunspec-measurements.ts'

/** What one visit found; the report comes with the map, when that was read anew. */
export type DevicePoll = {
  readonly map: readonly SunSpecModel[]
  readonly report: DeviceReport | null
  readonly measured: readonly Measured[]
  readonly faults: readonly string[]
}

export function discoverModels(session: ModbusSession): Promise<readonly SunSpecModel[]> {
  return readModelMap(session.read, (error) => error instanceof ModbusRefusal)
}

/** Reads all that the device measures, and who made it where its map is not known yet. */
export async function pollDevice(
  session: ModbusSession,
  kind: DeviceKind,
  known: readonly SunSpecModel[] | null,
  nowMs: () => number,
): Promise<DevicePoll> {
  const map = known ?? (await discoverModels(session))
  const { common, measuring } = measuringModelsOf(kind, map)
  const report = known === null && common !== null ? reportOf(await readModel(session.read, common)) : null
  const measured: Measured[] = []
  const faults: string[] = []
  for (const model of measuring) {
    // Before the answer: one that is late must not pass for what stood there when it came.
    const atMs = nowMs()
    const registers = await readModel(session.read, model)
    const reading = measurementsOf(kind, { id: model.id, registers }, atMs)
    measured.push(...reading.measured)
    faults.push(...reading.faults)
  }
  return { map, report, measured, faults }
}
