import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  flexOrder,
  flexOrderList,
  pointList,
  pointLoading,
  portfolioDetail,
  portfolioList,
  productList,
  proposalList,
  queueList,
  requestDetail,
  requestList,
} from '../../services/api/schemas/flexibility.ts'
import { householdFlex, householdFlexDay } from '../../services/api/schemas/household-flexibility.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import {
  assetLeafOf,
  assetTreeOf,
  entryLeafOf,
  entryTreeOf,
  flexStatementLeafOf,
  flexStatementTreeOf,
  sourceHashOf,
  type FlexDayStatement,
  type FlexEntry,
} from '../../services/domain/flexibility/settlement/flex-leaves.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { flexPrice } from '../../services/domain/flexibility/trading/flex-price.ts'
import type { HeldRole } from '../../services/domain/identity/household-data.ts'
import { isLeafOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import {
  deliveryPeriod,
  energyWh,
  firstPeriodOf,
  money,
  rate,
  signedW,
  signedWh,
  tradingDayOf,
} from '../../services/domain/units.ts'
import { keepDispatches } from '../../services/store/flexibility/dispatches.ts'
import { replaceFlexLeaves, type DrawnAsset } from '../../services/store/flexibility/flex-leaves.ts'
import { keepForecast } from '../../services/store/flexibility/forecasts.ts'
import { writeFlexibility, type FlexChange } from '../../services/store/flexibility/projections.ts'
import { addProposal, listApprovedProposals, listQueueDecisions } from '../../services/store/flexibility/proposals.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { AREA, FIRST_PERIOD } from './api-market.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { hashOf, startApiWorld, type ApiWorld } from './api-world.ts'

const DSO_KEY = `0x${'d5'.repeat(32)}`
const AGGREGATOR_KEY = `0x${'d6'.repeat(32)}`
const AGGREGATOR = 90
const PERIOD = deliveryPeriod(FIRST_PERIOD + 2)
const DAY = tradingDayOf(PERIOD)
const QUEUED = { portfolioId: 1, productId: 1, pointId: 1 }

function rolesOf(account: string): HeldRole[] {
  return account === addressOfKey(DSO_KEY) ? [{ role: 'dso', area: AREA }] : []
}

let world: ApiWorld
let [dso, aggregator, member, stranger]: Browser[] = []
let memberId = 0

beforeAll(async () => {
  world = await startApiWorld({ port: 18_440, households: 2, rolesOf })
  const [one, other] = world.households
  memberId = one!.memberId
  ;[dso, aggregator, member, stranger] = await Promise.all(
    [DSO_KEY, AGGREGATOR_KEY, one!.accountKey, other!.accountKey].map((key) => signIn(world, key)),
  )
  await world.store.client.member.create({
    data: {
      ...{ id: AGGREGATOR, area: AREA, kind: 'aggregator', account: addressOfKey(AGGREGATOR_KEY), tradingKey: '0x' },
      ...{ meterKey: '0x', quantityLimitWh: 0, connectionPoint: '0x' },
    },
  })
  await world.store.client.$transaction((client) => writeFlexibility(client, traded()))
})
afterAll(() => world.stop())

/** A product, a point with a limit, a portfolio that waits for more, and a request with two opened offers, one ordered and settled. */
function traded(): FlexChange[] {
  const capacity = { consumptionW: 20_000n, feedInW: 15_000n }
  const offer = { expiresAt: 2n ** 31n, salt: hashOf(7), openedAt: 20 }
  const optionOf = (price: bigint, power: bigint) => ({
    ...{ price: flexPrice(price), minActivationFactor: activationFactor(10) },
    periods: [{ period: PERIOD, power: signedW(power) }],
  })
  const sealed = { requestId: 1, portfolioId: 1, state: 'sealed', sealedAt: 10 } as const
  return [
    {
      ...{ kind: 'productDefined', id: 1, area: AREA, buyer: addressOfKey(DSO_KEY), name: 'Relief' },
      ...{ purpose: 'power', level: 'cell', direction: 'consume-less', activationLeadSeconds: 900n },
      ...{ longestActivationSeconds: 7_200n, recoverySeconds: 0n, minimumSizeW: 500n, resolutionSeconds: 900 },
      ...{ availabilityPriceMicroEuroPerKwAndPeriod: 0n, utilisationPriceMicroEuroPerKwh: 0n },
      baseline: { name: 'meter-before-meter-after', periodsBefore: 4, periodsAfter: 4 },
      penalty: [{ abovePermille: 100, price: rate(100_000n) }],
    },
    { kind: 'pointRegistered', id: 1, area: AREA, entityAddress: 'ea1.2026-01.example.dso:feeder', ...capacity },
    {
      ...{ kind: 'limitSet', pointId: 1, number: 1n, firstPeriod: BigInt(PERIOD), lastPeriod: BigInt(PERIOD) },
      ...{ consumptionW: 9_000n, feedInW: 9_000n },
    },
    {
      kind: 'portfolioOpened',
      id: 1,
      area: AREA,
      aggregator: AGGREGATOR,
      name: 'Pool',
      feePermille: 100,
      split: 'by-delivery',
    },
    {
      ...{ kind: 'memberJoined', blockNumber: 1, logIndex: 0, portfolioId: 1, productId: 1, memberId },
      ...{ from: 1n, until: 2n ** 31n, consent: hashOf(5) },
    },
    { kind: 'prequalificationRequested', ...QUEUED, state: 'waiting', askedW: 8_000n, evidence: hashOf(6), askedAt: 4 },
    { kind: 'prequalified', ...QUEUED, powerW: 8_000n, effectPpm: 500_000n, from: 5n, until: 2n ** 31n },
    { kind: 'prequalificationRequested', ...QUEUED, state: 'waiting', askedW: 9_000n, evidence: hashOf(6), askedAt: 6 },
    {
      ...{ kind: 'requested', id: 1, pointId: 1, productId: 1, reservationId: null, supersedes: null },
      ...{ expiresAt: 15n, revealUntil: 25n, priceCapMicroEuroPerKwh: 1_000_000n, state: 'open', requestedAt: 9 },
      ...{ requestedTransaction: hashOf(8), firstPeriod: BigInt(PERIOD), lastPeriod: BigInt(PERIOD) },
      periods: [{ period: PERIOD, disposition: 'requested', minPower: signedW(-4_000n), maxPower: signedW(0n) }],
    },
    { kind: 'offerSealed', id: 1, commitment: hashOf(11), ...sealed },
    { kind: 'offerSealed', id: 2, commitment: hashOf(12), ...sealed },
    { kind: 'offerSealed', id: 3, commitment: hashOf(13), ...sealed },
    { kind: 'offerOpened', id: 1, ...offer, options: [optionOf(200_000n, -2_000n), optionOf(300_000n, -4_000n)] },
    { kind: 'offerOpened', id: 2, ...offer, options: [optionOf(900_000n, -4_000n)] },
    {
      ...{ kind: 'ordered', id: 1, state: 'binding', isTest: false, ...QUEUED, offerId: 1, reservationId: null },
      ...{ option: 1, factor: 50, priceMicroEuro: 150_000n, pledgeMicroEuro: 45_000n, reference: hashOf(9) },
      ...{ orderedAt: 30, orderedTransaction: hashOf(10), periods: [{ period: PERIOD, power: -2_000n }] },
    },
  ]
}

const ASSET: DrawnAsset = {
  memberId: 0,
  baseline: signedWh(900n),
  realised: signedWh(500n),
  quality: 'metered',
  readingVersion: 0,
  asked: energyWh(500n),
  attributed: 0n,
  before: energyWh(0n),
  missingBefore: energyWh(0n),
  delivered: energyWh(400n),
  revenue: money(108_000n),
  penalty: money(5_000n),
  source: sourceHashOf('0x00'),
  baselineSource: '0x00',
  salt: hashOf(21),
}

describe('everybody', () => {
  const get = (path: string) => fetch(`${world.address}/api/flexibility${path}`)

  test('is shown products, congestion points and portfolios', async () => {
    const products = await bodyOf(await get('/products'), productList)
    expect(products.items).toMatchObject([{ productId: 1, name: 'Relief', baseline: { periodsBefore: 4 } }])
    const points = await bodyOf(await get('/points'), pointList)
    expect(points.items).toMatchObject([
      { pointId: 1, consumptionW: '20000', limits: [{ firstPeriod: PERIOD, consumptionW: '9000' }], connections: 0 },
    ])
    const portfolios = await bodyOf(await get('/portfolios'), portfolioList)
    expect(portfolios.items).toMatchObject([{ portfolioId: 1, aggregator: AGGREGATOR, feePermille: 100 }])
  })

  test('is shown the loading of a point, but of a few homes nothing but its capacity', async () => {
    const forecast = {
      period: PERIOD,
      expected: signedW(10_000n),
      low: signedW(8_000n),
      high: signedW(12_000n),
      errors: 3,
    }
    await keepForecast(world.store, 1, 100, [forecast])
    const query = `fromPeriod=${PERIOD - 1}&toPeriod=${PERIOD}`
    const alone = await bodyOf(await get(`/points/1/loading?${query}`), pointLoading)
    expect(alone.periods).toMatchObject([
      { deliveryPeriod: PERIOD - 1, consumptionW: '20000', forecast: null },
      { deliveryPeriod: PERIOD, consumptionW: '9000', meteredW: null, forecast: null },
    ])
    const connections = [1, 2, 3, 4, 5].map((place): FlexChange => ({
      ...{ kind: 'connectionSet', pointId: 1, connectionPoint: hashOf(place), effectPpm: 1_000_000n },
    }))
    await world.store.client.$transaction((client) => writeFlexibility(client, connections))
    const together = await bodyOf(await get(`/points/1/loading?${query}`), pointLoading)
    expect(together.periods[1]?.forecast).toEqual({ expectedW: '10000', lowW: '8000', highW: '12000' })

    expect(await problemOf(await get('/points/9/loading?fromPeriod=1&toPeriod=2'))).toMatchObject({
      code: 'congestion-point-unknown',
    })
    expect(await problemOf(await get('/points/1/loading?fromPeriod=2&toPeriod=1'))).toMatchObject({
      code: 'request-malformed',
    })
  })

  test('is shown requests with opened offers by what they cost for their effect', async () => {
    expect((await bodyOf(await get('/requests'), requestList)).items).toMatchObject([{ requestId: 1, state: 'open' }])
    const detail = await bodyOf(await get('/requests/1'), requestDetail)
    expect(detail.sealedOffers).toBe(1)
    expect(
      detail.options.map((one) => [
        one.offerId,
        one.option,
        one.effectWh,
        one.effectPriceMicroEuroPerKwh,
        one.isWithinCap,
      ]),
    ).toEqual([
      [1, 1, '500', '600000', true],
      [1, 0, '250', '800000', true],
      [2, 0, '500', '1800000', false],
    ])
    expect(detail.options.map(({ offerState }) => offerState)).toEqual(['ordered', 'ordered', 'opened'])
    expect(detail.orders).toEqual([1])
    expect(await problemOf(await get('/requests/2'))).toMatchObject({ code: 'flex-request-unknown' })
  })

  test('is shown orders with both nets once they are settled', async () => {
    const before = await bodyOf(await get('/orders/1'), flexOrder)
    expect(before).toMatchObject({ run: 'open', periods: [{ orderedWh: '500', servedWh: '500', settlement: null }] })
    const key = { area: AREA, day: DAY }
    const committed: FlexChange = {
      kind: 'runCommitted',
      run: {
        ...{ ...key, state: 'committed', root: hashOf(1), statementCount: 1n, totalMicroEuro: 115_000n },
        ...{ readingsAt: 50n, committedAt: 60, committedTransaction: hashOf(2) },
      },
      settlements: [
        {
          ...{ orderId: 1, period: BigInt(PERIOD), ...key, movedWh: 400n, opposedWh: 0n, assetCount: 1n },
          ...{ assetsRoot: hashOf(3), servedWh: 500n, deliveredWh: 400n, deficiencyWh: 100n },
          ...{ priceMicroEuro: 150_000n, paymentMicroEuro: 120_000n, penaltyMicroEuro: 5_000n },
        },
      ],
      availability: [],
      payments: [],
    }
    await world.store.client.$transaction((client) => writeFlexibility(client, [committed]))
    const settlement = {
      ...{ deliveredWh: '400', deficiencyWh: '100', priceMicroEuro: '150000', paymentMicroEuro: '120000' },
      ...{ penaltyMicroEuro: '5000', netMicroEuro: '115000', fullPriceMicroEuro: '145000' },
    }
    const after = await bodyOf(await get(`/orders?fromPeriod=${PERIOD}&toPeriod=${PERIOD}`), flexOrderList)
    expect(after.items).toMatchObject([{ orderId: 1, run: 'committed', periods: [{ settlement }] }])

    await world.store.client.$transaction((client) => writeFlexibility(client, [{ kind: 'runVoided', ...key }]))
    expect(await bodyOf(await get('/orders/1'), flexOrder)).toMatchObject({
      run: 'void',
      periods: [{ settlement: null }],
    })
  })
})

describe('a DSO', () => {
  test('decides proposals and the queue, once, for the grid operator to act on', async () => {
    const proposal = {
      ...{ proposalId: 'p1', pointId: 1, productId: 1, day: DAY, priceCap: rate(400_000n) },
      direction: 'consume-less',
      periods: [{ period: PERIOD, disposition: 'requested', minPower: signedW(-100n), maxPower: signedW(0n) }],
    } as const
    await addProposal(world.store, proposal, { isApproved: false, proposedAt: 40 })
    expect((await bodyOf(await dso!.get('/api/flexibility/proposals'), proposalList)).items).toMatchObject([
      { proposalId: 'p1', state: 'proposed', periods: [{ minPowerW: '-100' }] },
    ])
    expect(await listApprovedProposals(world.store)).toEqual([])
    const decide = () => dso!.send('POST', '/api/flexibility/proposals/p1/decision', { verdict: 'approved' })
    expect((await decide()).status).toBe(204)
    expect(await listApprovedProposals(world.store)).toMatchObject([proposal])
    expect(await problemOf(await decide())).toMatchObject({ code: 'proposal-decided' })

    const queue = await bodyOf(await dso!.get('/api/flexibility/queue'), queueList)
    expect(queue.items).toMatchObject([{ ...QUEUED, state: 'waiting', askedW: '9000', powerW: '8000', askedAt: 6 }])
    const refuse = (askedAt: number) =>
      dso!.send('POST', '/api/flexibility/queue/1/1/1/decision', { askedAt, refusal: 'no test was passed' })
    expect(await problemOf(await refuse(4))).toMatchObject({ code: 'queue-entry-not-waiting' })
    expect((await refuse(6)).status).toBe(204)
    expect(await listQueueDecisions(world.store)).toMatchObject([
      { ...QUEUED, askedAt: 6, refusal: 'no test was passed', decidedBy: addressOfKey(DSO_KEY) },
    ])
    expect(await problemOf(await refuse(6))).toMatchObject({ code: 'queue-decision-made' })
  })

  test('alone does so', async () => {
    for (const path of ['/proposals', '/queue']) {
      expect(await problemOf(await fetch(`${world.address}/api/flexibility${path}`))).toBeDefined()
      expect(await problemOf(await member!.get(`/api/flexibility${path}`))).toMatchObject({ code: 'role-missing' })
    }
    const decided = await aggregator!.send('POST', '/api/flexibility/proposals/p1/decision', { verdict: 'approved' })
    expect(await problemOf(decided)).toMatchObject({ code: 'role-missing' })
  })
})

test('an aggregator sees who is in its portfolio, and no other member does', async () => {
  for (const browser of [aggregator!, dso!]) {
    const detail = await bodyOf(await browser.get('/api/flexibility/portfolios/1'), portfolioDetail)
    expect(detail).toMatchObject({
      members: [{ memberId, consent: hashOf(5) }],
      prequalifications: [{ askedW: '9000' }],
    })
  }
  const refused = await problemOf(await member!.get('/api/flexibility/portfolios/1'))
  expect(refused).toMatchObject({ code: 'portfolio-not-yours' })
})

test('a member sees what was asked of it and what it earned, with leaves that prove against their roots', async () => {
  const entries = Array.from({ length: 96 }, (_, position): FlexEntry => {
    const isCalled = firstPeriodOf(DAY) + position === PERIOD
    return {
      delivered: energyWh(isCalled ? 400n : 0n),
      revenue: money(isCalled ? 108_000n : 0n),
      penalty: money(isCalled ? 5_000n : 0n),
      correction: money(isCalled ? -40_000n : 0n),
      salt: hashOf(100 + position),
    }
  })
  const { root } = entryTreeOf(entries)
  const sums = { entriesRoot: root.hash, charges: money(root.a), credits: money(root.b), salt: hashOf(22) }
  const statement: FlexDayStatement = { memberId, day: DAY, ...sums }
  const other: FlexDayStatement = { ...statement, memberId: AGGREGATOR, salt: hashOf(23) }
  const assets = [{ ...ASSET, memberId }]
  await replaceFlexLeaves(
    world.store,
    { area: AREA, day: DAY },
    [{ orderId: 1, period: PERIOD, assets }],
    [
      { statement, entries },
      { statement: other, entries },
    ],
  )
  const dispatch = {
    orderId: 1,
    memberId,
    device: `0x${'ba'.repeat(20)}`,
    mode: 'commandable',
    replaces: null,
  } as const
  const schedule = [{ period: PERIOD, powerW: -2_000, movedW: 2_000 }]
  const told = { state: 'done', detail: '', commandId: 'c1', createdAt: 31, changedAt: 32 } as const
  await keepDispatches(world.store, [{ id: 'd1', ...dispatch, schedule, ...told }])

  const path = `/api/households/${memberId}/flexibility`
  expect(await bodyOf(await member!.get(path), householdFlex)).toMatchObject({
    memberships: [{ portfolioId: 1, productId: 1 }],
    dispatches: [{ orderId: 1, state: 'done', periods: [{ setPointW: -2_000, movedW: 2_000 }] }],
    days: [{ day: DAY, deliveredWh: '400', chargesMicroEuro: '5000', creditsMicroEuro: '148000' }],
  })
  const day = await bodyOf(await member!.get(`${path}/${DAY}`), householdFlexDay)
  const statements = flexStatementTreeOf([statement, other]).root
  expect(day.root).toBe(statements.hash)
  const shown = day.statement
  expect(isLeafOf(statements, flexStatementLeafOf(statement), shown.position, shown.siblings)).toBe(true)
  const [entry] = day.entries
  expect(entry).toMatchObject({ deliveryPeriod: PERIOD, deliveredWh: '400', correctionMicroEuro: '-40000' })
  expect(isLeafOf(root, entryLeafOf(entries[entry!.position]!), entry!.position, entry!.siblings)).toBe(true)
  const [asset] = day.assets
  expect(asset).toMatchObject({ orderId: 1, baselineWh: '900', realisedWh: '500', source: '0x00' })
  const committed = assetTreeOf('consume-less', assets).root
  expect(asset!.assetsRoot).toBe(committed.hash)
  expect(isLeafOf(committed, assetLeafOf('consume-less', assets[0]!), asset!.position, asset!.siblings)).toBe(true)

  expect(await problemOf(await stranger!.get(path))).toMatchObject({ code: 'household-not-shown' })
  expect(await problemOf(await member!.get(`${path}/${DAY + 1}`))).toMatchObject({
    code: 'flex-statement-unknown',
  })
})
