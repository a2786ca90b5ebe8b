import { verifyTypedData, Wallet } from 'ethers'
import { orderDomain, recoverOrderSigner, signOrder } from '../services/chain/orders.ts'
import { CALL_AUCTION_PRODUCT, CALL_AUCTION_TERMS } from '../services/domain/market/order.ts'
import { deliveryPeriod, energyWh, price } from '../services/domain/units.ts'
import type { LedgerAddresses } from '../services/chain/ledger.ts'
import type { Figure } from './figure.ts'

const KEY = `0x${'42'.repeat(32)}`
const AUCTION = `0x${'11'.repeat(20)}`
const COUNT = 5_000
const REFERENCE_COUNT = 200
const TYPES = {
  Order: [
    { name: 'product', type: 'uint8' },
    { name: 'area', type: 'uint32' },
    { name: 'trader', type: 'uint24' },
    { name: 'deliveryPeriod', type: 'uint32' },
    { name: 'side', type: 'uint8' },
    { name: 'quantity', type: 'uint32' },
    { name: 'limitPrice', type: 'int24' },
    { name: 'expiry', type: 'uint32' },
    { name: 'salt', type: 'uint64' },
    { name: 'terms', type: 'bytes32' },
  ],
}

/** Orders verified per second by the api and the operator, against ethers' own verification of the same order. */
export async function measureSignatures(): Promise<Figure[]> {
  const domain = orderDomain({ chainId: 31_337n, addresses: { callAuction: AUCTION } as LedgerAddresses })
  const order = {
    area: 1,
    trader: 3,
    deliveryPeriod: deliveryPeriod(1_963_000),
    side: 'bid' as const,
    quantity: energyWh(1_000n),
    limitPrice: price(100_000n),
    expiry: 1_766_700_000,
    salt: 7n,
  }
  const signature = signOrder(domain, order, KEY)
  const ours = perSecond(COUNT, () => recoverOrderSigner(domain, order, signature))

  const typed = { name: 'Commonwatt', version: '1', chainId: 31_337, verifyingContract: AUCTION }
  const value = {
    product: CALL_AUCTION_PRODUCT,
    area: 1,
    trader: 3,
    deliveryPeriod: 1_963_000,
    side: 0,
    quantity: 1_000,
    limitPrice: 100_000,
    expiry: 1_766_700_000,
    salt: 7n,
    terms: CALL_AUCTION_TERMS,
  }
  const long = await new Wallet(KEY).signTypedData(typed, TYPES, value)
  const theirs = perSecond(REFERENCE_COUNT, () => verifyTypedData(typed, TYPES, value, long))
  return [
    {
      name: 'orders.verifiedPerSecond',
      value: Math.round(ours),
      unit: '/s',
      target: null,
      reference: `ethers verifyTypedData: ${Math.round(theirs)} /s (${(ours / theirs).toFixed(1)} times)`,
    },
  ]
}

function perSecond(count: number, work: () => unknown): number {
  const began = performance.now()
  for (let run = 0; run < count; run += 1) work()
  return (count / (performance.now() - began)) * 1000
}
