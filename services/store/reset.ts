import type { Store } from './connect.ts'

/** Every table of the schema, and none that somebody else keeps beside them. */
export const TABLES = [
  'ledger',
  'households',
  'connection_points',
  'stocked_meters',
  'meter_readings',
  'refused_messages',
  'reading_batches',
  'reading_leaves',
  'erased_readings',
  'meter_claims',
  'gateway_transactions',
  'orders',
  'sign_in_challenges',
  'sign_ins',
  'passkeys',
  'api_keys',
  'consents',
  'erasures',
  'invitations',
  'joinings',
  'wrong_codes',
  'agent_keys',
  'registrations',
  'issued_credentials',
  'registrar_transactions',
  'gate_closures',
  'statements',
  'day_statements',
  'erased_day_statements',
  'finished_days',
  'operator_transactions',
  'indexed_blocks',
  'indexed_transactions',
  'indexed_events',
  'members',
  'delegations',
  'revoked_keys',
  'credentials',
  'accreditations',
  'did_owners',
  'areas',
  'energy_rates',
  'grid_rates',
  'trading_days',
  'trading_pauses',
  'sessions',
  'fills',
  'settlement_runs',
  'payments',
  'challenges',
] as const

/** Empties every table, for a ledger that starts anew; the schema stays. Resolves to how many rows were removed. */
export async function resetStore(store: Store): Promise<{ sessions: number; orders: number; readings: number }> {
  const [sessions, orders, readings] = await Promise.all([
    store.client.session.count(),
    store.client.order.count(),
    store.client.meterReading.count(),
  ])
  await store.client.$executeRawUnsafe(`TRUNCATE ${TABLES.join(', ')} RESTART IDENTITY CASCADE`)
  return { sessions, orders, readings }
}
