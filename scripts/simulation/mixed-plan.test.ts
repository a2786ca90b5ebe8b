import { describe, expect, test } from 'vitest'
import { registrationFaultsOf } from '../../services/domain/devices/registration.ts'
import { planFleet } from './mixed-plan.ts'

const homes = Array.from({ length: 12 }, (_, position) => ({
  memberId: position + 5,
  name: `home ${position}`,
  meterKey: `0x${String(position + 11).repeat(32)}`,
  connectionCapacityW: 17_250,
  hasGaps: false,
}))
const metersOf = (devices: ReturnType<typeof planFleet>) => devices.filter(({ kind }) => kind === 'meter')

describe('planFleet', () => {
  test('divides meters among all ways that there are', () => {
    const ways = metersOf(planFleet(homes, 0)).map(({ protocol, isSigning }) => [protocol, isSigning])
    const six = [
      ['mqtt', true],
      ['ultralight', true],
      ['ultralight', false],
      ['modbus', false],
      ['lwm2m', false],
      ['json', false],
    ]
    expect(ways).toEqual([...six, ...six])
  })

  test('lets the meter of a home with gaps sign, since no other can tell of them', () => {
    const planned = metersOf(
      planFleet(
        homes.map((home) => ({ ...home, hasGaps: true })),
        0,
      ),
    )
    expect(planned.every(({ isSigning }) => isSigning)).toBe(true)
    expect(new Set(planned.map(({ protocol }) => protocol))).toEqual(new Set(['mqtt', 'ultralight']))
  })

  test('gives each home so many other devices, each with an address of its own and as the register would take it', () => {
    const planned = planFleet(homes, 3)
    expect(planned).toHaveLength(12 * 4)
    expect(new Set(planned.map(({ address }) => address)).size).toBe(12 * 4)
    const kinds = planned.slice(0, 4).map(({ kind, memberId }) => [kind, memberId])
    expect(kinds).toEqual([
      ['meter', 5],
      ['battery', 5],
      ['heat-pump', 5],
      ['ev-charger', 5],
    ])
    const others = planned.filter(({ kind, protocol }) => kind !== 'meter' && protocol !== 'modbus')
    const endpointOf = (protocol: string) => (protocol === 'lwm2m' ? 'name' : null)
    for (const one of others) expect(registrationFaultsOf({ ...one, endpoint: endpointOf(one.protocol) })).toEqual([])
  })
})
