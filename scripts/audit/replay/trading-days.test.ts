import { describe, expect, test } from 'vitest'
import { concat } from '../ledger/hex.ts'
import { createAreas } from './areas.ts'
import { eventForTest } from './event-for-test.ts'
import { AREA, identityForTest } from './identity-for-test.ts'
import { entriesFor } from './key-pages.ts'
import { createTradingDays } from './trading-days.ts'

const DAY = 10
const [ANNA, BEN] = [1, 2]
const SUSPENDED = 2
const FUNDS = 96_000n * 4n
const NOW = DAY * 86_400 + 1

/** Two households, and the page of keys that their day has as they stand. */
function areaOfTwo() {
  const identity = identityForTest()
  const { membership } = identity.registerHousehold(ANNA)
  identity.registerHousehold(BEN)
  const areas = createAreas()
  const calendar = { firstPeriod: 0, lastPeriod: 10_000, gateClosureLead: 300, readingDeadline: 0, operatorDeadline: 0 }
  const delays = { challengeWindow: 0, correctionDelay: 0, finalDelay: 0 }
  areas.see(eventForTest('areaRegistry', 'AreaOpened', { area: AREA, ...calendar, ...delays }))
  const tradingDays = createTradingDays(identity.members, areas, () => FUNDS)
  const pageNow = () => {
    const traders = [ANNA, BEN].map((memberId) => ({
      member: identity.members.all.get(memberId)!,
      funds: FUNDS,
      lockedElsewhere: 0n,
    }))
    return entriesFor(traders, areas.calendarOf(AREA), DAY)
  }
  const publish = ({ entries, count }: ReturnType<typeof pageNow>) => {
    const values = { area: AREA, day: DAY, page: 0, membersSeen: 2, entryCount: count }
    tradingDays.publish(eventForTest('tradingDays', 'KeysPublished', values, { time: NOW }), {
      code: concat([Uint8Array.of(0), entries]),
      sealed: null,
    })
  }
  const suspendAnna = () => {
    identity.change(membership, SUSPENDED, undefined, { time: NOW - 1 })
    const standing = { memberId: ANNA, isStanding: false, sides: 0, tradesUntil: 0 }
    identity.seeMember('MemberStandingChanged', standing, { time: NOW - 1 })
  }
  return { tradingDays, pageNow, publish, suspendAnna }
}

describe('a page of keys', () => {
  test('holds those of members with their credentials', () => {
    const { tradingDays, pageNow, publish } = areaOfTwo()
    publish(pageNow())
    expect(tradingDays.entriesBefore(AREA, DAY, NOW + 1)).toEqual(pageNow().entries)
  })

  test('holds no key of a member that was suspended', () => {
    const { pageNow, publish, suspendAnna } = areaOfTwo()
    const before = pageNow()
    suspendAnna()
    expect(() => publish(before)).toThrow(
      expect.objectContaining({
        difference: expect.objectContaining({ check: 'key-pages', member: BEN }) as unknown,
      }) as Error,
    )
    publish(pageNow())
  })
})
