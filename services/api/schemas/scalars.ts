import { z } from 'zod'
import 'zod-openapi'

// Periods and areas are 4-byte integers in the database: until the year 63,000 or so nothing is lost.
const LARGEST_NUMBER = 2 ** 31 - 1
const LARGEST_UINT24 = 2 ** 24 - 1
const LARGEST_DAY = Math.floor(LARGEST_NUMBER / 96)

export const energyWh = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Energy in Wh, 0 or more.', example: '1200' })
export const priceMicroEuroPerKwh = z
  .string()
  .regex(/^-?\d{1,7}$/)
  .meta({ description: 'Signed price in micro-euro per kWh.', example: '150000' })
export const amountMicroEuro = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .meta({ description: 'Signed micro-euro. Positive: the member pays. Negative: the member receives.', example: '-42' })
export const balanceMicroEuro = z
  .string()
  .regex(/^\d{1,30}$/)
  .meta({ description: 'Micro-euro, 0 or more.' })
export const savingMicroEuro = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .meta({ description: 'Micro-euro saved against the tariff alone; negative where the market cost more.' })
export const gas = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Gas, a decimal number.' })

export const deliveryPeriod = z
  .number()
  .int()
  .min(0)
  .max(LARGEST_NUMBER)
  .meta({ description: 'A UTC quarter-hour: unix seconds / 900.', example: 1630000 })
export const tradingDay = z
  .number()
  .int()
  .min(0)
  .max(LARGEST_DAY)
  .meta({ description: 'A UTC day: unix seconds / 86400. It has 96 delivery periods.', example: 20_400 })
export const trader = z.number().int().min(1).max(LARGEST_UINT24).meta({
  description:
    'Number under which a member trades on the day: drawn anew each day, or its own on a day that is not sealed.',
})
export const memberId = z.number().int().min(1).max(LARGEST_UINT24).meta({ description: 'Number of the member.' })
export const areaId = z.number().int().min(0).max(LARGEST_NUMBER).meta({ description: 'Number of the market area.' })
export const count = z.number().int().min(0)
export const unixTime = z.number().int().min(0).meta({ description: "Unix seconds by the ledger's clock." })
export const blockNumber = z.number().int().min(0)
export const bytesHex = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/)
  .meta({ description: 'Bytes, lower-case 0x-hex.' })
export const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ description: '32 bytes, lower-case 0x-hex.' })
export const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/)
  .meta({ description: 'Address, lower-case 0x-hex.' })
export const expiry = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .meta({ description: 'Unix seconds until which the order stands: at least until gate closure.' })
export const settlementRun = z
  .number()
  .int()
  .min(0)
  .max(2)
  .meta({ id: 'SettlementRun', description: '0 is the initial run of a day, 1 the corrected, 2 the final one.' })
export const readingQuality = z.enum(['metered', 'estimated', 'none']).meta({
  id: 'ReadingQuality',
  description: 'metered: as the meter said. estimated: by the rule for missing readings. none: there is no reading.',
})
export const side = z.enum(['bid', 'offer']).meta({ description: 'A bid buys, an offer sells.' })
export const sessionState = z.enum(['open', 'gate-closed', 'cleared', 'metered', 'settled']).meta({
  id: 'SessionState',
  description:
    'open: orders are welcome. gate-closed: they are binding. cleared: price and fills are on the ledger. ' +
    'metered: its readings are committed too. settled: its payments are made.',
})

/** A whole number in an address, as text: `007`, `1e3` and the empty text are refused. */
export function wholeNumber(lowest: number, highest: number, description: string) {
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,9})$/, { error: `is not a whole number from ${lowest} to ${highest}` })
    .transform(Number)
    .pipe(z.number().min(lowest).max(highest))
    .meta({
      description,
      override: ({ jsonSchema }) => {
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema]
        Object.assign(jsonSchema, { type: 'integer', minimum: lowest, maximum: highest, description })
      },
    })
}

export const periodInPath = wholeNumber(0, LARGEST_NUMBER, 'A delivery period: unix seconds / 900.')
export const memberIdInPath = wholeNumber(1, LARGEST_UINT24, 'Number of the household.')
export const blockNumberInPath = wholeNumber(0, LARGEST_NUMBER, 'Number of the block.')
export const hashInPath = hash
export const dayInPath = wholeNumber(0, LARGEST_DAY, 'A UTC day: unix seconds / 86400.')
export const runInPath = wholeNumber(0, 2, 'Settlement run: 0 initial, 1 corrected, 2 final.')
export const limit = wholeNumber(1, 200, 'The most items to answer with; 50 unless told.').optional()
export const beforePeriod = wholeNumber(0, LARGEST_NUMBER, 'Only delivery periods before this one.').optional()
export const beforeBlock = wholeNumber(0, LARGEST_NUMBER, 'Only blocks before this one.').optional()
export const days = wholeNumber(
  1,
  366,
  'Days of 96 delivery periods, counted back from the last settled one; 7 unless told.',
).optional()
export const fromDay = wholeNumber(0, LARGEST_DAY, 'The first UTC day: unix seconds / 86400.')
export const toDay = wholeNumber(0, LARGEST_DAY, 'The last UTC day, inclusive.')
export const fromPeriod = wholeNumber(0, LARGEST_NUMBER, 'The first delivery period: unix seconds / 900.')
export const toPeriod = wholeNumber(0, LARGEST_NUMBER, 'The last delivery period, inclusive.')
export const periodInQuery = wholeNumber(0, LARGEST_NUMBER, 'Only what concerns this delivery period.').optional()
export const memberIdInQuery = wholeNumber(1, LARGEST_UINT24, 'Only what concerns this member.').optional()
export const afterMember = wholeNumber(0, LARGEST_UINT24, 'Only households with a greater number.').optional()

export const DEFAULT_LIMIT = 50

/** A page of a list, newest first unless said otherwise, and the cursor of the next page. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({
      items: z.array(item),
      nextBefore: z.number().int().nullable().meta({ description: '`before` of the next page; null on the last.' }),
    })
    .meta({ id })
}
