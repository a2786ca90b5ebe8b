import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LedgerAddresses } from './ledger.ts'
import { readingDigest, readingDomain, recoverReadingSigner, signReading } from './readings.ts'

type Vector = {
  title: string
  reading: { deliveryPeriod: number; sequence: number; importRegisterWh: string; exportRegisterWh: string }
  digest: string
  signer: string
  privateKey: string
  signature: string
  signature65: string
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/meter-reading.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; verifyingContract: string }
  cases: Vector[]
}

const domain = readingDomain({
  chainId: BigInt(vectors.domain.chainId),
  addresses: { meterReadings: vectors.domain.verifyingContract } as LedgerAddresses,
})

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const invalid: unknown = expect.objectContaining({ code: 'reading-signature-invalid' })

const parse = ({ reading }: Vector) => ({
  deliveryPeriod: reading.deliveryPeriod,
  sequence: reading.sequence,
  importRegister: BigInt(reading.importRegisterWh),
  exportRegister: BigInt(reading.exportRegisterWh),
})

describe('signReading', () => {
  test.each(vectors.cases)('signs as wallets do: $title', (vector) => {
    expect(readingDigest(domain, parse(vector))).toBe(vector.digest)
    expect(signReading(domain, parse(vector), vector.privateKey)).toBe(vector.signature)
  })
})

describe('recoverReadingSigner', () => {
  test.each(vectors.cases)('finds the meter from 64 and from 65 bytes: $title', (vector) => {
    expect(recoverReadingSigner(domain, parse(vector), vector.signature)).toBe(vector.signer)
    expect(recoverReadingSigner(domain, parse(vector), vector.signature65)).toBe(vector.signer)
  })

  test('finds another where a register is another', () => {
    const vector = vectors.cases[0]!
    const reading = parse(vector)
    const changed = { ...reading, importRegister: reading.importRegister + 1n }
    expect(recoverReadingSigner(domain, changed, vector.signature)).not.toBe(vector.signer)
  })

  test.each(vectors.cases)('refuses the second signature that anybody can make out of a first: $title', (vector) => {
    const { signature65 } = vector
    const mirrored = CURVE_ORDER - BigInt(`0x${signature65.slice(66, 130)}`)
    const recovery = signature65.endsWith('1b') ? '1c' : '1b'
    const second = `${signature65.slice(0, 66)}${mirrored.toString(16).padStart(64, '0')}${recovery}`
    expect(() => recoverReadingSigner(domain, parse(vector), second)).toThrow(invalid)
  })

  test.each([
    ['nothing', ''],
    ['66 bytes', `0x${'11'.repeat(66)}`],
    ['zeros', `0x${'00'.repeat(65)}`],
    ['a recovery byte of 29', `0x${'11'.repeat(64)}1d`],
  ])('refuses %s', (_, signature) => {
    expect(() => recoverReadingSigner(domain, parse(vectors.cases[0]!), signature)).toThrow(invalid)
  })
})
