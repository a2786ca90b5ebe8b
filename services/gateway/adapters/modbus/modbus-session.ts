import { connect, type Socket } from 'node:net'
import modbus from 'modbus-serial'
import type { DeviceEndpoint } from './device-endpoint.ts'

/** One connection to a device, for as long as a visit takes. */
export type ModbusSession = {
  readonly read: (at: number, count: number) => Promise<readonly number[]>
  readonly write: (at: number, values: readonly number[]) => Promise<void>
  readonly close: () => void
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

/** Connects; every failure of this and of what follows is a `ModbusRefusal` or a `ModbusSilence`. */
export async function openSession(
  endpoint: DeviceEndpoint,
  times: SessionTimes,
  stopped: AbortSignal,
): Promise<ModbusSession> {
  const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true })
  let bytes = 0
  const broken = new Promise<never>((_, reject) => {
    socket.on('error', (error) => reject(new ModbusSilence(error.message)))
    socket.on('close', () => reject(new ModbusSilence('the device closed the connection')))
  })
  broken.catch(() => undefined)
  const end = (reason: string) => () => socket.destroy(new Error(reason))
  const onStopped = end('the gateway stops')
  stopped.addEventListener('abort', onStopped, { once: true })
  const visit = setTimeout(end(`the visit took longer than ${times.visitMs} ms`), times.visitMs)
  socket.once('close', () => {
    clearTimeout(visit)
    stopped.removeEventListener('abort', onStopped)
  })
  if (stopped.aborted) onStopped()
  await Promise.race([connected(socket, times.connectMs), broken])
  socket.on('data', (chunk) => {
    bytes += chunk.length
    if (bytes > MOST_BYTES_PER_REQUEST) socket.destroy(new Error('the device sends more than it was asked for'))
  })

  const client = new modbus.default()
  await client.linkTCP(socket, { port: endpoint.port })
  client.setID(endpoint.unit)
  client.setTimeout(times.requestMs)
  const ask = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    bytes = 0
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
    close: () => void socket.destroy(),
  }
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
