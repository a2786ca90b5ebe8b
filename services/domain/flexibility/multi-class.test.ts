import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { truthfulOrderOf } from '../bidding/truthful-order.ts'
import { clearingOf } from '../market/clearing.ts'
import { statementsOf } from '../settlement/statement.ts'
import { deliveryPeriod, energyWh, powerW, price, rate, signedW, signedWh, type Rate } from '../units.ts'
import { powerIn } from './flex-direction.ts'
import { offersOfPool, type PoolAsset, type PoolRequest } from './pool/pool-offer.ts'

const [HOME, NEIGHBOUR] = [10, 11]
const PERIOD = deliveryPeriod(100)
const TARIFF = {
  ...{ retail: rate(300_000n), feedIn: rate(80_000n), grid: rate(0n), gridLocal: rate(0n), levy: rate(0n) },
  platformFee: rate(0n),
}
const SURPLUS_WH = 1_000n

/** Where the home's surplus of 1 kWh goes that its agent orders for, beside a neighbour who bids for 600 Wh. */
function soldBeside(bid: bigint) {
  const own = truthfulOrderOf(signedWh(-SURPLUS_WH), TARIFF)!
  const orders = [
    { trader: HOME, ...own },
    { trader: NEIGHBOUR, side: 'bid' as const, quantity: energyWh(600n), limitPrice: price(bid) },
  ]
  const clearing = clearingOf(orders)
  const statement = statementsOf({
    ...{ period: PERIOD, price: clearing.price, tariff: TARIFF, readingVersion: 0 },
    fills: orders.map(({ trader, side }, position) => ({ memberId: trader, side, filled: clearing.fills[position]! })),
    readings: [{ memberId: HOME, quality: 'metered', import: energyWh(0n), export: energyWh(SURPLUS_WH) }],
    ...{ supplier: 1, dso: 2, taxAuthority: 3, platformOperator: 4 },
  }).find(({ memberId }) => memberId === HOME)
  return {
    price: clearing.price,
    sold: statement!.sold,
    fromNeighbour: -statement!.energy,
    fromSupplier: -statement!.imbalance,
  }
}

/** A battery with 1 kWh that its owner does not give away for less than it asks. */
const battery = (ask: Rate): PoolAsset => ({
  flexibility: {
    ...{ device: `0x${'0a'.repeat(20)}`, memberId: HOME, firstPeriod: PERIOD, planW: [0], leastW: [-4_000] },
    ...{ mostW: [4_000], storedWh: 1_000, leastStoredWh: [0], mostStoredWh: [4_000], efficiencyPermille: 1_000 },
  },
  reliabilityPermille: 1_000,
  ask,
})
const FEE_PERMILLE = 500
/** What is offered to the grid of the battery, for which the DSO pays no more than the cap. */
function offeredToTheGrid(ask: Rate, priceCap: Rate) {
  const request: PoolRequest = {
    product: {
      ...{ direction: 'consume-less', minimumSize: powerW(500n), longestActivationSeconds: 7_200, recoverySeconds: 0 },
    },
    periods: [{ period: PERIOD, disposition: 'requested', minPower: signedW(-20_000n), maxPower: signedW(0n) }],
    ...{ priceCap, effectPpm: 1_000_000, prequalified: powerW(50_000n) },
  }
  const terms = { feePermille: FEE_PERMILLE, compensation: rate(TARIFF.retail - TARIFF.feedIn), marginPermille: 0 }
  const offers = offersOfPool([battery(ask)], request, { ...terms, targetPermille: 900, mostOffers: 4 })
  return offers.flatMap(({ options }) => options)
}

describe('a prosumer', () => {
  test('sells to the neighbour what that one pays more for than the supplier, and the rest to the supplier', () => {
    const sold = soldBeside(200_000n)
    expect(sold.price).toBeGreaterThanOrEqual(80_000n)
    expect(sold).toMatchObject({ sold: 600n, fromNeighbour: (600n * sold.price!) / 1_000n, fromSupplier: 32_000n })
  })

  test('sells all of it to the supplier where the neighbour would pay less', () => {
    expect(soldBeside(79_900n)).toMatchObject({ sold: 0n, fromNeighbour: 0n, fromSupplier: 80_000n })
  })

  test('offers to the grid what that pays its ask for after the fee, and keeps it for the others where it does not', () => {
    // The neighbour's price is what the owner asks: 0.25 euro, which is 0.50 with the aggregator's half.
    const ask = rate(250_000n)
    const [option] = offeredToTheGrid(ask, rate(500_000n))
    expect(option).toMatchObject({ price: 500_000n, periods: [{ period: PERIOD, power: -4_000n }] })
    expect(offeredToTheGrid(ask, rate(499_999n))).toEqual([])
  })

  test('never has less from the grid for a kWh than it asks, whatever it asks and the grid pays', () => {
    const rates = fc.bigInt({ min: 0n, max: 2_000_000n })
    fc.assert(
      fc.property(rates, rates, (ask, cap) => {
        for (const option of offeredToTheGrid(rate(ask), rate(cap))) {
          const power = option.periods.reduce((sum, one) => sum + powerIn('consume-less', one.power), 0n)
          const share = (option.price * BigInt(1_000 - FEE_PERMILLE)) / 1_000n
          expect(share * 4_000n).toBeGreaterThanOrEqual(ask * power)
          expect(option.price * 4_000n).toBeLessThanOrEqual(cap * power)
        }
      }),
    )
  })
})
