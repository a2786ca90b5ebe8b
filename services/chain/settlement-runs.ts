import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { money, type Money, type TradingDay } from '../domain/units.ts'
import { sendBatch } from './json-rpc.ts'
import { readContract, type Ledger } from './ledger.ts'
import { readEventsSince } from './logs.ts'

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
  /** Unix seconds: the statements are drawn on the versions of the readings that were the latest then. */
  readonly readingsAt: number
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
    {
      root: string
      count: bigint
      total: bigint
      committedAt: bigint
      readingsAt: bigint
      isPaid: boolean
      paymentsHash: string
    },
  ]
  if (found.committedAt === 0n) return null
  return {
    run,
    root: found.root,
    count: Number(found.count),
    total: money(found.total),
    committedAt: Number(found.committedAt),
    readingsAt: Number(found.readingsAt),
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

/**
 * The packed payments with which a run was committed, 0x-hex, as the ledger's event tells them. Throws
 * `ledger-inconsistent` where the node does not have the event.
 */
export async function readCommittedPayments(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  { run, committedAt, paymentsHash }: SettlementRun,
): Promise<string> {
  const query = {
    contract: 'settlement',
    names: ['StatementsCommitted'],
    area,
    number: day,
    since: committedAt,
  } as const
  const isOfRun = ({ arguments: values }: { arguments: Readonly<Record<string, unknown>> }) =>
    Number(values.run) === run && hashOf(values.payments as string) === paymentsHash
  const event = (await readEventsSince(ledger, query, (found) => found.some(isOfRun))).find(isOfRun)
  if (event !== undefined) return event.arguments.payments as string
  throw new DomainError('ledger-inconsistent', `the node does not have the payments of day ${day} in run ${run}`)
}

/** What corrections of the run wait for until the bond holds it, in micro-euro: so long the run is not paid. */
export async function readWithheld(ledger: Ledger, area: number, day: TradingDay, run: RunNumber): Promise<Money> {
  const [withheld] = await readContract(ledger, 'settlement', 'withheldOf', area, day, run)
  return money(withheld as bigint)
}

/** What challenges of the run have moved from (negative: to) each of the members, in micro-euro, in their sequence. */
export async function readCorrections(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  run: RunNumber,
  memberIds: readonly number[],
): Promise<Money[]> {
  return readOfMembers(ledger, 'correctionOf', area, day, run, memberIds)
}

/** What corrections of the run still owe to each of the members, in micro-euro, in their sequence. */
export async function readOwed(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  run: RunNumber,
  memberIds: readonly number[],
): Promise<Money[]> {
  return readOfMembers(ledger, 'owedOf', area, day, run, memberIds)
}

async function readOfMembers(
  ledger: Ledger,
  name: 'correctionOf' | 'owedOf',
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
      params: [{ to, data: challenges.encodeFunctionData(name, [area, day, run, memberId]) }, 'latest'],
    })),
  )
  return answers.map((answer) => money(BigInt.asIntN(256, BigInt(answer as string))))
}

function hashOf(hex: string): string {
  return `0x${bytesToHex(keccak_256(hexToBytes(hex.slice(2))))}`
}
