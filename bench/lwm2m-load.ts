import { createLwm2mDevice, type Lwm2mDevice } from '../scripts/simulation/lwm2m-device.ts'

/** What the process of the devices is told. */
export type Lwm2mPlan = { readonly port: number; readonly devices: number; readonly seconds: number }

export type Lwm2mReport = {
  /** Registered and observed at once, and how long that took. */
  readonly observed: number
  readonly secondsToObserve: number
  /** Notifications that were acknowledged, in so many seconds. */
  readonly acknowledged: number
  readonly failed: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuSeconds: number
}

/** Devices that register at once. */
const REGISTERING = 200
/** Notifications on their way at once. */
const NOTIFYING = 600
const OBSERVED = '/3305/0'
const LONGEST_WAIT_MS = 120_000

export const endpointOf = (position: number): string => `urn:dev:os:bench-${position}`

process.once('message', (plan: Lwm2mPlan) => {
  measure(plan).then(
    (report) => process.send?.(report, () => process.exit(0)),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function measure({ port, devices: count, seconds }: Lwm2mPlan): Promise<Lwm2mReport> {
  const began = performance.now()
  const devices = await observedDevices(port, count)
  const secondsToObserve = (performance.now() - began) / 1_000
  const observed = devices.filter(isObserved).length
  const before = process.cpuUsage()
  const { latencies, failed, elapsedMs } = await notify(devices, seconds)
  const { user, system } = process.cpuUsage(before)
  latencies.sort((one, other) => one - other)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    ...{ observed, secondsToObserve, acknowledged: latencies.length, failed, seconds: elapsedMs / 1_000 },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), cpuSeconds: (user + system) / 1_000_000 },
  }
}

const isObserved = (device: Lwm2mDevice): boolean => device.observedPaths().includes(OBSERVED)

async function observedDevices(port: number, count: number): Promise<Lwm2mDevice[]> {
  const devices: Lwm2mDevice[] = []
  let next = 0
  const register = async (): Promise<void> => {
    while (next < count) {
      const position = next++
      const device = await createLwm2mDevice({
        endpoint: endpointOf(position),
        server: { host: '127.0.0.1', port },
        values: { '/3/0/0': 'Bench', '/3/0/3': '1.0', '/3305/0/5800': 100, '/3305/0/5805': position },
        lifetime: 3_600,
      })
      devices.push(device)
      await device.register()
    }
  }
  await Promise.all(Array.from({ length: REGISTERING }, register))
  const deadline = performance.now() + LONGEST_WAIT_MS
  while (!devices.every(isObserved) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return devices
}

/** Each device in its turn has counted on, and tells so. */
async function notify(devices: readonly Lwm2mDevice[], seconds: number) {
  const latencies: number[] = []
  let failed = 0
  let turn = 0
  const began = performance.now()
  const work = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1_000) {
      const position = turn++ % devices.length
      const sentAt = performance.now()
      const counted = position + Math.floor(turn / devices.length) + 1
      const isTold = await devices[position]!.change({ '/3305/0/5805': counted }).catch(() => false)
      if (isTold) latencies.push(performance.now() - sentAt)
      else failed += 1
    }
  }
  await Promise.all(Array.from({ length: NOTIFYING }, work))
  return { latencies, failed, elapsedMs: performance.now() - began }
}
