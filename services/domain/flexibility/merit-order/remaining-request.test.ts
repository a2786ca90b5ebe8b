import { describe, expect, test } from 'vitest'
import { deliveryPeriod, rate, signedW } from '../../units.ts'
import { parseEntityAddress } from '../trading/entity-address.ts'
import { requireFlexRequest, type FlexRequest } from '../trading/flex-request.ts'
import { requestAfter } from './remaining-request.ts'

const period = (offset: number) => deliveryPeriod(1_900_000 + offset)
const request = requireFlexRequest({
  ...{ id: '1', product: '1', contract: null, revision: 0, expiresAt: 1, priceCap: rate(1_000_000n) },
  congestionPoint: parseEntityAddress('ean.123456789012345678'),
  periods: [
    { period: period(0), disposition: 'requested', minPower: signedW(-5_000n), maxPower: signedW(0n) },
    { period: period(1), disposition: 'available', minPower: signedW(-800n), maxPower: signedW(2_000n) },
  ],
})
const call = (offset: number, power: bigint, effectPpm = 1_000_000) => ({
  ...{ period: period(offset), power: signedW(power), effectPpm },
})
const boundsOf = (after: FlexRequest) => after.periods.map(({ minPower, maxPower }) => [minPower, maxPower])

describe('requestAfter', () => {
  test('leaves the need that is not met, and the room that the rebound does not take', () => {
    const after = requestAfter(request, [call(0, -1_001n, 500_000), call(0, -2_000n), call(1, 501n, 500_000)])
    // 500.5 W of relief count as 500 W, and 250.5 W of rebound as 251 W.
    expect(boundsOf(after)).toEqual([
      [-2_500n, 0n],
      [-800n, 1_749n],
    ])
  })

  test('keeps a need that is met as one of 1 W, and takes no room below nothing', () => {
    const after = requestAfter(request, [call(0, -9_000n), call(1, 9_000n), call(1, -900n)])
    expect(boundsOf(after)).toEqual([
      [-1n, 0n],
      [0n, 0n],
    ])
    expect(() => requireFlexRequest(after)).not.toThrow()
  })

  test('mirrors a need for more consumption', () => {
    const turned: FlexRequest = {
      ...request,
      periods: [{ period: period(0), disposition: 'requested', minPower: signedW(0n), maxPower: signedW(300n) }],
    }
    expect(boundsOf(requestAfter(turned, [call(0, 100n), call(0, -50n)]))).toEqual([[0n, 200n]])
  })
})
