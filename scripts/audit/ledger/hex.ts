/** The bytes of a 0x-hex text. Throws where it is no whole number of bytes. */
export function bytesOf(hex: string): Uint8Array {
  const length = (hex.length - 2) / 2
  const bytes = Buffer.from(new ArrayBuffer(Math.max(0, Math.floor(length))))
  // Buffer stops at the first character that is no hex digit, and says so by what it has written.
  if (!hex.startsWith('0x') || bytes.write(hex.slice(2), 'hex') !== length) {
    throw new SyntaxError(`${hex.slice(0, 20)} is not a whole number of bytes in hex`)
  }
  return new Uint8Array(bytes.buffer)
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}

/** A JSON-RPC quantity as big-endian bytes without leading zeros; none for zero. */
export function quantityBytes(quantity: string): Uint8Array {
  const digits = quantity.slice(2).replace(/^0+/, '')
  return bytesOf(digits.length % 2 === 0 ? `0x${digits}` : `0x0${digits}`)
}

/** A big-endian unsigned integer of up to six bytes. */
export function numberAt(bytes: Uint8Array, start: number, length: number): number {
  let value = 0
  for (let place = start; place < start + length; place += 1) value = value * 256 + bytes[place]!
  return value
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let start = 0
  for (const part of parts) {
    whole.set(part, start)
    start += part.length
  }
  return whole
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
