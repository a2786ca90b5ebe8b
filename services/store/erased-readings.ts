import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import {
  leafNodeOf,
  merkleSumTreeOfNodes,
  type MerkleSumTree,
  type SumNode,
} from '../domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, type SaltedReading } from '../domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../domain/units.ts'
import type { Store } from './connect.ts'
import type { ReadingLeaf } from './generated/client.ts'

type BatchPlace = { readonly area: number; readonly period: number; readonly version: number }

/** A version of a period's readings: those that were not erased, and the tree of all. */
export type ReadingTree = {
  readonly leaves: readonly { readonly position: number; readonly reading: SaltedReading }[]
  readonly tree: MerkleSumTree
}

/** Erases what the gateway keeps of members who wished it, and of who gave up joining, to the end; again without effect. */
export async function eraseOwnReadings(store: Store, most?: number): Promise<void> {
  const members = await store.client.$queryRaw<{ memberId: number }[]>`
    SELECT member_id AS "memberId" FROM erasures AS wish
    WHERE EXISTS (SELECT FROM reading_leaves AS leaf WHERE leaf.member_id = wish.member_id)
      OR EXISTS (SELECT FROM meter_readings AS reading WHERE reading.member_id = wish.member_id)
    ORDER BY member_id`
  for (const { memberId } of members) {
    let hasMore = true
    while (hasMore) hasMore = await eraseReadings(store, memberId, most)
  }
  await store.client.$executeRaw`
    DELETE FROM meter_claims AS claim USING erasures AS wish JOIN households AS household
      ON household.member_id = wish.member_id
    WHERE claim.account = household.account`
  await store.client.$executeRaw`
    DELETE FROM meter_claims AS claim USING joinings AS joining
    WHERE claim.account = joining.account AND joining.given_up_at IS NOT NULL`
  await eraseRefusedMessages(store)
}

/**
 * Erases a page of the member's readings, the earliest first: of a leaf stays its node, without which the proofs of
 * others would break, and which says nothing of the registers. Resolves to whether there may be more. Each page is all or
 * nothing; again without effect.
 */
async function eraseReadings(store: Store, memberId: number, most = 500): Promise<boolean> {
  const leaves = await store.client.readingLeaf.findMany({
    where: { memberId },
    orderBy: [{ period: 'asc' }, { version: 'asc' }],
    take: most,
  })
  const places = leaves.map(({ area, period, version, position }) => ({ area, period, version, position }))
  await store.client.$transaction([
    store.client.erasedReading.createMany({
      data: leaves.map((leaf, index) => {
        const { hash, a, b } = leafNodeOf(readingLeafOf(saltedReadingOf(leaf)))
        return { ...places[index]!, hash: `0x${bytesToHex(hash)}`, importWh: a, exportWh: b }
      }),
      skipDuplicates: true,
    }),
    store.client.readingLeaf.deleteMany({ where: { memberId, OR: places } }),
    // The last page takes what the meter said with it.
    store.client.meterReading.deleteMany({
      where: { memberId, ...(leaves.length < most ? {} : { period: { lt: leaves[0]!.period } }) },
    }),
  ])
  return leaves.length === most
}

/** Erases refused messages of the meters of members whose data are erased. */
async function eraseRefusedMessages(store: Store): Promise<void> {
  await store.client.$executeRaw`
    DELETE FROM refused_messages AS message USING erasures AS wish JOIN members AS member ON member.id = wish.member_id
    WHERE position(member.meter_key IN lower(message.topic)) > 0
      OR message.device = lower(member.meter_key)
      OR position(member.meter_key IN lower(encode(message.payload, 'escape'))) > 0`
}

/** Without leaves where there is no such version. */
export async function readReadingTree(store: Store, { area, period, version }: BatchPlace): Promise<ReadingTree> {
  const where = { area, period, version }
  const orderBy = { position: 'asc' } as const
  const [rows, erased] = await Promise.all([
    store.client.readingLeaf.findMany({ where, orderBy }),
    store.client.erasedReading.findMany({ where, orderBy }),
  ])
  const leaves = rows.map((row) => ({ position: row.position, reading: saltedReadingOf(row) }))
  const nodes: SumNode[] = []
  for (const { position, reading } of leaves) nodes[position] = leafNodeOf(readingLeafOf(reading))
  for (const { position, hash, importWh: a, exportWh: b } of erased) {
    nodes[position] = { hash: hexToBytes(hash.slice(2)), a, b }
  }
  return { leaves, tree: merkleSumTreeOfNodes(nodes) }
}

function saltedReadingOf(leaf: ReadingLeaf): SaltedReading {
  return {
    memberId: leaf.memberId,
    period: deliveryPeriod(leaf.period),
    importStart: energyWh(leaf.importStartWh),
    importEnd: energyWh(leaf.importEndWh),
    exportStart: energyWh(leaf.exportStartWh),
    exportEnd: energyWh(leaf.exportEndWh),
    quality: leaf.quality === 'estimated' ? 'estimated' : 'metered',
    salt: leaf.salt,
  }
}
