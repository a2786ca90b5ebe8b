import { beforeEach, describe, expect, test } from 'vitest'
import { recoverReadingSigner, signReading } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { deliveryPeriod, endOf, energyWh } from '../domain/units.ts'
import type { AcceptedReading, FollowingReading } from '../store/readings.ts'
import type { Meter } from './meters.ts'
import { createReadingIntake, type ReadingIntake } from './reading-intake.ts'
import type { SignedReading } from './signed-reading.ts'

const KEY = `0x${'11'.repeat(32)}`
const ADDRESS = addressOfKey(KEY)
const NO_SIGNATURE = `0x${'ff'.repeat(64)}`
const domain = signingDomainOf(1n, `0x${'22'.repeat(20)}`)
const METER: Meter = {
  memberId: 1,
  area: 1,
  address: ADDRESS,
  connectionCapacityW: 8_000,
  activeUntil: null,
  certifiedUntil: 2 ** 32,
}

function signed(period: number, sequence: number, importWh: number): SignedReading {
  const reading: MeterReading = {
    deliveryPeriod: deliveryPeriod(period),
    sequence,
    importRegister: energyWh(BigInt(importWh)),
    exportRegister: energyWh(0n),
  }
  return { ...reading, signature: signReading(domain, reading, KEY) }
}

function signerOf(reading: MeterReading, signature: string): string | null {
  return signature === NO_SIGNATURE ? null : recoverReadingSigner(domain, reading, signature)
}

describe('the reading intake', () => {
  let now: number
  /** What the ledger says when it is asked; null where it does not answer. */
  let ledgerTime: number | null
  let isFull: boolean
  let isOverrun: boolean
  let stored: AcceptedReading[]
  let waiting: { reading: FollowingReading; finish: (isWritten?: boolean) => void }[]
  /** Of moments that readings wait for; null where nothing can have been overtaken. */
  let moments: (() => void)[] | null
  /** What another gateway wrote last. */
  let elsewhere: MeterReading | null
  let intake: ReadingIntake

  beforeEach(async () => {
    now = endOf(deliveryPeriod(10))
    ledgerTime = now
    isFull = false
    isOverrun = false
    stored = []
    waiting = []
    moments = null
    elsewhere = null
    intake = createReadingIntake({
      signers: {
        recover: async (_, { signature, ...reading }) => signerOf(reading, signature),
        isFull: () => isOverrun,
      },
      time: {
        now: () => now,
        nowMs: () => now * 1_000,
        refresh: async () => {
          now = ledgerTime ?? now
          return ledgerTime !== null
        },
        onAdvance: () => undefined,
      },
      recorder: {
        add: (reading) =>
          new Promise((resolve) =>
            waiting.push({
              reading,
              finish: (isWritten = true) => {
                if (isWritten) stored.push(reading)
                resolve(isWritten)
              },
            }),
          ),
        isFull: () => isFull,
      },
      readLastReadings: async () => new Map(elsewhere === null ? [] : [[1, elsewhere]]),
      findReadings: async (memberId, { sequence, deliveryPeriod: period }) =>
        stored.filter(
          (one) => one.memberId === memberId && (one.sequence === sequence || one.deliveryPeriod === period),
        ),
      gateClosureLeadOf: () => 300,
      isClosed: (_, reading) => reading.deliveryPeriod < 9,
      moment: () => (moments === null ? null : new Promise<void>((resolve) => moments!.push(resolve))),
    })
    await intake.setMeters([METER])
  })

  const codeOf = (received: Promise<unknown>) =>
    received.then(
      (answer) => answer,
      (error: unknown) => (error as { code?: string }).code,
    )
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const passMoment = async () => {
    for (const pass of moments!.splice(0)) pass()
    await settle()
  }

  test('accepts a reading when it is durable, and says whether it was late', async () => {
    const late = intake.receive(ADDRESS, signed(8, 1, 100))
    const punctual = intake.receive(ADDRESS, signed(9, 2, 100))
    const answers: unknown[] = []
    for (const received of [late, punctual]) void received.then((answer) => answers.push(answer))
    await settle()
    expect(answers).toEqual([])
    expect(waiting.map(({ reading }) => reading.deliveryPeriod)).toEqual([8, 9])
    for (const { finish } of waiting) finish()
    expect(await Promise.all([late, punctual])).toEqual([
      { isLate: true, skipped: 0 },
      { isLate: false, skipped: 0 },
    ])
  })

  test('answers a copy in the same batch only once the first is durable', async () => {
    const first = intake.receive(ADDRESS, signed(9, 1, 100))
    let answer: unknown
    const copy = codeOf(intake.receive(ADDRESS, signed(9, 1, 100))).then((code) => (answer = code))
    await settle()
    expect(waiting).toHaveLength(1)
    expect(answer).toBeUndefined()
    waiting[0]?.finish()
    await first
    await copy
    expect(answer).toBe('reading-replayed')
    expect(stored).toHaveLength(1)
  })

  test('catches a rival in the same batch', async () => {
    void intake.receive(ADDRESS, signed(9, 1, 100))
    const rival = codeOf(intake.receive(ADDRESS, signed(9, 1, 101)))
    await settle()
    waiting[0]?.finish()
    expect(await rival).toBe('reading-conflict')
    expect(waiting).toHaveLength(1)
  })

  test('tells a replay from a conflict among readings that are not the last', async () => {
    for (const reading of [signed(7, 1, 100), signed(8, 2, 200), signed(9, 3, 300)]) {
      const received = intake.receive(ADDRESS, reading)
      await settle()
      waiting.at(-1)?.finish()
      await received
    }
    expect(await codeOf(intake.receive(ADDRESS, signed(7, 1, 100)))).toBe('reading-replayed')
    expect(await codeOf(intake.receive(ADDRESS, signed(7, 1, 101)))).toBe('reading-conflict')
    expect(stored).toHaveLength(3)
  })

  test('asks the ledger before it takes a reading to be from the future', async () => {
    const next = signed(11, 1, 100)
    expect(await codeOf(intake.receive(ADDRESS, next))).toBe('reading-from-the-future')
    ledgerTime = endOf(deliveryPeriod(11))
    const received = intake.receive(ADDRESS, next)
    await settle()
    waiting[0]?.finish()
    expect(await received).toEqual({ isLate: false, skipped: 0 })
  })

  test('gives no answer while the ledger gives none, or the database or the signatures are far behind', async () => {
    ledgerTime = null
    expect(await intake.receive(ADDRESS, signed(11, 1, 100))).toBeNull()
    isFull = true
    expect(await intake.receive(ADDRESS, signed(9, 1, 100))).toBeNull()
    isFull = false
    isOverrun = true
    expect(await intake.receive(ADDRESS, signed(9, 1, 100))).toBeNull()
    expect(waiting).toHaveLength(0)
  })

  test('refuses strangers, and whoever signs for another meter', async () => {
    const stranger = addressOfKey(`0x${'33'.repeat(32)}`)
    expect(await codeOf(intake.receive(stranger, signed(9, 1, 100)))).toBe('meter-unknown')
    await intake.setMeters([METER, { ...METER, memberId: 2, address: stranger }])
    expect(await codeOf(intake.receive(stranger, signed(9, 1, 100)))).toBe('reading-signature-invalid')
    const unsigned = { ...signed(9, 1, 100), signature: NO_SIGNATURE }
    expect(await codeOf(intake.receive(ADDRESS, unsigned))).toBe('reading-signature-invalid')
    expect(waiting).toHaveLength(0)
  })

  test('does not believe a meter without a valid credential, until it has one again', async () => {
    await intake.setMeters([{ ...METER, certifiedUntil: null }])
    expect(await codeOf(intake.receive(ADDRESS, signed(9, 1, 100)))).toBe('meter-not-certified')
    await intake.setMeters([{ ...METER, certifiedUntil: now }])
    expect(await codeOf(intake.receive(ADDRESS, signed(9, 1, 100)))).toBe('meter-not-certified')
    expect(intake.isKnown(ADDRESS)).toBe(true)
    expect(intake.lastOf(1)).toBeNull()
    await intake.setMeters([{ ...METER, certifiedUntil: now + 1 }])
    void intake.receive(ADDRESS, signed(9, 1, 100))
    await settle()
    expect(waiting).toHaveLength(1)
  })

  test('takes readings of a deactivated member for the sessions whose gate had closed, and no others', async () => {
    // The gate of period 10 closes 300 s before its start.
    await intake.setMeters([{ ...METER, activeUntil: 10 * 900 - 300 }])
    expect(await codeOf(intake.receive(ADDRESS, signed(10, 2, 100)))).toBe('meter-unknown')
    void intake.receive(ADDRESS, signed(9, 1, 100))
    await settle()
    expect(waiting).toHaveLength(1)
  })

  test('says on what it decided, and how many numbers are left out', async () => {
    const first = intake.receive(ADDRESS, signed(6, 1, 100))
    const second = intake.receive(ADDRESS, signed(9, 4, 200))
    await settle()
    expect(waiting.map(({ reading }) => reading.follows)).toEqual([null, 6])
    for (const { finish } of waiting) finish()
    expect(await first).toEqual({ isLate: true, skipped: 0 })
    expect(await second).toEqual({ isLate: false, skipped: 2 })
  })

  test('decides anew, in their order, on readings that another gateway was ahead of', async () => {
    const received = [signed(8, 3, 300), signed(9, 4, 400)].map((reading) => intake.receive(ADDRESS, reading))
    await settle()
    elsewhere = signed(7, 2, 200)
    for (const { finish } of waiting.splice(0)) finish(false)
    await settle()
    expect(waiting.map(({ reading }) => [reading.sequence, reading.follows])).toEqual([
      [3, 7],
      [4, 8],
    ])
    for (const { finish } of waiting) finish()
    expect(await Promise.all(received)).toMatchObject([{ skipped: 0 }, { skipped: 0 }])
  })

  test('refuses what another gateway has accepted, or has accepted something against', async () => {
    const copy = codeOf(intake.receive(ADDRESS, signed(8, 2, 200)))
    await settle()
    elsewhere = signed(8, 2, 200)
    waiting.splice(0)[0]?.finish(false)
    expect(await copy).toBe('reading-replayed')
    const backwards = codeOf(intake.receive(ADDRESS, signed(9, 3, 250)))
    await settle()
    elsewhere = { ...signed(8, 2, 200), importRegister: energyWh(300n) }
    waiting.splice(0)[0]?.finish(false)
    expect(await backwards).toBe('reading-register-backwards')
    expect(intake.lastOf(1)).toEqual(elsewhere)
  })

  test('is not flushed before it has decided anew', async () => {
    const received = intake.receive(ADDRESS, signed(9, 3, 300))
    await settle()
    let isFlushed = false
    const flushed = intake.flushed().then(() => (isFlushed = true))
    elsewhere = signed(8, 2, 200)
    waiting.splice(0)[0]?.finish(false)
    await settle()
    expect(isFlushed).toBe(false)
    waiting[0]?.finish()
    await Promise.all([received, flushed])
  })

  test('has readings that leave a number out wait for those that they may have overtaken, wherever these come', async () => {
    const first = intake.receive(ADDRESS, signed(5, 1, 100))
    await settle()
    waiting.splice(0)[0]?.finish()
    await first
    moments = []
    const received = [signed(9, 5, 500), signed(7, 3, 300)].map((reading) => intake.receive(ADDRESS, reading))
    received.push(intake.receive(ADDRESS, signed(6, 2, 200)))
    await settle()
    expect(waiting.map(({ reading }) => reading.sequence)).toEqual([2])
    await passMoment()
    expect(waiting.map(({ reading }) => reading.sequence)).toEqual([2, 3])
    for (const { finish } of waiting.splice(0)) finish()
    elsewhere = signed(8, 4, 400)
    await passMoment()
    expect(waiting.map(({ reading }) => [reading.sequence, reading.follows])).toEqual([[5, 8]])
    waiting[0]?.finish()
    expect(await Promise.all(received)).toMatchObject([{ skipped: 0 }, { skipped: 0 }, { skipped: 0 }])
  })

  test('waits no longer for a number that nobody has', async () => {
    moments = []
    const received = intake.receive(ADDRESS, signed(9, 70, 100))
    await settle()
    expect(waiting).toHaveLength(0)
    for (let passed = 0; passed < 12; passed += 1) await passMoment()
    waiting[0]?.finish()
    expect(await received).toEqual({ isLate: false, skipped: 0 })
  })

  test('takes up what another gateway took, and nothing that is older than what it knows', async () => {
    elsewhere = signed(8, 2, 200)
    await intake.catchUp([1, 99])
    expect(intake.lastOf(1)).toEqual(elsewhere)
    elsewhere = signed(7, 1, 100)
    await intake.catchUp([1])
    expect(intake.lastOf(1)).toMatchObject({ sequence: 2 })
  })
})
