import { readContract, type Ledger } from './ledger.ts'

/**
 * Whether trading is paused at `time`, in unix seconds: for ever so where it is not after the latest block, as is known
 * now where it is to come. A session whose gate closes in a pause is not traded.
 */
export async function isPausedAt(ledger: Pick<Ledger, 'contracts'>, area: number, time: number): Promise<boolean> {
  const [isPaused] = await readContract(ledger, 'tradingPause', 'isPausedAt', area, time)
  return isPaused as boolean
}
