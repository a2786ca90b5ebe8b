import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, powerW } from '../../units.ts'
import { reliabilityOf } from './device-reliability.ts'
import { chernoffPowerOf, convolvedPowerOf, reliablePowerOf, type PooledDevice } from './pool-size.ts'

const device = (power: number, reliabilityPermille: number, id = `${power}-${reliabilityPermille}`): PooledDevice => ({
  ...{ id, reliabilityPermille },
  power: powerW(BigInt(power)),
})

describe('reliabilityOf', () => {
  const past = (...ratios: readonly number[]) =>
    ratios.map((percent) => ({ asked: energyWh(100n), delivered: energyWh(BigInt(percent)) }))

  test('is nothing without experience, and grows with it', () => {
    expect(reliabilityOf([])).toBe(0)
    expect(reliabilityOf(past(100))).toBe(500)
    expect(reliabilityOf(past(...Array.from({ length: 9 }, () => 100)))).toBe(900)
  })

  test('counts parts, no more than all of what was asked, and nothing where nothing was', () => {
    expect(reliabilityOf(past(50, 100, 0))).toBe(375)
    expect(reliabilityOf(past(150, 0))).toBe(333)
    expect(reliabilityOf([{ asked: energyWh(0n), delivered: energyWh(5n) }])).toBe(0)
  })
})

describe('reliablePowerOf', () => {
  test('is what a single device does, where it does it often enough', () => {
    expect(reliablePowerOf([device(1_000, 950)], 900)).toBe(1_000n)
    expect(reliablePowerOf([device(1_000, 950)], 960)).toBe(0n)
    expect(reliablePowerOf([device(1_000, 1_000)], 999)).toBe(1_000n)
  })

  test('is far more of many devices than of one', () => {
    const pool = Array.from({ length: 100 }, (_, index) => device(1_000, 900, `${index}`))
    // A binomial of 100 at 0.9: at least 85 with 96 %, at least 86 with 93 %.
    expect(reliablePowerOf(pool, 950)).toBe(85_000n)
  })

  test('is nothing for no device, and refuses a target that is none', () => {
    expect(reliablePowerOf([], 900)).toBe(0n)
    expect(reliablePowerOf([device(0, 900), device(900, 0)], 900)).toBe(0n)
    for (const target of [0, 1_000, 0.5]) {
      expect(() => reliablePowerOf([device(1, 900)], target)).toThrow(
        expect.objectContaining({ code: 'pool-target-invalid' }),
      )
    }
  })

  test('stays near the mean for ten thousand devices, whatever the work that it saves', () => {
    const pool = Array.from({ length: 10_000 }, (_, index) =>
      device(1_500 + (index % 11) * 200, 850 + (index % 5) * 20, `${index}`),
    )
    const mean = pool.reduce(
      (sum, { power, reliabilityPermille }) => sum + (Number(power) * reliabilityPermille) / 1_000,
      0,
    )
    const size = Number(reliablePowerOf(pool, 950))
    expect(size).toBeLessThan(mean)
    expect(size).toBeGreaterThan(mean * 0.97)
  })
})

const pools = fc.array(
  fc
    .record({ power: fc.integer({ min: 1, max: 5_000 }), reliability: fc.integer({ min: 1, max: 1_000 }) })
    .map(({ power, reliability }) => device(power, reliability)),
  { minLength: 1, maxLength: 10 },
)
const targets = fc.integer({ min: 1, max: 999 })

/** The chance that at least so much is delivered, over all 2^n outcomes. */
function chanceOf(devices: readonly PooledDevice[], power: bigint): number {
  let chance = 0
  for (let outcome = 0; outcome < 1 << devices.length; outcome += 1) {
    let [sum, likely] = [0n, 1]
    devices.forEach((one, index) => {
      const delivers = (outcome & (1 << index)) !== 0
      if (delivers) sum += one.power
      likely *= delivers ? one.reliabilityPermille / 1_000 : 1 - one.reliabilityPermille / 1_000
    })
    if (sum >= power) chance += likely
  }
  return chance
}

describe('reliablePowerOf, beside all outcomes', () => {
  test('is delivered with the target reliability', () => {
    fc.assert(
      fc.property(pools, targets, (devices, target) => {
        const size = reliablePowerOf(devices, target)
        if (size > 0n) expect(chanceOf(devices, size)).toBeGreaterThanOrEqual(target / 1_000 - 1e-9)
      }),
    )
  })

  test('is the most that is, where powers are whole steps', () => {
    fc.assert(
      fc.property(pools, targets, (devices, target) => {
        const size = convolvedPowerOf(devices, target, 1n)
        expect(chanceOf(devices, size + 1n)).toBeLessThan(target / 1_000 + 1e-9)
      }),
    )
  })

  test('is never less for a lower target, nor for a device more or one that is better', () => {
    fc.assert(
      fc.property(pools, targets, targets, (devices, one, other) => {
        const sizeAt = (target: number, list = devices) => convolvedPowerOf(list, target, 1n)
        expect(sizeAt(Math.min(one, other)) >= sizeAt(Math.max(one, other))).toBe(true)
        expect(sizeAt(one) >= sizeAt(one, devices.slice(1))).toBe(true)
        const better = devices.map((each) => ({
          ...each,
          reliabilityPermille: Math.min(1_000, each.reliabilityPermille + 50),
        }))
        expect(sizeAt(one, better) >= sizeAt(one)).toBe(true)
      }),
    )
  })

  test('is not less than Chernoff’s bound, which is delivered as reliably', () => {
    fc.assert(
      fc.property(pools, targets, (devices, target) => {
        const bound = chernoffPowerOf(devices, target)
        expect(bound <= convolvedPowerOf(devices, target, 1n)).toBe(true)
      }),
    )
  })
})
