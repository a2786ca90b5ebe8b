import { createLwm2mDevice, type Lwm2mDevice, type Lwm2mDeviceOptions } from '../../scripts/simulation/lwm2m-device.ts'
import type { Command, CommandAction } from '../../services/domain/devices/command.ts'
import type { KnownDevice } from '../../services/domain/devices/device.ts'
import type { Measured } from '../../services/domain/devices/measurement.ts'
import type { Quantity } from '../../services/domain/devices/quantity.ts'
import type { DeviceDesk, DeviceReport } from '../../services/gateway/adapters/adapter.ts'
import { openUdpEndpoint } from '../../services/gateway/adapters/coap/udp-endpoint.ts'
import { startLwm2m, type Lwm2mAdapter, type Lwm2mOptions } from '../../services/gateway/adapters/lwm2m/lwm2m-server.ts'

type Refusal = Parameters<DeviceDesk['onRefused']>[0]

export type RecordedDesk = DeviceDesk & {
  readonly known: Map<string, KnownDevice>
  readonly taken: { readonly device: string; readonly measured: readonly Measured[] }[]
  readonly reports: { readonly device: string; readonly report: DeviceReport }[]
  readonly refusals: Refusal[]
  readonly defects: unknown[]
  /** What becomes of measurements; they are taken where left as it is. */
  onTaking: (measured: readonly Measured[]) => Promise<boolean>
  /** The ledger's clock, in unix milliseconds. */
  ledgerMs: number
}

export const LEDGER_MS = 1_795_759_642_000

/** A gateway's desk that keeps in memory what an adapter brings. */
export function recordedDesk(devices: readonly KnownDevice[]): RecordedDesk {
  const known = new Map(devices.map((device) => [device.endpoint ?? device.address, device]))
  const desk: RecordedDesk = {
    known,
    taken: [],
    reports: [],
    refusals: [],
    defects: [],
    ledgerMs: LEDGER_MS,
    onTaking: async () => true,
    find: (protocol, name) => (protocol === 'lwm2m' ? (known.get(name) ?? null) : null),
    list: () => [...known.values()],
    takeMeasurements: async (device, measured) => {
      const isTaken = await desk.onTaking(measured)
      if (isTaken) desk.taken.push({ device, measured })
      return isTaken
    },
    onSeen: (device, report) => {
      if (report !== undefined) desk.reports.push({ device, report })
    },
    onRefused: (refusal) => void desk.refusals.push(refusal),
    nowMs: () => desk.ledgerMs,
    onDefect: (error) => void desk.defects.push(error),
  }
  return desk
}

/** The device whose address ends with this number. */
export function knownDevice(number: number, more: Partial<KnownDevice> = {}): KnownDevice {
  return {
    address: `0x${String(number).padStart(40, '0')}`,
    kind: 'meter',
    area: 1,
    memberId: 1,
    protocol: 'lwm2m',
    endpoint: `urn:dev:os:${number}`,
    isSigning: false,
    ratedPowerW: 5_000,
    capabilities: [],
    ...more,
  }
}

export const DEVICE_VALUES = {
  '/3/0/0': 'Maker',
  '/3/0/1': 'Model',
  '/3/0/2': 'SN-1',
  '/3/0/3': '1.2.3',
  '/3/0/13': BigInt(LEDGER_MS / 1_000 + 2),
}

/** One phase, both registers in Wh. */
export const METER_VALUES = {
  ...DEVICE_VALUES,
  '/3421/0/1': 230,
  '/3421/0/23': 400,
  '/3421/0/25': 1_000,
  '/3421/0/26': 50,
}

export type Lwm2mWorld = {
  readonly desk: RecordedDesk
  readonly adapter: () => Lwm2mAdapter
  readonly port: () => number
  readonly device: (options: Partial<Lwm2mDeviceOptions> & { readonly number?: number }) => Promise<Lwm2mDevice>
  /** The clock of lifetimes, in milliseconds; each step sweeps once. */
  readonly pass: (milliseconds: number) => void
  /** Ends the adapter and starts another one on the same port. */
  readonly restart: () => Promise<void>
  /** Starts an adapter where the one before was closed. */
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A server over UDP on this machine, whose clock stands still but where it is moved. */
export async function lwm2mWorld(
  devices: readonly KnownDevice[],
  options: Partial<Lwm2mOptions> = {},
): Promise<Lwm2mWorld> {
  const desk = recordedDesk(devices)
  const opened: Lwm2mDevice[] = []
  const sweeps = new Set<() => void>()
  let now = 1_000_000
  const start = (port: number): Promise<Lwm2mAdapter> =>
    startLwm2m(desk, {
      nowMs: () => now,
      every: (_, work) => {
        sweeps.add(work)
        return () => sweeps.delete(work)
      },
      endpoints: [
        (handlers) =>
          openUdpEndpoint({
            ...handlers,
            host: '127.0.0.1',
            port,
            transmission: { ackTimeoutMs: 100, maxRetransmit: 2 },
          }),
      ],
      ...options,
    })
  let adapter = await start(0)
  const port = adapter.ports[0]!

  return {
    desk,
    adapter: () => adapter,
    port: () => port,
    device: async ({ number = 1, ...more }) => {
      const device = await createLwm2mDevice({
        endpoint: `urn:dev:os:${number}`,
        server: { host: '127.0.0.1', port },
        values: METER_VALUES,
        ackTimeoutMs: 200,
        maxRetransmit: 3,
        ...more,
      })
      opened.push(device)
      return device
    },
    pass: (milliseconds) => {
      now += milliseconds
      desk.ledgerMs += milliseconds
      for (const sweep of sweeps) sweep()
    },
    restart: async () => {
      await adapter.close()
      adapter = await start(port)
    },
    start: async () => {
      adapter = await start(port)
    },
    close: async () => {
      await adapter.close()
      for (const device of opened) await device.close()
    },
  }
}

/** The values of what was taken last of a device. */
export function lastTaken({ taken }: RecordedDesk, number = 1): Partial<Record<Quantity, bigint>> {
  const address = knownDevice(number).address
  const last = taken.findLast(({ device }) => device === address)
  return Object.fromEntries(last?.measured.map(({ quantity, value }) => [quantity, value]) ?? [])
}

export function commandOf(action: CommandAction, more: Partial<Command> = {}): Command {
  return {
    id: '2c3f3b62-3c5e-4f0e-9a1c-5b1d3f8f6f11',
    device: knownDevice(1).address,
    action,
    expiresAt: LEDGER_MS / 1_000 + 600,
    ...more,
  }
}
