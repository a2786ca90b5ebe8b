import { z } from 'zod'
import { problem } from './problem.ts'
import { receipt } from './receipt.ts'
import {
  areaId,
  deliveryPeriod,
  energyWh,
  expiry,
  hash,
  hashInPath,
  memberId,
  priceMicroEuroPerKwh,
  side,
  trader,
  unixTime,
} from './scalars.ts'

export const BATCH_LIMIT = 500

const LARGEST_SALT = 2n ** 64n - 1n

export const placeOrderRequest = z
  .strictObject({
    trader,
    area: areaId,
    deliveryPeriod,
    side,
    quantityWh: z
      .string()
      .regex(/^(0|[1-9]\d{0,9})$/, { error: 'is not a whole number of Wh, 0 or more, as text' })
      .meta({ description: 'Wh, below 2^31; 0 cancels what the member wanted on this side.', example: '1200' }),
    limitPriceMicroEuroPerKwh: z
      .string()
      .regex(/^(0|-?[1-9]\d{0,6})$/, { error: 'is not a whole number of micro-euro per kWh, as text' })
      .meta({
        description: 'The most that a bid pays, the least that an offer accepts: -500000 to 4000000, in ticks of 100.',
      }),
    expiry,
    salt: z
      .string()
      .regex(/^(0|[1-9]\d{0,19})$/, { error: 'is not a whole number below 2^64, as text', abort: true })
      .refine((value) => BigInt(value) <= LARGEST_SALT, { error: 'is not below 2^64' })
      .meta({
        description:
          'A number below 2^64. Of two orders of the same member, side and period the one with the greater salt counts: ' +
          'unix milliseconds will do.',
      }),
    signature: z
      .string()
      .regex(/^0x([0-9a-fA-F]{2}){1,2048}$/, { error: 'is not 1 to 2048 bytes as 0x-hex' })
      .meta({
        description:
          "EIP-712 signature of the member's trading key or of the key it delegated to, 64 bytes (EIP-2098), 0x-hex; " +
          'where the key is a contract, what its isValidSignature (EIP-1271) accepts, up to 2 kB. /api/ledger has domain ' +
          'and type. `side` is signed as 0 for a bid and 1 for an offer.',
      }),
  })
  .meta({ id: 'PlaceOrderRequest' })

export const placedOrder = z
  .object({
    digest: hash.meta({ description: "EIP-712 digest: the order's name from now on." }),
    deliveryPeriod,
    receivedAt: unixTime,
    gateClosesAt: unixTime,
    way: z.enum(['operator', 'ledger']).meta({
      description:
        'operator: the operator submits the order, and the receipt proves it where it does not. ledger: only a contract ' +
        '(EIP-1271) can verify the order, so the operator commits it on the ledger in the name of the member and opens it ' +
        'after gate closure. There is no receipt for that: whoever wants to be certain looks for the commitment ' +
        '(`commitmentOf` of callAuction), or commits the order itself.',
    }),
    receipt: receipt.nullable().meta({ description: 'Null for an order that goes over the ledger.' }),
  })
  .meta({ id: 'PlacedOrder', description: 'The order is kept: what is answered so is not lost.' })

export const placeOrderBatchRequest = z
  .strictObject({ orders: z.array(placeOrderRequest).min(1).max(BATCH_LIMIT) })
  .meta({ id: 'PlaceOrderBatchRequest' })

/** The batch without a look inside: each order is parsed, and refused, by itself. */
export const orderBatchEnvelope = z.strictObject({ orders: z.array(z.unknown()).min(1).max(BATCH_LIMIT) })

export const orderBatchResult = z
  .object({
    accepted: z.number().int().min(0),
    refused: z.number().int().min(0),
    results: z.array(
      z.union([
        z.object({ status: z.literal(202), order: placedOrder }).meta({ id: 'BatchOrderAccepted' }),
        z.object({ status: z.number().int().min(400).max(599), problem }).meta({ id: 'BatchOrderRefused' }),
      ]),
    ),
  })
  .meta({ id: 'OrderBatchResult', description: 'One result per order, in the order sent.' })

export const ORDER_STATES = [
  'placed',
  'superseded',
  'cancelled',
  'in-session',
  'filled',
  'partly-filled',
  'unfilled',
  'void',
  'withheld',
  'left-out',
] as const

const orderState = z.enum(ORDER_STATES).meta({
  id: 'OrderState',
  description:
    'placed: received, the gate is open. superseded: an order of the same member, side and period with a greater salt ' +
    'counts in its place. cancelled: that one is for nothing, or this one is. in-session: the gate closed, not cleared ' +
    'yet. filled, partly-filled, unfilled: the session was cleared with it. void: it was submitted but broke a rule ' +
    'when the session was cleared, and took no part. withheld: the operator did not bring the orders of the session to ' +
    'the ledger in time, and was replaced and fined. left-out: the session was cleared without it; its receipt, where it ' +
    'has one, proves that on the ledger.',
})

export const order = z
  .object({
    digest: hash,
    deliveryPeriod,
    terms: z
      .object({
        trader,
        memberId: memberId.nullable().meta({ description: 'Whose number that is.' }),
        side,
        quantityWh: energyWh,
        limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
        expiry,
        salt: z.string().regex(/^\d{1,20}$/),
      })
      .meta({
        id: 'OrderTerms',
        description:
          'What the order says; null until its session is cleared, and for whoever may not see the orders of its household.',
      })
      .nullable(),
    state: orderState,
    receivedAt: unixTime.nullable().meta({
      description:
        'Null for an order that did not come through this api, and for whoever may not see the orders of its household.',
    }),
    filledWh: energyWh.nullable().meta({ description: 'Null until cleared.' }),
    priceMicroEuroPerKwh: priceMicroEuroPerKwh
      .nullable()
      .meta({ description: 'Clearing price; null until cleared, or where nothing was traded.' }),
    gateClosedTransaction: hash.nullable(),
    clearedTransaction: hash.nullable(),
    receipt: receipt.nullable().meta({
      description:
        'Null for an order that did not come through this api, for one that only a contract can verify, and for whoever may ' +
        'not see the orders of its household: what position it has says whose it is.',
    }),
  })
  .meta({ id: 'Order' })

export const orderPath = z.object({ digest: hashInPath })

export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>
export type PlacedOrder = z.infer<typeof placedOrder>
export type OrderBatchResult = z.infer<typeof orderBatchResult>
export type Order = z.infer<typeof order>
