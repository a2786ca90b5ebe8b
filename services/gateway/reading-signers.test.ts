import { afterEach, describe, expect, test } from 'vitest'
import { signReading } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import { deliveryPeriod, energyWh } from '../domain/units.ts'
import { startReadingSigners, type ReadingSigners } from './reading-signers.ts'
import type { SignedReading } from './signed-reading.ts'

const KEYS = Array.from({ length: 5 }, (_, position) => `0x${String(position + 1).repeat(64)}`)
const domain = signingDomainOf(1n, `0x${'22'.repeat(20)}`)

function signed(sequence: number, key: string): SignedReading {
  const reading = {
    deliveryPeriod: deliveryPeriod(sequence),
    sequence,
    importRegister: energyWh(BigInt(sequence)),
    exportRegister: energyWh(0n),
  }
  return { ...reading, signature: signReading(domain, reading, key) }
}

describe('the signers of readings', () => {
  let signers: ReadingSigners
  const failed = (error: unknown) => {
    throw error
  }
  const handlers = { onCrash: failed, onFailure: failed }
  afterEach(() => signers.close())

  test('are told by several threads, to each meter in the order in which it sent', async () => {
    signers = startReadingSigners({ domain, ...handlers, threads: 3 })
    const told = new Map<string, number[]>(KEYS.map((key) => [key, []]))
    const asked = Array.from({ length: 200 }, (_, sequence) =>
      KEYS.map(async (key) => {
        expect(await signers.recover(addressOfKey(key), signed(sequence, key))).toBe(addressOfKey(key))
        told.get(key)!.push(sequence)
      }),
    )
    await Promise.all(asked.flat())
    for (const sequences of told.values()) expect(sequences).toEqual(Array.from({ length: 200 }, (_, one) => one))
  })

  test('are none where the signature is no canonical one', async () => {
    signers = startReadingSigners({ domain, ...handlers })
    const reading = { ...signed(1, KEYS[0]!), signature: `0x${'ff'.repeat(65)}` }
    expect(await signers.recover(addressOfKey(KEYS[0]!), reading)).toBeNull()
  })

  test('are all told before the threads end', async () => {
    signers = startReadingSigners({ domain, ...handlers, threads: 2 })
    const asked = KEYS.map((key) => signers.recover(addressOfKey(key), signed(1, key)))
    await signers.close()
    expect(await Promise.all(asked)).toEqual(KEYS.map(addressOfKey))
  })

  test('are asked for by so many readings only, and by more when those are answered', async () => {
    signers = startReadingSigners({ domain, ...handlers, mostWaiting: 300 })
    const reading = signed(1, KEYS[0]!)
    const asked: Promise<unknown>[] = []
    while (!signers.isFull()) asked.push(signers.recover(addressOfKey(KEYS[0]!), reading))
    expect(asked).toHaveLength(300)
    await Promise.all(asked)
    expect(signers.isFull()).toBe(false)
  })
})
