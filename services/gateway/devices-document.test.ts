import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isSignedClaim } from '../chain/meter-claims.ts'
import { readingDigest, recoverReadingSigner } from '../chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import type { CommandFormat } from './adapters/command-format.ts'
import { namedCommands, plainCommands } from './adapters/json/command-message.ts'
import { parseClaimAnswer } from './adapters/mqtt/claim-message.ts'
import { parseReadingMessage } from './adapters/json/reading-message.ts'
import { ultralightCommands } from './adapters/ultralight/command-text.ts'
import { ultralight } from './adapters/ultralight/reading-measures.ts'

const document = readFileSync(new URL('../../docs/devices.md', import.meta.url), 'utf8')

function codesIn(source: string): string[] {
  const text = readFileSync(new URL(source, import.meta.url), 'utf8')
  return [...text.matchAll(/DomainError\(\s*'([a-z-]+)'/g)].map(([, code]) => code!)
}

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

  test('shows the same reading as UltraLight', () => {
    const [message = ''] = /^\{"deliveryPeriod".*"signature".*\}$/m.exec(document)!
    const [measures = ''] = /^p\|.*\|s\|0x[0-9a-f]{130}$/m.exec(document)!
    expect(ultralight.parse(Buffer.from(measures))).toEqual([parseReadingMessage(Buffer.from(message))])
  })

  test('shows the answer to a claim that the key above gives', () => {
    const [, account = '', nonce, deadline, registry = ''] =
      /account `(\w+)`[^`]*`(\w+)`[^`]*deadline (\d+), on chain 31337[^`]*`(\w+)`/.exec(document)!
    const [message = ''] = /^\{"nonce":"0x4.*\}$/m.exec(document)!
    const answer = parseClaimAnswer(Buffer.from(message))
    expect(answer.nonce).toBe(nonce)
    const [, meter = ''] = /has the meter\s+address `(\w+)`/.exec(document)!
    const claim = { meter, account, nonce: answer.nonce, deadline: Number(deadline) }
    expect(isSignedClaim(signingDomainOf(31_337n, registry), claim, answer.signature)).toBe(true)
  })

  test('explains every code that a claim can be answered wrongly with', () => {
    const sources = ['claim-desk.ts', 'adapters/mqtt/claim-message.ts', 'adapters/mqtt/claim-connection.ts']
    const codes = new Set(sources.flatMap(codesIn))
    expect(codes.size).toBe(5)
    for (const code of codes) expect(document).toContain(`| \`${code}\` |`)
  })

  test('shows the code of the device that it registers, hashed as the register has it', () => {
    const [, hash] = /"claimCodeHash": "([0-9a-f]{64})"/.exec(document)!
    const [, code = ''] = /above of\s+`([0-9A-Z-]{19})`/.exec(document)!
    expect(createHash('sha256').update(code.replaceAll('-', '')).digest('hex')).toBe(hash)
  })

  test('explains every code that an answer to a command can be refused with', () => {
    const sources = ['command-desk.ts', 'adapters/command-format.ts']
    const codes = new Set(sources.flatMap(codesIn))
    const ofEvents = ['device-not-theirs', 'protocol-without-commands']
    const ofAnswers = [...codes].filter((code) => !ofEvents.includes(code))
    expect(ofAnswers).toHaveLength(3)
    for (const code of ofAnswers) expect(document).toContain(`| \`${code}\` |`)
  })

  test('shows commands and answers as they are written and read', () => {
    const device = '0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a'
    const id = '11111111-1111-4111-8111-111111111111'
    const command = { id, device, expiresAt: 1_467_000_600, action: { kind: 'set-point', powerW: 1_500 } as const }
    const answers: [CommandFormat, string][] = [
      [plainCommands, `{"id":"${id}","status":"done"}`],
      [namedCommands, `{"set-point":{"id":"${id}","status":"done"}}`],
      [ultralightCommands, `${device}@set-point|${id} done`],
    ]
    for (const [format, answer] of answers) {
      expect(document).toContain(`\n${format.write(command)}\n`)
      expect(document).toContain(`\n${answer}\n`)
      expect(format.parseAnswer(device, Buffer.from(answer)).answer).toEqual({ status: 'done' })
    }
  })

  test('explains every code that a meter can be refused with', () => {
    const sources = [
      '../domain/metering/reading-rules.ts',
      '../chain/readings.ts',
      'reading-intake.ts',
      'adapters/fields.ts',
      'adapters/reading-taking.ts',
    ]
    const codes = sources.flatMap(codesIn)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(document).toContain(`| \`${code}\` |`)
  })

  test('explains every code that a Modbus device can be refused with', () => {
    const sources = ['device-endpoint', 'modbus-adapter', 'sunspec-map', 'sunspec-measurements', 'sunspec-commands']
    const codes = new Set(sources.flatMap((source) => codesIn(`adapters/modbus/${source}.ts`)))
    codes.delete('modbus-network-malformed')
    expect(codes.size).toBe(7)
    for (const code of [...codes, 'modbus-refused']) expect(document).toContain(`| \`${code}\` |`)
  })
})
