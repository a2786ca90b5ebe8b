import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

/** What a leaf commits to, and the two amounts (each below 2^64) that the tree adds up. */
export type SumLeaf = { readonly bytes: Uint8Array; readonly a: bigint; readonly b: bigint }

/** What goes on the ledger. `hash` is 0x-hex, zero for a tree without leaves. */
export type SumRoot = { readonly hash: string; readonly a: bigint; readonly b: bigint; readonly count: number }

export type MerkleSumTree = { readonly root: SumRoot; readonly levels: readonly (readonly SumNode[])[] }

export type SumNode = { readonly hash: Uint8Array; readonly a: bigint; readonly b: bigint }

const LEAF_PREFIX = Uint8Array.of(0)
const NODE_PREFIX = Uint8Array.of(1)
const LARGEST_SUM = 2n ** 64n - 1n
/** Bytes of a node: its hash and its two sums. */
export const NODE_BYTES = 48

/** Commits to leaves and to their totals at once: no branch can hide or invent energy. Throws where a total reaches 2^64. */
export function merkleSumTreeOf(leaves: readonly SumLeaf[]): MerkleSumTree {
  return merkleSumTreeOfNodes(leaves.map(leafNodeOf))
}

/** The same of leaves of which only the nodes are known: what a leaf says need not be there for others to be proved. */
export function merkleSumTreeOfNodes(leaves: readonly SumNode[]): MerkleSumTree {
  const levels: SumNode[][] = [[...leaves]]
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!) {
    const parents: SumNode[] = []
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index]!
      const right = level[index + 1]
      parents.push(right === undefined ? left : parentOf(left, right))
    }
    levels.push(parents)
  }

  const top = levels.at(-1)![0] ?? { hash: new Uint8Array(32), a: 0n, b: 0n }
  return { root: { hash: `0x${bytesToHex(top.hash)}`, a: top.a, b: top.b, count: leaves.length }, levels }
}

/** The proof of a leaf, from the leaf upwards: each 0x-hex of `hash 32, a 8, b 8` bytes; none where the node is carried up. */
export function siblingsOf(tree: MerkleSumTree, position: number): string[] {
  if (!Number.isInteger(position) || position < 0 || position >= tree.root.count) {
    throw new RangeError(`a tree of ${tree.root.count} leaves has no leaf ${position}`)
  }
  const siblings: string[] = []
  let index = position
  for (const level of tree.levels.slice(0, -1)) {
    const sibling = level[index ^ 1]
    if (sibling !== undefined) siblings.push(`0x${bytesToHex(encodeNode(sibling))}`)
    index >>= 1
  }
  return siblings
}

/** Whether `leaf` is the leaf at `position` of the tree with this root. */
export function isLeafOf(root: SumRoot, leaf: SumLeaf, position: number, siblings: readonly string[]): boolean {
  if (!Number.isInteger(position) || position < 0 || position >= root.count) return false
  const path = siblings.map(decodeNode)
  let node: SumNode = leafNodeOf(leaf)
  let index = position
  for (let width = root.count; width > 1; width = Math.ceil(width / 2)) {
    const isCarried = index === width - 1 && width % 2 === 1
    if (!isCarried) {
      const sibling = path.shift()
      if (sibling === undefined || sibling === null) return false
      if (node.a + sibling.a > LARGEST_SUM || node.b + sibling.b > LARGEST_SUM) return false
      node = index % 2 === 0 ? parentOf(node, sibling) : parentOf(sibling, node)
    }
    index >>= 1
  }
  return path.length === 0 && `0x${bytesToHex(node.hash)}` === root.hash && node.a === root.a && node.b === root.b
}

/** An unsigned or two's complement integer as `length` big-endian bytes. */
export function encodeInteger(value: bigint, length: number): Uint8Array {
  const bits = length * 8
  if (value < -(2n ** BigInt(bits - 1)) || value >= 2n ** BigInt(bits)) {
    throw new RangeError(`${value} does not fit in ${length} bytes`)
  }
  return hexToBytes(
    BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(length * 2, '0'),
  )
}

/** The node of a leaf. Throws where one of its sums is outside 0 to 2^64 - 1. */
export function leafNodeOf({ bytes, a, b }: SumLeaf): SumNode {
  requireSum(a)
  requireSum(b)
  return { hash: keccak_256(concatBytes(LEAF_PREFIX, bytes)), a, b }
}

function parentOf(left: SumNode, right: SumNode): SumNode {
  const a = requireSum(left.a + right.a)
  const b = requireSum(left.b + right.b)
  return { hash: hashOfChildren(left, right), a, b }
}

/** The hash of a parent, which binds the sums of its children and not its own. */
export function hashOfChildren(left: SumNode, right: SumNode): Uint8Array {
  return keccak_256(concatBytes(NODE_PREFIX, encodeNode(left), encodeNode(right)))
}

/** `hash 32, a 8, b 8` bytes. */
export function encodeNode({ hash, a, b }: SumNode): Uint8Array {
  return concatBytes(hash, encodeInteger(a, 8), encodeInteger(b, 8))
}

/** Null for anything but 48 bytes as 0x-hex. */
export function decodeNode(hex: string): SumNode | null {
  if (!/^0x[0-9a-fA-F]*$/.test(hex) || hex.length !== 2 + NODE_BYTES * 2) return null
  return { hash: hexToBytes(hex.slice(2, 66)), a: BigInt(`0x${hex.slice(66, 82)}`), b: BigInt(`0x${hex.slice(82)}`) }
}

function requireSum(value: bigint): bigint {
  if (value < 0n || value > LARGEST_SUM) throw new RangeError(`a sum of ${value} is outside 0 to 2^64 - 1`)
  return value
}
