import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { madeApiKey } from '../../services/api/schemas/api-keys.ts'
import { consent, consentList } from '../../services/api/schemas/consents.ts'
import { household, householdPage } from '../../services/api/schemas/households.ts'
import { neighbourhood } from '../../services/api/schemas/neighbourhood.ts'
import { order } from '../../services/api/schemas/orders.ts'
import { session } from '../../services/api/schemas/sessions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { HeldRole, HouseholdPart } from '../../services/domain/identity/household-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { notify } from '../../services/store/notifications.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { openEventStream } from './api-event-stream.ts'
import { FIRST_PERIOD } from './api-market.ts'
import { ALL_PARTS, partsShown } from './api-parts.ts'
import { projectSettledPeriod } from './api-projection.ts'
import { browserWith, signIn, type Browser } from './api-signed-in.ts'
import { hashOf, startApiWorld, type ApiWorld } from './api-world.ts'

const READER_KEY = `0x${'7e'.repeat(32)}`
const READER = addressOfKey(READER_KEY)

const KEY_OF_ROLE: Readonly<Record<string, string>> = {
  'community-manager': `0x${'a1'.repeat(32)}`,
  'market-operator': `0x${'a2'.repeat(32)}`,
  'metering-operator': `0x${'a3'.repeat(32)}`,
  dso: `0x${'a4'.repeat(32)}`,
  auditor: `0x${'a5'.repeat(32)}`,
  'tax-authority': `0x${'a6'.repeat(32)}`,
}
const ROLE_OF = new Map(Object.entries(KEY_OF_ROLE).map(([role, key]) => [addressOfKey(key), role]))
const ELSEWHERE_KEY = `0x${'a7'.repeat(32)}`

function rolesOf(account: string): HeldRole[] {
  if (account === addressOfKey(ELSEWHERE_KEY)) return [{ role: 'auditor', area: 2 }]
  const role = ROLE_OF.get(account)
  return role === undefined ? [] : [{ role, area: 1 }]
}

/** By the ledger the heir owns the third household's DID, from when the test says so. */
const HEIR_KEY = `0x${'a8'.repeat(32)}`
let given: string | null = null

function accountsOwnedBy(account: string): string[] {
  if (given === null) return [account]
  if (account === addressOfKey(HEIR_KEY)) return [account, given]
  return account === given ? [] : [account]
}

let world: ApiWorld
let [buyer, seller, third] = [0, 0, 0]
let buyerBrowser: Browser

beforeAll(async () => {
  world = await startApiWorld({ port: 18_590, households: 3, rolesOf, accountsOwnedBy })
  ;[buyer, seller, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  await projectSettledPeriod(world.store, { area: 1, period: FIRST_PERIOD, buyer, seller, third })
  await world.advanceTo(startOf(FIRST_PERIOD) + 2 * 900 + 10)
  buyerBrowser = await signIn(world, world.households[0]!.accountKey)
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

const stranger = () => browserWith(world.address, '')

const givenBy = (browser: Browser, parts: HouseholdPart[], memberId = buyer, until: number | null = null) =>
  browser.send('POST', '/api/consents', { memberId, reader: READER, parts, until })
const now = () => Math.floor(Date.now() / 1_000)

describe('a stranger', () => {
  test('sees nothing of a household, whether or not there is one', async () => {
    for (const memberId of [buyer, seller, third, 999]) expect(await partsShown(stranger(), memberId)).toEqual([])
    for (const address of ['/api/households', '/api/refusals', `/api/orders/${hashOf(50)}/left-out-proof`]) {
      expect(await problemOf(await stranger().get(address))).toMatchObject({ status: 401, code: 'not-signed-in' })
    }
    expect((await stranger().get('/api/households')).headers.get('www-authenticate')).toBe('Bearer')
  })

  test('sees the area as a whole, homes by number, and no home of it', async () => {
    const shown = await bodyOf(await stranger().get('/api/neighbourhood'), neighbourhood)
    expect(shown.households).toEqual(
      [buyer, seller, third].map((memberId) => ({
        memberId,
        name: `member ${memberId}`,
        isShown: false,
        role: null,
        latest: null,
      })),
    )
    expect(shown.picture).toMatchObject({ sharedWh: '1000', givingCount: 1 })
  })

  test('sees of a session what is on the ledger: fills by number, and no statement of a household', async () => {
    const shown = await bodyOf(await stranger().get(`/api/sessions/${FIRST_PERIOD}`), session)
    expect(shown.fills.map(({ memberId, name }) => [memberId, name])).toEqual([
      [buyer, `member ${buyer}`],
      [seller, `member ${seller}`],
    ])
    expect(shown.settlement!.statements.map(({ name }) => name)).toEqual([
      'supplier',
      'dso',
      'tax-authority',
      'platform-operator',
    ])
  })

  test('is told how an order stands, and not what it says', async () => {
    const shown = await bodyOf(await stranger().get(`/api/orders/${hashOf(50)}`), order)
    expect(shown).toMatchObject({ state: 'filled', terms: null })
    const own = await bodyOf(await buyerBrowser.get(`/api/orders/${hashOf(50)}`), order)
    expect(own.terms).toMatchObject({ memberId: buyer })
  })

  test('is not told when an order came, nor as which of its session, since that says whose it is', async () => {
    const shown = await bodyOf(await stranger().get(`/api/orders/${hashOf(50)}`), order)
    expect(shown).toMatchObject({ receivedAt: null, receipt: null })
    const own = await bodyOf(await buyerBrowser.get(`/api/orders/${hashOf(50)}`), order)
    expect(own).toMatchObject({ receivedAt: 5, receipt: { position: 2 } })
  })

  test('reads no name in anything that is public', async () => {
    const addresses = ['/api/neighbourhood', '/api/sessions', `/api/sessions/${FIRST_PERIOD}`, '/api/challenges']
    const more = [
      '/api/ledger/blocks',
      '/api/ledger/events',
      '/api/settlement-runs',
      '/api/ledger',
      '/health',
      '/api/me',
    ]
    for (const address of [...addresses, ...more]) {
      expect(await (await stranger().get(address)).text(), address).not.toMatch(/home \d/)
    }
  })

  test('hears in the stream that blocks were read and how things are, and of no household', async () => {
    const stream = await openEventStream(`${world.address}/api/stream`)
    const notice = { blockNumber: 77, periods: [FIRST_PERIOD], household: 'home 1', memberId: buyer }
    await notify(world.store, 'projection', JSON.stringify(notice))
    expect(JSON.parse(await stream.next('projection'))).toEqual({ blockNumber: 77, periods: [FIRST_PERIOD] })
    stream.close()
  })
})

describe('a member', () => {
  test('sees its own household whole, and nothing of another', async () => {
    expect(await partsShown(buyerBrowser, buyer)).toEqual(ALL_PARTS)
    for (const memberId of [seller, third, 999]) expect(await partsShown(buyerBrowser, memberId)).toEqual([])
    expect(await bodyOf(await buyerBrowser.get(`/api/households/${buyer}`), household)).toMatchObject({
      name: 'home 1',
    })
    const page = await bodyOf(await buyerBrowser.get('/api/households'), householdPage)
    expect(page.items.map(({ memberId, name }) => [memberId, name])).toEqual([[buyer, 'home 1']])
    expect(page.nextAfter).toBeNull()
  })

  test('finds itself among the homes, the others by number', async () => {
    const shown = await bodyOf(await buyerBrowser.get('/api/neighbourhood'), neighbourhood)
    expect(shown.households.map(({ name, latest }) => [name, latest === null])).toEqual([
      ['home 1', false],
      [`member ${seller}`, true],
      [`member ${third}`, true],
    ])
    const { settlement } = await bodyOf(await buyerBrowser.get(`/api/sessions/${FIRST_PERIOD}`), session)
    expect(settlement!.statements.map(({ memberId }) => memberId)).toEqual([1, 2, 3, 4, buyer])
  })
})

describe('a DID that is given away', () => {
  test('takes the household along: its new owner sees it, and the former is signed out everywhere, keys and all', async () => {
    const { accountKey } = world.households[2]!
    const [former, elsewhere, heir] = [
      await signIn(world, accountKey),
      await signIn(world, accountKey),
      await signIn(world, HEIR_KEY),
    ]
    const wish = { name: 'a machine', scopes: ['read:membership'], days: 1 }
    const { secret } = await bodyOf(await former.send('POST', '/api/api-keys', wish), madeApiKey)
    expect([await partsShown(former, third), await partsShown(heir, third)]).toEqual([ALL_PARTS, []])
    given = addressOfKey(accountKey)
    try {
      expect([await partsShown(former, third), await partsShown(heir, third)]).toEqual([[], ALL_PARTS])
      expect(await problemOf(await elsewhere.get('/api/sign-ins'))).toMatchObject({ code: 'not-signed-in' })
      expect(await world.store.client.signIn.count({ where: { account: given } })).toBe(0)
      const machine = await fetch(`${world.address}/api/me`, { headers: { authorization: `Bearer ${secret}` } })
      expect(await problemOf(machine)).toMatchObject({ code: 'api-key-invalid' })
      await expect(signIn(world, accountKey)).rejects.toThrow('status 403')
    } finally {
      given = null
    }
  })
})

describe('a role', () => {
  test.each([
    ['community-manager', ['membership']],
    ['market-operator', ALL_PARTS],
    ['metering-operator', ['membership', 'quarter-hours']],
    ['dso', ['membership', 'quarter-hours']],
    ['auditor', ALL_PARTS],
    ['tax-authority', []],
  ])('of %s shows what its work needs: %s', async (role, parts) => {
    expect(await partsShown(await signIn(world, KEY_OF_ROLE[role]!), seller)).toEqual(parts)
  })

  test('shows names to the community manager alone', async () => {
    const nameFor = async (role: string) => {
      const browser = await signIn(world, KEY_OF_ROLE[role]!)
      return (await bodyOf(await browser.get(`/api/households/${seller}`), household)).name
    }
    expect(await nameFor('community-manager')).toBe('home 2')
    expect(await nameFor('auditor')).toBe(`member ${seller}`)
  })

  test('in another area shows nothing of this one', async () => {
    expect(await partsShown(await signIn(world, ELSEWHERE_KEY), seller)).toEqual([])
  })

  test('shows refused messages to whoever runs meters or market', async () => {
    const statusFor = async (role: string) =>
      (await (await signIn(world, KEY_OF_ROLE[role]!)).get('/api/refusals')).status
    expect(await statusFor('metering-operator')).toBe(200)
    expect(await statusFor('dso')).toBe(403)
    expect((await buyerBrowser.get('/api/refusals')).status).toBe(403)
  })
})

describe('a consent', () => {
  test('shows what it names until it is taken back, between one read and the next', async () => {
    const reader = await signIn(world, READER_KEY)
    expect(await partsShown(reader, buyer)).toEqual([])
    const given = await bodyOf(await givenBy(buyerBrowser, ['statements', 'quarter-hours']), consent)
    expect(given).toMatchObject({ memberId: buyer, reader: READER, isInForce: true, revokedAt: null })
    expect(await partsShown(reader, buyer)).toEqual(['quarter-hours', 'statements'])
    expect(await partsShown(reader, seller)).toEqual([])

    expect((await buyerBrowser.send('DELETE', `/api/consents/${given.id}`)).status).toBe(204)
    expect(await partsShown(reader, buyer)).toEqual([])
    for (const [browser, side] of [
      [buyerBrowser, 'given'],
      [reader, 'received'],
    ] as const) {
      const listed = (await bodyOf(await browser.get('/api/consents'), consentList))[side]
      expect(listed.find(({ id }) => id === given.id)).toMatchObject({ isInForce: false })
      expect(listed.find(({ id }) => id === given.id)!.revokedAt).not.toBeNull()
    }
  })

  test('is for a DID of this ledger as for the address behind it', async () => {
    const reader = `did:ethr:0x${world.ledger.chainId.toString(16)}:${READER}`
    const wish = { memberId: buyer, reader, parts: ['orders'], until: null }
    const given = await bodyOf(await buyerBrowser.send('POST', '/api/consents', wish), consent)
    expect(given).toMatchObject({ reader: READER, readerDid: reader })
    expect(await partsShown(await signIn(world, READER_KEY), buyer)).toEqual(['orders'])
    expect((await buyerBrowser.send('DELETE', `/api/consents/${given.id}`)).status).toBe(204)
  })

  test('ends by its date', async () => {
    const reader = await signIn(world, READER_KEY)
    const { id } = await bodyOf(await givenBy(buyerBrowser, ['orders'], buyer, now() + 3_600), consent)
    expect(await partsShown(reader, buyer)).toEqual(['orders'])
    await world.store.client.consent.update({ where: { id }, data: { until: now() } })
    expect(await partsShown(reader, buyer)).toEqual([])
  })

  test('is given and taken back by the household itself alone', async () => {
    const refused = await problemOf(await givenBy(buyerBrowser, ['orders'], seller))
    expect(refused).toMatchObject({ status: 403, code: 'household-not-yours' })
    const { id } = await bodyOf(await givenBy(buyerBrowser, ['orders']), consent)
    const [reader, sellerBrowser] = [
      await signIn(world, READER_KEY),
      await signIn(world, world.households[1]!.accountKey),
    ]
    for (const browser of [reader, sellerBrowser]) {
      const response = await browser.send('DELETE', `/api/consents/${id}`)
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'consent-unknown' })
    }
    expect((await buyerBrowser.send('DELETE', `/api/consents/${id}`)).status).toBe(204)
    expect((await buyerBrowser.send('DELETE', `/api/consents/${id}`)).status).toBe(404)
  })

  test('that says nothing, ends before it begins, or is for oneself, is refused', async () => {
    expect((await problemOf(await givenBy(buyerBrowser, []))).code).toBe('request-malformed')
    expect((await problemOf(await givenBy(buyerBrowser, ['orders'], buyer, now()))).code).toBe('consent-invalid')
    const reader = `did:ethr:0x1:${READER}`
    const foreign = { memberId: buyer, reader, parts: ['orders'], until: null }
    expect((await problemOf(await buyerBrowser.send('POST', '/api/consents', foreign))).code).toBe(
      'did-of-another-ledger',
    )
    const self = {
      memberId: buyer,
      reader: addressOfKey(world.households[0]!.accountKey),
      parts: ['orders'],
      until: null,
    }
    expect((await problemOf(await buyerBrowser.send('POST', '/api/consents', self))).code).toBe('consent-invalid')
    expect(await problemOf(await stranger().send('POST', '/api/consents', self))).toMatchObject({ status: 401 })
  })
})
