import type { Store } from './connect.ts'

export type SignInWay = 'wallet' | 'passkey' | 'code'

/** A browser in which a person is signed in. Times are unix seconds of the wall clock. */
export type SignIn = {
  readonly id: string
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string
  readonly account: string
  readonly way: SignInWay
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
}

/** Keeps the sign-in, and of the account's no more than `most`: the ones that were used longest ago end. */
export async function insertSignIn(store: Store, signIn: SignIn, most: number): Promise<void> {
  await store.client.$transaction([
    store.client.signIn.create({ data: signIn }),
    store.client.$executeRaw`
      DELETE FROM sign_ins WHERE id IN (
        SELECT id FROM sign_ins WHERE account = ${signIn.account}
        ORDER BY last_used_at DESC, created_at DESC, id OFFSET ${most}::int)`,
  ])
}

/** Null where no sign-in has the token, or not any more. */
export async function readSignIn(store: Store, tokenHash: string): Promise<SignIn | null> {
  return (await store.client.signIn.findUnique({ where: { tokenHash } })) as SignIn | null
}

export async function touchSignIn(store: Store, id: string, lastUsedAt: number): Promise<void> {
  await store.client.signIn.updateMany({ where: { id }, data: { lastUsedAt } })
}

/** The account's sign-ins, the latest first. */
export async function listSignIns(store: Store, account: string): Promise<SignIn[]> {
  return (await store.client.signIn.findMany({
    where: { account },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
  })) as SignIn[]
}

/** Ends one sign-in of the account, or all of them; resolves to how many ended. */
export async function deleteSignIns(store: Store, { account, id }: { account: string; id?: string }): Promise<number> {
  const { count } = await store.client.signIn.deleteMany({ where: { account, ...(id === undefined ? {} : { id }) } })
  return count
}

/** Removes the sign-ins of everybody that were made, or last used, too long ago. */
export async function deleteStaleSignIns(store: Store, { now, idleSince }: { now: number; idleSince: number }) {
  await store.client.signIn.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { lastUsedAt: { lte: idleSince } }] },
  })
}
