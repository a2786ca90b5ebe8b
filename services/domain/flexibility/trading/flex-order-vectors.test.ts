import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyOver, energyWh, money, powerW, rate, signedW } from '../../units.ts'
import { meritOrderOf } from '../merit-order/merit-order.ts'
import { penaltyOf } from '../settlement/penalty-rule.ts'
import { activationFactor, powerAt, priceAt } from './activation-factor.ts'
import { parseEntityAddress } from './entity-address.ts'
import { flexPriceAtOrBelow } from './flex-price.ts'

type Strings<Keys extends string> = Readonly<Record<Keys, string>>
type Vectors = {
  readonly scaling: Strings<'title' | 'factor' | 'power' | 'price' | 'orderedPower' | 'orderedPrice'>[]
  readonly cap: Strings<'title' | 'price' | 'power' | 'effectPpm' | 'priceCap' | 'isWithinCap'>[]
  readonly direct: (Strings<'title' | 'utilisationPrice' | 'energyWh' | 'price'> & { powers: string[] })[]
  readonly pledge: (Strings<'title' | 'pledge'> & { powers: string[]; bands: Strings<'abovePermille' | 'price'>[] })[]
}

const { scaling, cap, direct, pledge } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/flex-order.json', import.meta.url), 'utf8'),
) as Vectors

const MOST_POWER = 2n ** 31n - 1n
const energyIn = (powers: readonly string[]) => powers.map((power) => energyOver(powerW(BigInt(power))))

describe('test/vectors/flex-order.json', () => {
  test.each(scaling)('scaling: $title', ({ factor, power, price, orderedPower, orderedPrice }) => {
    const part = activationFactor(Number(factor))
    expect(powerAt(part, signedW(BigInt(power)))).toBe(BigInt(orderedPower))
    expect(priceAt(part, money(BigInt(price)))).toBe(BigInt(orderedPrice))
  })

  test.each(cap)('cap: $title', (vector) => {
    const { passedOver } = meritOrderOf(factsOf(vector))
    expect(passedOver.map(({ code }) => code)).toEqual(vector.isWithinCap === '1' ? [] : ['above-cap'])
  })

  test.each(direct)('direct: $title', ({ powers, utilisationPrice, energyWh: expected, price }) => {
    const energy = energyIn(powers).reduce((sum, each) => sum + each, 0n)
    expect(energy).toBe(BigInt(expected))
    expect(flexPriceAtOrBelow((energy * BigInt(utilisationPrice)) / 1_000n)).toBe(BigInt(price))
  })

  test.each(pledge)('pledge: $title', ({ powers, bands, pledge: expected }) => {
    const rule = bands.map((band) => ({ abovePermille: Number(band.abovePermille), price: rate(BigInt(band.price)) }))
    const owed = energyIn(powers).map((energy) => penaltyOf(rule, energy, energyWh(energy)))
    expect(owed.reduce((sum, each) => sum + each, 0n)).toBe(BigInt(expected))
  })
})

/** One offer of the power, over as many periods as it takes, in all of which a W is requested. */
function factsOf({ price, power, effectPpm, priceCap }: Vectors['cap'][number]) {
  const whole = BigInt(power)
  const count = Number((whole + MOST_POWER - 1n) / MOST_POWER)
  const partOf = (index: number) => (index === count - 1 ? whole - BigInt(count - 1) * MOST_POWER : MOST_POWER)
  const powers = Array.from({ length: count }, (_, index) => ({
    period: deliveryPeriod(1_900_000 + index),
    power: signedW(-partOf(index)),
  }))
  const id = 'offer'
  return {
    request: {
      id: 'request',
      congestionPoint: parseEntityAddress('ea1.2026-01.example.dso:feeder'),
      product: 'product',
      contract: null,
      revision: 0,
      expiresAt: 0,
      priceCap: rate(BigInt(priceCap)),
      periods: powers.map(({ period }) => ({
        ...{ period, disposition: 'requested' as const },
        ...{ minPower: signedW(-1n), maxPower: signedW(0n) },
      })),
    },
    product: { direction: 'consume-less' as const, minimumSize: powerW(1n) },
    candidates: [
      {
        ...{ kind: 'offer' as const, id, effectPpm: Number(effectPpm) },
        options: [
          {
            ...{ reference: 'option', price: money(BigInt(price)) },
            ...{ minActivationFactor: activationFactor(100), periods: powers },
          },
        ],
      },
    ],
    seed: `0x${'00'.repeat(32)}`,
  }
}
