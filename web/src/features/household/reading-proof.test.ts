import { describe, expect, test } from 'vitest'
import { siblingsOf } from '../../../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf, type SaltedReading } from '../../../../services/domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../../../../services/domain/units.ts'
import type { Trace } from '../../lib/api-client.ts'
import { proveReading } from './reading-proof.ts'

const PERIOD = 1_994_640
const readings: SaltedReading[] = [1, 2, 3].map((memberId) => ({
  memberId,
  period: deliveryPeriod(PERIOD),
  importStart: energyWh(1_000n),
  importEnd: energyWh(1_000n + BigInt(memberId) * 100n),
  exportStart: energyWh(50n),
  exportEnd: energyWh(60n),
  quality: memberId === 2 ? 'estimated' : 'metered',
  salt: `0x${String(memberId).repeat(64)}`,
}))
const tree = readingTreeOf(readings)

function traceOf(position: number): Trace {
  const reading = readings[position]!
  return {
    memberId: reading.memberId,
    period: PERIOD,
    commitment: {
      transactionHash: '0x1',
      version: 0,
      blockNumber: 1,
      timestamp: 1,
      root: tree.root.hash,
      count: tree.root.count,
      importTotalWh: String(tree.root.a),
      exportTotalWh: String(tree.root.b),
    },
    reading: {
      position,
      version: 0,
      quality: reading.quality,
      importStartWh: String(reading.importStart),
      importEndWh: String(reading.importEnd),
      exportStartWh: String(reading.exportStart),
      exportEndWh: String(reading.exportEnd),
      importWh: '0',
      exportWh: '0',
      salt: reading.salt,
      leafHash: '0x',
      siblings: siblingsOf(tree, position).map((hex) => ({
        hash: hex.slice(0, 66),
        importWh: String(BigInt(`0x${hex.slice(66, 82)}`)),
        exportWh: String(BigInt(`0x${hex.slice(82)}`)),
      })),
      isVerified: null,
    },
  } as Trace
}

describe('proveReading', () => {
  test.each([0, 1, 2])('verifies leaf %d of the committed tree', (position) => {
    expect(proveReading(traceOf(position))).toBe('verified')
  })

  test('does not verify a register that was changed, whatever the api claims', () => {
    const trace = traceOf(1)
    const reading = { ...trace.reading!, importEndWh: '1201', isVerified: true }
    expect(proveReading({ ...trace, reading })).toBe('not verified')
  })

  test('does not verify an estimated reading that is shown as metered', () => {
    const trace = traceOf(1)
    expect(proveReading({ ...trace, reading: { ...trace.reading!, quality: 'metered' } })).toBe('not verified')
  })

  test('does not verify a reading of another home or period', () => {
    expect(proveReading({ ...traceOf(1), memberId: 3 })).toBe('not verified')
    expect(proveReading({ ...traceOf(1), period: PERIOD + 1 })).toBe('not verified')
  })

  test('does not verify totals that the root does not hold', () => {
    const trace = traceOf(0)
    const commitment = { ...trace.commitment!, importTotalWh: '601' }
    expect(proveReading({ ...trace, commitment })).toBe('not verified')
  })

  test('does not verify registers that run backwards', () => {
    const trace = traceOf(0)
    const reading = { ...trace.reading!, importEndWh: '1' }
    expect(proveReading({ ...trace, reading })).toBe('not verified')
  })

  test('waits for the commitment, and has nothing to prove without a reading', () => {
    expect(proveReading({ ...traceOf(0), commitment: null })).toBe('waiting')
    expect(proveReading({ ...traceOf(0), reading: null })).toBe('none')
  })
})
