import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Passkey } from '../../store/passkeys.ts'
import type { SignInChallenge } from '../../store/sign-in-challenges.ts'
import { createTestPasskey, type Made, type TestPasskey } from './passkey-for-test.ts'
import { accountKeyOf, createPasskeyDesk, type PasskeyDesk } from './passkeys.ts'

const ORIGIN = 'http://localhost:8420'
const FROM = { origin: ORIGIN, client: '127.0.0.1' }
const ACCOUNT = `0x${'ab'.repeat(20)}`

let challenges: Map<string, SignInChallenge>
let passkeys: Map<string, Passkey>
let keysAsked: string[][]
let desk: PasskeyDesk

beforeEach(() => {
  challenges = new Map()
  passkeys = new Map()
  keysAsked = []
  desk = createPasskeyDesk({
    keepChallenge: (challenge) => Promise.resolve(challenges.set(challenge.hash, challenge).size <= 5),
    takeChallenge({ hash, purpose }) {
      const found = challenges.get(hash)
      challenges.delete(hash)
      return Promise.resolve(found?.purpose === purpose ? { account: found.account } : null)
    },
    passkeyAccountOf(...key) {
      keysAsked.push(key)
      return Promise.resolve(ACCOUNT.toUpperCase().replace('0X', '0x'))
    },
    insertPasskey(passkey) {
      if (passkeys.has(passkey.credentialId)) return Promise.resolve(false)
      passkeys.set(passkey.credentialId, passkey)
      return Promise.resolve(true)
    },
    readPasskey: (credentialId) => Promise.resolve(passkeys.get(credentialId) ?? null),
    usePasskey(passkey, used) {
      if (passkeys.get(passkey.credentialId)?.counter !== passkey.counter) return Promise.resolve(false)
      passkeys.set(passkey.credentialId, { ...passkey, ...used })
      return Promise.resolve(true)
    },
    start: (account) => Promise.resolve({ token: 'token', account, expiresAt: 1 }),
    now: () => 1_000,
  })
})

const made = (challenge: string, change: Partial<Made> = {}): Made => ({
  challenge,
  origin: ORIGIN,
  domain: 'localhost',
  counter: 1,
  ...change,
})

async function register(passkey: TestPasskey, change: Partial<Made> = {}) {
  const { challenge } = await desk.registrationOptions(FROM, 'Ada')
  return desk.register(passkey.attest(made(challenge, change)), ORIGIN)
}

async function signIn(passkey: TestPasskey, change: Partial<Made> = {}) {
  const { challenge } = await desk.signInOptions(FROM)
  return desk.signIn(passkey.assert(made(challenge, { counter: 2, ...change })), ORIGIN)
}

const refused = (code: string) => expect.objectContaining({ code }) as Error

describe('a passkey', () => {
  test('is asked for as one that is found without a name, verifies its person, and signs with ES256', async () => {
    const options = await desk.registrationOptions(FROM, 'Ada')
    expect(options.pubKeyCredParams).toEqual([{ alg: -7, type: 'public-key' }])
    expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'required' })
    expect(options.rp.id).toBe('localhost')
    expect(await desk.signInOptions(FROM)).toMatchObject({ userVerification: 'required', rpId: 'localhost' })
  })

  test('is registered and signs in, as the account of its public key at this site', async () => {
    const passkey = createTestPasskey()
    expect(await register(passkey)).toMatchObject({ account: ACCOUNT })
    const domainHash = createHash('sha256').update('localhost').digest('hex')
    expect(keysAsked).toEqual([[passkey.x, passkey.y, `0x${domainHash}`]])
    expect(await signIn(passkey)).toMatchObject({ account: ACCOUNT })
    expect(passkeys.get(passkey.id)).toMatchObject({ counter: 2n, lastUsedAt: 1_000 })
  })

  test('is known again as the key of its contract account', async () => {
    const passkey = createTestPasskey()
    await register(passkey)
    const { x, y } = passkey
    const relyingParty = `0x${createHash('sha256').update('localhost').digest('hex')}`
    expect(accountKeyOf(passkeys.get(passkey.id)!)).toEqual({ x, y, relyingParty })
  })

  test('is registered once', async () => {
    const passkey = createTestPasskey()
    await register(passkey)
    await expect(register(passkey)).rejects.toThrow(refused('passkey-already-known'))
  })

  test('is made for a name, not for a numeric address', async () => {
    for (const origin of ['http://127.0.0.1:8420', 'http://[::1]:8420']) {
      const from = { origin, client: '127.0.0.1' }
      await expect(desk.registrationOptions(from, 'Ada')).rejects.toThrow(refused('passkeys-need-a-name'))
      await expect(desk.signInOptions(from)).rejects.toThrow(refused('passkeys-need-a-name'))
    }
  })
})

describe('a registration is refused', () => {
  test.each([
    ['for another origin', { origin: 'http://localhost:8421' }],
    ['for another site', { domain: 'evil.example' }],
    ['whose person is not verified', { isVerified: false }],
    ['that is a sign-in', { type: 'webauthn.get' }],
  ])('%s', async (_words, change) => {
    await expect(register(createTestPasskey(), change)).rejects.toThrow(refused('passkey-response-invalid'))
    expect(passkeys.size).toBe(0)
  })

  test('with a key of another algorithm', async () => {
    await expect(register(createTestPasskey({ algorithm: -35 }))).rejects.toThrow(refused('passkey-response-invalid'))
  })

  test('with a challenge that was used, invented, or meant for signing in', async () => {
    const { challenge } = await desk.registrationOptions(FROM, 'Ada')
    await desk.register(createTestPasskey().attest(made(challenge)), ORIGIN)
    const others = [challenge, 'aW52ZW50ZWQ', (await desk.signInOptions(FROM)).challenge]
    for (const other of others) {
      const attempt = desk.register(createTestPasskey().attest(made(other)), ORIGIN)
      await expect(attempt).rejects.toThrow(refused('challenge-unknown'))
    }
  })

  test('of what is no attestation', async () => {
    const { challenge } = await desk.registrationOptions(FROM, 'Ada')
    const attestation = createTestPasskey().attest(made(challenge))
    attestation.response.attestationObject = 'AAAA'
    await expect(desk.register(attestation, ORIGIN)).rejects.toThrow(refused('passkey-response-invalid'))
  })
})

describe('a sign-in is refused', () => {
  let passkey: TestPasskey
  beforeEach(async () => {
    passkey = createTestPasskey()
    await register(passkey)
  })

  test.each([
    ['for another origin', { origin: 'https://localhost:8420' }],
    ['for another site', { domain: 'evil.example' }],
    ['whose person is not verified', { isVerified: false }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['with a counter that was seen: a copy signs', { counter: 1 }],
    ['with a counter that went back', { counter: 0 }],
  ])('%s', async (_words, change) => {
    await expect(signIn(passkey, change)).rejects.toThrow(refused('passkey-response-invalid'))
  })

  test.each(['signature', 'authenticatorData', 'clientDataJSON'] as const)('with a changed %s', async (part) => {
    const { challenge } = await desk.signInOptions(FROM)
    const assertion = passkey.assert(made(challenge, { counter: 2 }))
    const bytes = Buffer.from(assertion.response[part], 'base64url')
    // The counter's last byte, the signature's, or a space at the end of the client data.
    if (part === 'clientDataJSON')
      assertion.response[part] = Buffer.concat([bytes, Buffer.from(' ')]).toString('base64url')
    else {
      bytes[bytes.length - 1]! ^= 1
      assertion.response[part] = bytes.toString('base64url')
    }
    await expect(desk.signIn(assertion, ORIGIN)).rejects.toThrow(refused('passkey-response-invalid'))
  })

  test('that was made before', async () => {
    const { challenge } = await desk.signInOptions(FROM)
    const assertion = passkey.assert(made(challenge, { counter: 2 }))
    await desk.signIn(assertion, ORIGIN)
    await expect(desk.signIn(assertion, ORIGIN)).rejects.toThrow(refused('challenge-unknown'))
  })

  test('by a passkey that is not registered, or with the name of another', async () => {
    const other = createTestPasskey()
    await expect(signIn(other)).rejects.toThrow(refused('passkey-unknown'))
    const { challenge } = await desk.signInOptions(FROM)
    const assertion = { ...other.assert(made(challenge, { counter: 2 })), id: passkey.id, rawId: passkey.id }
    await expect(desk.signIn(assertion, ORIGIN)).rejects.toThrow(refused('passkey-response-invalid'))
  })

  test('where another with the same counter was faster', async () => {
    const { challenge } = await desk.signInOptions(FROM)
    const second = (await desk.signInOptions(FROM)).challenge
    const attempts = [challenge, second].map((each) =>
      desk.signIn(passkey.assert(made(each, { counter: 2 })), ORIGIN).then(
        () => 'in',
        (error: { code: string }) => error.code,
      ),
    )
    expect((await Promise.all(attempts)).sort()).toEqual(['in', 'passkey-response-invalid'])
  })
})
