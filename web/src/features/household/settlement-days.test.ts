import { describe, expect, test } from 'vitest'
import type { HouseholdDay } from '../../lib/api-client.ts'
import { settlementDayOf } from './settlement-days.ts'

const HASH = `0x${'11'.repeat(32)}`

function runOf(run: 0 | 1 | 2, paymentMicroEuro: string | null, paidAt: number | null): HouseholdDay['runs'][number] {
  return {
    run,
    root: HASH,
    statementCount: 4,
    totalMicroEuro: '900',
    committedAt: 1_000,
    committedTransaction: HASH,
    challengeableUntil: 4_600,
    readingsAt: 990,
    withheldMicroEuro: '0',
    paidAt,
    paidTransaction: paidAt === null ? null : HASH,
    paymentMicroEuro,
  }
}

function dayOf(changes: Partial<HouseholdDay>): HouseholdDay {
  return {
    day: 20_000,
    startsAt: 1_728_000_000,
    state: 'drawn-up',
    periodCount: 96,
    estimatedCount: 0,
    totalMicroEuro: '500',
    correctionsMicroEuro: '0',
    runs: [],
    ...changes,
  }
}

describe('settlementDayOf', () => {
  test('has moved nothing before a run is paid', () => {
    const day = settlementDayOf(dayOf({ state: 'committed', runs: [runOf(0, '500', null)] }))
    expect(day).toMatchObject({ total: 500n, moved: 0n })
    expect(day.runs).toMatchObject([{ payment: 500n, challengeableUntil: 4_600, paidAt: null }])
  })

  test('adds up what each paid run and each correction moved', () => {
    const runs = [runOf(0, '500', 5_000), runOf(1, '-20', 9_000), runOf(2, '7', null)]
    const day = settlementDayOf(dayOf({ state: 'corrected', correctionsMicroEuro: '-30', runs }))
    expect(day).toMatchObject({ corrections: -30n, moved: 450n })
    expect(day.runs.map(({ challengeableUntil }) => challengeableUntil)).toEqual([null, null, 4_600])
  })

  test('tells what holds a run back, until it is paid', () => {
    const withheld = { withheldMicroEuro: '40' }
    const runs = [
      { ...runOf(0, '500', 5_000), ...withheld },
      { ...runOf(1, '7', null), ...withheld },
    ]
    const day = settlementDayOf(dayOf({ state: 'held-back', runs }))
    expect(day.runs.map((run) => run.withheld)).toEqual([0n, 40n])
  })

  test('counts a run without a statement of the household as nothing', () => {
    const day = settlementDayOf(dayOf({ state: 'paid', runs: [runOf(0, null, 5_000)] }))
    expect(day).toMatchObject({ moved: 0n, runs: [{ payment: null }] })
  })
})
