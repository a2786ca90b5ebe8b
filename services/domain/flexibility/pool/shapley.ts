import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../../errors.ts'
import { money, type Money, type Rate } from '../../units.ts'
import { roundedTogether } from '../settlement/cumulative-rounding.ts'

/** What a pool is worth, from which follows which part of it each of its members has brought. */
export type ShapleyFacts = {
  /** Wh by which each member moved in the ordered direction. */
  readonly responses: readonly bigint[]
  /** What is settled, in micro-euro, where the pool moves by so much altogether; never less for more. */
  readonly worthOf: (response: bigint) => Money
  /** The most by which a kWh changes what the pool is worth, in micro-euro. */
  readonly steepest: Rate
  /** 32 bytes (0x-hex) from which the sequences of large pools are drawn. */
  readonly seed: string
}

export type ShapleyShares = {
  /** In micro-euro; they sum to what the pool is worth beyond one that does not move at all. */
  readonly shares: readonly Money[]
  /** By how much any share is off at most with 95 % confidence, in micro-euro, by Hoeffding's inequality; 0 where all are exact. */
  readonly errorBound: Money
}

/** Up to so many members all coalitions are looked at. */
export const MOST_EXACT_MEMBERS = 14
/** So many sequences of a larger pool are drawn, half of them the others reversed. */
export const SEQUENCES = 2_000

/**
 * What each member has brought to the pool in the mean over all sequences in which it might have joined (L. Shapley, A value
 * for n-person games, 1953). Exact to the micro-euro for small pools, and the mean over drawn sequences for large ones. Shares
 * are rounded by cumulative rounding in the sequence given, so that they sum to what is shared. Throws `seed-invalid`.
 */
export function shapleySharesOf(facts: ShapleyFacts): ShapleyShares {
  const { responses } = facts
  if (responses.length <= MOST_EXACT_MEMBERS) {
    return { shares: roundedTogether(exactSumsOf(facts), factorial(responses.length)), errorBound: money(0n) }
  }
  return { shares: roundedTogether(drawnSumsOf(facts), BigInt(SEQUENCES)), errorBound: hoeffdingBoundOf(facts) }
}

/** By member, what it brings to each coalition of the others, times the number of sequences in which it meets that one. */
function exactSumsOf({ responses, worthOf }: ShapleyFacts): bigint[] {
  const count = responses.length
  const worths = worthsOfCoalitions(responses, worthOf)
  const sequences = Array.from({ length: count }, (_, size) => factorial(size) * factorial(count - 1 - size))
  const sizes = Uint8Array.from(worths, (_, coalition) => bitsOf(coalition))
  return responses.map((_, member) => {
    let sum = 0n
    for (let coalition = 0; coalition < worths.length; coalition += 1) {
      if ((coalition & (1 << member)) !== 0) continue
      sum += sequences[sizes[coalition]!]! * (worths[coalition | (1 << member)]! - worths[coalition]!)
    }
    return sum
  })
}

/** By the set of members, as bits. */
function worthsOfCoalitions(responses: readonly bigint[], worthOf: ShapleyFacts['worthOf']): bigint[] {
  const moved = [0n]
  responses.forEach((response) => moved.push(...moved.map((other) => other + response)))
  return moved.map(worthOf)
}

/** By member, what it brings in all of the drawn sequences. Each is also taken reversed, which makes the mean nearer. */
function drawnSumsOf({ responses, worthOf, seed }: ShapleyFacts): bigint[] {
  const draw = drawsFrom(seed)
  const sums = responses.map(() => 0n)
  for (let round = 0; round < SEQUENCES / 2; round += 1) {
    const sequence = shuffled(responses.length, draw)
    for (const joining of [sequence, sequence.toReversed()]) {
      let [moved, worth]: [bigint, bigint] = [0n, worthOf(0n)]
      for (const member of joining) {
        moved += responses[member]!
        const next = worthOf(moved)
        sums[member]! += next - worth
        worth = next
      }
    }
  }
  return sums
}

/**
 * What a member brings lies between 0 and its energy at the steepest price, with a micro-euro for rounding at either end, and
 * pairs of a sequence and its reverse are independent: all means are within the bound at once, but for a chance of 1 in 20.
 */
function hoeffdingBoundOf({ responses, steepest }: ShapleyFacts): Money {
  const largest = responses
    .map((response) => (response < 0n ? -response : response))
    .reduce((one, other) => (one > other ? one : other))
  const range = Number((largest * steepest) / 1_000n) + 3
  return money(BigInt(Math.ceil(range * Math.sqrt(Math.log((2 * responses.length) / 0.05) / SEQUENCES))))
}

function factorial(count: number): bigint {
  let product = 1n
  for (let factor = 2n; factor <= BigInt(count); factor += 1n) product *= factor
  return product
}

function bitsOf(set: number): number {
  let count = 0
  for (let rest = set; rest > 0; rest &= rest - 1) count += 1
  return count
}

/** A sequence of so many, each as likely as any other (R. Fisher and F. Yates). */
function shuffled(count: number, draw: (below: number) => number): number[] {
  const sequence = Array.from({ length: count }, (_, member) => member)
  for (let last = count - 1; last > 0; last -= 1) {
    const other = draw(last + 1)
    const held = sequence[last]!
    sequence[last] = sequence[other]!
    sequence[other] = held
  }
  return sequence
}

/** Whole numbers from 0 to below a bound, each as likely, from SHA-256 of the seed and a counter: anyone draws the same. */
function drawsFrom(seed: string): (below: number) => number {
  if (!/^0x[0-9a-f]{64}$/.test(seed))
    throw new DomainError('seed-invalid', 'a seed is 32 bytes, as 0x and 64 hex digits')
  const bytes = hexToBytes(seed.slice(2))
  let [counter, at] = [0, 32]
  let view = new DataView(new ArrayBuffer(32))
  const next = (): number => {
    if (at === 32) {
      const count = new Uint8Array(4)
      new DataView(count.buffer).setUint32(0, counter)
      const digest = sha256(concatBytes(bytes, count))
      view = new DataView(digest.buffer, digest.byteOffset, 32)
      counter += 1
      at = 0
    }
    at += 4
    return view.getUint32(at - 4)
  }
  return (below) => {
    const most = 2 ** 32 - (2 ** 32 % below)
    for (;;) {
      const number = next()
      if (number < most) return number % below
    }
  }
}
