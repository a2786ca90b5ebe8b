import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodesOf, rootOfNodes, wasLeafOf } from './committed-tree.ts'
import {
  encodeInteger,
  encodeNode,
  hashOfChildren,
  leafNodeOf,
  merkleSumTreeOf,
  siblingsOf,
  type SumLeaf,
  type SumNode,
} from './merkle-sum-tree.ts'

const leafOf = (value: number, a = BigInt(value), b = 2n * a): SumLeaf => ({ bytes: Uint8Array.of(value), a, b })
const hexOf = (hash: Uint8Array) => `0x${bytesToHex(hash)}`
const sumsOf = (a: bigint, b: bigint) => bytesToHex(concatBytes(encodeInteger(a, 8), encodeInteger(b, 8)))

/** A tree of three leaves whose left parent says that it holds 99 and 7, and not 3 and 6. */
function falseTree() {
  const leaves = [leafOf(1), leafOf(2), leafOf(3)]
  const [one, two, three] = leaves.map(leafNodeOf) as [SumNode, SumNode, SumNode]
  const parent = { hash: hashOfChildren(one, two), a: 99n, b: 7n }
  const root = { hash: hexOf(hashOfChildren(parent, three)), count: 3, a: 102n, b: 13n }
  return { leaves, root, one, two, three }
}

describe('wasLeafOf', () => {
  test('finds every leaf of a tree that adds up, by its ordinary proof', () => {
    const leaves = [1, 2, 3, 4, 5].map((value) => leafOf(value))
    const tree = merkleSumTreeOf(leaves)
    leaves.forEach((leaf, position) => {
      expect(wasLeafOf(tree.root, leaf, position, siblingsOf(tree, position))).toBe(true)
      expect(wasLeafOf(tree.root, { ...leaf, a: leaf.a + 1n }, position, siblingsOf(tree, position))).toBe(false)
      expect(wasLeafOf(tree.root, leaf, (position + 1) % 5, siblingsOf(tree, position))).toBe(false)
    })
  })

  test('finds a leaf under a node whose sums are not those of its children, where these are told', () => {
    const { leaves, root, two, three } = falseTree()
    const claimed = hexOf(encodeNode(two)) + sumsOf(99n, 7n)
    expect(wasLeafOf(root, leaves[0]!, 0, [claimed, hexOf(encodeNode(three))])).toBe(true)
    expect(wasLeafOf(root, leaves[0]!, 0, [hexOf(encodeNode(two)), hexOf(encodeNode(three))])).toBe(false)
  })

  test('takes the sums of an only leaf from beside the root, since they are in no hash', () => {
    const leaf = leafOf(1)
    const { root } = merkleSumTreeOf([leaf])
    expect(wasLeafOf(root, leaf, 0, [])).toBe(true)
    expect(wasLeafOf(root, { ...leaf, a: 2n }, 0, [])).toBe(false)
  })

  test('finds nothing with siblings that are too few, too many or of another length', () => {
    const leaves = [leafOf(1), leafOf(2)]
    const tree = merkleSumTreeOf(leaves)
    const [sibling] = siblingsOf(tree, 0)
    for (const siblings of [[], [sibling!, sibling!], [sibling!.slice(0, -2)], [`${sibling!}00`], ['0xzz']]) {
      expect(wasLeafOf(tree.root, leaves[0]!, 0, siblings)).toBe(false)
    }
  })
})

describe('nodesOf', () => {
  test('makes the root again, whatever the number of leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (count) => {
        const tree = merkleSumTreeOf(Array.from({ length: count }, (_, value) => leafOf(value)))
        expect(rootOfNodes(nodesOf(tree), count)).toEqual(tree.root)
      }),
    )
  })

  test('is nothing where fewer than two leaves are', () => {
    expect(nodesOf(merkleSumTreeOf([]))).toBe('0x')
    expect(nodesOf(merkleSumTreeOf([leafOf(1)]))).toBe('0x')
  })
})

describe('rootOfNodes', () => {
  test('adds up the leaves, whatever the nodes above them say', () => {
    const { root, one, two, three } = falseTree()
    const nodes = `0x${[one, two, three].map((node) => bytesToHex(encodeNode(node))).join('')}${sumsOf(99n, 7n)}`
    expect(rootOfNodes(nodes, 3)).toEqual({ hash: root.hash, count: 3, a: 6n, b: 12n })
  })

  test('is null for a number of bytes that no tree of so many leaves has', () => {
    const nodes = nodesOf(merkleSumTreeOf([leafOf(1), leafOf(2), leafOf(3)]))
    expect(rootOfNodes(nodes, 2)).toBeNull()
    expect(rootOfNodes(nodes.slice(0, -2), 3)).toBeNull()
    expect(rootOfNodes('0x', 0)).toBeNull()
  })
})
