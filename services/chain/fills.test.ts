import { describe, expect, test } from 'vitest'
import { energyWh } from '../domain/units.ts'
import { clearingChunksOf, decodeFills, encodeFills } from './fills.ts'
import type { LoggedEvent } from './logs.ts'

const chunk = (by: string, claimHash: string, number: bigint, fills: string): LoggedEvent => ({
  contract: 'callAuction',
  name: 'OrdersCleared',
  arguments: { by, claimHash, chunk: number, fills },
  blockNumber: 1,
  transactionHash: '0x',
})
const cleared: LoggedEvent = { ...chunk('', '', 0n, ''), name: 'SessionCleared' }

describe('fills', () => {
  test('take 7 bytes each, the top bit of the quantity set for an offer', () => {
    const fills = [
      { trader: 0x010203, side: 'bid' as const, filled: energyWh(0x7fffffffn) },
      { trader: 0xffffff, side: 'offer' as const, filled: energyWh(1n) },
    ]
    expect(encodeFills(fills)).toBe('0x0102037fffffffffffff80000001')
    expect(decodeFills(encodeFills(fills))).toEqual(fills)
    expect(decodeFills('0x')).toEqual([])
  })

  test('that are cut off are refused', () => {
    expect(() => decodeFills('0x0102037fffff')).toThrow(expect.objectContaining({ code: 'fills-malformed' }))
  })
})

describe('clearingChunksOf', () => {
  test('takes the chunks of whoever came to the end, and not those of other claims and callers', () => {
    const events = [
      chunk('0xa', '0x1', 0n, '0x01'),
      chunk('0xb', '0x1', 0n, '0x02'),
      chunk('0xa', '0x2', 0n, '0x03'),
      chunk('0xa', '0x1', 1n, '0x04'),
      cleared,
      chunk('0xb', '0x1', 1n, '0x05'),
    ]
    expect(clearingChunksOf(events)).toEqual(['0x01', '0x04'])
  })

  test('takes the later of two that tell the same chunk, as after a clearing begun anew', () => {
    const events = [chunk('0xa', '0x1', 0n, '0x01'), chunk('0xa', '0x1', 0n, '0x02'), cleared]
    expect(clearingChunksOf(events)).toEqual(['0x02'])
  })

  test('finds nothing before the end', () => {
    expect(clearingChunksOf([chunk('0xa', '0x1', 0n, '0x01')])).toBeNull()
    expect(clearingChunksOf([])).toBeNull()
  })
})
