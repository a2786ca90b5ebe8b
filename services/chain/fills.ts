import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { energyWh, type DeliveryPeriod, type EnergyWh } from '../domain/units.ts'
import type { Ledger } from './ledger.ts'
import { readEventsSince, type LoggedEvent } from './logs.ts'
import { hashChain } from './packed-orders.ts'
import { readSession } from './sessions.ts'

/** What an order of a cleared session got: bought for a bid, sold for an offer. */
export type LedgerFill = { readonly trader: number; readonly side: 'bid' | 'offer'; readonly filled: EnergyWh }

type ClearingEvent = { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }

const FILL_BYTES = 7
const OFFER_BIT = 2 ** 31

/** The fills of a chunk, ascending by member, a member's bid before its offer; `bytes` is 0x-hex. */
export function decodeFills(bytes: string): LedgerFill[] {
  const packed = hexToBytes(bytes.slice(2))
  if (packed.length % FILL_BYTES !== 0) {
    throw new DomainError('fills-malformed', `${packed.length} bytes are not a whole number of fills`)
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  return Array.from({ length: packed.length / FILL_BYTES }, (_, position) => {
    const start = position * FILL_BYTES
    const amount = view.getUint32(start + 3)
    return {
      trader: view.getUint16(start) * 256 + view.getUint8(start + 2),
      side: amount < OFFER_BIT ? 'bid' : 'offer',
      filled: energyWh(BigInt(amount % OFFER_BIT)),
    }
  })
}

/** A chunk's fills as the ledger tells them, 0x-hex: member 3, Wh 4 bytes with the top bit set for an offer. */
export function encodeFills(fills: readonly LedgerFill[]): string {
  const packed = new Uint8Array(fills.length * FILL_BYTES)
  const view = new DataView(packed.buffer)
  fills.forEach(({ trader, side, filled }, position) => {
    const start = position * FILL_BYTES
    view.setUint16(start, Math.floor(trader / 256))
    view.setUint8(start + 2, trader % 256)
    view.setUint32(start + 3, Number(filled) + (side === 'bid' ? 0 : OFFER_BIT))
  })
  return `0x${bytesToHex(packed)}`
}

/**
 * The chunks of fills with which a session was cleared, 0x-hex each, whoever cleared it: those that hash to what the
 * session holds. Throws `session-not-cleared`, and `ledger-inconsistent` where the node does not have the events.
 */
export async function readFillChunks(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<string[]> {
  const session = await readSession(ledger, area, period)
  if (session.state !== 'cleared') {
    throw new DomainError('session-not-cleared', `area ${area}, period ${period} is not cleared yet`, { area, period })
  }
  const events = await readEventsSince(
    ledger,
    {
      contract: 'callAuction',
      names: ['OrdersCleared', 'SessionCleared'],
      area,
      number: period,
      since: session.gateClosedAt ?? 0,
    },
    (found) => found.some(({ name }) => name === 'SessionCleared'),
  )
  const chunks = clearingChunksOf(events)
  if (chunks === null || hashChain(chunks.map((chunk) => hexToBytes(chunk.slice(2)))) !== session.fillsHash) {
    throw new DomainError('ledger-inconsistent', `the node does not have the fills of area ${area}, period ${period}`)
  }
  return chunks
}

/** The fills, 0x-hex for each chunk, of the clearing that came to its end (see `clearingEventsOf`). */
export function clearingChunksOf(events: readonly LoggedEvent[]): string[] | null {
  return clearingEventsOf(events)?.map(({ arguments: values }) => values.fills as string) ?? null
}

/**
 * The chunks of the clearing that came to its end, in their sequence: those of the sender and claim of the chunk just
 * before `SessionCleared`, of a chunk told twice the later. Null where there is no such event.
 */
export function clearingEventsOf<Event extends ClearingEvent>(events: readonly Event[]): Event[] | null {
  const end = events.findIndex(({ name }) => name === 'SessionCleared')
  const last = events[end - 1]
  if (end === -1 || last === undefined) return null
  const chunks: Event[] = []
  for (const event of events.slice(0, end)) {
    const { name, arguments: values } = event
    if (name !== 'OrdersCleared' || values.by !== last.arguments.by) continue
    if (values.claimHash === last.arguments.claimHash) chunks[Number(values.chunk)] = event
  }
  return chunks.slice(0, Number(last.arguments.chunk) + 1)
}

/** Everybody's fills of a cleared session. Throws as `readFillChunks`. */
export async function readFills(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<LedgerFill[]> {
  return (await readFillChunks(ledger, area, period)).flatMap(decodeFills)
}
