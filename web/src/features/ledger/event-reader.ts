import type { Phrase } from './phrases.ts'

type Arguments = Readonly<Record<string, unknown>>

/** An event's arguments: integers as decimal text, bytes as 0x-hex. Each throws where there is no such value. */
export type EventReader = {
  readonly text: (name: string) => string
  readonly integer: (name: string) => bigint
  readonly number: (name: string) => number
  readonly flag: (name: string) => boolean
  readonly list: (name: string) => readonly unknown[]
}

/** Sentences by the name of the event, where contracts differ with that of the contract: `delegations.DelegationRevoked`. */
export type Sentences = Readonly<Record<string, (event: EventReader) => readonly Phrase[]>>

export function eventReaderOf(given: Arguments): EventReader {
  const text = (name: string): string => {
    const value = given[name]
    if (typeof value !== 'string') throw new TypeError(`the event has no ${name}`)
    return value
  }
  const integer = (name: string) => BigInt(text(name))
  const flag = (name: string): boolean => {
    const value = given[name]
    if (typeof value !== 'boolean') throw new TypeError(`the event has no ${name}`)
    return value
  }
  const list = (name: string): readonly unknown[] => {
    const value = given[name]
    if (!Array.isArray(value)) throw new TypeError(`the event has no ${name}`)
    return value
  }
  return { text, integer, number: (name) => Number(integer(name)), flag, list }
}

/** How many bytes 0x-hex has. */
export function byteLengthOf(hex: string): number {
  return (hex.length - 2) / 2
}
