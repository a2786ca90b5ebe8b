import { afterAll, beforeAll, expect, test } from 'vitest'
import { accuracyList, findingList, orderLeaves } from '../../services/api/schemas/flex-oversight.ts'
import { requestDetail } from '../../services/api/schemas/flexibility.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { parseLocalDay } from '../../services/domain/flexibility/baseline/local-calendar.ts'
import { assetLeafOf } from '../../services/domain/flexibility/settlement/flex-leaves.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import type { HeldRole } from '../../services/domain/identity/household-data.ts'
import { isLeafOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { money, powerW, signedW } from '../../services/domain/units.ts'
import { keepFlexSelection, type PlannedOrder } from '../../services/store/flex-selections.ts'
import { readAssetTree } from '../../services/store/flexibility/erased-leaves.ts'
import { keepAccuracy } from '../../services/store/flexibility/guard-records.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { AREA, FIRST_PERIOD } from './api-market.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'
import { AGGREGATOR, keepFlexRecords } from './flex-records.ts'

const DSO_KEY = `0x${'d5'.repeat(32)}`
const AGGREGATOR_KEY = `0x${'d6'.repeat(32)}`
const PERIOD = FIRST_PERIOD

let world: ApiWorld
let [dso, aggregator, member]: Browser[] = []
let [one, other] = [0, 0]

const rolesOf = (account: string): HeldRole[] =>
  account === addressOfKey(DSO_KEY) ? [{ role: 'dso', area: AREA }] : []

beforeAll(async () => {
  world = await startApiWorld({ port: 18_760, households: 2, rolesOf })
  ;[one, other] = world.households.map(({ memberId }) => memberId) as [number, number]
  ;[dso, aggregator, member] = await Promise.all(
    [DSO_KEY, AGGREGATOR_KEY, world.households[0]!.accountKey].map((key) => signIn(world, key)),
  )
  await world.store.client.member.create({
    data: {
      ...{ id: AGGREGATOR, area: AREA, kind: 'aggregator', account: addressOfKey(AGGREGATOR_KEY), tradingKey: '0x' },
      ...{ meterKey: '0x', quantityLimitWh: 0, connectionPoint: '0x' },
    },
  })
  const delivered = { area: AREA, period: PERIOD, members: [one, other] }
  await keepFlexRecords(world.store, { ...delivered, buyer: addressOfKey(DSO_KEY) })
})
afterAll(() => world.stop())

test('the parties to an order see its leaves, each with its proof, and nobody else does', async () => {
  const path = '/api/flexibility/orders/1/leaves'
  const { leaves: kept, tree } = await readAssetTree(world.store, 'consume-less', 1, PERIOD)
  for (const browser of [aggregator!, dso!]) {
    const { leaves } = await bodyOf(await browser.get(path), orderLeaves)
    expect(leaves.map(({ deliveryPeriod, deliveredWh }) => [deliveryPeriod, deliveredWh])).toEqual([
      [PERIOD, '400'],
      [PERIOD, '400'],
    ])
    for (const [index, { assetsRoot, position, siblings, salt }] of leaves.entries()) {
      const leaf = kept[index]!
      expect([assetsRoot, salt]).toEqual([tree.root.hash, leaf.salt])
      expect(isLeafOf(tree.root, assetLeafOf('consume-less', leaf), position, siblings)).toBe(true)
    }
  }
  expect(await problemOf(await member!.get(path))).toMatchObject({ code: 'flex-order-not-yours' })
  expect((await fetch(`${world.address}${path}`)).status).toBe(401)
  const unknown = await dso!.get('/api/flexibility/orders/9/leaves')
  expect(await problemOf(unknown)).toMatchObject({ code: 'flex-order-unknown' })
})

test('a DSO is shown what guards found and how right baselines are, and nobody else', async () => {
  const findings = await bodyOf(await dso!.get('/api/flexibility/findings'), findingList)
  const finding = { productId: 1, kind: 'baseline-inflated', day: '2026-01-09', evidence: { use: '5000' } }
  expect(findings.items).toMatchObject([one, other].map((memberId) => ({ ...finding, memberId })))
  const limited = await bodyOf(await dso!.get('/api/flexibility/findings?limit=1'), findingList)
  expect(limited.items).toHaveLength(1)

  const accuracy = { days: 6, refusedDays: 1, periods: 24, error: 480n, squaredError: 2_400n, flow: 2_400n }
  const key = { memberId: one, version: '10-of-10/1' }
  await keepAccuracy(world.store, { ...key, productId: 1 }, accuracy, parseLocalDay('2026-01-09'))
  // The other product is another area's.
  await keepAccuracy(world.store, { ...key, productId: 7 }, accuracy, parseLocalDay('2026-01-09'))
  const { items } = await bodyOf(await dso!.get('/api/flexibility/accuracies'), accuracyList)
  expect(items.map(({ productId }) => productId)).toEqual([1])
  expect(items[0]!.methods).toMatchObject([
    { version: 'high-5-of-10/1', rank: 1, days: 10, refusedDays: 2 },
    { version: '10-of-10/1', rank: null, days: 6, refusedDays: 1, bias: 0.2, rrmse: 0.1 },
  ])
  expect(items[0]!.assets.map(({ memberId, version }) => [memberId, version])).toEqual([
    [one, '10-of-10/1'],
    [one, 'high-5-of-10/1'],
    [other, 'high-5-of-10/1'],
  ])
  for (const path of ['/api/flexibility/findings', '/api/flexibility/accuracies']) {
    for (const browser of [aggregator!, member!]) {
      expect(await problemOf(await browser.get(path))).toMatchObject({ code: 'role-missing' })
    }
  }
})

test('a request says what was chosen of its offers, and what would have been the least', async () => {
  const planned: PlannedOrder = {
    ...{ kind: 'offer', id: '1', option: '1', activationFactor: activationFactor(50), price: money(150_000n) },
    ...{ effectPpm: 500_000, periods: [{ period: PERIOD, power: signedW(-2_000n) }] },
  }
  await keepFlexSelection(world.store, {
    ...{ requestId: 1, round: 1, chosenAt: 26, cost: money(150_000n), gap: money(10_000n), isDone: true },
    ...{ planned: [planned], orders: [{ ...planned, orderId: 1 }], refused: [] },
    passedOver: [{ id: '2', option: '0', code: 'above-cap' }],
    unmet: [{ period: PERIOD, power: powerW(1_000n) }],
  })
  const { selections } = await bodyOf(await fetch(`${world.address}/api/flexibility/requests/1`), requestDetail)
  expect(selections).toEqual([
    {
      ...{ round: 1, chosenAt: 26, isDone: true, costMicroEuro: '150000', leastCostMicroEuro: '140000' },
      planned: [{ kind: 'offer', id: '1', option: '1', activationFactorHundredths: 50, priceMicroEuro: '150000' }],
      ...{ orders: [1], refused: [], passedOver: [{ id: '2', option: '0', code: 'above-cap' }] },
      unmet: [{ deliveryPeriod: PERIOD, powerW: '1000' }],
    },
  ])
})
