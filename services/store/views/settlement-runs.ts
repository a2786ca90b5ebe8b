import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { selectChallenges, type ChallengeView } from './challenges.ts'

export type SettlementRunView = {
  readonly day: number
  readonly run: number
  readonly state: 'committed' | 'paid'
  readonly root: string
  readonly statementCount: number
  readonly totalMicroEuro: bigint
  readonly committedAt: number
  readonly committedTransaction: string
  readonly challengeableUntil: number
  readonly paidAt: number | null
  readonly paidTransaction: string | null
}

/** Two numbers, such as `20400-1`: only what comes before both in the sequence of the list. */
type Cursor = readonly [number, number]
type Page<Item> = { readonly items: Item[]; readonly nextBefore: string | null }

/** Settlement runs, newest day first, of a day the latest run first. */
export async function listSettlementRuns(
  store: Store,
  { id: area, calendar }: AreaView,
  { before, limit }: { readonly before?: Cursor | undefined; readonly limit: number },
): Promise<Page<SettlementRunView>> {
  const rows = await store.client.settlementRun.findMany({
    where: {
      area,
      ...(before && { OR: [{ day: { lt: before[0] } }, { day: before[0], run: { lt: before[1] } }] }),
    },
    orderBy: [{ day: 'desc' }, { run: 'desc' }],
    take: limit + 1,
  })
  const page = pageOf(rows, limit, ({ day, run }) => [day, run])
  return {
    ...page,
    items: page.items.map((row) => ({
      day: row.day,
      run: row.run,
      state: row.paidAt === null ? 'committed' : 'paid',
      root: row.root,
      statementCount: row.statementCount,
      totalMicroEuro: row.totalMicroEuro,
      committedAt: row.committedAt,
      committedTransaction: row.committedTransaction,
      challengeableUntil: row.committedAt + calendar.challengeWindowSeconds,
      paidAt: row.paidAt,
      paidTransaction: row.paidTransaction,
    })),
  }
}

/** What became of challenges, newest first; of one member where it is named, be it about it or by it. */
export async function listChallenges(
  store: Store,
  { id: area }: AreaView,
  filter: { readonly memberId?: number | undefined; readonly before?: Cursor | undefined; readonly limit: number },
): Promise<Page<ChallengeView>> {
  const { memberId, before, limit } = filter
  const rows = await store.client.challenge.findMany({
    where: {
      area,
      AND: [
        memberId === undefined ? {} : { OR: [{ memberId }, { challenger: memberId }] },
        before === undefined
          ? {}
          : { OR: [{ blockNumber: { lt: before[0] } }, { blockNumber: before[0], logIndex: { lt: before[1] } }] },
      ],
    },
    select: { blockNumber: true, logIndex: true },
    orderBy: [{ blockNumber: 'desc' }, { logIndex: 'desc' }],
    take: limit + 1,
  })
  const { items: keys, nextBefore } = pageOf(rows, limit, ({ blockNumber, logIndex }) => [blockNumber, logIndex])
  const isOnPage = Prisma.sql`(c.block_number, c.log_index) IN (SELECT * FROM unnest(
    ${keys.map(({ blockNumber }) => blockNumber)}::int[], ${keys.map(({ logIndex }) => logIndex)}::int[]))`
  return { items: await selectChallenges(store, isOnPage, limit), nextBefore }
}

function pageOf<Item>(rows: readonly Item[], limit: number, cursorOf: (item: Item) => Cursor): Page<Item> {
  const items = rows.slice(0, limit)
  return { items, nextBefore: rows.length > limit ? cursorOf(items.at(-1)!).join('-') : null }
}

/** The run's root and when it was committed, in unix seconds; null before. */
export async function readSettlementRun(
  store: Store,
  area: number,
  day: number,
  run: number,
): Promise<{ readonly root: string; readonly committedAt: number } | null> {
  return store.client.settlementRun.findUnique({
    where: { area_day_run: { area, day, run } },
    select: { root: true, committedAt: true },
  })
}
