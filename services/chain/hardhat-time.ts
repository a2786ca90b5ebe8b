import type { Ledger } from './ledger.ts'
import { readLatestBlock } from './ledger-clock.ts'

type Provider = Pick<Ledger, 'provider'>

/** Mines one block at that time, in unix seconds; no effect where the latest block is as late already. */
export async function advanceTo(ledger: Provider, unixSeconds: number): Promise<void> {
  const { timestamp } = await readLatestBlock(ledger)
  if (timestamp >= unixSeconds) return
  await ledger.provider.send('evm_mine', [`0x${unixSeconds.toString(16)}`])
}

/** Whether the node lets its time be set, as Hardhat's does and a real ledger never will. */
export async function hasTimeControl(ledger: Provider): Promise<boolean> {
  try {
    await ledger.provider.send('hardhat_metadata', [])
    return true
  } catch {
    return false
  }
}
