import { describe, expect, test } from 'vitest'
import type { CommandAction } from '../../../domain/devices/command.ts'
import { isResult, ultralightCommands } from './command-text.ts'

const id = '11111111-1111-4111-8111-111111111111'
const device = `0x${'d1'.repeat(20)}`
const write = (action: CommandAction) => ultralightCommands.write({ id, device, expiresAt: 2_000, action })
const parse = (text: string | Buffer) => ultralightCommands.parseAnswer(device, Buffer.from(text))
const malformed = expect.objectContaining({ code: 'command-answer-malformed' }) as Error

describe('ultralightCommands', () => {
  test.each<[CommandAction, string]>([
    [{ kind: 'set-point', powerW: -1_500 }, 'set-point|id=ID|until=2000|powerW=-1500'],
    [{ kind: 'switch', isOn: false }, 'switch|id=ID|until=2000|isOn=false'],
    [
      { kind: 'charge-limit', mostChargeW: 1, mostDischargeW: 2, leastStateOfCharge: 3, mostStateOfCharge: 4 },
      'charge-limit|id=ID|until=2000|mostChargeW=1|mostDischargeW=2|leastStateOfCharge=3|mostStateOfCharge=4',
    ],
    [
      {
        kind: 'schedule',
        steps: [
          { from: 900, powerW: 5 },
          { from: 1_800, powerW: -5 },
        ],
      },
      'schedule|id=ID|until=2000|steps=900:5,1800:-5',
    ],
  ])('writes %j', (action, text) => {
    expect(write(action)).toBe(`${device}@${text.replace('ID', id)}`)
  })

  test('reads what was done or refused', () => {
    expect(parse(`${device}@set-point|${id} done`)).toEqual({ commandId: id, answer: { status: 'done' } })
    expect(parse(`${device}@switch|${id.toUpperCase()} refused too hot`)).toEqual({
      commandId: id,
      answer: { status: 'refused', reason: 'too hot' },
    })
  })

  test.each([
    '',
    'OK',
    `${device}@set-point|`,
    `${device}@set-point|OK`,
    `${device}@set-point|${id}`,
    `${device}@set-point|${id} DONE`,
    `${device}@set-point|${id} done well`,
    `${device}@explode|${id} done`,
    `0x${'d2'.repeat(20)}@set-point|${id} done`,
    `${device}@set-point|${id} done#${device}@switch|${id} done`,
    `${device}@set-point|${id} refused ${'x'.repeat(201)}`,
    `${device}@set-point|${id} refused ${'x'.repeat(1_024)}`,
    Buffer.of(0xff, 0xfe),
  ])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(malformed)
  })

  test('tells results from measures', () => {
    expect(isResult(Buffer.from(`${device}@set-point|OK`))).toBe(true)
    expect(isResult(Buffer.from('p|1630000|n|1'))).toBe(false)
    expect(isResult(Buffer.from('k|a@b'))).toBe(false)
  })
})
