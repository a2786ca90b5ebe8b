import type { DeviceKind } from '../../services/domain/devices/device.ts'
import { endOf, SECONDS_PER_PERIOD, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { Measures } from './fleet-part.ts'

/** What a device measures at the end of one period after the other: a day like any other, a little later in each home. */
export type DeviceLoad = (ended: DeliveryPeriod) => Measures

type LoadKind = Exclude<DeviceKind, 'meter'>

export const RATED_POWER_W: Readonly<Record<LoadKind, number>> = {
  battery: 5_000,
  'heat-pump': 3_000,
  'ev-charger': 11_000,
  'pv-inverter': 6_000,
}

/** By hour of the day, in W; positive into the device. */
const POWER_W: Readonly<Record<LoadKind, (hour: number) => number>> = {
  battery: (hour) => (hour >= 11 && hour < 16 ? 1_500 : hour >= 18 && hour < 23 ? -1_200 : 0),
  'heat-pump': (hour) => Math.round(1_200 + 900 * Math.cos((hour / 24) * 2 * Math.PI)),
  'ev-charger': (hour) => (hour < 3 || hour >= 21 ? 7_360 : 0),
  'pv-inverter': (hour) => -Math.max(0, Math.round(4_000 * Math.sin(((hour - 6) / 12) * Math.PI))),
}
const LATER_BY_HOME = 0.25
const HOMES_APART = 12

/** `home` is the position of its household. */
export function createLoad(kind: LoadKind, home: number): DeviceLoad {
  let consumedWh = 0
  let producedWh = 0
  return (ended) => {
    const hour = (endOf(ended) / 3_600 - (home % HOMES_APART) * LATER_BY_HOME) % 24
    const powerW = POWER_W[kind](hour)
    const energyWh = Math.abs((powerW * SECONDS_PER_PERIOD) / 3_600)
    if (powerW > 0) consumedWh += energyWh
    else producedWh += energyWh
    const power = { 'active-power': BigInt(powerW) }
    if (kind === 'battery') return power
    return kind === 'pv-inverter'
      ? { ...power, 'produced-register': BigInt(Math.floor(producedWh)) }
      : { ...power, 'consumed-register': BigInt(Math.floor(consumedWh)) }
  }
}
