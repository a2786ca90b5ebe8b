import { beforeEach, describe, expect, test } from 'vitest'
import type { Accounts } from './accounts.ts'
import { createCorrections, type Corrections, type Judgement } from './corrections.ts'
import { eventForTest } from './event-for-test.ts'
import type { Run, Runs } from './runs.ts'

const DAY = 20_000
const HOME = 7
const place = { block: 9 }

let run: Pick<Run, 'withheld'>
let bond: bigint
let free: bigint
let corrections: Corrections

beforeEach(() => {
  run = { withheld: 0n }
  bond = 1_000n
  free = 1_000n
  const accounts = { poolOf: () => ({ bond }), freeOf: () => free } as unknown as Accounts
  corrections = createCorrections(accounts, { runOf: () => run } as unknown as Runs)
})

const key = { area: 1, day: DAY, run: 0, memberId: HOME }
const corrected = (delta: bigint, owed: bigint, time = 1_000) =>
  eventForTest('challenges', 'StatementCorrected', { ...key, period: 5, delta, owed }, { time })
const paid = (moved: bigint) => eventForTest('challenges', 'CorrectionPaid', { ...key, moved })
const judged = (delta: bigint, changes: Partial<Judgement> = {}): Judgement => ({
  isRight: false,
  delta,
  hasReading: true,
  decision: '0:0',
  answerableUntil: 2_000,
  ...changes,
})
const differs = (message: string) =>
  expect.objectContaining({ message: expect.stringContaining(message) as string }) as Error

describe('createCorrections', () => {
  test('agrees with a correction that the bond pays, and rewards the first of a member alone', () => {
    expect(corrections.correct(corrected(-300n, 0n), judged(-300n))).toEqual({ moved: -300n, isRewarded: true })
    const other = judged(-50n, { decision: '0:1' })
    expect(corrections.correct(corrected(-50n, 0n), other)).toEqual({ moved: -50n, isRewarded: false })
    expect(corrections.correctionOf(1, DAY, 0, HOME)).toBe(-350n)
    corrections.endTransaction(place)
  })

  test('knows what an empty bond owes, which holds the run back until it is paid', () => {
    bond = 0n
    corrections.correct(corrected(-100n, 200n), judged(-300n))
    expect(() => corrections.endTransaction(place)).toThrow(differs('what holds the run back'))
    run.withheld = 200n
    corrections.endTransaction(place)
    expect(corrections.pay(paid(-150n))).toBe(-150n)
    expect(corrections.correctedOf(1, DAY, 0)).toEqual([{ memberId: HOME, moved: -250n, owed: 50n }])
    run.withheld = 50n
    corrections.endTransaction(place)
  })

  test('differs where something is owed that the bond holds, or more is paid than is owed', () => {
    expect(() => corrections.correct(corrected(-100n, 200n), judged(-300n))).toThrow(differs('could pay'))
    expect(() => corrections.pay(paid(-1n))).toThrow(differs('of the 0'))
    bond = 0n
    corrections.correct(corrected(0n, 10n), judged(-10n))
    bond = 5n
    expect(() => corrections.pay(paid(-9n))).toThrow(differs('the bond kept 5'))
  })

  test('takes back no more than challenges gave, less where that is not free, and first what is owed', () => {
    corrections.correct(corrected(-300n, 0n), judged(-300n))
    bond = 0n
    corrections.correct(corrected(0n, 40n), judged(-40n, { decision: '0:1' }))
    corrections.correct(corrected(300n, 0n), judged(900n, { decision: '0:2' }))
    expect(corrections.correctedOf(1, DAY, 0)).toEqual([{ memberId: HOME, moved: 0n, owed: 0n }])
    expect(() => corrections.correct(corrected(1n, 0n), null)).toThrow(differs('had given it less'))
  })

  test('differs where a correction takes less than it should though more is free, or comes too late', () => {
    corrections.correct(corrected(-300n, 0n), judged(-300n))
    const more = judged(900n, { decision: '0:1' })
    expect(() => corrections.correct(corrected(200n, 0n), more)).toThrow(differs('took back is 200'))
    expect(() => corrections.correct(corrected(300n, 0n, 2_000), judged(900n, { decision: '0:2' }))).toThrow(
      differs('too late'),
    )
    free = 0n
    corrections.correct(corrected(100n, 0n), judged(900n, { decision: '0:3' }))
  })

  test('lets a reading be shown later, which settles the difference to what was decided without it', () => {
    corrections.correct(corrected(-300n, 0n), judged(-300n, { hasReading: false }))
    corrections.correct(corrected(100n, 0n), judged(-200n))
    expect(corrections.correctionOf(1, DAY, 0, HOME)).toBe(-200n)
    expect(() => corrections.correct(corrected(0n, 0n), judged(-200n))).toThrow(differs('a second time'))
  })
})
