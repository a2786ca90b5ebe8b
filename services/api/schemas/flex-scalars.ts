import { z } from 'zod'
import { bytesHex, count, deliveryPeriod, hash, readingQuality, unixTime, wholeNumber } from './scalars.ts'

const LARGEST_ID = 2 ** 31 - 1

export const idInPath = (what: string) => wholeNumber(1, LARGEST_ID, `Number of the ${what} on the ledger.`)
export const ledgerId = z.number().int().min(1)
export const powerW = z
  .string()
  .regex(/^\d{1,10}$/)
  .meta({ description: 'W, the mean of a delivery period.' })
export const deviationW = z
  .string()
  .regex(/^-?\d{1,10}$/)
  .meta({ description: 'W by which to deviate from the baseline; positive is more consumption.' })
export const loadingW = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .meta({ description: 'W; positive is consumption.' })
export const amountWh = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Wh, 0 or more.' })
export const flowWh = z
  .string()
  .regex(/^-?\d{1,20}$/)
  .meta({ description: 'Wh; positive flows towards the prosumer.' })
export const amountMicroEuro = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Micro-euro, 0 or more.' })
export const signedMicroEuro = z.string().regex(/^-?\d{1,20}$/)
export const rateMicroEuroPerKwh = z
  .string()
  .regex(/^\d{1,30}$/)
  .meta({ description: 'Micro-euro per kWh.' })
export const direction = z.enum(['consume-less', 'consume-more'])

export const membership = z.object({
  portfolioId: ledgerId,
  productId: ledgerId,
  from: unixTime,
  until: unixTime,
  consent: hash,
})

/** Where a leaf is, and what proves it. */
export const place = {
  position: count.meta({ description: 'Of the leaf in its tree, from 0.' }),
  siblings: z.array(bytesHex).meta({ description: 'Hash 32, a 8, b 8 bytes, from the leaf upwards.' }),
  salt: hash,
}

/** A leaf of what an asset did in a period of an order. */
export const assetLeaf = z.object({
  orderId: ledgerId,
  deliveryPeriod,
  ...place,
  assetsRoot: hash,
  baselineWh: flowWh.nullable(),
  realisedWh: flowWh,
  quality: readingQuality,
  readingVersion: count,
  askedWh: amountWh,
  attributedWh: amountWh.nullable().meta({ description: 'Null where an order before was the other way.' }),
  beforeWh: amountWh,
  missingBeforeWh: amountWh,
  deliveredWh: amountWh,
  revenueMicroEuro: amountMicroEuro,
  penaltyMicroEuro: amountMicroEuro,
  source: bytesHex.nullable().meta({ description: 'How the baseline was found; the leaf has its hash.' }),
})
