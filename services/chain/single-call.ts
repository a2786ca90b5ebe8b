import { revertToDomainError } from './errors.ts'
import type { ContractName, Ledger } from './ledger.ts'
import { sendSetUpCalls, type SetUpReceipt } from './set-up-transactions.ts'
import type { Call } from './transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** Makes one call with the key, if it would pass: else its refusal is thrown and nothing is sent. */
export async function makeCall(ledger: Ledger, privateKey: string, call: Call): Promise<SetUpReceipt> {
  const { to, data } = encodedCall(ledger, call)
  await simulate(ledger, addressOfKey(privateKey), { to, data })
  const [receipt] = await sendSetUpCalls(ledger.provider, privateKey, [{ to, data }])
  return receipt!
}

/** Throws what the ledger would refuse the call with. */
export async function simulate(ledger: Ledger, from: string, call: { to: string; data: string }): Promise<void> {
  try {
    await ledger.provider.send('eth_call', [{ from, ...call }, 'latest'])
  } catch (error) {
    throw revertToDomainError(error)
  }
}

export function encodedCall(
  { addresses, contracts }: Pick<Ledger, 'addresses' | 'contracts'>,
  call: Call & { readonly contract: ContractName },
): { to: string; data: string } {
  const data = contracts[call.contract].interface.encodeFunctionData(call.function, call.arguments)
  return { to: addresses[call.contract], data }
}
