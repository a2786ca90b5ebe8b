import { readRevocations } from '../chain/members.ts'
import { readRevealedTraders, revealArguments } from '../chain/reveals.ts'
import { isSealedDay, readTradingKeys } from '../chain/trading-days.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import { tradersOf, type PlacedLink } from '../domain/market/traders.ts'
import type { TradingDay } from '../domain/units.ts'
import { readPageLeaves, readTraderLinks } from '../store/traders.ts'
import type { Operation } from './operation.ts'
import { daysToTrade } from './trading-keys.ts'

/**
 * Reveals the next trader of a sealed day whose member may trade no more, or whose key was revoked: until then the ledger
 * cannot know that its orders are void. Resolves to whether there was one.
 */
export async function revealNextRevoked(operation: Operation, area: number, calendar: Calendar): Promise<boolean> {
  for (const day of daysToTrade(calendar, operation.clock.now())) {
    if (!(await isSealedDay(operation.ledger, area, day))) continue
    const link = await nextRevokedOf(operation, area, day)
    if (link === null) continue
    await reveal(operation, link)
    return true
  }
  return false
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
