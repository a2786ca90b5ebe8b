import { DomainError } from '../../errors.ts'
import { startOf } from '../../units.ts'
import type { FlexOffer } from './flex-offer.ts'
import { fieldsOf, textOf } from './message-fields.ts'
import { parseMessageId } from './message-identity.ts'
import { requireRevocable, type OfferLife } from './offer-life.ts'

/** An aggregator takes back an offer that still stands. */
export type OfferRevocation = { readonly id: string; readonly offer: string }

/** Throws `flex-message-malformed` or `flex-message-id-invalid`. */
export function parseOfferRevocation(input: unknown): OfferRevocation {
  const fields = fieldsOf(input, 'a revocation')
  return { id: parseMessageId(textOf(fields, 'id')), offer: parseMessageId(textOf(fields, 'offer')) }
}

/**
 * Throws `flex-offer-unknown`, `flex-offer-ordered`, and `flex-revocation-too-late` where a period of the offer has begun,
 * for the grid is operated with it by then.
 */
export function requireRevocation(
  revocation: OfferRevocation,
  context: { readonly offer: FlexOffer; readonly life: OfferLife; readonly now: number },
): void {
  const { offer, life, now } = context
  if (revocation.offer !== offer.id) {
    throw new DomainError(
      'flex-offer-unknown',
      `the revocation is of offer ${revocation.offer}, and not of ${offer.id}`,
    )
  }
  requireRevocable(life, now)
  const first = Math.min(...offer.options.map(({ periods }) => startOf(periods[0]!.period)))
  if (now < first) return
  throw new DomainError('flex-revocation-too-late', `the offer's first period began at ${first}, and it is ${now}`, {
    first,
    now,
  })
}
