import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, price, rate, type Price } from '../units.ts'
import { DSO, PLATFORM_OPERATOR, session, SUPPLIER, TAX_AUTHORITY } from './session-for-test.ts'
import {
  linesOf,
  statementsOf,
  type FilledOrder,
  type MeteredEnergy,
  type PeriodFacts,
  type Statement,
} from './statement.ts'

const COUNTERPARTIES = [SUPPLIER, DSO, TAX_AUTHORITY, PLATFORM_OPERATOR]
const bought = (memberId: number, wh: bigint): FilledOrder => ({ memberId, side: 'bid', filled: energyWh(wh) })
const sold = (memberId: number, wh: bigint): FilledOrder => ({ memberId, side: 'offer', filled: energyWh(wh) })
const read = (memberId: number, imported: bigint, exported: bigint): MeteredEnergy => ({
  memberId,
  quality: 'metered',
  import: energyWh(imported),
  export: energyWh(exported),
})
const statementOf = (facts: PeriodFacts, memberId: number) => {
  const statement = statementsOf(facts).find((candidate) => candidate.memberId === memberId)
  if (!statement) throw new Error(`no statement for member ${memberId}`)
  return statement
}
const payable = (statement: Statement) => linesOf(statement).reduce((sum, line) => sum + line, 0n)

describe('statementsOf', () => {
  test('pays a traded kWh at the clearing price, its transport at the local rate, its levy and its fee', () => {
    const facts = session({
      fills: [bought(10, 1_000n), sold(11, 1_000n)],
      price: price(200_000n),
      readings: [read(10, 1_000n, 0n), read(11, 0n, 1_000n)],
    })
    expect(statementOf(facts, 10)).toMatchObject({
      energy: 200_000n,
      imbalance: 0n,
      gridTariff: 20_000n,
      levies: 30_000n,
      platformFee: 5_000n,
      tariffOnly: 390_000n,
    })
    expect(statementOf(facts, 11)).toMatchObject({
      energy: -200_000n,
      imbalance: 0n,
      gridTariff: 0n,
      levies: 0n,
      platformFee: 0n,
      tariffOnly: -100_000n,
    })
    expect(statementsOf(facts).map((statement) => [statement.memberId, payable(statement)])).toEqual([
      [SUPPLIER, 0n],
      [DSO, -20_000n],
      [TAX_AUTHORITY, -30_000n],
      [PLATFORM_OPERATOR, -5_000n],
      [10, 255_000n],
      [11, -200_000n],
    ])
  })

  test('gives the local rate for what came from a neighbour alone, not for what a member bought of itself', () => {
    const facts = session({
      fills: [bought(10, 1_000n), sold(10, 1_000n)],
      price: price(200_000n),
      readings: [read(10, 1_000n, 0n)],
    })
    const idle = session({ fills: [], price: null, readings: [read(10, 1_000n, 0n)] })
    expect(statementOf(facts, 10)).toMatchObject({ energy: 0n, gridTariff: statementOf(idle, 10).gridTariff })
  })

  test('settles what was not traded with the supplier', () => {
    const facts = session({
      fills: [bought(10, 1_000n), sold(11, 1_000n)],
      price: price(200_000n),
      readings: [read(10, 1_500n, 0n), read(11, 0n, 1_200n)],
    })
    expect(statementOf(facts, 10)).toMatchObject({ imbalance: 150_000n, gridTariff: 50_000n, levies: 45_000n })
    expect(statementOf(facts, 11)).toMatchObject({ imbalance: -20_000n })
    expect(statementOf(facts, SUPPLIER)).toMatchObject({ imbalance: -130_000n, metered: null, tariffOnly: null })
    expect(statementOf(facts, DSO)).toMatchObject({ gridTariff: -50_000n })
  })

  test('sells back at the feed-in tariff what was bought but not consumed, and keeps the fee', () => {
    const facts = session({
      fills: [bought(10, 1_000n), sold(11, 1_000n)],
      price: price(200_000n),
      readings: [read(10, 400n, 0n), read(11, 0n, 1_000n)],
    })
    expect(statementOf(facts, 10)).toMatchObject({
      energy: 200_000n,
      imbalance: -60_000n,
      gridTariff: 8_000n,
      levies: 12_000n,
      platformFee: 5_000n,
    })
  })

  test('pays a buyer at a negative price', () => {
    const facts = session({ fills: [bought(10, 1_000n), sold(11, 1_000n)], price: price(-50_000n) })
    expect(statementOf(facts, 10)).toMatchObject({ energy: -50_000n })
    expect(statementOf(facts, 11)).toMatchObject({ energy: 50_000n })
  })

  test('takes who has no reading for one that imported and exported nothing, and still says that there is none', () => {
    const facts = session({ fills: [bought(10, 1_000n), sold(11, 1_000n)], price: price(200_000n) })
    const unread = { quality: 'none', metered: null, gridTariff: 0n, levies: 0n, tariffOnly: null }
    expect(statementOf(facts, 10)).toMatchObject({
      ...unread,
      energy: 200_000n,
      imbalance: -100_000n,
      platformFee: 5_000n,
    })
    expect(statementOf(facts, 11)).toMatchObject({ ...unread, energy: -200_000n, imbalance: 300_000n, platformFee: 0n })
    expect(statementOf(facts, SUPPLIER)).toMatchObject({ imbalance: -200_000n })
  })

  test('says on which version of the readings it was drawn, and which of them were estimated', () => {
    const estimated: MeteredEnergy = { ...read(10, 5n, 0n), quality: 'estimated' }
    const facts = session({ readingVersion: 2, readings: [estimated, read(11, 1n, 0n)] })
    expect(statementsOf(facts).map(({ quality }) => quality)).toEqual([
      ...COUNTERPARTIES.map(() => 'none'),
      'estimated',
      'metered',
    ])
    expect(statementsOf(facts).every(({ readingVersion }) => readingVersion === 2)).toBe(true)
  })

  test('states the four counterparties even where nothing happened, and pays nothing', () => {
    const statements = statementsOf(session({}))
    expect(statements.map(({ memberId }) => memberId)).toEqual(COUNTERPARTIES)
    expect(statements.map(payable)).toEqual([0n, 0n, 0n, 0n])
  })

  test('gives an order that got nothing no statement', () => {
    const facts = session({ fills: [bought(10, 0n)], price: null })
    expect(statementsOf(facts).map(({ memberId }) => memberId)).toEqual(COUNTERPARTIES)
  })

  test('refuses fills that do not balance', () => {
    const facts = session({ fills: [bought(10, 1_000n), sold(11, 999n)], price: price(200_000n) })
    expect(() => statementsOf(facts)).toThrow(expect.objectContaining({ code: 'fills-not-balanced' }))
  })

  test('refuses two readings of one member', () => {
    const facts = session({ readings: [read(10, 1n, 0n), read(10, 1n, 0n)] })
    expect(() => statementsOf(facts)).toThrow(expect.objectContaining({ code: 'reading-twice' }))
  })
})

const wh = fc.bigInt({ min: 0n, max: 20_000n })
const upTo = (most: bigint) => fc.bigInt({ min: 0n, max: most })
const rates = fc
  .tuple(
    fc.bigInt({ min: -8_000_000n, max: 8_000_000n }),
    upTo(2_000_000n),
    upTo(1_000_000n),
    upTo(1_000_000n),
    upTo(500_000n),
    upTo(500_000n),
  )
  .map(([feedIn, spread, gridLocal, extra, levy, platformFee]) => ({
    levy: rate(levy),
    platformFee: rate(platformFee),
    feedIn: rate(feedIn),
    retail: rate(feedIn + spread),
    gridLocal: rate(gridLocal),
    grid: rate(gridLocal + extra),
  }))
const prices = fc.integer({ min: -5_000, max: 40_000 }).map((ticks) => price(BigInt(ticks) * 100n))
const members = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })

/** Splits a volume over members by cutting it at arbitrary points; the split is exact by construction. */
const split = (
  side: 'bid' | 'offer',
  ids: readonly number[],
  volume: bigint,
  cuts: readonly number[],
): FilledOrder[] => {
  const points = ids.slice(1).map((_, index) => (volume * BigInt(cuts[index % cuts.length] ?? 0)) / 1_000n)
  const bounds = [0n, ...points.sort((one, other) => (one < other ? -1 : 1)), volume]
  return ids.map((memberId, index) => ({
    memberId,
    side,
    filled: energyWh((bounds[index + 1] ?? 0n) - (bounds[index] ?? 0n)),
  }))
}
const cuts = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 8 })
const fills = fc
  .record({ buyers: members, sellers: members, volume: wh, buyerCuts: cuts, sellerCuts: cuts })
  .map(({ buyers, sellers, volume, buyerCuts, sellerCuts }) => [
    ...split('bid', buyers, volume, buyerCuts),
    ...split('offer', sellers, volume, sellerCuts),
  ])
const readings = members.chain((ids) =>
  fc.tuple(
    ...ids.map((memberId) => fc.tuple(wh, wh).map(([imported, exported]) => read(memberId, imported, exported))),
  ),
)
// Counterparties are sometimes among the trading members: nothing may depend on their being apart.
const sessions = fc.record({
  period: fc.constant(deliveryPeriod(100)),
  fills,
  price: prices,
  readingVersion: fc.nat(255),
  readings,
  tariff: rates,
  supplier: fc.constantFrom(1, 50),
  dso: fc.constantFrom(2, 51),
  taxAuthority: fc.constantFrom(3, 52),
  platformOperator: fc.constantFrom(4, 53),
})
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)

/** The lines without rounding, in thousandths of a micro-euro, written down once more from the words of the rule. */
function exactLinesOf({ bought, sold, metered }: Statement, { price, tariff }: PeriodFacts): bigint[] {
  const imported = metered?.import ?? 0n
  const strayed = imported - (metered?.export ?? 0n) - (bought - sold)
  const fromOthers = bought - sold > 0n ? bought - sold : 0n
  const local = fromOthers > imported ? imported : fromOthers
  return [
    (bought - sold) * (price ?? 0n),
    strayed * (strayed > 0n ? tariff.retail : tariff.feedIn),
    imported * tariff.grid - local * (tariff.grid - tariff.gridLocal),
    imported * tariff.levy,
    bought * tariff.platformFee,
  ]
}

describe('statementsOf, whatever was traded and metered', () => {
  test('makes lines of every kind that sum to zero', () => {
    fc.assert(
      fc.property(sessions, (facts) => {
        const lines = statementsOf(facts).map(linesOf)
        for (const kind of [0, 1, 2, 3, 4]) expect(total(lines.map((of) => of[kind]!))).toBe(0n)
      }),
    )
  })

  test('ascends by member and states everyone with a reading once', () => {
    fc.assert(
      fc.property(sessions, (facts) => {
        const ids = statementsOf(facts).map(({ memberId }) => memberId)
        expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
        for (const { memberId } of facts.readings) expect(ids).toContain(memberId)
      }),
    )
  })

  test('does not depend on the order in which readings come', () => {
    fc.assert(
      fc.property(sessions, (facts) => {
        const reversed = { ...facts, readings: facts.readings.toReversed() }
        expect(statementsOf(reversed)).toEqual(statementsOf(facts))
      }),
    )
  })

  test('charges nobody a micro-euro more than the exact amount of a line', () => {
    fc.assert(
      fc.property(sessions, (facts) => {
        const counterparties: number[] = [facts.supplier, facts.dso, facts.taxAuthority, facts.platformOperator]
        for (const statement of statementsOf(facts)) {
          if (counterparties.includes(statement.memberId)) continue
          const exact = exactLinesOf(statement, facts)
          // Thousandths of a micro-euro. Whoever buys and sells at once has two market lines in one.
          const most = statement.bought > 0n && statement.sold > 0n ? 2_000n : 1_000n
          for (const [kind, line] of linesOf(statement).entries()) {
            const difference = line * 1_000n - exact[kind]!
            expect(difference < (kind === 0 ? most : 1n)).toBe(true)
            expect(difference > -(kind === 0 ? most : 1_000n)).toBe(true)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('charges who has no reading as it charges who was metered at nothing', () => {
    fc.assert(
      fc.property(sessions, (facts) => {
        const metered = new Set(facts.readings.map(({ memberId }) => memberId))
        const unread = statementsOf(facts).filter(({ memberId }) => !metered.has(memberId))
        const zeros = unread.map(({ memberId }) => read(memberId, 0n, 0n))
        const asZero = statementsOf({ ...facts, readings: [...facts.readings, ...zeros] })
        for (const statement of unread) {
          expect(statement).toMatchObject({ quality: 'none', metered: null, tariffOnly: null })
          expect(linesOf(asZero.find(({ memberId }) => memberId === statement.memberId)!)).toEqual(linesOf(statement))
        }
      }),
    )
  })
})

/** Members who traded no more than what their meters then showed, at a price between feed-in and retail. */
const foreseen = fc
  .record({
    tariff: rates,
    ids: fc.uniqueArray(fc.integer({ min: 10, max: 60 }), { minLength: 2, maxLength: 20 }),
    energies: fc.array(fc.tuple(wh, wh, fc.integer({ min: 0, max: 1_000 })), { minLength: 20, maxLength: 20 }),
    position: fc.integer({ min: 0, max: 1_000 }),
  })
  .map(({ tariff, ids, energies, position }) => {
    const readings = ids.map((memberId, index) => read(memberId, energies[index]![0], energies[index]![1]))
    const deficits = readings.filter((reading) => reading.import > reading.export)
    const surpluses = readings.filter((reading) => reading.export > reading.import)
    const volume = [deficits, surpluses]
      .map((side) => total(side.map((reading) => reading.import - reading.export)))
      .map((net) => (net < 0n ? -net : net))
      .reduce((least, net) => (net < least ? net : least))
    const fill = (side: 'bid' | 'offer', from: readonly MeteredEnergy[]): FilledOrder[] => {
      let left = (volume * BigInt(energies[0]![2])) / 1_000n
      return from.map((reading) => {
        const net = reading.import > reading.export ? reading.import - reading.export : reading.export - reading.import
        const filled = net < left ? net : left
        left -= filled
        return { memberId: reading.memberId, side, filled: energyWh(filled) }
      })
    }
    // Where the fee leaves no room between the tariffs, nobody who bids by the rule trades.
    const highest = tariff.retail - tariff.platformFee
    const room = highest - tariff.feedIn
    const traded = room < 0n ? [] : [...fill('bid', deficits), ...fill('offer', surpluses)]
    return session({
      tariff,
      readings,
      fills: traded,
      // Not rounded to a tick: the rule does not need it.
      price: (tariff.feedIn + ((room < 0n ? 0n : room) * BigInt(position)) / 1_000n) as Price,
    })
  })

describe('statementsOf, with perfect forecasts and a price from feed-in to retail less the platform fee', () => {
  test('asks nobody for a micro-euro more than the tariff alone', () => {
    fc.assert(
      fc.property(foreseen, (facts) => {
        for (const statement of statementsOf(facts)) {
          if (statement.metered) expect(payable(statement)).toBeLessThanOrEqual(statement.tariffOnly!)
        }
      }),
      { numRuns: 500 },
    )
  })
})
