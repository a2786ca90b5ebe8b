import { z } from 'zod'
import { problem } from './problem.ts'
import {
  areaId,
  deliveryPeriod,
  energyWh,
  hash,
  hashInPath,
  memberId,
  priceMicroEuroPerKwh,
  side,
  unixTime,
} from './scalars.ts'

export const BATCH_LIMIT = 500

const LARGEST_SALT = 2n ** 64n - 1n

export const placeOrderRequest = z
  .strictObject({
    memberId,
    area: areaId,
    deliveryPeriod,
    side,
    quantityWh: z
      .string()
      .regex(/^[1-9]\d{0,9}$/, { error: 'is not a whole number of Wh above 0, as text' })
      .meta({ description: 'Wh, above 0.', example: '1200' }),
    limitPriceMicroEuroPerKwh: z
      .string()
      .regex(/^(0|-?[1-9]\d{0,6})$/, { error: 'is not a whole number of micro-euro per kWh, as text' })
      .meta({
        description: 'The most that a bid pays, the least that an offer accepts: -500000 to 4000000, in ticks of 100.',
      }),
    salt: z
      .string()
      .regex(/^(0|[1-9]\d{0,19})$/, { error: 'is not a whole number below 2^64, as text', abort: true })
      .refine((value) => BigInt(value) <= LARGEST_SALT, { error: 'is not below 2^64' })
      .meta({ description: "A number of the signer's choice, below 2^64: it makes two equal orders differ." }),
    signature: z
      .string()
      .regex(/^0x[0-9a-fA-F]{128}$/, { error: 'is not 64 bytes as 0x-hex' })
      .meta({
        description:
          "EIP-712 signature of the member's trading key, 64 bytes (EIP-2098), 0x-hex; /api/ledger has domain and type. `side` is signed as 0 for a bid and 1 for an offer.",
      }),
  })
  .meta({ id: 'PlaceOrderRequest' })

export const placedOrder = z
  .object({
    digest: hash.meta({ description: "EIP-712 digest: the order's name from now on." }),
    deliveryPeriod,
    receivedAt: unixTime,
    gateClosesAt: unixTime,
  })
  .meta({ id: 'PlacedOrder' })

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

export const order = z
  .object({
    digest: hash,
    memberId,
    deliveryPeriod,
    side,
    quantityWh: energyWh,
    limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    state: z.enum(['placed', 'in-session', 'filled', 'partly-filled', 'unfilled', 'left-out']).meta({
      id: 'OrderState',
      description:
        'placed: received, the gate is open. in-session: the gate closed, not cleared yet. left-out: the session was ' +
        'cleared without it. Otherwise the session was cleared with it.',
    }),
    receivedAt: unixTime.nullable().meta({ description: 'Null for an order that did not come through this api.' }),
    filledWh: energyWh.nullable().meta({ description: 'Null until cleared.' }),
    priceMicroEuroPerKwh: priceMicroEuroPerKwh
      .nullable()
      .meta({ description: 'Clearing price; null until cleared, or where nothing was traded.' }),
    gateClosedTransaction: hash.nullable(),
    clearedTransaction: hash.nullable(),
  })
  .meta({ id: 'Order' })

export const orderPath = z.object({ digest: hashInPath })

export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>
export type PlacedOrder = z.infer<typeof placedOrder>
export type OrderBatchResult = z.infer<typeof orderBatchResult>
export type Order = z.infer<typeof order>
