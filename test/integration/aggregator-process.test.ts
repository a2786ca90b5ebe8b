import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpFlexibility } from '../../scripts/setup/flexibility.ts'
import { actorKeysOf, seededKeys } from '../../scripts/setup/keys.ts'
import { feederFlexibility } from '../../scripts/simulation/flexibility-plan.ts'
import { issueCredentials, issuanceTo, validityFromNow } from '../../services/chain/credentials.ts'
import { fundAccounts, registerMembers } from '../../services/chain/deploy.ts'
import { readFlexOrder, readOrderCount } from '../../services/chain/flex-orders.ts'
import { readFlexOffer, readFlexRequest, readOfferCount, readRequestCount } from '../../services/chain/flex-requests.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod, firstPeriodOf, money, powerW, startOf } from '../../services/domain/units.ts'
import { writeFlexConsents } from '../../services/runtime/flex-consents.ts'
import { flexibilityTopicOf, type FlexibilityMessage } from '../../services/runtime/home-flexibility.ts'
import {
  AREA,
  commitReadings,
  DAY,
  FIRST_PERIOD,
  HOUSEHOLDS,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'

const at = (offset: number) => deliveryPeriod(FIRST_PERIOD + offset)
const PEAK = at(6)
const AGGREGATOR = 9
const [ONE, OTHER] = HOUSEHOLDS
const TOPICS = ['aggregator/sealed', 'aggregator/opened', 'aggregator/dispatched', 'grid-operator/ordered']

let platform: Platform
let neighbourhood: Neighbourhood
let observer: MqttClient
const services: RunningService[] = []
const said = new Map<string, Record<string, unknown>>()

const run = (script: string, environment: Record<string, string> = {}) => {
  const service = runServiceOf(platform, neighbourhood, `services/${script}/main.ts`, environment)
  services.push(service)
  return service
}

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_955, broker: 18_956 })
  neighbourhood = await startNeighbourhood(platform, {
    ...{ name: 'aggregator', ledgerPort: 18_957, lastPeriod: at(9) },
  })
  observer = await connectAsync(platform.broker.url)
  observer.on('message', (topic, payload) => {
    if (payload.length > 0) said.set(topic, JSON.parse(payload.toString()) as Record<string, unknown>)
  })
  await observer.subscribeAsync([...TOPICS.map((topic) => `commonwatt/v1/${topic}`), 'commonwatt/v1/homes/+/signal'])
})
afterAll(async () => {
  for (const service of services) await service.kill('SIGKILL')
  await observer?.endAsync()
  await neighbourhood?.stop()
  await platform?.stop()
})

/** An aggregator with money, and the feeder for 12 kW; two homes decide for themselves and ask 0.05 EUR for a kWh. */
async function setUp(): Promise<void> {
  const { ledger, keys, households } = neighbourhood
  const account = addressOfKey(keys.aggregator)
  await issueCredentials(ledger, keys.regulator, [
    issuanceTo(account, 'aggregator', AREA, await validityFromNow(ledger)),
  ])
  const nothing = { tradingKey: null, meterKey: null, quantityLimitWh: 0n, connectionPoint: `0x${'00'.repeat(32)}` }
  await registerMembers(ledger, actorKeysOf(keys), AREA, [{ kind: 'aggregator', account, ...nothing }])
  const deposits = [{ memberId: AGGREGATOR, amount: money(1_000_000_000n) }]
  await fundAccounts(ledger, { settlementBankKey: keys['settlement-bank'] }, deposits)
  const homes = households.map(({ name, memberId, tradingKey, meterKey }) => ({
    ...{ name, memberId, tradingKey },
    connectionPoint: `0x${addressOfKey(meterKey).toLowerCase().slice(2).padStart(64, '0')}`,
  }))
  const names = [`home-${ONE}`, `home-${OTHER}`]
  const plan = feederFlexibility(powerW(12_000n), names, { mode: 'informational', power: powerW(8_000n) })
  const consents = await setUpFlexibility(
    ledger,
    keys,
    { ...plan, portfolio: { ...plan.portfolio, feePermille: 800 } },
    { area: AREA, aggregator: AGGREGATOR, homes, keySource: seededKeys('flexibility') },
  )
  await writeFlexConsents(neighbourhood.dataFolder, consents)
}

/** All homes expect 1,000 Wh at the peak, and two have a battery of 1 kWh and 4 kW. */
async function tell(): Promise<void> {
  const firstPeriod = firstPeriodOf(DAY)
  const loadWh = Array.from({ length: 192 }, (_, index) => (firstPeriod + index === PEAK ? 1_000 : 500))
  const publish = (topic: string, message: object) =>
    observer.publishAsync(topic, JSON.stringify(message), { retain: true, qos: 1 })
  for (const member of HOUSEHOLDS) {
    const expected = { firstPeriod, loadWh, pvWh: loadWh.map(() => 0) }
    await publish(`commonwatt/v1/households/${member}/expected`, expected)
  }
  for (const [index, member] of [ONE, OTHER].entries()) {
    const all = (value: number) => loadWh.map(() => value)
    const message: FlexibilityMessage = {
      firstPeriod,
      devices: [
        {
          ...{ device: `0x${String(index + 1).repeat(40)}`, storedWh: 1_000, efficiencyPermille: 1_000 },
          ...{ planW: all(0), leastW: all(-4_000), mostW: all(4_000), askMicroEuroPerKwh: 10_000 },
          ...{ leastStoredWh: all(0), mostStoredWh: all(1_000) },
        },
      ],
    }
    await publish(flexibilityTopicOf(member), message)
  }
}

test(
  'an aggregator seals, opens and serves what its pool can, also when killed in between',
  { timeout: 240_000 },
  async () => {
    const { ledger } = neighbourhood
    await setUp()
    await tell()
    run('indexer')
    run('market-operator')
    const aggregator = run('aggregator')
    for (const offset of [0, 1]) {
      await stepToGateClosure(neighbourhood, at(offset))
      await stepToEnd(neighbourhood, at(offset))
      const readings = HOUSEHOLDS.map((memberId) => ({ memberId, importWh: 500n, exportWh: 0n }))
      await commitReadings(neighbourhood, at(offset), readings)
    }
    run('grid-operator', { COMMONWATT_FLEX_OFFER_SECONDS: '300', COMMONWATT_FLEX_OPENING_SECONDS: '300' })
    await until('a request', async () => (await readRequestCount(ledger)) === 1)
    await until('sealed offers', () => said.get('commonwatt/v1/aggregator/sealed')?.requestId === 1)
    expect(await readOfferCount(ledger)).toBe(1)

    await aggregator.kill('SIGKILL')
    await advanceTo(ledger, (await readFlexRequest(ledger, 1)).expiresAt)
    run('aggregator')
    await until('opened offers', () => said.get('commonwatt/v1/aggregator/opened')?.requestId === 1)
    await until('an order', () => said.get('commonwatt/v1/grid-operator/ordered')?.requestId === 1)
    expect(await readOrderCount(ledger)).toBe(1)
    const { offerId, price } = await readFlexOrder(ledger, 1)
    expect(await readFlexOffer(ledger, offerId!)).toMatchObject({ state: 'ordered', portfolioId: 1 })
    // 1 kWh: 0.22 EUR for the supplier out of a fee of 80 %, and a twentieth on top.
    expect(price).toBe(288_800n)

    const signals = () => [ONE, OTHER].map((member) => said.get(`commonwatt/v1/homes/${member}/signal`))
    await until('a wish to a home', () => signals().some((signal) => signal !== undefined))
    expect(signals().filter((signal) => signal !== undefined)[0]).toMatchObject({
      orderId: 1,
      devices: [{ steps: [{ from: startOf(PEAK), powerW: -4_000 }] }],
    })
  },
)
