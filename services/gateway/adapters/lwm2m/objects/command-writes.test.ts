import { describe, expect, test } from 'vitest'
import type { CommandAction } from '../../../../domain/devices/command.ts'
import type { DeviceKind } from '../../../../domain/devices/device.ts'
import { decodeLinks } from '../content/core-links.ts'
import { offeredObjectsOf } from '../content/offered-objects.ts'
import { commandWritesOf } from './command-writes.ts'

const NOW = 1_795_759_642
const ID = '2c3f3b62-3c5e-4f0e-9a1c-5b1d3f8f6f11'

type World = { kind?: DeviceKind; unit?: string | null; ratedPowerW?: number }
const writesOf = (
  action: CommandAction,
  links: string,
  { kind = 'battery', unit = 'W', ratedPowerW = 3_000 }: World = {},
) =>
  commandWritesOf(
    { id: ID, device: `0x${'1'.repeat(40)}`, action, expiresAt: NOW + 60 },
    {
      device: { kind, ratedPowerW },
      offered: offeredObjectsOf(decodeLinks(Buffer.from(links))),
      unitOf: () => unit,
      now: NOW,
    },
  ).flatMap(({ entries }) => entries.map(({ path, value }) => [path.join('/'), value]))

const SET_POINT = { kind: 'set-point', powerW: -1_500 } as const
const unsupported = (words: string) =>
  expect.objectContaining({ code: 'command-unsupported', message: expect.stringContaining(words) as string }) as Error

describe('commandWritesOf', () => {
  test('switches by power control, else by an actuator', () => {
    const action = { kind: 'switch', isOn: false } as const
    expect(writesOf(action, '</3306/0>,</3312/2>')).toEqual([['3312/2/5850', false]])
    expect(writesOf(action, '</3306/1>,</3306/0>')).toEqual([['3306/0/5850', false]])
    expect(() => writesOf(action, '</3308/0>,</3312>')).toThrow(unsupported('neither power control'))
  })

  test('sets a power in the unit that the set-point says, out of an inverter as a positive number', () => {
    expect(writesOf(SET_POINT, '</3308/0>')).toEqual([['3308/0/5900', -1_500]])
    expect(writesOf(SET_POINT, '</3308/0>', { unit: 'kW' })).toEqual([['3308/0/5900', -1.5]])
    expect(writesOf(SET_POINT, '</3308/0>', { kind: 'pv-inverter' })).toEqual([['3308/0/5900', 1_500]])
    expect(writesOf({ ...SET_POINT, powerW: 0 }, '</3308/0>', { kind: 'pv-inverter' })).toEqual([['3308/0/5900', 0]])
  })

  test.each(['Cel', null, '', 'toString'])('never sets a power where the set-point is in %j', (unit) => {
    expect(() => writesOf(SET_POINT, '</3308/0>', { unit })).toThrow(unsupported('no set-point of power'))
  })

  test('caps a load in per cent of its rated power, rounded down, where it has no set-point', () => {
    expect(writesOf({ kind: 'set-point', powerW: 2_000 }, '</3310/0>', { kind: 'ev-charger' })).toEqual([
      ['3310/0/5823', ID],
      ['3310/0/5824', BigInt(NOW)],
      ['3310/0/5825', 1_440n],
      ['3310/0/5827', 66n],
    ])
    for (const powerW of [-1, 3_001]) {
      expect(() => writesOf({ kind: 'set-point', powerW }, '</3310/0>')).toThrow(
        unsupported('from 0 W to the rated 3000 W'),
      )
    }
    expect(() => writesOf({ kind: 'set-point', powerW: 0 }, '</3310/0>', { ratedPowerW: 0 })).toThrow(
      unsupported('rated'),
    )
    expect(() => writesOf({ kind: 'set-point', powerW: 0 }, '</3310/0>', { kind: 'pv-inverter' })).toThrow(
      unsupported('rated'),
    )
  })

  test('makes of a schedule an event for each step, where there is room for them', () => {
    const steps = [
      { from: NOW, powerW: 3_000 },
      { from: NOW + 900, powerW: 0 },
    ]
    expect(writesOf({ kind: 'schedule', steps }, '</3310/0>,</3310/4>')).toEqual([
      ['3310/0/5823', `${ID}-1`],
      ['3310/0/5824', BigInt(NOW)],
      ['3310/0/5825', 15n],
      ['3310/0/5827', 100n],
      ['3310/4/5823', `${ID}-2`],
      ['3310/4/5824', BigInt(NOW + 900)],
      ['3310/4/5825', 1_440n],
      ['3310/4/5827', 0n],
    ])
    expect(() => writesOf({ kind: 'schedule', steps }, '</3310/0>')).toThrow(
      unsupported('for 1 events, and they are 2'),
    )
    const odd = steps.map((step, position) => ({ ...step, from: NOW + position * 30 }))
    expect(() => writesOf({ kind: 'schedule', steps: odd }, '</3310/0>,</3310/1>')).toThrow(
      unsupported('whole minutes'),
    )
    expect(() => writesOf({ kind: 'schedule', steps: [] }, '</3310/0>')).toThrow(unsupported('they are 0'))
  })

  test('has no object for limits of charging, nor for a schedule of set-points', () => {
    const limits = { mostChargeW: 1, mostDischargeW: 1, leastStateOfCharge: 0, mostStateOfCharge: 1_000 }
    expect(() => writesOf({ kind: 'charge-limit', ...limits }, '</3411/0>,</3310/0>')).toThrow(
      unsupported('limits of charging'),
    )
    expect(() => writesOf({ kind: 'schedule', steps: [{ from: NOW, powerW: 0 }] }, '</3308/0>')).toThrow(
      unsupported('3310'),
    )
  })
})
