import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { encodeInteger, merkleSumTreeOf, type MerkleSumTree, type SumLeaf } from '../../metering/merkle-sum-tree.ts'
import { encodeAmount } from '../../settlement/payment.ts'
import {
  PERIODS_PER_DAY,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type PowerW,
  type SignedWh,
  type TradingDay,
} from '../../units.ts'
import { assetResponseOf } from './delivery.ts'
import type { FlexDirection } from '../flex-direction.ts'

// What the leaves mean, and what of them can be challenged, is in contracts/flexibility/IFlexChallenges.sol.

/** Stands in place of attributed energy where the member delivered in the other direction. */
export const OPPOSED = 2n ** 64n - 1n

/** What counts of a member in one period of an order, beside its figures in the split. */
export type AssetReading = {
  readonly memberId: number
  /** Null where no method gives one; `source` is null then, too. */
  readonly baseline: SignedWh | null
  readonly realised: SignedWh
  readonly quality: 'metered' | 'estimated' | 'none'
  readonly readingVersion: number
  /** What was dispatched to it. */
  readonly asked: EnergyWh
  /** Delivered in the period under orders that come before; `OPPOSED` where one was in the other direction. */
  readonly attributed: bigint
  /** How the baseline was found (see `encodeBaselineSource`), 0x-hex; null without a baseline. */
  readonly source: string | null
}

/** A leaf of an order's assets in one period. */
export type FlexAsset = AssetReading & {
  /** Wh moved along by the assets before it, and missing of what these were asked. */
  readonly before: EnergyWh
  readonly missingBefore: EnergyWh
  readonly delivered: EnergyWh
  readonly revenue: Money
  readonly penalty: Money
  /** 0x-hex, 32 bytes. */
  readonly salt: string
}

/** Wh that an asset moved in the order's direction, less what is attributed to other orders, and in the other one. */
export type AssetMovement = { readonly along: EnergyWh; readonly against: EnergyWh }

/** What a member, an aggregator or the supplier pays and receives for flexibility in one period, in micro-euro. */
export type FlexEntry = {
  /** Wh under all orders together. */
  readonly delivered: EnergyWh
  readonly revenue: Money
  readonly penalty: Money
  /** Transfer of energy: paid where positive, received where negative. */
  readonly correction: Money
  readonly salt: string
}

/** What a member pays and receives for flexibility on one day, in micro-euro; neither is negative. */
export type FlexDayStatement = {
  readonly memberId: number
  readonly day: TradingDay
  /** Root of the day's entries, 0x-hex. */
  readonly entriesRoot: string
  readonly charges: Money
  readonly credits: Money
  readonly salt: string
}

/** What the assets of an order did in a period, as it is committed. */
export type FlexDelivery = {
  readonly orderId: number
  readonly period: DeliveryPeriod
  /** Zero sums, no leaf and a zero root for a cancelled order. */
  readonly assets: MerkleSumTree
}

export type SettledAvailability = {
  readonly reservationId: number
  readonly period: DeliveryPeriod
  readonly available: PowerW
}

const QUALITY_BYTES = { metered: 0, estimated: 1, none: 2 } as const
const NO_SOURCE = `0x${'00'.repeat(32)}`

export function assetMovementOf(
  direction: FlexDirection,
  { baseline, realised, quality, attributed }: Pick<AssetReading, 'baseline' | 'realised' | 'quality' | 'attributed'>,
): AssetMovement {
  const reading = quality === 'none' ? null : { flow: realised, quality }
  const response = attributed === OPPOSED ? 0n : assetResponseOf(direction, { baseline, reading })
  const along = response > attributed ? response - attributed : 0n
  return { along: along as EnergyWh, against: (response < 0n ? -response : 0n) as EnergyWh }
}

/** An asset of an order in one period, 141 bytes. The tree adds up the Wh moved along, and those moved against. */
export function assetLeafOf(direction: FlexDirection, asset: FlexAsset): SumLeaf {
  const { along, against } = assetMovementOf(direction, asset)
  const bytes = concatBytes(
    encodeInteger(BigInt(asset.memberId), 3),
    encodeInteger(asset.baseline ?? 0n, 8),
    encodeInteger(asset.quality === 'none' ? 0n : asset.realised, 8),
    Uint8Array.of(QUALITY_BYTES[asset.quality]),
    encodeInteger(BigInt(asset.readingVersion), 1),
    ...[asset.asked, asset.attributed, asset.before, asset.missingBefore].map((energy) => encodeInteger(energy, 8)),
    ...[asset.delivered, asset.revenue, asset.penalty].map((part) => encodeInteger(part, 8)),
    hexToBytes((asset.source ?? NO_SOURCE).slice(2)),
    hexToBytes(asset.salt.slice(2)),
  )
  return { bytes, a: along, b: against }
}

/** The commitment to an order's assets in one period, in the order given (ascending by member). */
export function assetTreeOf(direction: FlexDirection, assets: readonly FlexAsset[]): MerkleSumTree {
  return merkleSumTreeOf(assets.map((asset) => assetLeafOf(direction, asset)))
}

/** A period of a statement, 64 bytes. The tree adds up what is charged and what is credited, in micro-euro. */
export function entryLeafOf({ delivered, revenue, penalty, correction, salt }: FlexEntry): SumLeaf {
  const bytes = concatBytes(
    encodeInteger(delivered, 8),
    encodeInteger(revenue, 8),
    encodeInteger(penalty, 8),
    encodeAmount(correction),
    hexToBytes(salt.slice(2)),
  )
  const [charged, credited] = correction > 0n ? [correction, 0n] : [0n, -correction]
  return { bytes, a: penalty + charged, b: revenue + credited }
}

/** The commitment to a member's day: one entry for each of its 96 periods. Throws a RangeError where they are not as many. */
export function entryTreeOf(entries: readonly FlexEntry[]): MerkleSumTree {
  if (entries.length !== PERIODS_PER_DAY) throw new RangeError(`a day has 96 periods, and not ${entries.length}`)
  return merkleSumTreeOf(entries.map(entryLeafOf))
}

/** What the day says of one member, 87 bytes. The tree adds up what is paid and what is received, in micro-euro. */
export function flexStatementLeafOf(statement: FlexDayStatement): SumLeaf {
  const { memberId, day, entriesRoot, charges, credits, salt } = statement
  const bytes = concatBytes(
    encodeInteger(BigInt(memberId), 3),
    encodeInteger(BigInt(day), 4),
    hexToBytes(entriesRoot.slice(2)),
    encodeInteger(charges, 8),
    encodeInteger(credits, 8),
    hexToBytes(salt.slice(2)),
  )
  const payment = charges - credits
  return { bytes, a: payment > 0n ? payment : 0n, b: payment < 0n ? -payment : 0n }
}

/** The commitment to a day's statements, in the order given (ascending by member). */
export function flexStatementTreeOf(statements: readonly FlexDayStatement[]): MerkleSumTree {
  return merkleSumTreeOf(statements.map(flexStatementLeafOf))
}

/** As the ledger takes them, 0x-hex, 60 bytes each, in the order given (ascending by order and period). */
export function encodeDeliveries(deliveries: readonly FlexDelivery[]): string {
  const packed = deliveries.map(({ orderId, period, assets: { root } }) =>
    concatBytes(
      encodeInteger(BigInt(orderId), 4),
      encodeInteger(BigInt(period), 4),
      encodeInteger(root.a, 8),
      encodeInteger(root.b, 8),
      encodeInteger(BigInt(root.count), 4),
      hexToBytes(root.hash.slice(2)),
    ),
  )
  return `0x${bytesToHex(concatBytes(...packed))}`
}

/** As the ledger takes it, 0x-hex, 12 bytes each, in the order given (ascending by reservation and period). */
export function encodeAvailability(availability: readonly SettledAvailability[]): string {
  const packed = availability.map(({ reservationId, period, available }) =>
    concatBytes(encodeInteger(BigInt(reservationId), 4), encodeInteger(BigInt(period), 4), encodeInteger(available, 4)),
  )
  return `0x${bytesToHex(concatBytes(...packed))}`
}

/** The `source` of a leaf, 0x-hex: the hash of how its baseline was found, 0x-hex. */
export function sourceHashOf(source: string): string {
  return `0x${bytesToHex(keccak_256(hexToBytes(source.slice(2))))}`
}
