import { unpackRequestedPeriods } from '../chain/flex-periods.ts'
import { decodeOffer, type LedgerOfferTerms } from '../chain/flex-requests.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Flex requests and the offers that answer them, which are there in full once they are opened. */
export function projectFlexRequests(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block } = event
  const requestId = Number(values.requestId)
  const offerId = Number(values.offerId)
  switch (name) {
    case 'FlexRequested':
      projectRequest(batch, event)
      break
    case 'RequestCancelled':
      batch.flexibility.push({ kind: 'requestCancelled', id: requestId })
      break
    case 'SeedDrawn':
      batch.flexibility.push({ kind: 'seedDrawn', id: requestId, seed: values.seed as string })
      break
    case 'OfferSealed':
      batch.flexibility.push({
        kind: 'offerSealed',
        id: offerId,
        requestId,
        portfolioId: Number(values.portfolioId),
        commitment: values.commitment as string,
        state: 'sealed',
        sealedAt: block.timestamp,
      })
      break
    case 'OfferOpened': {
      const { expiresAt, options, salt } = decodeOffer(values.offer as unknown as LedgerOfferTerms)
      const opened = { id: offerId, openedAt: block.timestamp, expiresAt: BigInt(expiresAt), options, salt }
      batch.flexibility.push({ kind: 'offerOpened', ...opened })
      break
    }
    case 'OfferRevoked':
      batch.flexibility.push({ kind: 'offerRevoked', id: offerId })
      break
  }
}

function projectRequest(batch: ProjectionBatch, { arguments: values, block, transaction }: LedgerEvent): void {
  const periods = unpackRequestedPeriods(values.periods as string)
  batch.flexibility.push({
    kind: 'requested',
    id: Number(values.requestId),
    pointId: Number(values.pointId),
    productId: Number(values.productId),
    reservationId: Number(values.reservationId) || null,
    supersedes: Number(values.supersedes) || null,
    expiresAt: values.expiresAt as bigint,
    revealUntil: values.revealUntil as bigint,
    priceCapMicroEuroPerKwh: values.priceCap as bigint,
    periods,
    firstPeriod: BigInt(periods[0]?.period ?? 0),
    lastPeriod: BigInt(periods.at(-1)?.period ?? 0),
    state: 'open',
    requestedAt: block.timestamp,
    requestedTransaction: transaction.hash,
  })
}
