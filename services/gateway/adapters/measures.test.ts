import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QUANTITIES } from '../../domain/devices/quantity.ts'
import { DomainError } from '../../domain/errors.ts'
import { jsonMeasures } from './json/measures-message.ts'
import type { MeasuresFormat } from './measures-taking.ts'
import { ultralightMeasures } from './ultralight/measures-message.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const AT = Date.parse('2026-11-27T12:00:00Z')
const FORMATS: readonly MeasuresFormat[] = [jsonMeasures, ultralightMeasures]

const problemOf = (format: MeasuresFormat, text: string): string => {
  try {
    format.parse(bytes(text))
  } catch (error) {
    if (error instanceof DomainError) return error.message.replace('the measurements cannot be understood: ', '')
    throw error
  }
  return 'nothing'
}

describe('measurements as JSON', () => {
  test('are quantities by their names, at a time or when they came', () => {
    const text =
      '[{"measuredAt":"2026-11-27T13:00:00+01:00","active-power":-340},{"import-register":"900719925474099312"}]'
    expect(jsonMeasures.parse(bytes(text))).toEqual([
      { quantity: 'active-power', value: -340n, measuredAtMs: AT, quality: 'good' },
      { quantity: 'import-register', value: 900_719_925_474_099_312n, measuredAtMs: null, quality: 'good' },
    ])
  })

  test.each([
    ['{"voltage":229.5}', 'voltage is not a whole number of mV'],
    ['{"voltage":"0x10"}', 'voltage is not a whole number of mV'],
    ['{"voltage":9007199254740993}', 'voltage is not a whole number of mV'],
    ['{"voltage":1,"vlotage":2}', 'the message Unrecognized key: "vlotage"'],
    ['{"measuredAt":"yesterday","voltage":1}', '0.measuredAt is no timestamp (ISO 8601)'],
    ['{"measuredAt":"2026-11-27T12:00:00Z"}', 'it names no quantity'],
    ['[]', expect.stringContaining('Too small') as string],
    ['{', 'it is not JSON in UTF-8'],
  ])('are refused where %s', (text, problem) => expect(problemOf(jsonMeasures, text)).toEqual(problem))

  test('are told from readings by what they name', () => {
    expect(jsonMeasures.isOfMeasures(bytes('{"voltage":1}'))).toBe(true)
    expect(jsonMeasures.isOfMeasures(bytes('[{"voltage":1}]'))).toBe(true)
    for (const text of ['{"deliveryPeriod":1,"signature":"0x"}', '[]', 'null', '7', '{']) {
      expect(jsonMeasures.isOfMeasures(bytes(text))).toBe(false)
    }
  })
})

describe('measurements as UltraLight', () => {
  test('are groups, each at its time or when they came', () => {
    const text = '2026-11-27T12:00:00Z|active-power|-340#state-of-charge|512|switch|1'
    expect(ultralightMeasures.parse(bytes(text))).toMatchObject([
      { quantity: 'active-power', value: -340n, measuredAtMs: AT },
      { quantity: 'state-of-charge', value: 512n, measuredAtMs: null },
      { quantity: 'switch', value: 1n },
    ])
  })

  test.each([
    ['voltage|229.5', 'voltage is not a whole number of mV'],
    ['voltage|', 'a token is empty'],
    ['yesterday|voltage|1', expect.stringContaining('is no timestamp') as string],
    ['voltage|1|t|2', 'the message Unrecognized key: "t"'],
  ])('are refused where %s', (text, problem) => expect(problemOf(ultralightMeasures, text)).toEqual(problem))

  test('are told from readings by what they name', () => {
    expect(ultralightMeasures.isOfMeasures(bytes('voltage|1'))).toBe(true)
    expect(ultralightMeasures.isOfMeasures(bytes('p|1|n|2|i|3|e|4|s|0x'))).toBe(false)
    expect(ultralightMeasures.isOfMeasures(bytes(''))).toBe(false)
  })
})

test.each(FORMATS.map((format) => [format.name, format] as const))(
  '%s takes a value by itself under its name',
  (_, format) => {
    expect(format.parse(format.withName('voltage', bytes('229500')))).toMatchObject([
      { quantity: 'voltage', value: 229_500n },
    ])
  },
)

// 2 x 3,000 payloads.
test.each(FORMATS.map((format) => [format.name, format] as const))(
  '%s takes nothing else than it says, whatever comes',
  (_, format) => {
    const word = fc.oneof(
      fc.constantFrom(...QUANTITIES, '|', '#', '{', '}', '"', ':', ',', '[', ']', '-1', '0', '1e9'),
      fc.string(),
    )
    const payload = fc.oneof(
      fc.array(word, { maxLength: 12 }).map((words) => bytes(words.join(''))),
      fc.array(word, { maxLength: 12 }).map((words) => bytes(words.join('|'))),
      fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array)),
    )
    fc.assert(
      fc.property(payload, (raw) => {
        format.isOfMeasures(raw)
        try {
          for (const { quantity, value } of format.parse(raw)) {
            expect(QUANTITIES).toContain(quantity)
            expect(typeof value).toBe('bigint')
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'measures-malformed' })
        }
      }),
      { numRuns: 3_000 },
    )
  },
)
