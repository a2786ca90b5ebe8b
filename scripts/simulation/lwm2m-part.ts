import { setTimeout as delay } from 'node:timers/promises'
import type { CommandAction } from '../../services/domain/devices/command.ts'
import type { DeviceKind } from '../../services/domain/devices/device.ts'
import { endOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { formatPath } from '../../services/gateway/adapters/lwm2m/content/resource-path.ts'
import type { ContentEntry } from '../../services/gateway/adapters/lwm2m/content/resource-value.ts'
import {
  neverInterrupted,
  registersOf,
  type FleetPart,
  type Measures,
  type Obey,
  type SimulatedDevice,
} from './fleet-part.ts'
import { createLwm2mDevice, type Lwm2mDevice, type ResourceValues } from './lwm2m-device.ts'

const LIFETIME_SECONDS = 86_400
const MOST_RETRANSMITS = 2
/** An endpoint may register once every 5 seconds: it waits so long, and less for what is only not observed yet. */
const WAITS = { ackMs: 2_000, retryMs: 500, registerMs: 5_000 }

const MODELS: Readonly<Record<DeviceKind, string>> = {
  meter: 'Meter',
  battery: 'Battery',
  'ev-charger': 'Charger',
  'heat-pump': 'Heat pump',
  'pv-inverter': 'Inverter',
}
/** Of the object by which it measures, as `/3421/0`. */
const METER = '/3421/0'
const POWER = '/3305/0'
/** What it is told: a power in W, and whether it runs as it likes. */
const SET_POINT = '/3308/0/5900'
const SWITCH = '/3312/0/5850'
const CONTROLS: ResourceValues = { [SET_POINT]: 0, '/3308/0/5701': 'W', [SWITCH]: true }

export function lwm2mEndpointOf(address: string): string {
  return `urn:dev:os:commonwatt-${address.slice(2)}`
}

/** Devices that register with the gateway by LwM2M, and notify it of what they measure until that is acknowledged. */
export async function startLwm2mPart(options: {
  readonly server: { readonly host: string; readonly port: number }
  readonly devices: readonly SimulatedDevice[]
  readonly waits?: Readonly<typeof WAITS>
  /** Has them take set-points and be switched on and off. */
  readonly obey?: Obey
}): Promise<FleetPart> {
  const { devices, server, waits = WAITS, obey } = options
  const stopped = new AbortController()
  const clients = new Map<string, Lwm2mDevice>()
  const kinds = new Map(devices.map(({ address, kind }) => [address, kind]))
  for (const { address, kind } of devices) {
    const client = await createLwm2mDevice({
      endpoint: lwm2mEndpointOf(address),
      server,
      lifetime: LIFETIME_SECONDS,
      ackTimeoutMs: waits.ackMs,
      maxRetransmit: MOST_RETRANSMITS,
      values: {
        ...{ '/3/0/0': 'Commonwatt', '/3/0/1': MODELS[kind], '/3/0/3': '1.0' },
        ...(kind === 'meter' ? { [`${METER}/1`]: 230 } : { [`${POWER}/5800`]: 0 }),
        ...(obey === undefined ? {} : CONTROLS),
      },
      ...(obey === undefined ? {} : { onWrite: (entries) => codeOf(entries, (action) => obey(address, action)) }),
    })
    clients.set(address, client)
  }
  // The gateway may come later: whoever is not registered yet goes on trying.
  const registered = new Map(
    [...clients].map(([address, client]) => [address, register(client, waits.registerMs, stopped.signal)]),
  )

  return {
    prepare: () => undefined,
    async publish(address, ended, measures) {
      const client = clients.get(address)
      if (client === undefined) throw new RangeError(`the fleet has no device ${address}`)
      await registered.get(address)
      const values = valuesOf(kinds.get(address) === 'meter', ended, measures)
      while (!stopped.signal.aborted && !(await client.change(values))) {
        // Who is not known any more registers anew by this.
        const code = await client.update().catch(() => null)
        await rest(code?.startsWith('2.') === true ? waits.retryMs : waits.registerMs, stopped.signal)
      }
    },
    interrupt: neverInterrupted,
    async stop() {
      stopped.abort()
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** The code by which it answers what is written to it. */
function codeOf(entries: readonly ContentEntry[], obey: (action: CommandAction) => ReturnType<Obey>): string {
  const actions = entries.map(({ path, value }): CommandAction | null => {
    const name = formatPath(path)
    if (name === SET_POINT && typeof value === 'number') return { kind: 'set-point', powerW: Math.trunc(value) }
    return name === SWITCH && typeof value === 'boolean' ? { kind: 'switch', isOn: value } : null
  })
  const isDone = actions.every((action) => action !== null && obey(action).status === 'done')
  return isDone ? '2.04' : '4.05'
}

function valuesOf(isMeter: boolean, ended: DeliveryPeriod, measures: Measures): ResourceValues {
  const at = BigInt(endOf(ended))
  if (isMeter) {
    const { importWh, exportWh } = registersOf(measures)
    return { [`${METER}/25`]: Number(importWh), [`${METER}/26`]: Number(exportWh), [`${METER}/5518`]: at }
  }
  const { 'active-power': powerW = 0n, 'consumed-register': consumedWh = 0n } = measures
  return { [`${POWER}/5800`]: Number(powerW), [`${POWER}/5805`]: Number(consumedWh), [`${POWER}/5518`]: at }
}

async function register(client: Lwm2mDevice, waitMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const code = await client.register().catch(() => null)
    if (code === '2.01') return
    await rest(waitMs, signal)
  }
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined)
}
