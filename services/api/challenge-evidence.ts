import type { LedgerCall, PeriodChallenge } from '../chain/challenge-calls.ts'
import { DomainError } from '../domain/errors.ts'
import type { SaltedReading } from '../domain/metering/reading-tree.ts'
import type { DayStatement } from '../domain/settlement/day-statement.ts'
import type { PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../domain/units.ts'

type Proof = {
  readonly root: { readonly hash: string }
  readonly position: number
  readonly siblings: readonly string[]
}
type Place = { readonly area: number; readonly day: number; readonly run: number; readonly memberId: number }

export type ChallengeEvidenceDeps = {
  /** The member's leaf of the run; null where there is none. */
  readonly readDayStatement: (
    place: Place,
  ) => Promise<{ readonly statement: DayStatement; readonly proof: Proof } | null>
  readonly readPeriodStatements: (place: Place) => Promise<readonly PeriodStatement[]>
  readonly periodProofOf: (statements: readonly PeriodStatement[], period: number) => Proof | null
  /** The run as the ledger has it; null while it is not committed. */
  readonly readRun: (place: Place) => Promise<{ readonly root: string; readonly committedAt: number } | null>
  /** The version of the period's readings that the ledger had at a time, in unix seconds; null where it had none. */
  readonly readReadingsVersion: (area: number, period: DeliveryPeriod, time: number) => Promise<number | null>
  readonly readReadingProof: (place: {
    readonly area: number
    readonly period: number
    readonly version: number
    readonly memberId: number
  }) => Promise<{ readonly reading: SaltedReading; readonly proof: Proof } | null>
  /** The session's fills, chunk by chunk. Throws `session-not-cleared`. */
  readonly readFillChunks: (area: number, period: DeliveryPeriod) => Promise<readonly string[]>
  readonly challengePeriodCall: (challenge: PeriodChallenge) => LedgerCall
}

/**
 * Puts together what a challenge of one period of a household's statement needs: a call for `challenger` to sign. Null
 * where the household has no such statement. Throws `statement-provisional`, `period-statement-unknown`, and
 * `evidence-incomplete` where what is kept here is not what the ledger holds.
 */
export function createChallengeEvidence(
  deps: ChallengeEvidenceDeps,
): (place: Place, period: number, challenger: number) => Promise<LedgerCall | null> {
  return async (place, period, challenger) => {
    const [run, periods] = await Promise.all([deps.readRun(place), deps.readPeriodStatements(place)])
    const committed = await deps.readDayStatement(place)
    if (committed === null && periods.length === 0) return null
    if (run === null || committed === null) {
      throw new DomainError(
        'statement-provisional',
        `the statement of day ${place.day} in run ${place.run} is not committed yet: there is nothing to challenge`,
      )
    }
    const proof = deps.periodProofOf(periods, period)
    const leaf = periods.find((statement) => statement.period === period)
    if (proof === null || leaf === undefined) {
      throw new DomainError('period-statement-unknown', `the statement of day ${place.day} has no period ${period}`)
    }
    if (committed.proof.root.hash !== run.root || committed.statement.periodsRoot !== proof.root.hash) {
      throw new DomainError(
        'evidence-incomplete',
        `the statements of day ${place.day} that are kept here are not those that the ledger holds`,
      )
    }
    return deps.challengePeriodCall({
      challenger,
      area: place.area,
      statement: { leaf: committed.statement, position: committed.proof.position, siblings: committed.proof.siblings },
      period: { leaf, position: proof.position, siblings: proof.siblings },
      ...(await readingOf(deps, place, deliveryPeriod(period), run.committedAt)),
      fills: await deps.readFillChunks(place.area, deliveryPeriod(period)),
    })
  }
}

/** The reading that the run had to use: of the version that was the latest when it was committed, whatever it says. */
async function readingOf(
  { readReadingsVersion, readReadingProof }: ChallengeEvidenceDeps,
  { area, memberId }: Place,
  period: DeliveryPeriod,
  committedAt: number,
): Promise<Pick<PeriodChallenge, 'reading' | 'readingVersion'>> {
  const version = await readReadingsVersion(area, period, committedAt)
  if (version === null) return { reading: null, readingVersion: 0 }
  const found = await readReadingProof({ area, period, version, memberId })
  if (found === null) return { reading: null, readingVersion: version }
  const { position, siblings } = found.proof
  return { reading: { leaf: found.reading, position, siblings }, readingVersion: version }
}
