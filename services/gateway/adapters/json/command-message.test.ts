import { describe, expect, test } from 'vitest'
import { namedCommands, plainCommands } from './command-message.ts'

const id = '11111111-1111-4111-8111-111111111111'
const device = `0x${'d1'.repeat(20)}`
const command = { id, device, expiresAt: 2_000, action: { kind: 'set-point', powerW: -1_500 } as const }
const malformed = expect.objectContaining({ code: 'command-answer-malformed' }) as Error
const done = { commandId: id, answer: { status: 'done' } }
const refused = { commandId: id, answer: { status: 'refused', reason: 'too hot' } }

describe.each([
  { name: 'plainCommands', format: plainCommands, wrap: (answer: object) => answer },
  { name: 'namedCommands', format: namedCommands, wrap: (answer: object) => ({ 'set-point': answer }) },
])('$name', ({ format, wrap }) => {
  const parse = (answer: object) => format.parseAnswer(device, Buffer.from(JSON.stringify(wrap(answer))))

  test('reads what was done or refused', () => {
    expect(parse({ id, status: 'done' })).toEqual(done)
    expect(parse({ id: id.toUpperCase(), status: 'refused', reason: 'too hot' })).toEqual(refused)
  })

  test.each([
    {},
    { id },
    { status: 'done' },
    { id: 'x', status: 'done' },
    { id, status: 'sent' },
    { id, status: 'refused' },
    { id, status: 'done', reason: 'x' },
    { id, status: 'refused', reason: 'x'.repeat(201) },
    { id, status: 'refused', reason: 'x'.repeat(1_100) },
  ])('refuses %j', (answer) => {
    expect(() => parse(answer)).toThrow(malformed)
  })

  test('refuses what is not JSON', () => {
    expect(() => format.parseAnswer(device, Buffer.from('done'))).toThrow(malformed)
  })
})

test('A command is written with its id and expiry, plain or under its name', () => {
  expect(JSON.parse(plainCommands.write(command))).toEqual({ id, expiresAt: 2_000, action: command.action })
  expect(JSON.parse(namedCommands.write(command))).toEqual({ 'set-point': { id, expiresAt: 2_000, powerW: -1_500 } })
})

test('An answer under no name, two or another is refused', () => {
  const answer = { id, status: 'done' }
  for (const answers of [{}, { 'set-point': answer, switch: answer }, { explode: answer }]) {
    expect(() => namedCommands.parseAnswer(device, Buffer.from(JSON.stringify(answers)))).toThrow(malformed)
  }
})
