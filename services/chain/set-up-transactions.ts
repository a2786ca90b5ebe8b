import { setTimeout as delay } from 'node:timers/promises'
import { Wallet, type JsonRpcProvider } from 'ethers'
import { revertToDomainError } from './errors.ts'
import { addressOfKey } from './typed-data.ts'

/** A transaction of the set-up; without `to` it deploys. */
export type SetUpCall = { readonly to: string | null; readonly data: string }

export type SetUpReceipt = { readonly blockHash: string; readonly gasUsed: bigint }

type Receipt = { status: string; blockHash: string; blockNumber: string; gasUsed: string }

/** Below the most that one transaction may use (EIP-7825), so that nothing has to be estimated. */
const GAS_LIMIT = 16_000_000n
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 250

/** The nonce that the key's next transaction has. */
export async function nextNonceOf(provider: JsonRpcProvider, privateKey: string): Promise<number> {
  return Number(await send(provider, 'eth_getTransactionCount', [addressOfKey(privateKey), 'pending']))
}

/**
 * Signs the calls with consecutive nonces, sends them all, and waits until all are mined, however the ledger makes
 * its blocks. Throws the refusal of the first that reverted.
 */
export async function sendSetUpCalls(
  provider: JsonRpcProvider,
  privateKey: string,
  calls: readonly SetUpCall[],
): Promise<SetUpReceipt[]> {
  const wallet = new Wallet(privateKey)
  const { chainId } = await provider.getNetwork()
  const block = (await send(provider, 'eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas?: string }
  const firstNonce = await nextNonceOf(provider, privateKey)

  const hashes: string[] = []
  for (const [index, call] of calls.entries()) {
    const raw = await wallet.signTransaction({
      ...call,
      type: 2,
      chainId,
      nonce: firstNonce + index,
      gasLimit: GAS_LIMIT,
      maxFeePerGas: 2n * BigInt(block.baseFeePerGas ?? 0),
      maxPriorityFeePerGas: 0n,
    })
    hashes.push((await send(provider, 'eth_sendRawTransaction', [raw])) as string)
  }

  const receipts: SetUpReceipt[] = []
  for (const [index, hash] of hashes.entries()) {
    const receipt = await waitForReceipt(provider, hash)
    if (BigInt(receipt.status) === 0n) await throwRefusal(provider, calls[index]!, privateKey, receipt)
    receipts.push({ blockHash: receipt.blockHash, gasUsed: BigInt(receipt.gasUsed) })
  }
  return receipts
}

async function waitForReceipt(provider: JsonRpcProvider, hash: string): Promise<Receipt> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const receipt = (await send(provider, 'eth_getTransactionReceipt', [hash])) as Receipt | null
    if (receipt !== null) return receipt
    await delay(pause)
  }
}

/** Asks again, on the block before, why a call that was mined reverted. */
async function throwRefusal(
  provider: JsonRpcProvider,
  call: SetUpCall,
  privateKey: string,
  receipt: Receipt,
): Promise<never> {
  const before = `0x${(BigInt(receipt.blockNumber) - 1n).toString(16)}`
  await send(provider, 'eth_call', [{ ...call, from: addressOfKey(privateKey) }, before])
  throw revertToDomainError(new Error('the transaction reverted'))
}

async function send(provider: JsonRpcProvider, method: string, parameters: unknown[]): Promise<unknown> {
  try {
    return await provider.send(method, parameters)
  } catch (error) {
    throw revertToDomainError(error)
  }
}
