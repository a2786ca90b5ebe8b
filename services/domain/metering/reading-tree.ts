import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { encodeInteger, merkleSumTreeOf, type MerkleSumTree, type SumLeaf } from './merkle-sum-tree.ts'
import { periodEnergyOf, type PeriodReading } from './period-energy.ts'

/** A period's reading with the salt (0x-hex, 32 bytes) that keeps its leaf from being guessed. */
export type SaltedReading = PeriodReading & { readonly salt: string }

/** What the ledger's commitment says of one reading. The tree adds up Wh imported and Wh exported. */
export function readingLeafOf(reading: SaltedReading): SumLeaf {
  const { imported, exported } = periodEnergyOf(reading)
  const bytes = concatBytes(
    encodeInteger(BigInt(reading.memberId), 3),
    encodeInteger(BigInt(reading.period), 4),
    encodeInteger(reading.importStart, 8),
    encodeInteger(reading.importEnd, 8),
    encodeInteger(reading.exportStart, 8),
    encodeInteger(reading.exportEnd, 8),
    Uint8Array.of(reading.quality === 'metered' ? 0 : 1),
    hexToBytes(reading.salt.slice(2)),
  )
  return { bytes, a: imported, b: exported }
}

/** The commitment to a period's readings, in the order given (ascending by member). */
export function readingTreeOf(readings: readonly SaltedReading[]): MerkleSumTree {
  return merkleSumTreeOf(readings.map(readingLeafOf))
}
