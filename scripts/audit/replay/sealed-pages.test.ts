import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { AbiValue } from '../abi.ts'
import { bytesOf, concat } from '../ledger/hex.ts'
import { ENTRY_LENGTH } from '../market/key-entry.ts'
import { eventForTest } from './event-for-test.ts'
import { fieldsOf, type LedgerCall } from './ledger-event.ts'
import { inClasses, requireLocks, requireSameMultiset, revealedBy } from './sealed-pages.ts'

type Link = {
  area: number
  day: number
  trader: number
  memberId: number
  key: string
  registeredKey: string
  delegatedKey: string
  registeredDelegate: string
  salt: string
}
type Vector = {
  openEntries: string
  entries: string
  lockPage: string
  root: string
  links: (Link & { hash: string; siblings: string[] })[]
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/sealed-keys.json', import.meta.url), 'utf8'),
) as { cases: [Vector] }
const [{ openEntries, entries, lockPage, root, links }] = cases
const open = bytesOf(openEntries)
const page = bytesOf(entries)
const members = links.map(({ memberId }) => memberId)
const changed = (bytes: Uint8Array, at: number, to: number) => bytes.map((byte, index) => (index === at ? to : byte))

describe('requireSameMultiset', () => {
  test('takes a page that says of its traders what an open one says of the members', () => {
    expect(() => requireSameMultiset(page, open, 0, {})).not.toThrow()
  })

  test.each([
    ['another limit', changed(page, 27, 0xff)],
    ['another allowance', changed(page, ENTRY_LENGTH - 1, 0x77)],
    ['an entry less', page.subarray(0, -ENTRY_LENGTH)],
    ['an entry more', concat([page, page.subarray(-ENTRY_LENGTH)])],
  ])('refuses %s', (_, published) => {
    expect(() => requireSameMultiset(published, open, 0, {})).toThrow('says something else of its traders')
  })

  test('refuses numbers that do not go on from those of the page before', () => {
    expect(() => requireSameMultiset(page, open, 1, {})).toThrow('out of its turn')
  })

  test('refuses a trader without a key', () => {
    const keyless = page.map((byte, index) => (index >= 3 && index < 23 ? 0 : byte))
    expect(() => requireSameMultiset(keyless, open, 0, {})).toThrow('has no key')
  })
})

test('allowances are in classes', () => {
  const raised = changed(open, ENTRY_LENGTH - 1, open[ENTRY_LENGTH - 1]! | 1)
  expect(inClasses(open)).toEqual(open)
  expect(inClasses(raised)).toEqual(open)
})

describe('requireLocks', () => {
  test('knows the members of a page by what it locks of them', () => {
    expect(requireLocks(bytesOf(lockPage), open, {})).toEqual(members)
  })

  test('refuses a page that locks something else', () => {
    const code = bytesOf(lockPage)
    expect(() => requireLocks(changed(code, code.length - 1, 0x55), open, {})).toThrow('lock page')
  })
})

describe('revealedBy', () => {
  const seals = [{ members, linksRoot: root }]
  const reveal = (link: Vector['links'][number], change: Record<string, AbiValue> = {}) => {
    const { siblings, area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt } = link
    const named = { area, day, trader, memberId, key, registeredKey, delegatedKey, registeredDelegate, salt }
    const event = eventForTest('tradingDays', 'TraderRevealed', { trader, memberId })
    const fields = fieldsOf({ page: 0, link: { ...named, ...change }, siblings })
    const calls: LedgerCall[] = [
      { contract: 'tradingDays', name: 'revealTrader', selector: '', fields, data: new Uint8Array() },
    ]
    const keys = [key, delegatedKey].filter((each) => BigInt(each) !== 0n)
    return revealedBy({ ...event, calls }, seals, () => keys, {})
  }

  test('takes the one link to which the page is committed', () => {
    for (const link of links) {
      const { memberId, registeredKeys } = reveal(link)
      expect(memberId).toBe(link.memberId)
      expect(registeredKeys?.get(link.key)).toBe(link.registeredKey)
    }
  })

  test('refuses another salt, another member, and keys that are not on the page', () => {
    const [link] = links as [Vector['links'][number]]
    expect(() => reveal(link, { salt: `0x${'77'.repeat(32)}` })).toThrow('was not committed to')
    expect(() => reveal({ ...link, memberId: links[1]!.memberId })).toThrow('was not committed to')
    expect(() => reveal(link, { registeredKey: `0x${'77'.repeat(20)}` })).toThrow('was not committed to')
  })

  test('takes the word of the ledger where another contract called', () => {
    const event = eventForTest('tradingDays', 'TraderRevealed', { trader: 1, memberId: 5 })
    expect(revealedBy(event, seals, () => [], {})).toEqual({ memberId: 5, registeredKeys: null })
  })
})
