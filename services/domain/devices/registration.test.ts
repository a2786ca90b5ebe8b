import { describe, expect, test } from 'vitest'
import { registrationFaultsOf, type Registered } from './registration.ts'

const device: Registered = { address: `0x${'1d'.repeat(20)}`, protocol: 'mqtt', endpoint: null, isSigning: false }
const columnsOf = (change: Partial<Registered>) =>
  registrationFaultsOf({ ...device, ...change }).map(({ column }) => column)

describe('registrationFaultsOf', () => {
  test('finds nothing wrong with a device that goes by what its protocol knows it by', () => {
    expect(columnsOf({ isSigning: true })).toEqual([])
    expect(columnsOf({ protocol: 'lwm2m', endpoint: 'urn:dev:os:32473-123' })).toEqual([])
    expect(columnsOf({ protocol: 'modbus', endpoint: '192.0.2.7:502/1' })).toEqual([])
    expect(columnsOf({ protocol: 'modbus', endpoint: '[2001:db8::7]:1502/247' })).toEqual([])
  })

  test('wants an endpoint where the protocol has one, and none elsewhere', () => {
    expect(columnsOf({ protocol: 'lwm2m' })).toEqual(['endpoint'])
    expect(columnsOf({ protocol: 'lwm2m', endpoint: 'a/b' })).toEqual(['endpoint'])
    expect(columnsOf({ endpoint: 'charger' })).toEqual(['endpoint'])
  })

  test('wants a Modbus endpoint with a port and a unit that there can be', () => {
    for (const endpoint of ['192.0.2.7', '192.0.2.7:502', '192.0.2.7:65536/1', '192.0.2.7:502/248', 'a b:1/1']) {
      expect(columnsOf({ protocol: 'modbus', endpoint })).toEqual(['endpoint'])
    }
  })

  test('lets no device sign by a protocol whose messages carry no signature', () => {
    expect(columnsOf({ protocol: 'lwm2m', endpoint: 'boiler', isSigning: true })).toEqual(['isSigning'])
    expect(columnsOf({ protocol: 'modbus', endpoint: 'boiler:502/1', isSigning: true })).toEqual(['isSigning'])
  })
})
