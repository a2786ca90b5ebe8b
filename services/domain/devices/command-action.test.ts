import { describe, expect, test } from 'vitest'
import { MOST_SCHEDULE_STEPS, parseCommandAction } from './command-action.ts'

const malformed = expect.objectContaining({ code: 'command-malformed' }) as Error
const schedule = (...from: number[]) => ({ kind: 'schedule', steps: from.map((at) => ({ from: at, powerW: 0 })) })

describe('parseCommandAction', () => {
  test.each([
    { kind: 'set-point', powerW: -1_500 },
    { kind: 'switch', isOn: false },
    { kind: 'charge-limit', mostChargeW: 0, mostDischargeW: 7, leastStateOfCharge: 100, mostStateOfCharge: 100 },
    schedule(1, 2, 900),
  ])('takes $kind as it is', (action) => {
    expect(parseCommandAction(action)).toEqual(action)
  })

  test.each([
    null,
    'set-point',
    {},
    { kind: 'explode' },
    { kind: 'set-point' },
    { kind: 'set-point', powerW: 1.5 },
    { kind: 'set-point', powerW: '1' },
    { kind: 'set-point', powerW: 1_000_001 },
    { kind: 'set-point', powerW: 1, isOn: true },
    { kind: 'switch', isOn: 1 },
    { kind: 'charge-limit', mostChargeW: -1, mostDischargeW: 0, leastStateOfCharge: 0, mostStateOfCharge: 1 },
    { kind: 'charge-limit', mostChargeW: 1, mostDischargeW: 0, leastStateOfCharge: 2, mostStateOfCharge: 1 },
    { kind: 'charge-limit', mostChargeW: 1, mostDischargeW: 0, leastStateOfCharge: 0, mostStateOfCharge: 1_001 },
    schedule(),
    schedule(2, 2),
    schedule(3, 2),
    schedule(...Array.from({ length: MOST_SCHEDULE_STEPS + 1 }, (_, at) => at)),
  ])('refuses %j', (action) => {
    expect(() => parseCommandAction(action)).toThrow(malformed)
  })

  test('says which step is not after the one before', () => {
    expect(() => parseCommandAction(schedule(1, 3, 3))).toThrow(/steps\.2\.from/)
  })
})
