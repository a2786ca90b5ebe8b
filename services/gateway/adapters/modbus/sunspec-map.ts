import { DomainError } from '../../../domain/errors.ts'

/** A model in a device's map: `at` is the register of its id, which its length and its values follow. */
export type SunSpecModel = { readonly id: number; readonly at: number; readonly length: number }

/** Asks a device for so many holding registers. */
export type ReadRegisters = (at: number, count: number) => Promise<readonly number[]>

const BASES = [40_000, 0, 50_000] as const
const MARK = [0x5375, 0x6e53] as const
const END = 0xffff
const MOST_MODELS = 64
const REGISTERS = 0x1_0000
/** Modbus answers no more at once. */
export const MOST_REGISTERS = 125

/**
 * Finds `SunS` and follows the chain of models behind it. Throws a `DomainError` `sunspec-missing` or
 * `sunspec-malformed`; what `read` throws goes through, unless `isAnswer` says that the device has nothing there.
 */
export async function readModelMap(
  read: ReadRegisters,
  isAnswer: (error: unknown) => boolean,
): Promise<readonly SunSpecModel[]> {
  for (const base of BASES) {
    const mark = await read(base, 2).catch((error: unknown) => {
      if (isAnswer(error)) return []
      throw error
    })
    if (mark[0] === MARK[0] && mark[1] === MARK[1]) return walk(read, base + 2)
  }
  throw new DomainError('sunspec-missing', `the device has no SunSpec map at ${BASES.join(', ')}`)
}

async function walk(read: ReadRegisters, start: number): Promise<readonly SunSpecModel[]> {
  const models: SunSpecModel[] = []
  let at = start
  while (models.length < MOST_MODELS) {
    if (at + 2 > REGISTERS) throw malformed(`the chain of models leaves the registers after ${models.length}`)
    const [id = END, length = 0] = await read(at, 2)
    if (id === END) return models
    // A device that has nothing more to say fills up with zeros here.
    if (id === 0 && length === 0) return models
    if (at + 2 + length > REGISTERS) throw malformed(`model ${id} at ${at} is ${length} registers long`)
    models.push({ id, at, length })
    at += 2 + length
  }
  throw malformed(`the chain has more than ${MOST_MODELS} models`)
}

/**
 * A model's values, at most so many that one answer holds them, so that they are of one moment. Throws `sunspec-moved`
 * where the model is not at its place any more.
 */
export async function readModel(read: ReadRegisters, model: SunSpecModel): Promise<readonly number[]> {
  const registers = await read(model.at, Math.min(model.length + 2, MOST_REGISTERS))
  if (registers[0] !== model.id || registers[1] !== model.length) {
    throw new DomainError('sunspec-moved', `model ${model.id} is not at register ${model.at} any more`)
  }
  return registers.slice(2)
}

function malformed(reason: string): DomainError {
  return new DomainError('sunspec-malformed', reason)
}
