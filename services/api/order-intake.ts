import { isAcceptedByContract } from '../chain/contract-accounts.ts'
import { revertToDomainError } from '../chain/errors.ts'
import { readLatestBlock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { orderDigest, orderDomain } from '../chain/orders.ts'
import { isPausedAt } from '../chain/pauses.ts'
import { receiptDomain, signReceipt } from '../chain/receipts.ts'
import { recoverSigner } from '../chain/typed-data.ts'
import { exposureOf } from '../domain/market/exposure.ts'
import { energyWh, price } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import type { NewOrder, OrderTerms, PlacingRules } from '../store/order-sequence.ts'
import { findPlacedOrders, placeOrders } from '../store/orders.ts'
import { readArea } from '../store/views/area.ts'
import { readOrderRates } from '../store/views/order-rates.ts'
import { ledgerTradingKeysOf } from './ledger-trading-keys.ts'
import { createOrderPlacement, type OrderToKeep, type Placing } from './order-placement.ts'
import { createOrderQueue } from './order-queue.ts'
import type { ApiDeps } from './server.ts'

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  /** Private key that signs the receipts. */
  readonly receiptKey: string
  /** Throws `projection-behind` while the database has not caught up with the ledger. */
  readonly requireCaughtUp: () => Promise<void>
}

/** 64 bytes as 0x-hex. */
const KEY_SIGNATURE_LENGTH = 130
/** Written at once at most; some 100 ms of work. */
const MOST_ORDERS_A_WRITE = 1_000

/** Takes signed orders in, against the ledger's keys and the database's sessions. */
export function orderIntakeOf({ store, ledger, receiptKey, requireCaughtUp }: Options): ApiDeps['placeOrders'] {
  const domain = orderDomain(ledger)
  const receipts = receiptDomain(ledger)
  // The area never changes: it is asked for until it is known.
  let knownArea: number | undefined
  const areaId = async () => (knownArea ??= (await readArea(store)).id)
  const readKeys = ledgerTradingKeysOf({ store, ledger, areaId })
  const keepOrders = createOrderQueue<OrderToKeep, Placing>(
    (orders) =>
      placeOrders(store, orders.map(newOrderOf), {
        exposureOf: exposureBy(orders),
        signReceipt: (receipt) => signReceipt(receipts, receipt, receiptKey),
      }),
    MOST_ORDERS_A_WRITE,
  )

  return createOrderPlacement({
    readArea: async () => {
      await requireCaughtUp()
      return readArea(store)
    },
    readLatestBlock: async () => {
      try {
        return await readLatestBlock(ledger)
      } catch (error) {
        throw revertToDomainError(error)
      }
    },
    readTradingKeys: readKeys,
    isPausedAt: (area, time) => isPausedAt(ledger, area, time),
    readRates: async (periods) => readOrderRates(store, await areaId(), periods),
    keepOrders,
    findPlaced: (digests) => findPlacedOrders(store, digests),
    digestOf: (order) => orderDigest(domain, order),
    signerOf: signerOfDigest,
    isAcceptedByContract: (address, digest, signature) => isAcceptedByContract(ledger, address, digest, signature),
  })
}

/** Of 64 bytes (EIP-2098) alone: an order has no room for more in its session. */
function signerOfDigest(digest: string, signature: string): string | null {
  return signature.length === KEY_SIGNATURE_LENGTH
    ? recoverSigner(Buffer.from(digest.slice(2), 'hex'), signature)
    : null
}

/** By the rates of the orders to be kept: those that stand already are of the same periods. */
function exposureBy(orders: readonly OrderToKeep[]): PlacingRules['exposureOf'] {
  const rates = new Map(orders.map(({ order, rates: of }) => [order.deliveryPeriod as number, of]))
  return ({ period, side, quantityWh, limitPriceMicroEuroPerKwh }: OrderTerms) => {
    const quantity = energyWh(BigInt(quantityWh))
    return exposureOf({ side, quantity, limitPrice: price(BigInt(limitPriceMicroEuroPerKwh)) }, rates.get(period)!)
  }
}

function newOrderOf({ order, ...kept }: OrderToKeep): NewOrder {
  return {
    digest: kept.digest,
    area: order.area,
    period: order.deliveryPeriod,
    trader: order.trader,
    side: order.side,
    quantityWh: Number(order.quantity),
    limitPriceMicroEuroPerKwh: Number(order.limitPrice),
    expiry: order.expiry,
    salt: order.salt,
    signature: kept.signature,
    signingKey: kept.signingKey,
    isForLedger: kept.isForLedger,
    receivedAt: kept.receivedAt,
    gateClosure: kept.gateClosure,
    allowance: kept.allowance,
  }
}
