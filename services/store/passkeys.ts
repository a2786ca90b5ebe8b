import type { Store } from './connect.ts'

export type Passkey = {
  readonly credentialId: string
  /** Address of the contract account that the public key owns, lower-case. */
  readonly account: string
  /** COSE key, base64url. */
  readonly publicKey: string
  readonly domain: string
  readonly counter: bigint
  /** Unix seconds, wall clock. */
  readonly createdAt: number
  readonly lastUsedAt: number
}

/** Resolves to whether it is new: a credential is registered once. */
export async function insertPasskey(store: Store, passkey: Passkey): Promise<boolean> {
  return (await store.client.passkey.createMany({ data: passkey, skipDuplicates: true })).count === 1
}

/** Null where no such passkey is registered. */
export async function readPasskey(store: Store, credentialId: string): Promise<Passkey | null> {
  return store.client.passkey.findUnique({ where: { credentialId } })
}

/** The account's passkey; null where it has none, as a wallet's. */
export async function readPasskeyOf(store: Store, account: string): Promise<Passkey | null> {
  return store.client.passkey.findFirst({ where: { account }, orderBy: { createdAt: 'desc' } })
}

/** Whether a passkey owns the account. */
export async function hasPasskey(store: Store, account: string): Promise<boolean> {
  return (await store.client.passkey.count({ where: { account } })) > 0
}

/** Moves the counter on, from the value that was checked; resolves to whether nobody was faster. */
export async function usePasskey(
  store: Store,
  passkey: Pick<Passkey, 'credentialId' | 'counter'>,
  { counter, lastUsedAt }: { counter: bigint; lastUsedAt: number },
): Promise<boolean> {
  const { credentialId, counter: checked } = passkey
  const { count } = await store.client.passkey.updateMany({
    where: { credentialId, counter: checked },
    data: { counter, lastUsedAt },
  })
  return count === 1
}
