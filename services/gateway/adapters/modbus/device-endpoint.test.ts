import { describe, expect, test } from 'vitest'
import { LOCAL_NETWORKS, networksOf, parseDeviceEndpoint } from './device-endpoint.ts'

const isLocal = networksOf(LOCAL_NETWORKS)
const parse = (text: string) => parseDeviceEndpoint(text, isLocal)

describe('parseDeviceEndpoint', () => {
  test('reads address, port and unit', () => {
    expect(parse('192.168.1.20:502/1')).toEqual({ host: '192.168.1.20', port: 502, unit: 1 })
    expect(parse('[fe80::12]:1502/247')).toEqual({ host: 'fe80::12', port: 1502, unit: 247 })
    expect(parse('127.0.0.1:65535/255').unit).toBe(255)
  })

  test.each([
    '',
    'inverter.local:502/1',
    '192.168.1.20',
    '192.168.1.20:502',
    '192.168.1.20:502/0',
    '192.168.1.20:502/248',
    '192.168.1.20:502/01',
    '192.168.1.20:0/1',
    '192.168.1.20:65536/1',
    '192.168.1.256:502/1',
    ' 192.168.1.20:502/1',
    '192.168.1.20:502/1\n',
    '[192.168.1.20]:502/1',
    'fe80::12:502/1',
    '[fe80::12%eth0]:502/1',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'modbus-endpoint-malformed' }))
  })

  test.each(['8.8.8.8:502/1', '172.32.0.1:502/1', '0.0.0.0:502/1', '[2001:db8::1]:502/1', '[::ffff:8.8.8.8]:502/1'])(
    'refuses %s, which is not of the local networks',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'modbus-endpoint-forbidden' }))
    },
  )

  test('goes as far as the networks that the configuration names', () => {
    const isAllowed = networksOf(['203.0.113.0/24'])
    expect(parseDeviceEndpoint('203.0.113.9:502/3', isAllowed).unit).toBe(3)
    expect(() => parseDeviceEndpoint('10.0.0.1:502/3', isAllowed)).toThrow(/lies outside/)
  })
})

describe('networksOf', () => {
  test.each(['10.0.0.0', '10.0.0.0/33', 'home/8', '10.0.0.0/8/8'])('refuses the network %s', (network) => {
    expect(() => networksOf([network])).toThrow(expect.objectContaining({ code: 'modbus-network-malformed' }))
  })
})
