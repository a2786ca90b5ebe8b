import { digestOf, hashText, signDigest, signingDomainOf } from '../../../../services/chain/typed-data.ts'
import { TRADING_KEY_TYPE } from '../../../../services/domain/joining/trading-key.ts'
import { delegationOf } from '../../../../services/domain/joining/wishes.ts'
import { energyWh, price } from '../../../../services/domain/units.ts'
import { delegateTradingCall } from '../../lib/account-calls.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { joining as client, readLedgerIdentity, type Joining, type Wishes } from '../../lib/joining-client.ts'
import { makeOwnCall } from '../../lib/own-calls.ts'
import { findTradingKey, makeTradingKey, signWithTradingKey } from '../../lib/trading-key.ts'

type Person = NonNullable<WhoAmI['person']>

/** Sets the wishes, and registers a trading key of this browser with them, which proves that it belongs to the account. */
export async function settleWishes(wishes: Wishes, { account, tradingKey }: Joining): Promise<void> {
  await client.setWishes(wishes)
  if (tradingKey !== null) return
  const address = (await findTradingKey(account)) ?? (await makeTradingKey(account))
  const { chainId, contracts } = await readLedgerIdentity()
  const digest = tradingKeyDigest(chainId, contracts['memberRegistry']!, account)
  const signature = await signWithTradingKey(address, (key) => signDigest(digest, key))
  await client.registerTradingKey({ address, signature })
}

/** What a key signs (EIP-712) to be registered as the account's trading key. */
function tradingKeyDigest(chainId: bigint, memberRegistry: string, account: string): Uint8Array {
  return digestOf(signingDomainOf(chainId, memberRegistry), hashText(TRADING_KEY_TYPE), [BigInt(account)])
}

/** Has the person sign that the agent trades for the home, within the wishes and no further. */
export async function delegateTrading(joining: Joining, person: Person): Promise<void> {
  const { memberId, agentKey, wishes, membership } = joining
  if (memberId === null || agentKey === null || wishes === null) throw new Error('The home is not registered yet.')
  const delegation = delegationOf(parsedWishesOf(wishes), membership, agentKey)
  await makeOwnCall(person, (registry) => delegateTradingCall(registry, memberId, delegation))
}

function parsedWishesOf(wishes: Wishes): Parameters<typeof delegationOf>[0] {
  const { buyUpToMicroEuroPerKwh, sellFromMicroEuroPerKwh, quantityWh, until } = wishes
  return {
    buyUpTo: price(BigInt(buyUpToMicroEuroPerKwh)),
    sellFrom: sellFromMicroEuroPerKwh === null ? null : price(BigInt(sellFromMicroEuroPerKwh)),
    quantity: energyWh(BigInt(quantityWh)),
    until,
  }
}
