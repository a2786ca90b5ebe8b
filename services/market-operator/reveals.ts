import type { Ledger } from '../chain/ledger.ts'
import { readLastRevocation, readRevocations } from '../chain/members.ts'
import { readOrderCommitment } from '../chain/opened-orders.ts'
import { readRevealedTraders, revealArguments } from '../chain/reveals.ts'
import { readSession } from '../chain/sessions.ts'
import { isSealedDay, readPageCount, readTradingKeys } from '../chain/trading-days.ts'
import { gateClosureOf, tradedPeriodsOf, type Calendar } from '../domain/grid/calendar.ts'
import { tradersOf, type PlacedLink } from '../domain/market/traders.ts'
import { endOf, tradingDayOf, type DeliveryPeriod, type TradingDay } from '../domain/units.ts'
import { readPageLeaves, readTraderLinks } from '../store/traders.ts'
import type { Operation } from './operation.ts'
import { daysToTrade } from './trading-keys.ts'

/** Sessions whose gates close within this time are looked at again with every block: what comes later will be among them. */
const NEAR_SECONDS = 1_800
/** A trader has so many places for commitments in a session. */
const LANES = [0, 1] as const

type Suspects = { readonly state: string; readonly links: readonly PlacedLink[] }

/**
 * Reveals traders of sealed days whose members may trade no more, or whose keys were revoked, and who have an order committed
 * on the ledger, one at a time: until then the ledger cannot know that it is void. Orders that the operator was given it
 * leaves out by itself, and a reveal would publish two days of the home for nothing. Each call resolves to whether there was one.
 */
export function createReveals(operation: Operation, area: number, calendar: Calendar): () => Promise<boolean> {
  const { ledger, clock } = operation
  /** Whoever was found revoked, and for which state of the ledger every session to come was looked at. */
  let suspects: Suspects = { state: '', links: [] }
  let settled = ''

  return async () => {
    const now = clock.now()
    const days = daysToTrade(calendar, now)
    const pages = await Promise.all(days.map((day) => readPageCount(ledger, area, day)))
    const state = [await readLastRevocation(ledger, area), ...days, ...pages].join()
    if (state !== suspects.state) suspects = { state, links: await readSuspects(operation, area, days) }
    if (suspects.links.length > 0) {
      const until = state === settled ? now + NEAR_SECONDS : Infinity
      const periods = days
        .flatMap((day) => tradedPeriodsOf(calendar, day))
        .filter((period) => endOf(period) > now && gateClosureOf(calendar, period) <= until)
      const link = await findCommitted(operation, suspects.links, periods)
      if (link !== null) {
        await reveal(operation, link)
        suspects = { state, links: suspects.links.filter((other) => other !== link) }
        return true
      }
    }
    settled = state
    return false
  }
}

/** Links of the days' traders that are revoked, as far as nobody revealed them. */
async function readSuspects(operation: Operation, area: number, days: readonly TradingDay[]): Promise<PlacedLink[]> {
  const found: PlacedLink[] = []
  for (const day of days) {
    if (await isSealedDay(operation.ledger, area, day)) found.push(...(await readRevoked(operation, area, day)))
  }
  return found
}

async function readRevoked({ ledger, store }: Operation, area: number, day: TradingDay): Promise<PlacedLink[]> {
  const [keys, links] = await Promise.all([readTradingKeys(ledger, area, day), readTraderLinks(store, area, day)])
  const revocations = await readRevocations(ledger, tradersOf(true, links).registeredKeysOf(keys))
  const revoked = new Set(keys.flatMap(({ index, trader }) => (revocations.has(index) ? [trader] : [])))
  if (revoked.size === 0) return []
  const revealed = await readRevealedTraders(ledger, area, day, [...revoked])
  return links.filter(({ trader }) => revoked.has(trader) && !revealed.has(trader))
}

/** The first of the links whose trader holds a lane in one of the sessions that is not cleared, and is not revealed. */
async function findCommitted(
  { ledger }: Operation,
  links: readonly PlacedLink[],
  periods: readonly DeliveryPeriod[],
): Promise<PlacedLink | null> {
  for (const period of periods) {
    const ofDay = links.filter(({ day }) => day === tradingDayOf(period))
    if (ofDay.length === 0) continue
    const { state, commitmentCount } = await readSession(ledger, ofDay[0]!.area, period)
    if (state === 'cleared' || commitmentCount === 0) continue
    for (const link of ofDay) if (await isOnLedger(ledger, link, period)) return link
  }
  return null
}

async function isOnLedger(ledger: Ledger, { area, day, trader }: PlacedLink, period: DeliveryPeriod): Promise<boolean> {
  const commitments = await Promise.all(
    LANES.map((lane) => readOrderCommitment(ledger, { area, period, trader, lane })),
  )
  if (commitments.every((commitment) => commitment === null)) return false
  return !(await readRevealedTraders(ledger, area, day, [trader])).has(trader)
}

async function reveal({ store, sender, log }: Operation, link: PlacedLink): Promise<void> {
  const { area, day, page, trader, memberId } = link
  const leaves = await readPageLeaves(store, { area, day, page })
  await sender.send(`reveal-trader:${area}:${day}:${trader}`, {
    contract: 'tradingDays',
    function: 'revealTrader',
    arguments: Object.values(revealArguments(link, leaves)),
  })
  log.warn(
    { area, day, memberId },
    `member ${memberId} lost its right to trade: its trader of day ${day} is revealed, for its order on the ledger`,
  )
}
