import { bytesToHex } from '@noble/hashes/utils.js'
import { siblingsOf, type MerkleSumTree, type SumLeaf } from '../metering/merkle-sum-tree.ts'
import type { DeliveryPeriod } from '../units.ts'
import type { DayStatement } from './day-statement.ts'
import { periodLeafOf, periodTreeOf, statementLeafOf, statementTreeOf, type PeriodStatement } from './statement-tree.ts'

/** What proves a leaf against the root of its tree, as the ledger takes it. */
export type Evidence = {
  readonly position: number
  /** Bytes of the leaf, 0x-hex. */
  readonly leaf: string
  /** The sums of the leaf, in micro-euro. */
  readonly a: bigint
  readonly b: bigint
  /** From the leaf upwards, each 0x-hex of 48 bytes. */
  readonly siblings: readonly string[]
}

/** Proves a member's statement among all of its run (ascending by member); null where it has none. */
export function statementEvidenceOf(statements: readonly DayStatement[], memberId: number): Evidence | null {
  const position = statements.findIndex((statement) => statement.memberId === memberId)
  const statement = statements[position]
  return statement === undefined ? null : evidenceOf(statementTreeOf(statements), statementLeafOf(statement), position)
}

/** Proves a quarter-hour among all of the member's day (ascending by period); null where it is none of them. */
export function periodEvidenceOf(statements: readonly PeriodStatement[], period: DeliveryPeriod): Evidence | null {
  const position = statements.findIndex((statement) => statement.period === period)
  const statement = statements[position]
  return statement === undefined ? null : evidenceOf(periodTreeOf(statements), periodLeafOf(statement), position)
}

function evidenceOf(tree: MerkleSumTree, leaf: SumLeaf, position: number): Evidence {
  return { position, leaf: `0x${bytesToHex(leaf.bytes)}`, a: leaf.a, b: leaf.b, siblings: siblingsOf(tree, position) }
}
