import { readFileSync } from 'node:fs'
import { verifyCredential as verifyWithDidJwtVc } from 'did-jwt-vc'
import { describe, expect, test } from 'vitest'
import { createPresentation, verifyPresentation } from './presentation.ts'
import { didJwtVcResolver, household, PV_DRAFT, REQUEST, setUpMarket } from './example-market.ts'
import { contentDigestOf, credentialDigestOf } from './content.ts'
import { verifyCredential } from './verify-credential.ts'

const document = readFileSync(new URL('../../docs/identity.md', import.meta.url), 'utf8')

const NOW = 1_798_761_600
const DRAFT = {
  ...PV_DRAFT,
  connectionPoint: null,
  validFrom: 1_767_225_600,
  validUntil: 2_082_758_400,
  claims: { serialNumber: 'SN-4711', ownerName: 'Ada', capacityW: 5_400, certified: true, certificate: 'TUV-0815' },
}

/** Bytes that count: the same for every run. */
function countingBytes(): (byteCount: number) => Uint8Array {
  let count = 0
  return (byteCount) => Uint8Array.from({ length: byteCount }, () => (count += 1) % 256)
}

async function setUpExample() {
  const market = await setUpMarket(DRAFT, undefined, countingBytes())
  return { ...market, deps: { ...market.deps, now: NOW } }
}

describe('the example of docs/identity.md', () => {
  test('is what the keys of the example make', async () => {
    const { jwt, credentialId, issuance } = await setUpExample()
    expect(document).toContain(`\n${jwt}\n`)
    expect(document).toContain(credentialId)
    expect(document).toContain(issuance.digest)
  })

  test('is verified by did-jwt-vc and by ours', async () => {
    const { deps, resolver } = await setUpExample()
    const jwt = /\n(eyJ[^\n]+)\n/.exec(document)![1]!
    const theirs = await verifyWithDidJwtVc(jwt, didJwtVcResolver(resolver), { policies: { now: NOW } })
    expect(theirs.verifiableCredential.credentialSubject).toMatchObject(DRAFT.claims)
    const ours = await verifyCredential(jwt, deps)
    expect(ours.claims).toEqual(DRAFT.claims)
  })

  test('has the digests that it says', async () => {
    const { jwt, deps, issuance } = await setUpExample()
    const contentDigest = contentDigestOf(await verifyCredential(jwt, deps))
    const [, disclosuresDigest] = /disclosures\s+(0x[0-9a-f]{64})/.exec(document)!
    expect(document).toContain(contentDigest)
    expect(credentialDigestOf(contentDigest, disclosuresDigest!)).toBe(issuance.digest)
  })

  test('is presented without name and number', async () => {
    const { sdJwt, deps } = await setUpExample()
    const request = { ...REQUEST, expiresAt: NOW + 600 }
    const presentation = await createPresentation(sdJwt, request, household.key, NOW)
    const { claims } = await verifyPresentation(presentation, request, deps)
    expect(claims).toEqual({ area: 7, certified: true })
  })
})
