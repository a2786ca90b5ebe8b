import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { encodeInteger, merkleSumTreeOf, type MerkleSumTree, type SumLeaf } from '../metering/merkle-sum-tree.ts'
import type { DeliveryPeriod } from '../units.ts'
import type { DayStatement } from './day-statement.ts'
import { encodeAmount } from './payment.ts'
import { linesOf, type Statement } from './statement.ts'

/** A period's statement of one member, with the salt (0x-hex, 32 bytes) that keeps its leaf from being guessed. */
export type PeriodStatement = Statement & { readonly period: DeliveryPeriod; readonly salt: string }

const QUALITY_BYTES = { metered: 0, estimated: 1, none: 2 } as const

/** A quarter-hour in a member's day, 110 bytes. The tree adds up what is charged and what is credited, in micro-euro. */
export function periodLeafOf(statement: PeriodStatement): SumLeaf {
  const { period, bought, sold, readingVersion, quality, metered, salt } = statement
  const lines = linesOf(statement)
  const bytes = concatBytes(
    encodeInteger(BigInt(period), 4),
    encodeInteger(bought, 8),
    encodeInteger(sold, 8),
    encodeInteger(BigInt(readingVersion), 1),
    Uint8Array.of(QUALITY_BYTES[quality]),
    encodeInteger(metered?.import ?? 0n, 8),
    encodeInteger(metered?.export ?? 0n, 8),
    ...lines.map(encodeAmount),
    hexToBytes(salt.slice(2)),
  )
  return { bytes, a: sumOf(lines, (line) => line), b: sumOf(lines, (line) => -line) }
}

/** The commitment to a member's day, period by period, in the order given (ascending). */
export function periodTreeOf(statements: readonly PeriodStatement[]): MerkleSumTree {
  return merkleSumTreeOf(statements.map(periodLeafOf))
}

/** What a settlement run says of one member, 98 bytes. The tree adds up what is paid and what is received, in micro-euro. */
export function statementLeafOf(statement: DayStatement): SumLeaf {
  const { memberId, day, run, periodCount, periodsRoot, charges, credits, previous, payment, salt } = statement
  const bytes = concatBytes(
    encodeInteger(BigInt(memberId), 3),
    encodeInteger(BigInt(day), 4),
    Uint8Array.of(run),
    encodeInteger(BigInt(periodCount), 2),
    hexToBytes(periodsRoot.slice(2)),
    encodeInteger(charges, 8),
    encodeInteger(credits, 8),
    encodeAmount(previous),
    hexToBytes(salt.slice(2)),
  )
  return { bytes, a: payment > 0n ? payment : 0n, b: payment < 0n ? -payment : 0n }
}

/** The commitment to a day's statements, in the order given (ascending by member). */
export function statementTreeOf(statements: readonly DayStatement[]): MerkleSumTree {
  return merkleSumTreeOf(statements.map(statementLeafOf))
}

/** The sum of those parts that are positive. */
function sumOf(amounts: readonly bigint[], partOf: (amount: bigint) => bigint): bigint {
  return amounts.map(partOf).reduce((sum, part) => (part > 0n ? sum + part : sum), 0n)
}
