import { describe, expect, test } from 'vitest'
import { offerStateAt, requireOrderableOffer, requireRevocable, type OfferLife } from './offer-life.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const life = (overrides: Partial<OfferLife> = {}): OfferLife => ({
  expiresAt: 1_000,
  orderReceivedAt: null,
  revocationSentAt: null,
  ...overrides,
})

describe('offerStateAt', () => {
  test('is open until it expires', () => {
    expect([0, 999, 1_000].map((now) => offerStateAt(life(), now))).toEqual(['open', 'open', 'expired'])
  })

  test('is ordered for good once the order was received in time', () => {
    const ordered = life({ orderReceivedAt: 500 })
    expect([499, 500, 2_000].map((now) => offerStateAt(ordered, now))).toEqual(['open', 'ordered', 'ordered'])
    expect(offerStateAt(life({ orderReceivedAt: 1_000 }), 1_000)).toBe('expired')
  })

  test('lets the revocation win that was sent before the order was received, even in the same second', () => {
    for (const revocationSentAt of [400, 500]) {
      expect(offerStateAt(life({ orderReceivedAt: 500, revocationSentAt }), 600)).toBe('revoked')
    }
    expect(offerStateAt(life({ orderReceivedAt: 500, revocationSentAt: 501 }), 600)).toBe('ordered')
  })

  test('knows nothing of what is to come', () => {
    expect(offerStateAt(life({ revocationSentAt: 501 }), 500)).toBe('open')
  })
})

describe('requireOrderableOffer', () => {
  test.each([
    ['was ordered', life({ orderReceivedAt: 500 }), 600, 'flex-offer-already-ordered'],
    ['was revoked', life({ revocationSentAt: 500 }), 600, 'flex-offer-revoked'],
    ['has expired', life(), 1_000, 'flex-offer-expired'],
  ])('refuses an offer that %s', (_, offer, now, code) => {
    expect(() => requireOrderableOffer(offer, now)).toThrow(withCode(code))
  })

  test('takes an open one', () => {
    expect(() => requireOrderableOffer(life(), 0)).not.toThrow()
  })
})

describe('requireRevocable', () => {
  test('refuses to revoke what was ordered, and nothing else', () => {
    expect(() => requireRevocable(life({ orderReceivedAt: 500 }), 600)).toThrow(withCode('flex-offer-ordered'))
    expect(() => requireRevocable(life(), 600)).not.toThrow()
    expect(() => requireRevocable(life({ revocationSentAt: 500 }), 600)).not.toThrow()
    expect(() => requireRevocable(life(), 1_000)).not.toThrow()
  })
})
