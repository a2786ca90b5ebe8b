import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import { isLeafOf, siblingsOf } from './merkle-sum-tree.ts'
import { readingLeafOf, readingTreeOf, type SaltedReading } from './reading-tree.ts'

function reading(memberId: number, imported: bigint, exported: bigint): SaltedReading {
  return {
    memberId,
    period: deliveryPeriod(1_630_000),
    importStart: energyWh(1_000n),
    importEnd: energyWh(1_000n + imported),
    exportStart: energyWh(50n),
    exportEnd: energyWh(50n + exported),
    quality: 'metered',
    salt: `0x${memberId.toString(16).padStart(64, '0')}`,
  }
}

describe('readingTreeOf', () => {
  const readings = [reading(3, 100n, 0n), reading(4, 20n, 7n), reading(9, 0n, 30n)]

  test('adds up what was imported and what was exported', () => {
    expect(readingTreeOf(readings).root).toMatchObject({ count: 3, a: 120n, b: 37n })
    expect(readingTreeOf([]).root).toEqual({ hash: `0x${'00'.repeat(32)}`, a: 0n, b: 0n, count: 0 })
  })

  test('proves each reading in its place, and no other', () => {
    const tree = readingTreeOf(readings)
    for (const [position, one] of readings.entries()) {
      const siblings = siblingsOf(tree, position)
      expect(isLeafOf(tree.root, readingLeafOf(one), position, siblings)).toBe(true)
      for (const other of [
        { ...one, memberId: one.memberId + 1 },
        { ...one, importEnd: energyWh(one.importEnd + 1n) },
        { ...one, importStart: energyWh(one.importStart + 1n), importEnd: energyWh(one.importEnd + 1n) },
        { ...one, exportStart: energyWh(one.exportStart - 1n), exportEnd: energyWh(one.exportEnd - 1n) },
        { ...one, period: deliveryPeriod(1_630_001) },
        { ...one, quality: 'estimated' as const },
        { ...one, salt: `0x${'ff'.repeat(32)}` },
      ]) {
        expect(isLeafOf(tree.root, readingLeafOf(other), position, siblings)).toBe(false)
      }
    }
  })

  test('lays a leaf out in 72 bytes, as the contract does, with the quality before the salt', () => {
    const { bytes } = readingLeafOf({ ...reading(3, 100n, 0n), quality: 'estimated' })
    expect(bytes).toHaveLength(3 + 4 + 4 * 8 + 1 + 32)
    expect([readingLeafOf(reading(3, 100n, 0n)).bytes[39], bytes[39]]).toEqual([0, 1])
  })
})
