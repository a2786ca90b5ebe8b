import { isLeafOf, siblingsOf, type SumRoot } from '../../domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, readingTreeOf } from '../../domain/metering/reading-tree.ts'
import type { ReadingTree } from '../erased-readings.ts'
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

/** The member's leaf of a version, with its proof; null where it has none. */
export function tracedReadingOf(
  { leaves, tree }: ReadingTree,
  version: number,
  memberId: number,
  committed: SessionView['readings'],
): TracedReadingView | null {
  const leaf = leaves.find(({ reading }) => reading.memberId === memberId)
  if (leaf === undefined) return null
  const { position, reading } = leaf
  const sumLeaf = readingLeafOf(reading)
  const siblings = siblingsOf(tree, position)
  const root: SumRoot | null = committed && {
    hash: committed.root,
    count: committed.count,
    a: committed.importTotalWh,
    b: committed.exportTotalWh,
  }
  return {
    position,
    version,
    quality: reading.quality,
    importStartWh: reading.importStart,
    importEndWh: reading.importEnd,
    exportStartWh: reading.exportStart,
    exportEndWh: reading.exportEnd,
    importWh: sumLeaf.a,
    exportWh: sumLeaf.b,
    salt: reading.salt,
    leafHash: readingTreeOf([reading]).root.hash,
    siblings: siblings.map(decodeSibling),
    isVerified: root && isLeafOf(root, sumLeaf, position, siblings),
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
