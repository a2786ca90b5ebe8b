import { DomainError } from '../../../domain/errors.ts'
import { SECONDS_PER_PERIOD } from '../../../domain/units.ts'
import type { DeviceDesk } from '../adapter.ts'
import { createLwm2mClientAt, type Content, type Lwm2mClient } from './client.ts'
import { contentChoicesOf } from './content-choice.ts'
import type { OfferedObjects } from './content/offered-objects.ts'
import { formatPath } from './content/resource-path.ts'
import { discoverInstances, readReport, readSetPoints, unlessRefused, untoldObjectsOf } from './device-meeting.ts'
import { createMeasurementTaking, isPassing, type MeasurementTaking } from './measurement-taking.ts'
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
  /** Resolves once what it said so far is done with. */
  readonly settled: () => Promise<unknown>
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

type Device = {
  readonly registration: Registration
  readonly options: ObservingOptions
  readonly taking: MeasurementTaking
  /** When each observed instance was heard last. */
  readonly heard: Map<string, number>
  cancels: (() => Promise<void>)[]
  state: ReturnType<ObservedDevice['state']>
  offered: OfferedObjects
  client: Lwm2mClient
  /** Why nobody can say where the device measures. */
  ambiguity: DomainError | null
  /** Counts meetings: what belongs to an earlier one is of no use any more. */
  generation: number
  failures: number
  dueAtMs: number
}

/** So many times as long as a device may be silent it is observed anew. */
const SILENCES = 3
const RETRY_MS = 10_000
const LONGEST_RETRY_MS = 600_000

/** Observes a device from when it registered. */
export function createObservedDevice(registration: Registration, options: ObservingOptions): ObservedDevice {
  const { desk, nowMs, notificationRate: rate } = options
  const taking = createMeasurementTaking({ desk, endpoint: registration.endpoint, nowMs, rate })
  const device: Device = {
    ...{ registration, options, taking },
    ...{ heard: new Map(), cancels: [], generation: 0, failures: 0, dueAtMs: Infinity },
    ...anewOf(registration),
  }
  findSources(device)

  return {
    registration,
    client: () => device.client,
    offered: () => device.offered,
    unitOf: taking.unitOf,
    state: () => device.state,
    renew: () => {
      Object.assign(device, anewOf(registration))
      findSources(device)
    },
    meet: () => meet(device),
    isDue: () => isDue(device),
    takeSent: (content) => takeSent(device, content),
    settled: taking.settled,
    close: () => {
      device.generation += 1
      cancelAll(device)
      device.dueAtMs = Infinity
    },
  }
}

/** What is known of a device by its registration alone. */
function anewOf({ peer, offered, version }: Registration): Pick<Device, 'state' | 'offered' | 'client' | 'ambiguity'> {
  const formats = contentChoicesOf(version, offered.formats)
  return { state: 'new', offered, client: createLwm2mClientAt({ peer, root: offered.root, formats }), ambiguity: null }
}

function findSources(device: Device): MeasuringSources | null {
  try {
    const sources = measuringSourcesOf(device.offered)
    device.ambiguity = null
    device.taking.setSources(sources)
    return sources
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    device.ambiguity = error
    return null
  }
}

function beDueIn(device: Device, milliseconds: number): void {
  device.dueAtMs = Math.min(device.dueAtMs, device.options.nowMs() + milliseconds)
}

function isDue(device: Device): boolean {
  const now = device.options.nowMs()
  const mostMs = SILENCES * pmaxOf(device) * 1_000
  return device.dueAtMs <= now || [...device.heard.values()].some((at) => now - at > mostMs)
}

/** In seconds; a sleepy device is not woken more often than its registers are read. */
function pmaxOf({ registration, options }: Device): number {
  return registration.isQueued ? Math.max(options.pmax, SECONDS_PER_PERIOD) : options.pmax
}

function cancelAll(device: Device): void {
  // Whether the device hears of it or not: what it notifies from now on is answered with a reset.
  for (const cancel of device.cancels) cancel().catch(() => undefined)
  device.cancels = []
  device.heard.clear()
}

async function meet(device: Device): Promise<void> {
  const mine = ++device.generation
  const isCurrent = (): boolean => mine === device.generation
  cancelAll(device)
  device.dueAtMs = Infinity
  try {
    await ask(device, isCurrent)
    if (!isCurrent()) return
    device.state = 'known'
    device.failures = 0
  } catch (error) {
    if (!isCurrent()) return
    if (!(error instanceof DomainError)) throw error
    if (isPassing(error)) {
      device.state = 'unreachable'
      beDueIn(device, Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** device.failures++))
    } else {
      device.state = 'known'
      device.taking.refuse(error, { asked: [3], payload: Buffer.from(error.message) })
    }
  }
}

async function ask(device: Device, isCurrent: () => boolean): Promise<void> {
  const { client, registration, taking } = device
  const { endpoint } = registration
  device.offered = await discoverInstances(client, registration.offered)
  await readReport(client, { desk: device.options.desk, endpoint, taking })
  const sources = findSources(device)
  if (sources === null) throw device.ambiguity!
  for (const path of instancesOf(sources)) {
    if (isCurrent()) await observe(device, path, isCurrent)
  }
  if (isCurrent()) await readSetPoints(client, device.offered, taking)
}

/** Each once: power control measures, and is a switch besides. */
function instancesOf({ flows, states }: MeasuringSources): readonly InstancePath[] {
  const others = flows === null ? states : states.filter((path) => formatPath(path) !== formatPath(flows))
  return flows === null ? others : [flows, ...others]
}

async function observe(device: Device, path: InstancePath, isCurrent: () => boolean): Promise<void> {
  const { client, taking, options } = device
  const [pmin, pmax] = [options.pmin, pmaxOf(device)]
  await unlessRefused(client.writeAttributes(path, { pmin, pmax }))
  if (!isCurrent()) return
  const observing = await unlessRefused(
    client.observe(path, (content) => notified(device, path, content)),
    (error) => taking.refuse(error, { asked: path, payload: Buffer.alloc(0) }),
  )
  if (observing === null) return beDueIn(device, LONGEST_RETRY_MS)
  if (!isCurrent()) return void observing.cancel().catch(() => undefined)
  device.cancels.push(observing.cancel)
  device.heard.set(formatPath(path), options.nowMs())
  if (!observing.isObserved) beDueIn(device, pmax * 1_000)
  if (!(await taking.take(observing.first))) beDueIn(device, RETRY_MS)
}

async function notified(device: Device, path: InstancePath, content: Content | null): Promise<void> {
  const { registration, options } = device
  if (content === null) return beDueIn(device, RETRY_MS)
  device.heard.set(formatPath(path), options.nowMs())
  registration.heardAtMs = options.nowMs()
  options.onHeard(registration)
  if (await device.taking.take(content, device.client.read)) return
  beDueIn(device, RETRY_MS * SILENCES)
  throw new DomainError('lwm2m-not-taken', `what ${registration.endpoint} measured cannot be taken for now`)
}

async function takeSent({ ambiguity, offered, state, taking }: Device, content: Content): Promise<boolean> {
  if (ambiguity !== null) {
    taking.refuse(ambiguity, content)
    return true
  }
  // Until it is known which instances there are, nothing could be made of it.
  if (state !== 'known' && untoldObjectsOf(offered).length > 0) return false
  return taking.take(content)
}
