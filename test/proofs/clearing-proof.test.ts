import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { PROOFS, type Change, type ProofName, type Task, type Verdict } from './clearing-proof.ts'

const BROKEN: readonly (readonly [rule: string, proof: ProofName, change: Change])[] = [
  [
    'that an order for nothing does not move the price',
    'BidProof',
    { from: 'if (limit < tally.limitAbove && quantity != 0)', to: 'if (limit < tally.limitAbove)' },
  ],
  [
    'that an offer at the price is not below it',
    'OfferProof',
    {
      from: 'if (limit < tally.price) {\n                if (limit > tally.limitBelow && quantity != 0) tally.limitBelow = limit;\n                tally.offersBelow',
      to: 'if (limit <= tally.price) {\n                if (limit > tally.limitBelow && quantity != 0) tally.limitBelow = limit;\n                tally.offersBelow',
    },
  ],
  [
    'that offers below the price are covered',
    'AcceptanceProof',
    { from: 'claim.offersBelow > claim.bidsAtOrAbove', to: 'claim.offersBelow > claim.bidsAtOrAbove + 1' },
  ],
  [
    'that the midpoint is rounded towards zero',
    'AcceptanceProof',
    { from: '((lowest + highest) / 2 / PRICE_TICK)', to: '((lowest + highest + PRICE_TICK) / 2 / PRICE_TICK)' },
  ],
  [
    'that the lesser sum is traded',
    'BeginProof',
    { from: 'claim.bidsAtOrAbove < claim.offersAtOrBelow ?', to: 'claim.bidsAtOrAbove > claim.offersAtOrBelow ?' },
  ],
  [
    'that shares are rounded as their sum is',
    'ShareProof',
    {
      from: '((before + quantity) * rest) / atPrice - ',
      to: '((before + quantity) * rest + atPrice - 1) / atPrice - ',
    },
  ],
]

// Some minutes of computing in all; the time allowed is for a machine with much else to do.
describe.concurrent('the SMT checker', { timeout: 1_800_000 }, () => {
  test.each(PROOFS)('proves every assertion of %s for all inputs', async (proof) => {
    const verdicts = await verdictsOf({ proof, change: null })
    expect(verdicts.filter(({ isProved }) => !isProved)).toEqual([])
    const source = readFileSync(new URL(`./${proof}.sol`, import.meta.url), 'utf8')
    expect(verdicts).toHaveLength(source.match(/\bassert\(/g)!.length)
  })

  test.each(BROKEN)('does not prove a library without the rule %s', async (_, proof, change) => {
    const verdicts = await verdictsOf({ proof, change })
    expect(verdicts.filter(({ isProved }) => !isProved).length).toBeGreaterThan(0)
  })
})

/** In a thread of its own: the solver does not give way while it works. */
function verdictsOf(task: Task): Promise<Verdict[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./clearing-proof.ts', import.meta.url), { workerData: { task } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
