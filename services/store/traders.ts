import type { PlacedLink } from '../domain/market/traders.ts'
import { tradingDay, type TradingDay } from '../domain/units.ts'
import type { Store } from './connect.ts'
import { Prisma } from './generated/client.ts'

/**
 * Which member trades under which number on which day: drawn for a sealed day, its own number on any other. Links of pages
 * that were drawn and never published name nobody, as where the day became open after all.
 */
export const TRADERS_SQL: Prisma.Sql = Prisma.sql`(
  SELECT l.area, l.day, l.trader, l.member_id
  FROM trading_days d JOIN trader_links l ON l.area = d.area AND l.day = d.day
  WHERE d.is_sealed AND l.page < d.pages
  UNION ALL
  SELECT d.area, d.day, m.id AS trader, m.id AS member_id
  FROM trading_days d JOIN members m ON m.area = d.area
  WHERE NOT d.is_sealed
)`

/**
 * The number of the next draw of a page of the day, from 0; kept before it is used, so that none is ever used twice: what was
 * drawn once may be on the ledger, refused or not, and beside it the same draw of other facts would tell whose these are.
 */
export async function takeDraw(store: Store, area: number, day: TradingDay): Promise<number> {
  const [taken] = await store.client.$queryRaw<{ draw: number }[]>`
    INSERT INTO page_draws (area, day, draws) VALUES (${area}::int, ${day}::int, 1)
    ON CONFLICT (area, day) DO UPDATE SET draws = page_draws.draws + 1
    RETURNING draws - 1 AS draw`
  return taken!.draw
}

/** The draws that the day's pages are of. */
export async function readDraws(store: Store, area: number, day: TradingDay): Promise<number[]> {
  const rows = await store.client.traderLink.groupBy({ by: ['draw'], where: { area, day } })
  return rows.map(({ draw }) => draw)
}

/** Keeps the links of a page in the place of those that it had before. */
export async function replaceTraderLinks(
  store: Store,
  { area, day, page }: { readonly area: number; readonly day: TradingDay; readonly page: number },
  links: readonly PlacedLink[],
): Promise<void> {
  await store.client.$transaction([
    store.client.traderLink.deleteMany({ where: { area, day, page } }),
    store.client.traderLink.createMany({ data: [...links] }),
  ])
}

/** The links of a day, page by page and ascending by member. */
export async function readTraderLinks(store: Store, area: number, day: TradingDay): Promise<PlacedLink[]> {
  const orderBy = [{ page: 'asc' as const }, { position: 'asc' as const }]
  const rows = await store.client.traderLink.findMany({ where: { area, day }, orderBy })
  return rows.map((row) => ({ ...row, day: tradingDay(row.day) }))
}

/** The leaves of a page's links in their sequence, those of erased members among them, 0x-hex. */
export async function readPageLeaves(
  store: Store,
  { area, day, page }: { readonly area: number; readonly day: TradingDay; readonly page: number },
): Promise<string[]> {
  const where = { area, day, page }
  const select = { position: true, leaf: true } as const
  const [links, erased] = await Promise.all([
    store.client.traderLink.findMany({ where, select }),
    store.client.erasedTraderLink.findMany({ where, select }),
  ])
  return [...links, ...erased].sort((one, other) => one.position - other.position).map(({ leaf }) => leaf)
}

/** The member's link of the day; null where it has none on a published page. */
export async function readTraderLink(store: Store, memberId: number, day: TradingDay): Promise<PlacedLink | null> {
  return (await listTraderLinks(store, memberId, { from: day, to: day }))[0] ?? null
}

/** The member's links on published pages, of the days from `from` to `to`, both inclusive. */
export async function listTraderLinks(
  store: Store,
  memberId: number,
  { from, to }: { readonly from: TradingDay; readonly to: TradingDay },
): Promise<PlacedLink[]> {
  const where = { memberId, day: { gte: from, lte: to } }
  const rows = await store.client.traderLink.findMany({ where, orderBy: { day: 'asc' } })
  const published = await store.client.tradingDay.findMany({
    where: { day: { gte: from, lte: to }, isSealed: true },
    select: { area: true, day: true, pages: true },
  })
  const pagesOf = new Map(published.map(({ area, day, pages }) => [`${area}:${day}`, pages]))
  return rows.flatMap((row) =>
    row.page < (pagesOf.get(`${row.area}:${row.day}`) ?? 0) ? [{ ...row, day: tradingDay(row.day) }] : [],
  )
}
