import { describe, expect, test } from 'vitest'
import { HOUSEHOLD_PARTS, mayReadByRole, mayReadRefusals } from './household-data.ts'

const partsOf = (role: string, area = 1) => HOUSEHOLD_PARTS.filter((part) => mayReadByRole([{ role, area }], 1, part))

describe('what a role may read of a household', () => {
  test('is nothing for a role that is not named', () => {
    for (const role of ['supplier', 'settlement-bank', 'tax-authority', 'aggregator', 'prosumer', 'toString', ''])
      expect(partsOf(role)).toEqual([])
  })

  test('is who its members are for the community manager, and none of their data', () => {
    expect(partsOf('community-manager')).toEqual(['name', 'membership'])
  })

  test('is everything but the name for the market operator and the auditor', () => {
    for (const role of ['market-operator', 'auditor'])
      expect(partsOf(role)).toEqual(['membership', 'quarter-hours', 'orders', 'statements', 'evidence'])
  })

  test('ends at the area of the role, unless that is every area', () => {
    expect(partsOf('dso', 2)).toEqual([])
    expect(partsOf('dso', 0)).toEqual(['membership', 'quarter-hours'])
  })

  test('is the refused messages for whoever mends meters or watches over the market', () => {
    expect(mayReadRefusals([{ role: 'metering-operator', area: 1 }], 1)).toBe(true)
    expect(mayReadRefusals([{ role: 'metering-operator', area: 2 }], 1)).toBe(false)
    expect(mayReadRefusals([{ role: 'dso', area: 1 }], 1)).toBe(false)
  })
})
