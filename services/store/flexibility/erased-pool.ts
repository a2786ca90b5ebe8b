import { bytesToHex } from '@noble/hashes/utils.js'
import { nominationLeafOf } from '../../domain/flexibility/baseline/nomination-tree.ts'
import { leafNodeOf } from '../../domain/metering/merkle-sum-tree.ts'
import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import { baselineOf } from './nominated-baselines.ts'

const ROWS_PER_PAGE = 1_000

/** Of a wish, as `wish`, whether a device of the member stands behind an offer, by its address. */
export const BACKS_OFFERS_SQL = Prisma.sql`EXISTS (
  SELECT FROM devices AS device JOIN sealed_offers AS offer ON device.address = ANY(offer.backing)
  WHERE device.member_id = wish.member_id)`

/** Erases what the aggregator keeps of members who wished it; resolves to whether there was anything. */
export async function eraseOwnPool(store: Store): Promise<boolean> {
  const members = await store.client.$queryRaw<{ memberId: number }[]>`
    SELECT member_id AS "memberId" FROM erasures AS wish
    WHERE EXISTS (SELECT FROM nominated_baselines AS leaf WHERE leaf.member_id = wish.member_id)
      OR EXISTS (SELECT FROM flex_dispatches AS dispatch WHERE dispatch.member_id = wish.member_id)
      OR ${BACKS_OFFERS_SQL}
    ORDER BY member_id`
  for (const { memberId } of members) {
    await eraseDispatches(store, memberId)
    let erased = ROWS_PER_PAGE
    while (erased === ROWS_PER_PAGE) erased = await eraseNominated(store, memberId)
  }
  return members.length > 0
}

/**
 * Takes the member's devices, those that are its own and those that it was told of, from behind offers, and erases what
 * they were to do; all or none. The offers stay: they are the pool's.
 */
async function eraseDispatches(store: Store, memberId: number): Promise<void> {
  await store.client.$transaction([
    store.client.$executeRaw`
      UPDATE sealed_offers AS offer
      SET backing = ARRAY(
        SELECT backer FROM unnest(offer.backing) WITH ORDINALITY AS kept (backer, place)
        WHERE backer NOT IN (
          SELECT address FROM devices WHERE member_id = ${memberId}
          UNION SELECT device FROM flex_dispatches WHERE member_id = ${memberId})
        ORDER BY place)
      WHERE offer.backing && ARRAY(
        SELECT address FROM devices WHERE member_id = ${memberId}
        UNION SELECT device FROM flex_dispatches WHERE member_id = ${memberId})`,
    store.client.flexDispatch.deleteMany({ where: { memberId } }),
  ])
}

/** Erases a page of what was nominated for the member, all or none: of each leaf stays the node. Resolves to how many. */
async function eraseNominated(store: Store, memberId: number): Promise<number> {
  const rows = await store.client.nominatedBaseline.findMany({
    where: { memberId },
    orderBy: [{ period: 'asc' }, { portfolioId: 'asc' }, { productId: 'asc' }],
    take: ROWS_PER_PAGE,
  })
  const places = rows.map(({ portfolioId, productId, day, position }) => ({ portfolioId, productId, day, position }))
  await store.client.$transaction([
    store.client.erasedNominatedBaseline.createMany({
      data: rows.map((row, index) => {
        const { hash, a, b } = leafNodeOf(nominationLeafOf(baselineOf(row)))
        return { ...places[index]!, hash: `0x${bytesToHex(hash)}`, importWh: a, exportWh: b }
      }),
      skipDuplicates: true,
    }),
    store.client.nominatedBaseline.deleteMany({ where: { memberId, OR: places } }),
  ])
  return rows.length
}
