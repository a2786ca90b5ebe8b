import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { NOW, operator, setUpMarket, signAgain } from './example-market.ts'
import { parseSdJwt } from './sd-jwt.ts'

const LATEST = 0xff_ffff_ffff
const LARGEST_AREA = 0xffff_ffff

async function signed(change: (payload: Record<string, unknown>) => Record<string, unknown>): Promise<string> {
  const { sdJwt } = await setUpMarket()
  return signAgain(sdJwt.split('~')[0]!, operator, change)
}

describe('an SD-JWT', () => {
  test.each([
    ['a begin', { nbf: LATEST + 1 }],
    ['an end', { exp: LATEST + 1 }],
    ['an end that no calendar has', { exp: Number.MAX_SAFE_INTEGER }],
  ])('is not understood with %s that the ledger cannot keep', async (_, times) => {
    const jwt = await signed((payload) => ({ ...payload, ...times }))
    expect(() => parseSdJwt(`${jwt}~`)).toThrow(expect.objectContaining({ code: 'presentation-malformed' }))
  })

  test('may be valid for as long as the ledger keeps', async () => {
    const jwt = await signed((payload) => ({ ...payload, exp: LATEST }))
    expect(parseSdJwt(`${jwt}~`).stated).toMatchObject({ validFrom: NOW, validUntil: LATEST })
  })

  test('discloses no area that the ledger cannot have', async () => {
    const disclosing = async (area: number) => {
      const disclosure = Buffer.from(JSON.stringify(['salt', 'area', area])).toString('base64url')
      const digest = createHash('sha256').update(disclosure).digest('base64url')
      const jwt = await signed(({ _sd, ...payload }) => ({ ...payload, _sd: [digest, ...(_sd as string[]).slice(1)] }))
      return `${jwt}~${disclosure}~`
    }
    expect(parseSdJwt(await disclosing(LARGEST_AREA)).disclosed).toEqual({ area: LARGEST_AREA })
    const beyond = await disclosing(LARGEST_AREA + 1)
    expect(() => parseSdJwt(beyond)).toThrow(expect.objectContaining({ code: 'disclosure-invalid' }))
  })
})
