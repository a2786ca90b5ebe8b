import { describe, expect, test } from 'vitest'
import { powerW } from '../../units.ts'
import { ruleOnQueue, sureEffectOf, type AssetEvidence } from './prequalification-evidence.ts'

const home = (known: Partial<AssetEvidence>): AssetEvidence => ({
  ...{ connectionCapacity: powerW(10_000n), effectPpm: 1_000_000, meteredDays: 7 },
  ...known,
})

describe('ruleOnQueue', () => {
  test('prequalifies what is asked with the least effect of the homes', () => {
    const homes = [home({}), home({ effectPpm: 800_000 }), home({ effectPpm: 0 })]
    const ruling = { kind: 'prequalify', power: 20_000n, effectPpm: 800_000 }
    expect(ruleOnQueue(powerW(20_000n), homes, 7)).toEqual(ruling)
  })

  test('waits while too few homes were metered for long enough', () => {
    expect(ruleOnQueue(powerW(20_000n), [home({}), home({ meteredDays: 6 })], 7)).toEqual({
      ...{ kind: 'wait', effectPpm: 1_000_000 },
    })
    expect(ruleOnQueue(powerW(10_000n), [home({}), home({ meteredDays: 6 })], 7).kind).toBe('prequalify')
  })

  test('rejects what the connections behind the point never carry, and a portfolio without any', () => {
    const ruling = ruleOnQueue(powerW(10_001n), [home({}), home({ effectPpm: 0 })], 7)
    expect(ruling).toEqual({
      kind: 'reject',
      reason: '10001 W are more than the 10000 W that its 1 connections there carry',
    })
    expect(ruleOnQueue(powerW(1n), [], 0).kind).toBe('reject')
  })
})

test('what a community does for its feeder is sure where all of its homes lie behind that', () => {
  const effectOf = new Map([
    [10, 1_000_000],
    [11, 900_000],
  ])
  expect(sureEffectOf([10, 11], effectOf)).toBe(900_000)
  expect(sureEffectOf([10, 11, 12], effectOf)).toBe(0)
  expect(sureEffectOf([], effectOf)).toBe(0)
})
