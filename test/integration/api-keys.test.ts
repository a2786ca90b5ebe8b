import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiKeyList, madeApiKey } from '../../services/api/schemas/api-keys.ts'
import { consent } from '../../services/api/schemas/consents.ts'
import { neighbourhood } from '../../services/api/schemas/neighbourhood.ts'
import { whoAmI } from '../../services/api/schemas/sign-in.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { KeyScope } from '../../services/domain/identity/household-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { FIRST_PERIOD } from './api-market.ts'
import { partsShown } from './api-parts.ts'
import { projectSettledPeriod } from './api-projection.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

const READER_KEY = `0x${'7e'.repeat(32)}`
const READER = addressOfKey(READER_KEY)
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'

let world: ApiWorld
let [buyer, seller] = [0, 0]
let buyerBrowser: Browser

beforeAll(async () => {
  world = await startApiWorld({ port: 18_600, households: 3 })
  const [first, second, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  ;[buyer, seller] = [first, second]
  await projectSettledPeriod(world.store, { area: 1, period: FIRST_PERIOD, buyer, seller, third })
  await world.advanceTo(startOf(FIRST_PERIOD) + 2 * 900 + 10)
  buyerBrowser = await signIn(world, world.households[0]!.accountKey)
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

const now = () => Math.floor(Date.now() / 1_000)

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
    const wishToRead = { memberId: buyer, reader: READER, parts: ['orders'], until: null }
    const { id } = await bodyOf(await buyerBrowser.send('POST', '/api/consents', wishToRead), consent)
    const { secret, key } = await make(['read:orders'], reader)
    expect(await partsShown(machineWith(secret), buyer)).toEqual(['orders'])
    const { items } = await bodyOf(await reader.get('/api/api-keys'), apiKeyList)
    expect(items.find((item) => item.id === key.id)!.lastUsedAt).not.toBeNull()
    await buyerBrowser.send('DELETE', `/api/consents/${id}`)
    expect(await partsShown(machineWith(secret), buyer)).toEqual([])

    const wish = { name: 'one more', scopes: ['read:name'], days: 1 }
    const more = Array.from({ length: 20 }, () => reader.send('POST', '/api/api-keys', wish))
    const statuses = (await Promise.all(more)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(19)
    expect((await problemOf(await reader.send('POST', '/api/api-keys', wish))).code).toBe('too-many-api-keys')
  })
})
