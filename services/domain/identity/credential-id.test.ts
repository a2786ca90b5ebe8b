import { describe, expect, test } from 'vitest'
import { credentialIdOf } from './credential-id.ts'

const ISSUER = `0x${'11'.repeat(20)}`
const ISSUANCE = {
  subject: `0x${'22'.repeat(20)}`,
  role: 'pv-inverter',
  area: 7,
  connectionPoint: `0x${'33'.repeat(32)}`,
  digest: `0x${'44'.repeat(32)}`,
  validFrom: 1_800_000_000,
  validUntil: 1_831_536_000,
} as const

describe('credentialIdOf', () => {
  test("is keccak256 of the registry's abi.encode(issuer, issuance)", () => {
    expect(credentialIdOf(ISSUER, ISSUANCE)).toBe('0xb922309025230fe859b0df48ecc4a00cc4a8c73bb7d4e6be717ab2eb8f2b6ee8')
    expect(credentialIdOf(ISSUER, { ...ISSUANCE, connectionPoint: null })).toBe(
      '0x63e8f6cbf80d681e76d5a7b8bc3584eb5c478aca5e4eda4eb5fbe0a0bdc51ad6',
    )
  })
})
