import { describe, expect, test } from 'vitest'
import { rate } from '../../units.ts'
import { consentDigestOf, type FlexConsent } from './flex-consent.ts'

const SALT = `0x${'5a'.repeat(32)}`
const consent: FlexConsent = {
  ...{ memberId: 7, portfolioId: 1, productId: 2, until: 1_800_000_000, mode: 'commandable' },
  devices: null,
  ask: rate(50_000n),
}

describe('consentDigestOf', () => {
  test('is another one for every field, and for another salt', () => {
    const others: readonly Partial<FlexConsent>[] = [
      ...[{ memberId: 8 }, { portfolioId: 2 }, { productId: 3 }, { until: 1_800_000_001 }],
      ...[{ mode: 'informational' as const }, { devices: [] }, { devices: ['0xab'] }, { ask: rate(50_001n) }],
    ]
    const digests = [
      consentDigestOf(consent, SALT),
      consentDigestOf(consent, `0x${'5b'.repeat(32)}`),
      ...others.map((other) => consentDigestOf({ ...consent, ...other }, SALT)),
    ]
    expect(new Set(digests).size).toBe(digests.length)
    expect(digests.every((digest) => /^0x[0-9a-f]{64}$/.test(digest))).toBe(true)
  })

  test('does not depend on the sequence in which the fields were given', () => {
    const turned = Object.fromEntries(Object.entries(consent).reverse()) as unknown as FlexConsent
    expect(consentDigestOf(turned, SALT)).toBe(consentDigestOf(consent, SALT))
  })
})
