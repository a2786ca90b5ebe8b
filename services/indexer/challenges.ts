import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent, PlacedEvent } from './projection-batch.ts'

type Challenge = {
  readonly outcome: 'statement-corrected' | 'order-left-out' | 'rejected'
  /** The member whose statement or order it is about. */
  readonly memberId: number
  readonly challenger: number
  readonly amountMicroEuro: bigint
}

/** What became of challenges: statements corrected, orders proven to be left out, and stakes that were lost. */
export function projectChallenges(batch: ProjectionBatch, event: LedgerEvent): void {
  const challenge = challengeOf(event)
  if (challenge === null) return
  const { arguments: values, block, transaction, logIndex } = event
  batch.challenges.push({
    blockNumber: block.number,
    logIndex,
    transactionHash: transaction.hash,
    area: Number(values.area),
    day: numberOf(values.day),
    run: numberOf(values.run),
    // Zero says that the statement as a whole was challenged.
    period: numberOf(values.period) || null,
    ...challenge,
  })
}

/** The events do not tell who is rewarded or how much moved: the accounts do, in the same transaction. */
function challengeOf(event: LedgerEvent): Challenge | null {
  const { name, arguments: values } = event
  switch (name) {
    case 'StatementCorrected': {
      const memberId = Number(values.memberId)
      const rewarded = nearestOf(event, 'Rewarded', () => true)
      return {
        outcome: 'statement-corrected',
        memberId,
        challenger: rewarded === undefined ? memberId : Number(rewarded.arguments.memberId),
        amountMicroEuro: values.delta as bigint,
      }
    }
    case 'OrderLeftOut': {
      const memberId = Number(values.memberId)
      return {
        outcome: 'order-left-out',
        memberId,
        challenger: memberId,
        amountMicroEuro: movedBy(event, 'Rewarded', memberId),
      }
    }
    case 'ChallengeRejected': {
      const challenger = Number(values.challenger)
      return {
        outcome: 'rejected',
        memberId: numberOf(values.memberId) ?? challenger,
        challenger,
        amountMicroEuro: movedBy(event, 'Forfeited', challenger),
      }
    }
    default:
      return null
  }
}

/** Micro-euro that moved between the member and the bond. */
function movedBy(event: LedgerEvent, name: string, memberId: number): bigint {
  const move = nearestOf(event, name, (placed) => Number(placed.arguments.memberId) === memberId)
  return (move?.arguments.amount as bigint | undefined) ?? 0n
}

/** Of the events of that name in the same transaction the one next to this one. */
function nearestOf(
  { together, logIndex }: LedgerEvent,
  name: string,
  isWanted: (event: PlacedEvent) => boolean,
): PlacedEvent | undefined {
  const distance = (placed: PlacedEvent) => Math.abs(placed.logIndex - logIndex)
  return together
    .filter((placed) => placed.name === name && isWanted(placed))
    .sort((one, other) => distance(one) - distance(other))[0]
}

function numberOf(value: unknown): number | null {
  return typeof value === 'bigint' ? Number(value) : null
}
