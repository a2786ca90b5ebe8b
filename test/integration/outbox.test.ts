import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { outboxOf, type OutboxEntry } from '../../services/store/outbox.ts'
import { startTestPostgres } from './indexer-world.ts'

const SENDER = `0x${'11'.repeat(20)}`
const entryOf = (nonce: number, purpose = `purpose ${nonce}`): OutboxEntry => ({
  sender: SENDER,
  nonce,
  purpose,
  rawTransaction: '0x02',
  hash: `hash of ${purpose}`,
  earlierHashes: [],
  status: 'signed',
  blockNumber: null,
})

let postgres: RunningPostgres
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_240)
  await migrateStore(postgres.url)
  store = connectStore(postgres.url)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})

describe.each(['gateway', 'operator'] as const)('the outbox of the %s', (owner) => {
  test('gives back what was put in, pending entries by nonce, until they are mined', async () => {
    const outbox = outboxOf(store, owner)
    for (const nonce of [2, 0, 1]) await outbox.add(entryOf(nonce))
    expect(await outbox.pending()).toEqual([entryOf(0), entryOf(1), entryOf(2)])
    expect(await outbox.find('purpose 1')).toEqual(entryOf(1))
    expect(await outbox.find('another')).toBeNull()

    await outbox.markMined('purpose 0', 'mined', 7, 'hash of purpose 0')
    await outbox.markMined('purpose 1', 'reverted', 8, 'hash of purpose 1')
    expect(await outbox.pending()).toEqual([entryOf(2)])
    expect(await outbox.find('purpose 0')).toEqual({ ...entryOf(0), status: 'mined', blockNumber: 7 })
    expect(await outbox.find('purpose 1')).toEqual({ ...entryOf(1), status: 'reverted', blockNumber: 8 })
  })

  test('puts what is signed anew in the place of what it replaces, once, and takes any of them as mined', async () => {
    const outbox = outboxOf(store, owner)
    await outbox.add(entryOf(5))
    const anew = { ...entryOf(5), hash: 'another hash', rawTransaction: '0x03', earlierHashes: ['hash of purpose 5'] }
    await outbox.replace(entryOf(5), anew)
    expect(await outbox.find('purpose 5')).toEqual(anew)
    await expect(outbox.replace(entryOf(5), { ...anew, hash: 'a third' })).rejects.toThrow()

    await outbox.markMined('purpose 5', 'mined', 9, 'hash of purpose 5')
    const mined = { ...anew, status: 'mined', blockNumber: 9, hash: 'hash of purpose 5' }
    expect(await outbox.find('purpose 5')).toEqual(mined)
  })

  test('refuses a second entry for a purpose, and for a nonce of the sender', async () => {
    const outbox = outboxOf(store, owner)
    await outbox.add(entryOf(10))
    await expect(outbox.add({ ...entryOf(11), purpose: 'purpose 10' })).rejects.toThrow()
    await expect(outbox.add(entryOf(10, 'something else'))).rejects.toThrow()
  })
})

test('gateway and operator do not see one another', async () => {
  await outboxOf(store, 'gateway').add(entryOf(20))
  expect(await outboxOf(store, 'operator').find('purpose 20')).toBeNull()
})
