import { beforeEach, describe, expect, test } from 'vitest'
import type { ReadingsCommitment } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { deliveryPeriod, endOf, energyWh, type DeliveryPeriod } from '../domain/units.ts'
import type { ReadingBatch } from '../store/readings.ts'
import type { Meter } from './meters.ts'
import { startPeriodCommitter, type PeriodCommitter } from './period-committer.ts'

const calendar: Calendar = {
  firstPeriod: deliveryPeriod(100),
  lastPeriod: deliveryPeriod(102),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
}
const METERS: Meter[] = [1, 2].map((memberId) => ({
  memberId,
  area: 1,
  address: `0x${memberId}`,
  connectionCapacityW: 1,
  activeUntil: null,
}))
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the period committer', () => {
  let now: number
  let meters: Meter[]
  let readings: Map<number, MeterReading[]>
  let batches: Map<number, ReadingBatch>
  let sent: string[]
  let failures: unknown[]
  /** Thrown by the sender for a period, until it is removed. */
  let refusal: DomainError | null
  let onLedger: ReadingsCommitment

  beforeEach(() => {
    now = endOf(calendar.firstPeriod)
    meters = METERS
    readings = new Map()
    batches = new Map()
    sent = []
    failures = []
    refusal = null
  })

  /** Registers advance by 100 Wh a period. */
  function read(memberId: number, ...periods: number[]): void {
    const list = readings.get(memberId) ?? []
    for (const period of periods) {
      const register = energyWh(BigInt(period) * 100n)
      list.push({
        deliveryPeriod: deliveryPeriod(period),
        sequence: period,
        importRegister: register,
        exportRegister: register,
      })
    }
    readings.set(memberId, list)
  }

  function start(): Promise<PeriodCommitter> {
    return startPeriodCommitter({
      area: 1,
      calendar,
      now: () => now,
      meters: () => meters,
      lastOf: (memberId) => readings.get(memberId)?.at(-1) ?? null,
      flushed: async () => undefined,
      saltOf: (purpose) => `0x${Buffer.from(purpose).toString('hex').padEnd(64, '0').slice(0, 64)}`,
      store: {
        findLastBatch: async () => ([...batches.keys()].sort().at(-1) as DeliveryPeriod | undefined) ?? null,
        readBatch: async (_, period) => batches.get(period) ?? null,
        readReadingsAround: async (period, memberIds) =>
          new Map(
            memberIds.map((memberId) => [
              memberId,
              (readings.get(memberId) ?? []).filter(({ deliveryPeriod: of }) => of === period || of === period - 1),
            ]),
          ),
        storeBatch: async (batch) => void batches.set(batch.period, batch),
      },
      send: async (purpose) => {
        if (refusal !== null) throw refusal
        sent.push(purpose)
      },
      readCommitment: async () => onLedger,
      onCommitted: () => undefined,
      onFailure: (error) => failures.push(error),
    })
  }

  async function look(committer: PeriodCommitter): Promise<void> {
    committer.look()
    await settle()
  }

  test('waits for the last household, then commits at once', async () => {
    read(1, 99, 100)
    read(2, 99)
    const committer = await start()
    await look(committer)
    expect(sent).toEqual([])
    read(2, 100)
    await look(committer)
    expect(sent).toEqual(['commit-readings:1:100'])
    expect(batches.get(100)).toMatchObject({ importTotal: 200n, leaves: [{ memberId: 1 }, { memberId: 2 }] })
  })

  test('does not commit a period before its end', async () => {
    now = endOf(calendar.firstPeriod) - 1
    read(1, 99, 100)
    read(2, 99, 100)
    await look(await start())
    expect(sent).toEqual([])
  })

  test('gives a missing household up at the deadline, or as soon as it has sent a later reading', async () => {
    read(1, 99, 100, 101)
    read(2, 99)
    now = endOf(calendar.firstPeriod) + 299
    const committer = await start()
    await look(committer)
    expect(sent).toEqual([])
    expect(committer.isClosed(calendar.firstPeriod)).toBe(false)
    now += 1
    await look(committer)
    expect(sent).toEqual(['commit-readings:1:100'])
    expect(batches.get(100)?.leaves.map(({ memberId }) => memberId)).toEqual([1])
    expect(committer.isClosed(calendar.firstPeriod)).toBe(true)

    now = endOf(deliveryPeriod(101))
    read(2, 101)
    await look(committer)
    expect(sent).toHaveLength(2)
    expect(batches.get(101)?.leaves.map(({ memberId }) => memberId)).toEqual([1])
  })

  test('catches up period by period and ends with the calendar', async () => {
    read(1, 99, 100, 101, 102, 103)
    read(2, 99, 100, 101, 102, 103)
    now = endOf(deliveryPeriod(103))
    await look(await start())
    expect(sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101', 'commit-readings:1:102'])
  })

  test('sends the last batch again after a restart, as it was decided, and goes on behind it', async () => {
    read(1, 99, 100)
    now = endOf(calendar.firstPeriod) + 300
    await look(await start())
    const decided = batches.get(100)
    read(2, 99, 100, 101)
    read(1, 101)
    now = endOf(deliveryPeriod(101))
    await look(await start())
    expect(sent).toEqual(['commit-readings:1:100', 'commit-readings:1:100', 'commit-readings:1:101'])
    expect(batches.get(100)).toBe(decided)
  })

  test('sends a batch that was decided even where a household has joined since', async () => {
    read(1, 99, 100)
    read(2, 99, 100)
    refusal = new DomainError('sender-stopped', 'killed here')
    await look(await start())
    refusal = null
    meters = [...METERS, { ...METERS[0]!, memberId: 3 }]
    await look(await start())
    expect(sent).toEqual(['commit-readings:1:100'])
    expect(batches.get(100)?.leaves).toHaveLength(2)
  })

  test('does not wait for who was deactivated before the gate closed', async () => {
    read(1, 99, 100)
    meters = METERS.map((meter) => (meter.memberId === 2 ? { ...meter, activeUntil: 100 * 900 - 300 } : meter))
    await look(await start())
    expect(sent).toEqual(['commit-readings:1:100'])
  })

  test('misses no call while it is at work', async () => {
    read(1, 99, 100)
    read(2, 99, 100)
    const committer = await start()
    committer.look()
    read(1, 101)
    read(2, 101)
    now = endOf(deliveryPeriod(101))
    await look(committer)
    expect(sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101'])
  })

  test('misses no call that comes when it has just looked in vain', async () => {
    read(1, 99, 100)
    read(2, 99)
    const committer = await start()
    committer.look()
    read(2, 100)
    await look(committer)
    expect(sent).toEqual(['commit-readings:1:100'])
  })

  test('goes on where the ledger has the same commitment already, and stops where it has another', async () => {
    read(1, 99, 100)
    read(2, 99, 100)
    refusal = new DomainError('meter-readings-already-committed', 'there is one')
    onLedger = { root: '0x00', count: 2, importTotal: energyWh(200n), exportTotal: energyWh(200n) }
    await look(await start())
    expect(failures).toEqual([expect.objectContaining({ code: 'readings-commitment-differs' })])

    failures = []
    onLedger = { ...onLedger, root: batches.get(100)?.root ?? '' }
    const again = await start()
    await look(again)
    expect(failures).toEqual([])
    expect(again.isClosed(deliveryPeriod(101))).toBe(false)
  })

  test('reports what it cannot go on from, and says nothing more after a stop', async () => {
    read(1, 99, 100)
    read(2, 99, 100)
    refusal = new DomainError('transaction-vanished', 'gone')
    const committer = await start()
    await look(committer)
    expect(failures).toHaveLength(1)
    await look(committer)
    expect(failures).toHaveLength(1)

    const stopped = await start()
    stopped.look()
    await stopped.stop()
    expect(failures).toHaveLength(1)
  })
})
