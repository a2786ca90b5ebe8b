import { DomainError } from '../domain/errors.ts'
import { isSameReading, type MeterReading } from '../domain/metering/meter-reading.ts'
import { isMetered } from '../domain/metering/period-energy.ts'
import { checkReading, isAhead, isFromTheFuture } from '../domain/metering/reading-rules.ts'
import { endOf, startOf } from '../domain/units.ts'
import type { AcceptedReading, Counters } from '../store/readings.ts'
import type { BatchRecorder } from './batch-recorder.ts'
import type { LedgerTime } from './ledger-time.ts'
import type { Meter } from './meters.ts'
import type { ReadingSigners } from './reading-signers.ts'
import type { SignedReading } from './signed-reading.ts'

export type ReadingIntake = {
  /**
   * Resolves when an accepted reading is durable, and to null where the meter should just send it again. Throws a
   * `DomainError` for a refusal; `reading-replayed` too only once the reading that it repeats is durable.
   */
  readonly receive: (address: string, reading: SignedReading) => Promise<{ readonly isLate: boolean } | null>
  /** The same for what the gateway read itself and signed, of a meter that cannot sign. */
  readonly receiveRead: (
    address: string,
    reading: SignedReading & { readonly counters: Counters },
  ) => Promise<{ readonly isLate: boolean } | null>
  /** Replaces the meters that are known, after loading the last reading of those that are new. */
  readonly setMeters: (meters: readonly Meter[]) => Promise<void>
  readonly isKnown: (address: string) => boolean
  /** Null where no registered member has it. */
  readonly find: (address: string) => Meter | null
  /** Of an area, in ascending order of their members. */
  readonly metersOf: (area: number) => readonly Meter[]
  /** A member's last accepted reading, durable or about to be. */
  readonly lastOf: (memberId: number) => MeterReading | null
}

export type IntakeOptions = {
  readonly signers: Pick<ReadingSigners, 'recover' | 'isFull'>
  readonly time: LedgerTime
  readonly recorder: BatchRecorder<AcceptedReading>
  readonly readLastReadings: (memberIds: readonly number[]) => Promise<Map<number, MeterReading>>
  /** A member's durable readings with the sequence or the delivery period of the one given. */
  readonly findReadings: (memberId: number, reading: MeterReading) => Promise<MeterReading[]>
  readonly gateClosureLeadOf: (area: number) => number
  /** Whether the energy of the reading's delivery period was decided already. */
  readonly isClosed: (area: number, reading: MeterReading) => boolean
}

type MeterState = { last: MeterReading | null; written: Promise<void> }

/** Decides on every reading that arrives, and has the accepted ones written. */
export function createReadingIntake(options: IntakeOptions): ReadingIntake {
  const { signers, time, recorder } = options
  let meters = new Map<string, Meter>()
  const states = new Map<number, MeterState>()

  const requireMeter = (address: string, reading: MeterReading): Meter => {
    const meter = meters.get(address)
    if (meter === undefined) {
      throw new DomainError('meter-unknown', `no registered member has the meter ${address}`, { address })
    }
    const gateClosure = startOf(reading.deliveryPeriod) - options.gateClosureLeadOf(meter.area)
    if (!isMetered(meter.activeUntil, gateClosure)) {
      throw new DomainError(
        'meter-unknown',
        `the member of the meter ${address} was deactivated before delivery period ${reading.deliveryPeriod}`,
        { address, activeUntil: meter.activeUntil },
      )
    }
    if (meter.certifiedUntil === null || meter.certifiedUntil <= time.now()) {
      throw new DomainError(
        'meter-not-certified',
        `the meter ${address} holds no valid credential as a meter of area ${meter.area}: its readings are not believed`,
        { address, area: meter.area },
      )
    }
    return meter
  }

  const requireSignature = async (address: string, signed: SignedReading): Promise<void> => {
    const signer = await signers.recover(address, signed)
    if (signer === address) return
    if (signer === null) {
      throw new DomainError('reading-signature-invalid', 'the signature of the reading is not a canonical one')
    }
    throw new DomainError(
      'reading-signature-invalid',
      `the reading is signed by ${signer}, or for another ledger or contract, and not by the meter ${address}`,
      { signer, address },
    )
  }

  const stateOf = (memberId: number): MeterState => {
    const state = states.get(memberId)
    if (state === undefined) throw new Error(`the last reading of member ${memberId} was not loaded`)
    return state
  }

  /** What is durable with the reading's sequence or period, when everything of the meter is durable. */
  const findEarlier = async (memberId: number, state: MeterState, reading: MeterReading): Promise<MeterReading[]> => {
    for (;;) {
      const { last } = state
      await state.written
      const isLast = last !== null && isSameReading(last, reading)
      const earlier = isLast ? [] : await options.findReadings(memberId, reading)
      if (state.last === last) return earlier
    }
  }

  const decide = async (
    meter: Meter,
    reading: MeterReading,
    origin: Pick<AcceptedReading, 'signature' | 'signedBy' | 'counters'>,
    now: () => number,
  ): Promise<{ readonly isLate: boolean } | null> => {
    if (recorder.isFull()) return null
    if (isFromTheFuture(reading, now()) && !(await time.refresh())) return null

    const state = stateOf(meter.memberId)
    const earlier = isAhead(reading, state.last) ? [] : await findEarlier(meter.memberId, state, reading)
    const { connectionCapacityW, memberId } = meter
    checkReading(reading, { last: state.last, earlier, connectionCapacityW }, now())

    const isLate = options.isClosed(meter.area, reading)
    state.last = reading
    state.written = recorder.add({ ...reading, ...origin, memberId, receivedAt: time.now() })
    await state.written
    return { isLate }
  }

  return {
    async receive(address, signed) {
      const meter = requireMeter(address, signed)
      if (signers.isFull()) return null
      await requireSignature(address, signed)
      const { signature, ...reading } = signed
      return decide(meter, reading, { signature, signedBy: 'meter' }, time.now)
    },

    async receiveRead(address, { signature, counters, ...reading }) {
      // The gateway itself saw the end of the period, which the ledger's next block may be the first to tell.
      const now = () => Math.max(time.now(), endOf(reading.deliveryPeriod))
      const origin = { signature, counters, signedBy: 'gateway' } as const
      return decide(requireMeter(address, reading), reading, origin, now)
    },

    async setMeters(list) {
      const added = list.filter(({ memberId }) => !states.has(memberId)).map(({ memberId }) => memberId)
      const loaded = added.length === 0 ? new Map<number, MeterReading>() : await options.readLastReadings(added)
      for (const memberId of added) {
        if (states.has(memberId)) continue
        states.set(memberId, { last: loaded.get(memberId) ?? null, written: Promise.resolve() })
      }
      meters = new Map(list.map((meter) => [meter.address, meter]))
    },

    isKnown: (address) => meters.has(address),
    find: (address) => meters.get(address) ?? null,
    metersOf: (area) => [...meters.values()].filter((meter) => meter.area === area),
    lastOf: (memberId) => states.get(memberId)?.last ?? null,
  }
}
