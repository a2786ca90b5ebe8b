import { describe, expect, test } from 'vitest'
import { parseClaims } from './claims.ts'

const inverter = { serialNumber: 'SN-1', capacityW: 5_400, certified: true, certificate: 'TUV-1' }

describe('parseClaims', () => {
  test.each([
    ['prosumer', { name: 'Ada', community: 'Greenfield' }],
    ['dso', { legalName: 'Grid plc', country: 'NL', marketPartyCode: '10X1001A1001A450' }],
    ['connection-point', { gridArea: '871685900000000000', capacityW: 17_250 }],
    ['meter', { serialNumber: 'M-1', certified: false }],
    ['pv-inverter', inverter],
    ['battery', { serialNumber: 'B-1', capacityWh: 10_000, powerW: 5_000 }],
    ['ev-charger', { serialNumber: 'E-1', powerW: 11_000, isBidirectional: true }],
    ['heat-pump', { serialNumber: 'H-1', powerW: 2_000 }],
  ] as const)('takes what a %s credential says', (role, claims) => {
    expect(parseClaims(role, claims)).toEqual(claims)
  })

  test.each([
    ['a claim of another role', { ...inverter, legalName: 'Grid plc' }, /Unrecognized key: "legalName"/],
    ['a fraction of a watt', { ...inverter, capacityW: 5_400.5 }, /: capacityW: /],
    ['no power', { ...inverter, capacityW: 0 }, /: capacityW: /],
    ['a text that is too long', { ...inverter, ownerName: 'a'.repeat(201) }, /: ownerName: /],
    ['a control character', { ...inverter, ownerName: 'Ada\u0000' }, /: ownerName: control characters/],
    ['certified without a certificate', { ...inverter, certificate: undefined }, /: certificate: /],
    ['a certificate without being certified', { ...inverter, certified: false }, /: certificate: /],
    ['an object for a text', { ...inverter, ownerName: { first: 'Ada' } }, /: ownerName: /],
    ['nothing', null, /pv-inverter/],
  ])('refuses %s', (_, claims, sentence) => {
    expect(() => parseClaims('pv-inverter', claims)).toThrow(
      expect.objectContaining({
        code: 'credential-claims-invalid',
        message: expect.stringMatching(sentence) as string,
      }),
    )
  })
})
