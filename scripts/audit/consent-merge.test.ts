import { describe, expect, test } from 'vitest'
import type { ConsentData } from './consent-data.ts'
import { mergeConsent } from './consent-merge.ts'

const statement = (day: number, run: number) => ({ day, run }) as ConsentData['statements'][number]
const reading = (period: number, version: number) => ({ period, version }) as ConsentData['readings'][number]
const dataOf = (memberId: number, change: Partial<ConsentData> = {}): ConsentData => ({
  format: 'commonwatt-evidence-1',
  chainId: 1,
  settlement: '0xaa',
  area: 1,
  memberId,
  readings: [],
  statements: [],
  ...change,
})

describe('mergeConsent', () => {
  test("puts a member's files together", () => {
    const merged = mergeConsent([
      dataOf(5, { statements: [statement(1, 0)], readings: [reading(96, 0)] }),
      dataOf(6),
      dataOf(5, { statements: [statement(1, 1)], readings: [reading(96, 1)] }),
    ])
    expect(merged).toMatchObject([
      { memberId: 5, statements: [{ run: 0 }, { run: 1 }], readings: [{ version: 0 }, { version: 1 }] },
      { memberId: 6 },
    ])
  })

  test('takes what a meter signed between two days, which both have, once, and none where one file has none', () => {
    const signed = (deliveryPeriod: number) =>
      ({ deliveryPeriod }) as NonNullable<ConsentData['signedReadings']>[number]
    const [late, early] = [{ signedReadings: [signed(2), signed(3)] }, { signedReadings: [signed(1), signed(2)] }]
    expect(mergeConsent([dataOf(5, late), dataOf(5, early)])).toMatchObject([
      { signedReadings: [signed(1), signed(2), signed(3)] },
    ])
    expect(mergeConsent([dataOf(5, late), dataOf(5)])[0]?.signedReadings).toBeUndefined()
  })

  test('puts what a meter signed in its sequence, once where two spans meet', () => {
    const signed = (...periods: readonly number[]) =>
      periods.map((period) => ({ deliveryPeriod: period })) as NonNullable<ConsentData['signedReadings']>
    const [merged] = mergeConsent([
      dataOf(5, { signedReadings: signed(95, 96) }),
      dataOf(5, { signedReadings: signed(94, 95) }),
    ])
    expect(merged?.signedReadings).toEqual(signed(94, 95, 96))
    const [partly] = mergeConsent([dataOf(5, { signedReadings: signed(95) }), dataOf(5)])
    expect(partly?.signedReadings).toBeUndefined()
  })

  test.each([
    ['a statement', { statements: [statement(1, 0)] }, 'the statement of day 1, initial run, of member 5 of area 1'],
    ['a reading', { readings: [reading(96, 0)] }, 'version 0 of the reading of period 96 of member 5'],
  ])('refuses %s that is given twice', (_, change, words) => {
    expect(() => mergeConsent([dataOf(5, change), dataOf(5, change)])).toThrow(words)
    expect(() => mergeConsent([dataOf(5, change), dataOf(6, change)])).not.toThrow()
  })

  test('refuses data of one member from two ledgers', () => {
    expect(() => mergeConsent([dataOf(5), dataOf(5, { chainId: 2 })])).toThrow('are of two ledgers')
  })
})
