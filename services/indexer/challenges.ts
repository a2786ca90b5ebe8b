import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent, PlacedEvent } from './projection-batch.ts'

type Challenge = {
  readonly outcome: 'statement-corrected' | 'correction-paid' | 'order-left-out' | 'rejected'
  /** The member whose statement or order it is about. */
  readonly memberId: number
  readonly challenger: number
  readonly amountMicroEuro: bigint
  readonly owedMicroEuro?: bigint
}

/**
 * What became of challenges: statements corrected, at once or when the bond came to hold what it owed, orders proven to be
 * left out, and stakes that were lost.
 */
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
    owedMicroEuro: 0n,
    ...challenge,
  })
}

/** The events do not tell who challenged or how much moved: the call does, and the accounts in the same transaction. */
function challengeOf(event: LedgerEvent): Challenge | null {
  const { name, arguments: values } = event
  switch (name) {
    case 'StatementCorrected': {
      const memberId = Number(values.memberId)
      return {
        outcome: 'statement-corrected',
        memberId,
        challenger: correctorOf(event) ?? memberId,
        amountMicroEuro: values.delta as bigint,
        owedMicroEuro: values.owed as bigint,
      }
    }
    case 'CorrectionPaid': {
      const memberId = Number(values.memberId)
      return { outcome: 'correction-paid', memberId, challenger: memberId, amountMicroEuro: values.moved as bigint }
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

/** Who is rewarded, or who called, since only the first correction of a statement is rewarded; null where a contract did. */
function correctorOf(event: LedgerEvent): number | null {
  const called = numberOf(event.callOf()?.arguments.challenger)
  return called ?? numberOf(nearestOf(event, 'Rewarded', () => true)?.arguments.memberId)
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
