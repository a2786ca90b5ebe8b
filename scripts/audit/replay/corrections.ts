import { differ, requireSame, type Place } from '../difference.ts'
import type { Accounts } from './accounts.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Runs } from './runs.ts'

/** How the audit itself judges what was challenged of a statement. Micro-euro. */
export type Judgement = {
  readonly isRight: boolean
  /** What the member should pay more than it was stated to. */
  readonly delta: bigint
  /** Whether the reading was shown, on which a period rests. */
  readonly hasReading: boolean
  /** Unix seconds: what costs the member money could be proven before. */
  readonly answerableUntil: number
  /** Of the statement among those of the run, and of the period in it; one decision is made for each. */
  readonly decision: string
}

/** What challenges of a run came to for a member, in micro-euro. */
type Balance = {
  /** What moved to the bond; never above zero. */
  moved: bigint
  owed: bigint
  isRewarded: boolean
  /** Whether something was decided that the audit could not judge, and so does not know what it came to. */
  isOpaque: boolean
  readonly decisions: Map<string, { readonly delta: bigint; readonly hadReading: boolean }>
}

type Key = { readonly area: number; readonly day: number; readonly run: number; readonly memberId: number }

/**
 * Replays what corrections of statements moved, owe and paid. No member ever pays for all challenges of a run together, the
 * bond owes only what it does not hold, and a run waits for exactly what it owes.
 */
export function createCorrections(accounts: Accounts, runs: Runs) {
  const balances = new Map<string, Balance>()
  const membersOf = new Map<string, Set<number>>()
  const touched = new Map<string, Omit<Key, 'memberId'>>()

  const balanceOf = ({ area, day, run, memberId }: Key): Balance => {
    const key = `${area}:${day}:${run}`
    const balance = balances.get(`${key}:${memberId}`) ?? {
      moved: 0n,
      owed: 0n,
      isRewarded: false,
      isOpaque: false,
      decisions: new Map(),
    }
    balances.set(`${key}:${memberId}`, balance)
    membersOf.set(key, (membersOf.get(key) ?? new Set()).add(memberId))
    return balance
  }
  const touch = (key: Key): void => void touched.set(`${key.area}:${key.day}:${key.run}`, key)
  const bondOf = ({ area }: Key): bigint => accounts.poolOf(area).bond

  /** A correction, after what it moved was replayed; answers with that, and whether its challenger is rewarded. */
  const correct = (event: LedgerEvent, judgement: Judgement | null): { moved: bigint; isRewarded: boolean } => {
    const key = keyOf(event)
    const place = { ...placeOf(event), area: key.area, day: key.day, member: key.memberId }
    const balance = balanceOf(key)
    const moved = event.fields.big('delta')
    const owedMore = event.fields.big('owed') - balance.owed
    if (balance.moved + moved > 0n) {
      differ('challenges', `a challenge took ${moved} micro-euro of it, and challenges had given it less`, place)
    }
    if (owedMore > 0n && bondOf(key) !== 0n)
      differ('challenges', `it is owed ${owedMore} micro-euro, which the bond of ${bondOf(key)} could pay`, place)
    if (judgement === null) balance.isOpaque = true
    else requireDecided(key, balance, judgement, { moved, owedMore, time: event.time }, place)
    balance.moved += moved
    balance.owed += owedMore
    const isRewarded = !balance.isRewarded
    balance.isRewarded = true
    touch(key)
    return { moved, isRewarded }
  }

  const requireDecided = (
    { memberId }: Key,
    balance: Balance,
    { delta: whole, hasReading, decision, answerableUntil }: Judgement,
    { moved, owedMore, time }: { readonly moved: bigint; readonly owedMore: bigint; readonly time: number },
    place: Place,
  ): void => {
    const before = balance.decisions.get(decision)
    if (before !== undefined && (before.hadReading || !hasReading)) {
      differ('challenges', 'it was corrected a second time', place)
    }
    balance.decisions.set(decision, { delta: (before?.delta ?? 0n) + moved - owedMore, hadReading: hasReading })
    // What an unknown decision came to may be part of this one.
    if (balance.isOpaque) return
    const delta = whole - (before?.delta ?? 0n)
    if (delta <= 0n) {
      requireSame('challenges', 'what a correction gave it', moved - owedMore, delta, place)
      return
    }
    if (time >= answerableUntil) differ('challenges', `it was to pay more at ${time}, too late for it to answer`, place)
    const unpaid = least(delta, balance.owed)
    const given = least(delta - unpaid, -balance.moved)
    requireSame('challenges', 'what it is owed less', -owedMore, unpaid, place)
    const isSpent = moved >= 0n && moved < given && accounts.freeOf(memberId) === 0n
    if (!isSpent) requireSame('challenges', 'what a correction took back', moved, given, place)
  }

  /** What was owed is paid, as much of it as the bond held; answers with what moved. */
  const pay = (event: LedgerEvent): bigint => {
    const key = keyOf(event)
    const place = { ...placeOf(event), area: key.area, day: key.day, member: key.memberId }
    const balance = balanceOf(key)
    const moved = event.fields.big('moved')
    if (moved >= 0n || -moved > balance.owed) {
      differ('challenges', `${-moved} micro-euro were paid of the ${balance.owed} that corrections owed it`, place)
    }
    balance.moved += moved
    balance.owed += moved
    if (balance.owed !== 0n && bondOf(key) !== 0n) {
      differ('challenges', `the bond kept ${bondOf(key)} micro-euro, though corrections owe it ${balance.owed}`, place)
    }
    touch(key)
    return moved
  }

  /** Of every member for whom challenges of the run came to anything. */
  const correctedOf = (area: number, day: number, run: number): { memberId: number; moved: bigint; owed: bigint }[] =>
    [...(membersOf.get(`${area}:${day}:${run}`) ?? [])].map((memberId) => {
      const { moved, owed } = balanceOf({ area, day, run, memberId })
      return { memberId, moved, owed }
    })

  return {
    correct,
    pay,
    correctedOf,
    /** What a run waits for is what its corrections owe. */
    endTransaction: (place: Place): void => {
      for (const { area, day, run } of touched.values()) {
        const owed = correctedOf(area, day, run).reduce((sum, each) => sum + each.owed, 0n)
        const where = { ...place, area, day }
        requireSame('challenges', 'what holds the run back', runs.runOf(area, day, run)?.withheld, owed, where)
      }
      touched.clear()
    },
    /** Called where a run says that it waits for corrections. */
    seeWithheld: (area: number, day: number, run: number): void => touch({ area, day, run, memberId: 0 }),
    /** What challenges of the run have moved from the member to the bond, in micro-euro. */
    correctionOf: (area: number, day: number, run: number, memberId: number): bigint =>
      balances.get(`${area}:${day}:${run}:${memberId}`)?.moved ?? 0n,
  }
}

export type Corrections = ReturnType<typeof createCorrections>

function keyOf({ fields }: LedgerEvent): Key {
  const { number } = fields
  return { area: number('area'), day: number('day'), run: number('run'), memberId: number('memberId') }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
