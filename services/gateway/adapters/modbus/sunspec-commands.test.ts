import { describe, expect, test } from 'vitest'
import type { CommandAction } from '../../../domain/devices/command.ts'
import { CommandRefusal, writesOf } from './sunspec-commands.ts'

function model(id: number, length: number, values: Readonly<Record<number, number>>): [number, number[]] {
  return [id, Array.from({ length }, (_, at) => (values[at] ?? 0xffff) & 0xffff)]
}

const STORAGE = model(124, 24, { 0: 5_000, 3: 0, 5: 0, 10: 0, 11: 0, 16: 0, 19: 0, 23: -2 })
const IMMEDIATE = model(123, 24, { 2: 1, 3: 100, 7: 0, 21: 0 })
const DER = model(704, 57, { 20: 0, 21: 0, 22: 0, 23: 0, 53: 1 })
const NAMEPLATE = model(120, 26, { 1: 40, 2: 2 })

const write = (action: CommandAction, ...models: [number, number[]][]) => writesOf(action, new Map(models), 5_000)
const setPoint = (powerW: number): CommandAction => ({ kind: 'set-point', powerW })
const limit = (changes = {}): CommandAction => ({
  kind: 'charge-limit',
  mostChargeW: 2_500,
  mostDischargeW: 5_000,
  leastStateOfCharge: 200,
  mostStateOfCharge: 1_000,
  ...changes,
})
const UNSUPPORTED = expect.objectContaining({ code: 'command-unsupported' }) as unknown

describe('writesOf', () => {
  test('gives a set-point in W, positive out of the device, before it is put in force', () => {
    expect(write(setPoint(-2_000), DER, STORAGE)).toEqual([
      { model: 704, at: 22, values: [0, 200] },
      { model: 704, at: 20, values: [1, 1] },
    ])
    expect(write(setPoint(10), DER)[0]).toEqual({ model: 704, at: 22, values: [0xffff, 0xffff] })
  })

  test('has a battery charge by leaving it no less, and discharge likewise', () => {
    const mode = { model: 124, at: 3, values: [3] }
    expect(write(setPoint(1_000), STORAGE)).toEqual([{ model: 124, at: 10, values: [0x1_0000 - 2_000, 2_000] }, mode])
    expect(write(setPoint(-500), STORAGE)).toEqual([{ model: 124, at: 10, values: [1_000, 0x1_0000 - 1_000] }, mode])
    expect(write(setPoint(0), STORAGE)).toEqual([{ model: 124, at: 10, values: [0, 0] }, mode])
  })

  test('tells an inverter the most that it may make, and never more than was meant', () => {
    expect(write(setPoint(-1_990), IMMEDIATE, NAMEPLATE)).toEqual([
      { model: 123, at: 3, values: [49] },
      { model: 123, at: 7, values: [1] },
    ])
    const settings = model(121, 30, { 0: 2_000, 20: 0 })
    expect(write(setPoint(-1_000), IMMEDIATE, NAMEPLATE, settings)[0]!.values).toEqual([50])
    expect(write(setPoint(-1_000), IMMEDIATE)[0]!.values).toEqual([20])
  })

  test('limits by model 704 where it has no set-point of its own', () => {
    const limited = model(704, 57, { 12: 0, 13: 0, 52: -1 })
    expect(write(setPoint(-1_000), limited, NAMEPLATE)).toEqual([
      { model: 704, at: 13, values: [250] },
      { model: 704, at: 12, values: [1] },
    ])
  })

  test('bounds a battery, with its reserve', () => {
    expect(write(limit(), STORAGE)).toEqual([
      { model: 124, at: 5, values: [20] },
      { model: 124, at: 10, values: [10_000, 5_000] },
      { model: 124, at: 3, values: [3] },
    ])
  })

  test('connects and disconnects', () => {
    expect(write({ kind: 'switch', isOn: false }, IMMEDIATE)).toEqual([{ model: 123, at: 2, values: [0] }])
  })

  test.each<[string, CommandAction, [number, number[]][]]>([
    ['a schedule', { kind: 'schedule', steps: [{ from: 0, powerW: 0 }] }, [DER]],
    ['a switch without model 123', { kind: 'switch', isOn: true }, [DER]],
    ['a set-point without models', setPoint(-5), []],
    ['consumption of an inverter', setPoint(5), [IMMEDIATE]],
    ['bounds without model 124', limit(), [DER]],
    ['bounds that fill no battery', limit({ mostStateOfCharge: 900 }), [STORAGE]],
  ])('does not support %s', (_, action, models) => {
    expect(() => write(action, ...models)).toThrow(UNSUPPORTED)
  })

  test.each<[string, CommandAction, [number, number[]][]]>([
    ['more than a battery takes', setPoint(5_001), [STORAGE]],
    ['more than an inverter makes', setPoint(-4_001), [IMMEDIATE, NAMEPLATE]],
    ['bounds beyond the battery', limit({ mostChargeW: 6_000 }), [STORAGE]],
  ])('refuses %s', (_, action, models) => {
    expect(() => write(action, ...models)).toThrow(CommandRefusal)
  })
})
