import { describe, expect, test } from 'vitest'
import { registrationFaultsOf } from '../../../services/domain/devices/registration.ts'
import { lwm2mEndpointOf } from '../lwm2m-part.ts'
import { planFeederDevices } from './feeder-devices.ts'
import { evenHome, worldOf } from './feeder-for-test.ts'

const battery = { capacityWh: 5_000, powerW: 4_000, efficiencyPermille: 950 }
const car = { chargerW: 7_400, stays: [] }
const homes = [{ battery }, { battery, car }, {}, { car }, { car }].map((more) => evenHome({ loadWh: 1 }, 2, more))
const owners = homes.map((_, place) => ({
  memberId: place + 5,
  name: `home ${place}`,
  meterAddress: `0x${String(place + 10).repeat(20)}`,
}))
const devices = planFeederDevices(worldOf(homes), owners)

describe('planFeederDevices', () => {
  test('has every other battery and every other charger speak LwM2M, each with what it can do', () => {
    expect(devices.map(({ home, kind, protocol, ratedPowerW }) => [home, kind, protocol, ratedPowerW])).toEqual([
      ['home 0', 'battery', 'mqtt', 4_000],
      ['home 1', 'battery', 'lwm2m', 4_000],
      ['home 1', 'ev-charger', 'mqtt', 7_400],
      ['home 3', 'ev-charger', 'lwm2m', 7_400],
      ['home 4', 'ev-charger', 'mqtt', 7_400],
    ])
    for (const { protocol, capabilities } of devices) {
      expect(capabilities?.includes('schedule')).toBe(protocol === 'mqtt')
    }
  })

  test('gives each an address of its own by which it can be registered', () => {
    expect(new Set(devices.map(({ address }) => address)).size).toBe(devices.length)
    for (const { address, protocol, isSigning } of devices) {
      expect(address).toMatch(/^0x[0-9a-f]{40}$/)
      const endpoint = protocol === 'lwm2m' ? lwm2mEndpointOf(address) : null
      expect(registrationFaultsOf({ address, protocol, endpoint, isSigning })).toEqual([])
    }
  })
})
