import type { Store } from './connect.ts'
import { Prisma } from './generated/client.ts'

export type Fingerprinted = 'devices' | 'erasures' | 'households'

/**
 * Is another as soon as a row of one of the tables was added, changed or removed: PostgreSQL writes the number of the
 * transaction into each, which only grows. Cheaper than reading what may be a hundred thousand rows.
 */
export async function fingerprintOf(store: Store, tables: readonly Fingerprinted[]): Promise<string> {
  const marks: string[] = []
  for (const table of tables) {
    const rows = await store.client.$queryRaw<{ mark: string }[]>`
      SELECT count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) AS mark FROM ${Prisma.raw(table)}`
    marks.push(...rows.map(({ mark }) => `${table} ${mark}`))
  }
  return marks.join(', ')
}
