import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { findInvitation, insertInvitation, useInvitation } from '../../services/store/invitations.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { startTestPostgres } from './indexer-world.ts'

const NOW = 1_800_000_000
const ACCOUNT = `0x${'aa'.repeat(20)}`

let postgres: RunningPostgres
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_251)
  await migrateStore(postgres.url)
  store = connectStore(postgres.url)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})

test('an account that uses two invitations at once joins with one, and the other stays open', async () => {
  for (let round = 0; round < 20; round += 1) {
    const codes = [`${round}a`, `${round}b`]
    const account = `${ACCOUNT.slice(0, -2)}${String(round).padStart(2, '0')}`
    for (const codeHash of codes) {
      const made = { id: codeHash, area: 1, name: `Home ${codeHash}`, createdBy: ACCOUNT, createdAt: NOW }
      const rest = { membership: 'prosumer' as const, creditLineMicroEuro: 0n, expiresAt: NOW + 100, codeHash }
      await insertInvitation(store, { ...made, ...rest }, NOW)
    }
    const used = await Promise.all(codes.map((codeHash) => useInvitation(store, { codeHash, account, now: NOW + 1 })))
    expect(used.toSorted()).toEqual([false, true])
    const invitations = await Promise.all(codes.map((codeHash) => findInvitation(store, codeHash)))
    expect(invitations.map((invitation) => invitation?.account)).toEqual(
      used.map((isUsed) => (isUsed ? account : null)),
    )
    expect(await store.client.joining.count({ where: { account } })).toBe(1)
  }
})
