import { readLastRevocation, readRevocations } from '../chain/members.ts'
import { readRevealedTraders, revealArguments } from '../chain/reveals.ts'
import { isSealedDay, readPageCount, readTradingKeys } from '../chain/trading-days.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import { tradersOf, type PlacedLink } from '../domain/market/traders.ts'
import type { TradingDay } from '../domain/units.ts'
import { readPageLeaves, readTraderLinks } from '../store/traders.ts'
import type { Operation } from './operation.ts'
import { daysToTrade } from './trading-keys.ts'

/**
 * Reveals traders of sealed days whose members may trade no more, or whose keys were revoked, one at a time: until then the
 * ledger cannot know that their orders are void. Each call resolves to whether there was one.
 */
export function createReveals(operation: Operation, area: number, calendar: Calendar): () => Promise<boolean> {
  const { ledger, clock } = operation
  /** What there was when nobody was left to be revealed. */
  let settled = ''

  return async () => {
    const days = daysToTrade(calendar, clock.now())
    const pages = await Promise.all(days.map((day) => readPageCount(ledger, area, day)))
    const state = [await readLastRevocation(ledger, area), ...days, ...pages].join()
    if (state === settled) return false
    for (const day of days) {
      const link = (await isSealedDay(ledger, area, day)) ? await nextRevokedOf(operation, area, day) : null
      if (link === null) continue
      await reveal(operation, link)
      return true
    }
    settled = state
    return false
  }
}

async function nextRevokedOf({ ledger, store }: Operation, area: number, day: TradingDay): Promise<PlacedLink | null> {
  const [keys, links] = await Promise.all([readTradingKeys(ledger, area, day), readTraderLinks(store, area, day)])
  const revocations = await readRevocations(ledger, tradersOf(true, links).registeredKeysOf(keys))
  const revoked = new Set(keys.flatMap(({ index, trader }) => (revocations.has(index) ? [trader] : [])))
  if (revoked.size === 0) return null
  const revealed = await readRevealedTraders(ledger, area, day, [...revoked])
  return links.find(({ trader }) => revoked.has(trader) && !revealed.has(trader)) ?? null
}

async function reveal({ store, sender, log }: Operation, link: PlacedLink): Promise<void> {
  const { area, day, page, trader, memberId } = link
  const leaves = await readPageLeaves(store, { area, day, page })
  await sender.send(`reveal-trader:${area}:${day}:${trader}`, {
    contract: 'tradingDays',
    function: 'revealTrader',
    arguments: Object.values(revealArguments(link, leaves)),
  })
  log.warn({ area, day, memberId }, `member ${memberId} lost its right to trade: its trader of day ${day} is revealed`)
}
