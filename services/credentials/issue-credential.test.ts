import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { didOf } from '../domain/identity/did.ts'
import { household, LEDGER, NOW, operator, partsOf, PV_DRAFT, setUpMarket, VALID_UNTIL } from './example-market.ts'
import { issueCredential, prepareCredential } from './issue-credential.ts'
import { parseSdJwt } from './sd-jwt.ts'

describe('prepareCredential', () => {
  test('has recorded what is signed later, where the random bytes are the same', async () => {
    const bytesAgain = () => {
      let count = 0
      return (byteCount: number) => new Uint8Array(byteCount).fill((count += 1))
    }
    const prepared = await prepareCredential(PV_DRAFT, { ledger: LEDGER, issuer: operator.did, random: bytesAgain() })
    const issued = await issueCredential(PV_DRAFT, { ledger: LEDGER, issuer: operator.key, random: bytesAgain() })
    expect(prepared.credentialId).toBe(issued.credentialId)
    expect(prepared.issuance).toEqual(issued.issuance)
    const other = await prepareCredential(PV_DRAFT, { ledger: LEDGER, issuer: operator.did, random: randomBytes })
    expect(other.credentialId).not.toBe(issued.credentialId)
  })
})

describe('issueCredential', () => {
  test('writes a VC 2.0 document as vc+jwt, without the claims vc and vp', async () => {
    const { jwt, credentialId } = await setUpMarket()
    const { header, payload } = partsOf(jwt)
    expect(header).toEqual({ alg: 'ES256K', typ: 'vc+jwt' })
    expect(payload).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2', { '@vocab': expect.any(String) as string }],
      id: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ) as string,
      type: ['VerifiableCredential', 'PvInverterCredential'],
      issuer: operator.did,
      validFrom: '2027-01-15T08:00:00.000Z',
      validUntil: '2028-01-15T08:00:00.000Z',
      credentialSubject: { id: household.did, role: 'pv-inverter', area: 7, ...PV_DRAFT.claims },
      credentialStatus: {
        type: 'CommonwattLedgerStatus2026',
        chainId: '31337',
        registry: LEDGER.registry,
        credentialId,
      },
      iss: operator.did,
      sub: household.did,
      nbf: NOW,
      exp: VALID_UNTIL,
    })
    expect(payload).not.toHaveProperty('vc')
    expect(payload.jti).toBe(payload.id)
  })

  test('has nothing recorded from which the content could be guessed', async () => {
    const [first, second] = [await setUpMarket(), await setUpMarket()]
    expect(first.issuance.digest).not.toBe(second.issuance.digest)
    expect({ ...first.issuance, digest: '' }).toEqual({ ...second.issuance, digest: '' })
    expect(Object.keys(first.issuance).sort()).toEqual(
      ['area', 'connectionPoint', 'digest', 'role', 'subject', 'validFrom', 'validUntil'].sort(),
    )
  })

  test('gives both forms the same record', async () => {
    const { jwt, sdJwt, credentialId } = await setUpMarket()
    const { stated, disclosed } = parseSdJwt(sdJwt)
    expect(stated.status.credentialId).toBe(credentialId)
    expect(partsOf(jwt).payload.credentialSubject).toEqual({ id: household.did, role: 'pv-inverter', ...disclosed })
  })

  test('shows as many digests for every credential', async () => {
    const draft = {
      ...PV_DRAFT,
      role: 'heat-pump',
      connectionPoint: null,
      claims: { serialNumber: 'H-1', powerW: 1 },
    } as const
    const [many, few] = [await setUpMarket(), await setUpMarket(draft)]
    expect(parseSdJwt(many.sdJwt).stated.digests).toHaveLength(16)
    expect(parseSdJwt(few.sdJwt).stated.digests).toHaveLength(16)
  })

  test.each([
    ['credential-validity-invalid', { validUntil: NOW }],
    ['credential-claims-invalid', { claims: { ...PV_DRAFT.claims, capacityW: -1 } }],
    ['credential-malformed', { area: 2 ** 32 }],
    ['credential-malformed', { connectionPoint: { identifier: 'EAN-1', salt: '0x00' } }],
    ['did-malformed', { subject: 'did:web:example.com' }],
    ['credential-other-ledger', { subject: didOf(1n, `0x${'22'.repeat(20)}`) }],
  ])('signs nothing where it is %s', async (code, change) => {
    await expect(setUpMarket({ ...PV_DRAFT, ...change })).rejects.toMatchObject({ code })
  })
})
