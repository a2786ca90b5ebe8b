import { expect, test } from 'vitest'
import type { Challenge, Neighbourhood } from '../../lib/api-client.ts'
import { areaOf } from './area.ts'

const challenge: Challenge = {
  outcome: 'statement-corrected',
  timestamp: 1_000,
  transactionHash: `0x${'11'.repeat(32)}`,
  day: 20_000,
  run: 0,
  period: null,
  memberId: 3,
  challenger: 4,
  challengerName: 'home_04',
  amountMicroEuro: '-250000',
  owedMicroEuro: '0',
}

const neighbourhood = {
  calendar: {
    operatorDeadlineSeconds: 600,
    challengeWindowSeconds: 3_600,
    correctionDelaySeconds: 90_000,
    finalDelaySeconds: 180_000,
  },
  tariff: {
    retailMicroEuroPerKwh: '300000',
    feedInMicroEuroPerKwh: '-20000',
    gridMicroEuroPerKwh: '100000',
    gridLocalMicroEuroPerKwh: '40000',
    levyMicroEuroPerKwh: '20500',
    platformFeeMicroEuroPerKwh: '5000',
  },
  fundMicroEuro: '5000000000',
  bondMicroEuro: '1000000000',
  challenges: [challenge, { ...challenge, outcome: 'rejected', amountMicroEuro: '10000000' }],
} as Neighbourhood

test('an area shows what stands behind it and its rules in words', () => {
  expect(areaOf(neighbourhood)).toMatchObject({
    fund: 5_000_000_000n,
    bond: 1_000_000_000n,
    tariff: { feedIn: -20_000n, levy: 20_500n, platformFee: 5_000n },
    operatorDeadline: '10 min',
    challengeWindow: '1 h',
    finalDelay: '50 h',
  })
})

test('a challenge shows how much moved, whoever paid it, under a key of its own', () => {
  const { challenges } = areaOf(neighbourhood)
  expect(challenges.map(({ amount }) => amount)).toEqual([250_000n, 10_000_000n])
  expect(new Set(challenges.map(({ key }) => key)).size).toBe(2)
})
