import { setTimeout as delay } from 'node:timers/promises'
import { Transaction } from 'ethers'
import { revertToDomainError } from './errors.ts'
import { sendBatch } from './json-rpc.ts'
import { addressOfKey } from './typed-data.ts'

/** A transaction of the set-up; without `to` it deploys. */
export type SetUpCall = { readonly to: string | null; readonly data: string }

export type SetUpReceipt = { readonly blockHash: string; readonly gasUsed: bigint }

type Receipt = { status: string; blockHash: string; blockNumber: string; gasUsed: string }

/** Below the most that one transaction may use (EIP-7825). */
const GAS_LIMIT = 16_000_000n
const BATCH = 50
const FIRST_WAIT_MS = 5
const LONGEST_WAIT_MS = 250

/** The nonce that the key's next transaction has. */
export async function nextNonceOf(url: string, privateKey: string): Promise<number> {
  const [nonce] = await sendBatch(url, [
    { method: 'eth_getTransactionCount', params: [addressOfKey(privateKey), 'pending'] },
  ])
  return Number(nonce)
}

/**
 * Signs the calls with consecutive nonces, sends them, and waits until all are mined, however the ledger makes blocks.
 * Throws the refusal of the first that reverted.
 */
export async function sendSetUpCalls(
  url: string,
  privateKey: string,
  calls: readonly SetUpCall[],
  firstNonce?: number,
): Promise<SetUpReceipt[]> {
  const [chainId, block] = (await sendBatch(url, [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
  ])) as [string, { baseFeePerGas?: string }]
  const nonce = firstNonce ?? (await nextNonceOf(url, privateKey))

  const receipts: SetUpReceipt[] = []
  for (let start = 0; start < calls.length; start += BATCH) {
    const batch = calls.slice(start, start + BATCH)
    const signed = batch.map((call, index) =>
      signCall(call, privateKey, BigInt(chainId), nonce + start + index, BigInt(block.baseFeePerGas ?? 0) * 2n),
    )
    await sendBatch(url, signed.map(({ raw }) => ({ method: 'eth_sendRawTransaction', params: [raw] })))
    const mined = await waitForReceipts(url, signed.map(({ hash }) => hash))
    for (const [index, receipt] of mined.entries()) {
      if (BigInt(receipt.status) === 0n) throw await refusalOf(url, batch[index]!, privateKey, receipt)
      receipts.push({ blockHash: receipt.blockHash, gasUsed: BigInt(receipt.gasUsed) })
    }
  }
  return receipts
}

function signCall(
  { to, data }: SetUpCall,
  privateKey: string,
  chainId: bigint,
  nonce: number,
  maxFeePerGas: bigint,
): { raw: string; hash: string } {
  const transaction = Transaction.from({
    type: 2,
    chainId,
    nonce,
    to,
    data,
    gasLimit: GAS_LIMIT,
    maxFeePerGas,
    maxPriorityFeePerGas: 0n,
  })
  transaction.signature = signingKeyOf(privateKey).sign(transaction.unsignedHash)
  return { raw: transaction.serialized, hash: transaction.hash! }
}

async function waitForReceipts(url: string, hashes: readonly string[]): Promise<Receipt[]> {
  const requests = hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const [last] = await sendBatch(url, requests.slice(-1))
    if (last !== null) return (await sendBatch(url, requests)) as Receipt[]
    await delay(wait)
  }
}

/** Asks again, at the block before, why a mined call reverted. */
async function refusalOf(url: string, { to, data }: SetUpCall, privateKey: string, receipt: Receipt): Promise<Error> {
  const before = `0x${(BigInt(receipt.blockNumber) - 1n).toString(16)}`
  const call = { from: addressOfKey(privateKey), to, data }
  try {
    await callOnce(url, call, before)
  } catch (error) {
    return revertToDomainError(error)
  }
  return revertToDomainError(new Error('transaction reverted'))
}
