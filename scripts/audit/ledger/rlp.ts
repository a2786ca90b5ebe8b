/** What RLP knows: bytes, and lists of what it knows. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** Recursive length prefix, the ledger's own encoding. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const bytes = new Uint8Array(encodedLengthOf(item))
  write(item, bytes, 0)
  return bytes
}

function write(item: RlpItem, into: Uint8Array, at: number): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) {
      into[at] = item[0]!
      return at + 1
    }
    const start = writeLength(item.length, 0x80, into, at)
    into.set(item, start)
    return start + item.length
  }
  let start = writeLength(contentLengthOf(item), 0xc0, into, at)
  for (const part of item) start = write(part, into, start)
  return start
}

function writeLength(length: number, offset: number, into: Uint8Array, at: number): number {
  if (length < 56) {
    into[at] = offset + length
    return at + 1
  }
  const size = byteCountOf(length)
  into[at] = offset + 55 + size
  for (let place = 0, rest = length; place < size; place += 1, rest = Math.floor(rest / 256)) {
    into[at + size - place] = rest % 256
  }
  return at + 1 + size
}

function encodedLengthOf(item: RlpItem): number {
  if (item instanceof Uint8Array && item.length === 1 && item[0]! < 0x80) return 1
  const length = item instanceof Uint8Array ? item.length : contentLengthOf(item)
  return length + 1 + (length < 56 ? 0 : byteCountOf(length))
}

function contentLengthOf(list: readonly RlpItem[]): number {
  return list.reduce((length, part) => length + encodedLengthOf(part), 0)
}

function byteCountOf(value: number): number {
  let count = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) count += 1
  return count
}
