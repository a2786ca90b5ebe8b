import type { Store } from './connect.ts'

type ClaimValue = string | number | boolean

/** One claim that is asked for; where there are `values`, it has to be one of them. */
export type AskedClaim = { readonly name: string; readonly values?: readonly ClaimValue[] }

/** What came of it; the issuer's address is in lower case. */
export type PresentationOutcome = {
  readonly verifiedAt: number
  readonly issuer: string
  readonly area: number
  readonly disclosed: Readonly<Record<string, ClaimValue>>
}

/** What a verifier asks to be shown. Times are unix seconds of the wall clock. */
export type PresentationAsked = {
  readonly id: string
  readonly verifier: string
  readonly audience: string
  readonly nonce: string
  readonly role: string
  readonly asked: readonly AskedClaim[]
  readonly purpose: string
  readonly createdAt: number
  readonly expiresAt: number
}

export type Presentation = PresentationAsked & {
  /** How often it was answered. */
  readonly answers: number
  readonly refusal: { readonly code: string; readonly refusedAt: number } | null
  readonly outcome: PresentationOutcome | null
}

/**
 * Keeps what is asked unless the verifier has `most` of them already, whatever comes at the same time; resolves to whether it
 * was kept.
 */
export function insertPresentation(
  store: Store,
  { asked, ...presentation }: PresentationAsked,
  most: number,
): Promise<boolean> {
  const { verifier } = presentation
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`presentations:${verifier}`}))`
    if ((await transaction.presentation.count({ where: { verifier } })) >= most) return false
    await transaction.presentation.create({ data: { ...presentation, asked: asked.map(rowOf) } })
    return true
  })
}

/** Null where there is none. */
export async function readPresentation(store: Store, id: string): Promise<Presentation | null> {
  const row = await store.client.presentation.findUnique({ where: { id } })
  if (row === null) return null
  const { asked, refusal, refusedAt, verifiedAt, issuer, area, disclosed, ...rest } = row
  return {
    ...rest,
    asked: asked as unknown as AskedClaim[],
    refusal: refusal === null ? null : { code: refusal, refusedAt: refusedAt! },
    outcome:
      verifiedAt === null
        ? null
        : {
            verifiedAt,
            issuer: issuer!,
            area: Number(area),
            disclosed: disclosed as PresentationOutcome['disclosed'],
          },
  }
}

/** Counts an answer; resolves to false where it is answered already, expired, or was answered `most` times. */
export async function countAnswer(store: Store, id: string, { now, most }: { now: number; most: number }) {
  const where = { id, verifiedAt: null, expiresAt: { gt: now }, answers: { lt: most } }
  return (await store.client.presentation.updateMany({ where, data: { answers: { increment: 1 } } })).count === 1
}

/** Takes back that an answer was counted, where nobody could judge it. */
export async function uncountAnswer(store: Store, id: string): Promise<void> {
  await store.client.presentation.updateMany({ where: { id, answers: { gt: 0 } }, data: { answers: { decrement: 1 } } })
}

export async function noteRefusal(store: Store, id: string, refusal: string, refusedAt: number): Promise<void> {
  await store.client.presentation.updateMany({ where: { id, verifiedAt: null }, data: { refusal, refusedAt } })
}

/** Keeps the outcome, once: resolves to false where there is one already. */
export async function keepOutcome(store: Store, id: string, outcome: PresentationOutcome): Promise<boolean> {
  const data = { ...outcome, disclosed: { ...outcome.disclosed }, refusal: null, refusedAt: null }
  return (await store.client.presentation.updateMany({ where: { id, verifiedAt: null }, data })).count === 1
}

/** Forgets what expired at `expiredBy` or before, with whatever was shown for it. */
export async function deleteStalePresentations(store: Store, expiredBy: number): Promise<number> {
  return (await store.client.presentation.deleteMany({ where: { expiresAt: { lte: expiredBy } } })).count
}

function rowOf({ name, values }: AskedClaim) {
  return values === undefined ? { name } : { name, values: [...values] }
}
