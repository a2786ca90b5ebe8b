import { describe, expect, test } from 'vitest'
import { isAffected, queryKeys } from './query-keys.ts'

const periods = new Set([7])

describe('isAffected', () => {
  test('is true of lists that grow with every block', () => {
    for (const key of [
      queryKeys.neighbourhood(),
      queryKeys.sessions(96),
      queryKeys.blocks(null),
      queryKeys.events({}),
    ]) {
      expect(isAffected(key, periods)).toBe(true)
    }
  })

  test('is true of a period only where the blocks touched it', () => {
    expect(isAffected(queryKeys.session(7), periods)).toBe(true)
    expect(isAffected(queryKeys.session(8), periods)).toBe(false)
    expect(isAffected(queryKeys.trace(7, 3), periods)).toBe(true)
    expect(isAffected(queryKeys.trace(8, 3), periods)).toBe(false)
  })

  test('is false of what never changes: a block, a transaction, an older page', () => {
    expect(isAffected(queryKeys.block(4), periods)).toBe(false)
    expect(isAffected(queryKeys.transaction('0x1'), periods)).toBe(false)
    expect(isAffected(queryKeys.blocks(100), periods)).toBe(false)
    expect(isAffected(queryKeys.events({ before: '5-0' }), periods)).toBe(false)
  })

  test('is true of any page of a household, whose old periods may settle late', () => {
    expect(isAffected(queryKeys.householdPeriods(3, 90), periods)).toBe(true)
  })

  test('leaves health, and what people decide, to their own pace', () => {
    const { health, me, signIns, apiKeys, consents, invitations, joining, tradingKeys } = queryKeys
    for (const keyOf of [health, me, signIns, apiKeys, consents, invitations, joining, tradingKeys]) {
      expect(isAffected(keyOf(), periods)).toBe(false)
    }
    expect(isAffected(queryKeys.erasure(3), periods)).toBe(false)
  })
})
