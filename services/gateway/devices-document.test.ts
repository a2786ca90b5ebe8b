import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readingDigest, recoverReadingSigner } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import { parseReadingMessage } from './adapters/mqtt/reading-message.ts'

const document = readFileSync(new URL('../../docs/devices.md', import.meta.url), 'utf8')

describe('docs/devices.md', () => {
  test('shows a message whose digest and signature are those of its key', () => {
    const [key = '', address, contract = '', digest] = /key `(\w+)`[^`]*`(\w+)`[^`]*`(\w+)`[^`]*`(\w+)`/
      .exec(document)!
      .slice(1)
    const [message = ''] = /^\{"deliveryPeriod".*"signature".*\}$/m.exec(document)!
    const { signature, ...reading } = parseReadingMessage(Buffer.from(message))
    const domain = signingDomainOf(31_337n, contract)

    expect(addressOfKey(key)).toBe(address)
    expect(readingDigest(domain, reading)).toBe(digest)
    expect(recoverReadingSigner(domain, reading, signature)).toBe(address)
  })

  test('explains every code that a meter can be refused with', () => {
    const sources = [
      '../domain/metering/reading-rules.ts',
      '../chain/readings.ts',
      'reading-intake.ts',
      'adapters/mqtt/reading-message.ts',
    ]
    const codes = sources.flatMap((source) =>
      [...readFileSync(new URL(source, import.meta.url), 'utf8').matchAll(/DomainError\(\s*'([a-z-]+)'/g)].map(
        ([, code]) => code,
      ),
    )
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(document).toContain(`| \`${code}\` |`)
  })
})
