import { ZeroAddress, ZeroHash } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { EVERY_AREA, issuanceTo, issueCredentials, validityFromNow } from '../../services/chain/credentials.ts'
import { registerMembers } from '../../services/chain/deploy.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readHeldRoles } from '../../services/chain/held-roles.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract, type ContractName } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf, ROLES, type Role } from '../../services/domain/identity/role.ts'
import { catchUp } from '../../services/indexer/follow.ts'
import { rebuildProjections } from '../../services/indexer/rebuild.ts'
import type { Store } from '../../services/store/connect.ts'
import { readIndexCursor } from '../../services/store/projections.ts'
import {
  isAccredited,
  listAccreditations,
  listCredentials,
  listHeldCredentials,
  readCredential,
  readIdentitiesOf,
  readOwnerOf,
  readRolesOf,
} from '../../services/store/views/credentials.ts'
import { councilCall, decideAlone } from './council-of-one.ts'
import { createFollower, dumpProjections, startTestPostgres } from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  HOUSEHOLDS,
  KEYS,
  setUpMarket,
  startLedger,
  STRANGER,
  SUPPLIER,
  tradingKeyOf,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const [HOME, NEIGHBOUR, OTHER] = HOUSEHOLDS as [number, number, number]
const NEW_KEY = `0x${'71'.repeat(20)}`
const DELEGATE = `0x${'72'.repeat(20)}`
const STATUSES = ['unknown', 'active', 'suspended', 'revoked']

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_280)
  node = await startLedger(18_281)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'indexer_identity', market)
  await index()
})
afterAll(async () => {
  await store.close()
  market.ledger.close()
  await node.stop()
  await postgres.stop()
})

const index = () => catchUp({ ledger: market.ledger, store, deploymentHash: market.deploymentHash })
const accountOf = (memberId: number) => addressOfKey(accountKeyOf(memberId))
const memberOf = (id: number) => store.client.member.findUniqueOrThrow({ where: { id } })
const standingOf = async (id: number) => {
  const { mayBid, mayOffer, tradesUntil } = await memberOf(id)
  return { mayBid, mayOffer, tradesUntil: Number(tradesUntil) }
}
const heldBy = async (address: string, role: Role) =>
  (await listHeldCredentials(store, address)).find((credential) => credential.role === role)!
const now = async () => (await readLatestBlock(market.ledger)).timestamp

async function send(key: string, contract: ContractName, name: string, ...parameters: unknown[]): Promise<void> {
  const data = market.ledger.contracts[contract].interface.encodeFunctionData(name, parameters)
  await sendSetUpCalls(market.ledger.provider, key, [{ to: market.ledger.addresses[contract], data }])
}

const changeStatus = (key: string, name: string, credentialId: string) =>
  send(key, 'credentialRegistry', name, [credentialId])

/** Issues with a validity from now on; resolves to when it ends. */
async function issue(key: string, subject: string, role: Role, seconds: number): Promise<number> {
  const validFrom = await now()
  const validity = { validFrom, validUntil: validFrom + seconds }
  await issueCredentials(market.ledger, key, [issuanceTo(subject, role, AREA, validity)])
  return validity.validUntil
}

/** Every credential, who holds which role, and every household's standing: what is indexed, which is what the ledger says. */
async function requireIdentityAsOnTheLedger(): Promise<void> {
  await index()
  const { ledger } = market
  const rows = await store.client.credential.findMany()
  for (const { id, subject, area } of rows) {
    const [onLedger] = await readContract(ledger, 'credentialRegistry', 'credentialOf', id)
    const [issuer, holder, role, scope, connectionPoint, validFrom, validUntil, status] = onLedger as unknown[]
    expect(await readCredential(store, id)).toMatchObject({
      issuer: String(issuer).toLowerCase(),
      subject: String(holder).toLowerCase(),
      role: ROLES[Number(role)],
      area: Number(scope),
      connectionPoint: connectionPoint === ZeroHash ? null : connectionPoint,
      validFrom: Number(validFrom),
      validUntil: Number(validUntil),
      status: STATUSES[Number(status)],
    })
    await requireHeldAsOnTheLedger(subject, ROLES[Number(role)]!, [...new Set([Number(area), AREA])])
  }
  const [traders] = await readContract(ledger, 'memberRegistry', 'tradersOf', AREA, 0, 1_000)
  for (const trader of traders as Record<string, unknown>[]) {
    const sides = Number(trader.sides)
    expect([trader.memberId, await standingOf(Number(trader.memberId))]).toEqual([
      trader.memberId,
      { mayBid: (sides & 1) !== 0, mayOffer: (sides & 2) !== 0, tradesUntil: Number(trader.tradesUntil) },
    ])
  }
}

async function requireHeldAsOnTheLedger(subject: string, role: Role, areas: readonly number[]): Promise<void> {
  const time = await now()
  const { heldUntil } = await readHeldRoles(market.ledger)
  const held = (await readRolesOf(store, subject, time)).filter((each) => each.role === role)
  for (const area of areas) {
    const here = held.find((each) => each.area === area) ?? held.find((each) => each.area === EVERY_AREA)
    const question = [subject, roleNumberOf(role), area] as const
    const [heldId] = await readContract(market.ledger, 'credentialRegistry', 'heldBy', ...question)
    expect(here?.credentialId ?? ZeroHash).toBe(heldId)
    expect(heldUntil(subject, role, area, time)).toBe(here?.validUntil ?? null)
  }
}

describe('the projections of identity', () => {
  test('show who may issue which credentials, who holds them, and what they let households do', async () => {
    await requireIdentityAsOnTheLedger()
    const [household] = await listHeldCredentials(store, accountOf(HOME))
    expect(await standingOf(HOME)).toEqual({ mayBid: true, mayOffer: true, tradesUntil: household!.validUntil })
    expect(await standingOf(SUPPLIER)).toEqual({ mayBid: false, mayOffer: false, tradesUntil: 0 })
    expect(
      (await readRolesOf(store, addressOfKey(KEYS.meteringOperator), await now())).map(({ role }) => role),
    ).toEqual(['metering-operator'])
    expect(await readRolesOf(store, accountOf(HOME), household!.validUntil)).toEqual([])

    const regulator = addressOfKey(KEYS.regulator)
    expect(await isAccredited(store, regulator, 'supplier', AREA)).toBe(true)
    expect(await isAccredited(store, regulator, 'meter', AREA)).toBe(false)
    expect(await isAccredited(store, addressOfKey(STRANGER), 'supplier', AREA)).toBe(false)
    expect(await listAccreditations(store, addressOfKey(KEYS.dso))).toMatchObject([
      { role: 'connection-point', area: EVERY_AREA, status: 'active' },
    ])
  })

  test('follow a credential that is suspended and reinstated, and the standing that goes with it', async () => {
    const { ledger } = market
    const { credentialId } = await heldBy(accountOf(HOME), 'connection-point')
    await changeStatus(KEYS.dso, 'suspendCredentials', credentialId)
    await requireIdentityAsOnTheLedger()
    expect(await standingOf(HOME)).toEqual({ mayBid: false, mayOffer: false, tradesUntil: 0 })
    const suspended = await readCredential(store, credentialId)
    expect(suspended).toMatchObject({ status: 'suspended', changedBy: addressOfKey(KEYS.dso), changedAt: await now() })
    expect((await readRolesOf(store, accountOf(HOME), await now())).map(({ role }) => role)).toEqual(['prosumer'])

    await decideAlone(
      ledger,
      KEYS.administrator,
      councilCall(ledger, 'credentialRegistry', 'reinstateCredentials', [credentialId]),
    )
    await requireIdentityAsOnTheLedger()
    expect(await standingOf(HOME)).toMatchObject({ mayBid: true, mayOffer: true })
    expect(await readCredential(store, credentialId)).toMatchObject({
      changedBy: ledger.addresses.council.toLowerCase(),
    })
  })

  test('show what took the place of a credential, and keep what it was', async () => {
    const former = await heldBy(accountOf(NEIGHBOUR), 'prosumer')
    const validUntil = await issue(KEYS.communityManager, accountOf(NEIGHBOUR), 'prosumer', 5_000)
    await requireIdentityAsOnTheLedger()
    expect(await heldBy(accountOf(NEIGHBOUR), 'prosumer')).toMatchObject({ validUntil })
    expect(await readCredential(store, former.credentialId)).toEqual(former)
    expect(await standingOf(NEIGHBOUR)).toEqual({ mayBid: true, mayOffer: true, tradesUntil: validUntil })
  })

  test('tell who revoked from who renounced, and that a consumer only buys', async () => {
    const { credentialId } = await heldBy(accountOf(NEIGHBOUR), 'prosumer')
    await changeStatus(KEYS.communityManager, 'revokeCredentials', credentialId)
    const validUntil = await issue(KEYS.communityManager, accountOf(NEIGHBOUR), 'consumer', 6_000)
    await requireIdentityAsOnTheLedger()
    expect(await readCredential(store, credentialId)).toMatchObject({
      status: 'revoked',
      changedBy: addressOfKey(KEYS.communityManager),
    })
    expect(await standingOf(NEIGHBOUR)).toEqual({ mayBid: true, mayOffer: false, tradesUntil: validUntil })

    const consumer = await heldBy(accountOf(NEIGHBOUR), 'consumer')
    await send(accountKeyOf(NEIGHBOUR), 'credentialRegistry', 'renounceCredential', consumer.credentialId)
    await requireIdentityAsOnTheLedger()
    expect(await readCredential(store, consumer.credentialId)).toMatchObject({
      status: 'revoked',
      changedBy: accountOf(NEIGHBOUR),
    })
    expect(await standingOf(NEIGHBOUR)).toEqual({ mayBid: false, mayOffer: false, tradesUntil: 0 })
  })

  test('say who may issue in one area what they may not in others', async () => {
    const issuer = addressOfKey(KEYS.dso)
    const role = roleNumberOf('connection-point')
    const accredit = (area: number) =>
      send(KEYS.administrator, 'credentialRegistry', 'accreditIssuer', issuer, role, area)
    const decide = (name: string, area: number) => {
      const call = councilCall(market.ledger, 'credentialRegistry', name, issuer, role, area)
      return decideAlone(market.ledger, KEYS.administrator, call)
    }
    await accredit(AREA)
    await decide('suspendIssuer', AREA)
    await index()
    expect(await isAccredited(store, issuer, 'connection-point', AREA)).toBe(false)
    expect(await isAccredited(store, issuer, 'connection-point', AREA + 1)).toBe(true)
    expect(await listAccreditations(store, issuer)).toMatchObject([
      { area: EVERY_AREA, status: 'active' },
      { area: AREA, status: 'suspended' },
    ])
    // Removed in one area it stays suspended there, as long as it is accredited in every area.
    await decide('removeIssuer', AREA)
    await decide('removeIssuer', EVERY_AREA)
    await index()
    expect(await isAccredited(store, issuer, 'connection-point', AREA)).toBe(false)
    expect(await listAccreditations(store, issuer)).toMatchObject([{ area: AREA, status: 'suspended' }])
    await decide('removeIssuer', AREA)
    await index()
    expect(await listAccreditations(store, issuer)).toEqual([])
    await accredit(EVERY_AREA)
  })

  test('say who owns an identity, through every change until it is deactivated', async () => {
    const identity = accountOf(OTHER)
    const stranger = addressOfKey(STRANGER)
    expect(await readOwnerOf(store, identity)).toBe(identity)
    expect(await readIdentitiesOf(store, identity)).toEqual([identity])
    await send(KEYS.supplier, 'didRegistry', 'changeOwner', addressOfKey(KEYS.supplier), stranger)
    await send(accountKeyOf(OTHER), 'didRegistry', 'changeOwner', identity, addressOfKey(KEYS.dso))
    await send(KEYS.dso, 'didRegistry', 'changeOwner', identity, stranger)
    await index()
    expect(await readOwnerOf(store, identity)).toBe(stranger)
    expect(await readIdentitiesOf(store, identity)).toEqual([])
    const [ownerOfMember] = await readContract(market.ledger, 'memberRegistry', 'ownerOf', OTHER)
    expect((ownerOfMember as string).toLowerCase()).toBe(stranger)
    const owned = [addressOfKey(KEYS.supplier), identity, stranger]
    expect((await readIdentitiesOf(store, stranger)).sort()).toEqual(owned.sort())
    expect(await readIdentitiesOf(store, stranger, 2)).not.toContain(stranger)

    await send(STRANGER, 'didRegistry', 'changeOwner', addressOfKey(KEYS.supplier), ZeroAddress)
    await index()
    expect(await readOwnerOf(store, addressOfKey(KEYS.supplier))).toBeNull()
    expect(await readIdentitiesOf(store, addressOfKey(KEYS.supplier))).toEqual([])
  })

  test('show the key that took the place of a trading key, and that the former signs nothing any more', async () => {
    await send(accountKeyOf(HOME), 'memberRegistry', 'replaceTradingKey', HOME, NEW_KEY)
    const replacedAt = await now()
    const delegation = [DELEGATE, 3, 400, -100_000, 300_000, replacedAt + 9_000]
    await send(accountKeyOf(HOME), 'memberRegistry', 'delegateTrading', HOME, delegation)
    await send(accountKeyOf(HOME), 'memberRegistry', 'revokeDelegation', HOME)
    const revokedAt = await now()
    await index()
    expect((await memberOf(HOME)).tradingKey).toBe(NEW_KEY)
    const revoked = await store.client.revokedKey.findMany({ orderBy: { revokedAt: 'asc' } })
    expect(revoked).toMatchObject([
      { memberId: HOME, key: addressOfKey(tradingKeyOf(HOME)), revokedAt: replacedAt },
      { memberId: HOME, key: DELEGATE, revokedAt },
    ])
    for (const { key, revokedAt: since } of revoked) {
      const [onLedger] = await readContract(market.ledger, 'memberRegistry', 'keyRevokedAt', HOME, key, 2 ** 32 - 1)
      expect(onLedger).toBe(BigInt(since))
    }
  })

  test('have the standing of households whose credentials changed in the very batch in which they were registered', async () => {
    const { ledger } = market
    const accounts = ['a1', 'a2', 'a3'].map((byte) => `0x${byte.repeat(20)}`)
    const registrations = accounts.map((account, place) => ({
      kind: 'household' as const,
      role: place === 2 ? ('consumer' as const) : ('prosumer' as const),
      account,
      tradingKey: `0x${account.slice(-2)}${'b0'.repeat(19)}`,
      meterKey: null,
      quantityLimitWh: 5_000n,
      connectionPoint: `0x${account.slice(-2).repeat(32)}`,
    }))
    const { validUntil } = await validityFromNow(ledger)
    await registerMembers(ledger, KEYS, AREA, registrations)
    // Issued again with the same end, from a time on that comes after the registration: nothing changes, which is not told.
    await advanceTo(ledger, (await now()) + 100)
    const again = { validFrom: await now(), validUntil }
    await issueCredentials(ledger, KEYS.communityManager, [issuanceTo(accounts[0]!, 'prosumer', AREA, again)])
    const [lost] = await readContract(
      ledger,
      'credentialRegistry',
      'heldBy',
      accounts[1],
      roleNumberOf('prosumer'),
      AREA,
    )
    await changeStatus(KEYS.communityManager, 'revokeCredentials', lost as string)
    await requireIdentityAsOnTheLedger()
    const members = await store.client.member.findMany({ where: { account: { in: accounts } }, orderBy: { id: 'asc' } })
    expect(members.map(({ mayBid, mayOffer, tradesUntil }) => [mayBid, mayOffer, Number(tradesUntil)])).toEqual([
      [true, true, validUntil],
      [false, false, 0],
      [true, false, validUntil],
    ])
  })

  test('are listed page by page, newest first, by area, role and status', async () => {
    const all = await listCredentials(store, { limit: 200 })
    expect(all.items).toHaveLength(await store.client.credential.count())
    expect(all.nextBefore).toBeNull()
    const pages: string[] = []
    for (let before: string | undefined; ;) {
      const { items, nextBefore } = await listCredentials(store, { before, limit: 7 })
      pages.push(...items.map(({ credentialId }) => credentialId))
      if (nextBefore === null) break
      before = nextBefore
    }
    expect(pages).toEqual(all.items.map(({ credentialId }) => credentialId))
    const revoked = await listCredentials(store, { area: AREA, role: 'prosumer', status: 'revoked', limit: 200 })
    expect(revoked.items.map(({ subject }) => subject)).toEqual([`0x${'a2'.repeat(20)}`, accountOf(NEIGHBOUR)])
  })

  test('are the same to the byte when the ledger is replayed from block 0', async () => {
    await index()
    const before = await dumpProjections(store.url)
    for (const table of ['credentials', 'accreditations', 'did_owners', 'revoked_keys']) {
      expect(before[table], table).not.toBe('')
    }
    const cursor = await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
    expect(cursor).toEqual(await readIndexCursor(store))
    expect(await dumpProjections(store.url)).toEqual(before)
  })
})
