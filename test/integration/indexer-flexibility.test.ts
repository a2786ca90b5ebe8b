import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { removeLimitCall, setCapacityCall, setLimitCall } from '../../services/chain/congestion-points.ts'
import { cancelOrderCall, orderOfferCall, revokeOfferCall } from '../../services/chain/flex-orders.ts'
import { leavePortfolioCall } from '../../services/chain/flex-portfolios.ts'
import {
  cancelRequestCall,
  commitmentOf,
  encodeOffer,
  openOfferCall,
  requestFlexibilityCall,
  sealOfferCall,
} from '../../services/chain/flex-requests.ts'
import {
  agreeReservationCall,
  proposeReservationCall,
  releaseReservationCall,
} from '../../services/chain/flex-reservations.ts'
import { commitFlexRunCall, payFlexRunCall, type FlexRunFacts } from '../../services/chain/flex-settlement.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { endOf, endOfDay, energyWh, money, powerW, rate, startOf } from '../../services/domain/units.ts'
import { catchUp } from '../../services/indexer/follow.ts'
import { rebuildProjections } from '../../services/indexer/rebuild.ts'
import type { Store } from '../../services/store/connect.ts'
import { connectionsOf, findCongestionPoint } from '../../services/store/flexibility/congestion-points.ts'
import { findFlexOrder, listCalledDays, listOrdersCalling } from '../../services/store/flexibility/orders.ts'
import { membersOfPortfolioAt, prequalificationsOf } from '../../services/store/flexibility/portfolios.ts'
import { findFlexProduct } from '../../services/store/flexibility/products.ts'
import { findFlexRequest, listOffersOfRequest, listOpenRequests } from '../../services/store/flexibility/requests.ts'
import { listReservations } from '../../services/store/flexibility/reservations.ts'
import { findFlexRun, settlementsOfDay } from '../../services/store/flexibility/settlements.ts'
import { readIndexCursor } from '../../services/store/projections.ts'
import {
  AGGREGATOR,
  offerDraft,
  POINT,
  POINT_ADDRESS,
  PORTFOLIO,
  PRODUCT,
  PRODUCT_TERMS,
  requestDraft,
  setUpFlexMarket,
  type FlexActors,
} from './flexibility-world.ts'
import {
  actorOf,
  createFollower,
  dumpProjections,
  holdSession,
  periodAfter,
  startTestPostgres,
  type Actor,
} from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  CALENDAR,
  commitStatementsCall,
  DSO,
  FIRST_DAY,
  HOUSEHOLDS,
  KEYS,
  payRunCall,
  setUpMarket,
  startLedger,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const REFERENCE = `0x${'0f'.repeat(32)}`

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store
let actors: FlexActors & { operator: Actor; gateway: Actor }

beforeAll(async () => {
  postgres = await startTestPostgres(18_420)
  node = await startLedger(18_421)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'flexibility', market)
  actors = {
    ...(await setUpFlexMarket(market)),
    operator: actorOf(market, KEYS.marketOperator),
    gateway: actorOf(market, KEYS.gateway),
  }
})
afterAll(async () => {
  await store.close()
  market.ledger.close()
  await node.stop()
  await postgres.stop()
})

const index = () => catchUp({ ledger: market.ledger, store, deploymentHash: market.deploymentHash })
const now = async () => (await readLatestBlock(market.ledger)).timestamp

describe('the projections of flexibility', () => {
  test('show products, points with what lies behind them, and who is in which portfolio', async () => {
    await actors.dso.send(setCapacityCall(POINT, { consumption: powerW(16_000n), feedIn: powerW(15_000n) }))
    const limit = { firstPeriod: periodAfter(8), lastPeriod: periodAfter(9) }
    const capacity = { consumption: powerW(9_000n), feedIn: powerW(9_000n) }
    await actors.dso.send(setLimitCall(POINT, { ...limit, ...capacity }))
    const later = { firstPeriod: periodAfter(4), lastPeriod: periodAfter(5) }
    await actors.dso.send(setLimitCall(POINT, { ...later, ...capacity }))
    await index()

    expect(await findFlexProduct(store, PRODUCT)).toEqual({
      productId: PRODUCT,
      area: AREA,
      name: 'Feeder relief',
      buyer: actors.dso.address,
      isRetired: false,
      product: { id: String(PRODUCT), ...PRODUCT_TERMS },
    })
    const point = await findCongestionPoint(store, POINT)
    expect(point?.point).toEqual({
      address: POINT_ADDRESS,
      consumption: 16_000n,
      feedIn: 15_000n,
      limits: [
        { ...later, ...capacity },
        { ...limit, ...capacity },
      ],
    })
    await actors.dso.send(removeLimitCall(POINT, point!.limitNumbers[0]!))
    await index()
    expect((await findCongestionPoint(store, POINT))?.point.limits).toEqual([{ ...limit, ...capacity }])
    expect((await connectionsOf(store, POINT)).map(({ memberId, effectPpm }) => [memberId, effectPpm])).toEqual(
      HOUSEHOLDS.map((memberId) => [memberId, 900_000]),
    )

    const membership = { portfolioId: PORTFOLIO, productId: PRODUCT }
    const before = await now()
    expect(await membersOfPortfolioAt(store, { ...membership, at: before })).toEqual([3, 4])
    await actorOf(market, accountKeyOf(4)).send(leavePortfolioCall({ ...membership, memberId: 4 }))
    await index()
    expect(await membersOfPortfolioAt(store, { ...membership, at: before })).toEqual([3, 4])
    expect(await membersOfPortfolioAt(store, { ...membership, at: await now() })).toEqual([3])
    expect(await prequalificationsOf(store, PORTFOLIO)).toMatchObject([
      { state: 'prequalified', asked: 9_000n, prequalification: { power: 8_000n, effectPpm: 900_000 }, reason: null },
    ])
  })

  test('show an availability contract with what stays reserved', async () => {
    const windows = [{ firstPeriod: periodAfter(20), lastPeriod: periodAfter(23), power: powerW(2_000n) }]
    const draft = { pointId: POINT, productId: PRODUCT, portfolioId: PORTFOLIO, releaseLeadSeconds: 3_600, windows }
    const prices = { availabilityPrice: money(5_000n), utilisationPrice: rate(300_000n) }
    await actors.dso.send(proposeReservationCall({ ...draft, ...prices }))
    await actors.aggregator.send(agreeReservationCall(1))
    const released = [{ period: periodAfter(21), power: powerW(500n) }]
    await actors.dso.send(releaseReservationCall(1, REFERENCE, released))
    await index()
    expect(await listReservations(store, { portfolioId: PORTFOLIO })).toMatchObject([
      {
        reservationId: 1,
        state: 'agreed',
        reservation: { contract: '1', congestionPoint: POINT_ADDRESS, ...prices, releaseLeadSeconds: 3_600, windows },
        releases: [{ contract: '1', reference: REFERENCE, periods: released }],
      },
    ])
  })

  test('show a request, its offers once they are opened, and the order', async () => {
    const draft = requestDraft(await now())
    await actors.dso.send(requestFlexibilityCall(draft))
    await actors.dso.send(requestFlexibilityCall({ ...draft, supersedes: 1 }))
    await index()
    expect((await listOpenRequests(store, AREA, await now())).map(({ requestId }) => requestId)).toEqual([2])
    expect(await findFlexRequest(store, 1)).toMatchObject({ state: 'superseded', request: { revision: 0 } })
    expect(await findFlexRequest(store, 2)).toMatchObject({
      supersedes: 1,
      seed: null,
      request: { id: '2', product: '1', revision: 1, priceCap: 400_000n, periods: draft.periods },
    })

    const offer = offerDraft()
    const other = { ...offer, salt: `0x${'78'.repeat(32)}` }
    const commitments = [offer, other].map((one) => commitmentOf(2, PORTFOLIO, one))
    const onLedger = await readContract(market.ledger, 'flexRequests', 'commitmentOf', 2, PORTFOLIO, encodeOffer(offer))
    expect(commitments[0]).toBe(onLedger[0])
    for (const commitment of commitments) await actors.aggregator.send(sealOfferCall(2, PORTFOLIO, commitment))
    await index()
    expect(await listOffersOfRequest(store, 2)).toMatchObject([
      { offerId: 1, state: 'sealed', commitment: commitments[0], opened: null, offer: null },
      { offerId: 2, state: 'sealed', commitment: commitments[1], opened: null, offer: null },
    ])

    await actors.aggregator.send(revokeOfferCall(2))
    await advanceTo(market.ledger, draft.expiresAt)
    await actors.aggregator.send(openOfferCall(1, offer, draft.periods))
    await index()
    const [opened, revoked] = await listOffersOfRequest(store, 2)
    expect(opened).toMatchObject({ state: 'opened', opened: offer, offer: { id: '1', request: '2', portfolio: '1' } })
    expect(revoked).toMatchObject({ state: 'revoked', opened: null })
    expect((await findFlexRequest(store, 2))?.seed).toMatch(/^0x[0-9a-f]{64}$/)

    const order = { option: 0, factor: activationFactor(50), reference: REFERENCE }
    await actors.dso.send(orderOfferCall(1, offer, order))
    await index()
    expect((await listOffersOfRequest(store, 2))[0]?.state).toBe('ordered')
    expect(await findFlexOrder(store, 1)).toMatchObject({
      state: 'binding',
      order: { offer: '1', contract: null, option: '0', activationFactor: 50, price: 100_000n, reference: REFERENCE },
      calls: [
        { period: periodAfter(2), power: -2_000n, ordered: 2_000n, served: 2_000n },
        { period: periodAfter(3), power: 500n, ordered: 0n, served: 0n },
      ],
    })
    expect((await listOrdersCalling(store, AREA, FIRST_DAY)).map(({ orderId }) => orderId)).toEqual([1])
    expect(await listCalledDays(store, AREA)).toEqual([FIRST_DAY])
  })

  test('show requests that were cancelled, and orders that were', async () => {
    const later = (await now()) + 300
    const draft = { ...requestDraft(later), expiresAt: later, revealUntil: later + 60 }
    await actors.dso.send(requestFlexibilityCall(draft))
    await actors.dso.send(cancelRequestCall(3))
    await index()
    expect(await findFlexRequest(store, 3)).toMatchObject({ state: 'cancelled' })
    const cancel = actors.dso.send(cancelOrderCall(1))
    expect(startOf(periodAfter(2))).toBeGreaterThan(await now())
    await cancel
    await index()
    expect(await findFlexOrder(store, 1)).toMatchObject({ state: 'cancelled', pledge: expect.any(BigInt) as bigint })
  })

  test('show what orders come to, and money as it is on the ledger', async () => {
    const { ledger } = market
    for (const count of [0, 1, 2, 3]) {
      await advanceTo(ledger, endOf(periodAfter(count)))
      await holdSession(market, actors, periodAfter(count))
    }
    await advanceTo(ledger, endOfDay(FIRST_DAY) + 600)
    const energy = [
      { memberId: 3, amount: money(1n) },
      { memberId: 4, amount: money(-1n) },
    ]
    await actors.operator.send(commitStatementsCall(FIRST_DAY, 0, energy, await now()))
    await advanceTo(ledger, (await now()) + CALENDAR.challengeWindowSeconds)
    await actors.operator.send(payRunCall(FIRST_DAY, 0, energy))

    const facts: FlexRunFacts = {
      deliveries: [
        {
          orderId: 1,
          period: periodAfter(2),
          moved: energyWh(0n),
          opposed: energyWh(0n),
          assetCount: 0,
          assetsRoot: `0x${'00'.repeat(32)}`,
        },
      ],
      availability: [],
      orders: [(await findFlexOrder(store, 1))!.order.periods],
    }
    const payments = [
      { memberId: DSO, amount: money(100_000n) },
      { memberId: AGGREGATOR, amount: money(-100_000n) },
    ]
    const key = { area: AREA, day: FIRST_DAY }
    const statements = { root: `0x${'cd'.repeat(32)}`, count: 2, total: money(100_000n) }
    await actors.operator.send(commitFlexRunCall(key, statements, await now(), facts, payments))
    await index()
    expect(await findFlexRun(store, AREA, FIRST_DAY)).toMatchObject({
      state: 'committed',
      root: statements.root,
      statementCount: 2,
      total: 100_000n,
      paidAt: null,
    })
    expect(await settlementsOfDay(store, AREA, FIRST_DAY)).toMatchObject([
      { orderId: 1, period: periodAfter(2), price: 100_000n, payment: 100_000n, penalty: 0n },
    ])

    await advanceTo(ledger, (await now()) + CALENDAR.challengeWindowSeconds)
    await actors.operator.send(payFlexRunCall(key, facts, payments))
    await index()
    expect(await findFlexRun(store, AREA, FIRST_DAY)).toMatchObject({ state: 'paid' })
    expect(await findFlexOrder(store, 1)).toMatchObject({ pledge: 0n })
    for (const memberId of [DSO, AGGREGATOR, 3]) {
      const { balanceMicroEuro } = await store.client.member.findUniqueOrThrow({ where: { id: memberId } })
      const [balance] = await readContract(ledger, 'accounts', 'balanceOf', memberId)
      expect(balanceMicroEuro).toBe(balance)
    }
  })

  test('are the same to the byte when the ledger is replayed from block 0', async () => {
    await index()
    const before = await dumpProjections(store.url)
    const cursor = await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
    expect(cursor).toEqual(await readIndexCursor(store))
    expect(await dumpProjections(store.url)).toEqual(before)
  })
})
