import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk } from '../adapter.ts'
import { createLwm2mClientAt, entriesOf, type Content, type Lwm2mClient } from './client.ts'
import { contentChoicesOf } from './content-choice.ts'
import type { OfferedObjects } from './content/offered-objects.ts'
import { formatPath } from './content/resource-path.ts'
import { createMeasurementTaking, isPassing, type MeasurementTaking } from './measurement-taking.ts'
import { deviceReportOf } from './objects/device-report.ts'
import { MEASURING_RESOURCES } from './objects/measuring-resources.ts'
import { measuringSourcesOf, type InstancePath, type MeasuringSources } from './objects/measuring-sources.ts'
import type { Rate } from './rate-limits.ts'
import type { Registration } from './registrations.ts'

/** A registered device, of which all is observed that it measures. */
export type ObservedDevice = {
  readonly registration: Registration
  /** At where the device was heard last. */
  readonly client: () => Lwm2mClient
  /** What it has, with the instances that it was asked for. */
  readonly offered: () => OfferedObjects
  readonly unitOf: MeasurementTaking['unitOf']
  /** `known` once it was met, `unreachable` where the last attempt was in vain. */
  readonly state: () => 'new' | 'known' | 'unreachable'
  /** From the next meeting on at where it is heard now, and with what it has now. */
  readonly renew: () => void
  /** Asks what the device is, and observes it: from anew, whatever was before. */
  readonly meet: () => Promise<void>
  /** Whether it should be met again by now: it was silent for too long, or something was not taken. */
  readonly isDue: () => boolean
  /** What it sent by itself; false where it should come again. */
  readonly takeSent: (content: Content) => Promise<boolean>
  /** Forgets it, and tells it to be silent. */
  readonly close: () => void
}

export type ObservingOptions = {
  readonly desk: DeviceDesk
  /** Of a clock that runs forwards. */
  readonly nowMs: () => number
  /** How often it notifies, in seconds: at most, and at least. */
  readonly pmin: number
  readonly pmax: number
  readonly notificationRate: Rate
  /** A notification came: even a sleepy device listens now. */
  readonly onHeard: (registration: Registration) => void
}

const DEVICE: InstancePath = [3, 0]
const SET_POINT = 3308
const CONTROLS: readonly number[] = [SET_POINT, 3310, 3306, 3312]
const MOST_SET_POINTS = 8
/** So many times as long as a device may be silent it is observed anew. */
const SILENCES = 3
const RETRY_MS = 10_000
const LONGEST_RETRY_MS = 600_000

export function createObservedDevice(registration: Registration, options: ObservingOptions): ObservedDevice {
  const { desk, nowMs, pmin, pmax } = options
  const { endpoint, version } = registration
  const taking = createMeasurementTaking({ desk, endpoint, nowMs, rate: options.notificationRate })
  /** When each observed instance was heard last. */
  const heard = new Map<string, number>()
  let cancels: (() => Promise<void>)[] = []
  let state: 'new' | 'known' | 'unreachable' = 'new'
  let offered = registration.offered
  let client = clientAt()
  let generation = 0
  let failures = 0
  let dueAtMs = Infinity
  /** Why nobody can say where the device measures. */
  let ambiguity: DomainError | null = null
  findSources()

  function findSources(): MeasuringSources | null {
    try {
      const sources = measuringSourcesOf(offered)
      ambiguity = null
      taking.setSources(sources)
      return sources
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      ambiguity = error
      return null
    }
  }

  function clientAt(): Lwm2mClient {
    const { peer, offered: told } = registration
    return createLwm2mClientAt({ peer, root: told.root, formats: contentChoicesOf(version, told.formats) })
  }

  const beDueIn = (milliseconds: number): void => {
    dueAtMs = Math.min(dueAtMs, nowMs() + milliseconds)
  }

  const cancelAll = (): void => {
    // Whether the device hears of it or not: what it notifies from now on is answered with a reset.
    for (const cancel of cancels) cancel().catch(() => undefined)
    cancels = []
    heard.clear()
  }

  const discoverInstances = async (): Promise<OfferedObjects> => {
    const objects = new Map(registration.offered.objects)
    for (const [object, { instances }] of objects) {
      if (instances.length > 0 || !(MEASURING_RESOURCES.has(object) || CONTROLS.includes(object))) continue
      const found = await unlessRefused(client.discover(object))
      if (found !== null) objects.set(object, found)
    }
    return { ...registration.offered, objects }
  }

  const readDevice = async (): Promise<void> => {
    const content = await unlessRefused(client.read(DEVICE))
    const device = desk.find('lwm2m', endpoint)
    if (content === null || device === null) return
    try {
      const now = { nowMs: desk.nowMs() }
      desk.onSeen(device.address, deviceReportOf(entriesOf(content, now.nowMs), now))
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      taking.refuse(error, content)
    }
  }

  const notified = async (path: InstancePath, content: Content | null): Promise<void> => {
    if (content === null) return beDueIn(RETRY_MS)
    heard.set(formatPath(path), nowMs())
    registration.heardAtMs = nowMs()
    options.onHeard(registration)
    if (await taking.take(content, client.read)) return
    beDueIn(RETRY_MS * SILENCES)
    throw new DomainError('lwm2m-not-taken', `what ${endpoint} measured cannot be taken for now`)
  }

  const observe = async (path: InstancePath, isCurrent: () => boolean): Promise<void> => {
    await unlessRefused(client.writeAttributes(path, { pmin, pmax }))
    if (!isCurrent()) return
    const observing = await unlessRefused(
      client.observe(path, (content) => notified(path, content)),
      (error) => taking.refuse(error, { asked: path, payload: Buffer.alloc(0) }),
    )
    if (observing === null) return beDueIn(LONGEST_RETRY_MS)
    if (!isCurrent()) return void observing.cancel().catch(() => undefined)
    cancels.push(observing.cancel)
    heard.set(formatPath(path), nowMs())
    if (!observing.isObserved) beDueIn(pmax * 1_000)
    if (!(await taking.take(observing.first))) beDueIn(RETRY_MS)
  }

  /** The first set-point is observed, and says its unit so; a power may be set at another one. */
  const readUnits = async (): Promise<void> => {
    const instances = offered.objects.get(SET_POINT)?.instances ?? []
    for (const instance of instances.slice(1, MOST_SET_POINTS)) {
      const content = await unlessRefused(client.read([SET_POINT, instance]))
      if (content !== null) await taking.take(content)
    }
  }

  const ask = async (isCurrent: () => boolean): Promise<void> => {
    offered = await discoverInstances()
    await readDevice()
    const sources = findSources()
    if (sources === null) throw ambiguity!
    for (const path of [...(sources.flows === null ? [] : [sources.flows]), ...sources.states]) {
      if (isCurrent()) await observe(path, isCurrent)
    }
    if (isCurrent()) await readUnits()
  }

  const meet = async (): Promise<void> => {
    const mine = ++generation
    const isCurrent = (): boolean => mine === generation
    cancelAll()
    dueAtMs = Infinity
    try {
      await ask(isCurrent)
      if (isCurrent()) [state, failures] = ['known', 0]
    } catch (error) {
      if (!isCurrent()) return
      if (!(error instanceof DomainError)) throw error
      if (isPassing(error)) {
        state = 'unreachable'
        beDueIn(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** failures++))
      } else {
        state = 'known'
        taking.refuse(error, { asked: [3], payload: Buffer.from(error.message) })
      }
    }
  }

  return {
    registration,
    client: () => client,
    offered: () => offered,
    unitOf: taking.unitOf,
    state: () => state,
    renew: () => {
      offered = registration.offered
      client = clientAt()
      state = 'new'
      findSources()
    },
    meet,
    isDue: () => {
      const now = nowMs()
      const isSilent = (at: number): boolean => now - at > SILENCES * pmax * 1_000
      return dueAtMs <= now || [...heard.values()].some(isSilent)
    },
    takeSent: async (content) => {
      if (ambiguity !== null) {
        taking.refuse(ambiguity, content)
        return true
      }
      const isUnknown = [...offered.objects].some(
        ([object, { instances }]) => MEASURING_RESOURCES.has(object) && instances.length === 0,
      )
      return isUnknown && state !== 'known' ? false : taking.take(content)
    },
    close: () => {
      generation += 1
      cancelAll()
      dueAtMs = Infinity
    },
  }
}

/** Null where the device refuses, since it need not have or allow everything. */
async function unlessRefused<Answer>(
  answer: Promise<Answer>,
  onRefused: (error: DomainError) => void = () => undefined,
): Promise<Answer | null> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof DomainError) || isPassing(error)) throw error
    onRefused(error)
    return null
  }
}
