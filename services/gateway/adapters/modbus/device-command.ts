import { setTimeout as delay } from 'node:timers/promises'
import type { CommandAction, CommandAnswer } from '../../../domain/devices/command.ts'
import { ModbusRefusal, type ModbusSession } from './modbus-session.ts'
import { CommandRefusal, CONTROL_MODELS, writesOf, type RegisterWrite } from './sunspec-commands.ts'
import { readModel, type SunSpecModel } from './sunspec-map.ts'
import { PointFault } from './sunspec-values.ts'

/** Some devices show what was written only after they took it over. */
const READ_BACK_MS = [0, 300, 1_000] as const

/**
 * Writes what an action asks for and reads it back. Resolves to `done` where the device holds it, and to a refusal where
 * it answered with an exception or holds something else. Throws `command-unsupported` where it has no such registers.
 */
export async function tellDevice(
  session: ModbusSession,
  map: readonly SunSpecModel[],
  action: CommandAction,
  ratedPowerW: number,
): Promise<CommandAnswer> {
  const models = new Map<number, SunSpecModel>()
  for (const id of CONTROL_MODELS) {
    const model = map.find((candidate) => candidate.id === id)
    if (model !== undefined) models.set(id, model)
  }
  try {
    const registers = new Map<number, readonly number[]>()
    for (const [id, model] of models) registers.set(id, await readModel(session.read, model))
    const writes = writesOf(action, registers, ratedPowerW)
    for (const write of writes) await session.write(placeOf(models, write), write.values)
    return await readBack(session, models, writes)
  } catch (error) {
    if (error instanceof ModbusRefusal || error instanceof CommandRefusal || error instanceof PointFault) {
      return { status: 'refused', reason: error.message }
    }
    throw error
  }
}

async function readBack(
  session: ModbusSession,
  models: ReadonlyMap<number, SunSpecModel>,
  writes: readonly RegisterWrite[],
): Promise<CommandAnswer> {
  let reason = ''
  for (const pauseMs of READ_BACK_MS) {
    if (pauseMs > 0) await delay(pauseMs)
    reason = ''
    for (const write of writes) {
      const held = await session.read(placeOf(models, write), write.values.length)
      if (held.some((value, index) => value !== write.values[index])) {
        reason = `model ${write.model} holds ${held.join(' ')} at ${write.at} in the place of ${write.values.join(' ')}`
      }
    }
    if (reason === '') return { status: 'done' }
  }
  return { status: 'refused', reason }
}

function placeOf(models: ReadonlyMap<number, SunSpecModel>, write: RegisterWrite): number {
  return models.get(write.model)!.at + 2 + write.at
}
