import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { fakeDeps } from '../../services/api/fake-deps.ts'
import { identitiesOf } from '../../services/api/identities.ts'
import { credential, identity } from '../../services/api/schemas/identities.ts'
import { createApi, listen, type RunningServer } from '../../services/api/server.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import { catchUp } from '../../services/indexer/follow.ts'
import type { Store } from '../../services/store/connect.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { councilCall, decideAlone } from './council-of-one.ts'
import { createFollower, startTestPostgres } from './indexer-world.ts'
import {
  accountKeyOf,
  AREA,
  HOUSEHOLDS,
  KEYS,
  setUpMarket,
  startLedger,
  STRANGER,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const HOME = HOUSEHOLDS[0]

let postgres: RunningPostgres
let node: RunningLedger
let market: Market
let store: Store
let server: RunningServer
let time: number

beforeAll(async () => {
  postgres = await startTestPostgres(18_285)
  node = await startLedger(18_286)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'api_identities', market)
  server = await listen(createApi(fakeDeps(identitiesOf(store, market.ledger.chainId, () => time))), 0)
  await index()
})
afterAll(async () => {
  await server.close()
  await store.close()
  market.ledger.close()
  await node.stop()
  await postgres.stop()
})

async function index(): Promise<void> {
  await catchUp({ ledger: market.ledger, store, deploymentHash: market.deploymentHash })
  time = (await readLatestBlock(market.ledger)).timestamp
}

const get = (address: string) => fetch(`http://127.0.0.1:${server.port}${address}`)
const didOfKey = (key: string) => didOf(market.ledger.chainId, addressOfKey(key))
const identityOf = async (did: string) => bodyOf(await get(`/api/identities/${did}`), identity)

describe('an identity', () => {
  test('is shown with its owner, the credentials that it was issued, and those that it may issue', async () => {
    const home = await identityOf(didOfKey(accountKeyOf(HOME)))
    expect(home).toMatchObject({ did: didOfKey(accountKeyOf(HOME)), owner: didOfKey(accountKeyOf(HOME)) })
    expect(home.credentials.map(({ role, area, issuer, isValid }) => [role, area, issuer, isValid]).sort()).toEqual([
      ['connection-point', AREA, didOfKey(KEYS.dso), true],
      ['prosumer', AREA, didOfKey(KEYS.communityManager), true],
    ])
    expect(home.accreditations).toEqual([])

    const dso = await identityOf(didOfKey(KEYS.dso))
    expect(dso.credentials.map(({ role }) => role)).toEqual(['dso'])
    expect(dso.accreditations).toMatchObject([{ role: 'connection-point', area: 0, status: 'active' }])
  })

  test('is every address of this ledger, however it is written, and none of another', async () => {
    const stranger = didOfKey(STRANGER)
    const expected = { did: stranger, owner: stranger, credentials: [], accreditations: [] }
    expect(await identityOf(stranger)).toEqual(expected)
    const shouted = `${stranger.slice(0, -40)}${stranger.slice(-40).toUpperCase()}`
    expect(await identityOf(shouted)).toEqual(expected)
    const elsewhere = didOf(1n, addressOfKey(STRANGER))
    expect(await problemOf(await get(`/api/identities/${elsewhere}`))).toMatchObject({
      status: 404,
      code: 'identity-unknown',
      detail: `${elsewhere} is not of this ledger`,
    })
  })

  test.each([
    'did:web:example.org',
    'did:ethr:0x7a69:0x12',
    addressOfKey(STRANGER),
    `did:ethr:0x7a69:${'0x'.repeat(200)}`,
  ])('is not %s', async (malformed) => {
    const problem = await problemOf(await get(`/api/identities/${encodeURIComponent(malformed)}`))
    expect(problem).toMatchObject({ status: 400, code: 'request-malformed', errors: [{ field: 'did' }] })
  })
})

describe('a credential', () => {
  test('is shown as it is on the ledger, through every change of its status', async () => {
    const { credentials } = await identityOf(didOfKey(accountKeyOf(HOME)))
    const { credentialId, ...issued } = credentials.find(({ role }) => role === 'prosumer')!
    const read = async () => bodyOf(await get(`/api/credentials/${credentialId}`), credential)
    expect(await read()).toEqual({ credentialId, ...issued })
    expect(issued).toMatchObject({ status: 'active', changedAt: issued.issuedAt, changedBy: issued.issuer })

    const suspend = councilCall(market.ledger, 'credentialRegistry', 'suspendCredentials', [credentialId])
    const { blockHash } = await decideAlone(market.ledger, KEYS.administrator, suspend)
    await index()
    expect(await read()).toEqual({
      credentialId,
      ...issued,
      status: 'suspended',
      isValid: false,
      changedAt: time,
      changedBy: didOf(market.ledger.chainId, market.ledger.addresses.council.toLowerCase()),
      changedTransaction: (await market.ledger.provider.getBlock(blockHash))!.transactions[0],
    })
  })

  test('is valid no more once its time is over', async () => {
    const { credentials } = await identityOf(didOfKey(KEYS.supplier))
    const [{ credentialId, validUntil }] = credentials as [(typeof credentials)[number]]
    const isValidAt = async (unixSeconds: number) => {
      time = unixSeconds
      return (await bodyOf(await get(`/api/credentials/${credentialId}`), credential)).isValid
    }
    expect(await isValidAt(validUntil - 1)).toBe(true)
    expect(await isValidAt(validUntil)).toBe(false)
  })

  test('that was never issued is not there, and a malformed one is told to be so', async () => {
    expect(await problemOf(await get(`/api/credentials/0x${'00'.repeat(32)}`))).toMatchObject({
      status: 404,
      code: 'credential-unknown',
    })
    expect(await problemOf(await get('/api/credentials/7'))).toMatchObject({ status: 400, code: 'request-malformed' })
  })
})
