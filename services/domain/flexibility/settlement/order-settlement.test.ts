import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, money, rate, signedWh } from '../../units.ts'
import { responseOf, type FlexDirection } from '../flex-direction.ts'
import { periodPricesOf, settleOrder, settlementTotalOf, type OrderedFlexibility } from './order-settlement.ts'

type Strings<Keys extends string> = Readonly<Record<Keys, string>>
type Vector = Strings<
  'title' | 'isConsumeMore' | 'price' | 'payment' | 'penalty' | 'netSettlement' | 'fullPriceSettlement'
> & {
  bands: Strings<'abovePermille' | 'price'>[]
  periods: Strings<
    | 'period'
    | 'orderedWh'
    | 'baselineWh'
    | 'realisedWh'
    | 'deliveredWh'
    | 'deficiencyWh'
    | 'price'
    | 'payment'
    | 'penalty'
    | 'netSettlement'
    | 'fullPriceSettlement'
  >[]
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/flex-settlement.json', import.meta.url), 'utf8'),
) as { cases: Vector[] }

describe('test/vectors/flex-settlement.json', () => {
  test.each(cases)('$title', (vector) => {
    const direction: FlexDirection = vector.isConsumeMore === '1' ? 'consume-more' : 'consume-less'
    const order: OrderedFlexibility = {
      price: money(BigInt(vector.price)),
      penalty: vector.bands.map((band) => ({
        abovePermille: Number(band.abovePermille),
        price: rate(BigInt(band.price)),
      })),
      periods: vector.periods.map(({ period, orderedWh }) => ({
        period: deliveryPeriod(Number(period)),
        ordered: energyWh(BigInt(orderedWh)),
      })),
    }
    const responses = vector.periods.map(({ baselineWh, realisedWh }) =>
      responseOf(direction, signedWh(BigInt(baselineWh)), signedWh(BigInt(realisedWh))),
    )
    const settled = settleOrder(order, responses)
    expect(settled.map((period) => period.period)).toEqual(vector.periods.map(({ period }) => Number(period)))
    settled.forEach((period, index) => {
      const expected = vector.periods[index]!
      expect({
        deliveredWh: `${period.delivered}`,
        deficiencyWh: `${period.deficiency}`,
        price: `${period.price}`,
        payment: `${period.payment}`,
        penalty: `${period.penalty}`,
        netSettlement: `${period.netSettlement}`,
        fullPriceSettlement: `${period.fullPriceSettlement}`,
      }).toEqual({
        deliveredWh: expected.deliveredWh,
        deficiencyWh: expected.deficiencyWh,
        price: expected.price,
        payment: expected.payment,
        penalty: expected.penalty,
        netSettlement: expected.netSettlement,
        fullPriceSettlement: expected.fullPriceSettlement,
      })
    })
    const total = settlementTotalOf(settled)
    expect(total.payment).toBe(BigInt(vector.payment))
    expect(total.penalty).toBe(BigInt(vector.penalty))
    expect(total.netSettlement).toBe(BigInt(vector.netSettlement))
    expect(total.fullPriceSettlement).toBe(BigInt(vector.fullPriceSettlement))
  })

  test("has USEF's worked table, to the euro", () => {
    const rows = cases.filter(({ title }) => title.startsWith("USEF's worked table"))
    const inEuro = (amount: string) => Number(amount) / 1_000_000
    const inMegawatts = (energy: string) => Number(energy) / 250_000
    expect(
      rows.map(({ periods: [row] }) => [
        inMegawatts(row!.realisedWh),
        inMegawatts(row!.deliveredWh),
        inEuro(row!.payment),
        inMegawatts(row!.deficiencyWh),
        -inEuro(row!.penalty),
        inEuro(row!.netSettlement),
      ]),
    ).toEqual([
      [7, 2, 14, 0, -0, 14],
      [8, 2, 14, 0, -0, 14],
      [9, 1, 7, 1, -11, -4],
      [10, 0, 0, 2, -22, -22],
      [11, 0, 0, 3, -33, -33],
    ])
  })
})

describe('periodPricesOf', () => {
  test('shares the price to the micro-euro', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10_000_000_000n),
        fc.array(fc.bigInt(1n, 100_000n), { minLength: 1, maxLength: 96 }),
        (price, energies) => {
          const prices = periodPricesOf(money(price), energies.map(energyWh))
          expect(prices.reduce((sum, own) => sum + own, 0n)).toBe(price)
          expect(prices.every((own) => own >= 0n)).toBe(true)
        },
      ),
    )
  })

  test('refuses an order for nothing', () => {
    expect(() => periodPricesOf(money(1n), [energyWh(0n)])).toThrow(
      expect.objectContaining({ code: 'flex-order-empty' }),
    )
  })
})

const orders = fc.record({
  price: fc.bigInt(0n, 50_000_000n).map(money),
  penalty: fc.constantFrom(
    [],
    [{ abovePermille: 50, price: rate(44_000n) }],
    [
      { abovePermille: 0, price: rate(10_000n) },
      { abovePermille: 300, price: rate(90_000n) },
    ],
  ),
  periods: fc
    .array(fc.bigInt(1n, 50_000n), { minLength: 1, maxLength: 12 })
    .map((energies) =>
      energies.map((energy, index) => ({ period: deliveryPeriod(100 + index), ordered: energyWh(energy) })),
    ),
})
const responsesFor = (order: OrderedFlexibility) =>
  fc.array(fc.bigInt(-60_000n, 60_000n), { minLength: order.periods.length, maxLength: order.periods.length })
const settled = orders.chain((order) => responsesFor(order).map((responses) => ({ order, responses })))

describe('settleOrder, whatever was delivered', () => {
  test('pays all of the price for full delivery, and never more', () => {
    fc.assert(
      fc.property(settled, ({ order, responses }) => {
        const full = order.periods.map(
          ({ ordered }, index) => ordered + (responses[index]! > 0n ? responses[index]! : 0n),
        )
        expect(settlementTotalOf(settleOrder(order, full))).toMatchObject({ payment: order.price, penalty: 0n })
        const total = settlementTotalOf(settleOrder(order, responses))
        expect(total.payment <= order.price).toBe(true)
        expect(total.netSettlement <= total.fullPriceSettlement).toBe(true)
      }),
    )
  })

  test('never pays more for less', () => {
    fc.assert(
      fc.property(settled, fc.bigInt(0n, 10_000n), ({ order, responses }, less) => {
        const more = settleOrder(order, responses)
        const fewer = settleOrder(
          order,
          responses.map((response) => response - less),
        )
        more.forEach(({ netSettlement }, index) => {
          expect(fewer[index]!.netSettlement <= netSettlement).toBe(true)
        })
      }),
    )
  })

  test('settles each period by its own readings alone', () => {
    fc.assert(
      fc.property(settled, ({ order, responses }) => {
        const changed = responses.map((response, index) => (index === 0 ? response + 999n : response))
        expect(settleOrder(order, changed).slice(1)).toEqual(settleOrder(order, responses).slice(1))
      }),
    )
  })
})
