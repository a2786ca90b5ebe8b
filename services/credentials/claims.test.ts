import { describe, expect, test } from 'vitest'
import { parseClaims } from './claims.ts'

const inverter = { serialNumber: 'SN-1', capacityW: 5_400, certified: true, certificate: 'TUV-1' }

describe('parseClaims', () => {
  test.each([
    ['Prosumer', { name: 'Ada', community: 'Greenfield' }],
    ['DSO', { legalName: 'Grid plc', country: 'NL', marketPartyCode: '10X1001A1001A450' }],
    ['ConnectionPoint', { gridArea: '871685900000000000', capacityW: 17_250 }],
    ['Meter', { serialNumber: 'M-1', certified: false }],
    ['PvInverter', inverter],
    ['Battery', { serialNumber: 'B-1', capacityWh: 10_000, powerW: 5_000 }],
    ['EvCharger', { serialNumber: 'E-1', powerW: 11_000, isBidirectional: true }],
    ['HeatPump', { serialNumber: 'H-1', powerW: 2_000 }],
  ] as const)('takes what a %s credential says', (role, claims) => {
    expect(parseClaims(role, claims)).toEqual(claims)
  })

  test.each([
    ['a claim of another role', { ...inverter, legalName: 'Grid plc' }, /Unrecognized key: "legalName"/],
    ['a fraction of a watt', { ...inverter, capacityW: 5_400.5 }, /at capacityW/],
    ['no power', { ...inverter, capacityW: 0 }, /at capacityW/],
    ['a text that is too long', { ...inverter, ownerName: 'a'.repeat(201) }, /at ownerName/],
    ['a control character', { ...inverter, ownerName: 'Ada\u0000' }, /at ownerName: control characters/],
    ['certified without a certificate', { ...inverter, certificate: undefined }, /at certificate/],
    ['a certificate without being certified', { ...inverter, certified: false }, /at certificate/],
    ['an object for a text', { ...inverter, ownerName: { first: 'Ada' } }, /at ownerName/],
    ['nothing', null, /PvInverter/],
  ])('refuses %s', (_, claims, sentence) => {
    expect(() => parseClaims('PvInverter', claims)).toThrow(
      expect.objectContaining({
        code: 'credential-claims-invalid',
        message: expect.stringMatching(sentence) as string,
      }),
    )
  })
})
