import type { Ledger } from '../chain/ledger.ts'
import { CLAIM_TYPE } from '../chain/meter-claims.ts'
import { ORDER_TYPE } from '../chain/orders.ts'
import { READING_TYPE } from '../chain/readings.ts'
import { RECEIPT_TYPE } from '../chain/receipts.ts'
import { TRADING_KEY_TYPE } from '../domain/joining/trading-key.ts'
import type { LedgerIdentity } from './schemas/ledger.ts'

const PACKED_ORDER: LedgerIdentity['signing']['packedOrder'] = [
  { field: 'entryIndex', bytes: 2, meaning: "place of the signing key among the day's trading keys, from 0" },
  { field: 'quantity', bytes: 4, meaning: 'Wh, with the top bit set for an offer' },
  { field: 'limitTick', bytes: 2, meaning: 'the limit price as (price + 500000) / 100' },
  { field: 'expiry', bytes: 4, meaning: 'seconds from gate closure' },
  { field: 'salt', bytes: 8, meaning: 'as signed' },
  { field: 'r', bytes: 32, meaning: 'of the signature' },
  { field: 'yParityAndS', bytes: 32, meaning: 'of the signature, as EIP-2098 has it' },
]

/** Which ledger this is, and how what goes to it is signed; `receiptSigner` is an address, lower-case. */
export function ledgerIdentityOf(
  { chainId, addresses }: Pick<Ledger, 'chainId' | 'addresses'>,
  receiptSigner: string,
): LedgerIdentity {
  return {
    chainId: Number(chainId),
    contracts: Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, address.toLowerCase()])),
    signing: {
      name: 'Commonwatt',
      version: '1',
      order: ORDER_TYPE,
      meterReading: READING_TYPE,
      receipt: RECEIPT_TYPE,
      meterClaim: CLAIM_TYPE,
      tradingKey: TRADING_KEY_TYPE,
      receiptSigner,
      packedOrder: PACKED_ORDER,
    },
  }
}
