import type { DeviceEndpoint } from './device-endpoint.ts'
import { ModbusSilence, openSession, type ModbusSession, type SessionTimes } from './modbus-session.ts'
import { createVisitQueue } from './visit-queue.ts'

/** Connections to devices, one to each and not too many at once; each lasts as long as what is done in it. */
export type DeviceVisits = {
  /** Throws what the parser throws on the endpoint, and what the session throws. */
  readonly visit: <Result>(endpoint: string, work: (session: ModbusSession) => Promise<Result>) => Promise<Result>
  /** Resolves once no visit goes on any more. */
  readonly settled: () => Promise<void>
}

export function createDeviceVisits(
  settings: SessionTimes & { readonly connectionsAtOnce: number; readonly connectionsPerHost: number },
  parse: (text: string) => DeviceEndpoint,
  stopped: AbortSignal,
): DeviceVisits {
  const queue = createVisitQueue({ atOnce: settings.connectionsAtOnce, perHost: settings.connectionsPerHost })
  const last = new Map<string, Promise<unknown>>()

  const begin = async <Result>(endpoint: DeviceEndpoint, work: (session: ModbusSession) => Promise<Result>) => {
    if (stopped.aborted) throw new ModbusSilence('the gateway stops')
    const session = await openSession(endpoint, settings, stopped)
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }

  return {
    async visit(text, work) {
      const endpoint = parse(text)
      const before = last.get(text) ?? Promise.resolve()
      const host = `${endpoint.host} ${endpoint.port}`
      const visit = before.then(() => queue.run(host, () => begin(endpoint, work)))
      const quiet = visit.catch(() => undefined)
      last.set(text, quiet)
      void quiet.then(() => {
        if (last.get(text) === quiet) last.delete(text)
      })
      return visit
    },
    async settled() {
      await Promise.all(last.values())
    },
  }
}
