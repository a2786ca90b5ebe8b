import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiKeyList, madeApiKey } from '../../services/api/schemas/api-keys.ts'
import { consent, consentList } from '../../services/api/schemas/consents.ts'
import { household, householdPage } from '../../services/api/schemas/households.ts'
import { neighbourhood } from '../../services/api/schemas/neighbourhood.ts'
import { order } from '../../services/api/schemas/orders.ts'
import { session } from '../../services/api/schemas/sessions.ts'
import { whoAmI } from '../../services/api/schemas/sign-in.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { HeldRole, HouseholdPart, KeyScope } from '../../services/domain/identity/household-data.ts'
import { startOf, tradingDayOf } from '../../services/domain/units.ts'
import { notify } from '../../services/store/notifications.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { openEventStream } from './api-event-stream.ts'
import { FIRST_PERIOD } from './api-market.ts'
import { projectSettledPeriod } from './api-projection.ts'
import { browserWith, signIn, type Browser } from './api-signed-in.ts'
import { hashOf, startApiWorld, type ApiWorld } from './api-world.ts'

const DAY = tradingDayOf(FIRST_PERIOD)
const READER_KEY = `0x${'7e'.repeat(32)}`
const READER = addressOfKey(READER_KEY)
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'

const KEY_OF_ROLE: Readonly<Record<string, string>> = {
  CommunityManager: `0x${'a1'.repeat(32)}`,
  MarketOperator: `0x${'a2'.repeat(32)}`,
  MeteringOperator: `0x${'a3'.repeat(32)}`,
  DSO: `0x${'a4'.repeat(32)}`,
  Auditor: `0x${'a5'.repeat(32)}`,
  TaxAuthority: `0x${'a6'.repeat(32)}`,
}
const ROLE_OF = new Map(Object.entries(KEY_OF_ROLE).map(([role, key]) => [addressOfKey(key), role]))
const ELSEWHERE_KEY = `0x${'a7'.repeat(32)}`

function rolesOf(account: string): HeldRole[] {
  if (account === addressOfKey(ELSEWHERE_KEY)) return [{ role: 'Auditor', area: 2 }]
  const role = ROLE_OF.get(account)
  return role === undefined ? [] : [{ role, area: 1 }]
}

let world: ApiWorld
let [buyer, seller, third] = [0, 0, 0]
let buyerBrowser: Browser

beforeAll(async () => {
  world = await startApiWorld({ port: 18_590, households: 3, rolesOf })
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

/** Every address that shows something of one household, with the part of its data that it is. */
function addressesOf(memberId: number): readonly (readonly [HouseholdPart, string])[] {
  const home = `/api/households/${memberId}`
  return [
    ['membership', home],
    ['quarter-hours', `${home}/periods`],
    ['statements', `${home}/summary`],
    ['orders', `${home}/orders`],
    ['statements', `${home}/statements?from=${DAY}&to=${DAY}`],
    ['statements', `${home}/statements/${DAY}/0`],
    ['evidence', `${home}/statements/${DAY}/0/challenge`],
    ['evidence', `${home}/statements/${DAY}/0/challenge/${FIRST_PERIOD}`],
    ['evidence', `${home}/evidence?from=${FIRST_PERIOD}&to=${FIRST_PERIOD}`],
    ['evidence', `/api/ledger/trace/${FIRST_PERIOD}/${memberId}`],
  ]
}

/** The parts that are shown, each of them wholly or not at all. */
async function partsShown(browser: Pick<Browser, 'get'>, memberId: number): Promise<HouseholdPart[]> {
  const shown = new Map<HouseholdPart, boolean>()
  for (const [part, address] of addressesOf(memberId)) {
    const { status } = await browser.get(address)
    const isShown = status !== 401 && status !== 403
    expect(isShown, `${address}: ${status}`).toBe(shown.get(part) ?? isShown)
    shown.set(part, isShown)
  }
  return [...shown].flatMap(([part, isShown]) => (isShown ? [part] : []))
}

const ALL_PARTS: HouseholdPart[] = ['membership', 'quarter-hours', 'statements', 'orders', 'evidence']
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

describe('a role', () => {
  test.each([
    ['CommunityManager', ['membership']],
    ['MarketOperator', ALL_PARTS],
    ['MeteringOperator', ['membership', 'quarter-hours']],
    ['DSO', ['membership', 'quarter-hours']],
    ['Auditor', ALL_PARTS],
    ['TaxAuthority', []],
  ])('of %s shows what its work needs: %s', async (role, parts) => {
    expect(await partsShown(await signIn(world, KEY_OF_ROLE[role]!), seller)).toEqual(parts)
  })

  test('shows names to the community manager alone', async () => {
    const nameFor = async (role: string) => {
      const browser = await signIn(world, KEY_OF_ROLE[role]!)
      return (await bodyOf(await browser.get(`/api/households/${seller}`), household)).name
    }
    expect(await nameFor('CommunityManager')).toBe('home 2')
    expect(await nameFor('Auditor')).toBe(`member ${seller}`)
  })

  test('in another area shows nothing of this one', async () => {
    expect(await partsShown(await signIn(world, ELSEWHERE_KEY), seller)).toEqual([])
  })

  test('shows refused messages to whoever runs meters or market', async () => {
    const statusFor = async (role: string) =>
      (await (await signIn(world, KEY_OF_ROLE[role]!)).get('/api/refusals')).status
    expect(await statusFor('MeteringOperator')).toBe(200)
    expect(await statusFor('DSO')).toBe(403)
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

describe('an api key', () => {
  const make = async (scopes: KeyScope[], browser = buyerBrowser) =>
    bodyOf(await browser.send('POST', '/api/api-keys', { name: 'a machine', scopes, days: 30 }), madeApiKey)
  const machineWith = (secret: string) => ({
    get: (address: string) => fetch(`${world.address}${address}`, { headers: { authorization: `Bearer ${secret}` } }),
  })

  test('is shown once, kept as a hash, and told by how it begins', async () => {
    const { secret, key } = await make(['read:membership'])
    expect(secret).toMatch(/^cw_[\w-]{43}$/)
    expect(secret.startsWith(key.prefix)).toBe(true)
    const listed = await (await buyerBrowser.get('/api/api-keys')).text()
    expect(listed).toContain(key.prefix)
    expect(listed).not.toContain(secret)
    expect(JSON.stringify(await world.store.client.apiKey.findMany())).not.toContain(secret)
  })

  test('reads what its scopes name of what its person may read, and no more', async () => {
    const machine = machineWith((await make(['read:statements', 'read:refusals'])).secret)
    expect(await partsShown(machine, buyer)).toEqual(['statements'])
    expect(await partsShown(machine, seller)).toEqual([])
    const refused = await problemOf(await machine.get(`/api/households/${buyer}`))
    expect(refused).toMatchObject({ status: 403, code: 'api-key-scope-missing' })
    expect(await problemOf(await machine.get('/api/refusals'))).toMatchObject({ code: 'role-missing' })
    const { households } = await bodyOf(await machine.get('/api/neighbourhood'), neighbourhood)
    expect(households[0]).toMatchObject({ name: `member ${buyer}`, isShown: false })
    const { person } = await bodyOf(await machine.get('/api/me'), whoAmI)
    expect(person).toMatchObject({ way: 'api-key', scopes: ['read:statements', 'read:refusals'] })
  })

  test('decides nothing in the place of its person', async () => {
    const { secret, key } = await make(['read:evidence'])
    const headers = { authorization: `Bearer ${secret}`, 'x-commonwatt': '1', 'content-type': 'application/json' }
    const calls = [
      ['GET', '/api/sign-ins'],
      ['DELETE', '/api/sign-ins'],
      ['GET', '/api/api-keys'],
      ['POST', '/api/api-keys', { name: 'more', scopes: ['read:name'], days: 366 }],
      ['DELETE', `/api/api-keys/${key.id}`],
      ['GET', '/api/consents'],
      ['POST', '/api/consents', { memberId: buyer, reader: READER, parts: ['orders'], until: null }],
    ] as const
    for (const [method, address, body] of calls) {
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
      const refused = await problemOf(await fetch(`${world.address}${address}`, init))
      expect(refused, `${method} ${address}`).toMatchObject({ status: 403, code: 'sign-in-needed' })
    }
  })

  test('that is rotated is accepted beside the new one for a while, then the new one alone', async () => {
    const { secret, key } = await make(['read:orders'])
    const rotation = await buyerBrowser.send('POST', `/api/api-keys/${key.id}/rotations`, { overlapHours: 1 })
    const rotated = await bodyOf(rotation, madeApiKey)
    expect(rotated.key).toMatchObject({ id: key.id, expiresAt: key.expiresAt })
    expect(rotated.secret).not.toBe(secret)
    for (const shown of [secret, rotated.secret])
      expect(await partsShown(machineWith(shown), buyer)).toEqual(['orders'])
    await world.store.client.apiKey.update({ where: { id: key.id }, data: { previousUntil: now() } })
    expect(await partsShown(machineWith(secret), buyer)).toEqual([])
    expect(await partsShown(machineWith(rotated.secret), buyer)).toEqual(['orders'])

    const again = await buyerBrowser.send('POST', `/api/api-keys/${key.id}/rotations`, { overlapHours: 0 })
    expect(again.status).toBe(201)
    expect(await problemOf(await machineWith(rotated.secret).get('/api/me'))).toMatchObject({ code: 'api-key-invalid' })
  })

  test('that has expired or is revoked, or that nobody made, opens nothing and is said to be invalid', async () => {
    const [expired, revoked] = [await make(['read:orders']), await make(['read:orders'])]
    await world.store.client.apiKey.update({ where: { id: expired.key.id }, data: { expiresAt: now() } })
    expect((await buyerBrowser.send('DELETE', `/api/api-keys/${revoked.key.id}`)).status).toBe(204)
    for (const secret of [expired.secret, revoked.secret, `cw_${'A'.repeat(43)}`, 'x y', '']) {
      const refused = await problemOf(await machineWith(secret).get(`/api/households/${buyer}/orders`))
      expect(refused, secret).toMatchObject({ status: 401, code: 'api-key-invalid' })
    }
  })

  test("is its person's to list, rotate and revoke", async () => {
    const { key } = await make(['read:orders'])
    const other = await signIn(world, READER_KEY)
    const listed = await bodyOf(await other.get('/api/api-keys'), apiKeyList)
    expect(listed.items).toEqual([])
    const rotation = await other.send('POST', `/api/api-keys/${key.id}/rotations`, { overlapHours: 1 })
    for (const response of [rotation, await other.send('DELETE', `/api/api-keys/${key.id}`)]) {
      expect(await problemOf(response)).toMatchObject({ status: 404, code: 'api-key-unknown' })
    }
    expect((await buyerBrowser.send('DELETE', `/api/api-keys/${UNKNOWN_ID}`)).status).toBe(404)
  })

  test('notes when it was used, loses what its person loses, and is one of 20', async () => {
    const reader = await signIn(world, READER_KEY)
    const { id } = await bodyOf(await givenBy(buyerBrowser, ['orders']), consent)
    const { secret, key } = await make(['read:orders'], reader)
    expect(await partsShown(machineWith(secret), buyer)).toEqual(['orders'])
    const { items } = await bodyOf(await reader.get('/api/api-keys'), apiKeyList)
    expect(items.find((item) => item.id === key.id)!.lastUsedAt).not.toBeNull()
    await buyerBrowser.send('DELETE', `/api/consents/${id}`)
    expect(await partsShown(machineWith(secret), buyer)).toEqual([])

    for (let made = 1; made < 20; made++) await make(['read:name'], reader)
    const wish = { name: 'one more', scopes: ['read:name'], days: 1 }
    expect((await problemOf(await reader.send('POST', '/api/api-keys', wish))).code).toBe('too-many-api-keys')
  })
})
