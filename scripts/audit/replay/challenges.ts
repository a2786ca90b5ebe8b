import { differ, requireSame, type Place } from '../difference.ts'
import type { Accounts } from './accounts.ts'
import type { LedgerEvent } from './ledger-event.ts'
import { placeOf } from './ledger-event.ts'

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
}

const STAKE = 10_000_000n
const LINE_REWARD = 10_000_000n
const LEFT_OUT_REWARD = 100_000_000n

/** Replays what challenges came to: what was paid out of the bond, or lost to it, is what the rules say. */
export function createChallenges(accounts: Accounts) {
  const outcomes: ChallengeOutcome[] = []
  const corrections = new Map<string, bigint>()
  const correctedPeriods = new Set<string>()
  let expected: Expected[] = []
  let found: (Expected & { readonly bondAfter: bigint; readonly place: Place })[] = []

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
      upheld ? { name: 'Rewarded', member, amount: LEFT_OUT_REWARD } : { name: 'Forfeited', member, amount: STAKE },
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
    if (upheld) {
      if (moved !== 0n) expected.push({ name: 'Corrected', member, amount: moved })
      expected.push({ name: 'Rewarded', member: null, amount: LINE_REWARD })
      const key = `${area}:${day}:${fields.number('run')}:${member}`
      corrections.set(key, (corrections.get(key) ?? 0n) + moved)
      correctedPeriods.add(`${key}:${fields.number('period')}`)
    } else {
      expected.push({ name: 'Forfeited', member: fields.number('challenger'), amount: STAKE })
    }
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
      if (event.contract === 'orderReceipts') return seeReceipts(event)
      return event.contract === 'challenges' ? seeStatements(event) : null
    },
    endTransaction: (place: Place): void => {
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
        // A bond pays as much as it holds.
        const isSpent = each.name === 'Rewarded' && paid.amount < each.amount && paid.bondAfter === 0n
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
    correctionOf: (area: number, day: number, run: number, member: number): bigint =>
      corrections.get(`${area}:${day}:${run}:${member}`) ?? 0n,
    /** Whether the statement's period was proven wrong and set right, so that its lines need not be those of the rule. */
    isCorrected: (area: number, day: number, run: number, member: number, period: number): boolean =>
      correctedPeriods.has(`${area}:${day}:${run}:${member}:${period}`),
    outcomes: outcomes as readonly ChallengeOutcome[],
  }
}

export type Challenges = ReturnType<typeof createChallenges>
