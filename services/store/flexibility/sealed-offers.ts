import type { FlexOption } from '../../domain/flexibility/trading/flex-offer.ts'
import type { Store } from '../connect.ts'
import type { SealedOffer as SealedRow } from '../generated/client.ts'
import { jsonColumnOf, optionsOfJson } from './written.ts'

/** An offer with its salt, as it is kept from before it is sealed. */
export type SealedOffer = {
  /** 0x-hex. */
  readonly commitment: string
  readonly requestId: number
  readonly portfolioId: number
  readonly offer: {
    readonly expiresAt: number
    readonly options: readonly Omit<FlexOption, 'reference'>[]
    readonly salt: string
  }
  /** Addresses of the devices that stand behind it. */
  readonly backing: readonly string[]
  /** Unix seconds. */
  readonly drawnAt: number
  /** Null until its number on the ledger is known. */
  readonly offerId: number | null
}

/** All or none; again without effect. */
export async function keepSealedOffers(store: Store, offers: readonly SealedOffer[]): Promise<void> {
  await store.client.sealedOffer.createMany({
    data: offers.map(({ offer: { salt, ...offer }, backing, ...row }) => ({
      ...{ ...row, salt, offer: jsonColumnOf(offer), backing: [...backing] },
    })),
    skipDuplicates: true,
  })
}

/** Of the portfolio, in the sequence in which they were drawn. */
export async function listSealedOffers(
  store: Store,
  portfolioId: number,
  requestIds: readonly number[],
): Promise<SealedOffer[]> {
  const rows = await store.client.sealedOffer.findMany({
    where: { portfolioId, requestId: { in: [...requestIds] } },
    orderBy: [{ drawnAt: 'asc' }, { commitment: 'asc' }],
  })
  return rows.map(sealedOfferOf)
}

export async function noteOfferId(store: Store, commitment: string, offerId: number): Promise<void> {
  await store.client.sealedOffer.update({ where: { commitment }, data: { offerId } })
}

function sealedOfferOf({ offer, salt, ...row }: SealedRow): SealedOffer {
  const { expiresAt, options } = offer as { readonly expiresAt: number; readonly options: unknown }
  return { ...row, offer: { expiresAt, options: optionsOfJson(options), salt } }
}
