import { describe, expect, test } from 'vitest'
import type { CommandAction } from './command.ts'
import type { DeviceKind } from './device.ts'
import {
  limitsUnlessSet,
  releaseOf,
  requireSourceAllowed,
  requireValidLimits,
  requireWithinLimits,
} from './device-limits.ts'

const device = {
  address: '0xba77',
  kind: 'battery' as DeviceKind,
  ratedPowerW: 5_000,
  capabilities: ['set-point', 'switch', 'charge-limit', 'schedule'] as const,
}
const limits = {
  ...limitsUnlessSet(device),
  mostChargeW: 3_000,
  mostDischargeW: 2_000,
  leastStateOfCharge: 100,
  mostStateOfCharge: 900,
}
const chargeLimit = { kind: 'charge-limit' as const, mostChargeW: 3_000, mostDischargeW: 2_000 }
const check = (action: CommandAction, change: Partial<typeof limits> = {}, of: Partial<typeof device> = {}) =>
  requireWithinLimits(action, { ...limits, ...change }, { ...device, ...of })
const codeOf = (run: () => void): string | null => {
  try {
    run()
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('requireWithinLimits', () => {
  test('takes what is at the limits', () => {
    check({ kind: 'set-point', powerW: 3_000 })
    check({ kind: 'set-point', powerW: -2_000 })
    check({ ...chargeLimit, leastStateOfCharge: 100, mostStateOfCharge: 900 })
  })

  test.each<CommandAction>([
    { kind: 'set-point', powerW: 3_001 },
    { kind: 'set-point', powerW: -2_001 },
    { ...chargeLimit, mostChargeW: 3_001, leastStateOfCharge: 100, mostStateOfCharge: 900 },
    { ...chargeLimit, mostDischargeW: 2_001, leastStateOfCharge: 100, mostStateOfCharge: 900 },
    { ...chargeLimit, leastStateOfCharge: 99, mostStateOfCharge: 900 },
    { ...chargeLimit, leastStateOfCharge: 100, mostStateOfCharge: 901 },
    { kind: 'switch', isOn: true },
  ])('refuses what is beyond them: %j', (action) => {
    expect(codeOf(() => check(action))).toBe('command-beyond-limits')
  })

  test('looks at each step of a schedule, and says which is beyond', () => {
    const steps = [1, 2, 3].map((from) => ({ from, powerW: from === 3 ? -2_001 : 2_000 }))
    expect(() => check({ kind: 'schedule', steps })).toThrow(/steps\.2: 2001 W out of the device/)
    check({ kind: 'schedule', steps: steps.slice(0, 2) })
  })

  test('never goes beyond what the device is rated for, whatever the limits were set to', () => {
    expect(codeOf(() => check({ kind: 'set-point', powerW: 2_500 }, {}, { ratedPowerW: 2_000 }))).toBe(
      'command-beyond-limits',
    )
  })

  test('lets be switched on what may run at its rated power in its own direction, and off always', () => {
    check({ kind: 'switch', isOn: false }, { mostChargeW: 0, mostDischargeW: 0 })
    check({ kind: 'switch', isOn: true }, { mostChargeW: 5_000, mostDischargeW: 0 }, { kind: 'heat-pump' })
    check({ kind: 'switch', isOn: true }, { mostChargeW: 0, mostDischargeW: 5_000 }, { kind: 'pv-inverter' })
    expect(codeOf(() => check({ kind: 'switch', isOn: true }, {}, { kind: 'heat-pump' }))).toBe('command-beyond-limits')
  })

  test('refuses what the device cannot do', () => {
    const meter = { ...device, capabilities: ['switch'] as const }
    expect(codeOf(() => requireWithinLimits({ kind: 'set-point', powerW: 0 }, limits, meter))).toBe(
      'command-unsupported',
    )
  })
})

describe('releaseOf', () => {
  test('lets the device go on within the bounds of its owner', () => {
    const { mostChargeW, mostDischargeW, leastStateOfCharge, mostStateOfCharge } = limits
    expect(releaseOf({ ...device, capabilities: ['schedule', 'charge-limit'] }, limits)).toEqual({
      kind: 'charge-limit',
      mostChargeW,
      mostDischargeW,
      leastStateOfCharge,
      mostStateOfCharge,
    })
  })

  test('switches on what can only be switched, unless that is beyond the limits', () => {
    const pump = { ...device, kind: 'heat-pump', capabilities: ['switch'] } as const
    expect(releaseOf(pump, limitsUnlessSet(pump))).toEqual({ kind: 'switch', isOn: true })
    expect(releaseOf(pump, { ...limitsUnlessSet(pump), mostChargeW: 1 })).toBeNull()
  })

  test('is nothing for a device that only holds set-points', () => {
    expect(releaseOf({ ...device, capabilities: ['set-point', 'schedule'] }, limits)).toBeNull()
  })
})

describe('requireSourceAllowed', () => {
  test('lets the owner alone command until the owner says otherwise', () => {
    const unset = limitsUnlessSet(device)
    requireSourceAllowed('owner', unset)
    expect(codeOf(() => requireSourceAllowed('agent', unset))).toBe('command-source-not-allowed')
    expect(codeOf(() => requireSourceAllowed('activation', unset))).toBe('command-source-not-allowed')
    requireSourceAllowed('agent', { ...unset, sources: ['agent'] })
  })

  test('lets nobody command what is paused', () => {
    expect(codeOf(() => requireSourceAllowed('owner', { ...limits, isPaused: true }))).toBe('device-paused')
  })
})

describe('requireValidLimits', () => {
  test('refuses what contradicts itself or is above the rated power', () => {
    requireValidLimits(limits, device)
    for (const change of [
      { leastStateOfCharge: 901 },
      { mostChargeW: 5_001 },
      { mostDischargeW: 5_001 },
      { sources: ['owner', 'owner'] as const },
    ]) {
      expect(codeOf(() => requireValidLimits({ ...limits, ...change }, device))).toBe('limits-invalid')
    }
  })
})
