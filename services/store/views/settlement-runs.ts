import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { selectChallenges, type ChallengeView } from './challenges.ts'
import { runViewOf, type RunView } from './settlement.ts'

export type SettlementRunView = RunView & {
  readonly day: number
  readonly state: 'committed' | 'held-back' | 'paid'
}

/** Two numbers, such as `20400-1`: only what comes before both in the sequence of the list. */
type Cursor = readonly [number, number]
type Page<Item> = { readonly items: Item[]; readonly nextBefore: string | null }

/** Settlement runs, newest day first, of a day the latest run first. */
export async function listSettlementRuns(
  store: Store,
  area: AreaView,
  { before, limit }: { readonly before?: Cursor | undefined; readonly limit: number },
): Promise<Page<SettlementRunView>> {
  const rows = await store.client.settlementRun.findMany({
    where: {
      area: area.id,
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
      state: runStateOf(row),
      ...runViewOf(area, row),
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

/** How far a run has come: held back where it waits for the bond to pay what challenges corrected. */
export function runStateOf({
  paidAt,
  withheldMicroEuro,
}: {
  readonly paidAt: number | null
  readonly withheldMicroEuro: bigint
}): SettlementRunView['state'] {
  if (paidAt !== null) return 'paid'
  return withheldMicroEuro > 0n ? 'held-back' : 'committed'
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
