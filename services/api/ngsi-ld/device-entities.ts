import type { DeviceProtocol } from '../../domain/devices/device.ts'
import type { Quantity } from '../../domain/devices/quantity.ts'
import type { LatestMeasurement } from '../../store/views/latest-measurements.ts'
import type { DeviceView } from '../schemas/devices.ts'
import type { Attribute, Entity, EntityType } from './entity.ts'

export type DeviceState = {
  readonly device: DeviceView
  /** Whether the device itself is, and not what it measured alone. */
  readonly isShown: boolean
  /** Unix seconds; null where it is not shown or it was never heard. */
  readonly lastSeenAt: number | null
  readonly firmware: string | null
  /** Empty where they are not shown. */
  readonly measurements: readonly LatestMeasurement[]
}

/** A quantity in the unit that the models have, with its UN/CEFACT code, and how many of ours make one. */
type Unit = { readonly code: string; readonly divisor: number }

const UNITS: Readonly<Record<Quantity, Unit>> = {
  'import-register': { code: 'KWH', divisor: 1_000 },
  'export-register': { code: 'KWH', divisor: 1_000 },
  'consumed-register': { code: 'KWH', divisor: 1_000 },
  'produced-register': { code: 'KWH', divisor: 1_000 },
  'active-power': { code: 'WTT', divisor: 1 },
  'reactive-power': { code: 'D44', divisor: 1 },
  'apparent-power': { code: 'D46', divisor: 1 },
  voltage: { code: 'VLT', divisor: 1_000 },
  current: { code: 'AMP', divisor: 1_000 },
  frequency: { code: 'HTZ', divisor: 1_000 },
  'power-factor': { code: 'C62', divisor: 1_000 },
  'state-of-charge': { code: 'P1', divisor: 10 },
  temperature: { code: 'CEL', divisor: 1_000 },
  'set-point': { code: 'WTT', divisor: 1 },
  switch: { code: 'C62', divisor: 1 },
  'dimmer-level': { code: 'P1', divisor: 10 },
}

/** What ACMeasurement has a name for; what is measured at one phase alone stands for the first. */
const AC_NAMES: Partial<Record<Quantity, { readonly name: string; readonly isOfPhase?: true }>> = {
  'import-register': { name: 'totalActiveEnergyImport' },
  'export-register': { name: 'totalActiveEnergyExport' },
  'active-power': { name: 'totalActivePower' },
  'reactive-power': { name: 'totalReactivePower' },
  'apparent-power': { name: 'totalApparentPower' },
  'power-factor': { name: 'totalPowerFactor' },
  frequency: { name: 'frequency' },
  voltage: { name: 'phaseVoltage', isOfPhase: true },
  current: { name: 'current', isOfPhase: true },
}

/** Under the names that the Device model has for them; it has none for Modbus. */
const PROTOCOLS: Readonly<Record<DeviceProtocol, readonly string[]>> = {
  mqtt: ['mqtt'],
  json: ['http', 'mqtt'],
  ultralight: ['ul20'],
  lwm2m: ['lwm2m'],
  modbus: [],
}
const PREFIX = 'urn:ngsi-ld:'

/** The entities of the types that there are of a device. */
export function entitiesOf(state: DeviceState, types: readonly EntityType[]): Entity[] {
  return types.flatMap((type) => {
    switch (type) {
      case 'Device':
        return state.isShown ? [deviceEntityOf(state)] : []
      case 'DeviceMeasurement':
        return state.measurements.map((measurement) => measurementEntityOf(state.device, measurement))
      case 'ACMeasurement':
        return acEntityOf(state) ?? []
    }
  })
}

/** The address of the device that an entity's id is about; null for what is no such id. */
export function deviceOfId(id: string): { readonly type: EntityType; readonly address: string } | null {
  const match = /^urn:ngsi-ld:(Device|DeviceMeasurement|ACMeasurement):(0x[0-9a-f]{40})(?::[a-z-]{1,40})?$/.exec(id)
  return match === null ? null : { type: match[1] as EntityType, address: match[2]! }
}

function deviceEntityOf({ device, lastSeenAt, firmware }: DeviceState): Entity {
  const { address, kind, maker, model, feeder, serialNumber, memberId, capabilities, protocol } = device
  const isMeter = kind === 'meter'
  const named = [maker, model].filter((part) => part !== '').join(' ')
  return {
    id: `${PREFIX}Device:${address}`,
    type: 'Device',
    attributes: {
      category: property([isMeter ? 'meter' : 'actuator']),
      controlledProperty: property(isMeter ? ['electricityConsumption', 'energy'] : ['energy', 'power']),
      description: property(kind),
      ...(named === '' ? {} : { name: property(named) }),
      ...(maker === '' ? {} : { brandName: property(maker) }),
      ...(model === '' ? {} : { modelName: property(model) }),
      ...(feeder === '' ? {} : { areaServed: property(feeder) }),
      ...(PROTOCOLS[protocol].length === 0 ? {} : { supportedProtocol: property(PROTOCOLS[protocol]) }),
      ratedPower: { ...property(device.ratedPowerW), unitCode: 'WTT' },
      capabilities: property(capabilities),
      source: property(device.did),
      ...(serialNumber ? { serialNumber: property(serialNumber) } : {}),
      ...(memberId === null ? {} : { owner: property([`${PREFIX}Household:${memberId}`]) }),
      ...(firmware === null ? {} : { firmwareVersion: property(firmware) }),
      ...(lastSeenAt === null ? {} : { dateLastValueReported: property(timeOf(lastSeenAt * 1_000)) }),
    },
  }
}

function measurementEntityOf({ address, kind }: DeviceView, measurement: LatestMeasurement): Entity {
  const { quantity, measuredAtMs, quality } = measurement
  const { code } = UNITS[quantity]
  return {
    id: `${PREFIX}DeviceMeasurement:${address}:${quantity}`,
    type: 'DeviceMeasurement',
    attributes: {
      controlledProperty: property(quantity),
      dateObserved: property(timeOf(measuredAtMs)),
      deviceType: property(kind),
      numValue: numberOf(measurement),
      outlier: property(quality === 'doubtful'),
      measurementQuality: property(quality),
      refDevice: refDeviceOf(address),
      unit: property(code),
    },
  }
}

function acEntityOf({ device: { address }, measurements }: DeviceState): Entity | null {
  const known = measurements.filter(({ quantity }) => AC_NAMES[quantity] !== undefined)
  if (known.length === 0) return null
  const attributes = known.map((measurement) => {
    const { name, isOfPhase } = AC_NAMES[measurement.quantity]!
    const number = numberOf(measurement)
    return [name, isOfPhase ? { ...number, value: { L1: number.value } } : number] as const
  })
  const latest = Math.max(...known.map(({ measuredAtMs }) => measuredAtMs))
  return {
    id: `${PREFIX}ACMeasurement:${address}`,
    type: 'ACMeasurement',
    attributes: {
      dateObserved: property(timeOf(latest)),
      refDevice: refDeviceOf(address),
      ...Object.fromEntries(attributes),
    },
  }
}

function numberOf({ quantity, value, measuredAtMs }: LatestMeasurement) {
  const { code, divisor } = UNITS[quantity]
  return { ...property(Number(value) / divisor), observedAt: timeOf(measuredAtMs), unitCode: code }
}

function refDeviceOf(address: string): Attribute {
  return { type: 'Relationship', object: `${PREFIX}Device:${address}` }
}

function property<Of>(value: Of): { readonly type: 'Property'; readonly value: Of } {
  return { type: 'Property', value }
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
