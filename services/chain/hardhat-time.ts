import { isLedgerUnreachable } from './errors.ts'
import type { Ledger } from './ledger.ts'
import { readLatestBlock } from './ledger-clock.ts'

type Provider = Pick<Ledger, 'provider'>

/** Mines one block at that time, in unix seconds; no effect where the latest block is as late already. */
export async function advanceTo(ledger: Provider, unixSeconds: number): Promise<void> {
  const { timestamp } = await readLatestBlock(ledger)
  if (timestamp >= unixSeconds) return
  try {
    await ledger.provider.send('evm_mine', [`0x${unixSeconds.toString(16)}`])
  } catch (error) {
    // Somebody else's block may have been faster.
    if ((await readLatestBlock(ledger)).timestamp < unixSeconds) throw error
  }
}

/** Whether the node lets its time be set, as Hardhat's does and a real ledger never will. */
export async function hasTimeControl(ledger: Provider): Promise<boolean> {
  try {
    await ledger.provider.send('hardhat_metadata', [])
    return true
  } catch (error) {
    if (isLedgerUnreachable(error)) throw error
    return false
  }
}
