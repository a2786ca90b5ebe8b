/**
 * The least number of pairs (an observation that is above a day it is compared with) that chance reaches at most once in
 * `odds`, where each of so many observations is compared with so many days and nothing tells observations from days.
 * That is the exact upper tail of the Mann-Whitney U distribution (H. B. Mann, D. R. Whitney, 1947), whatever the
 * distribution of the load: observations and days, ordered by height, are then equally likely in every order.
 * Null where even all pairs would be no rarer.
 */
export function leastPairsBeyondChance(observations: number, days: number, odds: bigint): number | null {
  const orders = ordersByPairs(observations, days)
  const all = orders.reduce((sum, count) => sum + count, 0n)
  let tail = 0n
  for (let pairs = orders.length - 1; pairs >= 0; pairs -= 1) {
    tail += orders[pairs]!
    if (tail * odds > all) return pairs === orders.length - 1 ? null : pairs + 1
  }
  return 0
}

/**
 * In how many orders of observations and days there are 0, 1, 2, ... pairs: the coefficients of the Gaussian binomial,
 * the product over i from 1 to `observations` of (1 - q^(days + i)) / (1 - q^i).
 */
function ordersByPairs(observations: number, days: number): bigint[] {
  const counts = Array.from({ length: observations * days + 1 }, (_, pairs) => (pairs === 0 ? 1n : 0n))
  for (let index = 1; index <= observations; index += 1) {
    for (let pairs = counts.length - 1; pairs >= days + index; pairs -= 1)
      counts[pairs]! -= counts[pairs - days - index]!
    for (let pairs = index; pairs < counts.length; pairs += 1) counts[pairs]! += counts[pairs - index]!
  }
  return counts
}
