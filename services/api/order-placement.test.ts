import { describe, expect, test, vi } from 'vitest'
import { orderDigest, orderDomain, signOrder } from '../chain/orders.ts'
import { addressOfKey, recoverSigner } from '../chain/typed-data.ts'
import type { LedgerAddresses } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import { formatOrder, type Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, price, rate } from '../domain/units.ts'
import { createOrderPlacement, type OrderPlacementDeps, type Placing } from './order-placement.ts'

const OWN_KEY = `0x${'11'.repeat(32)}`
const DELEGATED_KEY = `0x${'22'.repeat(32)}`
const FOREIGN_KEY = `0x${'33'.repeat(32)}`
const CONTRACT = `0x${'cc'.repeat(20)}`
const MEMBER = 3
const FIRST_PERIOD = deliveryPeriod(96_000)
const GATE_CLOSURE = FIRST_PERIOD * 900 - 300

const domain = orderDomain({ chainId: 31_337n, addresses: { callAuction: `0x${'aa'.repeat(20)}` } as LedgerAddresses })

const entry = (change: Partial<TradingKeyEntry> = {}): TradingKeyEntry => ({
  index: 0,
  trader: MEMBER,
  key: addressOfKey(OWN_KEY),
  mayBid: true,
  mayOffer: true,
  validPeriods: 96,
  quantityLimit: energyWh(5_000n),
  lowestPrice: LOWEST_PRICE,
  highestPrice: HIGHEST_PRICE,
  allowance: money(500_000n),
  ...change,
})

const delegated = entry({
  index: 1,
  key: addressOfKey(DELEGATED_KEY),
  mayOffer: false,
  validPeriods: 2,
  quantityLimit: energyWh(1_000n),
  lowestPrice: price(0n),
  highestPrice: price(200_000n),
})

const order = (change: Partial<Order> = {}): Order => ({
  area: 1,
  trader: MEMBER,
  deliveryPeriod: FIRST_PERIOD,
  side: 'bid',
  quantity: energyWh(1_000n),
  limitPrice: price(200_000n),
  expiry: GATE_CLOSURE,
  salt: 7n,
  ...change,
})

const sent = (change: Partial<Order> = {}, key = OWN_KEY) => {
  const it = order(change)
  return { ...formatOrder(it), signature: signOrder(domain, it, key) }
}

type Keys = { entries: TradingKeyEntry[]; isComplete?: boolean; revoked?: Record<string, number>; contracts?: string[] }

function placementWith(
  { entries, isComplete = true, revoked = {}, contracts = [] }: Keys,
  deps: Partial<OrderPlacementDeps> = {},
) {
  const keepOrders = vi.fn<OrderPlacementDeps['keepOrders']>(async (orders) =>
    orders.map((_, index): Placing => ({ outcome: 'placed', position: index + 1, receipt: `signed ${index + 1}` })),
  )
  const place = createOrderPlacement({
    readArea: async () => ({
      id: 1,
      calendar: {
        firstPeriod: FIRST_PERIOD,
        lastPeriod: deliveryPeriod(FIRST_PERIOD + 95),
        gateClosureLeadSeconds: 300,
        readingDeadlineSeconds: 300,
        operatorDeadlineSeconds: 60,
        challengeWindowSeconds: 60,
        correctionDelaySeconds: 60,
        finalDelaySeconds: 60,
      },
    }),
    readLatestBlock: async () => ({ number: 1, timestamp: GATE_CLOSURE - 1 }),
    readTradingKeys: async () => ({
      isComplete,
      entriesOf: (trader) => entries.filter((it) => it.trader === trader),
      revokedAtOf: ({ key }) => revoked[key] ?? null,
      isContract: async ({ key }) => contracts.includes(key),
    }),
    isPausedAt: async () => false,
    readRates: async (periods) =>
      new Map(
        periods.map((period) => [period, { retail: rate(300_000n), feedIn: rate(80_000n), platformFee: rate(0n) }]),
      ),
    keepOrders,
    findPlaced: async () => new Map(),
    digestOf: (it) => orderDigest(domain, it),
    signerOf: (digest, signature) =>
      signature.length === 130 ? recoverSigner(Buffer.from(digest.slice(2), 'hex'), signature) : null,
    isAcceptedByContract: async (address, _digest, signature) => address === CONTRACT && signature === '0xbeef',
    ...deps,
  })
  return { place, keepOrders }
}

const codesOf = (outcomes: readonly unknown[]) =>
  outcomes.map((outcome) => (outcome instanceof DomainError ? outcome.code : 'placed'))

describe('an order that is taken', () => {
  test('is answered with its digest and its receipt', async () => {
    const { place } = placementWith({ entries: [entry()] })
    const digest = orderDigest(domain, order())
    expect(await place([sent()])).toEqual([
      {
        digest,
        deliveryPeriod: FIRST_PERIOD,
        receivedAt: GATE_CLOSURE - 1,
        gateClosesAt: GATE_CLOSURE,
        way: 'operator',
        receipt: { orderDigest: digest, position: 1, deadline: GATE_CLOSURE, signature: 'signed 1' },
      },
    ])
  })

  test('is kept with the key that signed it and what its member may risk', async () => {
    const { place, keepOrders } = placementWith({ entries: [entry(), delegated] })
    await place([sent({}, DELEGATED_KEY)])
    expect(keepOrders.mock.calls[0]?.[0]).toMatchObject([
      { signingKey: addressOfKey(DELEGATED_KEY), allowance: 500_000n, gateClosure: GATE_CLOSURE },
    ])
  })

  test('may be signed by a contract account, with as many bytes as it likes', async () => {
    const { place, keepOrders } = placementWith({ entries: [entry({ key: CONTRACT })], contracts: [CONTRACT] })
    expect(
      codesOf(
        await place([
          { ...sent(), signature: '0xBEEF' },
          { ...sent(), signature: '0xdead' },
        ]),
      ),
    ).toEqual(['placed', 'order-signature-invalid'])
    expect(keepOrders.mock.calls[0]?.[0]).toMatchObject([{ signingKey: CONTRACT, signature: '0xbeef' }])
  })

  test('may be for nothing, without an order before it', async () => {
    const { place } = placementWith({ entries: [entry({ allowance: money(0n) })] })
    expect(codesOf(await place([sent({ quantity: energyWh(0n) })]))).toEqual(['placed'])
  })

  test('may come for a day whose keys are not all there, where its own is', async () => {
    const { place } = placementWith({ entries: [entry()], isComplete: false })
    expect(codesOf(await place([sent()]))).toEqual(['placed'])
  })
})

describe('an order is refused', () => {
  const refusals: readonly [string, Keys, Record<string, unknown>, string][] = [
    ["before the day's keys are there", { entries: [], isComplete: false }, sent(), 'session-not-open'],
    ["of someone without a key among the day's", { entries: [] }, sent(), 'order-not-a-member'],
    ['of another key', { entries: [entry()] }, sent({}, FOREIGN_KEY), 'order-signature-invalid'],
    ['changed after it was signed', { entries: [entry()] }, { ...sent(), salt: '8' }, 'order-signature-invalid'],
    ['of a revoked key', { entries: [entry()], revoked: { [entry().key]: 5 } }, sent(), 'order-key-revoked'],
    ['over the limit', { entries: [entry()] }, sent({ quantity: energyWh(5_001n) }), 'order-over-limit'],
    ['over the allowance', { entries: [entry()] }, sent({ quantity: energyWh(2_501n) }), 'order-over-allowance'],
    [
      "on a side that is not the delegated key's",
      { entries: [entry(), delegated] },
      sent({ side: 'offer' }, DELEGATED_KEY),
      'order-outside-delegation',
    ],
    [
      "at a price beyond the delegated key's",
      { entries: [entry(), delegated] },
      sent({ limitPrice: price(200_100n) }, DELEGATED_KEY),
      'order-outside-delegation',
    ],
    [
      'in a period after the delegation',
      { entries: [entry(), delegated] },
      sent({ deliveryPeriod: deliveryPeriod(FIRST_PERIOD + 2), expiry: GATE_CLOSURE + 1_800 }, DELEGATED_KEY),
      'order-outside-delegation',
    ],
    ['that expires before gate closure', { entries: [entry()] }, sent({ expiry: GATE_CLOSURE - 1 }), 'order-expired'],
    ['for another area', { entries: [entry()] }, sent({ area: 2 }), 'area-unknown'],
    [
      'for a period that is not traded',
      { entries: [entry()] },
      sent({ deliveryPeriod: deliveryPeriod(FIRST_PERIOD - 1) }),
      'period-not-traded',
    ],
    ['of 2^31 Wh', { entries: [entry()] }, { ...sent(), quantityWh: '2147483648' }, 'order-invalid'],
  ]
  for (const [when, keys, input, code] of refusals) {
    test(`${when}: ${code}`, async () => {
      const { place, keepOrders } = placementWith(keys)
      expect(codesOf(await place([input]))).toEqual([code])
      expect(keepOrders).toHaveBeenCalledExactlyOnceWith([])
    })
  }

  test('at gate closure, and not one second before', async () => {
    const readLatestBlock = async () => ({ number: 1, timestamp: GATE_CLOSURE })
    expect(codesOf(await placementWith({ entries: [entry()] }, { readLatestBlock }).place([sent()]))).toEqual([
      'gate-closed',
    ])
  })

  test('where trading is paused when its gate closes, and for no other session', async () => {
    const isPausedAt = vi.fn<OrderPlacementDeps['isPausedAt']>(async (_, time) => time === GATE_CLOSURE)
    expect(codesOf(await placementWith({ entries: [entry()] }, { isPausedAt }).place([sent()]))).toEqual([
      'trading-paused',
    ])
    expect(isPausedAt).toHaveBeenCalledExactlyOnceWith(1, GATE_CLOSURE)
  })

  test('with what its session said of it', async () => {
    const keepOrders = async (): Promise<Placing[]> => [
      { outcome: 'superseded', salt: 9n },
      { outcome: 'over-allowance', exposure: 200_000n, otherSide: 400_000n },
      { outcome: 'gate-closed' },
    ]
    const { place } = placementWith({ entries: [entry()] }, { keepOrders })
    const outcomes = await place([sent(), sent({ salt: 8n }), sent({ salt: 9n })])
    expect(codesOf(outcomes)).toEqual(['order-superseded', 'order-over-allowance', 'gate-closed'])
    expect((outcomes[0] as DomainError).message).toContain('salt 9')
    for (const figure of ['200000', '400000', '500000']) expect((outcomes[1] as DomainError).message).toContain(figure)
  })
})

describe('a receipt is given again', () => {
  const digest = orderDigest(domain, order())
  const receipt = { orderDigest: digest, position: 4, deadline: GATE_CLOSURE, signature: 'kept' }

  test('where the session has the order already', async () => {
    const keepOrders = async (): Promise<Placing[]> => [{ outcome: 'already-placed', position: 4, receipt: 'kept' }]
    const [outcome] = await placementWith({ entries: [entry()] }, { keepOrders }).place([sent()])
    expect(outcome).toMatchObject({ code: 'order-already-placed', details: { receipt } })
  })

  const { signature } = sent()
  const kept = { period: FIRST_PERIOD, position: 4, receipt: 'kept', signature, signingKey: entry().key }
  const findPlaced = async (digests: readonly string[]) =>
    new Map(digests.filter((it) => it === digest).map((it) => [it, kept]))

  test('whatever speaks against the order by now', async () => {
    const { place } = placementWith({ entries: [] }, { findPlaced })
    const outcomes = await place([sent(), sent({ salt: 8n })])
    expect(outcomes).toMatchObject([
      { code: 'order-already-placed', details: { receipt } },
      { code: 'order-not-a-member' },
    ])
  })

  test('to nobody who did not sign the order, who hears what is said of any that is wrongly signed', async () => {
    for (const entries of [[], [entry()]]) {
      const { place } = placementWith({ entries }, { findPlaced })
      const { place: placeUnknown } = placementWith({ entries })
      const wrong = [
        { ...sent(), signature: sent({}, FOREIGN_KEY).signature },
        { ...sent(), signature: '0xbeef' },
      ]
      expect(await place(wrong)).toEqual(await placeUnknown(wrong))
    }
  })

  test('where only a contract can verify the order, for the bytes that it was placed with', async () => {
    const ofContract = async () => new Map([[digest, { ...kept, signature: '0xbeef', signingKey: CONTRACT }]])
    const { place } = placementWith({ entries: [] }, { findPlaced: ofContract })
    const outcomes = await place([
      { ...sent(), signature: '0xBEEF' },
      { ...sent(), signature: '0xdead' },
    ])
    expect(codesOf(outcomes)).toEqual(['order-already-placed', 'order-not-a-member'])
  })

  test('no more once its gate closed, when the ledger shows the signature to everybody', async () => {
    const readLatestBlock = async () => ({ number: 1, timestamp: GATE_CLOSURE })
    const { place } = placementWith({ entries: [entry()] }, { findPlaced, readLatestBlock })
    const [outcome] = await place([sent()])
    expect(outcome).toMatchObject({ code: 'order-already-placed', details: {} })
    expect(JSON.stringify(outcome)).not.toContain('kept')
    expect((outcome as DomainError).message).not.toContain('4 ')
  })
})

test('a ledger that does not answer refuses no order: the request fails as a whole', async () => {
  const isAcceptedByContract = () => Promise.reject(new DomainError('ledger-unreachable', 'the ledger does not answer'))
  const { place } = placementWith(
    { entries: [entry({ key: CONTRACT })], contracts: [CONTRACT] },
    { isAcceptedByContract },
  )
  await expect(place([sent()])).rejects.toMatchObject({ code: 'ledger-unreachable' })
})
