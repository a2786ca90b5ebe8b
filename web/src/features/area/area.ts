import { formatDuration } from '../../lib/formats.ts'
import { memberNameOf } from '../../lib/member-names.ts'
import type { Challenge, Neighbourhood } from '../../lib/api-client.ts'

export type AreaChallenge = {
  readonly key: string
  readonly outcome: Challenge['outcome']
  readonly challenger: string
  /** The quarter-hour or else the UTC day that it was about. */
  readonly period: number | null
  readonly day: number | null
  /** Micro-euro, never negative. */
  readonly amount: bigint
  readonly transactionHash: string
}

/** What stands behind the market of an area, and by which rules it is settled. */
export type Area = {
  /** Micro-euro. */
  readonly fund: bigint
  readonly bond: bigint
  /** Micro-euro per kWh, of the delivery period now. */
  readonly tariff: Readonly<Record<'retail' | 'feedIn' | 'grid' | 'gridLocal' | 'levy' | 'platformFee', bigint>>
  /** Spans of ledger time in words. */
  readonly operatorDeadline: string
  readonly challengeWindow: string
  readonly correctionDelay: string
  readonly finalDelay: string
  /** Newest first. */
  readonly challenges: readonly AreaChallenge[]
}

export function areaOf({ calendar, tariff, fundMicroEuro, bondMicroEuro, challenges }: Neighbourhood): Area {
  return {
    fund: BigInt(fundMicroEuro),
    bond: BigInt(bondMicroEuro),
    tariff: {
      retail: BigInt(tariff.retailMicroEuroPerKwh),
      feedIn: BigInt(tariff.feedInMicroEuroPerKwh),
      grid: BigInt(tariff.gridMicroEuroPerKwh),
      gridLocal: BigInt(tariff.gridLocalMicroEuroPerKwh),
      levy: BigInt(tariff.levyMicroEuroPerKwh),
      platformFee: BigInt(tariff.platformFeeMicroEuroPerKwh),
    },
    operatorDeadline: formatDuration(calendar.operatorDeadlineSeconds),
    challengeWindow: formatDuration(calendar.challengeWindowSeconds),
    correctionDelay: formatDuration(calendar.correctionDelaySeconds),
    finalDelay: formatDuration(calendar.finalDelaySeconds),
    challenges: challenges.map(areaChallengeOf),
  }
}

function areaChallengeOf(challenge: Challenge, index: number): AreaChallenge {
  const amount = BigInt(challenge.amountMicroEuro)
  return {
    // One transaction may carry several challenges.
    key: `${challenge.transactionHash}-${index}`,
    outcome: challenge.outcome,
    challenger: memberNameOf(challenge.challengerName),
    period: challenge.period,
    day: challenge.day,
    amount: amount < 0n ? -amount : amount,
    transactionHash: challenge.transactionHash,
  }
}
