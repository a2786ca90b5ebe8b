import { expect, test } from 'vitest'
import { signGatewayReading, signReading } from '../../../services/chain/readings.ts'
import { localSigningKey } from '../../../services/chain/signing-key.ts'
import { addressOfKey, signingDomainOf } from '../../../services/chain/typed-data.ts'
import { bytesOf } from '../ledger/hex.ts'
import { domainSeparatorOf } from './order-signer.ts'
import { gatewayReadingSignerOf, readingSignerOf } from './reading-signer.ts'

const CONTRACT = `0x${'22'.repeat(20)}`
const KEY = `0x${'11'.repeat(32)}`
const METER = `0x${'33'.repeat(20)}`
const domain = signingDomainOf(31_337n, CONTRACT)
const separator = domainSeparatorOf(31_337, CONTRACT)
const reading = { deliveryPeriod: 1_630_000, sequence: 1, importRegister: 1_000n, exportRegister: 0n }

test('finds the meter that signed its reading', () => {
  const signature = bytesOf(signReading(domain, reading, KEY))
  expect(readingSignerOf(separator, reading, signature)).toBe(addressOfKey(KEY))
})

test('finds the gateway that signed for a meter, and for no other meter, and takes neither for the other', async () => {
  const signature = bytesOf(await signGatewayReading(domain, METER, reading, localSigningKey(KEY)))
  expect(gatewayReadingSignerOf(separator, METER, reading, signature)).toBe(addressOfKey(KEY))
  expect(gatewayReadingSignerOf(separator, CONTRACT, reading, signature)).not.toBe(addressOfKey(KEY))
  expect(readingSignerOf(separator, reading, signature)).not.toBe(addressOfKey(KEY))
})
