import path from 'node:path'
import { followLedgerClock } from '../services/chain/ledger-clock.ts'
import { readCalendar } from '../services/chain/areas.ts'
import { DomainError } from '../services/domain/errors.ts'
import { deliveryPeriod, deliveryPeriodAt, powerW, rate, SECONDS_PER_DAY } from '../services/domain/units.ts'
import { readHouseholdKeys } from '../services/runtime/keys.ts'
import { listHouseholds } from '../services/store/households.ts'
import { buildEverything } from './build.ts'
import { holdDataFolder } from './data-folder.ts'
import { openFolderFor } from './embedded/open-place.ts'
import { stopOrphan } from './embedded/postgres-orphan.ts'
import { launchPlatform, type Platform, type PlatformOptions } from './platform.ts'
import { readSettings, requireFreePorts, requireWritableFolder, settingsHelp, type Settings } from './settings.ts'
import { randomKeys } from './setup/keys.ts'
import { AREA, DEFAULT_RATES } from './setup/neighbourhood.ts'
import { demoGridTariff } from './simulation/demo-grid-tariff.ts'
import { demoHouseholds, spareHouseholds } from './simulation/demo-households.ts'
import { feederFlexibility } from './simulation/flexibility-plan.ts'
import { readSpares } from './setup/spares.ts'
import { playDemoWorld, type DemoWorld } from './simulation/demo-world.ts'
import { startDemoFleet } from './simulation/demo-fleet.ts'
import type { MeterFleet } from './simulation/meter-fleet.ts'
import { startSpareMeters } from './simulation/spare-meters.ts'
import { makeSignInLink } from './sign-in-link.ts'
import { inviteCommandOf, signInCommandOf } from './sign-in.ts'
import { reportSettlements } from './settlement-lines.ts'

const GATE_CLOSURE_LEAD_SECONDS = 300
const READING_DEADLINE_SECONDS = 300
/** The demonstration begins at this hour (UTC), shortly before the roofs begin to yield more than the homes take. */
const FIRST_HOUR = 8
const SET_UP_SECONDS = 600
/** Micro-euro per kWh: an electricity tax, and what the platform costs whoever buys from a neighbour. */
const LEVY = rate(20_500n)
const PLATFORM_FEE = rate(5_000n)
/** What the transformer carries for each home, and what a home that charges a car can do without for a while, in W. */
const TRANSFORMER_W_OF_HOME = 1_500
const CAR_W = 3_600
const LAST_PERIOD = 2 ** 32 - 1
/** So many days' grid tariff is published in advance; behind them the flat one holds. */
const GRID_TARIFF_DAYS = 30
/** So many homes can join, with a meter and a connection point that wait for them. */
const SPARES = 2

/** `commonwatt start`: a demonstration neighbourhood with all it needs, until it is stopped. */
export async function start(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(`usage: npm start -- [options]\n\n${settingsHelp()}`)
    return 0
  }
  const began = performance.now()
  const settings = readSettings(commandArguments)
  requireWritableFolder(settings.dataFolder)
  const release = holdDataFolder(settings.dataFolder)
  try {
    if (settings.databaseUrl === undefined)
      await stopOrphan(await openFolderFor(path.join(settings.dataFolder, 'postgres')))
    await requireFreePorts(portsToOpen(settings))
    return await runUntilStopped(settings, began)
  } finally {
    release()
  }
}

async function runUntilStopped(settings: Settings, began: number): Promise<number> {
  const ended = endOfRun()
  const step = stepPrinter()
  let done = step('contracts, database client and web app')
  await buildEverything()
  done()
  let platform: Platform | undefined
  const cleanUps: (() => Promise<void> | void)[] = []
  try {
    platform = await launchPlatform({ ...platformOptions(settings, step, ended.end), signal: ended.signal })
    if (!ended.isOver()) {
      done = step(`${settings.households} homes with their meters`)
      cleanUps.push(await startHomes(platform, settings, ended.end))
      done()
      const say = (line: string) => {
        if (!ended.isOver()) console.log(line)
      }
      cleanUps.push(await reportSettlements(platform, say))
      console.log(`\nReady after ${((performance.now() - began) / 1000).toFixed(1)} s: ${platform.apiUrl}`)
      console.log(
        `A quarter-hour takes ${formatSeconds(900 / settings.speed)}. Logs are in ${path.join(settings.dataFolder, 'logs')}. Ctrl-C stops everything.`,
      )
      await sayHowToSignIn(platform, settings)
    }
    const outcome = await ended.outcome
    if (outcome.reason !== undefined) console.error(`\n${outcome.reason}`)
    return outcome.code
  } catch (error) {
    if (error !== INTERRUPTED) throw error
    return 0
  } finally {
    console.log('\nStopping …')
    for (const cleanUp of cleanUps.reverse()) await cleanUp()
    await platform?.stop()
    console.log('Stopped.')
  }
}

/** A link for the community manager, and how to get one for a home. */
async function sayHowToSignIn({ apiUrl, dataFolder }: Platform, settings: Settings): Promise<void> {
  const [home] = demoHouseholds(settings.households)
  console.log(
    `Sign in as the community manager, once within a minute: ${await makeSignInLink({ apiUrl, dataFolder }, 'manager')}`,
  )
  console.log(`As a home, or again as the manager: ${signInCommandOf(`"${home!.name}"`, settings)}, or --manager.`)
  await sayHowToJoin(settings)
}

/** What a person who moves in finds in the mail and on the meter, for the first place that is free. */
async function sayHowToJoin(settings: Settings): Promise<void> {
  const [spare] = await readSpares(settings.dataFolder)
  if (spare !== undefined) {
    const { connectionPoint, confirmationCode, claimCode } = spare
    console.log(`Join as a new home: ${inviteCommandOf(settings)} prints the link of an invitation. It asks for`)
    console.log(`  connection point ${connectionPoint}, confirmation code ${confirmationCode}, and`)
    console.log(`  the meter's claim code ${claimCode}.`)
  }
  console.log()
}

function platformOptions(
  settings: Settings,
  onStep: PlatformOptions['onStep'],
  end: (reason: string) => void,
): PlatformOptions {
  const now = Math.floor(Date.now() / 1000)
  const isAccelerated = settings.ledgerUrl === undefined && settings.speed !== 1
  const genesisTime = isAccelerated ? now - (now % SECONDS_PER_DAY) + FIRST_HOUR * 3600 - SET_UP_SECONDS : now
  // The set-up takes a while by the ledger's clock: the first session is one whose gate is still open after it.
  const firstPeriod = deliveryPeriod(deliveryPeriodAt(genesisTime) + 2)
  return {
    dataFolder: settings.dataFolder,
    ports: {
      api: settings.apiPort,
      ledger: settings.ledgerPort,
      database: settings.databasePort,
      broker: settings.brokerPort,
      devices: settings.devicePort,
    },
    lwm2m: settings.lwm2m,
    ledgerUrl: settings.ledgerUrl,
    databaseUrl: settings.databaseUrl,
    brokerUrl: settings.brokerUrl,
    ...(settings.brokerTlsPort === undefined
      ? {}
      : { brokerTls: { port: settings.brokerTlsPort, host: settings.brokerTlsHost } }),
    brokerFiles: {
      caFile: settings.brokerCa,
      certificateFile: settings.brokerCert,
      keyFile: settings.brokerKey,
    },
    speed: settings.speed,
    pollMs: 250,
    forecast: 'perfect',
    keySource: randomKeys,
    genesisTime,
    plan: {
      households: demoHouseholds(settings.households),
      flexibility: demoFlexibility(settings.households),
      spares: spareHouseholds(SPARES),
      firstPeriod,
      lastPeriod: deliveryPeriod(LAST_PERIOD),
      gateClosureLeadSeconds: GATE_CLOSURE_LEAD_SECONDS,
      readingDeadlineSeconds: READING_DEADLINE_SECONDS,
      ...DEFAULT_RATES,
      levy: LEVY,
      platformFee: PLATFORM_FEE,
      gridRates: demoGridTariff(firstPeriod, GRID_TARIFF_DAYS),
    },
    onStep,
    onNotice: (notice) => console.log(`           ${notice}`),
    onFatal: end,
  }
}

/** The homes that charge a car are pooled; they are told what is wished, and may follow it. */
function demoFlexibility(households: number) {
  const cars = demoHouseholds(households).flatMap(({ name, chargesCarAtHour }) =>
    chargesCarAtHour === null ? [] : [name],
  )
  return feederFlexibility(powerW(BigInt(households * TRANSFORMER_W_OF_HOME)), cars, {
    mode: 'informational',
    power: powerW(BigInt(Math.max(1, cars.length) * CAR_W)),
  })
}

async function startHomes(
  platform: Platform,
  settings: Settings,
  end: (reason: string) => void,
): Promise<() => Promise<void>> {
  const { store, ledger, broker } = platform
  const clock = await followLedgerClock(ledger, 250)
  const registered = await listHouseholds(store, AREA)
  const models = new Map(demoHouseholds(200).map((household) => [household.name, household]))
  const households = registered.flatMap((household) => {
    const model = models.get(household.name)
    return model === undefined ? [] : [{ ...model, memberId: household.memberId }]
  })
  const { firstPeriod } = await readCalendar(ledger, AREA)
  const { fleet, readUpTo } = await startDemoFleet({
    platform,
    firstPeriod,
    keys: await readHouseholdKeys(settings.dataFolder),
    onRefused: (line) => console.log(`           ${line}`),
  })
  const world = playDemoWorld({
    broker,
    clock,
    fleet,
    households,
    readUpTo,
    onFailure: (error) =>
      end(`the demonstration's homes stopped: ${error instanceof Error ? error.message : String(error)}`),
  })
  const stopSpares = await startSpares(platform, { fleet, world, end })
  return async () => {
    await stopSpares()
    world.stop()
    clock.stop()
    await fleet.stop()
  }
}

/** Meters and places that wait for homes; a home that joined with one is lived in from then on. */
async function startSpares(
  platform: Platform,
  { fleet, world, end }: { fleet: MeterFleet; world: DemoWorld; end: (reason: string) => void },
): Promise<() => Promise<void>> {
  const spares = await readSpares(platform.dataFolder)
  const models = spareHouseholds(spares.length)
  return startSpareMeters({
    platform,
    spares,
    async onRegistered({ spare: { meterKey }, position, memberId, name }) {
      const row = await platform.store.client.meterReading.findFirst({
        where: { memberId },
        orderBy: { period: 'desc' },
      })
      const last = row && { sequence: row.sequence, importWh: row.importRegisterWh, exportWh: row.exportRegisterWh }
      await fleet.add({ memberId, meterKey, name, ...(last === null ? {} : { last }) })
      await world.add({ ...models[position]!, name, memberId })
    },
    onFailure: (error) => end(`the spare meters stopped: ${error instanceof Error ? error.message : String(error)}`),
  })
}

function portsToOpen(settings: Settings): Parameters<typeof requireFreePorts>[0] {
  return [
    { port: settings.apiPort, flag: 'api-port', variable: 'COMMONWATT_API_PORT' },
    { port: settings.devicePort, flag: 'device-port', variable: 'COMMONWATT_DEVICE_PORT' },
    ...(settings.lwm2m.tlsPort === undefined
      ? []
      : [{ port: settings.lwm2m.tlsPort, flag: 'lwm2m-tls-port', variable: 'COMMONWATT_LWM2M_TLS_PORT' }]),
    ...(settings.ledgerUrl === undefined
      ? [{ port: settings.ledgerPort, flag: 'ledger-port', variable: 'COMMONWATT_LEDGER_PORT' }]
      : []),
    ...(settings.databaseUrl === undefined
      ? [{ port: settings.databasePort, flag: 'database-port', variable: 'COMMONWATT_DATABASE_PORT' }]
      : []),
    ...(settings.brokerUrl === undefined ? brokerPortsOf(settings) : []),
  ]
}

function brokerPortsOf({ brokerPort, brokerTlsPort }: Settings): Parameters<typeof requireFreePorts>[0] {
  const plain = { port: brokerPort, flag: 'broker-port', variable: 'COMMONWATT_BROKER_PORT' }
  if (brokerTlsPort === undefined) return [plain]
  return [plain, { port: brokerTlsPort, flag: 'broker-tls-port', variable: 'COMMONWATT_BROKER_TLS_PORT' }]
}

type Outcome = { readonly code: number; readonly reason?: string }

const INTERRUPTED = new Error('interrupted')

/** The end of the run: Ctrl-C, a signal, or something that cannot go on. */
function endOfRun(): {
  outcome: Promise<Outcome>
  signal: AbortSignal
  isOver: () => boolean
  end: (reason: string) => void
} {
  const interruption = new AbortController()
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>()
  let over = false
  const settle = (value: Outcome) => {
    over = true
    resolve(value)
  }
  const interrupt = () => {
    settle({ code: 0 })
    interruption.abort(INTERRUPTED)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const end = (reason: string) => {
    settle({ code: 1, reason })
    interruption.abort(new DomainError('part-ended', reason))
  }
  return { outcome, signal: interruption.signal, isOver: () => over, end }
}

function stepPrinter(): PlatformOptions['onStep'] {
  return (step) => {
    const began = performance.now()
    return () => console.log(`  ${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${step}`)
  }
}

function formatSeconds(seconds: number): string {
  return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${Number(seconds.toFixed(1))} seconds`
}
