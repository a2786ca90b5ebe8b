import { keyChainOf } from '../../../services/chain/daily-keys.ts'
import { digestOf, hashText, signDigest, signingDomainOf } from '../../../services/chain/typed-data.ts'
import { TRADING_KEY_TYPE } from '../../../services/domain/joining/trading-key.ts'
import { account as client } from './account-client.ts'
import { readLedgerIdentity } from './joining-client.ts'
import { withTradingKey } from './trading-key.ts'

/**
 * Tells the registrar from what the daily keys of a key in this browser are derived, so that nobody else recognises the
 * home from one day to the next. Resolves to the key's signature that it is the account's.
 */
export async function tellRegistrar(account: string, address: string): Promise<string> {
  const { chainId, contracts } = await readLedgerIdentity()
  const domain = signingDomainOf(chainId, contracts['memberRegistry']!)
  const digest = digestOf(domain, hashText(TRADING_KEY_TYPE), [BigInt(account)])
  const { signature, chain } = await withTradingKey(address, (key) => ({
    signature: signDigest(digest, key),
    chain: keyChainOf(key),
  }))
  await client.keepKeyChain({ ...chain, signature })
  return signature
}
