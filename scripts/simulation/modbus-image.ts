/** The registers of one SunSpec device, from `SunS` on, each model at the place that it got. */
export type RegisterImage = {
  readonly registers: number[]
  /** Where the first value of a model stands. */
  readonly placeOf: (model: number) => number
}

/** Values of a model by their place; what is left out reads as not implemented. */
export type ModelImage = {
  readonly id: number
  readonly length: number
  readonly values: Readonly<Record<number, number>>
}

const MISSING = 0xffff

/** Lines models up behind the mark, and ends the chain. */
export function imageOf(models: readonly ModelImage[]): RegisterImage {
  const registers = [0x5375, 0x6e53]
  const places = new Map<number, number>()
  for (const { id, length, values } of models) {
    registers.push(id, length)
    if (!places.has(id)) places.set(id, registers.length)
    for (let at = 0; at < length; at += 1) registers.push((values[at] ?? MISSING) & 0xffff)
  }
  registers.push(0xffff, 0)
  return {
    registers,
    placeOf(model) {
      const place = places.get(model)
      if (place === undefined) throw new Error(`the image has no model ${model}`)
      return place
    },
  }
}

/** The common model, of a maker and a model of at most 32 characters. */
export function commonImage(words: {
  readonly maker: string
  readonly model: string
  readonly firmware: string
  readonly serialNumber: string
}): ModelImage {
  const values = {
    ...textAt(0, 16, words.maker),
    ...textAt(16, 16, words.model),
    ...textAt(32, 8, ''),
    ...textAt(40, 8, words.firmware),
    ...textAt(48, 16, words.serialNumber),
    64: 1,
    65: 0x8000,
  }
  return { id: 1, length: 66, values }
}

function textAt(at: number, length: number, text: string): Record<number, number> {
  const bytes = Buffer.alloc(length * 2)
  bytes.write(text, 'latin1')
  return Object.fromEntries(Array.from({ length }, (_, index) => [at + index, bytes.readUInt16BE(index * 2)]))
}

/** Writes a whole number over so many registers, the highest first. */
export function writeWhole(registers: number[], at: number, length: number, value: bigint): void {
  for (let index = 0; index < length; index += 1) {
    registers[at + index] = Number(BigInt.asUintN(16, value >> BigInt(16 * (length - 1 - index))))
  }
}
