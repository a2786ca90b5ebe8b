import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { contentDigestOf, credentialDigestOf, disclosuresDigestOf, type CredentialContent } from './content.ts'
import { household, operator, PV_DRAFT } from './example-market.ts'

const content: CredentialContent = {
  ...PV_DRAFT,
  id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  issuer: operator.did,
  subject: household.did,
  salt: `0x${'01'.repeat(32)}`,
  claims: { serialNumber: 'SN-1', certified: false, capacityW: 1 },
}

describe('canonicalJson', () => {
  test('sorts names by code units and escapes as RFC 8785 does', () => {
    const value = { '\u20ac': 'Euro', '\r': 'CR', '1': true, ö: -7, a: ['\u000f\n"', null] }
    expect(canonicalJson(value)).toBe('{"\\r":"CR","1":true,"a":["\\u000f\\n\\"",null],"ö":-7,"€":"Euro"}')
  })

  test('is the same for the same members in any order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger())), (object) => {
        expect(canonicalJson(Object.fromEntries(Object.entries(object).reverse()))).toBe(canonicalJson(object))
        expect(JSON.parse(canonicalJson(object))).toEqual({ ...object })
      }),
    )
  })
})

describe('contentDigestOf', () => {
  test('changes with every member', () => {
    const others: Partial<CredentialContent>[] = [
      { id: 'urn:uuid:00000000-0000-4000-8000-000000000001' },
      { issuer: household.did },
      { subject: operator.did },
      { role: 'meter' },
      { area: 8 },
      { connectionPoint: null },
      { validFrom: 1 },
      { validUntil: 2 },
      { salt: `0x${'02'.repeat(32)}` },
      { claims: { ...content.claims, capacityW: 2 } },
    ]
    const digests = [content, ...others.map((other) => ({ ...content, ...other }))].map(contentDigestOf)
    expect(new Set(digests).size).toBe(1 + Object.keys(content).length)
  })
})

describe('credentialDigestOf', () => {
  test('depends on the content and on the disclosures, in whatever order those are', () => {
    const digest = contentDigestOf(content)
    expect(disclosuresDigestOf(['b', 'a'])).toBe(disclosuresDigestOf(['a', 'b']))
    const both = [
      credentialDigestOf(digest, disclosuresDigestOf(['a', 'b'])),
      credentialDigestOf(digest, disclosuresDigestOf(['a', 'c'])),
      credentialDigestOf(disclosuresDigestOf(['a', 'b']), digest),
    ]
    expect(new Set(both).size).toBe(3)
  })
})
