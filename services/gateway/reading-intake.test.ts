import { beforeEach, describe, expect, test } from 'vitest'
import { recoverReadingSigner, signReading } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { deliveryPeriod, endOf, energyWh } from '../domain/units.ts'
import type { AcceptedReading } from '../store/readings.ts'
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
  let waiting: { reading: AcceptedReading; finish: () => void }[]
  let intake: ReadingIntake

  beforeEach(async () => {
    now = endOf(deliveryPeriod(10))
    ledgerTime = now
    isFull = false
    isOverrun = false
    stored = []
    waiting = []
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
              finish: () => {
                stored.push(reading)
                resolve()
              },
            }),
          ),
        flushed: async () => undefined,
        isFull: () => isFull,
      },
      readLastReadings: async () => new Map(),
      findReadings: async (memberId, { sequence, deliveryPeriod: period }) =>
        stored.filter(
          (one) => one.memberId === memberId && (one.sequence === sequence || one.deliveryPeriod === period),
        ),
      gateClosureLeadOf: () => 300,
      isClosed: (_, reading) => reading.deliveryPeriod < 9,
    })
    await intake.setMeters([METER])
  })

  const codeOf = (received: Promise<unknown>) =>
    received.then(
      (answer) => answer,
      (error: unknown) => (error as { code?: string }).code,
    )
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  test('accepts a reading when it is durable, and says whether it was late', async () => {
    const late = intake.receive(ADDRESS, signed(8, 1, 100))
    const punctual = intake.receive(ADDRESS, signed(9, 2, 100))
    const answers: unknown[] = []
    for (const received of [late, punctual]) void received.then((answer) => answers.push(answer))
    await settle()
    expect(answers).toEqual([])
    expect(waiting.map(({ reading }) => reading.deliveryPeriod)).toEqual([8, 9])
    for (const { finish } of waiting) finish()
    expect(await Promise.all([late, punctual])).toEqual([{ isLate: true }, { isLate: false }])
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
    expect(await received).toEqual({ isLate: false })
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
})
