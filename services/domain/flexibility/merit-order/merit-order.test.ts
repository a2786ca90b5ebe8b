import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, money, powerW, rate, signedW } from '../../units.ts'
import { activationFactor } from '../trading/activation-factor.ts'
import type { FlexOption } from '../trading/flex-offer.ts'
import { available, FIRST, optionOfPowers, requested, requestOf } from '../trading/flex-trade-for-test.ts'
import { FULL_EFFECT_PPM, type FlexCandidate } from './candidate.ts'
import { meritOrderOf, UNMET_PRICE_IN_CAPS, type MeritOrder, type MeritOrderFacts } from './merit-order.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const SEED = `0x${'5e'.repeat(32)}`
const seedOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}`
const option = (powers: Readonly<Record<number, bigint>>, euro: number, least = 100, reference = 'A'): FlexOption =>
  optionOfPowers(powers, {
    reference,
    price: money(BigInt(Math.round(euro * 10_000)) * 100n),
    minActivationFactor: activationFactor(least),
  })
const candidate = (id: string, options: readonly FlexOption[], effectPpm = FULL_EFFECT_PPM): FlexCandidate => ({
  kind: 'offer',
  id,
  effectPpm,
  options,
})
/** A kWh of effect costs 10 euro at most: the cap is out of the way unless a test means it. */
const factsOf = (candidates: readonly FlexCandidate[], overrides: Partial<MeritOrderFacts> = {}): MeritOrderFacts => ({
  request: requestOf({ priceCap: rate(10_000_000n), periods: [requested(0, -40_000n), requested(1, -40_000n)] }),
  product: { direction: 'consume-less', minimumSize: powerW(4n) },
  candidates,
  seed: SEED,
  ...overrides,
})
const ordered = ({ chosen }: MeritOrder) =>
  chosen.map(({ id, option: reference, activationFactor: factor }) => `${id}${reference}@${factor}`)

describe('meritOrderOf', () => {
  test('takes the cheapest for their effect, and of the last one a part', () => {
    const both = (power: bigint, euro: number, id: string, effect?: number) =>
      candidate(id, [option({ 0: -power, 1: -power }, euro, 1)], effect)
    const merit = meritOrderOf(factsOf([both(20_000n, 4, 'x'), both(20_000n, 2, 'y'), both(40_000n, 3, 'z', 500_000)]))
    // For a kW of effect: x 0.20, y 0.10, z 0.15 euro.
    expect(ordered(merit)).toEqual(['yA@100', 'zA@100'])
    expect(merit).toMatchObject({ cost: 5_000_000n, unmet: [], gap: 0n })
    const half = meritOrderOf(factsOf([both(20_000n, 4, 'x'), both(20_000n, 2, 'y'), both(20_000n, 1.5, 'z', 500_000)]))
    expect(ordered(half)).toEqual(['xA@50', 'yA@100', 'zA@100'])
  })

  test('may prefer what covers several periods to what is cheaper in each', () => {
    const merit = meritOrderOf(
      factsOf([
        candidate('x', [option({ 0: -40_000n }, 3)]),
        candidate('y', [option({ 1: -40_000n }, 3)]),
        candidate('z', [option({ 0: -40_000n, 1: -40_000n }, 5)]),
      ]),
    )
    expect(ordered(merit)).toEqual(['zA@100'])
  })

  test('takes one option of an offer, and not less of it than its smallest part', () => {
    const either = candidate('x', [
      option({ 0: -40_000n }, 1, 90, 'A'),
      option({ 1: -40_000n }, 1, 90, 'B'),
      option({ 0: -50_000n, 1: -50_000n }, 4, 90, 'C'),
    ])
    expect(ordered(meritOrderOf(factsOf([either])))).toEqual(['xC@90'])
    const others = [either, candidate('y', [option({ 1: -40_000n }, 1)])]
    expect(ordered(meritOrderOf(factsOf(others)))).toEqual(['xA@100', 'yA@100'])
  })

  test('never pays more than the cap for a kWh of effect, not even where power is short', () => {
    // 40 kW in two periods are 20 kWh: 200 euro are the cap.
    const at = (euro: number, effect?: number) =>
      factsOf([candidate('x', [option({ 0: -40_000n, 1: -40_000n }, euro)], effect)])
    expect(ordered(meritOrderOf(at(200)))).toEqual(['xA@100'])
    const tooDear = meritOrderOf(at(200.0001))
    expect(tooDear).toMatchObject({ chosen: [], passedOver: [{ id: 'x', option: 'A', code: 'above-cap' }], cost: 0n })
    expect(tooDear.unmet.map(({ power }) => power)).toEqual([40_000n, 40_000n])
    expect(ordered(meritOrderOf(at(100, 500_000)))).toEqual(['xA@100'])
    expect(ordered(meritOrderOf(at(100.0001, 500_000)))).toEqual([])
  })

  test('counts nothing of what helps only where no power is requested', () => {
    const merit = meritOrderOf(
      factsOf([candidate('x', [option({ 7: -1_000n }, 0)]), candidate('y', [option({ 0: -1_000n }, 0)], 0)]),
    )
    expect(merit.passedOver.map(({ id, code }) => [id, code])).toEqual([
      ['x', 'no-effect'],
      ['y', 'no-effect'],
    ])
  })

  test('orders no part below the minimum size, nor what is offered below it', () => {
    const product = { direction: 'consume-less' as const, minimumSize: powerW(5_000n) }
    const small = factsOf([candidate('x', [option({ 0: -9_000n, 1: -4_999n }, 0)])], { product })
    expect(meritOrderOf(small).passedOver).toEqual([{ id: 'x', option: 'A', code: 'below-minimum' }])
    const request = requestOf({ priceCap: rate(10_000_000n), periods: [requested(0, -1_000n)] })
    const merit = meritOrderOf(factsOf([candidate('x', [option({ 0: -9_000n }, 0.001, 1)])], { product, request }))
    expect(ordered(merit)).toEqual(['xA@56'])
  })

  test('leaves an option out of which less than a tenth would be of use within the cap', () => {
    const request = (power: bigint) => requestOf({ priceCap: rate(100_000n), periods: [requested(0, -power)] })
    // 10 kW for a period at the cap: 0.25 euro.
    const block = candidate('x', [option({ 0: -10_000n }, 0.25)])
    expect(ordered(meritOrderOf(factsOf([block], { request: request(1_001n) })))).toEqual(['xA@100'])
    expect(ordered(meritOrderOf(factsOf([block], { request: request(999n) })))).toEqual([])
  })

  test('keeps rebound within the room of the periods into which it is shifted, whatever it saves', () => {
    const request = requestOf({
      priceCap: rate(10_000_000n),
      periods: [requested(0, -40_000n), available(1, 0n, 15_000n)],
    })
    const shifting = candidate('x', [option({ 0: -20_000n, 1: 10_000n }, 1, 1)])
    const alike = candidate('y', [option({ 0: -20_000n, 1: 10_000n }, 1, 1)])
    const dear = candidate('z', [option({ 0: -20_000n }, 50, 1)])
    const merit = meritOrderOf(factsOf([shifting, alike, dear], { request }))
    expect(merit.chosen.reduce((sum, { id, activationFactor: factor }) => sum + (id === 'z' ? 0 : factor), 0)).toBe(150)
    expect(merit.chosen.find(({ id }) => id === 'z')?.activationFactor).toBe(50)
    expect(merit.unmet).toEqual([])
  })

  test('mirrors where more consumption is needed', () => {
    const request = requestOf({ priceCap: rate(10_000_000n), periods: [requested(0, 0n, 40_000n)] })
    const product = { direction: 'consume-more' as const, minimumSize: powerW(4n) }
    const merit = meritOrderOf(
      factsOf([candidate('x', [option({ 0: 40_000n }, 2)]), candidate('y', [option({ 0: 40_000n }, 1)])], {
        request,
        product,
      }),
    )
    expect(ordered(merit)).toEqual(['yA@100'])
  })

  test('says what stays unmet', () => {
    const merit = meritOrderOf(factsOf([candidate('x', [option({ 0: -40_000n, 1: -25_000n }, 1)])]))
    expect(merit.unmet).toEqual([{ period: FIRST + 1, power: 15_000n }])
  })

  test('draws lots between what costs the same, and knows no first come', () => {
    const alike = ['p', 'q', 'r', 's'].map((id) => candidate(id, [option({ 0: -40_000n, 1: -40_000n }, 1)]))
    const winners = Array.from({ length: 64 }, (_, seed) =>
      ordered(meritOrderOf(factsOf(alike, { seed: seedOf(seed) }))).join(),
    )
    for (const id of ['p', 'q', 'r', 's']) {
      const count = winners.filter((winner) => winner === `${id}A@100`).length
      expect(count).toBeGreaterThan(4)
      expect(count).toBeLessThan(32)
    }
  })

  test('refuses a candidate that is there twice, a bad seed, and sums that would not be exact', () => {
    const one = candidate('x', [option({ 0: -1_000n }, 1)])
    expect(() => meritOrderOf(factsOf([one, one]))).toThrow(withCode('flex-candidate-twice'))
    expect(() => meritOrderOf(factsOf([one], { seed: '0x00' }))).toThrow(withCode('seed-invalid'))
    const request = requestOf({
      priceCap: rate(100_000_000n),
      periods: Array.from({ length: 96 }, (_, offset) => requested(offset, -2_000_000_000n)),
    })
    expect(() => meritOrderOf(factsOf([one], { request }))).toThrow(withCode('flex-request-too-large'))
  })

  test('has nothing to order without candidates', () => {
    expect(meritOrderOf(factsOf([]))).toMatchObject({ chosen: [], cost: 0n, gap: 0n })
  })
})

const PERIODS = 3
const powersOf = (most: number) =>
  fc.array(fc.integer({ min: 0, max: most }), { minLength: PERIODS, maxLength: PERIODS })
/** Relief in three periods, of which some are requested, and rebound into a fourth one. */
const optionsOf = (least: fc.Arbitrary<number>) =>
  fc
    .record({
      powers: powersOf(400),
      rebound: fc.integer({ min: 0, max: 300 }),
      steps: fc.integer({ min: 0, max: 200 }),
      least,
    })
    .map(({ powers, rebound, steps, least: smallest }): FlexOption => ({
      reference: 'A',
      price: money(BigInt(steps) * 100n),
      minActivationFactor: activationFactor(smallest),
      periods: [...powers.map((power) => -power), rebound].map((power, offset) => ({
        period: deliveryPeriod(FIRST + offset),
        power: signedW(BigInt(power)),
      })),
    }))
const smallFacts = (least: fc.Arbitrary<number>, mostCandidates: number, mostOptions: number) =>
  fc
    .record({
      needs: powersOf(600),
      room: fc.integer({ min: 0, max: 500 }),
      cap: fc.integer({ min: 0, max: 3_000_000 }),
      minimumSize: fc.constantFrom(1, 50, 200),
      effects: fc.array(fc.integer({ min: 200_000, max: 1_000_000 }), { minLength: 4, maxLength: 4 }),
      options: fc.array(fc.array(optionsOf(least), { minLength: 1, maxLength: mostOptions }), {
        maxLength: mostCandidates,
      }),
    })
    .filter(({ needs }) => needs.some((need) => need > 0))
    .map(({ needs, room, cap, minimumSize, effects, options }): MeritOrderFacts => ({
      request: requestOf({
        priceCap: rate(BigInt(cap)),
        periods: [
          ...needs.map((need, offset) => (need > 0 ? requested(offset, -BigInt(need)) : available(offset, -200n, 0n))),
          available(PERIODS, -200n, BigInt(room)),
        ],
      }),
      product: { direction: 'consume-less', minimumSize: powerW(BigInt(minimumSize)) },
      candidates: options.map((list, index) => ({
        ...{ kind: 'offer', id: `offer-${index}`, effectPpm: effects[index]! },
        options: list.map((one, place) => ({ ...one, reference: `${place}` })),
      })),
      seed: SEED,
    }))

describe('meritOrderOf, beside all choices there are', () => {
  test.each([
    ['several options in large parts', fc.integer({ min: 97, max: 100 }), 3, 2, 400],
    ['any part of two offers', fc.integer({ min: 1, max: 100 }), 2, 1, 40],
    ['offers that cannot be parted', fc.constant(100), 4, 3, 300],
  ])('costs exactly what the cheapest of them costs: %s', (_, least, mostCandidates, mostOptions, numRuns) => {
    fc.assert(
      fc.property(smallFacts(least, mostCandidates, mostOptions), (facts) => {
        const merit = meritOrderOf(facts)
        expect(merit.gap).toBe(0n)
        expect(objectiveOf(facts, factorsOf(facts, merit))).toBe(cheapestOf(facts))
      }),
      { numRuns },
    )
  })

  test('keeps to every rule, and is right about what it says', () => {
    fc.assert(
      fc.property(smallFacts(fc.integer({ min: 1, max: 100 }), 4, 3), (facts) => {
        const merit = meritOrderOf(facts)
        const factors = factorsOf(facts, merit)
        expect(objectiveOf(facts, factors)).not.toBeNull()
        expect(new Set(merit.chosen.map(({ id }) => id)).size).toBe(merit.chosen.length)
        for (const { period, power } of merit.unmet) expect(power).toBe(unmetOf(facts, factors, period))
        const missing = facts.request.periods.filter(({ period }) => unmetOf(facts, factors, period) > 0n)
        expect(merit.unmet.map(({ period }) => period)).toEqual(missing.map(({ period }) => period))
      }),
    )
  })

  test('does not depend on the sequence of candidates, nor its cost on the seed', () => {
    fc.assert(
      fc.property(smallFacts(fc.integer({ min: 1, max: 100 }), 4, 2), fc.nat(1_000), (facts, seed) => {
        const merit = meritOrderOf(facts)
        expect(meritOrderOf({ ...facts, candidates: facts.candidates.toReversed() })).toEqual(merit)
        const other = { ...facts, seed: seedOf(seed) }
        const objective = objectiveOf(facts, factorsOf(facts, merit))
        expect(objectiveOf(facts, factorsOf(other, meritOrderOf(other)))).toBe(objective)
      }),
    )
  })

  test('without any work to spend, stays within the gap that it states', () => {
    fc.assert(
      fc.property(smallFacts(fc.integer({ min: 97, max: 100 }), 3, 2), (facts) => {
        const hasty = meritOrderOf(facts, 0)
        const objective = objectiveOf(facts, factorsOf(facts, hasty))!
        const cheapest = cheapestOf(facts)
        expect(objective >= cheapest && objective - cheapest <= hasty.gap * 100n).toBe(true)
      }),
    )
  })
})

/** By candidate, which option and how many hundredths; the rules of choices written down once more, from their words. */
type Factors = readonly ({ readonly place: number; readonly factor: number } | null)[]

function factorsOf({ candidates }: MeritOrderFacts, { chosen }: MeritOrder): Factors {
  return candidates.map(({ id }) => {
    const found = chosen.find((one) => one.id === id)
    return found === undefined ? null : { place: Number(found.option), factor: found.activationFactor }
  })
}

/** In hundredths of a micro-euro; null where a rule is broken. */
function objectiveOf(facts: MeritOrderFacts, factors: Factors): bigint | null {
  const { request, candidates, product } = facts
  let cost = 0n
  for (const [index, one] of factors.entries()) {
    if (one === null) continue
    const { price, minActivationFactor, periods } = candidates[index]!.options[one.place]!
    if (one.factor < minActivationFactor) return null
    const relief = periods.filter(({ power }) => power < 0n)
    for (const { power } of relief) if ((-power * BigInt(one.factor) + 99n) / 100n < product.minimumSize) return null
    const requestedOf = relief.filter(({ period }) => needAt(facts, period) > 0n)
    const energy = requestedOf.reduce((sum, { power }) => sum - power, 0n) * BigInt(candidates[index]!.effectPpm)
    if (energy === 0n || price * 4_000n * 1_000_000n > request.priceCap * energy) return null
    cost += price * BigInt(one.factor)
  }
  const unmetPrice = (request.priceCap * UNMET_PRICE_IN_CAPS + 3_999n) / 4_000n || 1n
  for (const { period, disposition, minPower, maxPower } of request.periods) {
    if (disposition === 'requested') cost += unmetPrice * unmetHundredthsOf(facts, factors, period)
    else if (takenOf(facts, factors, period, -1n) > -minPower * 100n) return null
    else if (takenOf(facts, factors, period, 1n) > maxPower * 100n) return null
  }
  return cost
}

function cheapestOf(facts: MeritOrderFacts): bigint {
  const choices = facts.candidates.map(({ options }) => [
    null,
    ...options.flatMap(({ minActivationFactor }, place) =>
      Array.from({ length: 101 - minActivationFactor }, (_, part) => ({ place, factor: minActivationFactor + part })),
    ),
  ])
  let cheapest: bigint | null = null
  const visit = (factors: Factors): void => {
    const next = choices[factors.length]
    if (next !== undefined) return next.forEach((one) => visit([...factors, one]))
    const objective = objectiveOf(facts, factors)
    if (objective !== null && (cheapest === null || objective < cheapest)) cheapest = objective
  }
  visit([])
  return cheapest!
}

function needAt({ request }: MeritOrderFacts, period: number): bigint {
  const found = request.periods.find((one) => one.period === period)
  return found?.disposition === 'requested' ? -found.minPower : 0n
}

function unmetHundredthsOf(facts: MeritOrderFacts, factors: Factors, period: number): bigint {
  const covered = effectsOf(facts, factors, period, -1n).reduce(
    (sum, { power, effectPpm, factor }) => sum + ((power * effectPpm) / 1_000_000n) * factor,
    0n,
  )
  const left = needAt(facts, period) * 100n - covered
  return left > 0n ? left : 0n
}

function unmetOf(facts: MeritOrderFacts, factors: Factors, period: number): bigint {
  return (unmetHundredthsOf(facts, factors, period) + 99n) / 100n
}

function takenOf(facts: MeritOrderFacts, factors: Factors, period: number, sign: bigint): bigint {
  return effectsOf(facts, factors, period, sign).reduce(
    (sum, { power, effectPpm, factor }) => sum + ((power * effectPpm + 999_999n) / 1_000_000n) * factor,
    0n,
  )
}

function effectsOf({ candidates }: MeritOrderFacts, factors: Factors, period: number, sign: bigint) {
  return factors.flatMap((one, index) => {
    if (one === null) return []
    const { effectPpm, options } = candidates[index]!
    const power = options[one.place]!.periods.find((offered) => offered.period === period)?.power ?? 0n
    return power * sign > 0n ? [{ power: power * sign, effectPpm: BigInt(effectPpm), factor: BigInt(one.factor) }] : []
  })
}
