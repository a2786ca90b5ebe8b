import { deliveryPeriod, powerW, signedW, type DeliveryPeriod, type PowerW } from '../domain/units.ts'
import { DISPOSITIONS, type RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import type { ReservedWindow } from '../domain/flexibility/trading/flex-reservation.ts'
import { packRecords, unpackRecords, type RecordLayout } from './packed-records.ts'

/** A power that stays reserved in a period. */
export type ReservedPower = { readonly period: DeliveryPeriod; readonly power: PowerW }

const REQUESTED: RecordLayout<'period' | 'disposition' | 'minPower' | 'maxPower'> = [
  ['period', 4, 'unsigned'],
  ['disposition', 1, 'unsigned'],
  ['minPower', 4, 'signed'],
  ['maxPower', 4, 'signed'],
]
const OFFERED: RecordLayout<'period' | 'power'> = [
  ['period', 4, 'unsigned'],
  ['power', 4, 'signed'],
]
const RESERVED: RecordLayout<'period' | 'power'> = [
  ['period', 4, 'unsigned'],
  ['power', 4, 'unsigned'],
]
const WINDOWS: RecordLayout<'firstPeriod' | 'lastPeriod' | 'power'> = [
  ['firstPeriod', 4, 'unsigned'],
  ['lastPeriod', 4, 'unsigned'],
  ['power', 4, 'unsigned'],
]

/** The periods of a request, 13 bytes each, 0x-hex: period 4, disposition 1 (1 requested), minPower 4, maxPower 4 (signed). */
export function packRequestedPeriods(periods: readonly RequestedPeriod[]): string {
  return packRecords(
    REQUESTED,
    periods.map(({ period, disposition, minPower, maxPower }) => ({
      period: BigInt(period),
      disposition: disposition === 'requested' ? 1n : 0n,
      minPower,
      maxPower,
    })),
  )
}

/** Throws `packed-malformed`, or the codes of units. */
export function unpackRequestedPeriods(packed: string): RequestedPeriod[] {
  return unpackRecords(REQUESTED, packed).map(({ period, disposition, minPower, maxPower }) => ({
    period: deliveryPeriod(Number(period)),
    disposition: disposition === 1n ? DISPOSITIONS[0] : DISPOSITIONS[1],
    minPower: signedW(minPower),
    maxPower: signedW(maxPower),
  }))
}

/** The periods of an option or an order, 8 bytes each, 0x-hex: period 4, power 4 (signed, positive for more consumption). */
export function packFlexPowers(periods: readonly FlexPower[]): string {
  return packRecords(
    OFFERED,
    periods.map(({ period, power }) => ({ period: BigInt(period), power })),
  )
}

/** Throws `packed-malformed`, or the codes of units. */
export function unpackFlexPowers(packed: string): FlexPower[] {
  return unpackRecords(OFFERED, packed).map(({ period, power }) => ({
    period: deliveryPeriod(Number(period)),
    power: signedW(power),
  }))
}

/** What stays reserved, 8 bytes each, 0x-hex: period 4, power 4. */
export function packReservedPowers(periods: readonly ReservedPower[]): string {
  return packRecords(
    RESERVED,
    periods.map(({ period, power }) => ({ period: BigInt(period), power })),
  )
}

/** Throws `packed-malformed`, or the codes of units. */
export function unpackReservedPowers(packed: string): ReservedPower[] {
  return unpackRecords(RESERVED, packed).map(({ period, power }) => ({
    period: deliveryPeriod(Number(period)),
    power: powerW(power),
  }))
}

/** The windows of a reservation, 12 bytes each, 0x-hex: firstPeriod 4, lastPeriod 4 (inclusive), power 4. */
export function packWindows(windows: readonly ReservedWindow[]): string {
  return packRecords(
    WINDOWS,
    windows.map(({ firstPeriod, lastPeriod, power }) => ({
      firstPeriod: BigInt(firstPeriod),
      lastPeriod: BigInt(lastPeriod),
      power,
    })),
  )
}

/** Throws `packed-malformed`, or the codes of units. */
export function unpackWindows(packed: string): ReservedWindow[] {
  return unpackRecords(WINDOWS, packed).map(({ firstPeriod, lastPeriod, power }) => ({
    firstPeriod: deliveryPeriod(Number(firstPeriod)),
    lastPeriod: deliveryPeriod(Number(lastPeriod)),
    power: powerW(power),
  }))
}
