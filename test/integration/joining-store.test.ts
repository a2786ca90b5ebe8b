import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { eraseGivenUpJoinings } from '../../services/store/erasures.ts'
import {
  eraseUnusedInvitations,
  findInvitation,
  insertInvitation,
  useInvitation,
} from '../../services/store/invitations.ts'
import { chooseConnectionPoint, chooseMeter, chooseTradingKey, readJoining } from '../../services/store/joinings.ts'
import { listClaimedMeters, writeMeterClaim } from '../../services/store/meter-claims.ts'
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

test('invitations that nobody used are erased once they are closed for long enough, and no others', async () => {
  const keep = async (id: string, expiresAt: number, rest: { withdrawnAt?: number; account?: string } = {}) => {
    const made = { id, area: 2, name: id, membership: 'prosumer', createdBy: ACCOUNT, createdAt: NOW - 100 }
    await store.client.invitation.create({
      data: { ...made, ...rest, expiresAt, creditLineMicroEuro: 0n, codeHash: id },
    })
  }
  await keep('expired', NOW)
  await keep('withdrawn', NOW + 100, { withdrawnAt: NOW })
  await keep('expired lately', NOW + 1)
  await keep('withdrawn lately', NOW + 100, { withdrawnAt: NOW + 1 })
  await keep('used', NOW, { account: 'somebody' })
  expect(await eraseUnusedInvitations(store, NOW)).toBe(2)
  const left = await store.client.invitation.findMany({ where: { area: 2 }, orderBy: { id: 'asc' } })
  expect(left.map(({ id }) => id)).toEqual(['expired lately', 'used', 'withdrawn lately'])
})

describe('who gave a joining up', () => {
  const credentialOf = (account: string, role: string) => ({
    id: `${role} of ${account}`,
    issuer: ACCOUNT,
    subject: account,
    role,
    area: 1n,
    digest: '0x00',
    validFrom: 0n,
    validUntil: 1n,
    status: 'active',
    issuedBlock: 1,
    issuedLogIndex: Number(account.slice(-2)),
    issuedTransaction: '0x00',
    changedBlock: 1,
    changedTransaction: '0x00',
    changedBy: ACCOUNT,
  })
  const giveUp = async (ending: string, roles: readonly string[]) => {
    const account = `${ACCOUNT.slice(0, -2)}${ending}`
    const passkey = { publicKey: '', domain: 'localhost', counter: 0n, createdAt: NOW, lastUsedAt: NOW }
    await store.client.passkey.create({ data: { ...passkey, credentialId: account, account } })
    await store.client.joining.create({ data: { ...joiningOf(account), givenUpAt: NOW } })
    for (const role of roles) await store.client.credential.create({ data: credentialOf(account, role) })
    await eraseGivenUpJoinings(store)
    expect(await store.client.joining.count({ where: { account } })).toBe(0)
    return store.client.passkey.count({ where: { account } })
  }

  test("is forgotten, though the projection does not say yet that the connection point's credential is revoked", async () => {
    expect(await giveUp('31', ['connection-point'])).toBe(0)
  })

  test('chooses nothing for it any more', async () => {
    const account = `${ACCOUNT.slice(0, -2)}33`
    await store.client.joining.create({ data: { ...joiningOf(account), givenUpAt: NOW } })
    const choices = await Promise.all([
      chooseConnectionPoint(store, account, 'connection-33'),
      chooseMeter(store, account, 'meter-33'),
      chooseTradingKey(store, account, 'key-33'),
    ])
    expect(choices).toEqual(['not-joining', 'not-joining', 'not-joining'])
    expect(await readJoining(store, account)).toBeNull()
    const row = await store.client.joining.findUniqueOrThrow({ where: { account } })
    expect(row).toMatchObject({ connectionPoint: null, meter: null, tradingKey: null })
  })

  test('has no claim of a meter written that was meant for it before', async () => {
    const account = `${ACCOUNT.slice(0, -2)}34`
    const claim = { account, meter: 'meter-34', nonce: '0x00', deadline: NOW, signature: null }
    await store.client.joining.create({ data: { ...joiningOf(account), meter: 'meter-34' } })
    expect((await listClaimedMeters(store)).map((claimed) => claimed.account)).toContain(account)
    expect(await writeMeterClaim(store, claim)).toBe(true)
    await store.client.joining.update({ where: { account }, data: { givenUpAt: NOW } })
    expect(await writeMeterClaim(store, { ...claim, nonce: '0x01' })).toBe(false)
    await store.client.meterClaim.deleteMany({ where: { account } })
    await eraseGivenUpJoinings(store)
    expect(await writeMeterClaim(store, claim)).toBe(false)
    expect(await store.client.meterClaim.count({ where: { account } })).toBe(0)
  })

  test('is still known where it holds a credential of something else', async () => {
    expect(await giveUp('32', ['auditor'])).toBe(1)
  })
})

function joiningOf(account: string) {
  const said = { area: 1, membership: 'prosumer', creditLineMicroEuro: 0n, startedAt: NOW }
  return { ...said, account, invitationId: `invitation of ${account}`, name: `Home of ${account}` }
}
