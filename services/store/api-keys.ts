import type { Store } from './connect.ts'

/** What a machine shows to act for an account. Hashes are SHA-256, hex; times are unix seconds of the wall clock. */
export type ApiKey = {
  readonly id: string
  readonly account: string
  readonly name: string
  readonly scopes: string[]
  readonly prefix: string
  readonly keyHash: string
  readonly previousHash: string | null
  readonly previousUntil: number | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | null
}

/** Keeps the key unless the account has `most` already, whatever comes at the same time; resolves to whether it was kept. */
export function insertApiKey(store: Store, key: ApiKey, most: number): Promise<boolean> {
  const { account } = key
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`api-keys:${account}`}))`
    if ((await transaction.apiKey.count({ where: { account } })) >= most) return false
    await transaction.apiKey.create({ data: key })
    return true
  })
}

/** By the hash of the key, or of the one before its last rotation; null where there is none. */
export async function readApiKey(store: Store, hash: string): Promise<ApiKey | null> {
  return store.client.apiKey.findFirst({ where: { OR: [{ keyHash: hash }, { previousHash: hash }] } })
}

/** The account's keys, the latest first. */
export async function listApiKeys(store: Store, account: string): Promise<ApiKey[]> {
  return store.client.apiKey.findMany({ where: { account }, orderBy: [{ createdAt: 'desc' }, { id: 'asc' }] })
}

/** Gives the account's key another secret, for as long as it was made for; null where the account has no such key. */
export async function rotateApiKey(
  store: Store,
  { account, id }: { account: string; id: string },
  change: Pick<ApiKey, 'keyHash' | 'prefix'> & { readonly previousUntil: number },
): Promise<ApiKey | null> {
  return store.client.$transaction(async (client) => {
    const [key] = await client.$queryRaw<{ keyHash: string }[]>`
      SELECT key_hash AS "keyHash" FROM api_keys WHERE id = ${id} AND account = ${account} FOR UPDATE`
    if (key === undefined) return null
    return client.apiKey.update({ where: { id }, data: { ...change, previousHash: key.keyHash } })
  })
}

export async function touchApiKey(store: Store, id: string, lastUsedAt: number): Promise<void> {
  await store.client.apiKey.updateMany({ where: { id }, data: { lastUsedAt } })
}

/** Resolves to whether the account had such a key. */
export async function deleteApiKey(store: Store, { account, id }: { account: string; id: string }): Promise<boolean> {
  return (await store.client.apiKey.deleteMany({ where: { id, account } })).count === 1
}
