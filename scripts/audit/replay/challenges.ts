import { differ, requireSame, type Place } from '../difference.ts'
import type { Accounts } from './accounts.ts'
import { createCorrections, type Judgement } from './corrections.ts'
import type { LedgerEvent } from './ledger-event.ts'
import { placeOf } from './ledger-event.ts'
import type { Runs } from './runs.ts'

export type ChallengeOutcome = {
  readonly kind: 'statement' | 'order-left-out'
  readonly upheld: boolean
  readonly area: number
  /** Null for a challenge of a whole statement. */
  readonly period: number | null
  readonly day: number | null
  /** Of the statement; null for an order. */
  readonly run: number | null
  readonly member: number
  /** Whether the audit came to the same outcome itself, or could not. */
  recomputed: boolean
  /** Micro-euro that moved from the member to the bond (negative: to the member). */
  readonly moved: bigint
  readonly transaction: string
  readonly block: number
}

type Expected = {
  readonly name: 'Corrected' | 'Rewarded' | 'Forfeited'
  readonly member: number | null
  readonly amount: bigint
  /** Whether a bond that holds less may pay what it holds. */
  readonly mayBeLess: boolean
}

const STAKE = 10_000_000n
const LINE_REWARD = 10_000_000n
const LEFT_OUT_REWARD = 100_000_000n
const FLEX_REWARD = 10_000_000n

/** Replays what challenges came to: what was paid out of the bond, or lost to it, is what the rules say. */
export function createChallenges(accounts: Accounts, runs: Runs) {
  const outcomes: ChallengeOutcome[] = []
  const corrections = createCorrections(accounts, runs)
  const correctedPeriods = new Set<string>()
  const runsWithCorrectedStatement = new Set<string>()
  let expected: Expected[] = []
  let found: (Omit<Expected, 'mayBeLess'> & { readonly bondAfter: bigint; readonly place: Place })[] = []

  const add = (
    event: LedgerEvent,
    outcome: Pick<ChallengeOutcome, 'kind' | 'upheld' | 'area' | 'period' | 'day' | 'run' | 'member' | 'moved'>,
  ) => {
    const added: ChallengeOutcome = {
      ...outcome,
      recomputed: false,
      transaction: event.transaction.hash,
      block: event.block,
    }
    outcomes.push(added)
    return added
  }

  const seeReceipts = (event: LedgerEvent): ChallengeOutcome | null => {
    const { fields, name } = event
    if (name !== 'OrderLeftOut' && name !== 'ChallengeRejected') return null
    const upheld = name === 'OrderLeftOut'
    const member = fields.number(upheld ? 'memberId' : 'challenger')
    expected.push(
      upheld
        ? { name: 'Rewarded', member, amount: LEFT_OUT_REWARD, mayBeLess: false }
        : { name: 'Forfeited', member, amount: STAKE, mayBeLess: false },
    )
    const area = fields.number('area')
    return add(event, {
      kind: 'order-left-out',
      upheld,
      area,
      period: fields.number('period'),
      day: null,
      run: null,
      member,
      moved: 0n,
    })
  }

  const seeStatements = (event: LedgerEvent): ChallengeOutcome | null => {
    const { fields, name } = event
    if (name !== 'StatementCorrected' && name !== 'ChallengeRejected') return null
    const upheld = name === 'StatementCorrected'
    const area = fields.number('area')
    const day = fields.number('day')
    const member = fields.number('memberId')
    const moved = upheld ? fields.big('delta') : 0n
    if (upheld && fields.number('period') === 0) {
      runsWithCorrectedStatement.add(`${area}:${day}:${fields.number('run')}`)
    }
    if (upheld) correctedPeriods.add(`${area}:${day}:${fields.number('run')}:${member}:${fields.number('period')}`)
    else expected.push({ name: 'Forfeited', member: fields.number('challenger'), amount: STAKE, mayBeLess: false })
    const period = fields.number('period')
    const run = fields.number('run')
    return add(event, {
      kind: 'statement',
      upheld,
      area,
      period: period === 0 ? null : period,
      day,
      run,
      member,
      moved,
    })
  }

  const seeFlexibility = ({ name, fields }: LedgerEvent): void => {
    const member = fields.number('challenger')
    if (name === 'FlexChallengeUpheld')
      expected.push({ name: 'Rewarded', member, amount: FLEX_REWARD, mayBeLess: true })
    if (name === 'FlexChallengeRejected') expected.push({ name: 'Forfeited', member, amount: STAKE, mayBeLess: false })
  }

  const seeCorrectionPaid = (event: LedgerEvent): null => {
    const amount = corrections.pay(event)
    expected.push({ name: 'Corrected', member: event.fields.number('memberId'), amount, mayBeLess: false })
    return null
  }

  /** Whoever corrects a member's statements of a run first is rewarded, once. */
  const settle = (event: LedgerEvent, judgement: Judgement | null): void => {
    if (event.name !== 'StatementCorrected') return
    const { moved, isRewarded } = corrections.correct(event, judgement)
    if (moved !== 0n)
      expected.push({ name: 'Corrected', member: event.fields.number('memberId'), amount: moved, mayBeLess: false })
    if (isRewarded) expected.push({ name: 'Rewarded', member: null, amount: LINE_REWARD, mayBeLess: true })
  }

  const seeAccounts = (event: LedgerEvent): void => {
    const { name, fields } = event
    if (name !== 'Corrected' && name !== 'Rewarded' && name !== 'Forfeited') return
    const amount = fields.big(name === 'Corrected' ? 'moved' : 'amount')
    const { bond } = accounts.poolOf(fields.number('area'))
    // Nothing moves where the bond is empty already.
    if (name === 'Corrected' && amount === 0n) return
    const member = fields.number('memberId')
    found.push({ name, member, amount, bondAfter: bond, place: { ...placeOf(event), member } })
  }

  return {
    /** Answers with the outcome that the event is, to be recomputed. */
    see: (event: LedgerEvent): ChallengeOutcome | null => {
      if (event.contract === 'accounts') seeAccounts(event)
      if (event.contract === 'flexChallenges') seeFlexibility(event)
      if (event.contract === 'orderReceipts') return seeReceipts(event)
      if (event.name === 'CorrectionPaid') return seeCorrectionPaid(event)
      if (event.name === 'RunWithheld') {
        corrections.seeWithheld(event.fields.number('area'), event.fields.number('day'), event.fields.number('run'))
      }
      return event.contract === 'challenges' ? seeStatements(event) : null
    },
    /** To be called with the judgement of each outcome that is about a statement; null where there is none. */
    settle,
    endTransaction: (place: Place): void => {
      corrections.endTransaction(place)
      for (const each of expected) {
        const at = found.findIndex(
          ({ name, member }) => name === each.name && (each.member === null || member === each.member),
        )
        const paid = found[at]
        if (paid === undefined) {
          const message = `a challenge was decided, and nothing followed (${each.name})`
          differ('challenges', message, each.member === null ? place : { ...place, member: each.member })
        }
        found.splice(at, 1)
        // The reward for a statement is what the bond holds of it.
        const isSpent = each.mayBeLess && paid.amount < each.amount && paid.bondAfter === 0n
        if (!isSpent)
          requireSame('challenges', `what was ${each.name.toLowerCase()}`, paid.amount, each.amount, paid.place)
      }
      const [unexplained] = found
      if (unexplained !== undefined) {
        differ(
          'challenges',
          `${unexplained.amount} micro-euro moved (${unexplained.name}) without a challenge`,
          unexplained.place,
        )
      }
      expected = []
      found = []
    },
    /** What challenges of the run have moved from the member to the bond, in micro-euro. */
    correctionOf: corrections.correctionOf,
    correctedOf: corrections.correctedOf,
    /**
     * Whether the statement's period was proven wrong and set right, so that its lines need not be those of the rule; for
     * period 0, whether the statement as a whole was.
     */
    isCorrected: (area: number, day: number, run: number, member: number, period: number): boolean =>
      correctedPeriods.has(`${area}:${day}:${run}:${member}:${period}`),
    /** Whether any statement of the run was proven wrong as a whole. */
    hasCorrectedStatement: (area: number, day: number, run: number): boolean =>
      runsWithCorrectedStatement.has(`${area}:${day}:${run}`),
    outcomes: outcomes as readonly ChallengeOutcome[],
  }
}

export type Challenges = ReturnType<typeof createChallenges>
