import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastPairsBeyondChance } from './pairs-beyond-chance.ts'

/** Of all ways to pick places for the observations in one order of height, how many give so many pairs or more. */
function countedTail(observations: number, days: number, pairs: number): { tail: number; all: number } {
  const size = observations + days
  let [tail, all] = [0, 0]
  for (let mask = 0; mask < 2 ** size; mask += 1) {
    const places = Array.from({ length: size }, (_, place) => (mask >> place) & 1)
    if (places.filter((is) => is === 1).length !== observations) continue
    let [below, found] = [0, 0]
    for (const isObservation of places) {
      if (isObservation === 1) found += below
      else below += 1
    }
    all += 1
    if (found >= pairs) tail += 1
  }
  return { tail, all }
}

describe('leastPairsBeyondChance', () => {
  // One-sided critical values from tables of the Mann-Whitney test, counted from the other end: 100 - 27, and so on.
  test.each([
    [10, 10, 20n, 100 - 27],
    [10, 10, 100n, 100 - 19],
    [8, 10, 20n, 80 - 20],
    [5, 8, 20n, 40 - 8],
  ])('of %d observations and %d days at 1 in %d is %d', (observations, days, odds, least) => {
    expect(leastPairsBeyondChance(observations, days, odds)).toBe(least)
  })

  test('is all pairs where only that is rare enough, and nothing where not even that is', () => {
    // 22 over 3 = 1,540 orders, in one of which all three are above all 19; 21 over 2 = 210
    expect(leastPairsBeyondChance(3, 19, 1_000n)).toBe(57)
    expect(leastPairsBeyondChance(2, 19, 1_000n)).toBeNull()
    expect(leastPairsBeyondChance(0, 19, 1_000n)).toBeNull()
  })

  test('is the least number with such a tail, counted out', () => {
    const small = fc.integer({ min: 1, max: 6 })
    fc.assert(
      fc.property(small, small, fc.integer({ min: 2, max: 50 }), (observations, days, odds) => {
        const least = leastPairsBeyondChance(observations, days, BigInt(odds))
        const isRare = (pairs: number) => {
          const { tail, all } = countedTail(observations, days, pairs)
          return tail * odds <= all
        }
        expect(isRare(least ?? observations * days)).toBe(least !== null)
        if (least !== null) expect(isRare(least - 1)).toBe(false)
      }),
      { numRuns: 30 },
    )
  })

  test('is as many as half and some more where there are many', () => {
    const least = leastPairsBeyondChance(100, 30, 1_000n)!
    // Mean 1,500, standard deviation sqrt(100 * 30 * 131 / 12) = 181; the normal tail of 1 in 1,000 is at 3.09 of them
    expect(Math.abs(least - (1_500 + 3.09 * 181))).toBeLessThan(10)
  })
})
