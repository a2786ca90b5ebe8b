import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placingsOf, type NewOrder, type PlacingRules, type SessionBook } from './order-sequence.ts'

/** Every Wh of a bid puts 1 micro-euro at risk, every Wh of an offer 2. */
const rules: PlacingRules = {
  exposureOf: ({ side, quantityWh }) => BigInt(side === 'bid' ? quantityWh : 2 * quantityWh),
  signReceipt: ({ orderDigest, position, deadline }) => `${orderDigest}/${position}/${deadline}`,
}

const emptyBook: SessionBook = {
  sessions: [{ area: 1, period: 7, isGateClosed: false, lastPosition: 0 }],
  standing: [],
  placed: [],
}

const order = (change: Partial<NewOrder> = {}): NewOrder => ({
  digest: `${change.trader ?? 3}-${change.side ?? 'bid'}-${change.salt ?? 1n}`,
  area: 1,
  period: 7,
  trader: 3,
  side: 'bid',
  quantityWh: 100,
  limitPriceMicroEuroPerKwh: 200_000,
  expiry: 6_300,
  salt: 1n,
  signature: '0x',
  signingKey: '0x',
  isForLedger: false,
  receivedAt: 5,
  gateClosure: 6_000,
  allowance: 1_000n,
  ...change,
})

const outcomesOf = (orders: readonly NewOrder[], book: SessionBook = emptyBook) =>
  placingsOf(book, orders, rules).map((placing) => ('position' in placing ? placing.position : placing.outcome))

describe('placingsOf', () => {
  test('counts positions on from the last one of the session, and says them in the receipt', () => {
    const book = { ...emptyBook, sessions: [{ area: 1, period: 7, isGateClosed: false, lastPosition: 41 }] }
    expect(placingsOf(book, [order(), order({ trader: 4 })], rules)).toEqual([
      { outcome: 'placed', position: 42, receipt: '3-bid-1/42/6000' },
      { outcome: 'placed', position: 43, receipt: '4-bid-1/43/6000' },
    ])
  })

  test('gives a position and no receipt to an order that goes over the ledger', () => {
    const [placed] = placingsOf(emptyBook, [order({ isForLedger: true })], rules)
    expect(placed).toEqual({ outcome: 'placed', position: 1, receipt: null })
  })

  test('gives no position to what is refused', () => {
    const orders = [order({ quantityWh: 1_001 }), order({ period: 8, digest: 'other' }), order()]
    expect(outcomesOf(orders)).toEqual(['over-allowance', 'gate-closed', 1])
  })

  test('answers the very same order with the position and the receipt that it has', () => {
    const [first, again] = placingsOf(emptyBook, [order(), order()], rules)
    expect(again).toEqual({ ...first, outcome: 'already-placed' })
    const book = { ...emptyBook, placed: [{ digest: '3-bid-1', position: 9, receipt: 'kept' }] }
    expect(placingsOf(book, [order()], rules)).toEqual([{ outcome: 'already-placed', position: 9, receipt: 'kept' }])
  })

  test('replaces by a greater salt only', () => {
    const orders = [order({ salt: 5n }), order({ salt: 4n }), order({ salt: 5n, digest: 'equal' }), order({ salt: 6n })]
    expect(outcomesOf(orders)).toEqual([1, 'superseded', 'superseded', 2])
  })

  test('compares salts as numbers, with those of the database too', () => {
    const standing = [{ ...order(), salt: 9n }]
    expect(outcomesOf([order({ salt: 10n })], { ...emptyBook, standing })).toEqual([1])
  })

  test('counts the bid and the offer of a member together, and not the one that is replaced', () => {
    expect(outcomesOf([order({ quantityWh: 600 }), order({ side: 'offer', quantityWh: 201 })])).toEqual([
      1,
      'over-allowance',
    ])
    expect(outcomesOf([order({ quantityWh: 600 }), order({ side: 'offer', quantityWh: 200 })])).toEqual([1, 2])
    const replacing = [
      order({ quantityWh: 600 }),
      order({ quantityWh: 800, salt: 2n }),
      order({ side: 'offer', quantityWh: 100, trader: 3 }),
    ]
    expect(outcomesOf(replacing)).toEqual([1, 2, 3])
  })

  test('says what the order and the other side put at risk', () => {
    const orders = [order({ quantityWh: 600 }), order({ side: 'offer', quantityWh: 201 })]
    expect(placingsOf(emptyBook, orders, rules)[1]).toEqual({
      outcome: 'over-allowance',
      exposure: 402n,
      otherSide: 600n,
    })
  })

  test('always takes a cancellation, and frees what it cancels', () => {
    const orders = [
      order({ quantityWh: 1_000 }),
      order({ side: 'offer', quantityWh: 0 }),
      order({ quantityWh: 0, salt: 2n }),
      order({ side: 'offer', quantityWh: 500, salt: 2n }),
    ]
    expect(outcomesOf(orders)).toEqual([1, 2, 3, 4])
    expect(outcomesOf([order({ quantityWh: 0, allowance: 0n })])).toEqual([1])
  })

  test('keeps members and sessions apart', () => {
    const sessions = [7, 8].map((period) => ({ area: 1, period, isGateClosed: false, lastPosition: 0 }))
    const orders = [
      order({ quantityWh: 1_000 }),
      order({ quantityWh: 1_000, trader: 4 }),
      order({ quantityWh: 1_000, period: 8, digest: 'next session' }),
    ]
    expect(outcomesOf(orders, { ...emptyBook, sessions })).toEqual([1, 2, 1])
  })

  test('never leaves a gap, and never lets a member risk more than its allowance', () => {
    const arriving = fc.record({
      trader: fc.integer({ min: 1, max: 3 }),
      side: fc.constantFrom('bid' as const, 'offer' as const),
      quantityWh: fc.integer({ min: 0, max: 1_200 }),
      salt: fc.bigInt({ min: 0n, max: 5n }),
    })
    fc.assert(
      fc.property(fc.array(arriving, { maxLength: 40 }), (changes) => {
        const orders = changes.map((change, index) => order({ ...change, digest: String(index) }))
        const placings = placingsOf(emptyBook, orders, rules)
        const positions = placings.flatMap((placing) => (placing.outcome === 'placed' ? [placing.position] : []))
        expect(positions).toEqual(positions.map((_, index) => index + 1))

        const standing = new Map<string, NewOrder>()
        orders.forEach((it, index) => {
          if (placings[index]!.outcome !== 'placed') return
          const side = `${it.trader}-${it.side}`
          expect(it.salt).toSatisfy((salt: bigint) => salt > (standing.get(side)?.salt ?? -1n))
          standing.set(side, it)
          const atRisk = ['bid', 'offer'].map((name) => standing.get(`${it.trader}-${name}`))
          expect(atRisk.reduce((sum, at) => sum + (at ? rules.exposureOf(at) : 0n), 0n)).toBeLessThanOrEqual(1_000n)
        })
      }),
    )
  })
})
