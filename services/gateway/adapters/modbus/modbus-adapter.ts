import { setTimeout as delay } from 'node:timers/promises'
import type { Command, CommandAnswer } from '../../../domain/devices/command.ts'
import type { KnownDevice } from '../../../domain/devices/device.ts'
import type { Measured } from '../../../domain/devices/measurement.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { DeviceDesk, RunningAdapter } from '../adapter.ts'
import { tellDevice } from './device-command.ts'
import { networksOf, parseDeviceEndpoint } from './device-endpoint.ts'
import { discoverModels, pollDevice, type DevicePoll } from './device-poll.ts'
import { createDeviceVisits, type DeviceVisits } from './device-visits.ts'
import { parseModbusOptions, type ModbusOptions, type ModbusSettings } from './modbus-options.ts'
import { ModbusRefusal, ModbusSilence } from './modbus-session.ts'
import { afterPoll, deliveryPeriodOf, isDue, type PollState } from './poll-schedule.ts'
import type { SunSpecModel } from './sunspec-map.ts'

const MOST_WAITING_COMMANDS = 4

/** What the adapter remembers of a device between visits. */
type DeviceState = {
  readonly endpoint: string | null
  poll: PollState
  isPolling: boolean
  waitingCommands: number
  map: readonly SunSpecModel[] | null
  /** What was wrong last, so that it is told once. */
  trouble: string
}

type Parts = {
  readonly desk: DeviceDesk
  readonly settings: ModbusSettings
  readonly visits: DeviceVisits
  readonly stopped: AbortSignal
  readonly states: Map<string, DeviceState>
  /** Milliseconds of a clock that runs forwards. */
  readonly clock: () => number
}

/**
 * Polls the devices of the registry that speak Modbus, and brings them commands. Devices come and go with the desk's list.
 * Throws a `DomainError` on options that are not valid.
 */
export async function startModbus(
  desk: DeviceDesk,
  options: ModbusOptions = {},
  { clock = () => performance.now(), random = Math.random } = {},
): Promise<RunningAdapter> {
  const settings = parseModbusOptions(options)
  const isAllowed = networksOf(settings.networks)
  const stop = new AbortController()
  const visits = createDeviceVisits(settings, (text) => parseDeviceEndpoint(text, isAllowed), stop.signal)
  const states = new Map<string, DeviceState>()
  const parts: Parts = { desk, settings, visits, stopped: stop.signal, states, clock }
  const running = new Set<Promise<void>>()
  const look = (): void => lookRound(parts, running, random)
  const timer = setInterval(look, Math.min(settings.tickMs, settings.intervalMs))
  look()

  return {
    protocol: 'modbus',
    send: (device, command) => send(parts, device, stateOf(parts, device, random), command),
    async close() {
      clearInterval(timer)
      stop.abort()
      await Promise.all([...running, visits.settled()])
    },
  }
}

/** Begins a poll of every device whose turn it is. */
function lookRound(parts: Parts, running: Set<Promise<void>>, random: () => number): void {
  const { clock, desk, states } = parts
  const devices = desk.list('modbus')
  const listed = new Set(devices.map(({ address }) => address))
  for (const address of states.keys()) if (!listed.has(address)) states.delete(address)
  // Meters first: what they count is of the period's end for a minute alone.
  for (const device of [...devices.filter(isMeter), ...devices.filter((one) => !isMeter(one))]) {
    const state = stateOf(parts, device, random)
    if (state.isPolling || !isDue(state.poll, device.kind, { ms: clock(), ledgerMs: desk.nowMs() })) continue
    state.isPolling = true
    const polling = poll(parts, device, state)
      .catch(desk.onDefect)
      .finally(() => {
        state.isPolling = false
        running.delete(polling)
      })
    running.add(polling)
  }
}

function isMeter({ kind }: KnownDevice): boolean {
  return kind === 'meter'
}

function stateOf({ states, settings, desk, clock }: Parts, device: KnownDevice, random: () => number): DeviceState {
  const known = states.get(device.address)
  if (known !== undefined && known.endpoint === device.endpoint) return known
  const lastPeriod = deliveryPeriodOf(desk.nowMs())
  // Devices that become known together are not asked together for ever after.
  const dueAt = clock() + random() * settings.intervalMs
  const state: DeviceState = {
    endpoint: device.endpoint,
    poll: { dueAt, failures: 0, lastPeriod },
    isPolling: false,
    waitingCommands: 0,
    map: null,
    trouble: '',
  }
  states.set(device.address, state)
  return state
}

async function poll(parts: Parts, device: KnownDevice, state: DeviceState): Promise<void> {
  const { clock, desk, settings, visits } = parts
  state.poll = { ...state.poll, lastPeriod: deliveryPeriodOf(desk.nowMs()) }
  const found = await visits
    .visit(state.endpoint ?? '', (session) => pollDevice(session, device.kind, state.map, desk.nowMs))
    .catch((error: unknown) => {
      note(parts, state, error)
      return null
    })
  if (parts.stopped.aborted) return
  state.poll = afterPoll(state.poll, {
    hasAnswered: found !== null,
    nowMs: clock(),
    intervalMs: settings.intervalMs,
  })
  state.map = found?.map ?? null
  if (found !== null) await deliver(parts, device, state, found)
}

async function deliver(parts: Parts, device: KnownDevice, state: DeviceState, found: DevicePoll): Promise<void> {
  const { desk } = parts
  desk.onSeen(device.address, found.report ?? undefined)
  refuse(
    parts,
    state,
    found.faults.length === 0 ? null : { code: 'sunspec-malformed', reason: found.faults.join('; ') },
  )
  if (found.measured.length > 0) await offer(parts, device.address, found.measured)
}

/** Offers the same until it was taken: the next poll waits, so that there is never more than one offer of a device. */
async function offer({ desk, settings, stopped }: Parts, address: string, measured: readonly Measured[]) {
  while (!stopped.aborted) {
    try {
      if (await desk.takeMeasurements(address, measured)) return
    } catch (error) {
      // What failed a rule is in quarantine with its reason.
      if (error instanceof DomainError) return
      throw error
    }
    await delay(settings.retryMs, undefined, { signal: stopped }).catch(() => undefined)
  }
}

function note(parts: Parts, state: DeviceState, error: unknown): void {
  if (parts.stopped.aborted || error instanceof ModbusSilence) return
  if (error instanceof DomainError) refuse(parts, state, { code: error.code, reason: error.message })
  else if (error instanceof ModbusRefusal) refuse(parts, state, { code: 'modbus-refused', reason: error.message })
  else parts.desk.onDefect(error)
}

function refuse(
  { desk }: Parts,
  state: DeviceState,
  trouble: { readonly code: string; readonly reason: string } | null,
): void {
  const text = trouble === null ? '' : `${trouble.code}: ${trouble.reason}`
  if (text === state.trouble) return
  state.trouble = text
  if (trouble === null) return
  const reason = trouble.reason.slice(0, 300)
  desk.onRefused({
    topic: `modbus/${(state.endpoint ?? '').slice(0, 80)}`,
    code: trouble.code,
    reason,
    payload: Buffer.alloc(0),
  })
}

async function send(
  { desk, visits }: Parts,
  device: KnownDevice,
  state: DeviceState,
  command: Command,
): Promise<CommandAnswer | null> {
  const isExpired = () => desk.nowMs() >= command.expiresAt * 1_000
  if (isExpired() || state.waitingCommands >= MOST_WAITING_COMMANDS) return null
  state.waitingCommands += 1
  try {
    return await visits.visit(state.endpoint ?? '', async (session) => {
      state.map ??= await discoverModels(session)
      if (isExpired()) return null
      return await tellDevice(session, state.map, command.action, device.ratedPowerW)
    })
  } catch (error) {
    if (error instanceof ModbusSilence) return null
    if (!(error instanceof DomainError)) throw error
    if (error.code === 'sunspec-moved') {
      state.map = null
      return null
    }
    if (!error.code.startsWith('sunspec-')) throw error
    throw new DomainError('command-unsupported', `the device cannot be told anything: ${error.message}`)
  } finally {
    state.waitingCommands -= 1
  }
}
