import { isLeafOf, siblingsOf, type SumRoot } from '../../domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, readingTreeOf, type SaltedReading } from '../../domain/metering/reading-tree.ts'
import { deliveryPeriod, energyWh } from '../../domain/units.ts'
import type { ReadingLeaf } from '../generated/client.ts'
import type { SessionView } from './sessions.ts'

export type TracedReadingView = {
  readonly position: number
  readonly version: number
  readonly quality: 'metered' | 'estimated'
  readonly importStartWh: bigint
  readonly importEndWh: bigint
  readonly exportStartWh: bigint
  readonly exportEndWh: bigint
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly salt: string
  readonly leafHash: string
  readonly siblings: { hash: string; importWh: bigint; exportWh: bigint }[]
  readonly isVerified: boolean | null
}

/** The member's leaf among all leaves of one version, with its proof; null where it has none. */
export function tracedReadingOf(
  leaves: readonly ReadingLeaf[],
  memberId: number,
  committed: SessionView['readings'],
): TracedReadingView | null {
  const index = leaves.findIndex((leaf) => leaf.memberId === memberId)
  const leaf = leaves[index]
  if (leaf === undefined) return null
  const readings = leaves.map(saltedReadingOf)
  const tree = readingTreeOf(readings)
  const sumLeaf = readingLeafOf(readings[index]!)
  const siblings = siblingsOf(tree, index)
  const root: SumRoot | null = committed && {
    hash: committed.root,
    count: committed.count,
    a: committed.importTotalWh,
    b: committed.exportTotalWh,
  }
  return {
    position: index,
    version: leaf.version,
    quality: qualityOf(leaf),
    importStartWh: leaf.importStartWh,
    importEndWh: leaf.importEndWh,
    exportStartWh: leaf.exportStartWh,
    exportEndWh: leaf.exportEndWh,
    importWh: sumLeaf.a,
    exportWh: sumLeaf.b,
    salt: leaf.salt,
    leafHash: readingTreeOf([readings[index]!]).root.hash,
    siblings: siblings.map(decodeSibling),
    isVerified: root && isLeafOf(root, sumLeaf, index, siblings),
  }
}

function qualityOf({ quality }: ReadingLeaf): 'metered' | 'estimated' {
  return quality === 'estimated' ? 'estimated' : 'metered'
}

function saltedReadingOf(leaf: ReadingLeaf): SaltedReading {
  return {
    memberId: leaf.memberId,
    period: deliveryPeriod(leaf.period),
    importStart: energyWh(leaf.importStartWh),
    importEnd: energyWh(leaf.importEndWh),
    exportStart: energyWh(leaf.exportStartWh),
    exportEnd: energyWh(leaf.exportEndWh),
    quality: qualityOf(leaf),
    salt: leaf.salt,
  }
}

/** `hash 32, import 8, export 8` bytes, as 0x-hex. */
function decodeSibling(hex: string): { hash: string; importWh: bigint; exportWh: bigint } {
  return {
    hash: hex.slice(0, 66),
    importWh: BigInt(`0x${hex.slice(66, 82)}`),
    exportWh: BigInt(`0x${hex.slice(82)}`),
  }
}
