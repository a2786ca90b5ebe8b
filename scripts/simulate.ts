import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DomainError } from '../services/domain/errors.ts'
import {
  deliveryPeriod,
  money,
  priceAtOrBelow,
  rate,
  SECONDS_PER_DAY,
  startOf,
  type Money,
  type Rate,
} from '../services/domain/units.ts'
import { listHouseholds } from '../services/store/households.ts'
import { holdDataFolder } from './data-folder.ts'
import { launchPlatform, untilIndexed, type Platform } from './platform.ts'
import { freePorts, freeUdpPort, requireWritableFolder } from './settings.ts'
import { seededKeys } from './setup/keys.ts'
import { AREA, DEFAULT_RATES, HOUSEHOLD_DEPOSIT, type NeighbourhoodPlan } from './setup/neighbourhood.ts'
import { drive } from './simulation/driver.ts'
import type { Recording } from './simulation/recorded-households.ts'
import { readGridTariff, readRecordedTariff } from './simulation/recorded-tariff.ts'
import { paidOf, reportOf, type Report } from './simulation/report.ts'
import { HELP, readSimulateOptions, type SimulateOptions } from './simulation/simulate-options.ts'
import { flexibilityOfFeeder, flexibleHomesOf } from './simulation/flexible-homes.ts'
import { readHomes, startHomesFleet, type SimulatedHomes } from './simulation/simulated-homes.ts'

const GATE_CLOSURE_LEAD_SECONDS = 300
const READING_DEADLINE_SECONDS = 300
const CHALLENGE_WINDOW_SECONDS = 900
/** A deposit covers so many sessions: a day has 96, and four days may be open. */
const SESSIONS_COVERED = 384n
/** The ledger begins an hour before the first delivery period, so that there is time to set up. */
const SET_UP_SECONDS = 3600
const POLL_MS = 10

/** `commonwatt simulate`: the services over recorded households, as fast as they go, and a report at the end. */
export async function simulate(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const started = performance.now()
  const options = readSimulateOptions(commandArguments)
  requireWritableFolder(path.dirname(options.report))
  if (existsSync(options.report) && statSync(options.report).isDirectory()) {
    throw new DomainError('report-unwritable', `--report ${options.report} is a folder: name a file`)
  }
  const homes = await readHomes(options)
  const { recording } = homes
  const plan = await planOf(options, homes)
  describe(recording)

  const dataFolder = options.data ?? (await makeTemporaryFolder())
  requireWritableFolder(dataFolder)
  const release = holdDataFolder(dataFolder)
  if (existsSync(path.join(dataFolder, 'keys'))) {
    release()
    throw new DomainError('data-folder-used', `${dataFolder} holds an earlier run: give another folder with --data`)
  }
  const controller = new AbortController()
  const stopped = new Promise<never>((_, reject) =>
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error)),
  )
  stopped.catch(() => undefined)
  const interrupt = () => controller.abort(new DomainError('interrupted', 'interrupted; no report was written'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  let platform: Platform | undefined
  let isWhole = false
  try {
    const lwm2mPort = await freeUdpPort()
    platform = await launchPlatform({
      dataFolder,
      ports: await freePorts(),
      lwm2m: { port: lwm2mPort, dtlsPort: undefined, tlsPort: undefined, host: '127.0.0.1' },
      speed: 'stepped',
      pollMs: POLL_MS,
      forecast: options.forecast,
      keySource: seededKeys('commonwatt simulate'),
      genesisTime: startOf(recording.firstPeriod) - (isFlexible(options) ? SECONDS_PER_DAY : SET_UP_SECONDS),
      plan,
      onStep: (step) => {
        const began = performance.now()
        return () => console.error(`  ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${step}`)
      },
      onNotice: (notice) => console.error(`\n${notice}`),
      signal: controller.signal,
      onFatal: (reason) => controller.abort(new DomainError('simulation-failed', reason)),
    })
    controller.signal.throwIfAborted()
    const report = await Promise.race([
      run(platform, { options, homes, started, lwm2mPort, signal: controller.signal }),
      stopped,
    ])
    await writeReport(options.report, report)
    isWhole = true
    summarise(report, options.report)
    const violations = report.invariants.reduce((sum, invariant) => sum + invariant.violations, 0)
    return violations === 0 ? 0 : 1
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    await platform?.stop()
    release()
    if (options.data === undefined && isWhole) await rm(dataFolder, { recursive: true, force: true })
    else console.error(`Database, keys and logs are in ${dataFolder}.`)
  }
}

async function run(
  platform: Platform,
  context: { options: SimulateOptions; homes: SimulatedHomes; started: number; lwm2mPort: number; signal: AbortSignal },
): Promise<Report> {
  const { options, homes, started, lwm2mPort, signal } = context
  const { recording } = homes
  const { store, ledger, broker } = platform
  const households = new Map(
    (await listHouseholds(store, AREA)).map((household) => [household.name, household.memberId]),
  )
  const memberIds = recording.households.map(({ name }) => households.get(name)!)
  const refusals: string[] = []
  const fleet = await startHomesFleet(platform, homes, {
    ...{ fleet: options.fleet, devicesPerHome: options.devicesPerHome, lwm2mPort },
    onRefused: (refusal) => refusals.push(`${refusal.name}, period ${refusal.deliveryPeriod}: ${refusal.reason}`),
  })
  try {
    const flexible = isFlexible(options) ? await flexibleHomesOf(platform, homes.feeder!, { memberIds, signal }) : null
    const began = performance.now()
    const progress = progressLine(recording.periods, began)
    await drive({
      ...{ ledger, store, broker, fleet, recording, memberIds, pollMs: POLL_MS, onProgress: progress, signal },
      ...(homes.feeder === null ? {} : { homes: homes.feeder.played }),
      ...(flexible === null ? {} : flexible),
    })
    if (refusals.length > 0)
      throw new DomainError(
        'readings-refused',
        `the gateway refused ${refusals.length} readings: ${refusals.slice(0, 5).join('; ')}`,
      )
    await untilIndexed(store, ledger, signal)
    const wallSeconds = Math.round((performance.now() - started) / 10) / 100
    return await reportOf({
      ...{ store, ledger, memberIds, forecast: options.forecast, wallSeconds },
      recording: homes.feeder?.recordingOfPlayed() ?? recording,
      limit: homes.feeder?.limit ?? undefined,
    })
  } finally {
    await fleet.stop()
  }
}

async function planOf(options: SimulateOptions, { recording, feeder }: SimulatedHomes): Promise<NeighbourhoodPlan> {
  const { firstPeriod, periods } = recording
  const retail =
    options.prices === undefined ? undefined : await readRecordedTariff(options.prices, firstPeriod, periods)
  const grid =
    options.gridPrices === undefined ? undefined : await readGridTariff(options.gridPrices, firstPeriod, periods)
  const feedInAt = (retailRate: Rate): Rate => {
    const highest = rate(priceAtOrBelow(retailRate))
    return options.feedIn < highest ? options.feedIn : highest
  }
  return {
    ...(feeder === null || !isFlexible(options) ? {} : { flexibility: flexibilityOfFeeder(feeder) }),
    households: recording.households.map(({ name, connectionCapacityW, pvCapacityW }) => ({
      name,
      connectionCapacityW,
      pvCapacityW,
    })),
    firstPeriod,
    lastPeriod: deliveryPeriod(firstPeriod + periods - 1),
    gateClosureLeadSeconds: GATE_CLOSURE_LEAD_SECONDS,
    readingDeadlineSeconds: READING_DEADLINE_SECONDS,
    challengeWindowSeconds: CHALLENGE_WINDOW_SECONDS,
    householdDeposit: depositFor(recording, [...(retail ?? []), DEFAULT_RATES.retail, options.feedIn], {
      ...options,
      grid: (grid ?? []).reduce((most, { grid: one }) => (one > most ? one : most), DEFAULT_RATES.grid),
    }),
    ...DEFAULT_RATES,
    levy: options.levy,
    platformFee: options.platformFee,
    feedIn: feedInAt(DEFAULT_RATES.retail),
    ...(retail === undefined
      ? {}
      : { energyRates: retail.map((retailRate) => ({ retail: retailRate, feedIn: feedInAt(retailRate) })) }),
    ...(grid === undefined ? {} : { gridRates: grid }),
  }
}

/**
 * So much that no order of the run is refused for want of cover: twice what the largest home could ever owe, and twice
 * what covers its largest order in every session that may be open.
 */
function depositFor(
  { households }: Recording,
  rates: readonly Rate[],
  { grid, levy, platformFee }: Pick<SimulateOptions, 'levy' | 'platformFee'> & { readonly grid: Rate },
): Money {
  const dearest = rates.reduce<bigint>((most, rateOf) => {
    const magnitude = rateOf < 0n ? -rateOf : rateOf
    return magnitude > most ? magnitude : most
  }, 0n)
  const energies = households.map(({ loadWh, pvWh }) => [...loadWh, ...pvWh].map((energy) => energy ?? 0))
  const all = Math.max(...energies.map((ofHome) => ofHome.reduce((sum, energy) => sum + energy, 0)))
  const largest = energies.flat().reduce((most, energy) => Math.max(most, energy), 0)
  const owed = (2n * BigInt(all) * (dearest + grid + levy + platformFee)) / 1_000n
  // A quantity at risk is priced at a limit less a rate of the supplier, neither of which is beyond the dearest.
  const covered = (2n * SESSIONS_COVERED * BigInt(largest) * (2n * dearest + platformFee)) / 1_000n
  return owed + covered > HOUSEHOLD_DEPOSIT ? money(owed + covered) : HOUSEHOLD_DEPOSIT
}

/** The day before the first is there to buy flexibility for it. */
function isFlexible({ homes }: SimulateOptions): boolean {
  return homes.kind === 'feeder' && homes.isFlexible
}

async function makeTemporaryFolder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'commonwatt-simulation-'))
  // Whoever PostgreSQL runs as has to get through; what is secret inside has modes of its own.
  await chmod(made, 0o711)
  return made
}

async function writeReport(file: string, report: Report): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(report, null, 2)}\n`)
  await rename(`${file}.part`, file)
}

function describe({ households, periods, firstPeriod, gaps, zone }: Recording): void {
  const from = new Date(startOf(firstPeriod) * 1000).toISOString()
  console.error(
    `${households.length} households, ${periods} delivery periods from ${from} (data in UTC${zone === 'Z' ? '' : zone})`,
  )
  for (const gap of gaps.slice(0, 20)) {
    console.error(
      `  ${gap.household}: nothing recorded for ${gap.periods} periods from ${new Date(startOf(gap.firstPeriod) * 1000).toISOString()}: estimated`,
    )
  }
  if (gaps.length > 20) console.error(`  and ${gaps.length - 20} more gaps`)
}

function progressLine(periods: number, began: number): (settled: number) => void {
  let shown = -1
  const every = process.stderr.isTTY ? 1 : Math.max(1, Math.floor(periods / 20))
  return (settled) => {
    if (settled === shown || (settled % every !== 0 && settled !== periods)) return
    shown = settled
    const elapsed = (performance.now() - began) / 1000
    const remaining = settled === 0 ? '' : `, ${formatDuration((elapsed / settled) * (periods - settled))} to go`
    const line = `${settled} of ${periods} periods drawn up in ${formatDuration(elapsed)}${remaining}`
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}${settled === periods ? '\n' : ''}` : `${line}\n`)
  }
}

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

function summarise(report: Report, file: string): void {
  const kwh = (wh: number) => (wh / 1000).toFixed(1)
  const euro = (microEuro: number) => (microEuro / 1_000_000).toFixed(2)
  const { energyWh, moneyMicroEuro } = report
  const { total } = moneyMicroEuro
  const violations = report.invariants.reduce((sum, invariant) => sum + invariant.violations, 0)
  const checks = report.invariants.reduce((sum, invariant) => sum + invariant.checks, 0)
  console.log(
    [
      `${kwh(energyWh.traded)} kWh traded between neighbours; ${kwh(energyWh.gridImport)} kWh from the grid, ${kwh(energyWh.gridExport)} kWh to it.`,
      `Households pay ${euro(paidOf(total))} EUR; with the tariff alone ${euro(total.tariffOnly)} EUR.`,
      ...report.devices.map(deviceWords),
      ...(report.flexibility === undefined ? [] : [flexibilityWords(report.flexibility)]),
      `${checks} checks of ${report.invariants.length} invariants, ${violations} violations. ${report.wallSeconds} s.`,
      `Report: ${file}`,
    ].join('\n'),
  )
}

function deviceWords(line: Report['devices'][number]): string {
  const { devices, kind, protocol, isSigning, delivered, expected, devicesBelowTarget, refused } = line
  const way = `${protocol}${isSigning ? ', signed' : ''}`
  const ratio = expected === 0 ? '-' : ((100 * delivered) / expected).toFixed(2)
  const target = line.targetPermille / 10
  return `${devices} of ${kind} (${way}): ${ratio} % delivered in time, ${devicesBelowTarget} below ${target} %, ${refused} refused.`
}

function flexibilityWords(line: NonNullable<Report['flexibility']>): string {
  const { limitW, overloadPeriods, overloadPeriodsUnmanaged, peakW, peakWUnmanaged } = line
  const kw = (powerW: number) => (powerW / 1000).toFixed(1)
  const { orderedWh, deliveredWh, costMicroEuro, leastCostMicroEuro, worstHouseholdChangeMicroEuro: worst } = line
  const euro = (microEuro: number) => (microEuro / 1_000_000).toFixed(4)
  const bought =
    orderedWh === null ||
    deliveredWh === null ||
    costMicroEuro === null ||
    leastCostMicroEuro === null ||
    worst === null
      ? ''
      : ` ${(orderedWh / 1000).toFixed(1)} kWh ordered for ${euro(costMicroEuro)} EUR (the least that the offers allow is ` +
        `${euro(leastCostMicroEuro)}), ${(deliveredWh / 1000).toFixed(1)} kWh delivered; no household has less than ${euro(worst)} EUR more.`
  return `Above ${kw(limitW)} kW in ${overloadPeriods} periods, ${overloadPeriodsUnmanaged} if unmanaged; peak ${kw(peakW)} kW, ${kw(peakWUnmanaged)} if unmanaged.${bought}`
}
