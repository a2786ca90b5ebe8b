import { connect, type Socket } from 'node:net'
import modbus from 'modbus-serial'
import type { DeviceEndpoint } from './device-endpoint.ts'

/** One connection to a device, for as long as a visit takes. */
export type ModbusSession = {
  readonly read: (at: number, count: number) => Promise<readonly number[]>
  readonly write: (at: number, values: readonly number[]) => Promise<void>
  /** Resolves once the device has let go of the connection, or had time to: some serve only one. */
  readonly close: () => Promise<void>
}

export type SessionTimes = {
  readonly connectMs: number
  readonly requestMs: number
  /** A device that answers each request just in time is left after so long. */
  readonly visitMs: number
}

/** The device answered that it will not: a Modbus exception. */
export class ModbusRefusal extends Error {
  readonly exception: number

  constructor(exception: number, message: string) {
    super(message)
    this.name = 'ModbusRefusal'
    this.exception = exception
  }
}

/** The device did not answer, or with what is no Modbus. */
export class ModbusSilence extends Error {}

/** Acknowledge, busy, and a gateway that does not reach its device: the same request may well be answered later. */
const NOT_NOW: ReadonlySet<number> = new Set([5, 6, 10, 11])
/** Any answer to a request is shorter; what sends more is cut off before it costs time. */
const MOST_BYTES_PER_REQUEST = 1_024
const CLOSE_MS = 250

/** A connection that ends by itself where it lasts too long, brings too much, or the gateway stops. */
type GuardedSocket = {
  readonly socket: Socket
  /** Rejects with a `ModbusSilence` once the connection has ended. */
  readonly broken: Promise<never>
  /** Lets one more answer come. */
  readonly expectAnswer: () => void
}

/** Connects; every failure of this and of what follows is a `ModbusRefusal` or a `ModbusSilence`. */
export async function openSession(
  endpoint: DeviceEndpoint,
  times: SessionTimes,
  stopped: AbortSignal,
): Promise<ModbusSession> {
  const { socket, broken, expectAnswer } = guardedSocket(endpoint, times, stopped)
  await Promise.race([connected(socket, times.connectMs), broken])
  const client = new modbus.default()
  await client.linkTCP(socket, { port: endpoint.port })
  client.setID(endpoint.unit)
  client.setTimeout(times.requestMs)
  const ask = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    expectAnswer()
    // The library never settles a request whose connection ends.
    return Promise.race([request().catch(rethrow), broken])
  }

  return {
    async read(at, count) {
      const { data } = await ask(() => client.readHoldingRegisters(at, count))
      if (data.length !== count) throw new ModbusSilence(`the device answered ${data.length} registers for ${count}`)
      return data
    },
    async write(at, values) {
      await ask(() => client.writeRegisters(at, [...values]))
    },
    close: () => closed(socket),
  }
}

function guardedSocket(endpoint: DeviceEndpoint, times: SessionTimes, stopped: AbortSignal): GuardedSocket {
  const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true })
  const broken = new Promise<never>((_, reject) => {
    socket.on('error', (error) => reject(new ModbusSilence(error.message)))
    socket.on('close', () => reject(new ModbusSilence('the device closed the connection')))
  })
  broken.catch(() => undefined)
  const end = (reason: string) => socket.destroy(new Error(reason))
  const onStopped = () => end('the gateway stops')
  const visit = setTimeout(() => end(`the visit took longer than ${times.visitMs} ms`), times.visitMs)
  stopped.addEventListener('abort', onStopped, { once: true })
  socket.once('close', () => {
    clearTimeout(visit)
    stopped.removeEventListener('abort', onStopped)
  })
  let bytes = 0
  socket.once('connect', () => {
    socket.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes > MOST_BYTES_PER_REQUEST) end('the device sends more than it was asked for')
    })
  })
  if (stopped.aborted) onStopped()
  return {
    socket,
    broken,
    expectAnswer() {
      bytes = 0
    },
  }
}

function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.end()
  })
}

function connected(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => socket.destroy(new Error(`there was no connection within ${timeoutMs} ms`)),
      timeoutMs,
    )
    socket.once('close', () => clearTimeout(timer))
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function rethrow(error: unknown): never {
  const { modbusCode, message } = error as { readonly modbusCode?: number; readonly message?: string }
  if (modbusCode === undefined || NOT_NOW.has(modbusCode)) throw new ModbusSilence(message ?? 'no answer')
  throw new ModbusRefusal(modbusCode, message ?? `Modbus exception ${modbusCode}`)
}
