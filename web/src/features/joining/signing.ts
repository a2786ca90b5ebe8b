import { delegationOf } from '../../../../services/domain/joining/wishes.ts'
import { energyWh, price } from '../../../../services/domain/units.ts'
import { delegateTradingCall } from '../../lib/account-calls.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { joining as client, type Joining, type Wishes } from '../../lib/joining-client.ts'
import { makeOwnCall } from '../../lib/own-calls.ts'
import { tellRegistrar } from '../../lib/registrar.ts'
import { findTradingKey, makeTradingKey } from '../../lib/trading-key.ts'

type Person = NonNullable<WhoAmI['person']>

/** Sets the wishes, and registers a trading key of this browser with them, which proves that it belongs to the account. */
export async function settleWishes(wishes: Wishes, { account, tradingKey }: Joining): Promise<void> {
  await client.setWishes(wishes)
  if (tradingKey !== null) return
  const address = (await findTradingKey(account)) ?? (await makeTradingKey(account))
  await client.registerTradingKey({ address, signature: await tellRegistrar(account, address) })
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
