import { signGatewayReading } from '../chain/readings.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import { countOn, type CounterExchange } from '../domain/metering/counter.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { deliveryPeriod, endOf, energyWh, SECONDS_PER_PERIOD } from '../domain/units.ts'
import type { MeterExchange } from '../store/meter-exchanges.ts'
import type { Counters } from '../store/readings.ts'
import type { Meter } from './meters.ts'
import type { ReadingIntake } from './reading-intake.ts'

/** Where the counters of a meter that cannot sign stood at a time, unix milliseconds by the ledger's clock. */
export type CounterSample = Counters & { readonly importWh: bigint; readonly atMs: number }

export type RegisterReader = {
  /**
   * Makes the reading of the delivery period that has just ended, signed by the gateway, where there is none yet. Resolves
   * once it is durable, to false where the sample should be offered again; throws a refusal.
   */
  readonly take: (address: string, sample: CounterSample) => Promise<boolean>
}

export type RegisterReaderOptions = {
  readonly domain: SigningDomain
  readonly key: SigningKey
  readonly intake: Pick<ReadingIntake, 'find' | 'lastOf' | 'receiveRead'>
  /** Of the member's last reading; null where the gateway did not sign it. */
  readonly readLastCounters: (memberId: number) => Promise<Counters | null>
  /** Of the device, in ascending order of time. */
  readonly exchangesOf: (address: string) => readonly MeterExchange[]
}

/** So long after the end of a delivery period the counters are those of its end. */
export const READ_WITHIN_MS = 60_000

const MS_PER_PERIOD = SECONDS_PER_PERIOD * 1_000
const SECONDS_PER_HOUR = 3_600n

/** The delivery period at whose end it is, by unix milliseconds; null where it is too long after one. */
export function endedPeriodAt(atMs: number): number | null {
  return atMs % MS_PER_PERIOD <= READ_WITHIN_MS ? Math.floor(atMs / MS_PER_PERIOD) - 1 : null
}

/** Reads the registers of meters that cannot sign: their counters go on, whatever these begin at, roll over at or are replaced by. */
export function createRegisterReader(options: RegisterReaderOptions): RegisterReader {
  const { domain, key, intake } = options
  const counters = new Map<number, Counters | null>()

  const lastCountersOf = async (memberId: number): Promise<Counters | null> => {
    const known = counters.get(memberId)
    if (known !== undefined) return known
    const read = await options.readLastCounters(memberId)
    counters.set(memberId, read)
    return read
  }

  return {
    async take(address, sample) {
      const period = endedPeriodAt(sample.atMs)
      const meter = intake.find(address)
      if (meter === null || period === null) return true
      const last = intake.lastOf(meter.memberId)
      if (last !== null && last.deliveryPeriod >= period) return true
      const before = last === null ? null : await lastCountersOf(meter.memberId)
      const exchanges = last === null ? [] : exchangesBetween(options.exchangesOf(address), last, sample)
      const reading = readingOf(period, sample, { last, before, exchanges, meter })
      const signature = await signGatewayReading(domain, address, reading, key)
      const { importWh, exportWh } = sample
      const accepted = await intake.receiveRead(address, { ...reading, signature, counters: { importWh, exportWh } })
      if (accepted !== null) counters.set(meter.memberId, { importWh, exportWh })
      return accepted !== null
    },
  }
}

function exchangesBetween(
  exchanges: readonly MeterExchange[],
  last: MeterReading,
  { atMs }: CounterSample,
): readonly MeterExchange[] {
  return exchanges.filter(({ at }) => at >= endOf(last.deliveryPeriod) && at * 1_000 <= atMs)
}

function readingOf(
  period: number,
  sample: CounterSample,
  known: {
    readonly last: MeterReading | null
    readonly before: Counters | null
    readonly exchanges: readonly MeterExchange[]
    readonly meter: Meter
  },
): MeterReading {
  const { last, before, exchanges, meter } = known
  const ended = deliveryPeriod(period)
  if (last === null) {
    const registers = { importRegister: energyWh(sample.importWh), exportRegister: energyWh(sample.exportWh ?? 0n) }
    return { deliveryPeriod: ended, sequence: 1, ...registers }
  }
  const seconds = BigInt(Math.ceil(sample.atMs / 1_000) - endOf(last.deliveryPeriod))
  const most = (BigInt(meter.connectionCapacityW) * seconds) / SECONDS_PER_HOUR
  const imported = countedOn(
    { register: last.importRegister, counter: before?.importWh ?? null },
    { counter: sample.importWh, most },
    exchanges.map(({ finalImportWh, firstImportWh }) => ({ final: finalImportWh, first: firstImportWh })),
  )
  const exported = countedOn(
    { register: last.exportRegister, counter: before?.exportWh ?? null },
    { counter: sample.exportWh, most },
    exchanges.map(({ finalExportWh, firstExportWh }) => ({ final: finalExportWh, first: firstExportWh })),
  )
  return {
    deliveryPeriod: ended,
    // What nobody counted is not known: a number that is left out says so.
    sequence: last.sequence + (imported.isGap || exported.isGap ? 2 : 1),
    importRegister: energyWh(imported.register),
    exportRegister: energyWh(exported.register),
  }
}

/** A counter that is new goes on from where the register stood, which leaves a gap, unless it stands there itself. */
function countedOn(
  last: { readonly register: bigint; readonly counter: bigint | null },
  { counter, most }: { readonly counter: bigint | null; readonly most: bigint },
  exchanges: readonly CounterExchange[],
): { readonly register: bigint; readonly isGap: boolean } {
  const { register } = last
  if (counter === null) return { register, isGap: false }
  if (last.counter !== null) {
    return { register: countOn({ register, counter: last.counter }, counter, most, exchanges), isGap: false }
  }
  const isSame = counter >= register && counter - register <= most
  return isSame ? { register: counter, isGap: false } : { register, isGap: true }
}
