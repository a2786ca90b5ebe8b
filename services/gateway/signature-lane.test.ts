import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { signReading } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import { deliveryPeriod, energyWh } from '../domain/units.ts'
import { createSignatureLane } from './signature-lane.ts'

const KEY = `0x${'11'.repeat(32)}`
const domain = signingDomainOf(1n, `0x${'22'.repeat(20)}`)

const readings = Array.from({ length: 1_000 }, (_, sequence) => {
  const reading = {
    deliveryPeriod: deliveryPeriod(sequence),
    sequence,
    importRegister: energyWh(0n),
    exportRegister: energyWh(0n),
  }
  return { ...reading, signature: signReading(domain, reading, KEY) }
})

/** The thread of the gateway. */
const startThread = () => new Worker(new URL('signature-worker.ts', import.meta.url), { workerData: domain })
/** One that answers so many batches, and throws at the next. */
const startFailing = (answered: number) =>
  new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     let left = ${answered}
     import(${JSON.stringify(import.meta.resolve('../chain/reading-signers.ts'))}).then(({ recoverReadingSigners }) =>
       parentPort.on('message', (readings) => {
         if (left-- === 0) throw new Error('out of memory')
         parentPort.postMessage(recoverReadingSigners(workerData, readings))
       }))`,
    { eval: true, workerData: domain },
  )

const crash: unknown = expect.objectContaining({ message: 'out of memory' })

describe('a lane of signatures', () => {
  test('asks another thread, in the same order, where one crashes', async () => {
    const threads = [() => startFailing(0), () => startFailing(2), startThread]
    let started = 0
    const crashes: unknown[] = []
    const lane = createSignatureLane({
      start: () => threads[started++]!(),
      onCrash: (error) => crashes.push(error),
      onFailure: (error) => {
        throw error
      },
    })
    const told: number[] = []
    const asked = readings.map(async (reading) => {
      expect(await lane.recover(reading)).toBe(addressOfKey(KEY))
      told.push(reading.sequence)
    })
    await Promise.all(asked)
    expect(told).toEqual(readings.map(({ sequence }) => sequence))
    expect(crashes).toEqual([crash, crash])
    expect(lane.waiting()).toBe(0)
    await lane.close()
  })

  test('tells of threads that crash one after the other', async () => {
    let started = 0
    const failure = await new Promise<unknown>((resolve) => {
      const lane = createSignatureLane({
        start: () => {
          started += 1
          return startFailing(0)
        },
        onCrash: () => undefined,
        onFailure: resolve,
      })
      void lane.recover(readings[0]!)
    })
    expect(failure).toEqual(crash)
    expect(started).toBe(4)
  })
})
