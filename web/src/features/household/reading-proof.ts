import { isLeafOf, type SumRoot } from '../../../../services/domain/metering/merkle-sum-tree.ts'
import { readingLeafOf } from '../../../../services/domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../../../../services/domain/units.ts'
import type { Trace } from '../../lib/api-client.ts'

/** `waiting` until the root is on the ledger; `none` where there is no reading to prove. */
export type ProofResult = 'verified' | 'not verified' | 'waiting' | 'none'

/**
 * Recomputes, from the reading and its siblings alone, the root that the ledger committed to, with the energy totals in
 * it. What the api claims about it is not used.
 */
export function proveReading({ memberId, period, reading, commitment }: Trace): ProofResult {
  if (reading === null) return 'none'
  if (commitment === null) return 'waiting'
  const root: SumRoot = {
    hash: commitment.root,
    count: commitment.count,
    a: BigInt(commitment.importTotalWh),
    b: BigInt(commitment.exportTotalWh),
  }
  try {
    const leaf = readingLeafOf({
      memberId,
      period: deliveryPeriod(period),
      importStart: energyWh(BigInt(reading.importStartWh)),
      importEnd: energyWh(BigInt(reading.importEndWh)),
      exportStart: energyWh(BigInt(reading.exportStartWh)),
      exportEnd: energyWh(BigInt(reading.exportEndWh)),
      quality: reading.quality === 'estimated' ? 'estimated' : 'metered',
      salt: reading.salt,
    })
    return isLeafOf(root, leaf, reading.position, reading.siblings.map(encodeSibling)) ? 'verified' : 'not verified'
  } catch {
    // A register that runs backwards or does not fit has no leaf, so it proves nothing.
    return 'not verified'
  }
}

function encodeSibling({ hash, importWh, exportWh }: { hash: string; importWh: string; exportWh: string }): string {
  return `${hash}${hexOf(importWh)}${hexOf(exportWh)}`
}

function hexOf(wh: string): string {
  return BigInt(wh).toString(16).padStart(16, '0')
}
