import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { fakeDeps } from '../../services/api/fake-deps.ts'
import { identitiesOf } from '../../services/api/identities.ts'
import { governanceOf } from '../../services/api/governance.ts'
import { council, pauses } from '../../services/api/schemas/governance.ts'
import { credential, didDocument, identity } from '../../services/api/schemas/identities.ts'
import { createApi, listen, type RunningServer } from '../../services/api/server.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { encodeDidName } from '../../services/chain/dids.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
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
let [time, block] = [0, 0]

beforeAll(async () => {
  postgres = await startTestPostgres(18_285)
  node = await startLedger(18_286)
  market = await setUpMarket(node.url)
  store = await createFollower(postgres, 'api_identities', market)
  const clock = { now: () => time, blockNumber: () => block }
  const { ledger } = market
  const deps = { ...identitiesOf(store, ledger, clock.now), ...governanceOf({ store, ledger, clock }) }
  server = await listen(createApi(fakeDeps(deps)), 0)
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
  ;({ timestamp: time, number: block } = await readLatestBlock(market.ledger))
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

describe('the document of an identity', () => {
  const documentOf = async (did: string) => bodyOf(await get(`/api/identities/${did}/document`), didDocument)

  test('has its owner, and its delegates, keys and services as long as they count', async () => {
    const did = didOfKey(STRANGER)
    expect((await documentOf(did)).verificationMethod).toMatchObject([{ id: `${did}#controller` }])
    const [subject, delegate] = [addressOfKey(STRANGER), addressOfKey(KEYS.dso)]
    const write = async (name: string, ...values: readonly unknown[]) => {
      const { target: to, data } = councilCall(market.ledger, 'didRegistry', name, subject, ...values)
      await sendSetUpCalls(market.ledger.provider, STRANGER, [{ to, data }])
    }
    const home = `0x${Buffer.from('https://home.example').toString('hex')}`
    await write('addDelegate', encodeDidName('sigAuth'), delegate, 3_600)
    await write('setAttribute', encodeDidName('did/svc/Home'), home, 3_600)
    const document = await documentOf(did)
    expect(document.verificationMethod).toHaveLength(2)
    expect(document.verificationMethod[1]!.blockchainAccountId).toMatch(new RegExp(`${delegate.slice(2)}$`, 'i'))
    expect(document.authentication).toContain(document.verificationMethod[1]!.id)
    expect(document.service).toMatchObject([{ type: 'Home', serviceEndpoint: 'https://home.example' }])
    await write('revokeDelegate', encodeDidName('sigAuth'), delegate)
    expect((await documentOf(did)).verificationMethod).toHaveLength(1)
  })

  test('is none of another ledger', async () => {
    const elsewhere = `/api/identities/${didOf(1n, addressOfKey(STRANGER))}/document`
    expect(await problemOf(await get(elsewhere))).toMatchObject({ status: 404, code: 'identity-unknown' })
  })
})

describe('who administers the ledger', () => {
  const readCouncil = async () => bodyOf(await get('/api/council'), council)

  test('is shown with what they are about to do, until it is done', async () => {
    const { ledger } = market
    const administrator = addressOfKey(KEYS.administrator)
    expect(await readCouncil()).toEqual({ members: [administrator], threshold: 1, proposals: [] })
    const suspend = councilCall(ledger, 'credentialRegistry', 'suspendIssuer', addressOfKey(STRANGER), 6, AREA)
    const propose = councilCall(ledger, 'council', 'propose', [suspend], `0x${'77'.repeat(32)}`)
    await sendSetUpCalls(ledger.provider, KEYS.administrator, [{ to: propose.target, data: propose.data }])
    await index()
    const { proposals } = await readCouncil()
    expect(proposals).toMatchObject([
      {
        id: 1,
        proposer: administrator,
        approvers: [administrator],
        isApproved: true,
        descriptionHash: `0x${'77'.repeat(32)}`,
      },
    ])
    expect(proposals[0]!.calls[0]!.words).toMatch(/^suspend 0x\w+ as an issuer of supplier credentials in area 1$/i)
    const execute = councilCall(ledger, 'council', 'withdrawApproval', 1)
    await sendSetUpCalls(ledger.provider, KEYS.administrator, [{ to: execute.target, data: execute.data }])
    await index()
    expect((await readCouncil()).proposals).toMatchObject([{ id: 1, approvers: [], isApproved: false }])
  })

  test('is shown where trading is paused, and who said so', async () => {
    const readPauses = async () => bodyOf(await get('/api/pauses'), pauses)
    expect(await readPauses()).toEqual({ now: [], items: [] })
    const until = time + 3_600
    const say = async (name: string, ...values: readonly unknown[]) => {
      const { target: to, data } = councilCall(
        market.ledger,
        'tradingPause',
        name,
        AREA,
        ...values,
        `0x${'88'.repeat(32)}`,
      )
      await sendSetUpCalls(market.ledger.provider, KEYS.administrator, [{ to, data }])
      await index()
    }
    await say('pause', until)
    expect(await readPauses()).toMatchObject({
      now: [{ area: AREA, until }],
      items: [{ act: 'paused', area: AREA, until, by: addressOfKey(KEYS.administrator) }],
    })
    await say('endPause')
    time += 1
    expect(await readPauses()).toMatchObject({ now: [], items: [{ act: 'ended', until: null }, { act: 'paused' }] })
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
