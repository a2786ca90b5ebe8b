import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import {
  leafNodeOf,
  merkleSumTreeOfNodes,
  type MerkleSumTree,
  type SumNode,
} from '../domain/metering/merkle-sum-tree.ts'
import type { DayStatement } from '../domain/settlement/day-statement.ts'
import { statementLeafOf } from '../domain/settlement/statement-tree.ts'
import type { Store } from './connect.ts'
import { dayStatementOf } from './day-statements.ts'

/** A run's statements: those that were not erased, and the tree of all. */
export type StatementTree = {
  readonly leaves: readonly { readonly position: number; readonly statement: DayStatement }[]
  readonly tree: MerkleSumTree
}

/** Erases what the market operator keeps of members who wished it; resolves to whether there was anything. */
export async function eraseOwnStatements(store: Store): Promise<boolean> {
  const members = await store.client.$queryRaw<{ memberId: number }[]>`
    SELECT member_id AS "memberId" FROM erasures AS wish
    WHERE EXISTS (SELECT FROM statements AS line WHERE line.member_id = wish.member_id)
      OR EXISTS (SELECT FROM day_statements AS leaf WHERE leaf.member_id = wish.member_id)
    ORDER BY member_id`
  for (const { memberId } of members) await eraseStatements(store, memberId)
  return members.length > 0
}

/**
 * Erases the member's statements, all or none; again without effect. Of a day's stays the node of its leaf, without which
 * the proofs of others would break: it says what the payment was, which is on the ledger.
 */
async function eraseStatements(store: Store, memberId: number): Promise<void> {
  const rows = await store.client.dayStatement.findMany({ where: { memberId } })
  await store.client.$transaction([
    store.client.erasedDayStatement.createMany({
      data: rows.map((row) => {
        const { hash, a, b } = leafNodeOf(statementLeafOf(dayStatementOf(row)))
        const { area, day, run, position } = row
        return { area, day, run, position, hash: `0x${bytesToHex(hash)}`, paidMicroEuro: a, receivedMicroEuro: b }
      }),
      skipDuplicates: true,
    }),
    store.client.dayStatement.deleteMany({ where: { memberId } }),
    store.client.statement.deleteMany({ where: { memberId } }),
  ])
}

/** Without leaves where there is no such run. */
export async function readStatementTree(
  store: Store,
  { area, day, run }: { readonly area: number; readonly day: number; readonly run: number },
): Promise<StatementTree> {
  const [where, orderBy] = [{ area, day, run }, { position: 'asc' } as const]
  const [rows, erased] = await Promise.all([
    store.client.dayStatement.findMany({ where, orderBy }),
    store.client.erasedDayStatement.findMany({ where, orderBy }),
  ])
  const leaves = rows.map((row) => ({ position: row.position, statement: dayStatementOf(row) }))
  const nodes: SumNode[] = []
  for (const { position, statement } of leaves) nodes[position] = leafNodeOf(statementLeafOf(statement))
  for (const { position, hash, paidMicroEuro: a, receivedMicroEuro: b } of erased) {
    nodes[position] = { hash: hexToBytes(hash.slice(2)), a, b }
  }
  return { leaves, tree: merkleSumTreeOfNodes(nodes) }
}
