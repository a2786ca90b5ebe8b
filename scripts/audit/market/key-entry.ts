import { hexOf, numberAt } from '../ledger/hex.ts'

/** Bytes of an entry of a key page: member 3, key 20, sides 1, valid periods 1, quantity limit 4, prices 2 and 2, allowance 5. */
export const ENTRY_LENGTH = 38
const KEY_AT = 3
export const KEY_LENGTH = 20

export type KeyEntry = {
  readonly trader: number
  readonly key: string
  /** Bit 0 for bids, bit 1 for offers. */
  readonly sides: number
  readonly validPeriods: number
  readonly quantityLimit: number
  /** Numbers of ticks above the lowest price of the market. */
  readonly lowestTick: number
  readonly highestTick: number
  /** Micro-euro that the member may put at risk in a session. */
  readonly allowance: number
}

export function entryCountOf(entries: Uint8Array): number {
  return Math.floor(entries.length / ENTRY_LENGTH)
}

export function memberAt(entries: Uint8Array, index: number): number {
  return numberAt(entries, index * ENTRY_LENGTH, 3)
}

export function keyAt(entries: Uint8Array, index: number): Uint8Array {
  const start = index * ENTRY_LENGTH + KEY_AT
  return entries.subarray(start, start + KEY_LENGTH)
}

export function readEntry(entries: Uint8Array, index: number): KeyEntry {
  const start = index * ENTRY_LENGTH
  return {
    trader: numberAt(entries, start, 3),
    key: hexOf(keyAt(entries, index)),
    sides: entries[start + 23]!,
    validPeriods: entries[start + 24]!,
    quantityLimit: numberAt(entries, start + 25, 4),
    lowestTick: numberAt(entries, start + 29, 2),
    highestTick: numberAt(entries, start + 31, 2),
    allowance: numberAt(entries, start + 33, 5),
  }
}

export function writeEntry(entry: KeyEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_LENGTH)
  const write = (value: number, start: number, length: number) => {
    for (let place = start + length - 1, rest = value; place >= start; place -= 1, rest = Math.floor(rest / 256)) {
      bytes[place] = rest % 256
    }
  }
  write(entry.trader, 0, 3)
  bytes.set(Buffer.from(entry.key.slice(2), 'hex'), KEY_AT)
  bytes[23] = entry.sides
  bytes[24] = entry.validPeriods
  write(entry.quantityLimit, 25, 4)
  write(entry.lowestTick, 29, 2)
  write(entry.highestTick, 31, 2)
  write(entry.allowance, 33, 5)
  return bytes
}
