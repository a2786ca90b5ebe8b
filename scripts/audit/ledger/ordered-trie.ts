import { keccak256 } from './keccak.ts'
import { encodeRlp, type RlpItem } from './rlp.ts'

type Leaf = { readonly path: Uint8Array; readonly value: Uint8Array }

const NOTHING = new Uint8Array()
export const EMPTY_TRIE_ROOT = keccak256(encodeRlp(NOTHING))

/**
 * Root of the Merkle Patricia trie that holds the values by their RLP-encoded positions: how a block commits to its
 * transactions and to their receipts. Built at once from all values. A general trie, as libraries offer, also inserts,
 * deletes, proves and keeps its nodes in a database, which takes ten times as long and 1 MB of packages; nothing here
 * needs that.
 */
export function orderedTrieRootOf(values: readonly Uint8Array[]): Uint8Array {
  if (values.length === 0) return EMPTY_TRIE_ROOT
  const leaves = values.map((value, position) => ({ path: nibblesOf(encodeRlp(positionBytes(position))), value }))
  leaves.sort((one, other) => Buffer.compare(one.path, other.path))
  return keccak256(encodeRlp(nodeOf(leaves, 0)))
}

/** The node over leaves that agree up to `depth`. No key is the beginning of another: no branch has a value. */
function nodeOf(leaves: readonly Leaf[], depth: number): RlpItem {
  const first = leaves[0]!
  if (leaves.length === 1) return [compactOf(first.path.subarray(depth), true), first.value]

  const last = leaves.at(-1)!
  let shared = depth
  while (first.path[shared] === last.path[shared]) shared += 1
  if (shared > depth) return [compactOf(first.path.subarray(depth, shared), false), referenceTo(nodeOf(leaves, shared))]

  const children: RlpItem[] = []
  let start = 0
  for (let nibble = 0; nibble < 16; nibble += 1) {
    let end = start
    while (end < leaves.length && leaves[end]!.path[depth] === nibble) end += 1
    children.push(end === start ? NOTHING : referenceTo(nodeOf(leaves.slice(start, end), depth + 1)))
    start = end
  }
  return [...children, NOTHING]
}

/** A node shorter than a hash stands in its parent itself. */
function referenceTo(node: RlpItem): RlpItem {
  const encoded = encodeRlp(node)
  return encoded.length < 32 ? node : keccak256(encoded)
}

/** Nibbles as bytes, after a flag that says whether a leaf ends here and whether their number is odd. */
function compactOf(nibbles: Uint8Array, isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const even = isOdd ? Uint8Array.of(flag, ...nibbles) : Uint8Array.of(flag, 0, ...nibbles)
  return Uint8Array.from({ length: even.length / 2 }, (_, place) => even[2 * place]! * 16 + even[2 * place + 1]!)
}

function nibblesOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: bytes.length * 2 }, (_, place) =>
    place % 2 === 0 ? bytes[place >> 1]! >> 4 : bytes[place >> 1]! & 15,
  )
}

function positionBytes(position: number): Uint8Array {
  if (position === 0) return NOTHING
  return position < 256 ? Uint8Array.of(position) : Uint8Array.of(position >> 8, position & 255)
}
