import { DomainError } from '../errors.ts'

/** Where a device's own counter of energy stood, and what it had counted in all by then, whatever it began at. In Wh. */
export type Counted = { readonly register: bigint; readonly counter: bigint }

/** A counter was replaced: the last of the one that went, and the first of the one that came. In Wh. */
export type CounterExchange = { readonly final: bigint; readonly first: bigint }

/** Counters of this many digits of Wh and more begin again at 0: four of kWh with a tenth after them have the fewest. */
const FEWEST_DIGITS = 7
/** Counters of this many bits begin again at 0 behind their last number; of Wh, or of ten, a hundred or a thousand Wh. */
const COUNTER_BITS = [24n, 32n] as const
const COUNTER_SCALES = [1n, 10n, 100n, 1_000n] as const

/**
 * What was counted in all, once the counter stands at `counter`. One that runs backwards began again at 0, where it is so
 * near before the end of its digits or bits that no more than `most` went by; else it throws `counter-backwards`, and
 * `counter-implausible` where it ran forwards by more.
 * @param most In Wh, what can have flowed since.
 */
export function countOn(
  last: Counted,
  counter: bigint,
  most: bigint,
  exchanges: readonly CounterExchange[] = [],
): bigint {
  const { register, from } = exchanges.reduce(
    ({ register: before, from: stood }, { final, first }) => ({
      register: before + advanceOf(stood, final, most),
      from: first,
    }),
    { register: last.register, from: last.counter },
  )
  return register + advanceOf(from, counter, most)
}

function advanceOf(from: bigint, to: bigint, most: bigint): bigint {
  if (to < from) return rolledOver(from, to, most)
  const advance = to - from
  if (advance <= most) return advance
  throw new DomainError(
    'counter-implausible',
    `the counter went from ${from} Wh to ${to} Wh, and no more than ${most} Wh can have flowed: is it in another unit, or was the meter replaced?`,
    { from, to, most },
  )
}

function rolledOver(from: bigint, to: bigint, most: bigint): bigint {
  const ends = [
    10n ** BigInt(Math.max(FEWEST_DIGITS, String(from).length)),
    ...COUNTER_BITS.flatMap((bits) => COUNTER_SCALES.map((scale) => 2n ** bits * scale)),
  ]
  const advances = ends.filter((end) => end > from).map((end) => end - from + to)
  const least = advances.reduce<bigint | null>((found, one) => (found === null || one < found ? one : found), null)
  if (least !== null && least <= most) return least
  throw new DomainError(
    'counter-backwards',
    `the counter went from ${from} Wh back to ${to} Wh, which is no rollover: where the meter was replaced, say so`,
    { from, to },
  )
}
