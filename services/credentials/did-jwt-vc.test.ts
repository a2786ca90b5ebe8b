import {
  createVerifiableCredentialJwt,
  createVerifiablePresentationJwt,
  verifyCredential as verifyWithDidJwtVc,
  verifyPresentation as verifyPresentationWithDidJwtVc,
  type CredentialPayload,
} from 'did-jwt-vc'
import { describe, expect, test } from 'vitest'
import {
  didJwtVcResolver,
  household,
  NOW,
  operator,
  partsOf,
  partyOf,
  PV_DRAFT,
  REQUEST,
  setUpMarket,
} from './example-market.ts'
import { createPresentationJwt, verifyPresentationJwt } from './presentation-jwt.ts'
import { verifyCredential } from './verify-credential.ts'

const policies = { policies: { now: NOW } }

/** The same credential as did-jwt-vc writes it: with its own context, and in a `vc` claim. */
async function rewritten(jwt: string): Promise<string> {
  const { payload } = partsOf(jwt)
  const theirForm = {
    '@context': [payload.context],
    id: payload.id,
    type: payload.type,
    issuer: payload.issuer,
    issuanceDate: payload.validFrom,
    expirationDate: payload.validUntil,
    credentialSubject: payload.credentialSubject,
    credentialStatus: payload.credentialStatus,
    salt: payload.salt,
  }
  return createVerifiableCredentialJwt(theirForm as CredentialPayload, operator.key)
}

describe('did-jwt-vc', () => {
  test.each([
    ['ES256K', operator],
    ['ES256', partyOf('ES256', `0x${'44'.repeat(32)}`)],
  ])('reads and verifies our credentials, signed with %s', async (_, issuer) => {
    const { jwt, resolver } = await setUpMarket(PV_DRAFT, issuer)
    const { verifiableCredential } = await verifyWithDidJwtVc(jwt, didJwtVcResolver(resolver), policies)
    expect(verifiableCredential).toMatchObject({
      issuer: issuer.did,
      type: ['VerifiableCredential', 'PvInverterCredential'],
      issuanceDate: '2027-01-15T08:00:00.000Z',
      expirationDate: '2028-01-15T08:00:00.000Z',
      credentialSubject: { id: household.did, ...PV_DRAFT.claims },
      credentialStatus: { type: 'CommonwattLedgerStatus2026' },
    })
  })

  test('refuses ours once it is expired, and where it is tampered with', async () => {
    const { jwt, resolver } = await setUpMarket()
    await expect(
      verifyWithDidJwtVc(jwt, didJwtVcResolver(resolver), { policies: { now: 2_000_000_000 } }),
    ).rejects.toThrow(/expired/)
    const [header, payload] = jwt.split('.')
    const forged = [header, payload, 'A'.repeat(86)].join('.')
    await expect(verifyWithDidJwtVc(forged, didJwtVcResolver(resolver), policies)).rejects.toThrow()
  })

  test('writes credentials that ours reads and verifies, with the same digest', async () => {
    const { jwt, deps } = await setUpMarket()
    const copy = await rewritten(jwt)
    expect(partsOf(copy)).toMatchObject({
      header: { typ: 'JWT' },
      payload: { vc: { type: expect.any(Array) as string[] } },
    })
    expect(await verifyCredential(copy, deps)).toEqual(await verifyCredential(jwt, deps))
  })

  test('writes presentations that ours verifies', async () => {
    const { jwt, deps } = await setUpMarket()
    const { audience, nonce } = REQUEST
    const payload = {
      vp: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiablePresentation'],
        verifiableCredential: [jwt, await rewritten(jwt)],
      },
    }
    const presentation = await createVerifiablePresentationJwt(payload, household.key, {
      challenge: nonce,
      domain: audience,
    })
    const verified = await verifyPresentationJwt(presentation, REQUEST, deps)
    expect(verified.map(({ claims }) => claims)).toEqual([PV_DRAFT.claims, PV_DRAFT.claims])
  })

  test('verifies our presentations', async () => {
    const { jwt, resolver } = await setUpMarket()
    const presentation = await createPresentationJwt([jwt], REQUEST, household.key)
    const { verifiablePresentation } = await verifyPresentationWithDidJwtVc(presentation, didJwtVcResolver(resolver), {
      ...policies,
      challenge: REQUEST.nonce,
      domain: REQUEST.audience,
    })
    expect(verifiablePresentation).toMatchObject({
      holder: household.did,
      verifiableCredential: [{ credentialSubject: { id: household.did } }],
    })
  })
})
