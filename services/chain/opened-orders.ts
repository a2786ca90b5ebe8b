import { hexToBytes } from '@noble/hashes/utils.js'
import type { KeyedOrder } from '../domain/market/validity.ts'
import { rankOf } from '../domain/market/order.ts'
import { readContract, type Ledger } from './ledger.ts'
import { readEventsSince } from './logs.ts'
import type { SignedOrder } from './orders.ts'
import { unpackTerms, type PackedSession } from './packed-orders.ts'
import { readSession } from './sessions.ts'
import type { TradingKeys } from './trading-days.ts'

/** An order that was opened on the ledger, and its terms as the ledger takes them (20 bytes, 0x-hex). */
export type OpenedOrder = KeyedOrder<SignedOrder> & { readonly terms: string }

const NO_COMMITMENT = `0x${'00'.repeat(32)}`

/** The orders opened on the ledger that stand, by rank; they come without signatures, which the ledger has verified. */
export async function readOpenedOrders(
  ledger: Ledger,
  session: PackedSession,
  keys: TradingKeys,
): Promise<OpenedOrder[]> {
  const { area, period } = session
  const { openedOrderCount } = await readSession(ledger, area, period)
  if (openedOrderCount === 0) return []
  const events = await readEventsSince(ledger, {
    contract: 'callAuction',
    names: ['OrderOpened'],
    area,
    number: period,
    // Not from when the gate was closed: where the operator was replaced, orders opened before still stand.
    since: session.gateClosure,
  })
  const places = new Map(
    events.map(({ arguments: values }) => {
      const [trader, side] = [Number(values.trader), Number(values.side)]
      return [rankOf({ trader, side: side === 0 ? 'bid' : 'offer' }), [trader, side] as const]
    }),
  )
  const opened = await Promise.all(
    [...places.values()].map(async ([trader, side]) => {
      const [terms] = await readContract(ledger, 'callAuction', 'openedOrderOf', area, period, trader, side)
      const { entry, order } = unpackTerms(session, keys, hexToBytes((terms as string).slice(2)))
      return entry === null || order === null ? [] : [{ order, entry, terms: terms as string }]
    }),
  )
  return opened.flat().sort((one, other) => rankOf(one.order) - rankOf(other.order))
}

/** What the member's lane (0 or 1) of the session holds, 0x-hex; null where it holds nothing. */
export async function readOrderCommitment(
  ledger: Ledger,
  { area, period, trader, lane }: { area: number; period: number; trader: number; lane: number },
): Promise<string | null> {
  const [commitment] = await readContract(ledger, 'callAuction', 'commitmentOf', area, period, trader, lane)
  return commitment === NO_COMMITMENT ? null : (commitment as string)
}

/** Unix seconds until which commitments of the session can be opened; null where all are, or while its gate is open. */
export async function readOpeningEnd(ledger: Ledger, area: number, period: number): Promise<number | null> {
  const [end] = await readContract(ledger, 'callAuction', 'openingEndOf', area, period)
  return end === 0n ? null : Number(end)
}
