import { concat } from './hex.ts'
import { encodeRlp } from './rlp.ts'

const VANITY_LENGTH = 32
const ITEMS = 5
const EMPTY_LIST = Uint8Array.of(0xc0)
const ROUND_ZERO = Uint8Array.of(0x80)

/**
 * The extra data of a header as BFT consensus hashes it: without the validators' seals, and without the number of the
 * round in which they agreed. IBFT ends the list before both, QBFT puts zero and an empty list in their places. None
 * where the extra data are no such list.
 */
export function withoutSeals(extraData: Uint8Array): Uint8Array[] {
  const items = itemsOf(extraData)
  const [vanity] = items ?? []
  if (items?.length !== ITEMS || vanity?.length !== VANITY_LENGTH + 1) return []
  const kept = items.slice(0, ITEMS - 2)
  return [listOf([...kept, ROUND_ZERO, EMPTY_LIST]), listOf(kept)]
}

/** The items of an RLP list, each as it is encoded; null for anything else. */
function itemsOf(bytes: Uint8Array): Uint8Array[] | null {
  const whole = spanAt(bytes, 0)
  if (whole === null || bytes[0]! < 0xc0 || whole.end !== bytes.length) return null
  const items: Uint8Array[] = []
  for (let at = whole.start; at < bytes.length;) {
    const item = spanAt(bytes, at)
    if (item === null || item.end > bytes.length) return null
    items.push(bytes.subarray(at, item.end))
    at = item.end
  }
  return items
}

/** Where the content of the item at a place starts and ends. */
function spanAt(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | null {
  const prefix = bytes[at]
  if (prefix === undefined) return null
  if (prefix < 0x80) return { start: at, end: at + 1 }
  const short = prefix < 0xc0 ? prefix - 0x80 : prefix - 0xc0
  if (short < 56) return { start: at + 1, end: at + 1 + short }
  const size = short - 55
  if (size > 4 || at + 1 + size > bytes.length) return null
  const length = bytes.subarray(at + 1, at + 1 + size).reduce((sum, byte) => sum * 256 + byte, 0)
  return { start: at + 1 + size, end: at + 1 + size + length }
}

/** A list of items that are encoded already. */
function listOf(items: readonly Uint8Array[]): Uint8Array {
  const content = concat(items)
  // The head of a list is that of a text of the same length, moved to where lists begin.
  const head = encodeRlp(content).slice(0, -content.length)
  head[0]! += 0x40
  return concat([head, content])
}
