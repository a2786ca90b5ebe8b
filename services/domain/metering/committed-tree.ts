import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import {
  decodeNode,
  encodeInteger,
  encodeNode,
  hashOfChildren,
  leafNodeOf,
  NODE_BYTES,
  type MerkleSumTree,
  type SumLeaf,
  type SumNode,
  type SumRoot,
} from './merkle-sum-tree.ts'

// Whoever commits a tree may write sums into it that do not add up, or that are not a leaf's own. Its hashes bind them all
// the same, and so the ledger takes them as they were committed, to show what is wrong with them. So does everything here.

const SUMS_BYTES = 16
const LARGEST_SUM = 2n ** 64n - 1n

/**
 * Whether the root was made with this leaf at `position`, be the sums those of the leaf or not. A sibling is 0x-hex of
 * `hash 32, a 8, b 8` bytes, followed by `a 8, b 8` of the parent where that was committed with others than its children's.
 */
export function wasLeafOf(root: SumRoot, leaf: SumLeaf, position: number, siblings: readonly string[]): boolean {
  if (!Number.isInteger(position) || position < 0 || position >= root.count) return false
  const path = siblings.map(decodeSibling)
  let node: SumNode = leafNodeOf(leaf)
  let index = position
  for (let width = root.count; width > 1; width = Math.ceil(width / 2)) {
    const isCarried = index === width - 1 && width % 2 === 1
    if (!isCarried) {
      const sibling = path.shift()
      if (sibling === undefined || sibling === null || node.a > LARGEST_SUM || node.b > LARGEST_SUM) return false
      const { node: other, claimed } = sibling
      const hash = index % 2 === 0 ? hashOfChildren(node, other) : hashOfChildren(other, node)
      node = { hash, a: node.a + other.a, b: node.b + other.b, ...claimed }
    }
    index >>= 1
  }
  if (path.length > 0 || `0x${bytesToHex(node.hash)}` !== root.hash) return false
  return root.count > 1 || (leaf.a === root.a && leaf.b === root.b)
}

/**
 * The whole tree as the ledger takes it, 0x-hex: the leaves, `hash 32, a 8, b 8` each, then the sums, `a 8, b 8`, of every
 * node with two children but the root, level by level. Empty where there are fewer than two leaves.
 */
export function nodesOf({ levels, root }: MerkleSumTree): string {
  const [leaves = [], ...parents] = levels
  if (root.count < 2) return '0x'
  const sums = parents
    .slice(0, -1)
    .flatMap((level, below) => level.slice(0, Math.floor(levels[below]!.length / 2)))
    .map(({ a, b }) => concatBytes(encodeInteger(a, 8), encodeInteger(b, 8)))
  return `0x${bytesToHex(concatBytes(...leaves.map(encodeNode), ...sums))}`
}

/** The root that such nodes make, with the sums of the leaves added up; null where they are not as many as `count` needs. */
export function rootOfNodes(nodes: string, count: number): SumRoot | null {
  const parents = Math.max(0, count - 2)
  if (nodes.length !== 2 + 2 * (count * NODE_BYTES + parents * SUMS_BYTES) || count === 0) return null
  const sumsAt = (place: number) => sumsIn(nodes, 2 + 2 * (count * NODE_BYTES + place * SUMS_BYTES))
  const leaves = Array.from({ length: count }, (_, place) => {
    const node = decodeNode(`0x${nodes.slice(2 + place * 2 * NODE_BYTES, 2 + (place + 1) * 2 * NODE_BYTES)}`)
    return node ?? { hash: new Uint8Array(32), a: 0n, b: 0n }
  })
  let next = 0
  let level = leaves
  while (level.length > 1) {
    const isTop = level.length === 2
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, place) => {
      const [left, right] = [level[2 * place]!, level[2 * place + 1]]
      if (right === undefined) return left
      return { hash: hashOfChildren(left, right), ...(isTop ? { a: 0n, b: 0n } : sumsAt(next++)) }
    })
  }
  const sum = (of: (node: SumNode) => bigint) => leaves.reduce((total, leaf) => total + of(leaf), 0n)
  return { hash: `0x${bytesToHex(level[0]!.hash)}`, count, a: sum(({ a }) => a), b: sum(({ b }) => b) }
}

function decodeSibling(hex: string): { node: SumNode; claimed: { a: bigint; b: bigint } | null } | null {
  const length = 2 + 2 * NODE_BYTES
  const isClaimed = hex.length === length + 2 * SUMS_BYTES && /^0x[0-9a-fA-F]*$/.test(hex)
  const node = decodeNode(isClaimed ? hex.slice(0, length) : hex)
  return node && { node, claimed: isClaimed ? sumsIn(hex, length) : null }
}

function sumsIn(hex: string, start: number): { a: bigint; b: bigint } {
  const half = SUMS_BYTES
  return {
    a: BigInt(`0x${hex.slice(start, start + half)}`),
    b: BigInt(`0x${hex.slice(start + half, start + 2 * half)}`),
  }
}
