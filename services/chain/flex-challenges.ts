import { AbiCoder } from 'ethers'
import {
  assetLeafOf,
  entryLeafOf,
  flexStatementLeafOf,
  type FlexAsset,
  type FlexDayStatement,
  type FlexEntry,
} from '../domain/flexibility/settlement/flex-leaves.ts'
import type { FlexDirection } from '../domain/flexibility/flex-direction.ts'
import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import { readingLeafOf, type SaltedReading } from '../domain/metering/reading-tree.ts'
import type { TradingDay } from '../domain/units.ts'
import { callOf, placeArgument, readingArgument, type LedgerCall, type Place } from './challenge-calls.ts'
import { packFlexPowers } from './flex-periods.ts'
import { packDeliveries, type CommittedDelivery } from './flex-settlement.ts'
import type { Ledger } from './ledger.ts'

export type PlacedFlexAsset = Place & { readonly leaf: FlexAsset }
export type PlacedFlexEntry = Place & { readonly leaf: FlexEntry }
export type PlacedFlexStatement = Place & { readonly leaf: FlexDayStatement }

/** One order in one period, and who challenges what was committed of it. */
export type ChallengedCall = {
  readonly challenger: number
  readonly area: number
  readonly day: TradingDay
  readonly direction: FlexDirection
  /** As they were committed, and the place of the order and period among them. */
  readonly deliveries: readonly CommittedDelivery[]
  readonly position: number
  /** Those of the order. */
  readonly periods: readonly FlexPower[]
}

const QUALITIES = { metered: 0, estimated: 1, none: 2 } as const
const READING =
  'tuple(uint24 memberId, uint32 period, uint64 importStart, uint64 importEnd, uint64 exportStart, uint64 exportEnd, ' +
  'uint8 quality, bytes32 salt) reading'
/** Of the contract that recomputes baselines. */
export const READING_PROOF = `tuple(${READING}, uint8 version, uint64 a, uint64 b, uint256 position, bytes[] siblings)`
const NO_PLACE = { a: 0n, b: 0n, position: 0, siblings: [] }
const NO_SOURCE = `0x${'00'.repeat(32)}`

/** Has a leaf of an order's assets recomputed; `last` is the last leaf of its tree. */
export function challengeAssetCall(
  ledger: Ledger,
  call: ChallengedCall,
  asset: PlacedFlexAsset,
  last: PlacedFlexAsset,
): LedgerCall {
  return callOf(ledger, 'flexChallenges', 'challengeAsset', {
    ...whereOf(call),
    call: callArgument(call),
    asset: assetArgument(call.direction, asset),
    last: assetArgument(call.direction, last),
  })
}

/** Has a leaf compared with the member's committed reading in the version that counts; null where it has none there. */
export function challengeReadingCall(
  ledger: Ledger,
  call: ChallengedCall,
  asset: PlacedFlexAsset,
  reading: { readonly version: number; readonly placed: (Place & { readonly leaf: SaltedReading }) | null },
): LedgerCall {
  const { version, placed } = reading
  return callOf(ledger, 'flexChallenges', 'challengeReading', {
    ...whereOf(call),
    call: callArgument(call),
    asset: assetArgument(call.direction, asset),
    evidence: AbiCoder.defaultAbiCoder().encode(
      [READING_PROOF],
      [
        {
          reading: readingArgument(placed?.leaf ?? null),
          version,
          ...(placed === null ? NO_PLACE : placeArgument(placed, readingLeafOf(placed.leaf))),
        },
      ],
    ),
  })
}

/**
 * Has a household's entry of a period recomputed.
 * @param evidence Its leaves of the period in the sequence of the deliveries, and the session's fills, 0x-hex by chunk.
 */
export function challengeEntryCall(
  ledger: Ledger,
  { challenger, area, deliveries }: Pick<ChallengedCall, 'challenger' | 'area' | 'deliveries'>,
  statement: PlacedFlexStatement,
  entry: PlacedFlexEntry,
  evidence: {
    readonly assets: readonly (PlacedFlexAsset & { readonly direction: FlexDirection })[]
    readonly fills: readonly string[]
  },
): LedgerCall {
  return callOf(ledger, 'flexChallenges', 'challengeEntry', {
    challenger,
    area,
    statement: statementArgument(statement),
    entry: entryArgument(entry),
    deliveries: packDeliveries(deliveries),
    assets: evidence.assets.map((asset) => assetArgument(asset.direction, asset)),
    fills: evidence.fills,
  })
}

/**
 * Has a statement compared with its entries, the availability paid, and its payment.
 * @param committed The entries' tree as `nodesOf` gives it, and availability and payments as they were committed, 0x-hex.
 */
export function challengeFlexStatementCall(
  ledger: Ledger,
  { challenger, area }: Pick<ChallengedCall, 'challenger' | 'area'>,
  statement: PlacedFlexStatement,
  committed: { readonly nodes: string; readonly availability: string; readonly payments: string },
): LedgerCall {
  const { nodes, availability, payments } = committed
  const values = { challenger, area, statement: statementArgument(statement), nodes, availability, payments }
  return callOf(ledger, 'flexChallenges', 'challengeStatement', values)
}

function whereOf({ challenger, area, day }: ChallengedCall) {
  return { challenger, area, day }
}

function callArgument({ deliveries, position, periods }: ChallengedCall) {
  return { deliveries: packDeliveries(deliveries), position, periods: packFlexPowers(periods) }
}

function assetArgument(direction: FlexDirection, asset: PlacedFlexAsset) {
  const { leaf } = asset
  const { memberId, readingVersion, asked, attributed, before, missingBefore, delivered, revenue, penalty, salt } = leaf
  return {
    leaf: {
      ...{ memberId, readingVersion, asked, attributed, before, missingBefore, delivered, revenue, penalty, salt },
      baseline: leaf.baseline ?? 0n,
      realised: leaf.quality === 'none' ? 0n : leaf.realised,
      quality: QUALITIES[leaf.quality],
      source: leaf.source ?? NO_SOURCE,
    },
    ...placeArgument(asset, assetLeafOf(direction, leaf)),
  }
}

function entryArgument(entry: PlacedFlexEntry) {
  const { delivered, revenue, penalty, correction, salt } = entry.leaf
  return { leaf: { delivered, revenue, penalty, correction, salt }, ...placeArgument(entry, entryLeafOf(entry.leaf)) }
}

function statementArgument(statement: PlacedFlexStatement) {
  const { memberId, day, entriesRoot, charges, credits, salt } = statement.leaf
  const leaf = { memberId, day, entriesRoot, charges, credits, salt }
  return { leaf, ...placeArgument(statement, flexStatementLeafOf(statement.leaf)) }
}
