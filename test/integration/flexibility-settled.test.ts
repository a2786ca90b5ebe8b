import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAST_PERIOD as LAST_AUDITED } from '../../scripts/audit/audit-options.ts'
import { runAudit } from '../../scripts/audit/run-audit.ts'
import { setUpFlexibility } from '../../scripts/setup/flexibility.ts'
import { seededKeys } from '../../scripts/setup/keys.ts'
import { feederFlexibility } from '../../scripts/simulation/flexibility-plan.ts'
import { abis, bytecodes } from '../../services/chain/generated/contracts.ts'
import { issueCredentials, issuanceTo, validityFromNow } from '../../services/chain/credentials.ts'
import { actorKeysOf } from '../../scripts/setup/keys.ts'
import { fundAccounts, registerMembers } from '../../services/chain/deploy.ts'
import { readFlexOrder, readOrderCount } from '../../services/chain/flex-orders.ts'
import {
  commitmentOf,
  openOfferCall,
  readFlexRequest,
  readOfferCount,
  readRequestCount,
  sealOfferCall,
  type FlexOfferDraft,
} from '../../services/chain/flex-requests.ts'
import { readFlexRun } from '../../services/chain/flex-settlement.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readBalance } from '../../services/chain/members.ts'
import { readRun } from '../../services/chain/settlement-runs.ts'
import type { Call } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { flexPrice } from '../../services/domain/flexibility/trading/flex-price.ts'
import {
  deliveryPeriod,
  endOfDay,
  firstPeriodOf,
  money,
  powerW,
  rate,
  signedW,
  signedWh,
  startOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import { writeFlexConsents } from '../../services/runtime/flex-consents.ts'
import { replaceNominatedBaselines } from '../../services/store/flexibility/nominated-baselines.ts'
import { findFlexRequest } from '../../services/store/flexibility/requests.ts'
import { plant } from './ledger-plant.ts'
import { findNeedles, readEverything } from './ledger-scan.ts'
import {
  AREA,
  CHALLENGE_WINDOW,
  commitReadings,
  DAY,
  DSO,
  EVERYBODY,
  FIRST_PERIOD,
  HOUSEHOLDS,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  SUPPLIER,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'
import { sendTo } from './operator-sessions.ts'
import { FLEXIBILITY_KINDS, needlesOfFlexibility } from './personal-data.ts'

const at = (offset: number) => deliveryPeriod(FIRST_PERIOD + offset)
const LAST_PERIOD = at(9)
const PEAK = at(6)
const AGGREGATOR = 9
const [ONE, OTHER] = HOUSEHOLDS
const SALT = `0x${'5a'.repeat(32)}`
const CHECKED = 'commonwatt/v1/grid-operator/checked'
const ORDERED = 'commonwatt/v1/grid-operator/ordered'

let platform: Platform
let neighbourhood: Neighbourhood
let observer: MqttClient
const services: RunningService[] = []
const said = new Map<string, Record<string, unknown>>()

const run = (script: string, environment: Record<string, string> = {}) => {
  services.push(runServiceOf(platform, neighbourhood, `services/${script}/main.ts`, environment))
}
const send = (key: string, { contract, function: name, arguments: parameters }: Call) =>
  sendTo(neighbourhood, key, { contract, name, parameters: [...parameters] })
const balances = () =>
  Promise.all([...EVERYBODY, AGGREGATOR].map((member) => readBalance(neighbourhood.ledger, member)))
/** Everybody takes 500 Wh, but for the two homes that were asked not to. */
const meter = async (period: DeliveryPeriod) => {
  await stepToEnd(neighbourhood, period)
  await commitReadings(
    neighbourhood,
    period,
    HOUSEHOLDS.map((memberId) => ({
      ...{ memberId, exportWh: 0n },
      importWh: period === PEAK && (memberId === ONE || memberId === OTHER) ? 0n : 500n,
    })),
  )
}
const offerFor = (price: bigint): FlexOfferDraft => ({
  expiresAt: startOf(PEAK) - 900,
  options: [
    {
      ...{ price: flexPrice(price), minActivationFactor: activationFactor(10) },
      periods: [{ period: PEAK, power: signedW(-4_000n) }],
    },
  ],
  salt: SALT,
})

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_470, broker: 18_471 })
  neighbourhood = await startNeighbourhood(platform, {
    ...{ name: 'flexibility', ledgerPort: 18_472, lastPeriod: LAST_PERIOD },
  })
  observer = await connectAsync(platform.broker.url)
  observer.on('message', (topic, payload) => {
    said.set(topic, JSON.parse(payload.toString()) as Record<string, unknown>)
  })
  await observer.subscribeAsync([CHECKED, ORDERED])
})
afterAll(async () => {
  for (const service of services) await service.kill('SIGKILL')
  await observer?.endAsync()
  await neighbourhood?.stop()
  await platform?.stop()
})

/** An aggregator with money, and the feeder for 12 kW with the two homes in its portfolio. */
async function setUp(): Promise<void> {
  const { ledger, keys, households } = neighbourhood
  const account = addressOfKey(keys.aggregator)
  const issuances = [issuanceTo(account, 'aggregator', AREA, await validityFromNow(ledger))]
  await issueCredentials(ledger, keys.regulator, issuances)
  const nothing = { tradingKey: null, meterKey: null, quantityLimitWh: 0n, connectionPoint: `0x${'00'.repeat(32)}` }
  await registerMembers(ledger, actorKeysOf(keys), AREA, [{ kind: 'aggregator', account, ...nothing }])
  const deposits = [{ memberId: AGGREGATOR, amount: money(1_000_000_000n) }]
  await fundAccounts(ledger, { settlementBankKey: keys['settlement-bank'] }, deposits)
  const homes = households.map(({ name, memberId, tradingKey, meterKey }) => ({
    ...{ name, memberId, tradingKey },
    connectionPoint: `0x${addressOfKey(meterKey).toLowerCase().slice(2).padStart(64, '0')}`,
  }))
  const plan = feederFlexibility(powerW(12_000n), [`home-${ONE}`, `home-${OTHER}`], { power: powerW(8_000n) })
  const baseline = { name: 'meter-before-meter-after', periodsBefore: 1, periodsAfter: 1 } as const
  await setUpFlexibility(
    ledger,
    keys,
    { ...plan, product: { ...plan.product, baseline }, portfolio: { ...plan.portfolio, feePermille: 100 } },
    { area: AREA, aggregator: AGGREGATOR, homes, keySource: seededKeys('flexibility') },
  )
}

/** All homes say that they will take 500 Wh, and 1,000 Wh at the peak: 16 kW. */
async function expectThePeak(): Promise<void> {
  const firstPeriod = firstPeriodOf(DAY)
  const loadWh = Array.from({ length: 192 }, (_, index) => (firstPeriod + index === PEAK ? 1_000 : 500))
  const message = JSON.stringify({ firstPeriod, loadWh, pvWh: loadWh.map(() => 0) })
  for (const member of HOUSEHOLDS) {
    await observer.publishAsync(`commonwatt/v1/households/${member}/expected`, message, { retain: true, qos: 1 })
  }
}

describe('a congestion', () => {
  test('is forecast, requested, offered, ordered, metered, settled and paid', { timeout: 300_000 }, async () => {
    const { ledger, keys, store } = neighbourhood
    await setUp()
    await expectThePeak()
    run('indexer')
    run('market-operator')
    for (const offset of [0, 1]) {
      await stepToGateClosure(neighbourhood, at(offset))
      await meter(at(offset))
    }

    run('grid-operator', { COMMONWATT_FLEX_OFFER_SECONDS: '300', COMMONWATT_FLEX_OPENING_SECONDS: '300' })
    await until('the DSO has made a request', async () => (await readRequestCount(ledger)) === 1)
    const { expiresAt } = await readFlexRequest(ledger, 1)
    const made = await until('the request is projected', () => findFlexRequest(store, 1))
    const requested = made.request.periods.filter(({ disposition }) => disposition === 'requested')
    expect(requested).toEqual([{ period: PEAK, disposition: 'requested', minPower: -4_000n, maxPower: 0n }])
    await until('it says so', () => (said.get(CHECKED)?.deliveryPeriod as number) >= at(2))

    const offers = [offerFor(600_000n), offerFor(400_000n)]
    for (const offer of offers) await send(keys.aggregator, sealOfferCall(1, 1, commitmentOf(1, 1, offer)))
    expect(await readOfferCount(ledger)).toBe(2)
    await advanceTo(ledger, expiresAt)
    for (const [index, offer] of offers.entries()) {
      await send(keys.aggregator, openOfferCall(index + 1, offer, made.request.periods))
    }
    await until('the DSO has ordered', () => said.get(ORDERED)?.requestId === 1)
    expect(await readOrderCount(ledger)).toBe(1)
    expect(await readFlexOrder(ledger, 1)).toMatchObject({ offerId: 2, price: 400_000n, state: 'binding' })

    for (let offset = 2; offset <= 9; offset += 1) await meter(at(offset))
    await advanceTo(ledger, endOfDay(DAY))
    await until('the energy of the day is settled', () => readRun(ledger, AREA, DAY, 0))
    await advanceTo(ledger, endOfDay(DAY) + CHALLENGE_WINDOW + 60)
    await until('it is paid', async () => (await readRun(ledger, AREA, DAY, 0))?.isPaid)
    const before = await balances()
    const committed = await until('the flexibility is settled', () => readFlexRun(ledger, { area: AREA, day: DAY }))
    await advanceTo(ledger, committed.committedAt + CHALLENGE_WINDOW)
    await until('it is paid, too', async () => (await readFlexRun(ledger, { area: AREA, day: DAY }))?.isPaid)

    const after = await balances()
    const changes = new Map([...EVERYBODY, AGGREGATOR].map((member, index) => [member, after[index]! - before[index]!]))
    // 1,000 Wh were delivered at 0.40 EUR. A tenth is the aggregator's, who owes the supplier 0.22 EUR of them; the homes
    // would have bought 500 Wh each from the supplier, which is what they are corrected by.
    expect(changes.get(DSO)).toBe(-400_000n)
    expect(changes.get(AGGREGATOR)).toBe(40_000n - 220_000n)
    expect([changes.get(ONE), changes.get(OTHER)]).toEqual([180_000n, 180_000n])
    expect(changes.get(SUPPLIER)).toBe(220_000n)
    expect([...changes.values()].reduce((sum, change) => sum + change, 0n)).toBe(0n)
    const kept = await store.client.flexAsset.findMany({ orderBy: { position: 'asc' } })
    expect(kept.map(({ memberId, baselineWh, deliveredWh }) => [memberId, baselineWh, deliveredWh])).toEqual([
      [ONE, 500n, 500n],
      [OTHER, 500n, 500n],
    ])

    const everything = { fromPeriod: 0, toPeriod: LAST_AUDITED, area: null, settlement: undefined, consent: [] }
    const audited = await runAudit({ url: neighbourhood.ledgerUrl, ...everything }, { abis, bytecodes })
    expect(audited.difference).toBeNull()
    expect([...audited.books!.flexRuns.all.values()]).toMatchObject([{ area: AREA, day: DAY, isPaid: true }])
  })
})

test('the ledger says nothing by which the homes, or what each of them did, could be known', async () => {
  const { ledger, keys, store } = neighbourhood
  // The homes say to the DSO what they will take; nobody nominates it here.
  const nominated = [{ memberId: ONE, period: PEAK, baseline: signedWh(500n), salt: `0x${'9d'.repeat(32)}` }]
  await replaceNominatedBaselines(store, { portfolioId: 1, productId: 1, day: DAY }, nominated)
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-consents-'))
  const consent = { portfolioId: 1, productId: 1, until: 1, mode: 'commandable', devices: null, ask: rate(0n) } as const
  await writeFlexConsents(folder, [{ memberId: ONE, ...consent, salt: `0x${'9c'.repeat(32)}` }])
  const needles = await needlesOfFlexibility(store, folder)
  await rm(folder, { recursive: true })
  const samples = [...new Map(needles.map((needle) => [needle.kind, needle])).values()]
  expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(FLEXIBILITY_KINDS))
  expect(findNeedles(await readEverything(ledger), needles)).toEqual([])

  for (const { bytes } of samples) await plant(ledger, keys['settlement-bank'], bytes)
  const found = new Set(findNeedles(await readEverything(ledger), samples).map(({ kind }) => kind))
  expect(found).toEqual(new Set(FLEXIBILITY_KINDS))
})
