import type { LedgerCall, PeriodChallenge, StatementChallenge } from '../chain/challenge-calls.ts'
import { DomainError } from '../domain/errors.ts'
import { nodesOf } from '../domain/metering/committed-tree.ts'
import { siblingsOf } from '../domain/metering/merkle-sum-tree.ts'
import { readingTreeOf, type SaltedReading } from '../domain/metering/reading-tree.ts'
import type { DayStatement } from '../domain/settlement/day-statement.ts'
import { periodTreeOf, type PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../domain/units.ts'

type Proof = {
  readonly root: { readonly hash: string; readonly count: number; readonly a: bigint }
  readonly position: number
  readonly siblings: readonly string[]
}
type Place = { readonly area: number; readonly day: number; readonly run: number; readonly memberId: number }

/** A run as the ledger has it; `readingsAt` in unix seconds. */
type CommittedRun = {
  readonly root: string
  readonly count: number
  readonly total: bigint
  readonly readingsAt: number
}

export type ChallengeEvidenceDeps = {
  /** The member's leaf of the run; null where there is none. */
  readonly readDayStatement: (
    place: Place,
  ) => Promise<{ readonly statement: DayStatement; readonly proof: Proof } | null>
  readonly readPeriodStatements: (place: Place) => Promise<readonly PeriodStatement[]>
  /** The run as the ledger has it; null while it is not committed. */
  readonly readRun: (place: Omit<Place, 'memberId'>) => Promise<CommittedRun | null>
  /** The packed payments that the run was committed with, as the ledger's event tells them; `0x` where there is no run. */
  readonly readPayments: (place: Omit<Place, 'memberId'>) => Promise<string>
  /** The version of the period's readings that the ledger had at a time, in unix seconds; null where it had none. */
  readonly readReadingsVersion: (area: number, period: DeliveryPeriod, time: number) => Promise<number | null>
  /** Root of a version of the period's readings on the ledger. */
  readonly readReadingsRoot: (area: number, period: DeliveryPeriod, version: number) => Promise<string>
  /** All readings of a version as they are kept, ascending by member. */
  readonly readReadings: (area: number, period: DeliveryPeriod, version: number) => Promise<readonly SaltedReading[]>
  /** The session's fills, chunk by chunk. Throws `session-not-cleared`. */
  readonly readFillChunks: (area: number, period: DeliveryPeriod) => Promise<readonly string[]>
  readonly challengePeriodCall: (challenge: PeriodChallenge) => LedgerCall
  readonly challengeStatementCall: (challenge: StatementChallenge) => LedgerCall
}

/**
 * Puts together what a challenge needs: a call for `challenger` to sign. Null where the household has no such statement.
 * Throws `statement-provisional`, and `evidence-incomplete` where what is kept here is not what the ledger holds.
 */
export type ChallengeEvidence = {
  /** Of one period of the statement. Throws `period-statement-unknown`. */
  readonly ofPeriod: (place: Place, period: number, challenger: number) => Promise<LedgerCall | null>
  /** Of the statement as a whole, against its periods, earlier runs and the payments. */
  readonly ofStatement: (place: Place, challenger: number) => Promise<LedgerCall | null>
}

export function createChallengeEvidence(deps: ChallengeEvidenceDeps): ChallengeEvidence {
  return {
    async ofPeriod(place, period, challenger) {
      const committed = await committedOf(deps, place)
      if (committed === null) return null
      const { statement, periods, run } = committed
      const position = periods.findIndex((candidate) => candidate.period === period)
      const leaf = periods[position]
      if (leaf === undefined) {
        throw new DomainError('period-statement-unknown', `the statement of day ${place.day} has no period ${period}`)
      }
      return deps.challengePeriodCall({
        challenger,
        area: place.area,
        statement,
        period: { leaf, position, siblings: siblingsOf(periodTreeOf(periods), position) },
        ...(await readingOf(deps, place, leaf, run.readingsAt)),
        fills: await deps.readFillChunks(place.area, deliveryPeriod(period)),
      })
    },
    async ofStatement(place, challenger) {
      const committed = await committedOf(deps, place)
      if (committed === null) return null
      const { statement, periods } = committed
      const runs = Array.from({ length: place.run + 1 }, (_, run) => ({ area: place.area, day: place.day, run }))
      return deps.challengeStatementCall({
        challenger,
        area: place.area,
        statement,
        nodes: nodesOf(periodTreeOf(periods)),
        payments: await Promise.all(runs.map(deps.readPayments)),
      })
    },
  }
}

/** The statement and its periods, as far as what is kept of them is what the ledger holds. */
async function committedOf(deps: ChallengeEvidenceDeps, place: Place) {
  const [run, periods, kept] = await Promise.all([
    deps.readRun(place),
    deps.readPeriodStatements(place),
    deps.readDayStatement(place),
  ])
  if (kept === null && periods.length === 0) return null
  if (run === null || kept === null) {
    throw new DomainError(
      'statement-provisional',
      `the statement of day ${place.day} in run ${place.run} is not committed yet: there is nothing to challenge`,
    )
  }
  const { statement: leaf, proof } = kept
  const { root } = proof
  const isOfRun = root.hash === run.root && root.count === run.count && root.a === run.total
  if (!isOfRun || leaf.periodsRoot !== periodTreeOf(periods).root.hash) {
    throw incomplete(`the statements of day ${place.day} that are kept here are not those that the ledger holds`)
  }
  return { run, periods, statement: { leaf, position: proof.position, siblings: proof.siblings } }
}

/**
 * The reading that the run had to use, whatever it says: of the version that was the latest at the time on which its
 * statements rest. Of that very second either version counts, the stated one where it is among them.
 */
async function readingOf(
  { readReadingsVersion, readReadingsRoot, readReadings }: ChallengeEvidenceDeps,
  { area, memberId }: Place,
  { period, readingVersion: stated }: PeriodStatement,
  readingsAt: number,
): Promise<Pick<PeriodChallenge, 'reading' | 'readingVersion'>> {
  const [latest, before] = await Promise.all(
    [readingsAt, readingsAt - 1].map(async (time) => (await readReadingsVersion(area, period, time)) ?? 0),
  )
  const version = stated >= before! && stated <= latest! ? stated : latest!
  const [readings, root] = await Promise.all([
    readReadings(area, period, version),
    readReadingsRoot(area, period, version),
  ])
  const tree = readingTreeOf(readings)
  if (tree.root.hash !== root) {
    throw incomplete(`the readings of period ${period} that are kept here are not those that the ledger holds`)
  }
  const position = readings.findIndex((reading) => reading.memberId === memberId)
  const leaf = readings[position]
  if (leaf === undefined) return { reading: null, readingVersion: version }
  return { reading: { leaf, position, siblings: siblingsOf(tree, position) }, readingVersion: version }
}

function incomplete(message: string): DomainError {
  return new DomainError('evidence-incomplete', message)
}
