import { describe, expect, test } from 'vitest'
import { signClaim, type MeterClaim as SignedClaim } from '../chain/meter-claims.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import type { MeterClaim } from '../store/meter-claims.ts'
import { createClaimDesk } from './claim-desk.ts'

const METER_KEY = `0x${'11'.repeat(32)}`
const METER = addressOfKey(METER_KEY)
const ACCOUNT = `0x${'aa'.repeat(20)}`
const REGISTRY = `0x${'cc'.repeat(20)}`
const DOMAIN = signingDomainOf(31_337n, REGISTRY)
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A desk whose clock and rows the test holds, with one meter that somebody joins with. */
function deskOf() {
  const world = { now: 1_000, nonces: 0, isJoining: true, rows: [] as MeterClaim[], asked: [] as MeterClaim[] }
  const desk = createClaimDesk({
    domain: DOMAIN,
    now: () => world.now,
    newNonce: () => `0x${String((world.nonces += 1)).padStart(64, '0')}`,
    listClaimed: async () => [{ account: ACCOUNT, meter: METER, claim: world.rows.at(-1) ?? null }],
    write: async (claim) => world.isJoining && world.rows.push(claim) > 0,
    answer: async ({ nonce, signature }) => {
      world.rows = world.rows.map((row) => (row.nonce === nonce ? { ...row, signature } : row))
    },
    ask: (claim) => world.asked.push(claim),
  })
  const sign = (change: Partial<SignedClaim> = {}, key = METER_KEY, domain = DOMAIN) =>
    signClaim(domain, { ...world.rows.at(-1)!, ...change }, key)
  const answer = (signature: string, nonce = world.rows.at(-1)!.nonce) => desk.receive(METER, { nonce, signature })
  return { world, desk, sign, answer }
}

/** The other signature that the same key could have made: s and n - s both verify. */
function malleated(signature: string): string {
  const [r, yParityAndS] = [signature.slice(2, 66), BigInt(`0x${signature.slice(66)}`)]
  const parity = yParityAndS >> 255n
  const s = ORDER - (yParityAndS & (2n ** 255n - 1n))
  return `0x${r}${s.toString(16).padStart(64, '0')}${parity === 0n ? '1c' : '1b'}`
}

describe('a claim desk', () => {
  test('asks a meter again with the same nonce until it has answered, and keeps what it signed', async () => {
    const { world, desk, sign, answer } = deskOf()
    await desk.look()
    await desk.look()
    expect(world.asked.map(({ nonce, deadline }) => [Number(nonce), deadline])).toEqual([
      [1, 4_600],
      [1, 4_600],
    ])

    const signature = sign()
    await answer(signature)
    expect(world.rows).toMatchObject([{ account: ACCOUNT, meter: METER, signature }])
    await desk.look()
    expect(world.asked).toHaveLength(2)
  })

  test('asks anew once an answer would come too late', async () => {
    const { world, desk, sign, answer } = deskOf()
    await desk.look()
    const old = sign()
    world.now = 4_600
    await desk.look()
    expect(world.nonces).toBe(1)
    world.now = 4_601
    await expect(answer(old)).rejects.toMatchObject({ code: 'claim-expired' })
    await desk.look()
    expect(world.nonces).toBe(2)
    await expect(answer(old)).rejects.toMatchObject({ code: 'claim-signature-invalid' })
    await expect(answer(old, world.rows[0]!.nonce)).rejects.toMatchObject({ code: 'claim-nonce-differs' })
    await answer(sign())
    expect(world.rows.at(-1)?.signature).not.toBeNull()
  })

  test('does not ask a meter with which nobody joins any more since it was looked up', async () => {
    const { world, desk } = deskOf()
    world.isJoining = false
    await desk.look()
    expect(world.asked).toEqual([])
  })

  test.each([
    ['by another key', (sign: Sign) => sign({}, `0x${'22'.repeat(32)}`)],
    ['for another account', (sign: Sign) => sign({ account: `0x${'bb'.repeat(20)}` })],
    ['as another meter', (sign: Sign) => sign({ meter: ACCOUNT })],
    ['with another nonce', (sign: Sign) => sign({ nonce: `0x${'00'.repeat(32)}` })],
    ['with another deadline', (sign: Sign) => sign({ deadline: 4_601 })],
    ['for another ledger', (sign: Sign) => sign({}, METER_KEY, signingDomainOf(1n, REGISTRY))],
    ['for another contract', (sign: Sign) => sign({}, METER_KEY, signingDomainOf(31_337n, ACCOUNT))],
    ['with the greater s', (sign: Sign) => malleated(sign())],
  ])('refuses an answer that is signed %s, and takes the right one after it', async (_, forge) => {
    const { world, desk, sign, answer } = deskOf()
    await desk.look()
    await expect(answer(forge(sign))).rejects.toMatchObject({ code: 'claim-signature-invalid' })
    expect(world.rows.at(-1)?.signature).toBeNull()
    await answer(sign())
    expect(world.rows.at(-1)?.signature).toBe(sign())
  })

  test('refuses what no meter was asked', async () => {
    const { desk, answer, world } = deskOf()
    const answered = { nonce: `0x${'00'.repeat(32)}`, signature: `0x${'00'.repeat(64)}` }
    await expect(desk.receive(METER, answered)).rejects.toMatchObject({ code: 'claim-unknown' })
    await desk.look()
    await expect(desk.receive(ACCOUNT, answered)).rejects.toMatchObject({ code: 'claim-unknown' })
    await expect(answer('0x', world.rows[0]!.nonce)).rejects.toMatchObject({ code: 'claim-signature-invalid' })
  })
})

type Sign = (change?: Partial<SignedClaim>, key?: string, domain?: typeof DOMAIN) => string
