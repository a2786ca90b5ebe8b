import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { oneTimeCode, signInList, whoAmI } from '../../services/api/schemas/sign-in.ts'
import { formatSignInMessage, parseSignInMessage, signText } from '../../services/chain/sign-in-message.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { SignInMessage } from '../../services/domain/identity/sign-in-message.ts'
import { resetStore } from '../../services/store/reset.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import {
  browserWith,
  cookieOf,
  OWN_PAGE,
  sendTo,
  signedMessageOf,
  signIn,
  signInAsReaderOfAll,
  type Browser,
} from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

let world: ApiWorld
let key = ''
let account = ''

beforeAll(async () => {
  world = await startApiWorld({ port: 18_580, households: 2 })
  key = world.households[0]!.accountKey
  account = addressOfKey(key)
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

const now = () => Math.floor(Date.now() / 1_000)
const post = (target: string, body: unknown, headers: Record<string, string> = {}) =>
  sendTo(`${world.address}${target}`, 'POST', headers, body)
const refusalOf = async (response: Promise<Response>) => {
  const { status, code } = await problemOf(await response)
  return [status, code]
}
const personOf = async (browser: Pick<Browser, 'get'>) => (await bodyOf(await browser.get('/api/me'), whoAmI)).person

/** A message with a nonce that was given to the key's address, changed before it is signed. */
async function changedMessage(change: Partial<SignInMessage>): Promise<{ message: string; signature: string }> {
  const parsed = parseSignInMessage((await signedMessageOf(world.address, key)).message)
  const message = formatSignInMessage({ ...parsed, ...change })
  return { message, signature: await signText(message, key) }
}

describe('signing in with a wallet', () => {
  test('makes the browser known by its account, its DID and its households', async () => {
    const browser = await signIn(world, key)
    const person = await personOf(browser)
    const { memberId, name } = world.households[0]!
    const did = `did:ethr:0x${world.ledger.chainId.toString(16)}:${account}`
    expect(person).toMatchObject({ account, did, way: 'wallet', households: [{ memberId, name }], scopes: null })
    expect(person!.expiresAt).toBeGreaterThan(now() + 11 * 3_600)
    expect(await personOf(browserWith(world.address, ''))).toBeNull()
  })

  test('sets a cookie that no script reads and no other site sends, and keeps no token in the database', async () => {
    const response = await post('/api/sign-in/wallet', await signedMessageOf(world.address, key))
    const cookie = response.headers.getSetCookie()[0]!
    expect(cookie).toMatch(
      /^commonwatt-\d+=[\w-]{43}; Max-Age=43200; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    )
    const token = cookieOf(response).split('=')[1]!
    const rows = await world.store.client.signIn.findMany()
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(rows.map(({ tokenHash }) => tokenHash)).toContain(createHash('sha256').update(token).digest('hex'))
  })

  test('is refused with a nonce that was used, whoever used it', async () => {
    const signed = await signedMessageOf(world.address, key)
    expect((await post('/api/sign-in/wallet', signed)).status).toBe(204)
    expect(await refusalOf(post('/api/sign-in/wallet', signed))).toEqual([403, 'challenge-unknown'])
    const tried = await signedMessageOf(world.address, key)
    const wrong = { ...tried, signature: `0x${'00'.repeat(65)}` }
    expect(await refusalOf(post('/api/sign-in/wallet', wrong))).toEqual([403, 'sign-in-signature-invalid'])
    expect(await refusalOf(post('/api/sign-in/wallet', tried))).toEqual([403, 'challenge-unknown'])
  })

  test('is refused with a nonce that nobody gave out, or that was for another address', async () => {
    const invented = await changedMessage({ nonce: 'a'.repeat(64) })
    expect(await refusalOf(post('/api/sign-in/wallet', invented))).toEqual([403, 'challenge-unknown'])
    const other = world.households[1]!.accountKey
    const parsed = parseSignInMessage((await signedMessageOf(world.address, key)).message)
    const message = formatSignInMessage({ ...parsed, address: addressOfKey(other) })
    const stolen = { message, signature: await signText(message, other) }
    expect(await refusalOf(post('/api/sign-in/wallet', stolen))).toEqual([403, 'challenge-unknown'])
  })

  test('is refused once the nonce has expired', async () => {
    const signed = await signedMessageOf(world.address, key)
    await world.store.client.signInChallenge.updateMany({ data: { expiresAt: now() } })
    expect(await refusalOf(post('/api/sign-in/wallet', signed))).toEqual([403, 'challenge-unknown'])
  })

  test.each([
    ['another domain', { domain: 'evil.example' }, 'sign-in-for-another-site'],
    ['another URI', { uri: 'http://evil.example/sign-in' }, 'sign-in-for-another-site'],
    ['another chain', { chainId: 1n }, 'sign-in-for-another-ledger'],
    ['an expiry that is over', { expirationTime: 1_700_000_000 }, 'sign-in-out-of-time'],
    ['an issue long ago', { issuedAt: 1_700_000_000 }, 'sign-in-out-of-time'],
    ['a time to come', { issuedAt: 4_000_000_000, expirationTime: null }, 'sign-in-out-of-time'],
  ])('is refused with a message for %s', async (_words, change, code) => {
    expect(await refusalOf(post('/api/sign-in/wallet', await changedMessage(change)))).toEqual([403, code])
  })

  test('is refused with what is no such message, or not signed by the address in it', async () => {
    const { message } = await signedMessageOf(world.address, key)
    const signature = await signText(message, world.households[1]!.accountKey)
    expect(await refusalOf(post('/api/sign-in/wallet', { message, signature }))).toEqual([
      403,
      'sign-in-signature-invalid',
    ])
    expect(await refusalOf(post('/api/sign-in/wallet', { message: 'hello', signature }))).toEqual([
      400,
      'sign-in-message-malformed',
    ])
    expect(await refusalOf(post('/api/sign-in/wallet', { message, signature: 'yes' }))).toEqual([
      400,
      'request-malformed',
    ])
    expect(await refusalOf(post('/api/sign-in/challenges', { address: '0x12' }))).toEqual([400, 'request-malformed'])
  })

  test('works for a contract account, by its own word (EIP-1271)', async () => {
    const contract = world.households[1]!.contractAccount!
    const asked = await post('/api/sign-in/challenges', { address: contract })
    const { message } = (await asked.json()) as { message: string }
    const wrong = await post('/api/sign-in/wallet', { message, signature: '0x02' })
    expect((await problemOf(wrong)).code).toBe('sign-in-signature-invalid')
    const again = await post('/api/sign-in/challenges', { address: contract })
    const second = ((await again.json()) as { message: string }).message
    const response = await post('/api/sign-in/wallet', { message: second, signature: '0x01' })
    expect((await personOf(browserWith(world.address, cookieOf(response))))!.account).toBe(contract)
  })

  test('is bounded in what one client may begin', async () => {
    await world.store.client.signInChallenge.createMany({
      data: Array.from({ length: 100 }, (_, index) => ({
        hash: `begun ${index}`,
        purpose: 'wallet',
        client: '127.0.0.1',
        expiresAt: now() + 60,
      })),
    })
    expect(await refusalOf(post('/api/sign-in/challenges', { address: account }))).toEqual([429, 'too-many-challenges'])
    await world.store.client.signInChallenge.deleteMany()
  })
})

describe('a one-time code', () => {
  test('signs one browser in, once, and is kept as a hash alone', async () => {
    const made = await post('/api/sign-in/codes', await signedMessageOf(world.address, key))
    const { code, expiresAt } = await bodyOf(made, oneTimeCode)
    expect(expiresAt - now()).toBeLessThanOrEqual(60)
    expect(JSON.stringify(await world.store.client.signInChallenge.findMany())).not.toContain(code)
    const response = await post('/api/sign-in/code', { code })
    expect(await personOf(browserWith(world.address, cookieOf(response)))).toMatchObject({ account, way: 'code' })
    expect(await refusalOf(post('/api/sign-in/code', { code }))).toEqual([403, 'challenge-unknown'])
  })

  test('is refused after its minute, and is no nonce', async () => {
    const made = await post('/api/sign-in/codes', await signedMessageOf(world.address, key))
    const { code } = await bodyOf(made, oneTimeCode)
    await world.store.client.signInChallenge.updateMany({ where: { purpose: 'code' }, data: { expiresAt: now() } })
    expect(await refusalOf(post('/api/sign-in/code', { code }))).toEqual([403, 'challenge-unknown'])
    const asked = await post('/api/sign-in/challenges', { address: account })
    const { nonce } = (await asked.json()) as { nonce: string }
    expect(await refusalOf(post('/api/sign-in/code', { code: nonce.slice(0, 43) }))).toEqual([403, 'challenge-unknown'])
  })
})

describe('a request of another site', () => {
  test('changes nothing: without the header, with a foreign origin, or as the browser calls it foreign', async () => {
    const browser = await signIn(world, key)
    const forged: Record<string, string>[] = [
      { 'x-commonwatt': '' },
      { origin: 'http://evil.example' },
      { origin: 'http://127.0.0.1:1' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of forged) {
      for (const target of ['/api/sign-out', '/api/consents', '/api/api-keys', '/api/sign-in/code']) {
        const response = fetch(`${world.address}${target}`, {
          method: 'POST',
          headers: { ...OWN_PAGE, cookie: browser.cookie, ...headers },
          body: '{}',
        })
        expect(await refusalOf(response), `${target} ${JSON.stringify(headers)}`).toEqual([403, 'foreign-page'])
      }
    }
    expect(await personOf(browser)).not.toBeNull()
    const own = await post('/api/sign-out', undefined, { cookie: browser.cookie, origin: world.address })
    expect(own.status).toBe(204)
  })
})

describe('a sign-in', () => {
  const householdOf = (browser: Browser) => browser.get(`/api/households/${world.households[0]!.memberId}`)

  test('ends with signing out: the cookie that somebody copied opens nothing any more', async () => {
    const browser = await signIn(world, key)
    expect((await householdOf(browser)).status).toBe(200)
    const out = await browser.send('POST', '/api/sign-out')
    expect(out.headers.getSetCookie()[0]).toContain('Expires=Thu, 01 Jan 1970')
    expect(await refusalOf(householdOf(browser))).toEqual([401, 'not-signed-in'])
    expect(await personOf(browser)).toBeNull()
  })

  test('is listed, and ended from elsewhere, one or all', async () => {
    await world.store.client.signIn.deleteMany()
    const [first, second, third] = [await signIn(world, key), await signIn(world, key), await signIn(world, key)]
    const { items } = await bodyOf(await first.get('/api/sign-ins'), signInList)
    expect(items.map(({ isThisOne }) => isThisOne).sort()).toEqual([false, false, true])
    const own = (await bodyOf(await second.get('/api/sign-ins'), signInList)).items.find((item) => item.isThisOne)!
    expect(await (await first.send('DELETE', `/api/sign-ins/${own.id}`)).json()).toEqual({ ended: 1 })
    expect(await personOf(second)).toBeNull()
    expect(await personOf(third)).not.toBeNull()
    expect(await (await first.send('DELETE', '/api/sign-ins')).json()).toEqual({ ended: 2 })
    expect([await personOf(first), await personOf(third)]).toEqual([null, null])
  })

  test("of somebody else is not one's own to end", async () => {
    const [mine, theirs] = [await signIn(world, key), await signIn(world, `0x${'77'.repeat(32)}`)]
    const { id } = (await bodyOf(await theirs.get('/api/sign-ins'), signInList)).items[0]!
    expect(await (await mine.send('DELETE', `/api/sign-ins/${id}`)).json()).toEqual({ ended: 0 })
    expect(await personOf(theirs)).not.toBeNull()
  })

  test('ends when it was not used for 30 minutes, and after 12 hours in any case', async () => {
    const idle = await signIn(world, key)
    await world.store.client.signIn.updateMany({ data: { lastUsedAt: now() - 1_801 } })
    expect(await refusalOf(householdOf(idle))).toEqual([401, 'not-signed-in'])
    const old = await signIn(world, key)
    await world.store.client.signIn.updateMany({ data: { expiresAt: now() } })
    expect(await refusalOf(householdOf(old))).toEqual([401, 'not-signed-in'])
    expect(await world.store.client.signIn.count({ where: { account } })).toBe(0)
  })

  test('goes on as long as it is used', async () => {
    const browser = await signIn(world, key)
    await world.store.client.signIn.updateMany({ where: { account }, data: { lastUsedAt: now() - 1_700 } })
    expect((await householdOf(browser)).status).toBe(200)
    const { lastUsedAt } = (await world.store.client.signIn.findFirst({ where: { account } }))!
    expect(lastUsedAt).toBeGreaterThan(now() - 60)
  })

  test('is of no use with a token that nobody was given', async () => {
    const name = (await signIn(world, key)).cookie.split('=')[0]!
    for (const token of ['', 'x', 'A'.repeat(43), '%00', "' OR 1=1 --"]) {
      expect(await refusalOf(householdOf(browserWith(world.address, `${name}=${token}`)))).toEqual([
        401,
        'not-signed-in',
      ])
    }
  })

  test('is one of 20 at most: the one that was used longest ago ends', async () => {
    await world.store.client.signIn.deleteMany()
    await world.store.client.signIn.createMany({
      data: Array.from({ length: 20 }, (_, index) => ({
        id: `old ${index}`,
        tokenHash: `hash ${index}`,
        account,
        way: 'wallet',
        createdAt: now() - 100,
        lastUsedAt: now() - index,
        expiresAt: now() + 100,
      })),
    })
    await signIn(world, key)
    expect(await world.store.client.signIn.count({ where: { account } })).toBe(20)
    expect(await world.store.client.signIn.findUnique({ where: { id: 'old 19' } })).toBeNull()
  })
})

test('a ledger that starts anew leaves neither sign-ins nor consents nor keys behind', async () => {
  await signInAsReaderOfAll(world)
  await resetStore(world.store)
  const { client } = world.store
  const left = await Promise.all([client.signIn.count(), client.consent.count(), client.signInChallenge.count()])
  expect(left).toEqual([0, 0, 0])
})
