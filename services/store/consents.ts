import type { Store } from './connect.ts'

/** A household lets somebody read parts of its data. Addresses are lower-case, times unix seconds of the wall clock. */
export type Consent = {
  readonly id: string
  readonly memberId: number
  readonly givenBy: string
  readonly reader: string
  readonly parts: string[]
  readonly since: number
  readonly until: number | null
  readonly revokedAt: number | null
}

/**
 * Keeps the consent unless the household has `most` in force, whatever comes at the same time; resolves to whether it was
 * kept.
 */
export function insertConsent(store: Store, consent: Consent, most: number): Promise<boolean> {
  const { memberId, since } = consent
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`consents:${memberId}`}))`
    if ((await transaction.consent.count({ where: { memberId, ...inForceAt(since) } })) >= most) return false
    await transaction.consent.create({ data: consent })
    return true
  })
}

/** What was given by these households, and what lets this reader read: the latest first, at most 200 of each. */
export async function listConsents(
  store: Store,
  { memberIds, reader }: { memberIds: readonly number[]; reader: string },
): Promise<{ given: Consent[]; received: Consent[] }> {
  const page = { orderBy: [{ since: 'desc' as const }, { id: 'asc' as const }], take: 200 }
  const [given, received] = await Promise.all([
    store.client.consent.findMany({ where: { memberId: { in: [...memberIds] } }, ...page }),
    store.client.consent.findMany({ where: { reader }, ...page }),
  ])
  return { given, received }
}

/** Takes back a consent of one of these households; resolves to whether there was one that could be. */
export async function revokeConsent(
  store: Store,
  { id, memberIds, now }: { id: string; memberIds: readonly number[]; now: number },
): Promise<boolean> {
  const { count } = await store.client.consent.updateMany({
    where: { id, memberId: { in: [...memberIds] }, revokedAt: null },
    data: { revokedAt: now },
  })
  return count === 1
}

/** What households let the reader read at `now`, the latest 1,000. */
export async function listConsentsFor(
  store: Store,
  reader: string,
  now: number,
): Promise<Pick<Consent, 'memberId' | 'parts'>[]> {
  return store.client.consent.findMany({
    where: { reader, since: { lte: now }, ...inForceAt(now) },
    select: { memberId: true, parts: true },
    orderBy: [{ since: 'desc' }, { id: 'asc' }],
    take: 1_000,
  })
}

function inForceAt(now: number) {
  return { revokedAt: null, OR: [{ until: null }, { until: { gt: now } }] }
}
