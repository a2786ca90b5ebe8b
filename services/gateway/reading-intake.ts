import { DomainError } from '../domain/errors.ts'
import { isSameReading, type MeterReading } from '../domain/metering/meter-reading.ts'
import { isMetered } from '../domain/metering/period-energy.ts'
import { checkReading, isAhead, isFromTheFuture } from '../domain/metering/reading-rules.ts'
import { endOf, startOf } from '../domain/units.ts'
import type { AcceptedReading, Counters, FollowingReading } from '../store/readings.ts'
import type { BatchRecorder } from './batch-recorder.ts'
import type { LedgerTime } from './ledger-time.ts'
import type { Meter } from './meters.ts'
import type { ReadingSigners } from './reading-signers.ts'
import type { SignedReading, TakenReading } from './signed-reading.ts'

export type ReadingIntake = {
  /**
   * Resolves when an accepted reading is durable, and to null where the meter should just send it again. Throws a
   * `DomainError` for a refusal; `reading-replayed` too only once the reading that it repeats is durable.
   */
  readonly receive: (address: string, reading: SignedReading) => Promise<TakenReading | null>
  /** The same for what the gateway read itself and signed, of a meter that cannot sign. */
  readonly receiveRead: (
    address: string,
    reading: SignedReading & { readonly counters: Counters },
  ) => Promise<TakenReading | null>
  /** Replaces the meters that are known, after loading the last reading of those that are new. */
  readonly setMeters: (meters: readonly Meter[]) => Promise<void>
  readonly isKnown: (address: string) => boolean
  /** Null where no registered member has it. */
  readonly find: (address: string) => Meter | null
  /** Of an area, in ascending order of their members. */
  readonly metersOf: (area: number) => readonly Meter[]
  /** A member's last accepted reading, durable or about to be. */
  readonly lastOf: (memberId: number) => MeterReading | null
  /** Resolves when everything that was to be accepted is durable, or refused after all. */
  readonly flushed: () => Promise<void>
  /** Takes up what other gateways took of the members. */
  readonly catchUp: (memberIds: readonly number[]) => Promise<void>
}

export type IntakeOptions = {
  readonly signers: Pick<ReadingSigners, 'recover' | 'isFull'>
  readonly time: LedgerTime
  readonly recorder: BatchRecorder<FollowingReading>
  readonly readLastReadings: (memberIds: readonly number[]) => Promise<Map<number, MeterReading>>
  /** A member's durable readings with the sequence or the delivery period of the one given. */
  readonly findReadings: (memberId: number, reading: MeterReading) => Promise<MeterReading[]>
  readonly gateClosureLeadOf: (area: number) => number
  /** Whether the energy of the reading's delivery period was decided already. */
  readonly isClosed: (area: number, reading: MeterReading) => boolean
  /** Resolves after a moment in which what a reading may have overtaken can come; null where it cannot. */
  readonly moment: () => Promise<void> | null
}

type MeterState = {
  last: MeterReading | null
  /** Resolves when everything of the meter that was accepted is durable, or known not to be. */
  written: Promise<unknown>
  /** Counts how often what was known of the meter was not the latest. */
  revision: number
  loaded: Promise<void>
  looking: Promise<void> | null
}

/** What follows a reading of another gateway is decided on anew, so often at most: then the meter sends it again. */
const MOST_DECISIONS = 10
/** So many moments a reading waits for the one before it, from when the last one came. */
const MOST_LOOKS = 80
/** The first of a meter, which may begin at any number. */
const MOST_LOOKS_AT_FIRST = 12

/** Decides on every reading that arrives, and has the accepted ones written. */
export function createReadingIntake(options: IntakeOptions): ReadingIntake {
  const { signers, time, recorder } = options
  let meters = new Map<string, Meter>()
  const states = new Map<number, MeterState>()
  const underWay = new Set<Promise<unknown>>()

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

  const loadAnew = (memberId: number, state: MeterState, revision: number): Promise<void> => {
    if (state.revision === revision) {
      state.revision += 1
      state.loaded = options.readLastReadings([memberId]).then((loaded) => {
        state.last = loaded.get(memberId) ?? null
      })
    }
    return state.loaded
  }

  const catchUp = async (memberIds: readonly number[]): Promise<void> => {
    for (const [memberId, last] of await options.readLastReadings(memberIds)) {
      const state = stateOf(memberId)
      if (state.last === null || last.deliveryPeriod > state.last.deliveryPeriod) state.last = last
    }
  }

  const write = async (reading: FollowingReading, state: MeterState): Promise<boolean> => {
    const { revision } = state
    const isWritten = await recorder.add(reading)
    if (!isWritten) await loadAnew(reading.memberId, state, revision)
    return isWritten
  }

  /** Reads what others took of the meter, after a moment; readings that wait for it do so together. */
  const lookElsewhere = (memberId: number, state: MeterState, moment: Promise<void>): Promise<void> => {
    state.looking ??= moment
      .then(() => catchUp([memberId]))
      .finally(() => {
        state.looking = null
      })
    return state.looking
  }

  /** Waits, where a number was left out, for what may be on its way through another gateway. */
  const awaitOvertaken = async (memberId: number, state: MeterState, reading: MeterReading): Promise<void> => {
    let { last } = state
    const mostLooks = () => (state.last === null ? MOST_LOOKS_AT_FIRST : MOST_LOOKS)
    for (let looks = 0; isOverOthers(reading, state.last) && looks < mostLooks(); looks += 1) {
      const moment = options.moment()
      if (moment === null) return
      await lookElsewhere(memberId, state, moment)
      if (state.last !== last) looks = -1
      last = state.last
    }
  }

  const accept = async (
    meter: Meter,
    state: MeterState,
    reading: Omit<AcceptedReading, 'memberId' | 'receivedAt'>,
    now: () => number,
  ): Promise<TakenReading | null> => {
    const { connectionCapacityW, memberId } = meter
    for (let decision = 0; decision < MOST_DECISIONS; decision += 1) {
      const earlier = isAhead(reading, state.last) ? [] : await findEarlier(memberId, state, reading)
      checkReading(reading, { last: state.last, earlier, connectionCapacityW }, now())

      const isLate = options.isClosed(meter.area, reading)
      const { last } = state
      const follows = last?.deliveryPeriod ?? null
      state.last = reading
      const written = write({ ...reading, memberId, receivedAt: time.now(), follows }, state)
      state.written = written
      if (await written) return { isLate, skipped: skippedBy(reading, last) }
    }
    return null
  }

  const decide = async (
    meter: Meter,
    reading: Omit<AcceptedReading, 'memberId' | 'receivedAt'>,
    now: () => number,
  ): Promise<TakenReading | null> => {
    if (recorder.isFull()) return null
    if (isFromTheFuture(reading, now()) && !(await time.refresh())) return null

    const state = stateOf(meter.memberId)
    await awaitOvertaken(meter.memberId, state, reading)
    const accepted = accept(meter, state, reading, now)
    underWay.add(accepted)
    try {
      return await accepted
    } finally {
      underWay.delete(accepted)
    }
  }

  return {
    async receive(address, signed) {
      const meter = requireMeter(address, signed)
      if (signers.isFull()) return null
      await requireSignature(address, signed)
      return decide(meter, { ...signed, signedBy: 'meter' }, time.now)
    },

    async receiveRead(address, reading) {
      // The gateway itself saw the end of the period, which the ledger's next block may be the first to tell.
      const now = () => Math.max(time.now(), endOf(reading.deliveryPeriod))
      return decide(requireMeter(address, reading), { ...reading, signedBy: 'gateway' }, now)
    },

    async setMeters(list) {
      const added = list.filter(({ memberId }) => !states.has(memberId)).map(({ memberId }) => memberId)
      const loaded = added.length === 0 ? new Map<number, MeterReading>() : await options.readLastReadings(added)
      for (const memberId of added) {
        if (states.has(memberId)) continue
        const last = loaded.get(memberId) ?? null
        states.set(memberId, {
          last,
          written: Promise.resolve(),
          revision: 0,
          loaded: Promise.resolve(),
          looking: null,
        })
      }
      meters = new Map(list.map((meter) => [meter.address, meter]))
    },

    isKnown: (address) => meters.has(address),
    find: (address) => meters.get(address) ?? null,
    metersOf: (area) => [...meters.values()].filter((meter) => meter.area === area),
    lastOf: (memberId) => states.get(memberId)?.last ?? null,
    async flushed() {
      await Promise.allSettled(underWay)
    },
    catchUp: (memberIds) => catchUp(memberIds.filter((memberId) => states.has(memberId))),
  }
}

function skippedBy({ sequence }: MeterReading, last: MeterReading | null): number {
  return last === null ? 0 : Math.max(0, sequence - last.sequence - 1)
}

function isOverOthers({ sequence }: MeterReading, last: MeterReading | null): boolean {
  return sequence > (last?.sequence ?? 0) + 1
}
