import { concatBytes } from '@noble/hashes/utils.js'
import { Wallet } from 'ethers'
import type { Ledger } from '../../services/chain/ledger.ts'

const PUSH1 = 0x60
const PUSH32 = 0x7f
const MSTORE = 0x52
const SSTORE = 0x55
const LOG0 = 0xa0
const RETURN = 0xf3

/** Writes at most 32 bytes to the ledger in every way there is: as input, log, storage and code. */
export async function plant(
  { provider }: Pick<Ledger, 'provider'>,
  privateKey: string,
  bytes: Uint8Array,
): Promise<void> {
  const word = concatBytes(new Uint8Array(32 - bytes.length), bytes)
  // The code begins with a zero, since none may begin with 0xEF.
  const program = concatBytes(
    Uint8Array.of(PUSH32),
    word,
    Uint8Array.of(PUSH1, 1, MSTORE, PUSH1, 33, PUSH1, 0, LOG0, PUSH32),
    word,
    Uint8Array.of(PUSH1, 0, SSTORE, PUSH1, 33, PUSH1, 0, RETURN),
  )
  const wallet = new Wallet(privateKey, provider)
  const sent = await wallet.sendTransaction({
    data: `0x${Buffer.from(program).toString('hex')}`,
    gasLimit: 1_000_000n,
    gasPrice: 0n,
  })
  const receipt = await sent.wait()
  if (receipt?.status !== 1) throw new Error(`planting ${bytes.length} bytes failed`)
}
