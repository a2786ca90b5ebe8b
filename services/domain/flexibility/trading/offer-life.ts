import { DomainError } from '../../errors.ts'

/** What became of an offer: times are unix seconds of the ledger, or of receipts that both sides hold; null for never. */
export type OfferLife = {
  readonly expiresAt: number
  /** When its aggregator had received the order. */
  readonly orderReceivedAt: number | null
  /** When its aggregator had sent the revocation. */
  readonly revocationSentAt: number | null
}

export type OfferState = 'open' | 'ordered' | 'revoked' | 'expired'

/**
 * The state of an offer at a time. An order and a revocation cross where the revocation was sent by the time at which the
 * order was received: the revocation wins then, whichever was sent first. An order that was received binds.
 */
export function offerStateAt({ expiresAt, orderReceivedAt, revocationSentAt }: OfferLife, now: number): OfferState {
  const isOrdered = orderReceivedAt !== null && orderReceivedAt <= now && orderReceivedAt < expiresAt
  const isRevoked =
    revocationSentAt !== null && revocationSentAt <= now && (!isOrdered || revocationSentAt <= orderReceivedAt)
  if (isRevoked) return 'revoked'
  if (isOrdered) return 'ordered'
  return now >= expiresAt ? 'expired' : 'open'
}

/** An offer is ordered once. Throws `flex-offer-already-ordered`, `flex-offer-revoked` or `flex-offer-expired`. */
export function requireOrderableOffer(life: OfferLife, now: number): void {
  switch (offerStateAt(life, now)) {
    case 'open':
      return
    case 'ordered':
      throw new DomainError('flex-offer-already-ordered', 'the offer was ordered before: an offer is ordered once')
    case 'revoked':
      throw new DomainError('flex-offer-revoked', 'the offer was revoked: a revocation that crosses an order wins')
    case 'expired':
      throw new DomainError('flex-offer-expired', `the offer stood until ${life.expiresAt}, and it is ${now}`)
  }
}

/**
 * An order is binding, so what was ordered cannot be revoked. Throws `flex-offer-ordered`; a revocation of what is revoked
 * or has expired changes nothing and is no error.
 */
export function requireRevocable(life: OfferLife, now: number): void {
  if (offerStateAt(life, now) !== 'ordered') return
  throw new DomainError('flex-offer-ordered', 'the offer was ordered, and an order binds: it cannot be revoked', {
    orderReceivedAt: life.orderReceivedAt,
  })
}
