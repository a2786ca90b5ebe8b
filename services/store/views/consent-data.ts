import { PERIODS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { readDayStatement, readPeriodStatements, readReadingProof } from './evidence.ts'

/** A reading as one version of its period's commitment has it, with its proof. */
export type ConsentReading = {
  readonly period: number
  readonly version: number
  readonly importStartWh: bigint
  readonly importEndWh: bigint
  readonly exportStartWh: bigint
  readonly exportEndWh: bigint
  readonly quality: 'metered' | 'estimated'
  readonly salt: string
  readonly position: number
  readonly siblings: readonly string[]
}

/** What the meter said at the end of a delivery period, or the gateway for one that cannot sign, and the signature. */
export type ConsentSignedReading = {
  readonly deliveryPeriod: number
  readonly sequence: number
  readonly importRegisterWh: bigint
  readonly exportRegisterWh: bigint
  readonly signature: string
  readonly signedBy: 'meter' | 'gateway'
}

/** A day statement as one settlement run committed it, with its proof and all its periods. */
export type ConsentStatement = {
  readonly day: number
  readonly run: number
  readonly chargesMicroEuro: bigint
  readonly creditsMicroEuro: bigint
  readonly previousMicroEuro: bigint
  readonly salt: string
  readonly position: number
  readonly siblings: readonly string[]
  readonly periods: readonly ConsentPeriod[]
}

export type ConsentPeriod = {
  readonly period: number
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly readingVersion: number
  readonly quality: 'metered' | 'estimated' | 'none'
  readonly importWh: bigint | null
  readonly exportWh: bigint | null
  readonly energyMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly leviesMicroEuro: bigint
  readonly platformFeeMicroEuro: bigint
  readonly salt: string
}

export type ConsentDataView = {
  readonly area: number
  readonly memberId: number
  readonly readings: readonly ConsentReading[]
  readonly signedReadings: readonly ConsentSignedReading[]
  readonly statements: readonly ConsentStatement[]
}

/**
 * What a member shows of itself to an audit: of every day in which periods from `from` to `to` lie, all readings in every
 * version, what its meter signed, and the statements as far as they are committed. A day is never cut, since its statements rest on all of it.
 */
export async function readConsentData(
  store: Store,
  area: number,
  memberId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ConsentDataView> {
  const days = { first: Math.floor(from / PERIODS_PER_DAY), last: Math.floor(to / PERIODS_PER_DAY) }
  return {
    area,
    memberId,
    readings: await readReadings(store, area, memberId, days),
    signedReadings: await readSignedReadings(store, memberId, days),
    statements: await readStatements(store, area, memberId, days),
  }
}

type Days = { readonly first: number; readonly last: number }

async function readReadings(
  store: Store,
  area: number,
  memberId: number,
  { first, last }: Days,
): Promise<ConsentReading[]> {
  const leaves = await store.client.readingLeaf.findMany({
    where: { area, memberId, period: { gte: first * PERIODS_PER_DAY, lt: (last + 1) * PERIODS_PER_DAY } },
    select: { period: true, version: true },
    orderBy: [{ period: 'asc' }, { version: 'asc' }],
  })
  const readings: ConsentReading[] = []
  // One after the other: each proof needs its period's whole tree, and others want answers in between.
  for (const { period, version } of leaves) {
    const found = await readReadingProof(store, { area, period, version, memberId })
    if (found === null) continue
    const { reading, proof } = found
    readings.push({
      period,
      version,
      importStartWh: reading.importStart,
      importEndWh: reading.importEnd,
      exportStartWh: reading.exportStart,
      exportEndWh: reading.exportEnd,
      quality: reading.quality,
      salt: reading.salt,
      position: proof.position,
      siblings: proof.siblings,
    })
  }
  return readings
}

/** Of the days' periods, and of the one before them, at whose end the first begins. */
async function readSignedReadings(
  store: Store,
  memberId: number,
  { first, last }: Days,
): Promise<ConsentSignedReading[]> {
  const rows = await store.client.meterReading.findMany({
    where: { memberId, period: { gte: first * PERIODS_PER_DAY - 1, lt: (last + 1) * PERIODS_PER_DAY } },
    orderBy: { period: 'asc' },
  })
  return rows.map(({ period, sequence, importRegisterWh, exportRegisterWh, signature, signedBy }) => ({
    deliveryPeriod: period,
    sequence,
    importRegisterWh,
    exportRegisterWh,
    signature,
    signedBy: signedBy as ConsentSignedReading['signedBy'],
  }))
}

async function readStatements(
  store: Store,
  area: number,
  memberId: number,
  { first, last }: Days,
): Promise<ConsentStatement[]> {
  const runs = await store.client.settlementRun.findMany({
    where: { area, day: { gte: first, lte: last } },
    select: { day: true, run: true },
    orderBy: [{ day: 'asc' }, { run: 'asc' }],
  })
  const statements: ConsentStatement[] = []
  for (const { day, run } of runs) {
    const place = { area, day, run, memberId }
    const [committed, periods] = await Promise.all([readDayStatement(store, place), readPeriodStatements(store, place)])
    if (committed === null) continue
    statements.push({
      day,
      run,
      chargesMicroEuro: committed.statement.charges,
      creditsMicroEuro: committed.statement.credits,
      previousMicroEuro: committed.statement.previous,
      salt: committed.statement.salt,
      position: committed.proof.position,
      siblings: committed.proof.siblings,
      periods: periods.map((statement) => ({
        period: statement.period,
        boughtWh: statement.bought,
        soldWh: statement.sold,
        readingVersion: statement.readingVersion,
        quality: statement.quality,
        importWh: statement.metered?.import ?? null,
        exportWh: statement.metered?.export ?? null,
        energyMicroEuro: statement.energy,
        imbalanceMicroEuro: statement.imbalance,
        gridTariffMicroEuro: statement.gridTariff,
        leviesMicroEuro: statement.levies,
        platformFeeMicroEuro: statement.platformFee,
        salt: statement.salt,
      })),
    })
  }
  return statements
}
