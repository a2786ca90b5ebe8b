import { deliveryPeriod, signedWh, type DeliveryPeriod, type SignedWh, type TradingDay } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { NominatedBaseline as NominatedRow, Prisma } from '../generated/client.ts'

/** Which portfolio's baseline of which day, for which product. */
export type NominationKey = { readonly portfolioId: number; readonly productId: number; readonly day: TradingDay }

/** What a member is nominated to take from the grid in a period, with the salt (0x-hex) of its leaf. */
export type KeptBaseline = {
  readonly memberId: number
  readonly period: DeliveryPeriod
  /** Positive towards the member. */
  readonly baseline: SignedWh
  readonly salt: string
}

/** In the place of what was kept for the day before it was committed; ascending by member and period. All or none. */
export async function replaceNominatedBaselines(
  store: Store,
  { portfolioId, productId, day }: NominationKey,
  baselines: readonly KeptBaseline[],
): Promise<void> {
  const key = { portfolioId, productId, day }
  await store.client.$transaction([
    store.client.nominatedBaseline.deleteMany({ where: key }),
    store.client.nominatedBaseline.createMany({
      data: baselines.map(({ memberId, period, baseline: baselineWh, salt }, position) => ({
        ...{ ...key, position, memberId, period, baselineWh, salt },
      })),
    }),
  ])
}

/** The leaves of a nomination in their sequence; none where it is not kept. */
export async function readNominatedBaselines(
  store: Store,
  { portfolioId, productId, day }: NominationKey,
): Promise<KeptBaseline[]> {
  return baselinesWhere(store, { portfolioId, productId, day })
}

/** What is nominated for the members from the first period to the last one, inclusive; ascending by member and period. */
export async function nominatedOfMembers(
  store: Store,
  memberIds: readonly number[],
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<KeptBaseline[]> {
  return baselinesWhere(store, { memberId: { in: [...memberIds] }, period: { gte: first, lte: last } })
}

async function baselinesWhere(store: Store, where: Prisma.NominatedBaselineWhereInput): Promise<KeptBaseline[]> {
  const orderBy = [{ memberId: 'asc' as const }, { period: 'asc' as const }]
  return (await store.client.nominatedBaseline.findMany({ where, orderBy })).map(baselineOf)
}

/** What a row says. */
export function baselineOf({ memberId, period, baselineWh, salt }: NominatedRow): KeptBaseline {
  return { memberId, period: deliveryPeriod(period), baseline: signedWh(baselineWh), salt }
}
