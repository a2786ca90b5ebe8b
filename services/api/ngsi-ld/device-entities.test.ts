import { describe, expect, test } from 'vitest'
import type { Quantity } from '../../domain/devices/quantity.ts'
import { deviceOfId, entitiesOf, type DeviceState } from './device-entities.ts'
import { CONTEXTS, ENTITY_TYPES, formatEntity } from './entity.ts'

const ADDRESS = `0x${'1d'.repeat(20)}`
const measured = (quantity: Quantity, value: bigint, measuredAtMs = 1_000) => ({
  ...{ device: ADDRESS, quantity, value, measuredAtMs },
  quality: 'good' as const,
})
const state: DeviceState = {
  device: {
    ...{ address: ADDRESS, did: `did:ethr:0x7a69:${ADDRESS}`, kind: 'battery', area: 1, protocol: 'modbus' },
    ...{ isSigning: false, maker: 'Voltio', model: '', feeder: 'feeder-1', ratedPowerW: 5_000 },
    ...{ capabilities: ['set-point'], isClaimed: true, memberId: 7, serialNumber: 'S1', endpoint: 'host:502/1' },
  },
  isShown: true,
  lastSeenAt: 60,
  firmware: '1.2',
  measurements: [
    measured('voltage', 231_500n),
    measured('import-register', 1_234n, 2_000),
    measured('state-of-charge', 455n),
  ],
}

describe('entitiesOf', () => {
  test('gives a Device, a DeviceMeasurement for each quantity, and one ACMeasurement', () => {
    const ids = entitiesOf(state, ENTITY_TYPES).map(({ id }) => id.replace(ADDRESS, '…'))
    expect(ids).toEqual([
      'urn:ngsi-ld:Device:…',
      'urn:ngsi-ld:DeviceMeasurement:…:voltage',
      'urn:ngsi-ld:DeviceMeasurement:…:import-register',
      'urn:ngsi-ld:DeviceMeasurement:…:state-of-charge',
      'urn:ngsi-ld:ACMeasurement:…',
    ])
  })

  test('tells of a device what the model has a name for, and where it is in the network never', () => {
    const [device] = entitiesOf(state, ['Device'])
    const shown = formatEntity(device!, 'keyValues', false)
    expect(shown).toMatchObject({
      ...{ type: 'Device', category: ['actuator'], controlledProperty: ['energy', 'power'], brandName: 'Voltio' },
      ...{
        owner: ['urn:ngsi-ld:Household:7'],
        firmwareVersion: '1.2',
        dateLastValueReported: '1970-01-01T00:01:00.000Z',
      },
    })
    expect(JSON.stringify(shown)).not.toContain('host:502')
    expect(shown).not.toHaveProperty('supportedProtocol')
    expect(shown).not.toHaveProperty('modelName')
  })

  test('measures in the units of the models: kWh, V and percent', () => {
    const [voltage, register, charge, ac] = entitiesOf(state, ['DeviceMeasurement', 'ACMeasurement'])
    expect(voltage!.attributes.numValue).toEqual({
      ...{ type: 'Property', value: 231.5, unitCode: 'VLT', observedAt: '1970-01-01T00:00:01.000Z' },
    })
    expect(register!.attributes.numValue).toMatchObject({ value: 1.234, unitCode: 'KWH' })
    expect(charge!.attributes.numValue).toMatchObject({ value: 45.5, unitCode: 'P1' })
    expect(ac!.attributes).toMatchObject({
      totalActiveEnergyImport: { value: 1.234, unitCode: 'KWH' },
      phaseVoltage: { value: { L1: 231.5 } },
      dateObserved: { value: '1970-01-01T00:00:02.000Z' },
      refDevice: { type: 'Relationship', object: `urn:ngsi-ld:Device:${ADDRESS}` },
    })
  })

  test('gives no ACMeasurement of what measures nothing of alternating current, and no Device that is not shown', () => {
    expect(entitiesOf({ ...state, measurements: [measured('temperature', 1n)] }, ['ACMeasurement'])).toEqual([])
    expect(entitiesOf({ ...state, isShown: false }, ENTITY_TYPES).map(({ type }) => type)).not.toContain('Device')
  })

  test('has the context within where it is asked for', () => {
    const [device] = entitiesOf(state, ['Device'])
    expect(formatEntity(device!, 'normalized', true)['@context']).toEqual(CONTEXTS)
    expect(formatEntity(device!, 'normalized', false)).not.toHaveProperty('@context')
  })
})

test('deviceOfId knows the ids of entities, and no others', () => {
  expect(deviceOfId(`urn:ngsi-ld:DeviceMeasurement:${ADDRESS}:voltage`)).toEqual({
    type: 'DeviceMeasurement',
    address: ADDRESS,
  })
  for (const id of ['urn:ngsi-ld:Device:0x1', `urn:ngsi-ld:Room:${ADDRESS}`, `urn:ngsi-ld:Device:${ADDRESS}\n`]) {
    expect(deviceOfId(id)).toBeNull()
  }
})
