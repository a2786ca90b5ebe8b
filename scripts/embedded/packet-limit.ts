import type { Socket } from 'node:net'

/**
 * Drops a connection that announces an MQTT packet longer than the limit, before any of it is kept; MQTT 3.1.1 would
 * let it send 256 MB. Returns the function that changes the limit, in bytes.
 */
export function limitPackets(socket: Socket, bytes: number): (bytes: number) => void {
  let limit = bytes
  const frames = createFrameReader()
  const read = socket.read.bind(socket)
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size)
    if (!Buffer.isBuffer(chunk) || frames(chunk) <= limit) return chunk
    socket.destroy(new Error(`a packet of more than ${limit} bytes`))
    return null
  }
  return (next) => {
    limit = next
  }
}

/** Follows the packet borders of a stream; gives the largest remaining length announced in each chunk. */
export function createFrameReader(): (chunk: Buffer) => number {
  let state: 'type' | 'length' | 'body' = 'type'
  let length = 0
  let shift = 0
  return (chunk) => {
    let largest = state === 'body' ? length : 0
    let position = 0
    while (position < chunk.length) {
      if (state === 'body') {
        const step = Math.min(length, chunk.length - position)
        position += step
        length -= step
        if (length === 0) state = 'type'
        continue
      }
      const byte = chunk[position] ?? 0
      position += 1
      if (state === 'type') {
        state = 'length'
        length = 0
        shift = 0
        continue
      }
      length += (byte & 0x7f) << shift
      shift += 7
      if ((byte & 0x80) !== 0 && shift < 28) continue
      if (length > largest) largest = length
      state = length === 0 ? 'type' : 'body'
    }
    return largest
  }
}
