import type { Store } from './connect.ts'

/** From what the daily keys of a trading key are derived; see services/chain/daily-keys.ts. */
type KeyChainRow = { readonly address: string; readonly publicKey: string; readonly chainCode: string }

/** Keeps them; one that is known stays. */
export async function insertKeyChains(store: Store, chains: readonly KeyChainRow[]): Promise<void> {
  await store.client.keyChain.createMany({ data: [...chains], skipDuplicates: true })
}

/** Those that are known, by the address of their trading key. */
export async function readKeyChains(
  store: Store,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, KeyChainRow>> {
  const rows = await store.client.keyChain.findMany({ where: { address: { in: [...addresses] } } })
  return new Map(rows.map((row) => [row.address, row]))
}
