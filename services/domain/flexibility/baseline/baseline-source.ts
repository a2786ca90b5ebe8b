import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { encodeInteger } from '../../metering/merkle-sum-tree.ts'
import type { DeliveryPeriod } from '../../units.ts'
import type { Baseline } from './baseline.ts'
import type { LocalDay } from './local-calendar.ts'

const ADJUSTMENT_BYTES = { none: 0, unadjusted: 1, adjusted: 2 } as const
const MILLISECONDS_PER_DAY = 86_400_000

/**
 * How the baseline of one of its periods was found, 0x-hex, as contracts/flexibility/IFlexBaselines.sol reads it: the method's
 * position among those of the product, 1 byte; of similar days then how many are used, 1, each as a count of days from the
 * epoch, 4, and whether a same-day adjustment is none (0), could not be made (1) or was made (2), 1; of a control group the
 * hash of its evidence, 32. Throws a RangeError for a period that has no baseline.
 */
export function encodeBaselineSource({ evidence, passedOver }: Baseline, period: DeliveryPeriod): string {
  const method = Uint8Array.of(passedOver.length)
  switch (evidence.kind) {
    case 'nomination':
    case 'meter-before-meter-after':
      return `0x${bytesToHex(method)}`
    case 'similar-days': {
      const day = dayOf(evidence.activatedDays, period)
      const days = day.daysUsed.map((used) => encodeInteger(numberOf(used), 4))
      const adjustment = ADJUSTMENT_BYTES[day.adjustment.status]
      return `0x${bytesToHex(concatBytes(method, Uint8Array.of(days.length), ...days, Uint8Array.of(adjustment)))}`
    }
    case 'control-group': {
      const described = JSON.stringify(dayOf(evidence.activatedDays, period), withoutBigInts)
      return `0x${bytesToHex(concatBytes(method, keccak_256(new TextEncoder().encode(described))))}`
    }
  }
}

function dayOf<Day extends { readonly periods: readonly DeliveryPeriod[] }>(
  days: readonly Day[],
  period: DeliveryPeriod,
): Day {
  const found = days.find(({ periods }) => periods.includes(period))
  if (found === undefined) throw new RangeError(`period ${period} has no baseline`)
  return found
}

function numberOf(day: LocalDay): bigint {
  return BigInt(Date.parse(`${day}T00:00:00Z`) / MILLISECONDS_PER_DAY)
}

function withoutBigInts(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
