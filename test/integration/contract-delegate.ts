import { getCreateAddress } from 'ethers'
import type { RoleKeys } from '../../scripts/setup/keys.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'

/** A contract account that accepts every signature (EIP-1271), as creation code. */
const WALLET_CODE = `0x602980600b6000396000f3${'7f1626ba7e'}${'00'.repeat(28)}60005260206000f3`

/** Has the household let a contract account trade that accepts every signature; its address. */
export async function delegateToContract(
  ledger: Ledger,
  { memberId, tradingKey }: HouseholdKeys,
  { keys, quantityLimit }: { readonly keys: RoleKeys; readonly quantityLimit: bigint },
): Promise<string> {
  const { provider, addresses, contracts } = ledger
  const from = addressOfKey(keys.administrator)
  const nonce = await provider.getTransactionCount(from)
  await sendSetUpCalls(provider, keys.administrator, [{ to: null, data: WALLET_CODE }])
  const wallet = getCreateAddress({ from, nonce }).toLowerCase()
  const delegation = [wallet, 3, quantityLimit, -500_000, 4_000_000, 2 ** 32 - 1]
  const data = contracts.memberRegistry.interface.encodeFunctionData('delegateTrading', [memberId, delegation])
  await sendSetUpCalls(provider, tradingKey, [{ to: addresses.memberRegistry, data }])
  return wallet
}
