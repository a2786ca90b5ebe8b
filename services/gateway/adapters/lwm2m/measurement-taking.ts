import type { Measured } from '../../../domain/devices/measurement.ts'
import type { Quantity } from '../../../domain/devices/quantity.ts'
import { DomainError } from '../../../domain/errors.ts'
import { createTokenBucket } from '../../token-bucket.ts'
import type { DeviceDesk } from '../adapter.ts'
import { entriesOf, type Content } from './client.ts'
import { formatPath } from './content/resource-path.ts'
import type { ContentEntry } from './content/resource-value.ts'
import { measuredOf } from './objects/measured-resources.ts'
import type { InstancePath, MeasuringSources } from './objects/measuring-sources.ts'
import type { Rate } from './rate-limits.ts'

export type MeasurementTaking = {
  /** Where the device measures, once that is known. */
  readonly setSources: (sources: MeasuringSources) => void
  /**
   * Resolves once what a device said is durable, or was kept as refused, to true; to false where it should say it again.
   * One after the other. With `readWhole` what tells only one of several registers is read again as a whole.
   */
  readonly take: (content: Content, readWhole?: (path: InstancePath) => Promise<Content>) => Promise<boolean>
  /** Resolves once what came so far is done with. */
  readonly settled: () => Promise<unknown>
  /** Keeps what a device said that cannot be made use of. */
  readonly refuse: (error: DomainError, content: Pick<Content, 'asked' | 'payload'>) => void
  /** The sensor units (5701) that an instance told; null where it never did. */
  readonly unitOf: (instance: InstancePath) => string | null
}

export type MeasurementTakingOptions = {
  readonly desk: DeviceDesk
  readonly endpoint: string
  readonly nowMs: () => number
  readonly rate: Rate
}

const UNITS = 5701
const MOST_WAITING = 8
const MOST_UNITS = 64
const REGISTERS: readonly Quantity[] = ['import-register', 'export-register']
const NO_SOURCES: MeasuringSources = { flows: null, states: [] }

/** Makes measurements of what one device says, and hands them to the gateway. */
export function createMeasurementTaking({ desk, endpoint, nowMs, rate }: MeasurementTakingOptions): MeasurementTaking {
  const units = new Map<string, string>()
  const bucket = createTokenBucket(rate)
  /** Those registers that the device was ever seen to have. */
  const registers = new Set<Quantity>()
  let sources = NO_SOURCES
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()

  const unitOf = (instance: InstancePath): string | null => units.get(formatPath(instance)) ?? null

  const keepUnits = (entries: readonly ContentEntry[]): void => {
    for (const { path, value } of entries) {
      const instance = formatPath(path.slice(0, 2))
      if (path[2] !== UNITS || typeof value !== 'string') continue
      if (units.has(instance) || units.size < MOST_UNITS) units.set(instance, value)
    }
  }

  const refuse: MeasurementTaking['refuse'] = ({ code, message }, { asked, payload }) => {
    const topic = `lwm2m/${endpoint}${asked.length === 0 ? '/dp' : formatPath(asked)}`
    desk.onRefused({ topic, code, reason: message, payload: Buffer.from(payload) })
  }

  /** Null where it was refused. */
  const understand = async (
    content: Content,
    kind: Parameters<typeof measuredOf>[1]['kind'],
    readWhole?: (path: InstancePath) => Promise<Content>,
  ): Promise<readonly Measured[] | null> => {
    try {
      const entries = entriesOf(content, desk.nowMs())
      keepUnits(entries)
      const measured = measuredOf(entries, { kind, sources, unitOf })
      const told = REGISTERS.filter((register) => measured.some(({ quantity }) => quantity === register))
      const isWhole = told.length === 0 || [...registers].every((register) => told.includes(register))
      for (const register of told) registers.add(register)
      if (isWhole || readWhole === undefined || sources.flows === null) return measured
      return await understand(await readWhole(sources.flows), kind)
    } catch (error) {
      if (!(error instanceof DomainError) || isPassing(error)) throw error
      refuse(error, content)
      return null
    }
  }

  const takeNow = async (content: Content, readWhole?: (path: InstancePath) => Promise<Content>): Promise<boolean> => {
    const device = desk.find('lwm2m', endpoint)
    if (device === null) {
      refuse(new DomainError('device-unknown', `nobody knows the device ${endpoint} any more`), content)
      return true
    }
    desk.onSeen(device.address)
    try {
      const measured = await understand(content, device.kind, readWhole)
      return measured === null || measured.length === 0 || (await desk.takeMeasurements(device.address, measured))
    } catch (error) {
      // What the gateway refuses it has put into quarantine: saying it again would change nothing.
      if (error instanceof DomainError) return !isPassing(error)
      desk.onDefect(error)
      return false
    }
  }

  return {
    setSources: (found) => {
      sources = found
      registers.clear()
    },
    take: async (content, readWhole) => {
      if (waiting >= MOST_WAITING || !bucket.take(nowMs())) return false
      waiting += 1
      const taken = turn.then(() => takeNow(content, readWhole)).finally(() => (waiting -= 1))
      turn = taken.catch(() => undefined)
      return taken
    },
    settled: () => turn,
    refuse,
    unitOf,
  }
}

/** Whether the device may be reached later, or was only too busy. */
export function isPassing({ code }: DomainError): boolean {
  return code === 'device-unreachable' || code === 'device-busy'
}
