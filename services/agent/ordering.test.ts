import { expect, test } from 'vitest'
import { deliveryPeriod, energyWh, price } from '../domain/units.ts'
import { inSequenceOfNobody } from './ordering.ts'

const SIGNED = {
  area: 1,
  deliveryPeriod: deliveryPeriod(2_000_000),
  side: 'bid' as const,
  quantity: energyWh(1_000n),
  limitPrice: price(200_000n),
  expiry: 1_800_000_000,
  salt: 7n,
}

test('orders are handed over by their signatures, in whatever sequence their homes come', () => {
  const orders = ['0x3c', '0xa0', '0x07'].map((signature, index) => ({ ...SIGNED, trader: index + 1, signature }))
  for (const homes of [orders, orders.toReversed()]) {
    expect(inSequenceOfNobody(homes).map(({ trader }) => trader)).toEqual([3, 1, 2])
  }
})
