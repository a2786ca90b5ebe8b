import { money, type Money, type TradingDay } from '../domain/units.ts'
import { sendBatch } from './json-rpc.ts'
import { readContract, type Ledger } from './ledger.ts'

/** 0 initial, 1 corrected, 2 final. */
export type RunNumber = 0 | 1 | 2

/** A settlement run whose statements are committed. */
export type SettlementRun = {
  readonly run: RunNumber
  /** Root of the Merkle sum tree over its statements, how many they are, and what is paid in all (micro-euro). */
  readonly root: string
  readonly count: number
  readonly total: Money
  /** Unix seconds. */
  readonly committedAt: number
  readonly isPaid: boolean
  /** keccak256 of the packed payments. */
  readonly paymentsHash: string
}

/** Null where nothing is committed. */
export async function readRun(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  run: RunNumber,
): Promise<SettlementRun | null> {
  const [found] = (await readContract(ledger, 'settlement', 'runOf', area, day, run)) as unknown as [
    { root: string; count: bigint; total: bigint; committedAt: bigint; isPaid: boolean; paymentsHash: string },
  ]
  if (found.committedAt === 0n) return null
  return {
    run,
    root: found.root,
    count: Number(found.count),
    total: money(found.total),
    committedAt: Number(found.committedAt),
    isPaid: found.isPaid,
    paymentsHash: found.paymentsHash,
  }
}

/** The latest run of the day that is committed; null where none is. */
export async function readLastRun(ledger: Ledger, area: number, day: TradingDay): Promise<SettlementRun | null> {
  const answer = await readContract(ledger, 'settlement', 'lastRunOf', area, day)
  const [isCommitted, run] = answer as unknown as [boolean, bigint]
  return isCommitted ? readRun(ledger, area, day, Number(run) as RunNumber) : null
}

/** What challenges of the run have moved from (negative: to) each of the members, in micro-euro, in their sequence. */
export async function readCorrections(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  run: RunNumber,
  memberIds: readonly number[],
): Promise<Money[]> {
  const { interface: challenges } = ledger.contracts.challenges
  const to = ledger.addresses.challenges
  const answers = await sendBatch(
    ledger.url,
    memberIds.map((memberId) => ({
      method: 'eth_call',
      params: [{ to, data: challenges.encodeFunctionData('correctionOf', [area, day, run, memberId]) }, 'latest'],
    })),
  )
  return answers.map((answer) => money(BigInt.asIntN(256, BigInt(answer as string))))
}
