import type { Store } from './connect.ts'

/** Empties every table, for a ledger that starts anew; the schema stays. Resolves to how many rows were removed. */
export async function resetStore(store: Store): Promise<{ sessions: number; orders: number; readings: number }> {
  const [sessions, orders, readings] = await Promise.all([
    store.client.session.count(),
    store.client.order.count(),
    store.client.meterReading.count(),
  ])
  const tables = await store.client.$queryRaw<{ name: string }[]>`
    SELECT quote_ident(tablename) AS name FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> '_prisma_migrations'`
  await store.client.$executeRawUnsafe(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY CASCADE`)
  return { sessions, orders, readings }
}
