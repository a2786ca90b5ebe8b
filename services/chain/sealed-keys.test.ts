import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TraderLink } from '../domain/market/traders.ts'
import { energyWh, money, price, tradingDay } from '../domain/units.ts'
import {
  decodeLockPage,
  encodeKeyEntries,
  linkHashOf,
  linkProofOf,
  linksRootOf,
  NO_LINKS,
  sealedEntriesOf,
  type SealedEntry,
} from './sealed-keys.ts'
import { decodeKeyPage } from './trading-days.ts'

type Vector = {
  title: string
  openEntries: string
  links: (TraderLink & { hash: string; siblings: string[] })[]
  root: string
  entries: string
  lockPage: string
  locks: { memberId: number; allowance: string }[]
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/sealed-keys.json', import.meta.url), 'utf8')) as {
  cases: Vector[]
}
const pageOf = (entries: string) => decodeKeyPage(`0x00${entries.slice(2)}`)
const keyOf = (byte: number) => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`
const linkOf = (memberId: number): TraderLink => ({
  area: 1,
  day: tradingDay(20_000),
  trader: 1_000 - memberId,
  memberId,
  key: keyOf(memberId),
  registeredKey: keyOf(100 + memberId),
  delegatedKey: keyOf(0),
  registeredDelegate: keyOf(0),
  salt: `0x${'5a'.repeat(32)}`,
})

describe('encodeKeyEntries', () => {
  test.each(vectors.cases)('writes the page of traders: $title', ({ openEntries, links, entries }) => {
    expect(encodeKeyEntries(sealedEntriesOf(pageOf(openEntries), links))).toBe(entries)
  })

  test('is undone by decodeKeyPage, for whatever an entry can say', () => {
    const entry: fc.Arbitrary<SealedEntry> = fc.record({
      trader: fc.integer({ min: 1, max: 2 ** 24 - 1 }),
      key: fc.integer({ min: 1, max: 255 }).map(keyOf),
      mayBid: fc.boolean(),
      mayOffer: fc.boolean(),
      validPeriods: fc.integer({ min: 0, max: 96 }),
      quantityLimit: fc.bigInt(0n, 2n ** 32n - 1n).map(energyWh),
      lowestPrice: fc.bigInt(-5_000n, 40_000n).map((tick) => price(tick * 100n)),
      highestPrice: fc.bigInt(-5_000n, 40_000n).map((tick) => price(tick * 100n)),
      allowance: fc.bigInt(0n, 2n ** 40n - 1n).map(money),
    })
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(pageOf(encodeKeyEntries(entries))).toEqual(entries)
      }),
    )
  })

  test('refuses an allowance of more than five bytes', () => {
    const [entry] = pageOf(vectors.cases[0]!.openEntries)
    expect(() => encodeKeyEntries([{ ...entry!, allowance: money(2n ** 40n) }])).toThrow(RangeError)
  })
})

describe('sealedEntriesOf', () => {
  test('keeps what an entry allows, and gives both keys of a member one number', () => {
    const { openEntries, links } = vectors.cases[0]!
    const open = pageOf(openEntries)
    const sealed = sealedEntriesOf(open, links)
    expect(sealed.map(({ trader }) => trader)).toEqual([1, 1, 2, 3, 4, 4, 5])
    expect(sealed[0]).toEqual({ ...open[1], trader: 1, key: links[1]!.key })
    expect(sealed[1]).toEqual({ ...open[2], trader: 1, key: links[1]!.delegatedKey })
  })

  test('misses the link of a member', () => {
    const { openEntries, links } = vectors.cases[0]!
    expect(() => sealedEntriesOf(pageOf(openEntries), links.slice(1))).toThrow('member 5 of the page has no link')
  })
})

describe('linksRootOf', () => {
  test.each(vectors.cases)('commits to every link: $title', ({ links, root }) => {
    expect(links.map(linkHashOf)).toEqual(links.map(({ hash }) => hash))
    expect(links.map((_, position) => linkProofOf(links, position))).toEqual(links.map(({ siblings }) => siblings))
    expect(linksRootOf(links)).toBe(root)
  })

  test('is reached from every link by its siblings, however many there are', () => {
    for (let count = 1; count <= 17; count++) {
      const links = Array.from({ length: count }, (_, index) => linkOf(index + 1))
      links.forEach((link, position) => {
        const siblings = linkProofOf(links, position)
        expect(siblings).toHaveLength(Math.ceil(Math.log2(count)))
        expect(rootFrom(linkHashOf(link), position, siblings)).toBe(linksRootOf(links))
      })
    }
  })

  test('is another one where any link is', () => {
    const links = [linkOf(1), linkOf(2), linkOf(3)]
    const others: readonly Partial<TraderLink>[] = [
      { area: 2 },
      { day: tradingDay(20_001) },
      { trader: 7 },
      { memberId: 7 },
      { key: keyOf(7) },
      { registeredKey: keyOf(7) },
      { delegatedKey: keyOf(7) },
      { registeredDelegate: keyOf(7) },
      { salt: `0x${'07'.repeat(32)}` },
    ]
    const roots = others.map((other) => linksRootOf([links[0]!, { ...links[1]!, ...other }, links[2]!]))
    expect(new Set([linksRootOf(links), ...roots]).size).toBe(1 + others.length)
  })

  test('is zero for nobody', () => {
    expect(linksRootOf([])).toBe(NO_LINKS)
  })
})

describe('decodeLockPage', () => {
  test.each(vectors.cases)('reads 8 bytes a member: $title', ({ lockPage, locks }) => {
    expect(decodeLockPage(lockPage)).toEqual(
      locks.map(({ memberId, allowance }) => ({ memberId, allowance: BigInt(allowance) })),
    )
  })
})

/** As whoever verifies a proof computes it. */
function rootFrom(leaf: string, position: number, siblings: readonly string[]): string {
  return siblings.reduce((node, sibling, height) => {
    const [left, right] = (position >> height) % 2 === 0 ? [node, sibling] : [sibling, node]
    return `0x${bytesToHex(keccak_256(hexToBytes(left.slice(2) + right.slice(2))))}`
  }, leaf)
}
