import { describe, expect, test } from 'vitest'
import { household, NOW, operator, PV_DRAFT, REQUEST, setUpMarket, signAgain, stranger } from './example-market.ts'
import { createPresentationJwt, verifyPresentationJwt } from './presentation-jwt.ts'

async function setUpPresentation(by = household) {
  const market = await setUpMarket()
  return { ...market, presentation: await createPresentationJwt([market.jwt], REQUEST, by.key) }
}

function vpOf(payload: Record<string, unknown>): Record<string, unknown> {
  return payload.vp as Record<string, unknown>
}

describe('verifyPresentationJwt', () => {
  test('gives the whole credentials of their holder, once', async () => {
    const { presentation, deps } = await setUpPresentation()
    expect(await verifyPresentationJwt(presentation, REQUEST, deps)).toMatchObject([PV_DRAFT])
    await expect(verifyPresentationJwt(presentation, REQUEST, deps)).rejects.toMatchObject({
      code: 'presentation-replayed',
    })
  })

  test.each([
    ['presentation-other-nonce', { nonce: 'm'.repeat(22) }],
    ['presentation-other-audience', { audience: 'https://other.example' }],
    ['presentation-request-expired', { expiresAt: NOW }],
  ])('refuses as %s what answers another request', async (code, change) => {
    const { presentation, deps } = await setUpPresentation()
    await expect(verifyPresentationJwt(presentation, { ...REQUEST, ...change }, deps)).rejects.toMatchObject({ code })
  })

  test('refuses a credential of another subject', async () => {
    const { presentation, deps } = await setUpPresentation(stranger)
    await expect(verifyPresentationJwt(presentation, REQUEST, deps)).rejects.toMatchObject({
      code: 'presentation-other-subject',
    })
  })

  test.each<[string, string, (payload: Record<string, unknown>) => Record<string, unknown>]>([
    ['signature-invalid', 'another holder', (payload) => ({ ...payload, iss: stranger.did })],
    ['presentation-out-of-time', 'an end that is past', (payload) => ({ ...payload, exp: NOW })],
    ['presentation-out-of-time', 'a begin to come', (payload) => ({ ...payload, nbf: NOW + 1 })],
    ['presentation-malformed', 'no nonce', (payload) => ({ ...payload, nonce: undefined })],
    ['presentation-malformed', 'no credential', (p) => ({ ...p, vp: { ...vpOf(p), verifiableCredential: [] } })],
    [
      'presentation-malformed',
      'nine credentials',
      (p) => ({ ...p, vp: { ...vpOf(p), verifiableCredential: Array(9).fill('a') } }),
    ],
    ['presentation-malformed', 'another type', (p) => ({ ...p, vp: { ...vpOf(p), type: ['Presentation'] } })],
    [
      'credential-malformed',
      'junk for a credential',
      (p) => ({ ...p, vp: { ...vpOf(p), verifiableCredential: [{}] } }),
    ],
  ])('refuses as %s one with %s', async (code, _, change) => {
    const { presentation, deps } = await setUpPresentation()
    const changed = await signAgain(presentation, household, change)
    await expect(verifyPresentationJwt(changed, REQUEST, deps)).rejects.toMatchObject({ code })
  })

  test('refuses one that another key than the holder signed', async () => {
    const { presentation, deps } = await setUpPresentation()
    const forged = await signAgain(presentation, stranger, (payload) => payload)
    await expect(verifyPresentationJwt(forged, REQUEST, deps)).rejects.toMatchObject({ code: 'signature-invalid' })
    const onAnotherCurve = await signAgain(presentation, operator, (payload) => payload)
    await expect(verifyPresentationJwt(onAnotherCurve, REQUEST, deps)).rejects.toMatchObject({
      code: 'key-not-in-document',
    })
  })
})
