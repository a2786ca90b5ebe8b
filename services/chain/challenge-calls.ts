import type { Order } from '../domain/market/order.ts'
import type { PlacedLink } from '../domain/market/traders.ts'
import { readingLeafOf, type SaltedReading } from '../domain/metering/reading-tree.ts'
import type { DayStatement } from '../domain/settlement/day-statement.ts'
import type { PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { periodLeafOf, statementLeafOf } from '../domain/settlement/statement-tree.ts'
import type { ContractName, Ledger } from './ledger.ts'
import { orderArgument } from './orders.ts'
import { revealArguments } from './reveals.ts'

/** A call of one of our contracts, for its member to sign. */
export type LedgerCall = {
  /** Address. */
  readonly contract: string
  readonly function: string
  /** By the names of the contract's ABI. */
  readonly arguments: Readonly<Record<string, unknown>>
  /** ABI-encoded, 0x-hex. */
  readonly calldata: string
}

export type Place = { readonly position: number; readonly siblings: readonly string[] }

/** All that a challenge of one period of a statement rests on. */
export type PeriodChallenge = {
  readonly challenger: number
  readonly area: number
  readonly statement: Place & { readonly leaf: DayStatement }
  readonly period: Place & { readonly leaf: PeriodStatement }
  /** The member's reading in the version that counts; null where it has none there. */
  readonly reading: (Place & { readonly leaf: SaltedReading }) | null
  readonly readingVersion: number
  /** The session's fills, 0x-hex for each chunk as it was cleared. */
  readonly fills: readonly string[]
}

/** All that a challenge of a statement as a whole rests on. */
export type StatementChallenge = {
  readonly challenger: number
  readonly area: number
  readonly statement: Place & { readonly leaf: DayStatement }
  /** The periods' tree as `nodesOf` gives it. */
  readonly nodes: string
  /** The packed payments of each run up to the statement's, 0x-hex; `0x` for one that was left out. */
  readonly payments: readonly string[]
}

/** All that the proof rests on that an order with a receipt was left out. */
export type LeftOutClaim = {
  /** The member whose order it is. */
  readonly challenger: number
  readonly order: Order
  readonly signature: string
  readonly entryIndex: number
  readonly position: number
  /** Gate closure, unix seconds. */
  readonly deadline: number
  readonly receiptSignature: string
  /** All orders that the gate was closed with, 0x-hex for each chunk as it was committed. */
  readonly chunks: readonly string[]
}

const QUALITIES = { metered: 0, estimated: 1, none: 2 } as const
const NO_PLACE = { a: 0n, b: 0n, position: 0, siblings: [] }
const NO_SALT = `0x${'00'.repeat(32)}`

export function challengePeriodCall(ledger: Ledger, challenge: PeriodChallenge): LedgerCall {
  const { challenger, area, statement, period, reading, readingVersion, fills } = challenge
  return callOf(ledger, 'challenges', 'challengePeriod', {
    challenger,
    area,
    statement: {
      leaf: statementArgument(statement.leaf),
      ...placeArgument(statement, statementLeafOf(statement.leaf)),
    },
    period: { leaf: periodArgument(period.leaf), ...placeArgument(period, periodLeafOf(period.leaf)) },
    reading: {
      reading: readingArgument(reading?.leaf ?? null),
      version: readingVersion,
      ...(reading === null ? NO_PLACE : placeArgument(reading, readingLeafOf(reading.leaf))),
    },
    fills,
  })
}

export function challengeStatementCall(ledger: Ledger, challenge: StatementChallenge): LedgerCall {
  const { challenger, area, statement, nodes, payments } = challenge
  return callOf(ledger, 'challenges', 'challengeStatement', {
    challenger,
    area,
    statement: {
      leaf: statementArgument(statement.leaf),
      ...placeArgument(statement, statementLeafOf(statement.leaf)),
    },
    nodes,
    payments,
  })
}

/** What has to be on the ledger before a period of a sealed day, or an order of it, can be judged for a member. */
export function revealTraderCall(ledger: Ledger, link: PlacedLink, leaves: readonly string[]): LedgerCall {
  return callOf(ledger, 'tradingDays', 'revealTrader', revealArguments(link, leaves))
}

export function proveLeftOutCall(ledger: Ledger, claim: LeftOutClaim): LedgerCall {
  return callOf(ledger, 'orderReceipts', 'proveLeftOut', {
    challenger: claim.challenger,
    order: orderArgument(claim.order),
    signature: claim.signature,
    entryIndex: claim.entryIndex,
    position: claim.position,
    deadline: claim.deadline,
    receiptSignature: claim.receiptSignature,
    chunks: claim.chunks,
  })
}

/** The call of the contract with these values, which are in the sequence of its parameters. */
export function callOf(
  ledger: Ledger,
  contract: ContractName,
  name: string,
  values: Readonly<Record<string, unknown>>,
): LedgerCall {
  return {
    contract: ledger.addresses[contract].toLowerCase(),
    function: name,
    arguments: values,
    calldata: ledger.contracts[contract].interface.encodeFunctionData(name, Object.values(values)),
  }
}

export function placeArgument({ position, siblings }: Place, sums: { readonly a: bigint; readonly b: bigint }) {
  return { a: sums.a, b: sums.b, position, siblings }
}

function statementArgument(leaf: DayStatement) {
  const { memberId, day, run, periodCount, periodsRoot, charges, credits, previous, salt } = leaf
  return { memberId, day, run, periodCount, periodsRoot, charges, credits, previous, salt }
}

function periodArgument(leaf: PeriodStatement) {
  const { period, bought, sold, readingVersion, energy, imbalance, gridTariff, levies, platformFee, salt } = leaf
  return {
    period,
    bought,
    sold,
    readingVersion,
    quality: QUALITIES[leaf.quality],
    imported: leaf.metered?.import ?? 0n,
    exported: leaf.metered?.export ?? 0n,
    energy,
    imbalance,
    gridTariff,
    levies,
    platformFee,
    salt,
  }
}

export function readingArgument(leaf: SaltedReading | null) {
  return {
    memberId: leaf?.memberId ?? 0,
    period: leaf?.period ?? 0,
    importStart: leaf?.importStart ?? 0n,
    importEnd: leaf?.importEnd ?? 0n,
    exportStart: leaf?.exportStart ?? 0n,
    exportEnd: leaf?.exportEnd ?? 0n,
    quality: leaf === null ? 0 : QUALITIES[leaf.quality],
    salt: leaf?.salt ?? NO_SALT,
  }
}
