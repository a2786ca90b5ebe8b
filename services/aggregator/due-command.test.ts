import { describe, expect, test } from 'vitest'
import type { CommandKind } from '../domain/devices/command.ts'
import { limitsUnlessSet } from '../domain/devices/device-limits.ts'
import type { KnownDevice } from '../domain/devices/device.ts'
import { dueCommandOf, releaseCommandOf, uuidOf } from './due-command.ts'
import { addressOf, period } from './operation-for-test.ts'

const told = (...capabilities: readonly CommandKind[]) => {
  const device: KnownDevice = {
    ...{ address: addressOf(1), kind: 'battery', area: 1, memberId: 1, protocol: 'mqtt', endpoint: null },
    ...{ isSigning: false, ratedPowerW: 4_000, capabilities },
  }
  return { device, limits: limitsUnlessSet(device) }
}
const dispatch = {
  id: uuidOf('a dispatch'),
  schedule: [-400, -400, 800].map((powerW, index) => ({ period: period(72 + index), powerW, movedW: -powerW })),
}
const at = (offset: number, leadSeconds = 900) => ({ now: period(offset) * 900, leadSeconds })

describe('dueCommandOf', () => {
  test('sends a schedule at once and the same one again, until its last period is over', () => {
    const first = dueCommandOf(dispatch, told('schedule', 'set-point'), at(60))
    expect(first).toMatchObject({ action: { kind: 'schedule' }, expiresAt: period(75) * 900 })
    expect(dueCommandOf(dispatch, told('schedule', 'set-point'), at(74))).toEqual(first)
    expect(dueCommandOf(dispatch, told('schedule', 'set-point'), at(75))).toBeNull()
  })

  test('sends one set-point for as long as it stays the same', () => {
    const due = (offset: number) => dueCommandOf(dispatch, told('set-point', 'switch'), at(offset))
    expect(due(70)).toBeNull()
    expect(due(71)).toMatchObject({ action: { kind: 'set-point', powerW: -400 }, expiresAt: period(74) * 900 })
    expect(due(72)).toEqual(due(71))
    expect(due(73)).toMatchObject({ action: { kind: 'set-point', powerW: 800 }, expiresAt: period(75) * 900 })
    expect(due(74)).toMatchObject({ action: { kind: 'switch', isOn: true } })
  })

  test('can let nobody go that knows set-points alone', () => {
    expect(releaseCommandOf(dispatch, told('set-point'))).toBeNull()
  })
})

test('uuidOf makes a UUID that the api takes, and another of another name', () => {
  expect(uuidOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(uuidOf('a')).not.toBe(uuidOf('b'))
})
