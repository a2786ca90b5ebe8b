import { describe, expect, test } from 'vitest'
import { parseEntityAddress } from './entity-address.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('parseEntityAddress', () => {
  test.each(['ean.871234567890123456', 'ea1.2019-03.nl.dso-name:transformer/7', 'ea1.2019-12.com.example.grid:a b'])(
    'takes "%s"',
    (text) => {
      expect(parseEntityAddress(text)).toBe(text)
    },
  )

  test.each([
    'ean.87123456789012345',
    'ean.8712345678901234567',
    'EAN.871234567890123456',
    'ean.87123456789012345x',
    'ea1.2019-13.nl.dso:7',
    'ea1.19-03.nl.dso:7',
    'ea1.2019-03.nl:7',
    'ea1.2019-03.nl.dso:',
    'ea1.2019-03.nl.dso',
    `ea1.2019-03.nl.dso:${'x'.repeat(245)}`,
    'ea1.2019-03.nl.-dso:7',
    '',
  ])('refuses "%s"', (text) => {
    expect(() => parseEntityAddress(text)).toThrow(withCode('entity-address-invalid'))
  })
})
