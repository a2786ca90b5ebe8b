import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../domain/units.ts'
import type { AcceptedReading } from '../store/readings.ts'
import { createBatchRecorder } from './batch-recorder.ts'

function reading(memberId: number): AcceptedReading {
  const zero = energyWh(0n)
  return {
    memberId,
    deliveryPeriod: deliveryPeriod(1),
    sequence: 1,
    importRegister: zero,
    exportRegister: zero,
    signature: '0x',
    signedBy: 'meter',
    receivedAt: 0,
  }
}

/** A database whose writes end when the test says so. */
function slowDatabase() {
  const writes: { members: number[]; finish: () => void; fail: (error: Error) => void }[] = []
  const insert = (readings: readonly AcceptedReading[]) =>
    new Promise<void>((resolve, reject) =>
      writes.push({ members: readings.map(({ memberId }) => memberId), finish: resolve, fail: reject }),
    )
  return { insert, writes }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
const ignore = () => undefined

describe('the batch recorder', () => {
  test('resolves no reading before it is written', async () => {
    const { insert, writes } = slowDatabase()
    const recorder = createBatchRecorder({ insert, onWritten: ignore, onFailure: ignore })
    let isWritten = false
    const written = recorder.add(reading(1)).then(() => (isWritten = true))
    await settle()
    expect(writes.map(({ members }) => members)).toEqual([[1]])
    expect(isWritten).toBe(false)
    writes[0]?.finish()
    await written
  })

  test('writes together what arrives while a write is under way, in order', async () => {
    const { insert, writes } = slowDatabase()
    const order: string[] = []
    const recorder = createBatchRecorder({ insert, onWritten: () => order.push('batch'), onFailure: ignore })
    void recorder.add(reading(1)).then(() => order.push('1'))
    await settle()
    const rest = [2, 3].map((memberId) => recorder.add(reading(memberId)).then(() => order.push(String(memberId))))
    writes[0]?.finish()
    await settle()
    expect(writes.map(({ members }) => members)).toEqual([[1], [2, 3]])
    writes[1]?.finish()
    await Promise.all(rest)
    expect(order).toEqual(['batch', '1', 'batch', '2', '3'])
  })

  test('says which items were left out', async () => {
    const [one, other] = [reading(1), reading(2)]
    const recorder = createBatchRecorder({ insert: async () => new Set([other]), onFailure: ignore })
    expect(await Promise.all([recorder.add(one), recorder.add(other)])).toEqual([true, false])
  })

  test('splits a large backlog and says when it is full', async () => {
    const { insert, writes } = slowDatabase()
    const recorder = createBatchRecorder({ insert, onWritten: ignore, onFailure: ignore })
    for (let memberId = 0; memberId < 19_999; memberId += 1) void recorder.add(reading(memberId))
    expect(recorder.isFull()).toBe(false)
    void recorder.add(reading(20_000))
    expect(recorder.isFull()).toBe(true)
    await settle()
    expect(writes[0]?.members).toHaveLength(2_000)
    writes[0]?.finish()
    await settle()
    expect(recorder.isFull()).toBe(false)
  })

  test('reports a failure and never resolves what it could not write', async () => {
    const { insert, writes } = slowDatabase()
    const failures: unknown[] = []
    const recorder = createBatchRecorder({ insert, onWritten: ignore, onFailure: (error) => failures.push(error) })
    let isWritten = false
    void recorder.add(reading(1)).then(() => (isWritten = true))
    await settle()
    writes[0]?.fail(new Error('broken'))
    await settle()
    expect(failures).toEqual([new Error('broken')])
    expect(isWritten).toBe(false)
  })
})
