import { Interface } from 'ethers'
import { isLedgerUnreachable, revertToDomainError } from './errors.ts'
import type { Ledger } from './ledger.ts'

const contractAccount = new Interface(['function isValidSignature(bytes32,bytes) view returns (bytes4)'])
/** What a contract answers that accepts the signature (EIP-1271). */
const ACCEPTED = '0x1626ba7e'

/** Whether the address is that of a contract which accepts the signature of the digest (EIP-1271). */
export async function isAcceptedByContract(
  ledger: Pick<Ledger, 'provider'>,
  address: string,
  digest: string,
  signature: string,
): Promise<boolean> {
  const data = contractAccount.encodeFunctionData('isValidSignature', [digest, signature])
  try {
    const answer = (await ledger.provider.send('eth_call', [{ to: address, data }, 'latest'])) as string
    return answer.length === 66 && answer.startsWith(ACCEPTED)
  } catch (error) {
    if (isLedgerUnreachable(error)) throw revertToDomainError(error)
    // A contract that reverts does not accept.
    return false
  }
}

/** Whether there is code at the address: only its contract can say what it signs. */
export async function isContract(ledger: Pick<Ledger, 'provider'>, address: string): Promise<boolean> {
  try {
    return (await ledger.provider.send('eth_getCode', [address, 'latest'])) !== '0x'
  } catch (error) {
    throw revertToDomainError(error)
  }
}
