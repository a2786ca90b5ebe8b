import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeSigners, encodeSignedReadings, recoverReadingSigners } from './reading-signers.ts'
import { recoverReadingSigner, signReading, type MeterReading } from './readings.ts'
import { addressOfKey, signingDomainOf } from './typed-data.ts'

const KEY = `0x${'11'.repeat(32)}`
const domain = signingDomainOf(31_337n, `0x${'22'.repeat(20)}`)

type Vector = {
  reading: { deliveryPeriod: number; sequence: number; importRegisterWh: string; exportRegisterWh: string }
  signer: string
  signature: string
  signature65: string
}
const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/meter-reading.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; verifyingContract: string }
  cases: Vector[]
}

type Signed = MeterReading & { signature: string }
const signersOf = (readings: readonly Signed[], of = domain) =>
  decodeSigners(recoverReadingSigners(of, encodeSignedReadings(readings)))

/** Alone, by the function that everybody else uses. */
function signerOf({ signature, ...reading }: Signed): string | null {
  try {
    return recoverReadingSigner(domain, reading, signature)
  } catch {
    return null
  }
}

const reading = fc.record({
  deliveryPeriod: fc.nat(2 ** 31 - 1),
  sequence: fc.nat(2 ** 31 - 1),
  importRegister: fc.bigInt(0n, 2n ** 64n - 1n),
  exportRegister: fc.bigInt(0n, 2n ** 64n - 1n),
})
const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b).toString('hex'))

describe('the signers of many readings', () => {
  test('are those of the vectors, from 64 and from 65 bytes', () => {
    const { chainId, verifyingContract } = vectors.domain
    const readings = vectors.cases.flatMap(
      ({ reading: { importRegisterWh, exportRegisterWh, ...counts }, ...vector }) => {
        const registers = { importRegister: BigInt(importRegisterWh), exportRegister: BigInt(exportRegisterWh) }
        return [vector.signature, vector.signature65].map((signature) => ({ ...counts, ...registers, signature }))
      },
    )
    const expected = vectors.cases.flatMap(({ signer }) => [signer, signer])
    expect(signersOf(readings, signingDomainOf(BigInt(chainId), verifyingContract))).toEqual(expected)
  })

  test('are those of each alone, whatever is signed', () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 8 }), (readings) => {
        const signed = readings.map((one) => ({ ...one, signature: signReading(domain, one, KEY) }))
        expect(signersOf(signed)).toEqual(signed.map(() => addressOfKey(KEY)))
      }),
      { numRuns: 50 },
    )
  })

  test('are those of each alone, or none, whatever the signature', () => {
    const signature = fc.oneof(
      hex(64),
      hex(65),
      hex(64).map((bytes) => `${bytes}1b`),
      hex(63),
      fc.string(),
    )
    fc.assert(
      fc.property(reading, signature, (one, text) => {
        const signed = { ...one, signature: `0x${text}` }
        expect(signersOf([signed])).toEqual([signerOf(signed)])
      }),
      { numRuns: 300 },
    )
  })

  test('are none of no readings', () => {
    expect(signersOf([])).toEqual([])
  })
})
