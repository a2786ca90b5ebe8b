import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../../domain/errors.ts'
import { deliveryPeriod } from '../../../domain/units.ts'
import { formatReceipt, parseReadingMessage } from './reading-message.ts'
import { meterOfTopic, receiptsTopicOf } from './topics.ts'

const SIGNATURE = `0x${'Ab'.repeat(64)}`
const GOOD = {
  deliveryPeriod: 1_630_000,
  sequence: 3,
  importRegisterWh: '123456',
  exportRegisterWh: '0',
  signature: SIGNATURE,
}
const parse = (value: unknown) => parseReadingMessage(Buffer.from(JSON.stringify(value)))

describe('parseReadingMessage', () => {
  test('reads what a meter sends', () => {
    expect(parse(GOOD)).toEqual({
      deliveryPeriod: 1_630_000,
      sequence: 3,
      importRegister: 123_456n,
      exportRegister: 0n,
      signature: SIGNATURE.toLowerCase(),
    })
    expect(parse({ ...GOOD, signature: `${SIGNATURE}1b` }).signature).toHaveLength(132)
  })

  test('takes 1,024 bytes and not one more', () => {
    const message = JSON.stringify(GOOD)
    expect(parseReadingMessage(Buffer.from(message.padEnd(1_024))).sequence).toBe(3)
    expect(() => parseReadingMessage(Buffer.from(message.padEnd(1_025)))).toThrow(/1024 are the most/)
  })

  test.each([
    ['importRegisterWh', '01'],
    ['importRegisterWh', '1.5'],
    ['importRegisterWh', '1e3'],
    ['importRegisterWh', ' 1'],
    ['importRegisterWh', 1],
    ['exportRegisterWh', '1000000000000000'],
    ['deliveryPeriod', -1],
    ['deliveryPeriod', '1630000'],
    ['sequence', 2 ** 31],
    ['sequence', null],
    ['signature', SIGNATURE.slice(2)],
    ['signature', `${SIGNATURE}1`],
    ['more', 1],
  ])('refuses %s = %j, naming the field', (field, value) => {
    expect(() => parse({ ...GOOD, [field]: value })).toThrow(new RegExp(field))
  })

  test('refuses anything else as malformed, in a sentence of bounded length, and never with another error', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ ...GOOD, importRegisterWh: value }))),
      fc.string({ maxLength: 900 }).map((key) => Buffer.from(JSON.stringify({ ...GOOD, [key]: 1 }))),
    )
    fc.assert(
      fc.property(anything, (payload) => {
        try {
          parseReadingMessage(payload)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
          expect(error).toMatchObject({ code: 'reading-malformed' })
          expect((error as Error).message.length).toBeLessThanOrEqual(300)
        }
      }),
    )
  })
})

describe('formatReceipt', () => {
  const reading = { deliveryPeriod: deliveryPeriod(9), sequence: 2 }

  test('says what became of the reading', () => {
    expect(formatReceipt({ reading, outcome: { status: 'accepted', isLate: false } })).toBe(
      '{"deliveryPeriod":9,"sequence":2,"status":"accepted"}',
    )
    expect(formatReceipt({ reading, outcome: { status: 'accepted', isLate: true } })).toBe(
      '{"deliveryPeriod":9,"sequence":2,"status":"accepted","late":true}',
    )
    expect(formatReceipt({ reading: null, outcome: { status: 'refused', code: 'c', reason: 'r' } })).toBe(
      '{"status":"refused","code":"c","reason":"r"}',
    )
  })
})

describe('topics', () => {
  const address = `0x${'0a'.repeat(20)}`

  test('name a meter by its address in lower case', () => {
    expect(meterOfTopic(`commonwatt/v1/meters/${address}/readings`)).toBe(address)
    expect(meterOfTopic(`commonwatt/v1/meters/${address.toUpperCase()}/readings`)).toBeNull()
    expect(meterOfTopic(`commonwatt/v1/meters/${address}0/readings`)).toBeNull()
    expect(meterOfTopic(receiptsTopicOf(address))).toBeNull()
  })
})
