import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { didOf } from '../domain/identity/did.ts'
import {
  documentOf,
  household,
  NOW,
  operator,
  partsOf,
  partyOf,
  PV_DRAFT,
  setUpMarket,
  signAgain,
  stranger,
  VALID_UNTIL,
} from './example-market.ts'
import { addressOf } from './ledger-did.ts'
import type { LedgerRecord } from './ledger-record.ts'
import { verifyCredential } from './verify-credential.ts'

type Market = Awaited<ReturnType<typeof setUpMarket>>

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function subjectOf(payload: Record<string, unknown>): Record<string, unknown> {
  return payload.credentialSubject as Record<string, unknown>
}

describe('verifyCredential', () => {
  test('says what the credential says', async () => {
    const { jwt, deps, credentialId } = await setUpMarket()
    expect(await verifyCredential(jwt, deps)).toMatchObject({ ...PV_DRAFT, credentialId, issuer: operator.did })
  })

  test('takes a P-256 key of the issuer as well', async () => {
    const issuer = partyOf('ES256', `0x${'44'.repeat(32)}`)
    const { jwt, deps } = await setUpMarket(PV_DRAFT, issuer)
    expect(await verifyCredential(jwt, deps)).toMatchObject({ issuer: issuer.did })
  })

  test('takes the key that the header names, and no other', async () => {
    const named = { ...operator, key: { ...operator.key, keyId: '#controller' } }
    const { jwt, deps } = await setUpMarket(PV_DRAFT, named)
    expect(await verifyCredential(jwt, deps)).toMatchObject({ issuer: operator.did })
    const unknown = { ...operator, key: { ...operator.key, keyId: '#delegate-9' } }
    const other = await setUpMarket(PV_DRAFT, unknown)
    await expect(verifyCredential(other.jwt, other.deps)).rejects.toMatchObject({ code: 'key-not-in-document' })
  })

  test('leaves valid what an issuer issued that is accredited no more', async () => {
    const { jwt, deps } = await setUpMarket()
    const answer = await verifyCredential(jwt, { ...deps, isAccredited: async () => false })
    expect(answer.issuer).toBe(operator.did)
  })

  test('is valid from its first second on, up to the one before its last', async () => {
    const { jwt, deps } = await setUpMarket()
    const at = (now: number) => verifyCredential(jwt, { ...deps, now })
    await expect(at(NOW - 1)).rejects.toMatchObject({ code: 'credential-not-yet-valid' })
    await expect(at(NOW)).resolves.toBeDefined()
    await expect(at(VALID_UNTIL - 1)).resolves.toBeDefined()
    await expect(at(VALID_UNTIL)).rejects.toMatchObject({ code: 'credential-expired' })
  })

  test.each<[string, Partial<LedgerRecord>]>([
    ['credential-revoked', { status: 'revoked' }],
    ['credential-suspended', { status: 'suspended' }],
    ['credential-issuer-differs', { issuer: addressOf(stranger.did) }],
    ['credential-subject-differs', { subject: addressOf(stranger.did) }],
    ['credential-role-differs', { role: 'battery' }],
    ['credential-scope-differs', { area: 8 }],
    ['credential-scope-differs', { connectionPoint: null }],
    ['credential-validity-differs', { validFrom: NOW - 1 }],
    ['credential-validity-differs', { validUntil: VALID_UNTIL + 1 }],
    ['credential-not-recorded', { status: 'unknown' }],
  ])('is refused as %s where the ledger has %o', async (code, change) => {
    const { jwt, deps, records, record, credentialId } = await setUpMarket()
    records.set(credentialId, { ...record, ...change })
    await expect(verifyCredential(jwt, deps)).rejects.toMatchObject({ code })
  })

  test('names an issuer that was never accredited, where the ledger has no record', async () => {
    const { jwt, deps, records } = await setUpMarket()
    records.clear()
    await expect(verifyCredential(jwt, { ...deps, isAccredited: async () => false })).rejects.toMatchObject({
      code: 'credential-issuer-unknown',
      message: `${operator.did} is not accredited to issue pv-inverter credentials in area 7`,
    })
  })

  test.each<[string, string, (payload: Record<string, unknown>) => Record<string, unknown>]>([
    [
      'credential-digest-differs',
      'another claim than was recorded',
      (payload) => ({ ...payload, credentialSubject: { ...subjectOf(payload), capacityW: 9_999 } }),
    ],
    ['credential-digest-differs', 'another salt', (payload) => ({ ...payload, salt: `0x${'00'.repeat(32)}` })],
    [
      'credential-subject-differs',
      'another subject',
      (payload) => ({
        ...payload,
        sub: stranger.did,
        credentialSubject: { ...subjectOf(payload), id: stranger.did },
      }),
    ],
    [
      'credential-role-differs',
      'another role',
      (payload) => ({
        ...payload,
        type: ['VerifiableCredential', 'GatewayCredential'],
        credentialSubject: { id: household.did, role: 'gateway', area: 7, serialNumber: 'G-1' },
      }),
    ],
    [
      'credential-other-ledger',
      'a record in another registry',
      (payload) => ({
        ...payload,
        credentialStatus: { ...(payload.credentialStatus as object), registry: `0x${'dd'.repeat(20)}` },
      }),
    ],
    [
      'credential-other-ledger',
      'the same address on another ledger',
      (payload) => {
        const id = didOf(1n, addressOf(household.did))
        return { ...payload, sub: id, credentialSubject: { ...subjectOf(payload), id } }
      },
    ],
    ['credential-malformed', 'iss and issuer that differ', (payload) => ({ ...payload, iss: stranger.did })],
    ['credential-malformed', 'sub and subject that differ', (payload) => ({ ...payload, sub: stranger.did })],
    ['credential-malformed', 'exp and validUntil that differ', (payload) => ({ ...payload, exp: VALID_UNTIL + 9 })],
    ['credential-malformed', 'no end', (payload) => ({ ...payload, exp: undefined, validUntil: undefined })],
    [
      'credential-malformed',
      'jti and id that differ',
      (payload) => ({ ...payload, jti: 'urn:uuid:00000000-0000-4000-8000-000000000000' }),
    ],
    ['credential-malformed', 'no status', (payload) => ({ ...payload, credentialStatus: undefined })],
    ['credential-malformed', 'no salt', (payload) => ({ ...payload, salt: undefined })],
    ['credential-malformed', 'no context of VC 2.0', (payload) => ({ ...payload, '@context': [payload.context] })],
    [
      'credential-malformed',
      'another type than its role',
      (payload) => ({ ...payload, type: ['VerifiableCredential'] }),
    ],
    ['credential-malformed', 'a vc claim in a vc+jwt', (payload) => ({ ...payload, vc: {} })],
    [
      'credential-claims-invalid',
      'a claim that its role has not',
      (payload) => ({ ...payload, credentialSubject: { ...subjectOf(payload), legalName: 'Grid plc' } }),
    ],
  ])('is refused as %s with %s, though the issuer signed it', async (code, _, change) => {
    const { jwt, deps } = await setUpMarket()
    await expect(verifyCredential(await signAgain(jwt, operator, change), deps)).rejects.toMatchObject({ code })
  })

  test('is refused where another key than the issuer signed', async () => {
    const { jwt, deps } = await setUpMarket()
    const other = partyOf('ES256K', `0x${'55'.repeat(32)}`)
    const forged = await signAgain(jwt, other, (payload) => payload)
    await expect(verifyCredential(forged, deps)).rejects.toMatchObject({ code: 'signature-invalid' })
    const onAnotherCurve = await signAgain(jwt, stranger, (payload) => payload)
    await expect(verifyCredential(onAnotherCurve, deps)).rejects.toMatchObject({ code: 'key-not-in-document' })
  })

  test('is refused where any byte of it is changed', async () => {
    const { jwt, deps } = await setUpMarket()
    for (let index = 0; index < jwt.length; index += 97) {
      const letter = jwt[index] === 'A' ? 'B' : 'A'
      const changed = `${jwt.slice(0, index)}${letter}${jwt.slice(index + 1)}`
      await expect(verifyCredential(changed, deps)).rejects.toMatchObject({ code: expect.any(String) as string })
    }
  })

  test.each<[string, string, (market: Market) => void]>([
    ['did-not-resolved', 'is unknown', ({ documents }) => void documents.delete(operator.did)],
    [
      'key-not-in-document',
      'lists the key for authentication alone',
      ({ documents }) => void documents.set(operator.did, { ...documentOf(operator), assertionMethod: [] }),
    ],
    [
      'key-not-in-document',
      'lists no key any more',
      ({ documents }) => void documents.set(operator.did, { id: operator.did, assertionMethod: [operator.method.id] }),
    ],
    [
      'signature-invalid',
      'lists another key by now',
      ({ documents }) => {
        const { method } = partyOf('ES256K', `0x${'66'.repeat(32)}`)
        documents.set(operator.did, {
          ...documentOf(operator),
          verificationMethod: [{ ...method, id: operator.method.id }],
        })
      },
    ],
  ])("is refused as %s where the issuer's DID %s", async (code, _, change) => {
    const market = await setUpMarket()
    change(market)
    await expect(verifyCredential(market.jwt, market.deps)).rejects.toMatchObject({ code })
  })

  test('tries 16 keys of a document, and of more the one that the header names', async () => {
    const others = Array.from({ length: 16 }, (_, index) => ({
      ...partyOf('ES256K', `0x${(index + 100).toString(16).padStart(64, '0')}`).method,
      id: `${operator.did}#delegate-${index}`,
    }))
    const methods = [...others, operator.method]
    const many = { id: operator.did, verificationMethod: methods, assertionMethod: methods.map(({ id }) => id) }
    const named = { ...operator, key: { ...operator.key, keyId: operator.method.id } }
    const [market, other] = [await setUpMarket(), await setUpMarket(PV_DRAFT, named)]
    for (const { documents } of [market, other]) documents.set(operator.did, many)
    await expect(verifyCredential(market.jwt, market.deps)).rejects.toMatchObject({ code: 'signature-invalid' })
    await expect(verifyCredential(other.jwt, other.deps)).resolves.toBeDefined()
  })

  test('is refused where the issuer has deactivated its DID', async () => {
    const { jwt, deps, resolver } = await setUpMarket()
    const resolve = async (did: string) => ({
      ...(await resolver.resolve(did)),
      didDocumentMetadata: { deactivated: true },
    })
    await expect(verifyCredential(jwt, { ...deps, resolver: { resolve } })).rejects.toMatchObject({
      code: 'did-not-resolved',
    })
  })

  test('is refused unsigned, or "signed" with a public key as a secret', async () => {
    const { jwt, deps } = await setUpMarket(PV_DRAFT, partyOf('ES256', `0x${'44'.repeat(32)}`))
    const { payload } = partsOf(jwt)
    const unsigned = `${encoded({ alg: 'none', typ: 'vc+jwt' })}.${encoded(payload)}.`
    const input = `${encoded({ alg: 'HS256', typ: 'vc+jwt' })}.${encoded(payload)}`
    const secret = JSON.stringify(stranger.method.publicKeyJwk)
    const confused = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    const recoverable = `${encoded({ alg: 'ES256K-R', typ: 'vc+jwt' })}.${encoded(payload)}.AAAA`
    for (const token of [unsigned, confused, recoverable]) {
      await expect(verifyCredential(token, deps)).rejects.toMatchObject({ code: 'algorithm-not-allowed' })
    }
  })

  test('is refused where its header holds what has to be understood', async () => {
    const { jwt, deps } = await setUpMarket()
    const [, payload, signature] = jwt.split('.')
    const header = encoded({ alg: 'ES256K', typ: 'vc+jwt', crit: ['b64'], b64: false })
    await expect(verifyCredential(`${header}.${payload}.${signature}`, deps)).rejects.toMatchObject({
      code: 'algorithm-not-allowed',
    })
  })

  test.each([
    ['credential-malformed', 'no text', 7],
    ['credential-malformed', 'nothing', ''],
    ['credential-malformed', 'two parts', 'e30.e30'],
    ['credential-malformed', 'other letters', 'e30.e30.é'],
    ['credential-malformed', 'a header that is not JSON', 'AAAA.e30.AAAA'],
    ['credential-malformed', 'a payload that is a list', `${encoded({ alg: 'ES256' })}.${encoded([])}.AAAA`],
    ['credential-malformed', 'an empty payload', `${encoded({ alg: 'ES256', typ: 'vc+jwt' })}.e30.AAAA`],
    ['credential-too-large', 'more than 16,384 characters', 'a'.repeat(16_385)],
  ])('is refused as %s: %s', async (code, _, token) => {
    const { deps } = await setUpMarket()
    await expect(verifyCredential(token, deps)).rejects.toMatchObject({ code })
  })
})
