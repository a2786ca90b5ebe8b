import type { Store } from './connect.ts'

export type ChallengePurpose = 'wallet' | 'code' | 'passkey-registration' | 'passkey-sign-in'

export type SignInChallenge = {
  /** SHA-256 of what the client was given, hex. */
  readonly hash: string
  readonly purpose: ChallengePurpose
  /** Address that may answer it, lower-case; null where the answer itself says who it is. */
  readonly account: string | null
  readonly client: string
  /** Unix seconds, wall clock. */
  readonly expiresAt: number
}

/** Keeps the challenge unless the client has `most` open ones; resolves to whether it was kept. Removes expired ones. */
export async function insertSignInChallenge(
  store: Store,
  challenge: SignInChallenge,
  { now, most }: { now: number; most: number },
): Promise<boolean> {
  await store.client.signInChallenge.deleteMany({ where: { expiresAt: { lte: now } } })
  const { hash, purpose, account, client, expiresAt } = challenge
  const inserted = await store.client.$executeRaw`
    INSERT INTO sign_in_challenges (hash, purpose, account, client, expires_at)
    SELECT ${hash}, ${purpose}, ${account}, ${client}, ${expiresAt}::int
    WHERE (SELECT count(*) FROM sign_in_challenges WHERE client = ${client}) < ${most}`
  return inserted === 1
}

/** Takes the challenge out, so that nobody answers it again; null where there is none of the purpose that is valid. */
export async function takeSignInChallenge(
  store: Store,
  { hash, purpose, now }: { hash: string; purpose: ChallengePurpose; now: number },
): Promise<{ readonly account: string | null } | null> {
  const [taken] = await store.client.$queryRaw<{ account: string | null }[]>`
    DELETE FROM sign_in_challenges WHERE hash = ${hash} AND purpose = ${purpose} AND expires_at > ${now}::int
    RETURNING account`
  return taken ?? null
}
