import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { FlexDirection } from '../../domain/flexibility/flex-direction.ts'
import {
  assetLeafOf,
  flexStatementLeafOf,
  type FlexDayStatement,
} from '../../domain/flexibility/settlement/flex-leaves.ts'
import {
  leafNodeOf,
  merkleSumTreeOfNodes,
  type MerkleSumTree,
  type SumNode,
} from '../../domain/metering/merkle-sum-tree.ts'
import type { DeliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import {
  assetOf,
  readAssets,
  readPlacedStatements,
  statementOf,
  type FlexDay,
  type PlacedAsset,
  type PlacedStatement,
} from './flex-leaves.ts'

const ROWS_PER_PAGE = 1_000

/** The leaves of an order and period that were not erased, and the tree of all. */
export type AssetTree = { readonly leaves: readonly PlacedAsset[]; readonly tree: MerkleSumTree }

/** A day's statements that were not erased, and the tree of all. */
export type FlexStatementTree = { readonly leaves: readonly PlacedStatement[]; readonly tree: MerkleSumTree }

/**
 * Erases the leaves of flexibility of members who wished it; resolves to whether there was anything. A leaf of which the
 * order is not projected waits for it.
 */
export async function eraseOwnFlexLeaves(store: Store): Promise<boolean> {
  const members = await store.client.$queryRaw<{ memberId: number }[]>`
    SELECT member_id AS "memberId" FROM erasures AS wish
    WHERE EXISTS (SELECT FROM flex_assets AS leaf WHERE leaf.member_id = wish.member_id)
      OR EXISTS (SELECT FROM flex_entries AS entry WHERE entry.member_id = wish.member_id)
      OR EXISTS (SELECT FROM flex_statements AS leaf WHERE leaf.member_id = wish.member_id)
    ORDER BY member_id`
  let isProgress = false
  for (const { memberId } of members) {
    if ((await eraseStatements(store, memberId)) > 0) isProgress = true
    while ((await eraseAssets(store, memberId)) > 0) isProgress = true
  }
  return isProgress
}

/** Erases a page of the member's assets, all or none: of each stays the node. Resolves to how many. */
async function eraseAssets(store: Store, memberId: number): Promise<number> {
  const found = await store.client.$queryRaw<{ orderId: number; direction: FlexDirection }[]>`
    SELECT DISTINCT leaf.order_id AS "orderId", product.direction FROM flex_assets AS leaf
    JOIN flex_orders AS placed ON placed.id = leaf.order_id
    JOIN flex_products AS product ON product.id = placed.product_id
    WHERE leaf.member_id = ${memberId}`
  const directions = new Map(found.map(({ orderId, direction }) => [orderId, direction]))
  const rows = await store.client.flexAsset.findMany({
    where: { memberId, orderId: { in: [...directions.keys()] } },
    orderBy: [{ period: 'asc' }, { orderId: 'asc' }],
    take: ROWS_PER_PAGE,
  })
  const places = rows.map(({ orderId, period, position }) => ({ orderId, period, position }))
  await store.client.$transaction([
    store.client.erasedFlexAsset.createMany({
      data: rows.map((row, index) => {
        const { hash, a, b } = leafNodeOf(assetLeafOf(directions.get(row.orderId)!, assetOf(row)))
        return { ...places[index]!, area: row.area, hash: `0x${bytesToHex(hash)}`, alongWh: a, againstWh: b }
      }),
      skipDuplicates: true,
    }),
    store.client.flexAsset.deleteMany({ where: { memberId, OR: places } }),
  ])
  return rows.length
}

/**
 * Erases the member's statements and entries, all or none. Of a statement stays the node, which says what the payment
 * was, as the ledger does; of the entries nothing. Resolves to how many rows went.
 */
async function eraseStatements(store: Store, memberId: number): Promise<number> {
  const where = { memberId }
  const rows = await store.client.flexStatement.findMany({ where })
  const [, statements, entries] = await store.client.$transaction([
    store.client.erasedFlexStatement.createMany({
      data: rows.map((row) => {
        const { hash, a, b } = leafNodeOf(flexStatementLeafOf(statementOf(row)))
        const { area, day, position } = row
        return { area, day, position, hash: `0x${bytesToHex(hash)}`, paidMicroEuro: a, receivedMicroEuro: b }
      }),
      skipDuplicates: true,
    }),
    store.client.flexStatement.deleteMany({ where }),
    store.client.flexEntry.deleteMany({ where }),
  ])
  return statements.count + entries.count
}

/** Without leaves where nothing was drawn. */
export async function readAssetTree(
  store: Store,
  direction: FlexDirection,
  orderId: number,
  period: DeliveryPeriod,
): Promise<AssetTree> {
  const [leaves, erased] = await Promise.all([
    readAssets(store, orderId, period),
    store.client.erasedFlexAsset.findMany({ where: { orderId, period } }),
  ])
  const nodes: SumNode[] = []
  for (const leaf of leaves) nodes[leaf.position] = leafNodeOf(assetLeafOf(direction, leaf))
  for (const { position, hash, alongWh: a, againstWh: b } of erased) nodes[position] = nodeOf(hash, a, b)
  return { leaves, tree: merkleSumTreeOfNodes(nodes) }
}

/** Without leaves where nothing was drawn. */
export async function readFlexStatementTree(store: Store, day: FlexDay): Promise<FlexStatementTree> {
  const [leaves, erased] = await Promise.all([
    readPlacedStatements(store, day),
    store.client.erasedFlexStatement.findMany({ where: { area: day.area, day: day.day } }),
  ])
  const nodes: SumNode[] = []
  for (const { position, statement } of leaves) nodes[position] = leafNodeOf(flexStatementLeafOf(statement))
  for (const { position, hash, paidMicroEuro: a, receivedMicroEuro: b } of erased) nodes[position] = nodeOf(hash, a, b)
  return { leaves, tree: merkleSumTreeOfNodes(nodes) }
}

/** The member's statement of the day and where it is; null where there is none. */
export function statementIn(
  { leaves }: FlexStatementTree,
  memberId: number,
): { readonly position: number; readonly statement: FlexDayStatement } | null {
  return leaves.find(({ statement }) => statement.memberId === memberId) ?? null
}

function nodeOf(hash: string, a: bigint, b: bigint): SumNode {
  return { hash: hexToBytes(hash.slice(2)), a, b }
}
