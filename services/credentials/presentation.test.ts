import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  documentOf,
  household,
  NOW,
  operator,
  partsOf,
  partyOf,
  PV_DRAFT,
  REQUEST,
  setUpMarket,
  signAgain,
  stranger,
  VALID_UNTIL,
  withGreaterS,
  type Party,
} from './example-market.ts'
import type { LedgerRecord } from './ledger-record.ts'
import { createPresentation, verifyPresentation } from './presentation.ts'
import { jsonOf, signJwt } from './signed-jwt.ts'

type Market = Awaited<ReturnType<typeof setUpMarket>>
type Disclosure = [salt: string, name: string, value: unknown]
type Binding = { typ: string; iat: number; aud: string; nonce: string; by: Party; alter: (jwt: string) => string }

const ASKED = ['area', 'certified']
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function disclosuresOf(sdJwt: string): Map<string, string> {
  const encoded = sdJwt.split('~').slice(1, -1)
  return new Map(encoded.map((part) => [(jsonOf(part) as Disclosure)[1], part]))
}

/** A presentation as somebody may make it who does not use `createPresentation`. */
async function bound(jwt: string, disclosures: readonly string[], change: Partial<Binding> = {}): Promise<string> {
  const shown = [jwt, ...disclosures, ''].join('~')
  const { typ, iat, aud, nonce, by, alter } = {
    typ: 'kb+jwt',
    iat: NOW,
    aud: REQUEST.audience,
    nonce: REQUEST.nonce,
    by: household,
    alter: (kb: string) => kb,
    ...change,
  }
  const sd_hash = createHash('sha256').update(shown).digest('base64url')
  return shown + alter(await signJwt(typ, { iat, aud, nonce, sd_hash }, by.key))
}

async function presented({ sdJwt }: Market, names: readonly string[], change: Partial<Binding> = {}): Promise<string> {
  const all = disclosuresOf(sdJwt)
  return bound(
    sdJwt.split('~')[0]!,
    names.map((name) => all.get(name)!),
    change,
  )
}

/** Everything that can be read in the presentation: as it is, and decoded as often as something can be. */
function readableIn(presentation: string): string {
  const parts = presentation.match(/[A-Za-z0-9_-]{4,}/g) ?? []
  const decoded = parts.map((part) => Buffer.from(part, 'base64url').toString('latin1'))
  const utf8 = parts.map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  const nested = utf8.flatMap((text) => text.match(/[A-Za-z0-9_-]{16,}/g) ?? [])
  return [
    presentation,
    ...decoded,
    ...utf8,
    ...nested.map((part) => Buffer.from(part, 'base64url').toString('utf8')),
  ].join('\n')
}

describe('a presentation', () => {
  test('proves a certified system in the area, without a name and an address', async () => {
    const { sdJwt, deps, credentialId } = await setUpMarket()
    const presentation = await createPresentation(sdJwt, REQUEST, household.key, NOW)
    const verified = await verifyPresentation(presentation, REQUEST, deps)
    expect(verified).toEqual({
      credentialId,
      issuer: operator.did,
      subject: household.did,
      role: 'pv-inverter',
      area: 7,
      validFrom: NOW,
      validUntil: VALID_UNTIL,
      claims: { area: 7, certified: true },
    })
    expect(readableIn(presentation)).not.toMatch(/Ada Z|Zonneveld|Sunny L|Greenfield|SN-4711|TUV-2026|EAN-8716/)
  })

  test('is bound by the key of an account as well as by a P-256 key', async () => {
    const account = partyOf('ES256K', `0x${'77'.repeat(32)}`)
    const { sdJwt, deps, documents } = await setUpMarket({ ...PV_DRAFT, subject: account.did })
    documents.set(account.did, documentOf(account))
    const presentation = await createPresentation(sdJwt, REQUEST, account.key, NOW)
    const { subject } = await verifyPresentation(presentation, REQUEST, deps)
    expect(subject).toBe(account.did)
  })

  test('lets nothing be read but what it discloses, whatever that is', async () => {
    const text = fc.stringMatching(/^[A-Za-z][A-Za-zäöüß€ ]{8,40}[a-z]$/)
    const claims = fc.record({
      serialNumber: text,
      ownerName: text,
      postalAddress: text,
      manufacturer: text,
      certificate: text,
      capacityW: fc.integer({ min: 5_000_000_000, max: 9_999_999_999 }),
      certified: fc.constant(true),
    })
    const names = [
      'area',
      'connectionPoint',
      'connectionPointSalt',
      'model',
      ...Object.keys(PV_DRAFT.claims),
      'manufacturer',
    ]
    await fc.assert(
      fc.asyncProperty(claims, fc.subarray(names), async (drawn, subset) => {
        const { sdJwt, deps } = await setUpMarket({
          ...PV_DRAFT,
          claims: { ...drawn, model: drawn.manufacturer + '2' },
        })
        const request = { ...REQUEST, claims: subset.map((name) => ({ name, values: undefined })) }
        const presentation = await createPresentation(sdJwt, request, household.key, NOW)
        const { claims: shown } = await verifyPresentation(presentation, request, deps)
        expect(Object.keys(shown).sort()).toEqual([...subset].sort())

        const readable = readableIn(presentation)
        const hidden = [...disclosuresOf(sdJwt)].filter(([name]) => !subset.includes(name))
        const open = Object.values(shown).map(String)
        for (const [name, encoded] of hidden) {
          const [salt, , value] = jsonOf(encoded) as Disclosure
          expect(readable).not.toContain(salt)
          expect(readable).not.toContain(`"${name}"`)
          if (String(value).length > 4 && !open.some((other) => other.includes(String(value)))) {
            expect(readable).not.toContain(String(value))
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test("discloses connection point and salt together, which have to be the ledger's", async () => {
    const market = await setUpMarket()
    const request = {
      ...REQUEST,
      claims: ['connectionPoint', 'connectionPointSalt'].map((name) => ({ name, values: undefined })),
    }
    const presentation = await createPresentation(market.sdJwt, request, household.key, NOW)
    market.records.set(market.credentialId, { ...market.record, connectionPoint: null })
    await expect(verifyPresentation(presentation, request, market.deps)).rejects.toMatchObject({
      code: 'credential-scope-differs',
    })
    market.records.set(market.credentialId, market.record)
    await expect(verifyPresentation(presentation, request, market.deps)).resolves.toBeDefined()
  })
})

describe('createPresentation', () => {
  test.each([
    ['presentation-claim-missing', { claims: [{ name: 'manufacturer', values: undefined }] }, NOW],
    ['presentation-constraint-unmet', { claims: [{ name: 'area', values: [8, 9] }] }, NOW],
    ['presentation-wrong-role', { role: 'battery' as const }, NOW],
    ['presentation-request-expired', {}, REQUEST.expiresAt],
  ])('signs nothing where it is %s', async (code, change, now) => {
    const { sdJwt } = await setUpMarket()
    let signatures = 0
    const counting = { ...household.key, signer: async () => `${(signatures += 1)}` }
    await expect(createPresentation(sdJwt, { ...REQUEST, ...change }, counting, now)).rejects.toMatchObject({ code })
    expect(signatures).toBe(0)
  })

  test('signs nothing with a key of another than the subject', async () => {
    const { sdJwt } = await setUpMarket()
    await expect(createPresentation(sdJwt, REQUEST, stranger.key, NOW)).rejects.toMatchObject({
      code: 'presentation-other-subject',
    })
  })
})

describe('verifyPresentation', () => {
  test('takes a presentation once', async () => {
    const market = await setUpMarket()
    const presentation = await presented(market, ASKED)
    await expect(verifyPresentation(presentation, REQUEST, market.deps)).resolves.toBeDefined()
    await expect(verifyPresentation(presentation, REQUEST, market.deps)).rejects.toMatchObject({
      code: 'presentation-replayed',
    })
  })

  test('leaves the nonce to the holder where it refuses', async () => {
    const market = await setUpMarket()
    await expect(verifyPresentation(await presented(market, ['area']), REQUEST, market.deps)).rejects.toThrow()
    await expect(verifyPresentation(await presented(market, ASKED), REQUEST, market.deps)).resolves.toBeDefined()
  })

  test.each<[string, string, Partial<Binding>]>([
    ['presentation-other-nonce', 'for another nonce', { nonce: 'm'.repeat(22) }],
    ['presentation-other-audience', 'for another audience', { aud: 'https://other.example' }],
    ['presentation-out-of-time', 'over five minutes ago', { iat: NOW - 301 }],
    ['presentation-out-of-time', 'over a minute from now', { iat: NOW + 61 }],
    ['presentation-not-bound', 'as another kind of token', { typ: 'JWT' }],
    ['presentation-not-bound', 'not at all', { alter: () => '' }],
    ['signature-invalid', 'by another key', { by: stranger }],
    ['key-not-in-document', 'by a key on another curve', { by: operator }],
    ['signature-invalid', 'with a broken signature', { alter: (kb) => `${kb.slice(0, -20)}${'A'.repeat(20)}` }],
  ])('refuses as %s one that was signed %s', async (code, _, change) => {
    const market = await setUpMarket()
    await expect(
      verifyPresentation(await presented(market, ASKED, change), REQUEST, market.deps),
    ).rejects.toMatchObject({
      code,
    })
  })

  test.each<[string, (kb: string) => string]>([
    ['with the greater s', withGreaterS],
    ['with bits left over', (kb) => kb.slice(0, -1) + BASE64URL[BASE64URL.indexOf(kb.at(-1)!) + 1]!],
  ])('refuses the same signature in another form: %s', async (_, alter) => {
    const account = partyOf('ES256K', `0x${'77'.repeat(32)}`)
    const market = await setUpMarket({ ...PV_DRAFT, subject: account.did })
    market.documents.set(account.did, documentOf(account))
    const altered = await presented(market, ASKED, { by: account, alter })
    await expect(verifyPresentation(altered, REQUEST, market.deps)).rejects.toMatchObject({
      code: 'signature-malleable',
    })
    const unchanged = await presented(market, ASKED, { by: account })
    await expect(verifyPresentation(unchanged, REQUEST, market.deps)).resolves.toBeDefined()
  })

  test('times what was asked by the clock of whoever asked, and the credential by that of the ledger', async () => {
    const market = await setUpMarket()
    const elsewhen = NOW + 86_400 * 366
    const request = { ...REQUEST, expiresAt: elsewhen + 600 }
    const presentation = await presented(market, ASKED, { iat: elsewhen })
    const at = (now: number) => verifyPresentation(presentation, request, { ...market.deps, askedNow: elsewhen, now })
    await expect(at(VALID_UNTIL)).rejects.toMatchObject({ code: 'credential-expired' })
    await expect(at(NOW)).resolves.toBeDefined()
  })

  test('refuses the key binding of another presentation of the same holder', async () => {
    const market = await setUpMarket()
    const other = { ...REQUEST, claims: [{ name: 'area', values: undefined }] }
    const [first, second] = [await presented(market, ['area']), await presented(market, ASKED)]
    const mixed = [...second.split('~').slice(0, -1), first.split('~').at(-1)].join('~')
    await expect(verifyPresentation(mixed, REQUEST, market.deps)).rejects.toMatchObject({
      code: 'presentation-not-bound',
      message: expect.stringContaining('sd_hash') as string,
    })
    await expect(verifyPresentation(first, other, market.deps)).resolves.toBeDefined()
  })

  test('refuses a request that has expired', async () => {
    const market = await setUpMarket()
    const presentation = await presented(market, ASKED)
    const request = { ...REQUEST, expiresAt: NOW }
    await expect(verifyPresentation(presentation, request, market.deps)).rejects.toMatchObject({
      code: 'presentation-request-expired',
    })
  })

  test.each([
    ['presentation-discloses-too-much', 'what was not asked for', [...ASKED, 'ownerName']],
    ['presentation-claim-missing', 'less than was asked for', ['area']],
    ['disclosure-invalid', 'a claim twice', [...ASKED, 'area']],
  ])('refuses as %s one that discloses %s', async (code, _, names) => {
    const market = await setUpMarket()
    await expect(verifyPresentation(await presented(market, names), REQUEST, market.deps)).rejects.toMatchObject({
      code,
    })
  })

  test('refuses a value that is not asked for', async () => {
    const market = await setUpMarket({ ...PV_DRAFT, area: 8 })
    await expect(verifyPresentation(await presented(market, ASKED), REQUEST, market.deps)).rejects.toMatchObject({
      code: 'presentation-constraint-unmet',
    })
  })

  test.each<[string, (disclosure: Disclosure) => unknown]>([
    ['another value', ([salt, name]) => [salt, name, 8]],
    ['another name', ([salt, , value]) => [salt, 'certified', value]],
    ['another salt', ([, name, value]) => ['', name, value]],
    ['an object', ([salt, name, value]) => [salt, name, { value }]],
    ['two members', ([salt, , value]) => [salt, value]],
    ['a name that is a digest list', ([salt, , value]) => [salt, '_sd', value]],
  ])('refuses a disclosure that was tampered with: %s', async (_, tamper) => {
    const { sdJwt, deps } = await setUpMarket()
    const { area, certified } = Object.fromEntries(disclosuresOf(sdJwt))
    const tampered = Buffer.from(JSON.stringify(tamper(jsonOf(area!) as Disclosure))).toString('base64url')
    const presentation = await bound(sdJwt.split('~')[0]!, [tampered, certified!])
    await expect(verifyPresentation(presentation, REQUEST, deps)).rejects.toMatchObject({ code: 'disclosure-invalid' })
  })

  test('refuses an area that cannot be compared with the ledger, though the issuer signed it', async () => {
    const { sdJwt, deps } = await setUpMarket()
    const area = Buffer.from(JSON.stringify(['salt', 'area', '7'])).toString('base64url')
    const disclosures = [area, disclosuresOf(sdJwt).get('certified')!]
    const shown = disclosures.map((part) => createHash('sha256').update(part).digest('base64url'))
    const forged = await signAgain(sdJwt.split('~')[0]!, operator, ({ _sd, ...payload }) => ({
      ...payload,
      _sd: [...shown, ...(_sd as string[]).filter((digest) => !shown.includes(digest)).slice(1)],
    }))
    const request = { ...REQUEST, claims: ASKED.map((name) => ({ name, values: undefined })) }
    await expect(verifyPresentation(await bound(forged, disclosures), request, deps)).rejects.toMatchObject({
      code: 'disclosure-invalid',
      message: expect.stringContaining('area') as string,
    })
  })

  test('refuses the disclosure of another credential', async () => {
    const [mine, other] = [await setUpMarket({ ...PV_DRAFT, area: 8 }), await setUpMarket()]
    const disclosures = [disclosuresOf(other.sdJwt).get('area')!, disclosuresOf(mine.sdJwt).get('certified')!]
    const presentation = await bound(mine.sdJwt.split('~')[0]!, disclosures)
    await expect(verifyPresentation(presentation, REQUEST, mine.deps)).rejects.toMatchObject({
      code: 'disclosure-invalid',
    })
  })

  test.each<[string, string, (payload: Record<string, unknown>, shown: string[]) => Record<string, unknown>]>([
    [
      'credential-digest-differs',
      'other digests than were recorded',
      ({ _sd, ...payload }, shown) => {
        const others = (_sd as string[]).filter((digest) => !shown.includes(digest))
        return { ...payload, _sd: [...shown, ...others.slice(1), 'A'.repeat(43)] }
      },
    ],
    [
      'presentation-malformed',
      'a holder who is not its subject',
      (payload) => ({ ...payload, cnf: { kid: stranger.did } }),
    ],
    ['presentation-malformed', 'another hash function', (payload) => ({ ...payload, _sd_alg: 'sha-512' })],
    ['presentation-malformed', 'a claim in the open', (payload) => ({ ...payload, capacityW: 9_999 })],
    ['presentation-malformed', 'a digest twice', (payload, [digest]) => ({ ...payload, _sd: Array(16).fill(digest) })],
    ['presentation-malformed', 'a type of others', (payload) => ({ ...payload, vct: 'urn:other' })],
    [
      'presentation-wrong-role',
      'another role',
      (payload) => ({ ...payload, vct: 'urn:commonwatt:credential:meter:1' }),
    ],
    ['credential-expired', 'an end in the past', (payload) => ({ ...payload, nbf: 1, exp: NOW })],
    ['credential-validity-differs', 'another end', (payload) => ({ ...payload, exp: VALID_UNTIL + 1 })],
  ])('refuses as %s a credential with %s, though its issuer signed it', async (code, _, change) => {
    const { sdJwt, deps } = await setUpMarket()
    const disclosures = ASKED.map((name) => disclosuresOf(sdJwt).get(name)!)
    const shown = disclosures.map((part) => createHash('sha256').update(part).digest('base64url'))
    const forged = await signAgain(sdJwt.split('~')[0]!, operator, (payload) => change(payload, shown))
    const presentation = await bound(forged, disclosures)
    await expect(verifyPresentation(presentation, REQUEST, deps)).rejects.toMatchObject({ code })
  })

  test('refuses a credential that somebody else signed', async () => {
    const { sdJwt, deps, documents } = await setUpMarket()
    documents.set(operator.did, { ...documentOf(stranger), id: operator.did })
    const presentation = await createPresentation(sdJwt, REQUEST, household.key, NOW)
    await expect(verifyPresentation(presentation, REQUEST, deps)).rejects.toMatchObject({ code: 'key-not-in-document' })
  })

  test.each<[string, Partial<LedgerRecord>]>([
    ['credential-revoked', { status: 'revoked' }],
    ['credential-suspended', { status: 'suspended' }],
    ['credential-not-recorded', { status: 'unknown' }],
    ['credential-scope-differs', { area: 8 }],
    ['credential-subject-differs', { subject: `0x${'00'.repeat(20)}` }],
  ])('refuses as %s where the ledger has %o', async (code, change) => {
    const market = await setUpMarket()
    market.records.set(market.credentialId, { ...market.record, ...change })
    await expect(verifyPresentation(await presented(market, ASKED), REQUEST, market.deps)).rejects.toMatchObject({
      code,
    })
  })

  test.each([
    ['presentation-malformed', 'no text', null],
    ['presentation-malformed', 'a plain credential', 'jwt'],
    ['presentation-malformed', 'nothing', '~'],
    ['presentation-too-large', 'more than 65,536 characters', '~'.repeat(65_537)],
  ])('refuses as %s: %s', async (code, _, given) => {
    const { jwt, deps } = await setUpMarket()
    await expect(verifyPresentation(given === 'jwt' ? jwt : given, REQUEST, deps)).rejects.toMatchObject({ code })
  })

  test('refuses a credential that is another kind of token', async () => {
    const { sdJwt, deps } = await setUpMarket()
    const { payload } = partsOf(sdJwt.split('~')[0]!)
    const disclosures = ASKED.map((name) => disclosuresOf(sdJwt).get(name)!)
    const presentation = await bound(await signJwt('JWT', payload, operator.key), disclosures)
    await expect(verifyPresentation(presentation, REQUEST, deps)).rejects.toMatchObject({
      code: 'presentation-malformed',
      message: expect.stringContaining('typ') as string,
    })
  })
})
