import { setTimeout as delay } from 'node:timers/promises'
import { recoverReadingSigner, readingDomain, signReading } from '../services/chain/readings.ts'
import { deliveryPeriod } from '../services/domain/units.ts'
import { FIRST_PERIOD, startGatewayWorld, type GatewayWorld } from '../test/integration/gateway-world.ts'
import type { Figure } from './figure.ts'
import { prepareMeters, type LoadReport } from './gateway-meters.ts'
import { usageOf, type ProcessUsage } from './process-usage.ts'

const PORT = 18_640
/** As many readings are on their way at once. */
const METERS = 1_000
/** Signed before the clock starts: more than are taken. */
const MOST_READINGS_PER_SECOND = 14_000
const SECONDS_BEFORE_KILL = 3
/** As a gateway polls unless it is told. */
const POLL_MS = 500

/** What the gateway does with PostgreSQL, the broker and the meters on the same machine. */
export async function measureGateway(seconds: number): Promise<Figure[]> {
  const world = await startGatewayWorld({
    port: PORT,
    households: METERS,
    lastPeriod: deliveryPeriod(FIRST_PERIOD + 1),
    pollMs: POLL_MS,
  })
  try {
    await world.startGateway()
    const readings = await measureReadings(world, seconds)
    await world.store.client.$executeRaw`TRUNCATE meter_readings`
    await world.stopGateway()
    await world.startGateway()
    return [...readings, ...(await measureRecovery(world))]
  } finally {
    await world.stop()
  }
}

/** Signed readings that are verified, written durably and acknowledged. */
async function measureReadings(world: GatewayWorld, seconds: number): Promise<Figure[]> {
  const meters = await prepareMeters(world, Math.ceil((seconds * MOST_READINGS_PER_SECOND) / METERS))
  try {
    const before = await usageOfParts(world)
    meters.start()
    await delay(seconds * 500)
    const { gateway: halfway } = await usageOfParts(world)
    await delay(seconds * 500)
    const report = await meters.stop()
    const used = { before, halfway, after: await usageOfParts(world) }
    return readingFigures(report, used, verifiedPerSecond(world))
  } finally {
    meters.kill()
  }
}

/** A process's memory grows until its garbage is collected for the first time; from half of the time on, it should not. */
type Used = { readonly before: Parts; readonly halfway: ProcessUsage; readonly after: Parts }

type Parts = { readonly gateway: ProcessUsage; readonly broker: ProcessUsage; readonly database: ProcessUsage }

/** The broker runs in this process. */
async function usageOfParts({ gatewayPid, store }: GatewayWorld): Promise<Parts> {
  const sessions = await store.client.$queryRaw<{ pid: number }[]>`SELECT pid FROM pg_stat_activity`
  const [gateway, broker, database] = await Promise.all([
    usageOf(gatewayPid() ?? 0),
    usageOf(process.pid),
    usageOf(...sessions.map(({ pid }) => pid)),
  ])
  return { gateway, broker, database }
}

function readingFigures(report: LoadReport, { before, halfway, after }: Used, verified: number): Figure[] {
  const { acknowledged, seconds, p50Ms, p99Ms, longestMs } = report
  const microseconds = (cpuSeconds: number) => `${((cpuSeconds / acknowledged) * 1_000_000).toFixed(0)} µs`
  const spent = (part: keyof Parts) => microseconds(after[part].cpuSeconds - before[part].cpuSeconds)
  const megabytes = ({ residentBytes }: ProcessUsage) => Math.round(residentBytes / 2 ** 20)
  const rate = acknowledged / seconds
  return [
    {
      name: 'gateway.mqttReadingsPerSecond',
      value: Math.round(rate),
      unit: 'readings/s',
      target: '>= 8,000',
      reference:
        `recovering the signers alone: ${Math.round(verified)} /s (${(rate / verified).toFixed(2)} times); ` +
        `processor time of a reading: gateway ${spent('gateway')}, broker ${spent('broker')}, ` +
        `PostgreSQL ${spent('database')}, meters ${microseconds(report.cpuSeconds)}; for ${seconds.toFixed(0)} s`,
    },
    {
      name: 'gateway.mqttReceiptP99Ms',
      value: Math.round(p99Ms),
      unit: 'ms',
      target: '<= 250',
      reference: `p50 ${Math.round(p50Ms)} ms, longest ${Math.round(longestMs)} ms, ${METERS} on their way at once`,
    },
    {
      name: 'gateway.mqttMemoryGrowthMb',
      value: megabytes(after.gateway) - megabytes(halfway),
      unit: 'MB',
      target: 'flat',
      reference:
        `in the second half of the time; ${megabytes(before.gateway)} MB before the first reading, ` +
        `${megabytes(halfway)} MB halfway, ${megabytes(after.gateway)} MB after the last`,
    },
  ]
}

/** What one core does of the signatures alone, in the same run. */
function verifiedPerSecond({ households, ledger }: GatewayWorld): number {
  const domain = readingDomain(ledger)
  const reading = { deliveryPeriod: FIRST_PERIOD, sequence: 1, importRegister: 100n, exportRegister: 0n }
  const signature = signReading(domain, reading, households[0]!.meterKey)
  const count = 5_000
  const began = performance.now()
  for (let run = 0; run < count; run += 1) recoverReadingSigner(domain, reading, signature)
  return count / ((performance.now() - began) / 1_000)
}

/** From the start of a gateway that was killed under load to the first reading that it accepts. */
async function measureRecovery(world: GatewayWorld): Promise<Figure[]> {
  const meters = await prepareMeters(world, (2 * SECONDS_BEFORE_KILL * MOST_READINGS_PER_SECOND) / METERS)
  try {
    meters.start()
    await delay(SECONDS_BEFORE_KILL * 1_000)
    await world.killGateway()
    const began = performance.now()
    const accepted = meters.accepted()
    await Promise.all([world.startGateway(), accepted])
    const seconds = (performance.now() - began) / 1_000
    await delay(500)
    const report = await meters.stop()
    const { lost, twice } = await compareWithTable(world, report)
    const reference = `${report.acknowledged} readings acknowledged, ${METERS} on their way at the kill`
    return [
      { name: 'gateway.secondsToRecover', value: Number(seconds.toFixed(2)), unit: 's', target: '<= 5', reference },
      { name: 'gateway.readingsLost', value: lost, unit: 'readings', target: '0', reference },
      { name: 'gateway.readingsTwice', value: twice, unit: 'readings', target: '0', reference },
    ]
  } finally {
    meters.kill()
  }
}

async function compareWithTable({ households, store }: GatewayWorld, report: LoadReport) {
  const rows = await store.client.meterReading.groupBy({ by: ['memberId', 'sequence'], _count: true })
  const stored = new Set(rows.map(({ memberId, sequence }) => `${memberId} ${sequence}`))
  let lost = 0
  households.forEach(({ memberId }, position) => {
    for (let sequence = 1; sequence <= (report.lastAcknowledged[position] ?? 0); sequence += 1) {
      if (!stored.has(`${memberId} ${sequence}`)) lost += 1
    }
  })
  return { lost, twice: rows.filter(({ _count }) => _count > 1).length + report.acceptedTwice }
}
