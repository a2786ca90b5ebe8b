import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freeUdpPort } from '../scripts/settings.ts'
import { deliveryPeriod } from '../services/domain/units.ts'
import { FIRST_PERIOD, startGatewayWorld, type GatewayWorld } from '../test/integration/gateway-world.ts'
import type { Figure } from './figure.ts'
import { endpointOf, type Lwm2mPlan, type Lwm2mReport } from './lwm2m-load.ts'
import { usageOf } from './process-usage.ts'

const PORT = 18_690
const DEVICES = 10_000
const POLL_MS = 500

/** Devices that are registered and observed by one gateway, and how many of their notifications it makes durable. */
export async function measureLwm2m(seconds: number): Promise<Figure[]> {
  const lwm2mPort = await freeUdpPort()
  const world = await startGatewayWorld({
    port: PORT,
    households: 2,
    lastPeriod: deliveryPeriod(FIRST_PERIOD + 1),
    pollMs: POLL_MS,
    environment: { COMMONWATT_LWM2M_PORT: String(lwm2mPort) },
  })
  try {
    await addDevices(world)
    await world.startGateway()
    const before = await usageOf(world.gatewayPid() ?? 0)
    const report = await load({ port: lwm2mPort, devices: DEVICES, seconds })
    const after = await usageOf(world.gatewayPid() ?? 0)
    const stored = await world.store.client.deviceMeasurement.count()
    return figuresOf(report, { stored, megabytes: [before, after].map(({ residentBytes }) => residentBytes / 2 ** 20) })
  } finally {
    await world.stop()
  }
}

async function addDevices({ area, households, store }: GatewayWorld): Promise<void> {
  const row = { kind: 'heat-pump', area, memberId: households[0]!.memberId, protocol: 'lwm2m', isSigning: false }
  const rest = { maker: '', model: '', serialNumber: '', feeder: '', ratedPowerW: 0, capabilities: [] }
  await store.client.device.createMany({
    data: Array.from({ length: DEVICES }, (_, position) => ({
      ...{ ...row, ...rest, endpoint: endpointOf(position) },
      address: `0xbe${position.toString(16).padStart(38, '0')}`,
    })),
  })
}

async function load(plan: Lwm2mPlan): Promise<Lwm2mReport> {
  const child = fork(fileURLToPath(new URL('lwm2m-load.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.send(plan)
  const gone = once(child, 'exit').then(([status]) => {
    throw new Error(`the process of the devices ended with status ${String(status)}`)
  })
  const [report] = (await Promise.race([once(child, 'message'), gone])) as [Lwm2mReport]
  gone.catch(() => undefined)
  return report
}

function figuresOf(
  report: Lwm2mReport,
  { stored, megabytes }: { readonly stored: number; readonly megabytes: readonly number[] },
): Figure[] {
  const { observed, secondsToObserve, acknowledged, failed, seconds, p50Ms, p99Ms, cpuSeconds } = report
  const [before = 0, after = 0] = megabytes
  return [
    {
      name: 'gateway.lwm2mDevices',
      value: observed,
      unit: 'devices',
      target: '>= 10,000',
      reference:
        `of ${DEVICES}, registered and observed within ${secondsToObserve.toFixed(1)} s; ` +
        `the gateway holds ${before.toFixed(0)} MB before and ${after.toFixed(0)} MB after`,
    },
    {
      name: 'gateway.lwm2mNotificationsPerSecond',
      value: Math.round(acknowledged / seconds),
      unit: 'notifications/s',
      target: '>= 3,000',
      reference:
        `acknowledged once durable (${stored} rows), ${failed} in vain, p50 ${p50Ms.toFixed(0)} ms, ` +
        `p99 ${p99Ms.toFixed(0)} ms, for ${seconds.toFixed(0)} s; the devices took ${cpuSeconds.toFixed(0)} s of processor time`,
    },
  ]
}
