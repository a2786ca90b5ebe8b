import { floorDivide, money, type Money } from '../../units.ts'

/**
 * Parts, each divided by the denominator (above 0) and rounded to the micro-euro by cumulative rounding in the sequence given:
 * each is what the sum up to it, rounded down, is more than the sum before. So they sum to the whole, rounded down.
 */
export function roundedTogether(parts: readonly bigint[], denominator: bigint): Money[] {
  let [sum, shared] = [0n, 0n]
  return parts.map((part) => {
    sum += part
    const upTo = floorDivide(sum, denominator)
    const own = upTo - shared
    shared = upTo
    return money(own)
  })
}
