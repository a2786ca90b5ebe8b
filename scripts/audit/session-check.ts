import { differ, requireSame } from './difference.ts'
import { isSame } from './ledger/hex.ts'
import type { SessionResult } from './market/session-clearing.ts'
import { claimHashOf, fillsIn, type ClearedSession } from './replay/sessions.ts'

/** Throws the first difference between what the ledger says of a session and what its orders come to. */
export function requireSameSession(session: ClearedSession, result: SessionResult): void {
  const { area, period, place } = session
  const where = { ...place, area, period }
  const [suspect] = result.voidOrders
  const ofSuspect = suspect === undefined || suspect.trader === null ? where : { ...where, member: suspect.trader }
  const hint = suspect === undefined ? '' : ` (order ${suspect.position} is void: ${suspect.reason})`
  if (result.ordersHash !== session.ordersHash) {
    const message = `its orders have the hash ${result.ordersHash}, and the gate was closed with ${session.ordersHash}${hint}`
    differ('orders-hash', message, ofSuspect)
  }
  requireSame('orders-hash', 'the number of its orders', result.orderCount, session.orderCount, where)
  if (session.volume !== result.volume) {
    differ('volume', `it cleared ${session.volume} Wh, and its orders give ${result.volume} Wh${hint}`, ofSuspect)
  }
  if (session.price !== (result.price ?? 0)) {
    const message = `it cleared at ${session.price} micro-euro per kWh, and its orders give ${result.price ?? 'no price'}${hint}`
    differ('clearing-price', message, ofSuspect)
  }
  requireSame(
    'clearing-claim',
    'the hash of the sums that prove its price',
    session.claimHash,
    claimHashOf(result.claim),
    where,
  )
  session.chunks.forEach(({ fills, place: chunkPlace }, chunk) => {
    requireSameFills(fills, result.fills[chunk]!, { ...where, ...chunkPlace })
  })
  requireSame('fills-hash', 'the hash of its fills', session.fillsHash, result.fillsHash, where)
}

function requireSameFills(found: Uint8Array, expected: Uint8Array, place: object): void {
  if (isSame(found, expected)) return
  const published = [...fillsIn(found)]
  const made = [...fillsIn(expected)]
  for (let index = 0; index < Math.max(published.length, made.length); index += 1) {
    const one = published[index]
    const other = made[index]
    if (JSON.stringify(one) === JSON.stringify(other)) continue
    const member = other?.trader ?? one?.trader
    differ('fills', `fill ${index} is ${wordsOf(one)}, and should be ${wordsOf(other)}`, { ...place, member })
  }
  differ('fills', 'its fills end with bytes that are no fill', place)
}

function wordsOf(fill: { trader: number; side: number; quantity: number } | undefined): string {
  if (fill === undefined) return 'none'
  return `${fill.quantity} Wh ${fill.side === 0 ? 'bought' : 'sold'} by trader ${fill.trader}`
}
