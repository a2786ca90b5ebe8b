import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf } from '../../units.ts'
import { FIRST, messageId, NOW, offerOf } from './flex-trade-for-test.ts'
import { parseOfferRevocation, requireRevocation } from './offer-revocation.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const revocation = { id: messageId(4), offer: offerOf().id }
const life = { expiresAt: offerOf().expiresAt, orderReceivedAt: null, revocationSentAt: null }
const revoking = (overrides: object) => () =>
  requireRevocation(revocation, { offer: offerOf(), life, now: NOW, ...overrides })

describe('requireRevocation', () => {
  test('takes back an offer that stands, until its first period begins', () => {
    const first = startOf(deliveryPeriod(FIRST))
    expect(revoking({ now: first - 1 })).not.toThrow()
    expect(revoking({ now: first })).toThrow(withCode('flex-revocation-too-late'))
  })

  test('refuses one of another offer, and of one that was ordered', () => {
    expect(revoking({ offer: offerOf({ id: messageId(9) }) })).toThrow(withCode('flex-offer-unknown'))
    expect(revoking({ life: { ...life, orderReceivedAt: NOW - 1 } })).toThrow(withCode('flex-offer-ordered'))
  })
})

describe('parseOfferRevocation', () => {
  test('reads what its JSON says', () => {
    expect(parseOfferRevocation(revocation)).toEqual(revocation)
    expect(() => parseOfferRevocation({ id: messageId(4) })).toThrow(withCode('flex-message-malformed'))
    expect(() => parseOfferRevocation({ ...revocation, offer: 'x' })).toThrow(withCode('flex-message-id-invalid'))
  })
})
