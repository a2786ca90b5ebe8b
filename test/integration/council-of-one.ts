import { id } from 'ethers'
import type { CouncilCall } from '../../services/chain/governance.ts'
import { readContract, type ContractName, type Ledger } from '../../services/chain/ledger.ts'
import { sendSetUpCalls, type SetUpReceipt } from '../../services/chain/set-up-transactions.ts'

const WHY = id('because')

export function councilCall(
  { addresses, contracts }: Ledger,
  contract: ContractName,
  name: string,
  ...values: readonly unknown[]
): CouncilCall {
  return { target: addresses[contract], data: contracts[contract].interface.encodeFunctionData(name, values) }
}

/** Has a council of one member decide and make the call; resolves to the receipt of the transaction that made it. */
export async function decideAlone(ledger: Ledger, memberKey: string, call: CouncilCall): Promise<SetUpReceipt> {
  const send = async (name: string, ...values: readonly unknown[]) => {
    const { target, data } = councilCall(ledger, 'council', name, ...values)
    const [receipt] = await sendSetUpCalls(ledger.provider, memberKey, [{ to: target, data }])
    return receipt!
  }
  await send('propose', [call], WHY)
  const [proposalId] = await readContract(ledger, 'council', 'proposalCount')
  return send('execute', proposalId, [call], WHY)
}
