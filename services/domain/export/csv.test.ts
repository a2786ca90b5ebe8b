import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../units.ts'
import { formatCsvLine, formatPeriodStart } from './csv.ts'

describe('a line of CSV', () => {
  test('is quoted where it has to be, and ends with CRLF', () => {
    expect(formatCsvLine(['a,b', 'say "yes"', null, 12n, 'plain'])).toBe('"a,b","say ""yes""",,12,plain\r\n')
  })

  test('is read back as it was, whatever the texts are', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed())
    const harmless = text.filter((value) => !/^[=+\-@\t\r]/.test(value))
    fc.assert(
      fc.property(fc.array(harmless, { minLength: 2, maxLength: 6 }), (values) => {
        const [record] = parse(formatCsvLine(values), { record_delimiter: '\r\n', skip_empty_lines: false })
        expect(record).toEqual(values)
      }),
    )
  })

  test('leaves numbers alone, and keeps text from being taken for a formula', () => {
    expect(formatCsvLine([-5n, '-0.000001', '=1+1', '@sum', '-x'])).toBe("-5,-0.000001,'=1+1,'@sum,'-x\r\n")
  })
})

test('formatPeriodStart says the time in UTC', () => {
  expect(formatPeriodStart(deliveryPeriod(4))).toBe('1970-01-01T01:00:00+00:00')
})
