import { readFileSync } from 'node:fs'
import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeInteger, isLeafOf, merkleSumTreeOf, siblingsOf, type SumLeaf } from './merkle-sum-tree.ts'

type Vector = {
  title: string
  leaves: { bytes: string; a: string; b: string; siblings: string[] }[]
  root: { hash: string; a: string; b: string }
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/merkle-sum-tree.json', import.meta.url), 'utf8'),
) as { cases: Vector[] }

const sum = fc.bigInt({ min: 0n, max: 2n ** 40n })
const leaf: fc.Arbitrary<SumLeaf> = fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), a: sum, b: sum })
const someLeaves = fc.array(leaf, { minLength: 1, maxLength: 20 })

describe('merkleSumTreeOf', () => {
  test.each(cases)('commits to $title', ({ leaves, root }) => {
    const parsed = leaves.map(({ bytes, a, b }) => ({ bytes: hexToBytes(bytes.slice(2)), a: BigInt(a), b: BigInt(b) }))
    const tree = merkleSumTreeOf(parsed)
    expect(tree.root).toEqual({ hash: root.hash, a: BigInt(root.a), b: BigInt(root.b), count: leaves.length })
    leaves.forEach(({ siblings }, position) => {
      expect(siblingsOf(tree, position)).toEqual(siblings)
      expect(isLeafOf(tree.root, parsed[position]!, position, siblings)).toBe(true)
    })
  })

  test('adds up the sums of its leaves', () => {
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 20 }), (leaves) => {
        const { root } = merkleSumTreeOf(leaves)
        expect(root.a).toBe(leaves.reduce((total, { a }) => total + a, 0n))
        expect(root.b).toBe(leaves.reduce((total, { b }) => total + b, 0n))
      }),
    )
  })

  test('refuses totals that 8 bytes cannot hold', () => {
    const half = { bytes: new Uint8Array(), a: 2n ** 63n, b: 0n }
    expect(() => merkleSumTreeOf([half, half])).toThrow(RangeError)
    expect(() => merkleSumTreeOf([{ ...half, a: -1n }])).toThrow(RangeError)
  })
})

describe('isLeafOf', () => {
  test('proves every leaf at its position, and at no other', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), (leaves, chosen) => {
        const tree = merkleSumTreeOf(leaves)
        const position = chosen % leaves.length
        const siblings = siblingsOf(tree, position)
        expect(isLeafOf(tree.root, leaves[position]!, position, siblings)).toBe(true)
        for (let other = -1; other <= leaves.length; other++) {
          if (other !== position) expect(isLeafOf(tree.root, leaves[position]!, other, siblings)).toBe(false)
        }
      }),
    )
  })

  test('refuses a leaf with another byte, another sum, or a proof that is longer, shorter or changed', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), (leaves, chosen) => {
        const { root, ...tree } = merkleSumTreeOf(leaves)
        const position = chosen % leaves.length
        const proven = leaves[position]!
        const siblings = siblingsOf({ root, ...tree }, position)
        const changed = { ...proven, bytes: Uint8Array.of(...proven.bytes, 1) }
        expect(isLeafOf(root, changed, position, siblings)).toBe(false)
        expect(isLeafOf(root, { ...proven, a: proven.a + 1n }, position, siblings)).toBe(false)
        expect(isLeafOf(root, { ...proven, b: proven.b + 1n }, position, siblings)).toBe(false)
        expect(isLeafOf(root, proven, position, [...siblings, `0x${'00'.repeat(48)}`])).toBe(false)
        if (siblings.length === 0) return
        expect(isLeafOf(root, proven, position, siblings.slice(1))).toBe(false)
        const [first, ...others] = siblings
        expect(
          isLeafOf(root, proven, position, [`${first!.slice(0, -1)}${first!.endsWith('0') ? '1' : '0'}`, ...others]),
        ).toBe(false)
        expect(isLeafOf(root, proven, position, [`${first!}00`, ...others])).toBe(false)
      }),
    )
  })

  test('never finds a leaf in a tree without leaves', () => {
    const { root } = merkleSumTreeOf([])
    expect(isLeafOf(root, { bytes: new Uint8Array(), a: 0n, b: 0n }, 0, [])).toBe(false)
  })
})

describe('encodeInteger', () => {
  test("writes big-endian two's complement and refuses what does not fit", () => {
    expect(encodeInteger(258n, 3)).toEqual(Uint8Array.of(0, 1, 2))
    expect(encodeInteger(-2n, 2)).toEqual(Uint8Array.of(255, 254))
    expect(encodeInteger(255n, 1)).toEqual(Uint8Array.of(255))
    expect(() => encodeInteger(256n, 1)).toThrow(RangeError)
    expect(() => encodeInteger(-129n, 1)).toThrow(RangeError)
  })
})
